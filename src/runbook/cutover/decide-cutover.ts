/** The gate of the cutover (runbook, "Monitoring During Cutover"): inputs in, one decision out. Pure. */

import { momentOf } from '../../core/instant.ts';
import type { Subject } from '../../core/snapshot/header.ts';
import {
  type Accepted,
  type GateExpectations,
  type GateInput,
  judgeErrorRate,
  judgeFailures,
  judgeLastVerification,
  judgeLatency,
  judgeReport,
  judgeVerification,
  type Reading,
  type ReportReading,
  type RunsReading,
  reportedStore,
} from './judge-inputs.ts';
import { type CutoverLimits, type Decision, gravest, type ServiceFigure } from './limits.ts';

/** What was read of the metrics. */
export interface MetricsReadings {
  readonly runs: RunsReading;
  readonly figures: Readonly<Record<ServiceFigure, Reading>>;
}

export interface CutoverReadings extends MetricsReadings {
  readonly report: ReportReading;
}

/** What the report says that it is about: so that a reader of the decision sees whose it is. */
export interface DecidedAbout {
  readonly subject: Subject | null;
  readonly baselineSha256: string | null;
  readonly baselineCapturedAt: string | null;
  /** At the moment of the decision, in seconds. */
  readonly baselineAgeSeconds: number | null;
  /** SHA-256 of the SubjectPublicKeyInfo of each key that signed the baseline; empty for none. */
  readonly baselineSignedBy: readonly string[];
  /** The migration under which the sides were compared; null for none. */
  readonly migration: { readonly sha256: string | null; readonly signedBy: readonly string[] } | null;
}

/** What the gate says, and all that it rests on. */
export interface GateDecision {
  readonly kind: 'evidence-gate-decision';
  readonly version: 1;
  readonly gate: 'cutover';
  readonly decision: Decision;
  readonly headline: string;
  /** RFC 3339. */
  readonly decidedAt: string;
  /** Null if no report was believed. */
  readonly about: DecidedAbout | null;
  /** What the caller said need not be known of the report; empty for nothing. */
  readonly accepted: readonly Accepted[];
  readonly inputs: readonly GateInput[];
}

function headlineOf(decision: Decision, inputs: readonly GateInput[]): string {
  if (decision === 'proceed') return 'proceed: every input is known and within its limit';
  const because = inputs.filter((input) => input.decision === decision).map(({ input, why }) => `${input}: ${why[0]}`);
  return `${decision}: ${because.join('; ')}`;
}

function signersOf(signature: { readonly keys: readonly { readonly sha256: string }[] } | null): readonly string[] {
  return signature?.keys.map(({ sha256 }) => sha256) ?? [];
}

function aboutOf({ report }: ReportReading, nowMs: number): DecidedAbout | null {
  if (report === null) return null;
  const { baseline, current, migration = null } = report;
  const capturedMs = momentOf(baseline.capturedAt);
  return {
    subject: current.subject,
    baselineSha256: baseline.sha256,
    baselineCapturedAt: baseline.capturedAt,
    baselineAgeSeconds: capturedMs === undefined ? null : Math.floor((nowMs - capturedMs) / 1000),
    baselineSignedBy: signersOf(baseline.signature),
    migration: migration === null ? null : { sha256: migration.sha256, signedBy: signersOf(migration.signature) },
  };
}

/**
 * Decides. Never `proceed` unless every input is known and within its limit; of several answers the gravest holds.
 *
 * @param expected - what the caller demands that the report is about
 * @param nowMs - the moment of the decision, in milliseconds since 1970
 */
export function decideCutover(
  readings: CutoverReadings,
  limits: CutoverLimits,
  expected: GateExpectations,
  nowMs: number,
): GateDecision {
  const { report, runs, figures } = readings;
  const store = reportedStore(report);
  const inputs = [
    judgeReport(report, expected, limits, nowMs),
    judgeVerification(runs, store),
    judgeFailures(runs, store, limits),
    judgeLastVerification(runs, store, limits, nowMs),
    judgeErrorRate(figures.errorRate, limits),
    judgeLatency(figures.p99LatencySeconds, limits),
  ];
  const decision = gravest(inputs.map((input) => input.decision));
  return {
    kind: 'evidence-gate-decision',
    version: 1,
    gate: 'cutover',
    decision,
    headline: headlineOf(decision, inputs),
    decidedAt: new Date(nowMs).toISOString(),
    about: aboutOf(report, nowMs),
    accepted: expected.accepted ?? [],
    inputs,
  };
}
