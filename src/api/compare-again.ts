/**
 * A comparison made again from its own report: the same inputs with the same demands give the same report, but for the times
 * of the run. So an edited report is distinguished from one that was made, where nobody has noted its digest.
 */
import { EvidenceError } from '../core/errors.ts';
import { present } from '../core/present.ts';
import type { DemandName } from '../core/report/demands.ts';
import { PARTS_BELIEVED } from '../core/report/part-report.ts';
import { type ContinuityReport, OUTSIDE_THE_SIDES } from '../core/report/report.ts';
import { reportMembers } from '../reports/json.ts';
import { isDatabase, isFileOfRoots, isReadByOptions, LATER_BASELINE } from '../reports/repeat.ts';
import { TrustError } from '../trust/trust-error.ts';
import { compareSnapshots, compareWithRoots } from './compare-snapshots.ts';
import type { TrustOptions } from './open-trust.ts';
import type { ComparisonOptions } from './options.ts';

/** Where something was written says nothing of what was compared. */
const OUTPUTS: ReadonlySet<DemandName> = new Set<DemandName>(['output', 'metrics', 'attest', 'artifact']);
/** Demands of which the report does not hold all that was given. */
const NOT_HELD: ReadonlySet<DemandName> = new Set<DemandName>([
  'chain-key',
  'profile',
  'legacy-root',
  'expect-artifact',
]);

function refuse(path: string, why: string): never {
  throw new EvidenceError('proof-unavailable', `the comparison cannot be made again from its report: ${why}`, {
    where: { file: path },
    advice: 'give --expect-report with the digest that the comparison printed',
  });
}

function requireRepeatable(path: string, report: ContinuityReport): void {
  const { baseline, current, demands, mapping, notChecked } = report;
  if (notChecked.includes(PARTS_BELIEVED)) refuse(path, 'it was merged from the reports of shards');
  const sides = [baseline, current];
  if (sides.some(isDatabase)) refuse(path, 'a database is read as it is now');
  if (sides.some(({ name }) => name === '-')) refuse(path, 'a side was standard input');
  if (isReadByOptions(sides))
    refuse(path, 'it does not hold the profile, or records and map, by which a side was read');
  const [option] = mapping.options ?? [];
  if (option !== undefined) refuse(path, `it was read by options, ${option} first`);
  const unheld = demands.find(({ demand }) => NOT_HELD.has(demand));
  if (unheld !== undefined) refuse(path, `it does not hold all of what --${unheld.demand} gave`);
}

/** What was asked behind each demand of that word. */
function askedOf({ demands }: ContinuityReport, name: DemandName): readonly string[] {
  return demands.filter(({ demand }) => demand === name).map(({ asked }) => asked);
}

function trustOf(report: ContinuityReport): TrustOptions {
  const only = (name: DemandName): string | undefined => askedOf(report, name)[0];
  const trustedKeys = askedOf(report, 'trusted-key');
  const tsaCertificates = askedOf(report, 'tsa-certificate');
  const checkpoints = askedOf(report, 'baseline-checkpoint');
  const subject = askedOf(report, 'expect-subject').map((asked): readonly [string, string] => {
    const at = asked.indexOf('=');
    return [asked.slice(0, at), asked.slice(at + 1)];
  });
  const [threshold, age] = [only('threshold'), only('max-baseline-age')];
  return {
    ...(trustedKeys.length === 0 ? {} : { trustedKeys }),
    ...(tsaCertificates.length === 0 ? {} : { tsaCertificates }),
    ...(checkpoints.length === 0 ? {} : { baselineCheckpoints: checkpoints }),
    ...(subject.length === 0 ? {} : { expectSubject: Object.fromEntries(subject) }),
    ...(threshold === undefined ? {} : { threshold: Number(threshold) }),
    ...(age === undefined ? {} : { maxBaselineAgeMs: Math.round(Number(age.replace(/s$/, '')) * 1000) }),
    ...(askedOf(report, 'require-signature').length === 0 ? {} : { requireSignature: true }),
    ...present({ signature: only('signature'), expectUpgrade: only('expect-upgrade') }),
    ...present({ witnessPolicy: only('witness-policy') }),
  };
}

function optionsOf(report: ContinuityReport, maxFindings: number | undefined): ComparisonOptions {
  const only = (name: DemandName): string | undefined => askedOf(report, name)[0];
  const digest = only('expect-digest');
  return {
    mode: report.mode,
    trust: trustOf(report),
    allowSame: askedOf(report, 'not-same-input').length === 0,
    allowLaterBaseline: report.notChecked.some((note) => note.includes(LATER_BASELINE)),
    ...(digest === undefined ? {} : { expectDigest: digest.replace(/^sha256:/, '') }),
    ...present({ maxFindings, consistencyProof: only('consistency-proof'), migration: only('migration') }),
  };
}

/** All of a report that is a function of its inputs and of what was demanded. */
function comparable(report: ContinuityReport): string {
  const demands = report.demands.filter(({ demand }) => !OUTPUTS.has(demand));
  const members = Object.entries(reportMembers({ ...report, demands }));
  return JSON.stringify(members.filter(([name]) => !OUTSIDE_THE_SIDES.has(name)));
}

/**
 * Compares what `report` names again, with the demands that it states.
 *
 * @param path - the file of the report, for messages; paths in it are seen from the working folder
 * @param maxFindings - how many findings the comparison was to list
 * @returns when that was done, RFC 3339
 * @throws EvidenceError `proof-unavailable` if the report does not hold what it takes
 * @throws TrustError `digest-mismatch` if another report comes of it
 */
export async function comparedAgain(
  path: string,
  report: ContinuityReport,
  maxFindings: number | undefined,
): Promise<string> {
  requireRepeatable(path, report);
  const compare = isFileOfRoots(report.baseline) ? compareWithRoots : compareSnapshots;
  const options = optionsOf(report, maxFindings);
  const again = await compare(report.baseline.name, report.current.name, options, undefined, 'attest');
  if (comparable(again) === comparable(report)) return again.run.finishedAt;
  const says = again.verdict === report.verdict ? 'another report' : `${again.verdict}, and it says ${report.verdict}`;
  throw new TrustError(
    'digest-mismatch',
    `${path}: to compare its sources again gives ${says}: it was edited, its sources were changed, or other findings listed (--max-findings)`,
  );
}
