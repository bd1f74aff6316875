/** The gate of the cutover (runbook, "Monitoring During Cutover"): inputs in, one decision out. Pure. */
import { type Decision, gravest } from './decision.ts';
import {
  type GateInput,
  judgeErrorRate,
  judgeFailures,
  judgeLastVerification,
  judgeLatency,
  judgeReport,
  type Reading,
  type ReportReading,
} from './judge-inputs.ts';
import type { CutoverLimits, Figure } from './limits.ts';

export interface CutoverReadings {
  readonly report: ReportReading;
  readonly figures: Readonly<Record<Figure, Reading>>;
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
  readonly inputs: readonly GateInput[];
}

function headlineOf(decision: Decision, inputs: readonly GateInput[]): string {
  if (decision === 'proceed') return 'proceed: every input is known and within its limit';
  const because = inputs.filter((input) => input.decision === decision).map(({ input, why }) => `${input}: ${why[0]}`);
  return `${decision}: ${because.join('; ')}`;
}

/**
 * Decides. Never `proceed` unless every input is known and within its limit; of several answers the gravest holds.
 *
 * @param nowMs - the moment of the decision, in milliseconds since 1970
 */
export function decideCutover(readings: CutoverReadings, limits: CutoverLimits, nowMs: number): GateDecision {
  const { report, figures } = readings;
  const inputs = [
    judgeReport(report, limits, nowMs),
    judgeFailures(figures.evidenceFailures, limits),
    judgeLastVerification(figures.lastVerification, limits, nowMs),
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
    inputs,
  };
}
