/** Trees of merkletreejs: leaves in the order in which they come, or sorted first. */
import { EvidenceError } from '../core/errors.ts';
import { requireHash, writeHash } from '../core/merkle/rfc9162.ts';
import { type Hash, hexOf, type Platform } from '../core/platform.ts';
import type { LegacyTree } from './schemes.ts';
import type { NodeRule } from './tree.ts';

/** What becomes of the last node of a level that has no neighbour: it rises as it is, or it is its own neighbour. */
export type OddRule = 'promote' | 'duplicate';

/**
 * A tree over leaves in order, in O(log n) memory.
 *
 * As in a compact range, what is kept are the roots of the perfect subtrees, one for each bit that is set in the number
 * of leaves. Only the root differs: there the odd node of each level rises by the rule of the scheme.
 */
export class OrderedTree implements LegacyTree {
  readonly #platform: Platform;
  readonly #node: NodeRule;
  readonly #odd: OddRule;
  /** The largest first. */
  readonly #subtrees: Hash[] = [];
  #size = 0;

  constructor(platform: Platform, node: NodeRule, odd: OddRule) {
    this.#platform = platform;
    this.#node = node;
    this.#odd = odd;
  }

  append(leaf: Hash): void {
    requireHash(leaf);
    let node = leaf;
    // By division, which is exact on safe integers: shifts would cut the size to 32 bits.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = this.#node(this.#platform, this.#subtrees.pop() as Hash, node);
    }
    this.#subtrees.push(node);
    this.#size += 1;
  }

  root(): Hash {
    let node: Hash | undefined;
    let kept = this.#subtrees.length;
    for (let rest = this.#size; rest > 0; rest = Math.floor(rest / 2)) {
      const subtree = rest % 2 === 1 ? this.#subtrees[--kept] : undefined;
      node = this.#risen(subtree, node, rest === 1);
    }
    if (node === undefined) throw new RangeError('a tree without leaves has no root');
    return node;
  }

  /** The last node of the next level, from the last subtree of this level and the odd node behind it. */
  #risen(subtree: Hash | undefined, behind: Hash | undefined, isTop: boolean): Hash | undefined {
    if (subtree !== undefined && behind !== undefined) return this.#node(this.#platform, subtree, behind);
    const odd = subtree ?? behind;
    const rises = odd === undefined || isTop || this.#odd === 'promote';
    return rises ? odd : this.#node(this.#platform, odd, odd);
  }
}

const HASH_BYTES = 32;

/** Most leaves that are held to be sorted: 16,777,216 of 32 bytes, 512 MiB. */
const MOST_SORTED_LEAVES = 2 ** 24;

/** A tree over sorted leaves. They are held until the root is asked for: the smallest may come last. */
export class SortedTree implements LegacyTree {
  readonly #newTree: () => LegacyTree;
  readonly #most: number;
  #leaves: Uint8Array = new Uint8Array(64 * HASH_BYTES);
  #size = 0;

  /**
   * @param newTree - makes the tree that the sorted leaves go to
   * @param most - leaves beyond which there is none
   */
  constructor(newTree: () => LegacyTree, most: number = MOST_SORTED_LEAVES) {
    this.#newTree = newTree;
    this.#most = most;
  }

  append(leaf: Hash): void {
    if (this.#size === this.#most) {
      const reason = `more than ${this.#most} leaves cannot be held to be sorted`;
      throw new EvidenceError('input-limit', reason, { advice: 'ask for a tenant or a stream alone' });
    }
    const start = this.#size * HASH_BYTES;
    if (start === this.#leaves.length) this.#grow();
    writeHash(this.#leaves, start, leaf);
    this.#size += 1;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#leaves.length);
    larger.set(this.#leaves);
    this.#leaves = larger;
  }

  root(): Hash {
    const tree = this.#newTree();
    const order = Uint32Array.from({ length: this.#size }, (_, at) => at).sort((a, b) => this.#compare(a, b));
    for (const at of order) tree.append(hexOf(this.#leaves.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)));
    return tree.root();
  }

  #compare(a: number, b: number): number {
    for (let at = 0; at < HASH_BYTES; at++) {
      const difference = (this.#leaves[a * HASH_BYTES + at] ?? 0) - (this.#leaves[b * HASH_BYTES + at] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
