/**
 * The streaming form of a Merkle tree: what must be remembered of `size` leaves to go on appending and to tell the root.
 *
 * RFC 9162 §2.1.1 splits a tree of n leaves at the largest power of two below n, so the tree is a row of perfect
 * subtrees, the largest on the left, one for each bit that is set in n. A compact range (transparency-dev/merkle,
 * compact.Range; here always starting at leaf 0) keeps the root of each of them and nothing else:
 *
 *   7 leaves = 4 + 2 + 1   ->   nodes = [ root of leaves 0..3, root of leaves 4..5, leaf 6 ]
 *
 * Appending a leaf is adding one to a binary number: each trailing 1 of the old size is a perfect subtree as large as
 * the one carried, so the two become one. Half of all appends carry nothing; over n leaves there are fewer than n
 * carries, so an append costs about one node hash. The root joins the row from the right: at most 52 node hashes.
 */
import type { Hash, Platform } from '../platform.ts';
import { EMPTY_ROOT, nodeHash, requireHash } from './rfc9162.ts';

// Sizes go up to 2^53-1: shifts and masks would cut them to 32 bits, so bits are read by remainder and division, which
// are exact on safe integers.
function bitsSet(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** The perfect subtrees of the first `size` leaves, from which the root can be told at any time. */
export class CompactRange {
  readonly #platform: Platform;
  readonly #memo: NodeMemo | undefined;
  #nodes: Hash[] = [];
  #size = 0;

  /**
   * The range starts empty.
   *
   * @param platform - hashes the nodes
   * @param memo - shared by ranges that are likely to grow over the same leaves in step
   */
  constructor(platform: Platform, memo?: NodeMemo) {
    this.#platform = platform;
    this.#memo = memo;
  }

  /**
   * The range of `size` leaves whose perfect subtrees have the roots `nodes`: takes up a stored range again.
   *
   * @param size - count of leaves, 0 to 2^53-1
   * @param nodes - roots of the perfect subtrees, largest first: one for each bit that is set in `size`
   * @throws RangeError if `size` is not such a number or `nodes` are not as many as it needs
   * @throws TypeError if a node is not a hash
   */
  static fromNodes(platform: Platform, size: number, nodes: readonly Hash[]): CompactRange {
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`a tree cannot have ${size} leaves`);
    const needed = bitsSet(size);
    if (nodes.length !== needed) {
      throw new RangeError(`a range of ${size} leaves has ${needed} nodes, not ${nodes.length}`);
    }
    for (const node of nodes) requireHash(node);
    const range = new CompactRange(platform);
    range.#nodes = [...nodes];
    range.#size = size;
    return range;
  }

  /** Count of leaves appended so far. */
  get size(): number {
    return this.#size;
  }

  /** Roots of the perfect subtrees, largest first; a copy. With `size` it is all that `fromNodes` needs. */
  get nodes(): readonly Hash[] {
    return [...this.#nodes];
  }

  /**
   * Adds a leaf after the last one. If it throws, the range is as it was before.
   *
   * @param leaf - hash of the leaf, as `leafHash` gives it
   * @throws TypeError if `leaf` is not a hash
   * @throws RangeError if the range has 2^53-1 leaves already, beyond which a number no longer counts exactly
   */
  append(leaf: Hash): void {
    // An odd size hashes the leaf at once and nodeHash looks at its form; an even size would keep it as it is.
    if (this.#size % 2 === 0) requireHash(leaf);
    if (this.#size === Number.MAX_SAFE_INTEGER) throw new RangeError('a tree holds at most 2^53-1 leaves');
    let node = leaf;
    let kept = this.#nodes.length;
    let level = 0;
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      kept -= 1;
      node = this.#parent(level, this.#nodes[kept] as Hash, node);
      level += 1;
    }
    this.#nodes.length = kept;
    this.#nodes.push(node);
    this.#size += 1;
  }

  /**
   * Takes over what somebody else has made of this range by appending to it.
   *
   * @param size - count of leaves from now on
   * @param nodes - roots of the perfect subtrees, largest first
   * @throws RangeError or TypeError as `fromNodes` does, and for fewer leaves than there were
   */
  growTo(size: number, nodes: readonly Hash[]): void {
    if (size < this.#size) throw new RangeError(`a tree of ${this.#size} leaves cannot grow to ${size}`);
    this.#nodes = CompactRange.fromNodes(this.#platform, size, nodes).#nodes;
    this.#size = size;
  }

  #parent(level: number, left: Hash, right: Hash): Hash {
    return this.#memo?.nodeHash(level, left, right) ?? nodeHash(this.#platform, left, right);
  }

  /** MTH(D[size]) of RFC 9162 §2.1.1, in O(log size) hashes. Changes nothing: appending may go on. */
  root(): Hash {
    if (this.#size === 0) return EMPTY_ROOT;
    return this.#nodes.reduceRight((right, left) => nodeHash(this.#platform, left, right));
  }

  /** A range of its own with the same leaves. */
  clone(): CompactRange {
    const copy = new CompactRange(this.#platform, this.#memo);
    copy.#nodes = [...this.#nodes];
    copy.#size = this.#size;
    return copy;
  }
}

/*
 * Remembers the last node hashed at each level.
 *
 * Two trees that grow in step over the same leaves, as those of two snapshots do, need each node twice in a row: the
 * second time it is found here. It forgets everything else, so it costs a comparison and never grows.
 */

export class NodeMemo {
  readonly #platform: Platform;
  readonly #left: Hash[] = [];
  readonly #right: Hash[] = [];
  readonly #node: Hash[] = [];

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** `nodeHash(platform, left, right)`; `level` is where it is remembered, 0 for parents of leaves. */
  nodeHash(level: number, left: Hash, right: Hash): Hash {
    const known = this.#node[level];
    if (known !== undefined && this.#left[level] === left && this.#right[level] === right) return known;
    const node = nodeHash(this.#platform, left, right);
    this.#left[level] = left;
    this.#right[level] = right;
    this.#node[level] = node;
    return node;
  }
}

/* The Merkle root of a list of leaves at once. */

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
