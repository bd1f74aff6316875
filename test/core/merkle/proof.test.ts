import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type InclusionProof,
  ProofError,
  rootFromInclusionProof,
  stepsOfInclusionProof,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/core/merkle/proof.ts';
import { EMPTY_ROOT } from '../../../src/core/merkle/tree.ts';
import { portable } from '../../../src/core/platform.ts';
import { runs } from '../../long.ts';
import { thrownBy } from '../json/documents.ts';
import { nodeOf, numberedLeaves, ReferenceTree } from './reference-tree.ts';

const LEAVES = numberedLeaves(64);
const leaf = (index: number): string => LEAVES[index] ?? '';
const TREE = new ReferenceTree(LEAVES);

/** RFC 9162 §2.1.3.2, step by step, as it stands there; undefined where it fails. */
function rootByTheSteps(hash: string, index: bigint, size: bigint, path: readonly string[]): string | undefined {
  if (index >= size) return undefined;
  let fn = index;
  let sn = size - 1n;
  let r = hash;
  for (const p of path) {
    if (sn === 0n) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      r = nodeOf(p, r);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else r = nodeOf(r, p);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? r : undefined;
}

/** RFC 9162 §2.1.4.2, step by step, for 0 < first < second: the two roots, or undefined where it fails. */
function rootsByTheSteps(first: bigint, second: bigint, root1: string, proof: readonly string[]): string[] | undefined {
  if (proof.length === 0) return undefined;
  const path = (first & (first - 1n)) === 0n ? [root1, ...proof] : [...proof];
  let fn = first - 1n;
  let sn = second - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let fr = path[0] ?? '';
  let sr = fr;
  for (const c of path.slice(1)) {
    if (sn === 0n) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      fr = nodeOf(c, fr);
      sr = nodeOf(c, sr);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else sr = nodeOf(sr, c);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? [fr, sr] : undefined;
}

const rootOrRefusal = (proof: InclusionProof): string | undefined => {
  try {
    return rootFromInclusionProof(portable, proof);
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
};

const edge = fc.constantFrom(2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 4n);
const near = fc.tuple(edge, fc.bigInt({ min: -3n, max: 3n })).map(([at, by]) => at + by);
const count = fc.oneof(fc.bigInt({ min: 0n, max: 70n }), near, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const below = (size: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: size });

describe('verification beside the steps of RFC 9162', () => {
  it('A16: inclusion agrees for random indexes and sizes of up to 64 bits and paths of every length', () => {
    const indexAndSize = fc.oneof(
      fc.tuple(count, count),
      count.chain((size) => fc.tuple(below(size), fc.constant(size))),
    );
    fc.assert(
      fc.property(indexAndSize, ([leafIndex, treeSize]) => {
        for (let length = 0; length <= 64; length++) {
          const path = LEAVES.slice(0, length);
          const expected = rootByTheSteps(leaf(63), leafIndex, treeSize, path);
          expect(rootOrRefusal({ leafIndex, treeSize, leafHash: leaf(63), path })).toBe(expected);
        }
      }),
      { numRuns: runs(60, 2000) },
    );
  });

  it('A16: consistency agrees for random sizes of up to 64 bits, and only with both roots right', () => {
    const sizes = count.filter((size) => size > 1n).chain((size2) => fc.tuple(below(size2 - 2n), fc.constant(size2)));
    let accepted = 0;
    fc.assert(
      fc.property(sizes, ([less, size2]) => {
        const size1 = less + 1n;
        for (let length = 0; length <= 64; length++) {
          const path = LEAVES.slice(0, length);
          const roots = rootsByTheSteps(size1, size2, leaf(63), path);
          const [first = leaf(0), root2 = leaf(0)] = roots ?? [];
          const isPowerOfTwo = (size1 & (size1 - 1n)) === 0n;
          const root1 = isPowerOfTwo ? leaf(63) : first;
          const verify = (r1: string, r2: string) => () =>
            verifyConsistency(portable, { size1, size2, root1: r1, root2: r2, path });
          if (roots === undefined) expect(verify(root1, root2)).toThrow(ProofError);
          else {
            verify(root1, root2)();
            accepted += 1;
            expect(verify(root1, leaf(62))).toThrow(ProofError);
            expect(verify(leaf(62), root2)).toThrow(ProofError);
          }
        }
      }),
      { numRuns: runs(60, 2000) },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});

describe('an inclusion proof', () => {
  const proof = { leafIndex: 4, treeSize: 7, leafHash: leaf(4), path: TREE.path(4, 0, 7), root: TREE.root(0, 7) };

  it('is the same with sizes as number or bigint', () => {
    verifyInclusion(portable, proof);
    verifyInclusion(portable, { ...proof, leafIndex: 4n, treeSize: 7n });
    expect(rootFromInclusionProof(portable, proof)).toBe(proof.root);
  });

  it('is, step by step, the nodes from the leaf to the root', () => {
    const steps = stepsOfInclusionProof(portable, proof);
    expect(steps.map(({ parent }) => parent)).toEqual([TREE.root(4, 6), TREE.root(4, 7), TREE.root(0, 7)]);
    expect(stepsOfInclusionProof(portable, { leafIndex: 0, treeSize: 1, leafHash: leaf(0), path: [] })).toEqual([]);
  });

  it('A06: is refused for the empty tree, which has no leaf, whatever the root', () => {
    for (const root of [EMPTY_ROOT, leaf(0), '', undefined as never]) {
      const empty = { leafIndex: 0, treeSize: 0, leafHash: leaf(0), path: [], root };
      expect(() => verifyInclusion(portable, empty)).toThrow(ProofError);
    }
    expect(() =>
      verifyInclusion(portable, { ...proof, root: undefined as never, leafHash: undefined as never }),
    ).toThrow(ProofError);
  });

  it('A07: with an empty path holds only for the one leaf that is the root of a tree of one', () => {
    const one = { leafIndex: 0, treeSize: 1, leafHash: leaf(0), path: [], root: leaf(0) };
    verifyInclusion(portable, one);
    expect(() => verifyInclusion(portable, { ...one, root: leaf(1) })).toThrow(ProofError);
    for (let size = 2; size <= 64; size++) {
      for (const leafIndex of [0, 1, size - 1]) {
        const nothing = { leafIndex, treeSize: size, leafHash: leaf(leafIndex), path: [] };
        expect(() => verifyInclusion(portable, { ...nothing, root: leaf(leafIndex) })).toThrow(ProofError);
        expect(() => verifyInclusion(portable, { ...nothing, root: TREE.root(0, size) })).toThrow(ProofError);
      }
    }
  });

  it('A08: is refused with a reason for an index out of range and for a leaf that is not in the tree', () => {
    expect(() => verifyInclusion(portable, { ...proof, leafIndex: 7 })).toThrow('a tree of 7 leaves has no leaf 7');
    expect(() => verifyInclusion(portable, { ...proof, leafIndex: -1 })).toThrow(ProofError);
    expect(() => verifyInclusion(portable, { ...proof, leafHash: leaf(9) })).toThrow(/the path leads to the root/);
    expect(() => verifyInclusion(portable, { ...proof, path: [] })).toThrow('the path has 0 hashes where 3 are needed');
  });

  it('A16: is refused for a number that is no exact count, and for sizes beyond 64 bits', () => {
    for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -1n, 2n ** 64n, 2n ** 64n + 7n]) {
      expect(() => verifyInclusion(portable, { ...proof, treeSize: bad })).toThrow(ProofError);
      expect(() => verifyInclusion(portable, { ...proof, leafIndex: bad })).toThrow(ProofError);
      expect(() =>
        verifyConsistency(portable, { size1: bad, size2: bad, root1: leaf(0), root2: leaf(0), path: [] }),
      ).toThrow(ProofError);
    }
    expect(() => verifyInclusion(portable, { ...proof, leafIndex: 2 ** 32 + 4 })).toThrow(ProofError);
    expect(() => verifyInclusion(portable, { ...proof, treeSize: 2 ** 32 + 7 })).toThrow(ProofError);
    expect(() => verifyInclusion(portable, { ...proof, treeSize: '7' as never })).toThrow(TypeError);
  });

  it.each([
    ['leafIndex', { leafIndex: 0.5 }, 'leafIndex is not a safe integer'],
    ['treeSize', { treeSize: -1 }, 'treeSize is outside 0 to 2^64-1'],
    ['leafHash', { leafHash: 'A' }, 'leafHash is not 64 lower-case hex digits'],
    ['path', { path: [leaf(0), 'A', leaf(0)] }, 'a hash of the path is not 64 lower-case hex digits'],
  ])('with a bad %s is refused by that name', (_, bad, reason) => {
    for (const read of [verifyInclusion, stepsOfInclusionProof]) {
      const thrown = thrownBy(() => read(portable, { ...proof, ...bad }));
      expect(thrown).toMatchObject({ name: 'ProofError', message: reason });
    }
  });

  it.each([
    ['size1', { size1: 0.5 }, 'size1 is not a safe integer'],
    ['size2', { size2: 0.5 }, 'size2 is not a safe integer'],
    ['root1', { root1: 'A' }, 'root1 is not 64 lower-case hex digits'],
    ['root2', { root2: 'A' }, 'root2 is not 64 lower-case hex digits'],
    ['path', { path: new Array(4).fill('A') }, 'a hash of the path is not 64 lower-case hex digits'],
  ])('of growth with a bad %s is refused by that name', (_, bad, reason) => {
    const growth = { size1: 3, size2: 7, root1: TREE.root(0, 3), root2: TREE.root(0, 7), path: [] };
    const thrown = thrownBy(() => verifyConsistency(portable, { ...growth, ...bad }));
    expect(thrown).toMatchObject({ name: 'ProofError', message: reason });
  });

  it('A11: is refused if any of its hashes is in another form than 64 lower-case hexadecimal digits', () => {
    for (const bad of [
      '',
      'zz',
      leaf(4).toUpperCase(),
      `0x${leaf(4)}`,
      undefined as never,
      Buffer.alloc(32) as never,
    ]) {
      expect(() => verifyInclusion(portable, { ...proof, leafHash: bad })).toThrow(ProofError);
      expect(() => verifyInclusion(portable, { ...proof, root: bad })).toThrow('root is not 64 lower-case hex digits');
      expect(() => verifyInclusion(portable, { ...proof, path: [bad, ...proof.path.slice(1)] })).toThrow(ProofError);
    }
    expect(() => verifyInclusion(portable, { ...proof, root: proof.root.toUpperCase() })).toThrow(ProofError);
  });
});

describe('a consistency proof', () => {
  it('A06: is refused where the first tree is empty, even beside another empty one', () => {
    const none = { size1: 0, size2: 0, root1: EMPTY_ROOT, root2: EMPTY_ROOT, path: [] };
    expect(() => verifyConsistency(portable, none)).toThrow(ProofError);
    expect(() => verifyConsistency(portable, { ...none, size2: 3, root2: TREE.root(0, 3) })).toThrow(ProofError);
  });

  it('of equal sizes needs equal roots and an empty path', () => {
    const same = { size1: 5, size2: 5n, root1: TREE.root(0, 5), root2: TREE.root(0, 5), path: [] };
    verifyConsistency(portable, same);
    expect(() => verifyConsistency(portable, { ...same, root2: leaf(0) })).toThrow('trees of the same size');
    expect(() => verifyConsistency(portable, { ...same, path: [leaf(0)] })).toThrow('1 hashes where 0 are needed');
  });

  it('A07: with an empty path is refused for any growth', () => {
    for (let size2 = 2; size2 <= 64; size2++) {
      for (let size1 = 1; size1 < size2; size1++) {
        const roots = { root1: TREE.root(0, size1), root2: TREE.root(0, size2) };
        expect(() => verifyConsistency(portable, { size1, size2, ...roots, path: [] })).toThrow(ProofError);
      }
    }
  });

  it('A11: is refused if any of its hashes is malformed', () => {
    const proof = { size1: 3, size2: 7, root1: TREE.root(0, 3), root2: TREE.root(0, 7), path: TREE.proof(3, 7) };
    verifyConsistency(portable, proof);
    for (const bad of ['', leaf(0).toUpperCase(), undefined as never]) {
      expect(() => verifyConsistency(portable, { ...proof, root1: bad })).toThrow(ProofError);
      expect(() => verifyConsistency(portable, { ...proof, root2: bad })).toThrow('root2 is not 64 lower-case');
      expect(() => verifyConsistency(portable, { ...proof, path: proof.path.with(-1, bad) })).toThrow(ProofError);
    }
  });
});
