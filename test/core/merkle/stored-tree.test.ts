/** A tree with all of its nodes, beside the recursions of RFC 9162. */
import { describe, expect, it } from 'vitest';
import { EMPTY_ROOT, StoredTree } from '../../../src/core/merkle/tree.ts';
import { type Platform, portable } from '../../../src/core/platform.ts';
import { numberedLeaves, ReferenceTree, sha256Hex } from './reference-tree.ts';

const LARGEST = 130;
const LEAVES = numberedLeaves(LARGEST);
const REFERENCE = new ReferenceTree(LEAVES);
const fast: Platform = { ...portable, sha256: (bytes) => sha256Hex(bytes) };

function treeOf(size: number): StoredTree {
  const tree = new StoredTree(fast, size);
  for (const leaf of LEAVES.slice(0, size)) tree.append(leaf);
  return tree;
}

describe(`a stored tree of up to ${LARGEST} leaves`, () => {
  it('has the root MTH(D[n]), and for every leaf PATH(m, D[n])', () => {
    for (let size = 1; size <= LARGEST; size++) {
      const tree = treeOf(size);
      expect(tree.root(), `${size} leaves`).toBe(REFERENCE.root(0, size));
      for (let index = 0; index < size; index++) {
        expect(tree.leaf(index)).toBe(LEAVES[index]);
        expect(tree.path(index), `leaf ${index} of ${size}`).toEqual(REFERENCE.path(index, 0, size));
      }
    }
    expect(treeOf(0).root()).toBe(EMPTY_ROOT);
  });

  it('refuses a leaf too many, what is no hash, and questions before its last leaf', () => {
    const tree = new StoredTree(fast, 2);
    tree.append(LEAVES[0] ?? '');
    expect(() => tree.append('A'.repeat(64))).toThrow(TypeError);
    expect(tree.isFull).toBe(false);
    expect(() => tree.root()).toThrow(RangeError);
    expect(() => tree.path(0)).toThrow(RangeError);
    tree.append(LEAVES[1] ?? '');
    expect(() => tree.append(LEAVES[2] ?? '')).toThrow(RangeError);
    for (const index of [-1, 2, Number.NaN]) expect(() => tree.path(index)).toThrow(RangeError);
  });
});
