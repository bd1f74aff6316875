/** The gates of the runbook: inputs in, one decision out. Pure. */

import { momentOf } from '../../core/instant.ts';
import { present } from '../../core/present.ts';
import type { Verdict } from '../../core/report/report.ts';
import type { Subject } from '../../core/snapshot/header.ts';
import { type GateDefinition, type GateName, gateNamed } from './gates.ts';
import {
  type Accepted,
  DECISION_OF,
  type GateExpectations,
  type GateInput,
  type InputName,
  judgeErrorRate,
  judgeFailures,
  judgeLastVerification,
  judgeLatency,
  judgeReport,
  judgeVerification,
  type Noted,
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

/** What was read for a gate: metrics only where it asks for them. */
export interface GateReadings {
  readonly report: ReportReading;
  readonly metrics?: MetricsReadings;
  /** The signed verdict, if one was given. */
  readonly verdict?: VerdictReading;
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
  /** When the verdict was reached that a trusted key has signed, stamped where that was demanded, and which; null where none was checked. */
  readonly signedVerdict: Pick<VerdictReading, 'verifiedAt' | 'stampedAt' | 'signedBy'> | null;
}

/** What the gate says, and all that it rests on. */
export interface GateDecision {
  readonly kind: 'evidence-gate-decision';
  readonly version: 1;
  readonly gate: GateName;
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

/** What a decision rests on where no key has signed the verdict: whoever can write the report could have made it. */
const UNSIGNED = 'the report is believed unsigned (no signed verdict was given)';

function headlineOf(decision: Decision, inputs: readonly GateInput[], isSigned: boolean): string {
  if (decision === 'proceed') {
    return `proceed: every input is known and within its limit${isSigned ? '' : `; ${UNSIGNED}`}`;
  }
  const because = inputs.filter((input) => input.decision === decision).map(({ input, why }) => `${input}: ${why[0]}`);
  return `${decision}: ${because.join('; ')}`;
}

function signersOf(signature: { readonly keys: readonly { readonly sha256: string }[] } | null): readonly string[] {
  return signature?.keys.map(({ sha256 }) => sha256) ?? [];
}

function signedOf({ verifiedAt, stampedAt, signedBy }: VerdictReading): DecidedAbout['signedVerdict'] {
  return { verifiedAt, ...present({ stampedAt }), signedBy };
}

function aboutOf({ report: { report }, verdict }: GateReadings, nowMs: number): DecidedAbout | null {
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
    signedVerdict: verdict === undefined ? null : signedOf(verdict),
  };
}

/** What the caller says of a gate besides what the report must be about. */
export interface GateDemands extends GateExpectations {
  /** When the observation began: RFC 3339. */
  readonly observedSince?: string;
}

type Judges = Readonly<Record<InputName, () => GateInput>>;

function noMetrics(): never {
  throw new RangeError('a gate judges metrics that were not read for it');
}

/** How each input is judged; what a gate does not ask for is not called. */
function judgesOf(
  gate: GateDefinition,
  { report, metrics, verdict = NO_VERDICT }: GateReadings,
  limits: CutoverLimits,
  demands: GateDemands,
  nowMs: number,
): Judges {
  const store = reportedStore(report);
  const capturedAt = report.report?.baseline.capturedAt ?? null;
  const { runs, figures } = metrics ?? { runs: undefined, figures: undefined };
  return {
    'continuity-report': () => judgeReport(report, demands, limits, nowMs),
    'signed-verdict': () => judgeSignedVerdict(verdict),
    observation: () => judgeObservation(verdict, demands.observedSince, gate.observedSeconds ?? 0, capturedAt),
    verification: () => judgeVerification(runs ?? noMetrics(), store),
    'evidence-failures': () => judgeFailures(runs ?? noMetrics(), store, limits),
    'last-verification': () => judgeLastVerification(runs ?? noMetrics(), store, limits, nowMs),
    'error-rate': () => judgeErrorRate(figures?.errorRate ?? noMetrics(), limits),
    'p99-latency': () => judgeLatency(figures?.p99LatencySeconds ?? noMetrics(), limits),
  };
}

/** A verdict that was given is demanded, whatever gate it is given to. */
function inputsOf({ inputs }: GateDefinition, { verdict }: GateReadings): readonly InputName[] {
  if (verdict === undefined || inputs.includes('signed-verdict')) return inputs;
  const [first, ...others] = inputs;
  return first === undefined ? ['signed-verdict'] : [first, 'signed-verdict', ...others];
}

/**
 * Decides. Never `proceed` unless every input is known and within its limit; of several answers the gravest holds.
 *
 * @param demands - what the caller demands that the report is about
 * @param nowMs - the moment of the decision, in milliseconds since 1970
 */
export function decide(
  name: GateName,
  readings: GateReadings,
  limits: CutoverLimits,
  demands: GateDemands,
  nowMs: number,
): GateDecision {
  const gate = gateNamed(name);
  const { frozen, signedBaseline } = gate;
  const judges = judgesOf(gate, readings, limits, { ...demands, frozen, signedBaseline }, nowMs);
  const inputs = inputsOf(gate, readings).map((input) => judges[input]());
  const decision = gravest(inputs.map((input) => input.decision));
  return {
    kind: 'evidence-gate-decision',
    version: 1,
    gate: name,
    decision,
    headline: headlineOf(decision, inputs, readings.verdict !== undefined),
    decidedAt: new Date(nowMs).toISOString(),
    about: aboutOf(readings, nowMs),
    accepted: demands.accepted ?? [],
    inputs,
  };
}

/* Judges a signed verdict, and that the new version was observed for long enough before it. */

/** A signed verdict as it was read and checked. */
export interface VerdictReading extends Noted {
  /** What a trusted key has signed of this very report; null where none has. */
  readonly verdict: Verdict | null;
  /** RFC 3339: when the comparison was made. */
  readonly verifiedAt: string | null;
  /** RFC 3339: when an authority has stamped it; only where that was demanded, and held. */
  readonly stampedAt?: string;
  /** SHA-256 of the SubjectPublicKeyInfo of each key that has signed it. */
  readonly signedBy: readonly string[];
}

/** Where none was given. */
const NO_VERDICT: VerdictReading = {
  verdict: null,
  verifiedAt: null,
  signedBy: [],
  doubts: ['no signed verdict was given: give --verdict'],
  source: 'nowhere',
};

/** Who can write the report can write PASS into it; who has the key has said so of this report, and of no other. */
function judgeSignedVerdict({ verdict, doubts, source }: VerdictReading): GateInput {
  const says = verdict === null || verdict === 'PASS' ? [] : [`its verdict is ${verdict}`];
  const unknown = verdict === null && doubts.length === 0 ? ['no data'] : [];
  return {
    input: 'signed-verdict',
    decision: gravest([verdict === null ? 'unknown' : DECISION_OF[verdict], doubts.length > 0 ? 'unknown' : 'proceed']),
    value: verdict,
    limit: 'PASS of this report, signed by a key that is demanded',
    source,
    why: [...says, ...doubts, ...unknown],
  };
}

/** Hours, in tenths that are over. */
const hoursOf = (seconds: number): number => Math.floor(seconds / 360) / 10;

/** What speaks against an observation that began at `since`: nobody has observed the new version before the upgrade. */
function beginningDoubts(since: string, capturedAt: string | null): readonly string[] {
  const [began, captured] = [momentOf(since), momentOf(capturedAt)];
  if (captured === undefined) return ['when its baseline was captured is not known, and it cannot have begun before'];
  if (began === undefined || began >= captured) return [];
  return [`it cannot have begun at ${since}, before its baseline was captured at ${capturedAt}`];
}

/**
 * How long the new version has run between `since` and the comparison that was signed.
 *
 * @param capturedAt - RFC 3339: when the baseline was captured, by the report
 */
function judgeObservation(
  { verdict, verifiedAt, source }: VerdictReading,
  since: string | undefined,
  leastSeconds: number,
  capturedAt: string | null,
): GateInput {
  const [began, ended] = [momentOf(since ?? null), momentOf(verifiedAt)];
  const seconds = began === undefined || ended === undefined ? null : Math.floor((ended - began) / 1000);
  const doubts: string[] = since === undefined ? [] : [...beginningDoubts(since, capturedAt)];
  if (since === undefined) doubts.push('when the observation began was not said: give --since');
  if (verdict === null || verifiedAt === null) doubts.push('no verified verdict says when it ended');
  if (seconds !== null && seconds < leastSeconds) {
    doubts.push(
      `${hoursOf(seconds)} hours from ${since} to the verified verdict, less than ${hoursOf(leastSeconds)} hours`,
    );
  }
  if (seconds === null && doubts.length === 0) doubts.push('how long it was cannot be determined');
  return {
    input: 'observation',
    decision: doubts.length > 0 ? 'unknown' : 'proceed',
    value: seconds === null ? null : hoursOf(seconds),
    limit: `at least ${hoursOf(leastSeconds)} hours before a verified verdict`,
    source,
    why: doubts,
  };
}
