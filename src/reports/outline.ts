/**
 * What a report says, derived once from the report object: every format for people draws this and derives nothing.
 *
 * A fact has the name of its place in the JSON report, so that no two formats can mean different members by one label; a
 * test walks every member of the JSON report and requires it in each format (docs/continuity-report.md).
 */
import type { Demand } from '../core/report/demands.ts';
import { unbelieved } from '../core/report/headline.ts';
import {
  type BaselineReport,
  type Check,
  type ContinuityReport,
  REPORT_MEMBERS,
  type SideReport,
  type TenantReport,
  type Verdict,
} from '../core/report/report.ts';
import { shardName } from '../core/words.ts';
import { type ChangeLine, changesOf } from './changes.ts';
import { type CountedLine, countedOf } from './counted-by.ts';
import {
  count,
  counted,
  exitCodeText,
  type Fact,
  grouped,
  hash,
  type Listed,
  meaningOfCheck,
  type Tone,
  words,
} from './facts.ts';
import { findingsOf, type Group } from './found.ts';
import { migrationFacts } from './migration-facts.ts';
import { nextSteps } from './next-steps.ts';
import { shortened } from './printable.ts';
import { tally, worstFirst } from './relations.ts';
import { type Repeat, repeatOf } from './repeat.ts';

export interface DemandLine {
  readonly state: string;
  readonly what: string;
  readonly why: string;
  readonly tone: Tone;
}

export interface SideOutline {
  readonly role: 'baseline' | 'current';
  readonly label: string;
  /** The name is the first of them. */
  readonly facts: readonly Fact[];
}

export interface CheckLine {
  readonly check: string;
  readonly done: number;
  readonly skipped: number;
  /** Why it was skipped, else what one of it is. */
  readonly about: string;
}

export interface Outline {
  readonly title: string;
  /** What the report object is, and of which version. */
  readonly identity: string;
  readonly verdict: Verdict;
  readonly tone: Tone;
  readonly headline: string;
  /** What the verdict means, in one sentence. */
  readonly meaning: string;
  readonly result: readonly Fact[];
  readonly demands: Listed<DemandLine>;
  readonly sides: readonly SideOutline[];
  /** The migration under which both were compared; none where there was none. */
  readonly migration: readonly Fact[];
  /** Every record of both sides in one place. */
  readonly tally: readonly Fact[];
  /** Modified records by what changed in them, rarest first. */
  readonly changes: Listed<ChangeLine>;
  /** What did not hold comes first. */
  readonly tenants: Listed<TenantReport>;
  readonly findings: Listed<Group>;
  /** Records by the attributes that a profile names; only there if one does. */
  readonly countedBy: Listed<CountedLine> | undefined;
  /** How the two mappings differ; only there if they do. */
  readonly declared: Listed<string> | undefined;
  readonly notChecked: Listed<string>;
  readonly checks: readonly CheckLine[];
  readonly steps: readonly string[];
  readonly repeat: Repeat;
  /** The only part that differs between two runs on the same inputs. */
  readonly run: readonly Fact[];
}

const TONE_OF: Readonly<Record<Verdict, Tone>> = { PASS: 'good', FAIL: 'bad', INCOMPLETE: 'doubt', UNTRUSTED: 'bad' };

const MEANING: Readonly<Record<Exclude<Verdict, 'UNTRUSTED'>, string>> = {
  PASS: 'Every check was made and every one held.',
  FAIL: 'Evidence is missing, changed, re-linked, reordered or, in frozen mode, added.',
  INCOMPLETE: 'Something could not be read or checked. This is not a PASS.',
};

function meaningOf({ verdict, findings }: ContinuityReport): string {
  if (verdict !== 'UNTRUSTED') return MEANING[verdict];
  const which = unbelieved(findings);
  const itself = which.length === 1 ? ' itself' : '';
  return `The ${which.join(' and the ')}${itself} cannot be believed.`;
}

/** The tone of what is said about a verdict, in every format and of every report. */
export function toneOf(verdict: Verdict): Tone {
  return TONE_OF[verdict];
}

/** Deeper members of a subject, and what comes after so many, are shown as JSON: a report must not grow with them. */
const MOST_MEMBERS = 40;
const DEEPEST = 3;

function* membersOf(value: unknown, path: readonly string[]): Generator<readonly [readonly string[], string]> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isObject && path.length < DEEPEST && Object.keys(value).length > 0) {
    for (const [name, member] of Object.entries(value)) yield* membersOf(member, [...path, shortened(name, 120)]);
  } else yield [path, shortened(JSON.stringify(value) ?? '', 480)];
}

function subjectFacts(role: string, { subject }: SideReport): readonly Fact[] {
  const key = `${role}.subject`;
  const members = subject === null ? [] : [...membersOf(subject, [])].filter(([path]) => path.length > 0);
  if (members.length === 0) return [{ key, label: 'subject', value: 'not named', as: 'absent' }];
  const facts = members.slice(0, MOST_MEMBERS).map(
    ([path, value]): Fact => ({
      key: [key, ...path].join('.'),
      label: `subject ${path.join('.')}`,
      value,
      as: 'json',
    }),
  );
  const left = members.length - facts.length;
  return left > 0 ? [...facts, words(key, 'and', `${counted(left, 'more member')}, in the JSON report`)] : facts;
}

/** What was read of one side; of the audit report's source, too. */
export function sideFacts(role: string, side: SideReport): readonly Fact[] {
  const { name, sha256, globalRoot, records, depth, capturedAt } = side;
  const or = (key: string, label: string, value: string | null): Fact =>
    value === null ? { key, label, value: 'unknown', as: 'absent' } : words(key, label, value);
  return [
    { key: `${role}.name`, label: 'name', value: shortened(name, 2000), as: 'name' },
    hash(`${role}.sha256`, 'sha256', sha256, 'unknown: not all bytes were read, or it is no file'),
    hash(`${role}.globalRoot`, 'global root', globalRoot, 'unknown: not read to its end'),
    count(`${role}.records`, 'records', records),
    or(`${role}.depth`, 'depth', depth),
    or(`${role}.capturedAt`, 'captured', capturedAt),
    ...subjectFacts(role, side),
  ];
}

function timestampFacts({ timestamp }: BaselineReport): readonly Fact[] {
  if (timestamp === undefined) return [];
  const { time, authority } = timestamp;
  return [
    words('baseline.timestamp.time', 'stamped at', `${time} by an authority outside (RFC 3161)`),
    { key: 'baseline.timestamp.authority.subject', label: 'authority', value: authority.subject, as: 'name' },
    hash('baseline.timestamp.authority.sha256', 'its certificate', authority.sha256),
  ];
}

function signatureFacts({ signature }: BaselineReport): readonly Fact[] {
  const key = 'baseline.signature';
  if (signature === null) return [{ key, label: 'signature', value: 'none was verified', as: 'absent' }];
  const { keys, threshold, payloadType, predicateType, signedSha256, signedAt, upgrade } = signature;
  const signed = `verified: ${counted(keys.length, 'trusted key')} signed, ${grouped(threshold)} demanded`;
  return [
    words(`${key}.threshold`, 'signature', signed),
    ...keys.flatMap(({ sha256, algorithm }, at) => [
      hash(`${key}.keys.${at}.sha256`, `by key ${at + 1}`, sha256),
      words(`${key}.keys.${at}.algorithm`, `algorithm ${at + 1}`, algorithm),
    ]),
    hash(`${key}.signedSha256`, 'signed sha256', signedSha256),
    words(`${key}.signedAt`, 'signed at', `${signedAt} by the signer's clock`),
    upgrade === null
      ? { key: `${key}.upgrade`, label: 'for the upgrade', value: 'not named', as: 'absent' }
      : { key: `${key}.upgrade`, label: 'for the upgrade', value: upgrade, as: 'name' },
    words(`${key}.payloadType`, 'statement', `${payloadType}, ${predicateType}`),
  ];
}

function profileFacts({ mapping }: ContinuityReport, role: 'baseline' | 'current'): readonly Fact[] {
  const profile = mapping[role];
  return profile === null ? [] : [{ key: `mapping.${role}`, label: 'profile', value: profile, as: 'name' }];
}

function declaredOf({ mapping: { declared } }: ContinuityReport): Listed<string> | undefined {
  if (declared.length === 0) return undefined;
  const title = `Declared: ${counted(declared.length, 'difference')} in how the two sides were read, no finding by itself`;
  return { title, items: declared };
}

function demandLine({ demand, asked, state, why = '' }: Demand): DemandLine {
  const held = state === 'held';
  const what = asked === '' ? demand : `${demand} ${asked}`;
  return { state: held ? state : state.toUpperCase(), what, why, tone: held ? 'good' : 'bad' };
}

function demandTitle(demands: readonly Demand[]): string {
  const states = (['refuted', 'impossible', 'held'] as const)
    .map((state) => [state, demands.filter((demand) => demand.state === state).length] as const)
    .filter(([, number]) => number > 0)
    .map(([state, number]) => `${grouped(number)} ${state}`);
  return states.length === 0 ? 'Demanded: nothing' : `Demanded: ${states.join(', ')}`;
}

const TALLY = ['matched', 'added', 'missing', 'modified', 'relinked', 'moved'] as const;

function tallyOf({ totals }: ContinuityReport): readonly Fact[] {
  const { unjudged } = totals;
  return [
    ...TALLY.map((name) => count(`totals.${name}`, name, totals[name])),
    ...(totals.retired === undefined ? [] : [count('totals.retired', 'retired', totals.retired)]),
    ...(unjudged === undefined
      ? []
      : [
          count('totals.unjudged.baseline', 'not compared, of the baseline', unjudged.baseline),
          count('totals.unjudged.current', 'not compared, of the current side', unjudged.current),
        ]),
  ];
}

function checkLine({ check, done, skipped = 0, why }: Check): CheckLine {
  return { check, done, skipped, about: why ?? meaningOfCheck(check) };
}

/** What a report object is, and of which version. */
export function identityOf({ kind, version }: { readonly kind: string; readonly version: number }): string {
  return `${kind}, version ${version}`;
}

/** When, by what and for how long the comparison was made. */
export function runFacts({ run }: Pick<ContinuityReport, 'run'>): readonly Fact[] {
  const { tool, startedAt, finishedAt, durationMs, peakRssBytes } = run;
  return [
    words('run.tool', 'compared by', tool),
    words('run.startedAt', 'started', startedAt),
    words('run.finishedAt', 'finished', finishedAt),
    words('run.durationMs', 'took', `${grouped(Math.round(durationMs))} ms`),
    words('run.peakRssBytes', 'memory', `at most ${grouped(Math.round(peakRssBytes / 1_000_000))} MB`),
  ];
}

/** Members of the report that are said in words of their own, above or elsewhere. */
const SAID: ReadonlySet<string> = new Set(['kind', 'version', 'verdict', 'headline', 'changesOmitted']);

/** Every other member that is one value, in its own name: what is declared and made is shown, in every format. */
function plainFacts(report: ContinuityReport): readonly Fact[] {
  const values = Object.keys(REPORT_MEMBERS).map((name) => [name, report[name as keyof ContinuityReport]] as const);
  const plain = values.filter(([name, value]) => !SAID.has(name) && isOneValue(value));
  return plain.map(([name, value]) => words(name, spaced(name), String(value)));
}

function isOneValue(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Which part of both sides was compared, and of what. */
function shardFacts({ shard }: ContinuityReport): readonly Fact[] {
  if (shard === undefined) return [];
  return [
    words('shard', 'part', `${shardName(shard)}, to be merged with the reports of all others`),
    hash('shard.baseline', 'whole baseline', shard.baseline),
    hash('shard.current', 'whole current side', shard.current),
  ];
}

function resultFacts(report: ContinuityReport): readonly Fact[] {
  const { verdict, findingCounts } = report;
  return [
    words('verdict', 'verdict', verdict),
    words('exitCode', 'exit code', exitCodeText(verdict, Object.hasOwn(findingCounts, 'interrupted'))),
    ...plainFacts(report),
    ...shardFacts(report),
  ];
}

/** Everything that `report` says, in the order in which it is asked for. */
export function outlineOf(report: ContinuityReport): Outline {
  const { verdict, headline, baseline, current, demands, tenants, notChecked } = report;
  const tenantTally = tenants.length === 0 ? 'none' : `${grouped(tenants.length)} (${tally(tenants)})`;
  return {
    title: 'Evidence continuity report',
    identity: identityOf(report),
    verdict,
    tone: toneOf(verdict),
    headline,
    meaning: meaningOf(report),
    result: resultFacts(report),
    demands: { title: demandTitle(demands), items: demands.map(demandLine) },
    sides: [
      {
        role: 'baseline',
        label: 'Baseline, before',
        facts: [
          ...sideFacts('baseline', baseline),
          ...profileFacts(report, 'baseline'),
          ...signatureFacts(baseline),
          ...timestampFacts(baseline),
        ],
      },
      {
        role: 'current',
        label: 'Current, after',
        facts: [...sideFacts('current', current), ...profileFacts(report, 'current')],
      },
    ],
    migration: migrationFacts(report.migration ?? null),
    tally: tallyOf(report),
    changes: changesOf(report),
    tenants: { title: `Tenants: ${tenantTally}`, items: worstFirst(tenants) },
    findings: findingsOf(report),
    countedBy: countedOf(report),
    declared: declaredOf(report),
    notChecked: notCheckedOf(notChecked),
    checks: report.checks.map(checkLine),
    steps: nextSteps(report),
    repeat: repeatOf(report),
    run: runFacts(report),
  };
}

/** What was not checked, of a report of any kind. */
export function notCheckedOf(items: readonly string[]): Listed<string> {
  return { title: items.length === 0 ? 'Not checked: nothing was left out' : 'Not checked', items };
}
