/**
 * The Merkle tree of RFC 9162: its two hashes, the tree as it grows, of which next to nothing is kept, and the tree
 * with all of its nodes, from which every path can be determined.
 */
import { type Hash, hexOf, type Platform } from '../platform.ts';

/*
 * The two hashes of a Merkle tree, RFC 9162 §2.1.1. One byte in front keeps them apart: 0x00 before a leaf, 0x01 before
 * an inner node. Without it an inner node could be passed off as a leaf, and two trees could share a root.
 */

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
export const HASH_BYTES = 32;
const HASH_DIGITS = 64;

/** The root of the tree of no leaves: SHA-256 of no bytes (RFC 9162 §2.1.1). */
export const EMPTY_ROOT: Hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

// Both scratch buffers are written and hashed within one synchronous call: no other code of this thread can run in
// between, a worker thread has a module instance of its own, and neither buffer ever leaves this module except into
// `Platform.sha256`, which answers with text. So each has one owner at a time and no hash can see another's bytes.
const nodeScratch = new Uint8Array(1 + 2 * HASH_BYTES);
const leafScratch = new Uint8Array(0x4000);
nodeScratch[0] = NODE_PREFIX;
leafScratch[0] = LEAF_PREFIX;

// More than 64 digits add up to (64 * 15 = 960), so one sum shows whether any character was not a digit.
const NOT_A_DIGIT = 0x400;
const DIGIT_VALUE: Uint16Array = Uint16Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value < 0 ? NOT_A_DIGIT : value;
});

/**
 * Writes the 32 bytes of `hash` to `into` from `start`.
 *
 * @throws TypeError if `hash` is anything but 64 lower-case hexadecimal digits
 */
export function writeHash(into: Uint8Array, start: number, hash: Hash): void {
  if (typeof hash !== 'string' || hash.length !== HASH_DIGITS) throw malformedHash();
  let sum = 0;
  for (let at = 0; at < HASH_BYTES; at++) {
    const high = DIGIT_VALUE[hash.charCodeAt(2 * at)] ?? NOT_A_DIGIT;
    const low = DIGIT_VALUE[hash.charCodeAt(2 * at + 1)] ?? NOT_A_DIGIT;
    sum += high + low;
    into[start + at] = 16 * high + low;
  }
  if (sum >= NOT_A_DIGIT) throw malformedHash();
}

/**
 * Refuses any form of hash but 64 lower-case hexadecimal digits, at a third of the cost of a regular expression: every
 * leaf that enters a tree goes through here.
 *
 * @throws TypeError if `hash` is in any other form.
 */
export function requireHash(hash: Hash): void {
  if (typeof hash !== 'string' || hash.length !== HASH_DIGITS) throw malformedHash();
  let sum = 0;
  for (let at = 0; at < HASH_DIGITS; at++) sum += DIGIT_VALUE[hash.charCodeAt(at)] ?? NOT_A_DIGIT;
  if (sum >= NOT_A_DIGIT) throw malformedHash();
}

function malformedHash(): TypeError {
  return new TypeError('a node of a Merkle tree is a hash of 64 lower-case hexadecimal digits');
}

/**
 * The hash of a leaf: SHA-256(0x00 || input), RFC 9162 §2.1.1.
 *
 * @param input - the bytes of the leaf. They are hashed at once: changing them afterwards changes nothing.
 * @throws TypeError if `input` is not a Uint8Array. Text or a number would be turned into bytes by a rule that the
 *   caller does not see.
 */
export function leafHash(platform: Platform, input: Uint8Array): Hash {
  if (!(input instanceof Uint8Array)) throw new TypeError('the input of a leaf is a Uint8Array');
  const length = 1 + input.length;
  const prefixed = length <= leafScratch.length ? leafScratch.subarray(0, length) : new Uint8Array(length);
  prefixed.set(input, 1);
  return platform.sha256(prefixed);
}

/**
 * The hash of an inner node: SHA-256(0x01 || left || right), RFC 9162 §2.1.1.
 *
 * @param left - hash of the left child, 64 lower-case hexadecimal digits
 * @param right - hash of the right child, likewise
 * @throws TypeError if a child is in any other form.
 */
export function nodeHash(platform: Platform, left: Hash, right: Hash): Hash {
  writeHash(nodeScratch, 1, left);
  writeHash(nodeScratch, 1 + HASH_BYTES, right);
  return platform.sha256(nodeScratch);
}

/*
 * The streaming form of a Merkle tree: what must be remembered of `size` leaves to go on appending and to give the root.
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

// Sizes go up to 2^53-1: shifts and masks would cut them to 32 bits, so bits are read by remainder and division, which
// are exact on safe integers.
function bitsSet(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** The perfect subtrees of the first `size` leaves, from which the root can be determined at any time. */
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

/*
 * A tree with all of its nodes, from which the path of every leaf can be determined: 64 bytes for each leaf.
 *
 * Level by level: two neighbours have one parent, and a last one without a neighbour is its own. That is the tree of
 * RFC 9162 §2.1.1, which splits at the largest power of two: what is cut off at its end are whole subtrees on the right.
 */

function digitAt(hash: Hash, at: number): number {
  const code = hash.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

class Level {
  readonly size: number;
  readonly #nodes: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.#nodes = new Uint8Array(size * HASH_BYTES);
  }

  at(index: number): Hash {
    return hexOf(this.#nodes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
  }

  put(index: number, hash: Hash): void {
    const from = index * HASH_BYTES;
    for (let at = 0; at < HASH_BYTES; at++) {
      this.#nodes[from + at] = 16 * digitAt(hash, 2 * at) + digitAt(hash, 2 * at + 1);
    }
  }
}

export class StoredTree {
  readonly #platform: Platform;
  readonly #leaves: Level;
  #appended = 0;
  /** Above the leaves, the root last; made when the last leaf is there. */
  #levels: readonly Level[] | undefined;

  /** @param size - how many leaves it will have */
  constructor(platform: Platform, size: number) {
    this.#platform = platform;
    this.#leaves = new Level(size);
  }

  /** Whether all leaves are there. */
  get isFull(): boolean {
    return this.#appended === this.#leaves.size;
  }

  /**
   * Adds a leaf after the last one.
   *
   * @throws TypeError if `leaf` is not a hash
   * @throws RangeError if the tree has all its leaves
   */
  append(leaf: Hash): void {
    requireHash(leaf);
    if (this.isFull) throw new RangeError(`the tree has all its ${this.#leaves.size} leaves`);
    this.#leaves.put(this.#appended++, leaf);
  }

  #parents(below: Level): Level {
    const level = new Level(Math.ceil(below.size / 2));
    for (let index = 0; index < level.size; index++) {
      const left = below.at(2 * index);
      const hasRight = 2 * index + 1 < below.size;
      level.put(index, hasRight ? nodeHash(this.#platform, left, below.at(2 * index + 1)) : left);
    }
    return level;
  }

  get #all(): readonly Level[] {
    if (this.#levels !== undefined) return this.#levels;
    if (!this.isFull) throw new RangeError('the tree has not all its leaves yet');
    const levels = [this.#leaves];
    for (let top = this.#leaves; top.size > 1; levels.push(top)) top = this.#parents(top);
    this.#levels = levels;
    return levels;
  }

  /**
   * MTH(D[n]) of RFC 9162 §2.1.1.
   *
   * @throws RangeError if there are leaves to come
   */
  root(): Hash {
    return this.#leaves.size === 0 ? EMPTY_ROOT : (this.#all.at(-1)?.at(0) ?? EMPTY_ROOT);
  }

  /** The leaf at `index`. */
  leaf(index: number): Hash {
    return this.#leaves.at(index);
  }

  /**
   * PATH(index, D[n]) of RFC 9162 §2.1.3.1: the siblings of the leaf at `index` and of what is above it.
   *
   * @throws RangeError if there is no such leaf, or there are leaves to come
   */
  path(index: number): readonly Hash[] {
    if (!(index >= 0 && index < this.#leaves.size)) {
      throw new RangeError(`a tree of ${this.#leaves.size} leaves has no leaf ${index}`);
    }
    const path: Hash[] = [];
    let node = index;
    for (const level of this.#all) {
      const sibling = node % 2 === 1 ? node - 1 : node + 1;
      if (sibling < level.size) path.push(level.at(sibling));
      node = Math.floor(node / 2);
    }
    return path;
  }
}
