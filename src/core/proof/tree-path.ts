/** Where a leaf is in one of the trees, and the hashes that lead from it to the root. */
import { CompactRange } from '../merkle/compact-range.ts';
import { PathFollower } from '../merkle/path-follower.ts';
import type { Hash, Platform } from '../platform.ts';

export interface TreePath {
  /** Index of the leaf, from 0. */
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly size: number;
  /** The siblings from the leaf upwards (RFC 9162 §2.1.3). */
  readonly path: readonly Hash[];
}

/**
 * The path of the leaf at `index`.
 *
 * @throws RangeError if there is none
 */
export function pathIn(platform: Platform, leaves: readonly Hash[], index: number): TreePath {
  if (leaves[index] === undefined) throw new RangeError(`a tree of ${leaves.length} leaves has no leaf ${index}`);
  const before = new CompactRange(platform);
  for (const leaf of leaves.slice(0, index)) before.append(leaf);
  const follower = PathFollower.ofNextLeaf(platform, before);
  for (const leaf of leaves.slice(index + 1)) follower.append(leaf);
  return { index, size: leaves.length, path: follower.path() };
}
