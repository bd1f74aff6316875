/** What every scheme of the registry must do, whoever adds it: the root of merkletreejs, and no blindness but its own. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { MerkleTree } from 'merkletreejs';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { rootOf } from '../../src/core/merkle/compact-range.ts';
import { type Hash, isHash, portable } from '../../src/core/platform.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import {
  blindnessOf,
  type Forgery,
  LEGACY_SCHEMES,
  type LegacyScheme,
  OrderedTree,
  plainNode,
  SortedTree,
} from '../../src/legacy-roots/schemes.ts';
import { compareTexts, findingsOf } from '../in-memory.ts';
import { runs } from '../long.ts';
import { ndjson, type PlainRecord, sha256 } from '../store.ts';

const hashOf = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** The options of merkletreejs that each scheme stands for. */
const OPTIONS_OF: Readonly<Record<string, ConstructorParameters<typeof MerkleTree>[2]>> = {
  'merkletreejs-default': {},
  'merkletreejs-duplicate-odd': { duplicateOdd: true },
  'merkletreejs-sort-pairs': { sortPairs: true },
  'merkletreejs-sort-pairs-duplicate-odd': { sortPairs: true, duplicateOdd: true },
  'merkletreejs-sort-leaves': { sortLeaves: true },
  'merkletreejs-sort-leaves-duplicate-odd': { sortLeaves: true, duplicateOdd: true },
  'merkletreejs-sort': { sort: true },
  'merkletreejs-sort-duplicate-odd': { sort: true, duplicateOdd: true },
  'merkletreejs-bitcoin': { isBitcoinTree: true },
};

/** The root that merkletreejs gives; not for no leaves, where it is "". */
function byMerkletreejs(name: string, leaves: readonly Hash[]): Hash {
  const bytes = leaves.map((leaf) => Buffer.from(leaf, 'hex'));
  return new MerkleTree(bytes, hashOf, OPTIONS_OF[name]).getRoot().toString('hex');
}

function rootBy(scheme: LegacyScheme, leaves: readonly Hash[], platform = nodePlatform): Hash {
  const tree = scheme.newTree(platform);
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}

const leavesOf = (count: number): Hash[] => Array.from({ length: count }, (_, at) => sha256(`leaf ${at}`));
const anyLeaf = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  // Leaves that come twice, and such as sort by their last byte alone.
  fc.constantFrom(...['00', '01', '0f', 'f0', 'ff'].map((end) => `${'0'.repeat(62)}${end}`)),
);

/** Two lists of leaves: an honest one, and what the forgery makes of it. */
type Forged = (leaves: readonly Hash[], node: (left: Hash, right: Hash) => Hash) => readonly [Hash[], Hash[]];

const FORGED: Readonly<Record<Forgery, Forged>> = {
  'inner-nodes': ([a = '', b = '', c = '', d = ''], node) => [
    [a, b, c, d],
    [node(a, b), node(c, d)],
  ],
  'repeated-tail': ([a = '', b = '', c = '']) => [
    [a, b, c],
    [a, b, c, c],
  ],
  'leaf-order': ([a = '', b = '', c = '', d = '', e = '']) => [
    [a, b, c, d, e],
    [d, a, e, c, b],
  ],
  'pair-order': ([a = '', b = '', c = '', d = '', e = '']) => [
    [a, b, c, d, e],
    [d, c, a, b, e],
  ],
};
const FORGERIES = Object.keys(FORGED) as Forgery[];

it('the registry has the option sets of merkletreejs', () => {
  expect([...LEGACY_SCHEMES.keys()].sort()).toEqual(Object.keys(OPTIONS_OF).sort());
});

describe.each([...LEGACY_SCHEMES.entries()])('%s', (name: string, scheme: LegacyScheme) => {
  /** Leaves in ascending order, and such that the first two nodes over them are so, too. */
  const forged = (forgery: Forgery): readonly [Hash[], Hash[]] => {
    const node = (left: Hash, right: Hash): Hash => rootBy(scheme, [left, right]);
    for (let from = 0; ; from++) {
      const leaves = Array.from({ length: 5 }, (_, at) => sha256(`${from} ${at}`)).sort();
      const [a = '', b = '', c = '', d = ''] = leaves;
      if (node(a, b) < node(c, d)) return FORGED[forgery](leaves, node);
    }
  };
  const isBlindTo = (forgery: Forgery): boolean =>
    scheme.blindTo.includes(forgery) || (forgery === 'pair-order' && scheme.blindTo.includes('leaf-order'));

  it('is registered under its own name', () => {
    expect(scheme.name).toBe(name);
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it('gives the root of merkletreejs for every number of leaves from 1 to 64, and at each step on the way', () => {
    const leaves = leavesOf(64);
    const tree = scheme.newTree(nodePlatform);
    for (const [at, leaf] of leaves.entries()) {
      tree.append(leaf);
      expect(tree.root()).toBe(byMerkletreejs(name, leaves.slice(0, at + 1)));
    }
  });

  it('gives the root of merkletreejs for any list of up to 200 leaves, on every platform', () => {
    fc.assert(
      fc.property(fc.array(anyLeaf, { minLength: 1, maxLength: 200 }), (leaves) => {
        expect(rootBy(scheme, leaves)).toBe(byMerkletreejs(name, leaves));
        if (leaves.length < 10) expect(rootBy(scheme, leaves, portable)).toBe(rootBy(scheme, leaves));
      }),
      { numRuns: runs(30, 1000) },
    );
  });

  it('has no root over no leaves, and takes nothing but hashes', () => {
    expect(() => scheme.newTree(nodePlatform).root()).toThrow(RangeError);
    const tree = scheme.newTree(nodePlatform);
    for (const wrong of ['', 'AB'.repeat(32), 'ab'.repeat(31), `0x${'ab'.repeat(31)}`, `${'ab'.repeat(31)}zz`]) {
      expect(() => tree.append(wrong)).toThrow(TypeError);
    }
    expect(() => tree.append(undefined as unknown as Hash)).toThrow(TypeError);
    tree.append(sha256('a'));
    expect(tree.root()).toBe(sha256('a'));
  });

  it('names its forgeries in one sentence', () => {
    expect(blindnessOf(scheme, false)).toMatch(
      new RegExp(`^${name} cannot show leaves replaced by the nodes over them`),
    );
    expect(blindnessOf(scheme, true)).not.toContain('replaced');
    expect(blindnessOf(scheme, true)).toMatch(new RegExp(`^${name} `));
  });

  it.each(FORGERIES)('%s: is blind to it just where it says so, and our own roots are not', async (forgery) => {
    const [honest, wrong] = forged(forgery);
    expect(wrong).not.toEqual(honest);
    expect(rootBy(scheme, wrong) === rootBy(scheme, honest)).toBe(isBlindTo(forgery));
    expect(byMerkletreejs(name, wrong) === byMerkletreejs(name, honest)).toBe(isBlindTo(forgery));
    expect(rootOf(nodePlatform, wrong)).not.toBe(rootOf(nodePlatform, honest));
  });

  it.each(scheme.blindTo)(
    '%s: is named by the comparison, beside a legacy root that is equal on both sides',
    async (forgery) => {
      const [honest, wrong] = forged(forgery);
      const root = rootBy(scheme, honest);
      const report = await compareTexts(storeOf(honest), storeOf(wrong), {
        mode: 'frozen',
        legacyRoots: (['baseline', 'current'] as const).map((side) => ({
          scheme: name,
          root,
          leaf: 'attrs.leaf',
          side,
        })),
      });
      expect([report.verdict, report.relation]).toEqual(['FAIL', 'broken']);
      expect(report.findingCounts['global-root-mismatch']).toBe(1);
      expect(findingsOf(report, 'global-root-mismatch')[0]?.message).not.toContain('legacy');
      const told = findingsOf(report, 'weak-scheme').map(({ message }) => message);
      expect(told).toHaveLength(2);
      expect(told.every((message) => message.includes(' is equal over '))).toBe(true);
      expect(told.every((message) => message.includes(blindnessOf(scheme, false)))).toBe(true);
    },
  );
});

/** A set of records that have one leaf each. */
function storeOf(leaves: readonly Hash[]): string {
  const records = leaves.map((leaf, at): PlainRecord => {
    return { tenant: 'acme', stream: 'events', id: `e${at}`, type: 'event', attrs: { leaf }, body: at };
  });
  return ndjson(records);
}

describe('a tree over sorted leaves', () => {
  it('refuses more leaves than it may hold, and never leaves one out', () => {
    const tree = new SortedTree(() => new OrderedTree(nodePlatform, plainNode, 'promote'), 100);
    const leaves = leavesOf(100);
    for (const leaf of leaves) tree.append(leaf);
    expect(() => tree.append(sha256('one more'))).toThrow(EvidenceError);
    expect(() => tree.append(sha256('one more'))).toThrow('more than 100 leaves cannot be held to be sorted');
    expect(tree.root()).toBe(byMerkletreejs('merkletreejs-sort-leaves', leaves));
    expect(isHash(tree.root())).toBe(true);
  });
});
