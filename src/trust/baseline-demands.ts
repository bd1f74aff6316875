/** What is demanded of a baseline besides a signature: when it was captured, and of what. Nothing here reads a file. */
import { momentOf } from '../core/instant.ts';
import type { ReadSide } from '../core/judge/report-builder.ts';
import type { TrustFinding } from '../core/report/trust-outcome.ts';
import { subjectDifferences } from './expected-subject.ts';
import type { TrustDemands } from './trust-demands.ts';

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

/** Why the baseline is too old, if it is. */
function ageFault({ header }: ReadBaseline, { maxAgeMs, nowMs }: BaselineDemands): string | undefined {
  if (maxAgeMs === undefined || header === undefined) return undefined;
  const { capturedAt } = header;
  const capturedMs = momentOf(capturedAt);
  if (capturedMs === undefined) return 'it does not say when it was captured';
  if (capturedMs > nowMs + CLOCK_SKEW_MS) return `captured at ${capturedAt}, which is in the future`;
  if (capturedMs >= nowMs - maxAgeMs) return undefined;
  return `captured at ${capturedAt}, longer ago than ${Math.floor(maxAgeMs / 1000)} s`;
}

function subjectFaults({ header }: ReadBaseline, { subject }: BaselineDemands): ReadonlyMap<string, string> {
  if (header === undefined) return new Map();
  return new Map(
    [...(subject ?? [])].flatMap(([member, text]): (readonly [string, string])[] =>
      subjectDifferences(header.subject, new Map([[member, text]])).map((fault) => [member, fault]),
    ),
  );
}

/**
 * Closes the demands on the header of `baseline`, and says what it does not meet, now that it was read.
 *
 * @param interrupted - the run was broken off: then what cannot be told says nothing of the baseline
 */
export function judgeHeader(
  baseline: ReadBaseline,
  wanted: BaselineDemands,
  demands: TrustDemands,
  interrupted: boolean,
): readonly TrustFinding[] {
  const age = ageFault(baseline, wanted);
  const subject = subjectFaults(baseline, wanted);
  const unknown = demands.settleHeader(baseline.header !== undefined, { age, subject });
  return [
    ...(age === undefined ? [] : [{ kind: 'baseline-stale', message: `baseline: ${age}` } as const]),
    ...[...subject.values()].map((fault) => ({ kind: 'subject-mismatch', message: `baseline: ${fault}` }) as const),
    ...(interrupted ? [] : unknown),
  ];
}
