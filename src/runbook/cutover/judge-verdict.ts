/** Judges a signed verdict, and that the new version was observed for long enough before it. */
import { momentOf } from '../../core/instant.ts';
import type { Verdict } from '../../core/report/report.ts';
import { DECISION_OF, type GateInput, type Noted } from './judge-inputs.ts';
import { gravest } from './limits.ts';

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
export const NO_VERDICT: VerdictReading = {
  verdict: null,
  verifiedAt: null,
  signedBy: [],
  doubts: ['no signed verdict was given: give --verdict'],
  source: 'nowhere',
};

/** Who can write the report can write PASS into it; who has the key has said so of this report, and of no other. */
export function judgeSignedVerdict({ verdict, doubts, source }: VerdictReading): GateInput {
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
export function judgeObservation(
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
  if (seconds === null && doubts.length === 0) doubts.push('how long it was cannot be told');
  return {
    input: 'observation',
    decision: doubts.length > 0 ? 'unknown' : 'proceed',
    value: seconds === null ? null : hoursOf(seconds),
    limit: `at least ${hoursOf(leastSeconds)} hours before a verified verdict`,
    source,
    why: doubts,
  };
}
