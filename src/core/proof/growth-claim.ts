/** Whether a consistency proof that was given is one of the two sides of a comparison, and holds. */
import { ProofError } from '../merkle/proof.ts';
import type { Platform } from '../platform.ts';
import type { SnapshotSummary } from '../snapshot/summary.ts';
import { type GrowthProof, verifyGrowthProof } from './growth-proof.ts';

/**
 * Why `proof` does not show that `baseline` is the beginning of `current`.
 *
 * @returns undefined if it does, as far as a proof can: sets that grew are judged by their records alone
 */
export function growthFault(
  platform: Platform,
  proof: GrowthProof,
  baseline: SnapshotSummary,
  current: SnapshotSummary,
): string | undefined {
  const { from, to } = proof;
  if (from.globalRoot !== baseline.globalRoot) {
    return `it begins at the global root ${from.globalRoot}, that of the baseline is ${baseline.globalRoot}`;
  }
  if (to.globalRoot !== current.globalRoot) {
    return `it leads to the global root ${to.globalRoot}, that of the current side is ${current.globalRoot}`;
  }
  try {
    verifyGrowthProof(platform, proof);
    return undefined;
  } catch (fault) {
    if (fault instanceof ProofError) return fault.message;
    throw fault;
  }
}
