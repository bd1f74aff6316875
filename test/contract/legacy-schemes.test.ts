/** What every scheme of the registry must do, whoever adds it: the root of merkletreejs, and no blindness but its own. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { MerkleTree } from 'merkletreejs';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { rootOf } from '../../src/core/merkle/tree.ts';
import { type Hash, isHash, portable } from '../../src/core/platform.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import {
  blindnessOf,
  type Forgery,
  inOrder,
  LEGACY_SCHEMES,
  type LegacyScheme,
  type LegacyTree,
  SCHEME_ROWS,
  type SchemeRow,
  SortedTree,
} from '../../src/legacy-roots/schemes.ts';
import { ROOT } from '../architecture/source-files.ts';
import { compareTexts, findingsOf } from '../in-memory.ts';
import { runs } from '../long.ts';
import { ndjson, type PlainRecord, referenceLeaf, referenceRoot, sha256 } from '../store.ts';

type Bytes = Uint8Array;

const HASHES: Readonly<Record<SchemeRow['hash'], (bytes: Bytes) => Buffer>> = {
  'SHA-256': (bytes) => createHash('sha256').update(bytes).digest(),
  'Keccak-256': (bytes) => Buffer.from(keccak_256(bytes)),
};

/** RFC 9162 as a hash of merkletreejs: what is hashed is a leaf of 32 bytes, or two nodes. */
const prefixed = (bytes: Bytes): Buffer =>
  HASHES['SHA-256'](Buffer.concat([Buffer.of(bytes.length === 64 ? 1 : 0), bytes]));

/** `makeMerkleTree` of @openzeppelin/merkle-tree, in its words; sorted leaves go into it. */
function byOpenZeppelin(leaves: readonly Buffer[], hashOf: (bytes: Bytes) => Buffer): Buffer {
  const tree = new Array<Buffer>(2 * leaves.length - 1);
  const at = (index: number): Buffer => tree[index] ?? Buffer.alloc(0);
  for (const [index, leaf] of leaves.entries()) tree[tree.length - 1 - index] = leaf;
  for (let index = tree.length - 1 - leaves.length; index >= 0; index--) {
    tree[index] = hashOf(Buffer.concat([at(2 * index + 1), at(2 * index + 2)].sort(Buffer.compare)));
  }
  return at(0);
}

/** The root that whoever it is of gives; not for no leaves, where that of merkletreejs is "". */
function byOthers({ hash, node, odd, hashesTwice, by }: SchemeRow, leaves: readonly Hash[]): Hash {
  const hashOf = HASHES[hash];
  const given = leaves.map((leaf) => Buffer.from(leaf, 'hex'));
  const bytes = hashesTwice === true ? given.map((leaf) => hashOf(hashOf(leaf))) : given;
  if (odd === 'complete') return byOpenZeppelin(bytes.sort(Buffer.compare), hashOf).toString('hex');
  if (node === 'rfc9162') return new MerkleTree(bytes, prefixed, { hashLeaves: true }).getRoot().toString('hex');
  if (typeof by === 'string') throw new RangeError(`whose is ${by}?`);
  return new MerkleTree(bytes, hashOf, by).getRoot().toString('hex');
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

/** What docs/legacy-roots.md says that a scheme cannot show. */
const IN_DOCS: Readonly<Record<Forgery, string>> = {
  'inner-nodes': 'inner nodes',
  'repeated-tail': 'a repeated tail',
  'leaf-order': 'the order of leaves',
  'pair-order': 'the order within pairs',
};

function lineInDocs({ name, hash, by, hashesTwice, blindTo }: SchemeRow): string {
  const options = typeof by === 'string' ? [by] : Object.keys(by).map((option) => `\`${option}\``);
  const made = [...options, ...(hashesTwice === true ? ['leaves hashed twice'] : [])].join(', ') || 'none';
  const cannot = blindTo.map((forgery) => IN_DOCS[forgery]).join(', ') || 'nothing';
  return `| \`${name}\` | ${hash} | ${made} | ${cannot} |`;
}

it('the table of schemes is that of docs/legacy-roots.md', () => {
  const docs = readFileSync(join(ROOT, 'docs/legacy-roots.md'), 'utf8');
  const [, schemes = ''] = docs.split('\n## Schemes\n');
  expect(schemes.split('\n').filter((line) => line.startsWith('| `'))).toEqual(SCHEME_ROWS.map(lineInDocs));
  expect([...LEGACY_SCHEMES.keys()]).toEqual(SCHEME_ROWS.map(({ name }) => name));
});

describe.each(SCHEME_ROWS.map((row) => [row.name, row] as const))('%s', (name: string, row: SchemeRow) => {
  const scheme = LEGACY_SCHEMES.get(name) as LegacyScheme;

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

  it('gives the root of whose it is for every number of leaves from 1 to 64, and at each step on the way', () => {
    const leaves = leavesOf(64);
    const tree = scheme.newTree(nodePlatform);
    for (const [at, leaf] of leaves.entries()) {
      tree.append(leaf);
      expect(tree.root()).toBe(byOthers(row, leaves.slice(0, at + 1)));
    }
  });

  it('gives the root of whose it is for any list of up to 200 leaves, on every platform', () => {
    fc.assert(
      fc.property(fc.array(anyLeaf, { minLength: 1, maxLength: 200 }), (leaves) => {
        expect(rootBy(scheme, leaves)).toBe(byOthers(row, leaves));
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
    expect(tree.root()).toBe(byOthers(row, [sha256('a')]));
  });

  it('names its forgeries in one sentence', () => {
    const [plain, hashed] = [blindnessOf(scheme, false), blindnessOf(scheme, true)];
    if (row.blindTo.length === 0) expect([plain, hashed]).toEqual([undefined, undefined]);
    else {
      expect(plain).toMatch(new RegExp(`^${name} cannot show `));
      expect(plain?.includes('leaves replaced by the nodes over them')).toBe(row.blindTo.includes('inner-nodes'));
      expect(hashed).toMatch(new RegExp(`^${name} `));
      expect(hashed).not.toContain('replaced');
    }
  });

  it.each(FORGERIES)('%s: is blind to it just where it says so, and our own roots are not', async (forgery) => {
    const [honest, wrong] = forged(forgery);
    expect(wrong).not.toEqual(honest);
    expect(rootBy(scheme, wrong) === rootBy(scheme, honest)).toBe(isBlindTo(forgery));
    expect(byOthers(row, wrong) === byOthers(row, honest)).toBe(isBlindTo(forgery));
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
      expect(told.every((message) => message.includes(blindnessOf(scheme, false) ?? 'nothing'))).toBe(true);
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

const DEFAULT = LEGACY_SCHEMES.get('merkletreejs-default') as LegacyScheme;

describe('a scheme that others than merkletreejs have', () => {
  it('Keccak-256: the hash of nothing, as Ethereum has it', () => {
    expect(HASHES['Keccak-256'](new Uint8Array(0)).toString('hex')).toBe(
      'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    );
  });

  it('openzeppelin-standard: the roots of @openzeppelin/merkle-tree 1.0.8 for 1 to 64 values', () => {
    // StandardMerkleTree.of(values, ['bytes32']).root over the values sha256("leaf 0"), sha256("leaf 1") and on.
    const scheme = LEGACY_SCHEMES.get('openzeppelin-standard') as LegacyScheme;
    const roots = Array.from({ length: 64 }, (_, at) => rootBy(scheme, leavesOf(at + 1)));
    expect(roots[0]).toBe('3bf7236b348e5b33581d6156e72a32fc30fd32cec20d85a3b9c854f4738f06f9');
    expect(roots[6]).toBe('780a20300020413b0d44adbf73cabf7c73e987f04f8d0e36117e8fbe91c0a43a');
    expect(sha256(roots.join('\n'))).toBe('9b3bcdace2610a2073b2b844bad6f33abc2077cd20db802cac612a545eae4c1e');
  });

  it('rfc9162: the tree that the definition gives, and nothing that it cannot show', async () => {
    const scheme = LEGACY_SCHEMES.get('rfc9162') as LegacyScheme;
    const ours = (leaf: Hash): Hash => sha256(Uint8Array.of(0), Buffer.from(leaf, 'hex'));
    for (const count of [1, 2, 3, 5, 8, 33]) {
      expect(rootBy(scheme, leavesOf(count))).toBe(referenceRoot(leavesOf(count).map(ours)));
    }
    const records = Array.from({ length: 5 }, (_, at): PlainRecord => {
      return { tenant: 'acme', stream: 'events', id: `e${at}`, type: 'event', body: at };
    });
    const root = rootBy(scheme, records.map(referenceLeaf));
    const legacyRoots = [{ scheme: 'rfc9162', root, leaf: 'leafHash' }];
    const report = await compareTexts(
      ndjson(records),
      ndjson([...records, { ...(records[0] as PlainRecord), id: 'f' }]),
      {
        legacyRoots,
      },
    );
    expect([report.verdict, report.findingCounts]).toEqual(['PASS', { 'record-added': 1 }]);
    expect(report.demands).toContainEqual(expect.objectContaining({ demand: 'legacy-root', state: 'held' }));
    const wrong = [{ scheme: 'rfc9162', root: sha256('x'), leaf: 'leafHash' }];
    expect((await compareTexts(ndjson(records), ndjson(records), { legacyRoots: wrong })).verdict).toBe('FAIL');
  });
});

describe('a tree over sorted leaves', () => {
  it('refuses more leaves than it may hold, and never leaves one out', () => {
    const newTree = (): LegacyTree => DEFAULT.newTree(nodePlatform);
    const tree = new SortedTree(inOrder(newTree), 100);
    const leaves = leavesOf(100);
    for (const leaf of leaves) tree.append(leaf);
    expect(() => tree.append(sha256('one more'))).toThrow(EvidenceError);
    expect(() => tree.append(sha256('one more'))).toThrow('more than 100 leaves cannot be held to be sorted');
    expect(tree.root()).toBe(rootBy(DEFAULT, [...leaves].sort()));
    expect(isHash(tree.root())).toBe(true);
  });
});
