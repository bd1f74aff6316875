/**
 * A tree with all of its nodes, from which the path of every leaf can be told: 64 bytes for each leaf.
 *
 * Level by level: two neighbours have one parent, and a last one without a neighbour is its own. That is the tree of
 * RFC 9162 §2.1.1, which splits at the largest power of two: what is cut off at its end are whole subtrees on the right.
 */
import { type Hash, hexOf, type Platform } from '../platform.ts';
import { EMPTY_ROOT, nodeHash, requireHash } from './rfc9162.ts';

const HASH_BYTES = 32;

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
