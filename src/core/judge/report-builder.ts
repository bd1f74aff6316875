/** Assembles the report. Everything in it but `run` is a function of the two inputs and the options. */

import { byValueText, wrongRecipeOf, wrongRecipeText } from '../custody/chain-tally.ts';
import type { Mode } from '../kinds.ts';
import type { Hash } from '../platform.ts';
import { present } from '../present.ts';
import { countByOfBoth, countedBy, countFaults } from '../report/count-by.ts';
import { type Demand, type DemandLedger, isUnlooked, unnamedDemand } from '../report/demands.ts';
import { headlineOf, type ReadingStop, type SideStop } from '../report/headline.ts';
import type { MigrationReport } from '../report/migration-report.ts';
import type { PartReport, PartStatement, SideSums } from '../report/part-report.ts';
import type { ContinuityReport, SideReport, Totals, TrustOutcome } from '../report/report.ts';
import { changeFaults } from '../report/report-balance.ts';
import { mappingOf, unreadOf } from '../report/subjects.ts';
import type { ChainRule, SnapshotHeader, Subject } from '../snapshot/header.ts';
import { byName, eachStream, type SnapshotSummary } from '../snapshot/summary.ts';
import { counted } from '../words.ts';
import type { Findings } from './findings.ts';
import type { SummaryVerdict } from './summary-judge.ts';
import { type CheckedSide, checksOf, type LegacyTally, type Tally, unjudgedOf, verdictOf } from './verdict.ts';

/** What a report says of a header. */
export interface StatedHeader extends Pick<SnapshotHeader, 'depth' | 'subject' | 'capturedAt'> {
  readonly chains: ReadonlyMap<string, Pick<ChainRule, 'gaps'>>;
}

/** One side as it was read. */
export interface ReadSide extends CheckedSide {
  readonly name: string;
  readonly sha256: Hash | null;
  /** Undefined if not even the header could be read. */
  readonly header: StatedHeader | undefined;
  readonly summary: SnapshotSummary;
  /** Read to its end, with nothing missing. */
  readonly complete: boolean;
  /** Why what others vouch for is not seen in it, though nothing could be read further; undefined where it is. */
  readonly unseen?: string | undefined;
  /** Where reading stopped before the end; undefined where it did not, or where that cannot be said. */
  readonly stop?: ReadingStop | undefined;
}

export interface ReportParts {
  readonly mode: Mode;
  readonly baseline: ReadSide;
  readonly current: ReadSide;
  /** Whether a record may have moved that is called missing and added: a table was full. */
  readonly overflowed: boolean;
  readonly judged: SummaryVerdict;
  readonly findings: Findings;
  /** What the records do not show of where they come from. */
  readonly subjectNotes: readonly string[];
  readonly trust: TrustOutcome;
  /** What was demanded: all of it must be settled. */
  readonly demands: DemandLedger;
  /** Set by `--allow-same`. */
  readonly sameAllowed: boolean;
  /** What came of the migration, if there was one. */
  readonly migration?: MigratedParts | undefined;
  /** What was recomputed for external roots, if there are any. */
  readonly legacy?: LegacyTally | undefined;
  /** Which shard of both sides this is; undefined of a whole. */
  readonly part?: PartStatement | undefined;
}

/** A migration, as far as a report speaks of it. */
export interface MigratedParts {
  readonly report: MigrationReport;
  readonly retired: number;
  /** Records of the baseline that were read and have not come out of it. */
  readonly pending: number;
  readonly notes: readonly string[];
}

function sideReport(side: ReadSide): SideReport {
  return {
    name: side.name,
    sha256: side.sha256,
    depth: side.header?.depth ?? null,
    records: side.summary.records,
    globalRoot: side.complete ? side.summary.globalRoot : null,
    subject: side.header?.subject ?? null,
    capturedAt: side.header?.capturedAt ?? null,
  };
}

function stopsOf(baseline: ReadSide, current: ReadSide): readonly SideStop[] {
  const sides = [
    ['baseline', baseline.stop],
    ['current side', current.stop],
  ] as const;
  return sides.flatMap(([side, stop]) => (stop === undefined ? [] : [{ side, ...stop }]));
}

function totalsOf(totals: Tally, retired = 0): Totals {
  const { matched, added, missing, modified, relinked, movedOut } = totals;
  return {
    matched,
    added,
    missing,
    modified,
    relinked,
    moved: movedOut,
    ...(retired === 0 ? {} : { retired }),
    ...unjudgedOf(totals),
  };
}

function wrongRecipe(sides: readonly ReadSide[]): string | undefined {
  const wrong = wrongRecipeOf(sides.flatMap(({ audit }) => audit?.tally ?? []));
  return wrong === undefined ? undefined : wrongRecipeText(wrong);
}

function leapingOf({ header }: ReadSide): readonly string[] {
  return [...(header?.chains ?? [])].filter(([, { gaps }]) => gaps === 'allowed').map(([name]) => name);
}

function notCheckedOf(which: string, side: ReadSide): readonly string[] {
  const notes: string[] = [];
  if (!side.complete) notes.push(`the ${which} was not read to its end: anything after that point was not seen`);
  if (side.header?.depth === 'digest') notes.push(`the ${which} holds body digests only: its bodies were not seen`);
  if (side.header?.depth === 'summary') notes.push(`the ${which} is a summary: its records were not seen`);
  const leaping = leapingOf(side);
  if (leaping.length > 0) {
    const rules = leaping.map((name) => JSON.stringify(name)).join(', ');
    notes.push(`whether a position that the ${which} leaves out ever held a record: gaps are allowed in ${rules}`);
  }
  if (side.summary.tenants.some(({ records, counts }) => records > 0 && counts.size === 0)) {
    notes.push(`the ${which} states no counts by type: they were not compared`);
  }
  const textOnly = side.audit?.tally.textOnly ?? 0;
  if (textOnly > 0) {
    const what = `${counted(textOnly, `hash of the ${which} is`, `hashes of the ${which} are`)} of a text that is stored beside the body, and that is not the body`;
    notes.push(`${what}: that the body says the same was not checked`);
  }
  const skipped = side.audit?.tally.recipesSkipped ?? 0;
  if (skipped > 0) notes.push(byValueText(skipped, ` of the ${which}`));
  return notes;
}

function trustNotes({ trust }: ReportParts): readonly string[] {
  const unsigned = trust.signature === null ? [trust.note ?? 'baseline is not signed'] : [];
  return [...unsigned, ...(trust.damaged ?? [])];
}

function notChecked(parts: ReportParts, totals: Totals): readonly string[] {
  const { baseline, current } = parts;
  const notes = [
    ...trustNotes(parts),
    ...notCheckedOf('baseline', baseline),
    ...notCheckedOf('current side', current),
    ...parts.subjectNotes,
    ...(parts.migration?.notes ?? []),
  ];
  const headers = [baseline.header, current.header].filter((header) => header !== undefined);
  if (headers.length === 2 && headers[0]?.subject['system'] !== headers[1]?.subject['system']) {
    notes.push('the two sides name different systems; that they belong together was not checked');
  }
  if (parts.sameAllowed) notes.push('whether both sides are one and the same input: --allow-same lets them be');
  if (totals.added > 0) notes.push('that added records are true: a comparison with the past cannot show it');
  if (parts.overflowed && totals.missing > 0) {
    notes.push('whether all missing records were moved: too many changed to keep track of');
  }
  return notes;
}

/**
 * What came of every demand.
 *
 * @throws RangeError if one is open, or did not hold and no finding says so: then the program is wrong
 */
function settledDemands({ demands, findings }: ReportParts): readonly Demand[] {
  const settled = demands.settled();
  const unnamed = unnamedDemand(settled, (forced) => findings.has(forced), findings.countOf('interrupted') > 0);
  if (unnamed !== undefined) throw new RangeError(`the demand ${unnamed.demand} did not hold, but no finding says so`);
  return settled;
}

/**
 * The groups of modified records.
 *
 * @throws RangeError if they do not add up to what was modified
 */
function changesOf(
  { changes }: Findings,
  { baseline, part: shard }: ReportParts,
  totals: Totals,
): Pick<ContinuityReport, 'changes' | 'changesOmitted'> {
  const part = {
    changes: changes.list(shard === undefined ? baseline.summary : undefined),
    ...(changes.omitted > 0 ? { changesOmitted: changes.omitted } : {}),
  };
  const [fault] = changeFaults({ totals, ...part });
  if (fault !== undefined) throw new RangeError(`${fault}: ${totals.modified} were`);
  return part;
}

/**
 * Records by the attributes that the headers name; of a side without records, or that was not read to its end, not known.
 *
 * @throws RangeError if a record was not counted, or twice
 */
function countedOf(
  baseline: ReadSide,
  current: ReadSide,
  was: Subject,
  is: Subject,
): Pick<ContinuityReport, 'countBy'> {
  const attributes = countByOfBoth(was, is);
  if (attributes.length === 0) return {};
  const [before, after] = [baseline, current].map(({ complete, audit }) => (complete ? audit?.counted : undefined));
  const countBy = countedBy(attributes, before, after);
  const [fault] = countFaults({ countBy, baseline: baseline.summary, current: current.summary });
  if (fault !== undefined) throw new RangeError(fault);
  return { countBy };
}

/** What the headers say of how the records came to be, and by what they are counted. */
function readingOf(baseline: ReadSide, current: ReadSide): Pick<ContinuityReport, 'mapping' | 'countBy'> {
  const [was, is] = [baseline.header?.subject ?? {}, current.header?.subject ?? {}];
  return { mapping: mappingOf(was, is), ...countedOf(baseline, current, was, is) };
}

/** `totals` with what was read of the baseline and has not come out of its migration. */
function withPending(totals: Tally, pending = 0): Tally {
  return { ...totals, unjudgedBaseline: totals.unjudgedBaseline + pending };
}

function baselineReport({ baseline, trust: { signature, timestamp } }: ReportParts): ContinuityReport['baseline'] {
  return { ...sideReport(baseline), signature, ...present({ timestamp }) };
}

/** What the headline says besides the verdict and its findings. */
function aboutHeadline({ mode, baseline, current, findings, migration, part }: ReportParts) {
  return {
    mode,
    part,
    migration: migration?.report,
    baselineRecords: baseline.summary.records,
    baselineTenants: baseline.summary.tenants.length,
    stops: stopsOf(baseline, current),
    wrongRecipe: wrongRecipe([baseline, current]),
    findingCounts: findings.counts,
    oldCounts: findings.oldCounts,
    unread: unreadOf([baseline.header?.subject ?? {}, current.header?.subject ?? {}]),
  };
}

/**
 * The report, but for `run`, which only who measures the time can add.
 *
 * @throws RangeError if a demand was not settled: no verdict may come of it
 */
export function buildReport(parts: ReportParts): Omit<ContinuityReport, 'run'> {
  const { mode, baseline, current, judged, findings } = parts;
  findings.conclude();
  const tally = withPending(judged.totals, parts.migration?.pending);
  const totals = totalsOf(tally, parts.migration?.retired);
  const demands = settledDemands(parts);
  // An external root is judged last, so that no stream is called broken for it; the whole is.
  const relation = findings.isAnythingBroken ? 'broken' : judged.relation;
  const verdict = verdictOf(findings, {
    complete: baseline.complete && current.complete,
    baselineRecords: baseline.summary.records,
    currentRecords: current.summary.records,
    unjudged: tally.unjudgedBaseline + tally.unjudgedCurrent,
    relation,
    migration: parts.migration !== undefined,
  });
  const listed = findings.list();
  return {
    kind: 'evidence-continuity-report',
    version: 1,
    verdict,
    relation,
    mode,
    headline: headlineOf({ verdict, totals, findings: listed, unlooked: isUnlooked(demands), ...aboutHeadline(parts) }),
    baseline: baselineReport(parts),
    current: sideReport(current),
    totals,
    ...changesOf(findings, parts, totals),
    demands,
    ...readingOf(baseline, current),
    migration: parts.migration?.report ?? null,
    tenants: judged.tenants,
    findings: listed,
    findingCounts: findings.counts,
    checks: checksOf(
      [baseline, current],
      tally,
      { compared: judged.prefixesCompared, unproven: judged.prefixesUnproven },
      parts.legacy,
    ),
    notChecked: notChecked(parts, totals),
    ...present({ shard: partReport(parts) }),
  };
}

/* The sums of a part, of which a join makes the report of the whole. */

function sideSums(side: ReadSide): SideSums {
  const { audit, manifestChecked, rootsStated } = side;
  const { links = 0, sequence = 0, recipes = 0, recipesSkipped = 0, derived = 0, textOnly = 0 } = audit?.tally ?? {};
  const segments = [...(audit?.tally.segments ?? [])];
  return {
    bodies: audit?.bodiesHashed ?? 0,
    ...{ links, sequence, recipes, recipesSkipped, derived, textOnly },
    why: [...(audit?.tally.why ?? [])],
    segments: segments.map(([label, { done, skipped }]) => ({ label, done, skipped })),
    unfit: [...(audit?.tally.unfit ?? [])],
    fit: [...(audit?.tally.fit ?? [])],
    gaps: leapingOf(side),
    stated: !manifestChecked ? 'nothing' : rootsStated ? 'roots' : 'counts',
  };
}

/** Streams that are ordered on one side and not on the other. */
function turnedStreams(was: SnapshotSummary, is: SnapshotSummary): PartReport['sums']['turned'] {
  return [...byName(was.tenants, is.tenants, ({ tenant }) => tenant)].flatMap(([tenant, before, after]) => {
    const streams = [...byName(eachStream(before), eachStream(after), ({ stream }) => stream)];
    const turned = streams.filter(([, one, other]) => one !== undefined && other?.ordered === !one.ordered);
    return turned.map(([stream]) => ({ tenant, stream }));
  });
}

function partReport(parts: ReportParts): PartReport | undefined {
  const { part, baseline, current, findings, subjectNotes, sameAllowed, overflowed } = parts;
  if (part === undefined) return undefined;
  const notes = { trust: trustNotes(parts), subject: subjectNotes, sameAllowed, overflowed };
  const turned = turnedStreams(baseline.summary, current.summary);
  const sides = { turned, baseline: sideSums(baseline), current: sideSums(current) };
  return { ...part, sums: { maxFindings: findings.asked, alreadyInBaseline: findings.oldCounts, notes, ...sides } };
}
