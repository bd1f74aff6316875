/** Holds each input against its limit. Each gives the gravest of what its value says and what its doubts say. */

import { momentOf } from '../../core/instant.ts';
import type { Verdict } from '../../core/report/report.ts';
import { isCapturedAfterwards } from '../../core/report/report-balance.ts';
import { isSameStore, type StoreIdentity, storeOf, storeText } from '../../core/report/store-identity.ts';
import { isLaterBaseline, LATER_ALLOWED } from '../../core/report/subjects.ts';
import type { Subject } from '../../core/snapshot/header.ts';
import type { ReadReport } from '../../wire/continuity-report.ts';
import { type CutoverLimits, type Decision, durationText, gravest } from './limits.ts';
import type { VerificationRun } from './verification-runs.ts';

export type InputName =
  | 'continuity-report'
  | 'signed-verdict'
  | 'observation'
  | 'verification'
  | 'evidence-failures'
  | 'last-verification'
  | 'error-rate'
  | 'p99-latency';

/** One thing that the decision rests on. */
export interface GateInput {
  readonly input: InputName;
  /** What it would decide by itself. */
  readonly decision: Decision;
  /** As it was read; null if there is none. An infinite number is the text `+Inf` or `-Inf`. */
  readonly value: number | string | null;
  /** What it may be at most, in words. */
  readonly limit: string;
  /** Where it comes from. */
  readonly source: string;
  /** What speaks against going on; empty only for `proceed`. */
  readonly why: readonly string[];
}

/** What was read, and what speaks against relying on it. */
export interface Noted {
  /** Why it cannot be relied on, as sentence fragments. */
  readonly doubts: readonly string[];
  readonly source: string;
}

/** A figure as it was read. */
export interface Reading extends Noted {
  /** The figure; of several, the greatest. Null where there is none. */
  readonly value: number | null;
}

/** What the runs of evidence-diff say in the metrics, as it was read. */
export interface RunsReading extends Noted {
  readonly runs: readonly VerificationRun[];
}

/** A continuity report as it was read; null if it is not believed. */
export interface ReportReading extends Noted {
  readonly report: ReadReport | null;
  /** SHA-256 of its file, if it was read. */
  readonly sha256?: string;
}

/** What the caller demands that the report is about. */
export interface GateExpectations {
  /** SHA-256 of the baseline, 64 hexadecimal digits. */
  readonly digest?: string;
  /** Members of the subject of both sides, and their texts. */
  readonly subject?: ReadonlyMap<string, string>;
  /** SHA-256 of the SubjectPublicKeyInfo of each key that may have signed the baseline. */
  readonly trustedKeys?: readonly string[];
  /** What need not be demanded: else a report of which it is not known whose it must be is `unknown`. */
  readonly accepted?: readonly Accepted[];
  /** Whether nobody may have written between baseline and report. */
  readonly frozen?: boolean;
  /** Whether the comparison must have verified an outside time of the baseline. */
  readonly outsideTime?: boolean;
  /** Whether a key must be demanded for the baseline. */
  readonly signedBaseline?: boolean;
}

/** A report of whatever store, one with whatever baseline, one that lets evidence be added. */
export type Accepted = 'any-store' | 'any-baseline' | 'growth';

/** How far clocks may differ, in seconds, before something comes from the future. */
const CLOCK_SKEW_SECONDS = 60;

export const DECISION_OF: Readonly<Record<Verdict, Decision>> = {
  PASS: 'proceed',
  FAIL: 'rollback',
  INCOMPLETE: 'unknown',
  UNTRUSTED: 'unknown',
};

function shownNumber(value: number | null): number | string | null {
  if (value === null || Number.isFinite(value)) return value;
  return value > 0 ? '+Inf' : '-Inf';
}

/** What speaks against something of age `seconds`; nothing if it is young enough. */
export function ageDoubts(what: string, seconds: number, most: number): readonly string[] {
  if (seconds < -CLOCK_SKEW_SECONDS) return [`${what} is from the future: one of the clocks is wrong`];
  if (seconds <= most) return [];
  return [`${what} is ${Math.floor(seconds)} s old, more than ${durationText(most)}`];
}

/** Judges a figure that must not exceed `most`; `breach` is what it decides if it does. */
function judgeFigure(
  input: InputName,
  { value: read, doubts: before, source }: Reading,
  { most, highest, unit, breach }: { most: number; highest: number; unit: string; breach: Decision },
): GateInput {
  const value = read === null || Number.isNaN(read) ? null : read;
  const doubts = [...before];
  if (value === null && doubts.length === 0) doubts.push('no data');
  if (value !== null && !(value >= 0 && value <= highest)) {
    doubts.push(`the value cannot be: it must be from 0 to ${highest === 1 ? '1, as a ratio' : 'a finite number'}`);
  }
  const exceeds = value !== null && value > most;
  return {
    input,
    decision: gravest([exceeds ? breach : 'proceed', doubts.length > 0 ? 'unknown' : 'proceed']),
    value: shownNumber(value),
    limit: `at most ${most}${unit}`,
    source,
    why: exceeds ? [`it is more than ${most}${unit}`, ...doubts] : doubts,
  };
}

export function judgeErrorRate(reading: Reading, { errorRate }: CutoverLimits): GateInput {
  return judgeFigure('error-rate', reading, { most: errorRate, highest: 1, unit: '', breach: 'pause' });
}

export function judgeLatency(reading: Reading, { p99LatencySeconds }: CutoverLimits): GateInput {
  const highest = Number.MAX_VALUE;
  return judgeFigure('p99-latency', reading, { most: p99LatencySeconds, highest, unit: ' s', breach: 'investigate' });
}

/** The runs that a decision about `store` rests on: its own, and those that do not say of which store they are. */
function concerned(runs: readonly VerificationRun[], store: StoreIdentity | undefined): readonly VerificationRun[] {
  return runs.filter((run) => run.store === undefined || store === undefined || isSameStore(run.store, store));
}

/** Runs are told apart by their labels; one that is alone may have none. */
function runName(labels: string): string {
  return labels === '{}' ? 'the unlabelled run' : `the run ${labels}`;
}

/** Files do not know whose they are. */
const NAME_IT = 'state `system` in the profile by which it is read (docs/gates.md)';

/** What every judgement of runs begins with: that there is a comparison of this very store among them. */
function storeDoubts(
  { runs, doubts }: RunsReading,
  store: StoreIdentity | undefined,
): { readonly own: readonly VerificationRun[]; readonly doubts: readonly string[] } {
  const own = concerned(runs, store);
  const found = [...doubts];
  for (const { labels, store: named } of own) {
    if (named === undefined) found.push(`${runName(labels)} does not say of which store it is: ${NAME_IT}`);
  }
  if (store === undefined)
    found.push(`which store is meant is not known: the report does not say (${NAME_IT}), or was not believed`);
  else if (!own.some((run) => run.store !== undefined && run.isContinuity)) {
    found.push(`no data: there is no comparison of the report's store, ${storeText(store)}`);
  }
  return { own, doubts: found };
}

function verdictDoubts({ labels, verdict, soundness, isContinuity, inProgress }: VerificationRun): readonly string[] {
  const said = isContinuity ? verdict : soundness;
  const doubts: string[] = [];
  if (said === undefined) doubts.push(`${runName(labels)} states no verdict, or several`);
  else if (said !== 'PASS') doubts.push(`the verdict of ${runName(labels)} is ${said}`);
  if (inProgress === undefined) doubts.push(`${runName(labels)} does not say whether it has ended`);
  else if (inProgress) doubts.push(`${runName(labels)} is in progress, or never ended`);
  return doubts;
}

/** Every run over the store must have ended with PASS: a report of an older one says nothing against a newer. */
export function judgeVerification(reading: RunsReading, store: StoreIdentity | undefined): GateInput {
  const { own, doubts: before } = storeDoubts(reading, store);
  const verdicts = own.flatMap((run) => [run.verdict, run.soundness]).filter((verdict) => verdict !== undefined);
  const doubts = [...before, ...own.flatMap(verdictDoubts)];
  return {
    input: 'verification',
    decision: gravest([...verdicts.map((verdict) => DECISION_OF[verdict]), doubts.length > 0 ? 'unknown' : 'proceed']),
    value:
      verdicts.find((verdict) => verdict === 'FAIL') ??
      verdicts.find((verdict) => verdict !== 'PASS') ??
      verdicts[0] ??
      null,
    limit: 'PASS of every run over the store, none in progress',
    source: reading.source,
    why: doubts,
  };
}

export function judgeFailures(
  reading: RunsReading,
  store: StoreIdentity | undefined,
  { evidenceFailures: most }: CutoverLimits,
): GateInput {
  const { own, doubts: before } = storeDoubts(reading, store);
  const doubts = [...before];
  let sum: number | null = null;
  for (const { labels, failures } of own) {
    if (failures === undefined) doubts.push(`no data: ${runName(labels)} states no number of failures`);
    else sum = (sum ?? 0) + failures;
  }
  const highest = Number.MAX_VALUE;
  const figure = { value: sum, doubts, source: reading.source };
  return judgeFigure('evidence-failures', figure, { most, highest, unit: '', breach: 'rollback' });
}

/** Exporters show what a run has written until the next one, be it for weeks: no failures then says nothing of now. */
export function judgeLastVerification(
  reading: RunsReading,
  store: StoreIdentity | undefined,
  limits: CutoverLimits,
  nowMs: number,
): GateInput {
  const { own, doubts: before } = storeDoubts(reading, store);
  const doubts = [...before];
  let oldest: number | null = null;
  for (const { labels, isContinuity, endedAtSeconds: at } of own) {
    if (!isContinuity) continue;
    if (at === undefined || !Number.isFinite(at)) doubts.push(`no data: ${runName(labels)} does not say when it ended`);
    else oldest = Math.min(oldest ?? at, at);
    if (at !== undefined)
      doubts.push(...ageDoubts('the last verification', nowMs / 1000 - at, limits.maxReportAgeSeconds));
  }
  return {
    input: 'last-verification',
    decision: doubts.length > 0 ? 'unknown' : 'proceed',
    value: oldest,
    limit: `at most ${durationText(limits.maxReportAgeSeconds)} old`,
    source: reading.source,
    why: [...new Set(doubts)],
  };
}

function subjectDoubts(
  side: string,
  subject: Subject | null,
  expected: ReadonlyMap<string, string>,
): readonly string[] {
  return [...expected].flatMap(([member, text]) => {
    const value = subject !== null && Object.hasOwn(subject, member) ? subject[member] : undefined;
    if (value === text) return [];
    const found = typeof value === 'string' ? JSON.stringify(value) : 'another or none';
    const advice = member === 'system' && value === undefined ? `: ${NAME_IT}` : '';
    return [`the ${member} of the ${side} is ${found}, expected is ${JSON.stringify(text)}${advice}`];
  });
}

/** A report that nobody demanded anything of may be of any store: what it says would be no answer. */
function undemandedDoubts(expected: GateExpectations): readonly string[] {
  const { digest, subject, trustedKeys, signedBaseline, accepted = [] } = expected;
  const doubts: string[] = [];
  if (signedBaseline === true && trustedKeys === undefined) {
    doubts.push('who must have signed the baseline was not said: give --trusted-key');
  }
  if (subject === undefined && !accepted.includes('any-store')) {
    doubts.push('whose report it must be was not said: give --expect-subject, or --accept-any-store');
  }
  if (digest === undefined && !accepted.includes('any-baseline')) {
    doubts.push('which baseline it must have was not said: give --expect-digest, or --accept-any-baseline');
  }
  return doubts;
}

/** What of `report` is not what the caller expects it to be about. */
function expectationDoubts(
  { baseline, current }: ReadReport,
  { digest, subject, trustedKeys, outsideTime }: GateExpectations,
): readonly string[] {
  const doubts: string[] = [];
  if (outsideTime === true && baseline.timestamp === undefined) {
    doubts.push('no outside time of the baseline was verified: compare with --tsa-certificate');
  }
  if (digest !== undefined && baseline.sha256 !== digest) {
    doubts.push(`the SHA-256 of the baseline is ${baseline.sha256 ?? 'unknown'}, expected is ${digest}`);
  }
  if (subject !== undefined) {
    doubts.push(...subjectDoubts('baseline', baseline.subject, subject));
    doubts.push(...subjectDoubts('current side', current.subject, subject));
  }
  if (trustedKeys !== undefined) {
    const signed = new Set(baseline.signature?.keys.map(({ sha256 }) => sha256));
    const trusted = [...new Set(trustedKeys)].filter((key) => signed.has(key)).length;
    if (baseline.signature === null) doubts.push('no signature of the baseline was verified, and a key is demanded');
    else if (trusted < Math.max(1, baseline.signature.threshold)) {
      doubts.push('the baseline was signed by other keys than those that are demanded');
    }
  }
  return doubts;
}

/**
 * Under a migration the report says PASS of what its rules make of the baseline. So whose rules they are is demanded as well:
 * whoever can write a file could have declared the loss that is to be found.
 */
function migrationDoubts({ migration, baseline }: ReadReport, { trustedKeys }: GateExpectations): readonly string[] {
  if (migration === undefined || migration === null) return [];
  if (trustedKeys === undefined) {
    return ['the report is of a comparison through a migration, and no key is demanded for it: give --trusted-key'];
  }
  const { signature } = migration;
  if (signature === null) return ['no signature of the migration was verified'];
  const signed = new Set(signature.keys.map(({ sha256 }) => sha256));
  const trusted = [...new Set(trustedKeys)].filter((key) => signed.has(key)).length;
  if (trusted >= Math.max(1, baseline.signature?.threshold ?? 1)) return [];
  return ['the migration was signed by other keys than those that are demanded'];
}

/** What a report must show so that a cutover may rest on it. */
function demandDoubts({ demands }: ReadReport): readonly string[] {
  if (demands === undefined) return ['the report does not say what was demanded of the comparison'];
  const different = demands.find(({ demand }) => demand === 'not-same-input');
  return different?.state === 'held' ? [] : ['the report does not say that its sides are two inputs: see --allow-same'];
}

/** Before there is traffic nobody may write: growth that is let through would hide who does. */
function growthDoubts({ mode }: ReadReport, { frozen, accepted = [] }: GateExpectations): readonly string[] {
  if (frozen !== true || mode === 'frozen' || accepted.includes('growth')) return [];
  return ['the comparison lets evidence be added: make it with --mode frozen, or give --accept-growth'];
}

/** The comparison itself only notes it: two systems may be one by another name. A cutover rests on their being one. */
function systemDoubts({ baseline, current }: ReadReport): readonly string[] {
  const [was, is] = [baseline.subject?.['system'], current.subject?.['system']];
  if (was === is) return [];
  const named = (system: unknown): string => (typeof system === 'string' ? JSON.stringify(system) : 'not named');
  return [`its sides are of two systems: the baseline's is ${named(was)}, the current one's ${named(is)}`];
}

/** What a later baseline has lost reads as added. That may be meant after a restore; no gate rests on it. */
function orderDoubts({ baseline, current, notChecked }: ReadReport): readonly string[] {
  const isAllowed = notChecked.includes(LATER_ALLOWED);
  const isUnknown = momentOf(baseline.capturedAt) === undefined;
  if (!isLaterBaseline(baseline.capturedAt, current.capturedAt) && !(isAllowed && isUnknown)) return [];
  return ['its baseline was captured after its current side (--allow-later-baseline), so that a loss reads as growth'];
}

function timeDoubts({ run, current }: ReadReport, most: number, nowMs: number): readonly string[] {
  const times = [
    ['the report', momentOf(run.finishedAt)],
    ['the capture of its current side', momentOf(current.capturedAt)],
  ] as const;
  const doubts = times.flatMap(([what, atMs]) =>
    atMs === undefined ? [`${what} does not say when it was made`] : ageDoubts(what, (nowMs - atMs) / 1000, most),
  );
  const isAfterwards = isCapturedAfterwards({ run, current });
  return isAfterwards
    ? [...doubts, 'its current side was captured after it was made: a clock is ahead, or it was edited']
    : doubts;
}

/** A report that is too old still says what it has found: evidence that was lost does not come back with time. */
export function judgeReport(
  { report, doubts: before, source }: ReportReading,
  expected: GateExpectations,
  limits: CutoverLimits,
  nowMs: number,
): GateInput {
  const most = limits.maxReportAgeSeconds;
  const doubts = [...before];
  if (report === null && doubts.length === 0) doubts.push('no data');
  if (report !== null) {
    doubts.push(...timeDoubts(report, most, nowMs), ...demandDoubts(report), ...systemDoubts(report));
    doubts.push(...orderDoubts(report));
    doubts.push(...expectationDoubts(report, expected), ...migrationDoubts(report, expected));
    doubts.push(...growthDoubts(report, expected));
  }
  doubts.push(...undemandedDoubts(expected));
  const verdict = report?.verdict ?? null;
  const says = verdict === null || verdict === 'PASS' ? [] : [`its verdict is ${verdict}`];
  return {
    input: 'continuity-report',
    decision: gravest([verdict === null ? 'unknown' : DECISION_OF[verdict], doubts.length > 0 ? 'unknown' : 'proceed']),
    value: verdict,
    limit: `PASS, at most ${durationText(most)} old`,
    source,
    why: [...says, ...doubts],
  };
}

/** The store that a report speaks of; undefined if it names none. */
export function reportedStore({ report }: ReportReading): StoreIdentity | undefined {
  return storeOf(report?.current.subject);
}
