/**
 * Verification of Merkle proofs, RFC 9162 §2.1.3.2 (inclusion) and §2.1.4.2 (consistency), strict on index, size and
 * length: what a path must look like follows from index and size alone, so any other length is refused before hashing.
 *
 * Inclusion. Walk up from leaf `index` in the tree of `size` leaves and, beside it, from the last leaf (fn and sn of the
 * RFC; on each level, halving the index of a node gives the index of its parent). The walk has two parts, the inner and
 * the border levels of transparency-dev/merkle (proof/verify.go):
 *
 *   inner   below the point where the two walks meet. Our node has a sibling on every level: on the left where its index
 *           is odd, on the right where it is even.
 *   border  from there on our node is the last of its level. With an odd index it has a sibling, on the left; with an
 *           even one it has none, its parent is the same subtree, and nothing is hashed.
 *
 *   7 leaves, index 4:   level 0: 4 and 6, sibling 5 right;  level 1: 2 and 3, sibling 3 right;  level 2: 1 and 1 meet,
 *                        sibling 0 left;  level 3: the root
 *
 * Consistency. The proof that the tree of `size1` leaves is the beginning of that of `size2` is the walk from the last
 * perfect subtree of the old tree up in the new one. Its root, the seed, is the first hash of the path, or root1 itself
 * where size1 is a power of two and the old tree is that subtree. All hashes make up root2; those on the left of the
 * walk lie within the old tree, and they alone make up root1.
 *
 * A proof shows a path under a root and no more. Trees of several sizes can have the same path at one index, so the
 * size must come from where the root comes from (a checkpoint, a report), never from the proof.
 */
import { type Hash, isHash, type Platform } from '../platform.ts';
import { CompactRange, nodeHash } from './tree.ts';

/** A proof does not show what it was given to show: bad evidence, unlike a TypeError, which is our own mistake. */
export class ProofError extends Error {
  override readonly name: string = 'ProofError';
}

/** A leaf, its place and the hashes that lead from it to a root (RFC 9162 §2.1.3). */
export interface InclusionProof {
  /** Index of the leaf, counted from 0. */
  readonly leafIndex: number | bigint;
  /** Count of leaves of the tree that the proof is for. */
  readonly treeSize: number | bigint;
  /** Hash of the leaf, as `leafHash` gives it. */
  readonly leafHash: Hash;
  /** The siblings from the leaf upwards. */
  readonly path: readonly Hash[];
}

/** Two trees and the hashes that show the first to be the beginning of the second (RFC 9162 §2.1.4). */
export interface ConsistencyProof {
  /** Count of leaves of the older, smaller tree: at least 1. */
  readonly size1: number | bigint;
  /** Count of leaves of the newer tree: at least `size1`. */
  readonly size2: number | bigint;
  readonly root1: Hash;
  readonly root2: Hash;
  readonly path: readonly Hash[];
}

const MAX_SIZE = 2n ** 64n - 1n;

/** `count` as a bigint: RFC 9162 has sizes of 64 bits, and a number above 2^53 has lost its last digits already. */
function exactCount(name: string, count: number | bigint): bigint {
  if (typeof count !== 'number' && typeof count !== 'bigint') throw new TypeError(`${name} is a number or a bigint`);
  if (typeof count === 'number' && !Number.isSafeInteger(count)) throw new ProofError(`${name} is not a safe integer`);
  const exact = BigInt(count);
  if (exact < 0n || exact > MAX_SIZE) throw new ProofError(`${name} is outside 0 to 2^64-1`);
  return exact;
}

function requireHashes(name: string, hashes: readonly Hash[]): void {
  for (const hash of hashes) {
    if (typeof hash !== 'string' || !isHash(hash)) throw new ProofError(`${name} is not 64 lower-case hex digits`);
  }
}

type Side = 'left' | 'right';

/** The sides of the siblings on the way up from node number `from` of a level whose last node is number `last`. */
function siblingSides(from: bigint, last: bigint): Side[] {
  const sides: Side[] = [];
  let [node, lastNode] = [from, last];
  for (; node < lastNode; node /= 2n, lastNode /= 2n) sides.push(node % 2n === 1n ? 'left' : 'right');
  for (; node > 0n; node /= 2n) if (node % 2n === 1n) sides.push('left');
  return sides;
}

interface Sibling {
  readonly side: Side;
  readonly hash: Hash;
}

/** Each side with its hash; they are as many. */
function siblingsOf(sides: readonly Side[], hashes: readonly Hash[]): Sibling[] {
  return sides.map((side, at) => ({ side, hash: hashes[at] as Hash }));
}

/** Refuses `path` unless it has as many hashes as the walk has `places` for. */
function requirePath(path: readonly Hash[], places: number): void {
  if (path.length !== places) throw new ProofError(`the path has ${path.length} hashes where ${places} are needed`);
  requireHashes('a hash of the path', path);
}

/** One step up: the sibling, the side that it stands on, and the parent of the two. */
export interface PathStep extends Sibling {
  readonly parent: Hash;
}

function stepsUp(platform: Platform, from: Hash, siblings: readonly Sibling[]): readonly PathStep[] {
  let node = from;
  return siblings.map(({ side, hash }) => {
    node = side === 'left' ? nodeHash(platform, hash, node) : nodeHash(platform, node, hash);
    return { side, hash, parent: node };
  });
}

function foldUp(platform: Platform, from: Hash, siblings: readonly Sibling[]): Hash {
  return stepsUp(platform, from, siblings).at(-1)?.parent ?? from;
}

/**
 * The steps of an inclusion proof from the leaf to the root, for somebody to look at: the last parent is the root.
 *
 * @returns none for a tree of one leaf, whose root is the leaf itself
 * @throws ProofError as {@link rootFromInclusionProof}
 */
export function stepsOfInclusionProof(platform: Platform, proof: InclusionProof): readonly PathStep[] {
  const index = exactCount('leafIndex', proof.leafIndex);
  const size = exactCount('treeSize', proof.treeSize);
  if (index >= size) throw new ProofError(`a tree of ${size} leaves has no leaf ${index}`);
  requireHashes('leafHash', [proof.leafHash]);
  const sides = siblingSides(index, size - 1n);
  requirePath(proof.path, sides.length);
  return stepsUp(platform, proof.leafHash, siblingsOf(sides, proof.path));
}

/**
 * The root that an inclusion proof leads to (RFC 9162 §2.1.3.2, steps 1 to 4).
 *
 * @throws ProofError if the index is not in the tree, the path has another length than index and size need, or a hash
 *   is malformed.
 */
export function rootFromInclusionProof(platform: Platform, proof: InclusionProof): Hash {
  return stepsOfInclusionProof(platform, proof).at(-1)?.parent ?? proof.leafHash;
}

/**
 * Checks that a leaf is in the tree with root `root`, at the given index (RFC 9162 §2.1.3.2).
 *
 * @param proof - the proof, and the root that `treeSize` belongs to
 * @throws ProofError if it does not show that.
 */
export function verifyInclusion(platform: Platform, proof: InclusionProof & { readonly root: Hash }): void {
  requireHashes('root', [proof.root]);
  const computed = rootFromInclusionProof(platform, proof);
  if (computed !== proof.root) throw new ProofError(`the path leads to the root ${computed}, not to ${proof.root}`);
}

/**
 * Checks that the tree with `root1` is the beginning of the tree with `root2` (RFC 9162 §2.1.4.2).
 *
 * An empty first tree is refused: everything begins with nothing, so such a proof would say yes to any second root.
 *
 * @throws ProofError if the proof does not show that.
 */
export function verifyConsistency(platform: Platform, proof: ConsistencyProof): void {
  const size1 = exactCount('size1', proof.size1);
  const size2 = exactCount('size2', proof.size2);
  if (size1 === 0n) throw new ProofError('an empty tree is consistent with every tree: that proves nothing');
  if (size1 > size2) throw new ProofError(`a tree of ${size1} leaves is not the beginning of one of ${size2}`);
  requireHashes('root1', [proof.root1]);
  requireHashes('root2', [proof.root2]);
  if (size1 === size2) {
    requirePath(proof.path, 0);
    if (proof.root1 !== proof.root2) throw new ProofError('trees of the same size have different roots');
    return;
  }
  verifyGrowth(platform, size1, size2, proof);
}

/** The case 0 < size1 < size2. */
function verifyGrowth(platform: Platform, size1: bigint, size2: bigint, proof: ConsistencyProof): void {
  const { root1, root2 } = proof;
  let [node, last] = [size1 - 1n, size2 - 1n];
  for (; node % 2n === 1n; node /= 2n) last /= 2n;
  const sides = siblingSides(node, last);
  const oldTreeIsSeed = node === 0n;
  requirePath(proof.path, oldTreeIsSeed ? sides.length : sides.length + 1);
  const seed = oldTreeIsSeed ? root1 : (proof.path[0] as Hash);
  const siblings = siblingsOf(sides, oldTreeIsSeed ? proof.path : proof.path.slice(1));

  const withinOldTree = siblings.filter(({ side }) => side === 'left');
  const computed1 = foldUp(platform, seed, withinOldTree);
  if (computed1 !== root1) throw new ProofError(`the path leads to the first root ${computed1}, not to ${root1}`);
  const computed2 = foldUp(platform, seed, siblings);
  if (computed2 !== root2) throw new ProofError(`the path leads to the second root ${computed2}, not to ${root2}`);
}

/*
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
