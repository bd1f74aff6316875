/** What is demanded of a baseline besides a signature: when it was captured, and of what. Nothing here reads a file. */
import { momentOf } from '../core/continuity/instant.ts';
import type { ReadSide } from '../core/continuity/report-builder.ts';
import type { TrustFinding } from '../core/continuity/trust-outcome.ts';
import { subjectDifferences } from './expected-subject.ts';

/** What was read of a baseline, as far as trust in it speaks of it. */
export type ReadBaseline = Pick<ReadSide, 'sha256' | 'header' | 'summary' | 'complete'>;

/** What is demanded of a baseline. */
export interface BaselineDemands {
  /** How many distinct trusted keys must have signed, from 1. */
  readonly threshold: number;
  /** The greatest age of `capturedAt`, in milliseconds. */
  readonly maxAgeMs?: number;
  /** Members of the header's `subject` and the texts that they must have. */
  readonly subject?: ReadonlyMap<string, string>;
  /** The upgrade that the signer must have named. */
  readonly upgrade?: string;
  /** The time by our own clock, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** Clocks of two machines may differ by this much before a time counts as one of the future. */
const CLOCK_SKEW_MS = 5 * 60_000;

function ageFinding(baseline: ReadBaseline, { maxAgeMs, nowMs }: BaselineDemands): TrustFinding | undefined {
  if (maxAgeMs === undefined || baseline.header === undefined) return undefined;
  const { capturedAt } = baseline.header;
  const stale = (reason: string): TrustFinding => ({ kind: 'baseline-stale', message: `baseline: ${reason}` });
  const capturedMs = momentOf(capturedAt);
  if (capturedMs === undefined) return stale('it does not say when it was captured');
  if (capturedMs > nowMs + CLOCK_SKEW_MS) return stale(`captured at ${capturedAt}, which is in the future`);
  if (capturedMs >= nowMs - maxAgeMs) return undefined;
  return stale(`captured at ${capturedAt}, longer ago than ${Math.floor(maxAgeMs / 1000)} s`);
}

function subjectFindings(baseline: ReadBaseline, { subject }: BaselineDemands): readonly TrustFinding[] {
  const found = baseline.header?.subject;
  if (found === undefined || subject === undefined) return [];
  return subjectDifferences(found, subject).map((one) => ({ kind: 'subject-mismatch', message: `baseline: ${one}` }));
}

/** What `baseline` does not meet, now that it was read. */
export function demandFindings(baseline: ReadBaseline, demands: BaselineDemands): readonly TrustFinding[] {
  const age = ageFinding(baseline, demands);
  return [...(age === undefined ? [] : [age]), ...subjectFindings(baseline, demands)];
}
