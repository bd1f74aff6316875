/**
 * Trees by which others published roots before there was anything better to compare: those of merkletreejs, of
 * OpenZeppelin, and of RFC 9162 itself over the leaf values.
 *
 * Of these RFC 9162 alone keeps a leaf apart from a node by a prefix (its §2.1.1). By the others two different lists of
 * leaves can have one root, and each says by which forgery.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { EvidenceError } from '../core/errors.ts';
import { leafHash, nodeHash, requireHash, writeHash } from '../core/merkle/tree.ts';
import { type Hash, hexOf, type Platform } from '../core/platform.ts';

/**
 * What can be done to a list of leaves without the root showing it.
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
  /** The hash of its nodes, and of leaves that are hashed before they enter it. */
  readonly hash: HashRule;
  readonly newTree: (platform: Platform) => LegacyTree;
}

const WORDS: Readonly<Record<Forgery, string>> = {
  'inner-nodes': 'leaves replaced by the nodes over them',
  'repeated-tail': 'the last leaves repeated (CVE-2012-2459)',
  'leaf-order': 'leaves in another order',
  'pair-order': 'the halves under a node exchanged',
};

/**
 * What `scheme` cannot show, in one sentence; undefined if there is nothing.
 *
 * @param hashedLeaves - whether leaves are hashed once more before they enter the tree: then a leaf is the hash of 32
 *   bytes or of 64 digits, a node that of two hashes, and neither can be made to pass for the other
 */
export function blindnessOf({ name, blindTo }: LegacyScheme, hashedLeaves: boolean): string | undefined {
  if (blindTo.length === 0) return undefined;
  const forgeries = blindTo.filter((forgery) => !hashedLeaves || forgery !== 'inner-nodes');
  if (forgeries.length === 0)
    return `${name} has no prefix for nodes: nothing but the form of a leaf tells it from a node`;
  return `${name} cannot show ${forgeries.map((forgery) => WORDS[forgery]).join(', or ')}`;
}

/* Hashes, and what they are taken of: nodes in one of four ways, leaves in one of three. */

/** The hash of `bytes`, in a form of 64 lower-case hexadecimal digits. */
export type HashRule = (platform: Platform, bytes: Uint8Array) => Hash;

/** The hash of the node over `left` and `right`. */
export type NodeRule = (platform: Platform, left: Hash, right: Hash) => Hash;

/** What enters the tree for a leaf value. */
type LeafRule = (platform: Platform, value: Hash) => Hash;

const sha256: HashRule = (platform, bytes) => platform.sha256(bytes);

/** Keccak-256 as Ethereum has it: with the padding of the competition, not that of SHA3-256 (FIPS 202). */
const keccak256: HashRule = (_platform, bytes) => hexOf(keccak_256(bytes));

const HASH_BYTES = 32;

// One owner at a time, for the reasons given in core/merkle/tree.ts.
const pair = new Uint8Array(2 * HASH_BYTES);
const single = new Uint8Array(HASH_BYTES);

/** The hash of the bytes of `hash`. */
function again(rule: HashRule, platform: Platform, hash: Hash): Hash {
  writeHash(single, 0, hash);
  return rule(platform, single);
}

/** H(left || right). */
function plain(rule: HashRule): NodeRule {
  return (platform, left, right) => {
    writeHash(pair, 0, left);
    writeHash(pair, HASH_BYTES, right);
    return rule(platform, pair);
  };
}

/** H over the smaller hash and the larger one: order of bytes is order of lower-case digits. */
function sorted(rule: HashRule): NodeRule {
  const node = plain(rule);
  return (platform, left, right) => (left <= right ? node(platform, left, right) : node(platform, right, left));
}

/**
 * Bitcoin's: H twice, over hashes whose bytes stand in reverse, as its hashes are printed.
 *
 * Source: Bitcoin Core, src/consensus/merkle.cpp, and `isBitcoinTree` of merkletreejs.
 */
function reversed(rule: HashRule): NodeRule {
  return (platform, left, right) => {
    writeReversed(pair, 0, left);
    writeReversed(pair, HASH_BYTES, right);
    writeReversed(single, 0, again(rule, platform, rule(platform, pair)));
    return hexOf(single);
  };
}

function writeReversed(into: Uint8Array, start: number, hash: Hash): void {
  writeHash(into, start, hash);
  into.subarray(start, start + HASH_BYTES).reverse();
}

/** The value itself. */
const asGiven: LeafRule = (_platform, value) => value;

/** H(H(value)): a node is the hash of 64 bytes, and this one of 32. */
function twice(rule: HashRule): LeafRule {
  return (platform, value) => again(rule, platform, again(rule, platform, value));
}

const valueBytes = new Uint8Array(HASH_BYTES);

/** RFC 9162 §2.1.1, over the bytes of the value. */
const prefixed: LeafRule = (platform, value) => {
  writeHash(valueBytes, 0, value);
  return leafHash(platform, valueBytes);
};

/* Trees: leaves in the order in which they come, or sorted first. */

/** What becomes of the last node of a level that has no neighbour: it rises as it is, or it is its own neighbour. */
export type OddRule = 'promote' | 'duplicate';

/**
 * A tree over leaves in order, in O(log n) memory.
 *
 * As in a compact range, what is kept are the roots of the perfect subtrees, one for each bit that is set in the number
 * of leaves. Only the root differs: there the odd node of each level rises by the rule of the scheme.
 */
class OrderedTree implements LegacyTree {
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

/** What gives a root of `size` leaves, of which one after the other is asked for. */
export type Build = (size: number, leafAt: (at: number) => Hash) => Hash;

/** Over the leaves as they come. */
export function inOrder(newTree: () => LegacyTree): Build {
  return (size, leafAt) => {
    const tree = newTree();
    for (let at = 0; at < size; at++) tree.append(leafAt(at));
    return tree.root();
  };
}

/**
 * As `makeMerkleTree` of @openzeppelin/merkle-tree has it, of which `StandardMerkleTree` is made: a complete binary tree,
 * with the leaves that do not fit above on a level of their own. What counts is who is paired with whom: its nodes are
 * the same for both orders.
 *
 *     5 leaves, of which 2 are on the lowest level:     ((0 1) 4) (2 3)
 */
function complete(newTree: () => LegacyTree, node: (left: Hash, right: Hash) => Hash): Build {
  return (size, leafAt) => {
    const tree = newTree();
    let above = 1;
    while (2 * above < size) above *= 2;
    const lowest = size <= 1 ? 0 : 2 * (size - above);
    for (let at = lowest; at < size; at++) tree.append(leafAt(at));
    for (let at = 0; at < lowest; at += 2) tree.append(node(leafAt(at), leafAt(at + 1)));
    return tree.root();
  };
}

/** A tree over sorted leaves. They are held until the root is asked for: the smallest may come last. */
export class SortedTree implements LegacyTree {
  readonly #build: Build;
  readonly #most: number;
  #leaves: Uint8Array = new Uint8Array(64 * HASH_BYTES);
  #size = 0;

  /**
   * @param build - what the sorted leaves go to
   * @param most - leaves beyond which there is none
   */
  constructor(build: Build, most: number = MOST_SORTED_LEAVES) {
    this.#build = build;
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
    const order = Uint32Array.from({ length: this.#size }, (_, at) => at).sort((a, b) => this.#compare(a, b));
    return this.#build(this.#size, (at) => {
      const start = (order[at] ?? 0) * HASH_BYTES;
      return hexOf(this.#leaves.subarray(start, start + HASH_BYTES));
    });
  }

  #compare(a: number, b: number): number {
    for (let at = 0; at < HASH_BYTES; at++) {
      const difference = (this.#leaves[a * HASH_BYTES + at] ?? 0) - (this.#leaves[b * HASH_BYTES + at] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

/* The table of schemes: to add one is to add a row. */

const HASHES = { 'SHA-256': sha256, 'Keccak-256': keccak256 } as const;
const NODES = { plain, sorted, reversed } as const;

/** What of merkletreejs its roots are made with: `new MerkleTree(leaves, hash, options)`. */
export type MerkletreejsOptions = Readonly<
  Partial<Record<'duplicateOdd' | 'sort' | 'sortLeaves' | 'sortPairs' | 'isBitcoinTree', true>>
>;

export interface SchemeRow {
  readonly name: string;
  readonly hash: keyof typeof HASHES;
  /** `rfc9162`: with its prefix, which leaves have as well. */
  readonly node: keyof typeof NODES | 'rfc9162';
  /** What becomes of a node without a neighbour; `complete`: there is none, see there. */
  readonly odd: OddRule | 'complete';
  readonly sortsLeaves: boolean;
  /** Whether leaves are hashed twice before they enter the tree. */
  readonly hashesTwice?: true;
  readonly blindTo: readonly Forgery[];
  /** With which options merkletreejs gives the same root; whose it is else. */
  readonly by: MerkletreejsOptions | string;
}

type Columns = readonly [SchemeRow['node'], SchemeRow['odd'], SchemeRow['sortsLeaves']];

function row(
  name: string,
  hash: SchemeRow['hash'],
  [node, odd, sortsLeaves]: Columns,
  blindTo: readonly Forgery[],
  by: SchemeRow['by'],
): SchemeRow {
  return { name, hash, node, odd, sortsLeaves, blindTo, by };
}

const [IN, TAIL, LEAVES, PAIRS] = ['inner-nodes', 'repeated-tail', 'leaf-order', 'pair-order'] as const;

// biome-ignore format: a table
export const SCHEME_ROWS: readonly SchemeRow[] = [
  row('merkletreejs-default', 'SHA-256', ['plain', 'promote', false], [IN], {}),
  row('merkletreejs-duplicate-odd', 'SHA-256', ['plain', 'duplicate', false], [IN, TAIL], { duplicateOdd: true }),
  row('merkletreejs-sort-pairs', 'SHA-256', ['sorted', 'promote', false], [IN, PAIRS], { sortPairs: true }),
  row('merkletreejs-sort-pairs-duplicate-odd', 'SHA-256', ['sorted', 'duplicate', false], [IN, TAIL, PAIRS], { sortPairs: true, duplicateOdd: true }),
  row('merkletreejs-sort-leaves', 'SHA-256', ['plain', 'promote', true], [IN, LEAVES], { sortLeaves: true }),
  row('merkletreejs-sort-leaves-duplicate-odd', 'SHA-256', ['plain', 'duplicate', true], [IN, TAIL, LEAVES], { sortLeaves: true, duplicateOdd: true }),
  row('merkletreejs-sort', 'SHA-256', ['sorted', 'promote', true], [IN, LEAVES], { sort: true }),
  row('merkletreejs-sort-duplicate-odd', 'SHA-256', ['sorted', 'duplicate', true], [IN, TAIL, LEAVES], { sort: true, duplicateOdd: true }),
  row('merkletreejs-bitcoin', 'SHA-256', ['reversed', 'duplicate', false], [IN, TAIL], { isBitcoinTree: true }),
  row('merkletreejs-keccak256', 'Keccak-256', ['plain', 'promote', false], [IN], {}),
  row('merkletreejs-keccak256-sort-pairs', 'Keccak-256', ['sorted', 'promote', false], [IN, PAIRS], { sortPairs: true }),
  row('merkletreejs-keccak256-sort', 'Keccak-256', ['sorted', 'promote', true], [IN, LEAVES], { sort: true }),
  // Leaves as OpenZeppelin's contracts want them, in trees that were made before it had one of its own, and in that.
  { ...row('merkletreejs-keccak256-twice-sort', 'Keccak-256', ['sorted', 'promote', true], [LEAVES], { sort: true }), hashesTwice: true },
  { ...row('openzeppelin-standard', 'Keccak-256', ['sorted', 'complete', true], [LEAVES], '`StandardMerkleTree.of(values, [\'bytes32\'])`'), hashesTwice: true },
  row('rfc9162', 'SHA-256', ['rfc9162', 'promote', false], [], 'RFC 9162 §2.1.1'),
];

/** A tree whose leaves are hashed on their way in. */
class HashedLeaves implements LegacyTree {
  readonly #tree: LegacyTree;
  readonly #hashed: (leaf: Hash) => Hash;

  constructor(tree: LegacyTree, hashed: (leaf: Hash) => Hash) {
    this.#tree = tree;
    this.#hashed = hashed;
  }

  append(leaf: Hash): void {
    this.#tree.append(this.#hashed(leaf));
  }

  root(): Hash {
    return this.#tree.root();
  }
}

function schemeOf({
  name,
  hash: hashName,
  node: nodeName,
  odd,
  sortsLeaves,
  hashesTwice,
  blindTo,
}: SchemeRow): LegacyScheme {
  const hash = HASHES[hashName];
  const node = nodeName === 'rfc9162' ? nodeHash : NODES[nodeName](hash);
  const leaf = nodeName === 'rfc9162' ? prefixed : hashesTwice === true ? twice(hash) : asGiven;
  const newTree = (platform: Platform): LegacyTree => {
    const ordered = (): LegacyTree => new OrderedTree(platform, node, odd === 'duplicate' ? 'duplicate' : 'promote');
    const build =
      odd === 'complete' ? complete(ordered, (left, right) => node(platform, left, right)) : inOrder(ordered);
    const tree = sortsLeaves ? new SortedTree(build) : ordered();
    return leaf === asGiven ? tree : new HashedLeaves(tree, (value) => leaf(platform, value));
  };
  return { name, blindTo, hash, newTree };
}

/** Every scheme by its name. */
export const LEGACY_SCHEMES: ReadonlyMap<string, LegacyScheme> = new Map(
  SCHEME_ROWS.map((one) => [one.name, schemeOf(one)]),
);
