/** Holds each input against its limit. Each gives the gravest of what its value says and what its doubts say. */
import type { Verdict } from '../../core/continuity/report.ts';
import { type Decision, gravest } from './decision.ts';
import { type CutoverLimits, durationText } from './limits.ts';

export type InputName = 'continuity-report' | 'evidence-failures' | 'last-verification' | 'error-rate' | 'p99-latency';

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

/** A figure as it was read. */
export interface Reading {
  /** The figure; of several, the greatest. Null where there is none. */
  readonly value: number | null;
  /** Why the value cannot be relied on, as sentence fragments. */
  readonly doubts: readonly string[];
  readonly source: string;
}

/** A continuity report as it was read. */
export interface ReportReading {
  /** Null if the report is not believed. */
  readonly verdict: Verdict | null;
  /** When the comparison ended, in milliseconds since 1970; null if the report is not believed. */
  readonly finishedAtMs: number | null;
  /** When the current side was captured, likewise: a report of now on a store of last week says nothing of now. */
  readonly capturedAtMs: number | null;
  readonly doubts: readonly string[];
  readonly source: string;
}

/** How far clocks may differ, in seconds, before something comes from the future. */
const CLOCK_SKEW_SECONDS = 60;

const DECISION_OF: Readonly<Record<Verdict, Decision>> = {
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

export function judgeFailures(reading: Reading, { evidenceFailures }: CutoverLimits): GateInput {
  const highest = Number.MAX_VALUE;
  return judgeFigure('evidence-failures', reading, { most: evidenceFailures, highest, unit: '', breach: 'rollback' });
}

/** Exporters show what a run has written until the next one, be it for weeks: no failures then says nothing of now. */
export function judgeLastVerification(reading: Reading, limits: CutoverLimits, nowMs: number): GateInput {
  const { value: read, doubts: before, source } = reading;
  const value = read === null || !Number.isFinite(read) ? null : read;
  const doubts = [...before];
  if (value === null && doubts.length === 0) doubts.push('no data');
  if (value !== null) {
    doubts.push(...ageDoubts('the last verification', nowMs / 1000 - value, limits.maxReportAgeSeconds));
  }
  return {
    input: 'last-verification',
    decision: doubts.length > 0 ? 'unknown' : 'proceed',
    value,
    limit: `at most ${durationText(limits.maxReportAgeSeconds)} old`,
    source,
    why: doubts,
  };
}

/** A report that is too old still says what it has found: evidence that was lost does not come back with time. */
export function judgeReport(reading: ReportReading, limits: CutoverLimits, nowMs: number): GateInput {
  const { verdict, finishedAtMs, capturedAtMs, source } = reading;
  const most = limits.maxReportAgeSeconds;
  const doubts = [...reading.doubts];
  const times = [
    ['the report', finishedAtMs],
    ['the capture of its current side', capturedAtMs],
  ] as const;
  for (const [what, atMs] of times) {
    if (atMs !== null) doubts.push(...ageDoubts(what, (nowMs - atMs) / 1000, most));
    else if (verdict !== null) doubts.push(`${what} does not say when it was made`);
  }
  if (verdict === null && doubts.length === 0) doubts.push('no data');
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
