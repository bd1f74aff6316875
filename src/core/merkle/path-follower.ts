/**
 * Makes proofs while the leaves stream by, in O(log n) memory (RFC 9162 §2.1.3.1 and §2.1.4.1).
 *
 * Both kinds of proof are the siblings on the walk from one perfect subtree up to the root. For an inclusion proof it is
 * the leaf itself; for a consistency proof from `size1` leaves it is the last perfect subtree of the old tree, whose own
 * root stands in front of the path unless the old tree is that subtree. A compact range over the leaves before the
 * subtree holds all siblings on the left. Those on the right follow one another without a gap, each a subtree of the
 * leaves behind, so a second compact range makes them one by one; the last may be cut off by the end of the tree.
 *
 *   leaf 4 of 7:  left of it [ 0..3 ], then on the right leaf 5, leaf 6 (a subtree of two, cut off)
 */
import type { Hash, Platform } from '../platform.ts';
import { CompactRange } from './compact-range.ts';

export class PathFollower {
  readonly #platform: Platform;
  /** Roots of the subtrees on the left, the largest first: one for each odd number on the way up. */
  readonly #left: readonly Hash[];
  /** Number of the subtree on its level. */
  readonly #number: number;
  readonly #right: Hash[] = [];
  /** The sibling on the right that is being filled, how many leaves it can have, and the number of its left sibling. */
  #sibling: CompactRange;
  #capacity: number;
  #node: number;

  /**
   * @param left - the nodes of the compact range of the leaves before the subtree
   * @param before - how many those are
   * @param leaves - how many leaves the subtree has: a power of two
   */
  private constructor(platform: Platform, left: readonly Hash[], before: number, leaves: number) {
    this.#platform = platform;
    this.#left = left;
    this.#number = before / leaves;
    this.#node = this.#number;
    this.#capacity = leaves;
    this.#sibling = new CompactRange(platform);
    this.#climb();
  }

  /**
   * Follows the leaf that comes next.
   *
   * @param before - the leaves before it
   */
  static ofNextLeaf(platform: Platform, before: CompactRange): PathFollower {
    return new PathFollower(platform, before.nodes, before.size, 1);
  }

  /**
   * Follows the tree as it is now, for a proof that it is the beginning of the one that it grows to.
   *
   * @param tree - the leaves so far
   * @returns the follower, and the hash that begins the path; undefined where the old root itself does
   * @throws RangeError for an empty tree: everything begins with nothing
   */
  static ofTree(platform: Platform, tree: CompactRange): { readonly follower: PathFollower; readonly seed?: Hash } {
    const { size, nodes } = tree;
    const seed = nodes.at(-1);
    if (seed === undefined) throw new RangeError('an empty tree is the beginning of every tree: that proves nothing');
    let leaves = 1;
    while (size % (leaves * 2) === 0) leaves *= 2;
    const follower = new PathFollower(platform, nodes.slice(0, -1), size - leaves, leaves);
    return nodes.length === 1 ? { follower } : { follower, seed };
  }

  /** Goes up to the next level on which there is a sibling on the right. */
  #climb(): void {
    for (; this.#node % 2 === 1; this.#node = (this.#node - 1) / 2) this.#capacity *= 2;
  }

  /** Takes a leaf behind the subtree. */
  append(leaf: Hash): void {
    this.#sibling.append(leaf);
    if (this.#sibling.size < this.#capacity) return;
    this.#right.push(this.#sibling.root());
    this.#sibling = new CompactRange(this.#platform);
    this.#node /= 2;
    this.#capacity *= 2;
    this.#climb();
  }

  /** The path to the root over all leaves so far, the siblings from below upwards. Changes nothing. */
  path(): readonly Hash[] {
    const right = this.#sibling.size === 0 ? [...this.#right] : [...this.#right, this.#sibling.root()];
    const left = [...this.#left];
    const path: Hash[] = [];
    for (let node = this.#number; left.length > 0 || right.length > 0; node = Math.floor(node / 2)) {
      const sibling = node % 2 === 1 ? left.pop() : right.shift();
      if (sibling !== undefined) path.push(sibling);
    }
    return path;
  }
}
