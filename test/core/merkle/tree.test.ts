import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash, nodeHash, rootOf } from '../../../src/core/merkle/tree.ts';
import { type Hash, hexOf, portable, utf8 } from '../../../src/core/platform.ts';
import { runs } from '../../long.ts';
import { numberedLeaves } from './reference-tree.ts';

const leavesOf = (...texts: readonly string[]): Hash[] => texts.map((text) => leafHash(portable, utf8(text)));
const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexOf);
const root = (leaves: Iterable<Hash>): Hash => rootOf(portable, leaves);

describe('the root of a list of leaves', () => {
  it('A01: is not the root of a shorter list whose leaves are its inner nodes', () => {
    fc.assert(
      fc.property(fc.array(anyHash, { minLength: 2, maxLength: 40 }), (leaves) => {
        const pairs: Hash[] = [];
        for (let at = 0; at + 1 < leaves.length; at += 2) {
          pairs.push(leafHash(portable, Buffer.from(`${leaves[at]}${leaves[at + 1]}`, 'hex')));
        }
        if (leaves.length % 2 === 1) pairs.push(leaves.at(-1) ?? '');
        expect(root(pairs)).not.toBe(root(leaves));
      }),
      { numRuns: runs(200, 5000) },
    );
  });

  it('A02: changes when the last leaf, or the last leaves, are there twice', () => {
    const leaves = numberedLeaves(130);
    for (let size = 1; size <= 130; size++) {
      const list = leaves.slice(0, size);
      for (let repeated = 1; repeated <= Math.min(size, 8); repeated++) {
        expect(root([...list, ...list.slice(-repeated)])).not.toBe(root(list));
      }
    }
    const six = leavesOf('1', '2', '3', '4', '5', '6');
    expect(root([...six, ...leavesOf('5', '6')])).not.toBe(root(six));
  });

  it('A03: of three leaves is not that of the first two joined and the third', () => {
    const [a = '', b = '', c = ''] = leavesOf('A', 'B', 'C');
    const joinedAsLeaf = leafHash(portable, Buffer.from(a + b, 'hex'));
    expect(root([a, b, c])).toBe(nodeHash(portable, nodeHash(portable, a, b), c));
    expect(root([joinedAsLeaf, c])).not.toBe(root([a, b, c]));
  });

  it('A05: goes with one number of leaves: no proper beginning of a list has its root', () => {
    const leaves = numberedLeaves(150);
    const roots = new Set(Array.from({ length: 151 }, (_, size) => root(leaves.slice(0, size))));
    expect(roots.size).toBe(151);
  });

  it('changes with any exchange of two leaves that differ', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyHash, { minLength: 2, maxLength: 60 }), fc.nat(), fc.nat(), (leaves, i, j) => {
        const [first, second] = [i % leaves.length, j % leaves.length];
        fc.pre(first !== second);
        const exchanged = [...leaves];
        [exchanged[first], exchanged[second]] = [leaves[second] ?? '', leaves[first] ?? ''];
        expect(root(exchanged)).not.toBe(root(leaves));
      }),
      { numRuns: runs(300, 5000) },
    );
  });

  it('A12: is not changed by changing the bytes of a leaf, or the list, afterwards', () => {
    const input = utf8('evidence');
    const leaves = [leafHash(portable, input)];
    const before = root(leaves);
    input.fill(0);
    leaves.push(leafHash(portable, input));
    expect(before).toBe(root(leavesOf('evidence')));
  });

  it('is taken from any iterable, read once', () => {
    const leaves = leavesOf('a', 'b', 'c');
    expect(root(leaves.values())).toBe(root(leaves));
    expect(root(new Set(leaves))).toBe(root(leaves));
  });
});
