/** Proofs made from a stream, beside those that the recursions of RFC 9162 give. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PathFollower, verifyConsistency, verifyInclusion } from '../../../src/core/merkle/proof.ts';
import { CompactRange } from '../../../src/core/merkle/tree.ts';
import { type Platform, portable } from '../../../src/core/platform.ts';
import { numberedLeaves, ReferenceTree, sha256Hex } from './reference-tree.ts';

const LARGEST = 130;
const LEAVES = numberedLeaves(LARGEST);
const TREE = new ReferenceTree(LEAVES);
const fast: Platform = { ...portable, sha256: (bytes) => sha256Hex(bytes) };

function rangeOf(leaves: readonly string[]): CompactRange {
  const range = new CompactRange(fast);
  for (const leaf of leaves) range.append(leaf);
  return range;
}

describe(`proofs made while up to ${LARGEST} leaves stream by`, () => {
  it('of inclusion are PATH(m, D[n]), whenever they are asked for', () => {
    for (let index = 0; index < LARGEST; index++) {
      const follower = PathFollower.ofNextLeaf(fast, rangeOf(LEAVES.slice(0, index)));
      for (let size = index + 1; size <= LARGEST; size++) {
        if (size > index + 1) follower.append(LEAVES[size - 1] ?? '');
        expect(follower.path(), `leaf ${index} of ${size}`).toEqual(TREE.path(index, 0, size));
      }
    }
  });

  it('of consistency are PROOF(m, D[n]), whenever they are asked for', () => {
    for (let size1 = 1; size1 <= LARGEST; size1++) {
      const { follower, seed } = PathFollower.ofTree(fast, rangeOf(LEAVES.slice(0, size1)));
      for (let size2 = size1; size2 <= LARGEST; size2++) {
        if (size2 > size1) follower.append(LEAVES[size2 - 1] ?? '');
        const path = size2 === size1 ? [] : [...(seed === undefined ? [] : [seed]), ...follower.path()];
        expect(path, `${size1} of ${size2}`).toEqual(TREE.proof(size1, size2));
      }
    }
  });

  it('from an empty tree are refused: everything begins with nothing', () => {
    expect(() => PathFollower.ofTree(fast, new CompactRange(fast))).toThrow(RangeError);
  });
});

it('a proof from a large tree verifies', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), fc.nat(), (size, nth, other) => {
      const leaves = numberedLeaves(size);
      const [index, size1] = [nth % size, 1 + (other % size)];
      const follower = PathFollower.ofNextLeaf(fast, rangeOf(leaves.slice(0, index)));
      for (const leaf of leaves.slice(index + 1)) follower.append(leaf);
      const root = rangeOf(leaves).root();
      const leafHash = leaves[index] ?? '';
      verifyInclusion(fast, { leafIndex: index, treeSize: size, leafHash, path: follower.path(), root });

      const old = rangeOf(leaves.slice(0, size1));
      const { follower: growth, seed } = PathFollower.ofTree(fast, old);
      for (const leaf of leaves.slice(size1)) growth.append(leaf);
      const path = size1 === size ? [] : [...(seed === undefined ? [] : [seed]), ...growth.path()];
      verifyConsistency(fast, { size1, size2: size, root1: old.root(), root2: root, path });
    }),
    { numRuns: 60 },
  );
});
