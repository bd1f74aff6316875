/**
 * Trees by which others published roots before there was anything better to compare: those of merkletreejs.
 *
 * None of them keeps a leaf apart from a node by a prefix, as RFC 9162 §2.1.1 does. So two different lists of leaves can
 * have one root, and each scheme says by which forgery.
 */

import { EvidenceError } from '../core/errors.ts';
import { requireHash, writeHash } from '../core/merkle/rfc9162.ts';
import { type Hash, hexOf, type Platform } from '../core/platform.ts';

/**
 * What is done to a list of leaves without the root telling.
 *
 * - `inner-nodes`: leaves are replaced by the nodes over them, so that the list gets shorter.
 * - `repeated-tail`: the last leaves come once more (CVE-2012-2459).
 * - `leaf-order`: leaves change places.
 * - `pair-order`: the halves under a node change places.
 */
export type Forgery = 'inner-nodes' | 'repeated-tail' | 'leaf-order' | 'pair-order';

/** A tree that is being filled. */
export interface LegacyTree {
  /**
   * Adds a leaf after the last one.
   *
   * @throws TypeError if `leaf` is not a hash
   * @throws EvidenceError `input-limit` if the scheme must hold all leaves, and there are too many
   */
  append(leaf: Hash): void;
  /**
   * The root over the leaves so far.
   *
   * @throws RangeError if there are none: the root of nothing proves nothing
   */
  root(): Hash;
}

export interface LegacyScheme {
  /** The name by which it is asked for. */
  readonly name: string;
  /** The forgeries that its root cannot show. */
  readonly blindTo: readonly Forgery[];
  readonly newTree: (platform: Platform) => LegacyTree;
}

const WORDS: Readonly<Record<Forgery, string>> = {
  'inner-nodes': 'leaves replaced by the nodes over them',
  'repeated-tail': 'the last leaves repeated (CVE-2012-2459)',
  'leaf-order': 'leaves in another order',
  'pair-order': 'the halves under a node exchanged',
};

/**
 * What `scheme` cannot show, in one sentence.
 *
 * @param hashedLeaves - whether leaves are hashed once more before they enter the tree: then a leaf is the hash of 32
 *   bytes or of 64 digits, a node that of two hashes, and neither can be made to pass for the other
 */
export function blindnessOf({ name, blindTo }: LegacyScheme, hashedLeaves: boolean): string {
  const forgeries = blindTo.filter((forgery) => !hashedLeaves || forgery !== 'inner-nodes');
  if (forgeries.length === 0)
    return `${name} has no prefix for nodes: nothing but the form of a leaf tells it from a node`;
  return `${name} cannot show ${forgeries.map((forgery) => WORDS[forgery]).join(', or ')}`;
}

/** `{ isBitcoinTree: true }`: SHA-256 twice, bytes reversed, an odd node is its own neighbour. */
const merkletreejsBitcoin: LegacyScheme = {
  name: 'merkletreejs-bitcoin',
  blindTo: ['inner-nodes', 'repeated-tail'],
  newTree: (platform) => new OrderedTree(platform, bitcoinNode, 'duplicate'),
};

/** `new MerkleTree(leaves, sha256)`: an odd node rises as it is. */
const merkletreejsDefault: LegacyScheme = {
  name: 'merkletreejs-default',
  blindTo: ['inner-nodes'],
  newTree: (platform) => new OrderedTree(platform, plainNode, 'promote'),
};

/** `{ duplicateOdd: true }`: an odd node is its own neighbour. */
const merkletreejsDuplicateOdd: LegacyScheme = {
  name: 'merkletreejs-duplicate-odd',
  blindTo: ['inner-nodes', 'repeated-tail'],
  newTree: (platform) => new OrderedTree(platform, plainNode, 'duplicate'),
};

/** `{ sort: true, duplicateOdd: true }`. */
const merkletreejsSortDuplicateOdd: LegacyScheme = {
  name: 'merkletreejs-sort-duplicate-odd',
  blindTo: ['inner-nodes', 'repeated-tail', 'leaf-order'],
  newTree: (platform) => new SortedTree(() => new OrderedTree(platform, sortedNode, 'duplicate')),
};

/** `{ sortLeaves: true, duplicateOdd: true }`. */
const merkletreejsSortLeavesDuplicateOdd: LegacyScheme = {
  name: 'merkletreejs-sort-leaves-duplicate-odd',
  blindTo: ['inner-nodes', 'repeated-tail', 'leaf-order'],
  newTree: (platform) => new SortedTree(() => new OrderedTree(platform, plainNode, 'duplicate')),
};

/** `{ sortLeaves: true }`: leaves are sorted, pairs are not. */
const merkletreejsSortLeaves: LegacyScheme = {
  name: 'merkletreejs-sort-leaves',
  blindTo: ['inner-nodes', 'leaf-order'],
  newTree: (platform) => new SortedTree(() => new OrderedTree(platform, plainNode, 'promote')),
};

/** `{ sortPairs: true, duplicateOdd: true }`. */
const merkletreejsSortPairsDuplicateOdd: LegacyScheme = {
  name: 'merkletreejs-sort-pairs-duplicate-odd',
  blindTo: ['inner-nodes', 'repeated-tail', 'pair-order'],
  newTree: (platform) => new OrderedTree(platform, sortedNode, 'duplicate'),
};

/** `{ sortPairs: true }`: of two neighbours the smaller one is hashed first. */
const merkletreejsSortPairs: LegacyScheme = {
  name: 'merkletreejs-sort-pairs',
  blindTo: ['inner-nodes', 'pair-order'],
  newTree: (platform) => new OrderedTree(platform, sortedNode, 'promote'),
};

/** `{ sort: true }`: leaves are sorted, and so is each pair. */
const merkletreejsSort: LegacyScheme = {
  name: 'merkletreejs-sort',
  blindTo: ['inner-nodes', 'leaf-order'],
  newTree: (platform) => new SortedTree(() => new OrderedTree(platform, sortedNode, 'promote')),
};

/* The nodes of trees without prefixes: SHA-256 over the two hashes below, in one of three ways. */

/** The hash of the node over `left` and `right`. */
export type NodeRule = (platform: Platform, left: Hash, right: Hash) => Hash;

const HASH_BYTES = 32;

// One owner at a time, for the reasons given in rfc9162.ts.
const pair = new Uint8Array(2 * HASH_BYTES);
const single = new Uint8Array(HASH_BYTES);

/** SHA-256(left || right). */
export const plainNode: NodeRule = (platform, left, right) => {
  writeHash(pair, 0, left);
  writeHash(pair, HASH_BYTES, right);
  return platform.sha256(pair);
};

/** SHA-256 over the smaller hash and the larger one: order of bytes is order of lower-case digits. */
const sortedNode: NodeRule = (platform, left, right) =>
  left <= right ? plainNode(platform, left, right) : plainNode(platform, right, left);

/**
 * Bitcoin's: SHA-256 twice, over hashes whose bytes stand in reverse, as its hashes are printed.
 *
 * Source: Bitcoin Core, src/consensus/merkle.cpp, and `isBitcoinTree` of merkletreejs.
 */
const bitcoinNode: NodeRule = (platform, left, right) => {
  writeReversed(pair, 0, left);
  writeReversed(pair, HASH_BYTES, right);
  writeHash(single, 0, platform.sha256(pair));
  writeReversed(single, 0, platform.sha256(single));
  return hexOf(single);
};

function writeReversed(into: Uint8Array, start: number, hash: Hash): void {
  writeHash(into, start, hash);
  into.subarray(start, start + HASH_BYTES).reverse();
}

/* Trees of merkletreejs: leaves in the order in which they come, or sorted first. */

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

/* The registry of schemes: to add one is to add it above, and its line here. */

/** Every scheme by its name. */
export const LEGACY_SCHEMES: ReadonlyMap<string, LegacyScheme> = new Map(
  [
    merkletreejsDefault,
    merkletreejsDuplicateOdd,
    merkletreejsSortPairs,
    merkletreejsSortPairsDuplicateOdd,
    merkletreejsSortLeaves,
    merkletreejsSortLeavesDuplicateOdd,
    merkletreejsSort,
    merkletreejsSortDuplicateOdd,
    merkletreejsBitcoin,
  ].map((scheme) => [scheme.name, scheme]),
);
