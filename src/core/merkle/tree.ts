/** The Merkle root of a list of leaves at once. */
import type { Hash, Platform } from '../platform.ts';
import { CompactRange } from './compact-range.ts';

/**
 * MTH(D[n]) of RFC 9162 §2.1.1 over leaves in the order given: order and number are part of what the root commits to.
 *
 * @param leaves - hashes of the leaves, as `leafHash` gives them; read once
 * @returns the root; `EMPTY_ROOT` where there are no leaves
 * @throws TypeError if a leaf is not a hash
 */
export function rootOf(platform: Platform, leaves: Iterable<Hash>): Hash {
  const range = new CompactRange(platform);
  for (const leaf of leaves) range.append(leaf);
  return range.root();
}
