import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactRange, EMPTY_ROOT, rootOf } from '../../../src/core/merkle/tree.ts';
import { type Platform, portable } from '../../../src/core/platform.ts';
import { runs } from '../../long.ts';
import { nodeOf, numberedLeaves, ReferenceTree, sha256Hex } from './reference-tree.ts';

const LEAVES = numberedLeaves(600);
const leaf = (index: number): string => LEAVES[index] ?? '';

function rangeOf(leaves: readonly string[], platform: Platform = portable): CompactRange {
  const range = new CompactRange(platform);
  for (const each of leaves) range.append(each);
  return range;
}

/** Counts the node hashes made. */
function countingPlatform(): { readonly platform: Platform; readonly hashes: () => number } {
  let hashes = 0;
  const sha256 = (bytes: Uint8Array): string => {
    hashes += 1;
    return portable.sha256(bytes);
  };
  return { platform: { ...portable, sha256 }, hashes: () => hashes };
}

describe('a compact range', () => {
  it('tells the root at every size on the way, and being asked changes nothing', () => {
    const tree = new ReferenceTree(LEAVES);
    const range = new CompactRange(portable);
    for (let size = 0; size <= 300; size++) {
      expect(range.size).toBe(size);
      expect(range.root()).toBe(tree.root(0, size));
      expect(range.root()).toBe(tree.root(0, size));
      range.append(leaf(size));
    }
  });

  it('A06: of no leaves has the empty root and no nodes', () => {
    const range = new CompactRange(portable);
    expect(range.root()).toBe(EMPTY_ROOT);
    expect(range.root()).toBe(sha256Hex());
    expect(range.nodes).toEqual([]);
    expect(rootOf(portable, [])).toBe(EMPTY_ROOT);
  });

  it('costs less than one node hash an append, and a root no more hashes than it has nodes', () => {
    const { platform, hashes } = countingPlatform();
    const range = rangeOf(LEAVES.slice(0, 512), platform);
    expect(hashes()).toBe(511);
    range.root();
    expect(hashes()).toBe(511);
    for (const each of LEAVES.slice(512, 575)) range.append(each);
    const before = hashes();
    range.root();
    expect(range.nodes.length).toBe(7);
    expect(hashes() - before).toBe(6);
  });

  it('A12: gives its nodes as a copy, and a clone that goes its own way', () => {
    const range = rangeOf(LEAVES.slice(0, 5));
    const root = range.root();
    (range.nodes as string[])[0] = 'x';
    const clone = range.clone();
    clone.append(leaf(5));
    expect(range.root()).toBe(root);
    expect(range.size).toBe(5);
    expect(clone.root()).toBe(rootOf(portable, LEAVES.slice(0, 6)));
    range.append(leaf(7));
    expect(clone.root()).toBe(rootOf(portable, LEAVES.slice(0, 6)));
  });

  it('goes on after being stored and taken up again, at any point', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (before, after) => {
        const stored = rangeOf(LEAVES.slice(0, before));
        const kept = [...stored.nodes];
        const resumed = CompactRange.fromNodes(portable, stored.size, kept);
        kept.fill('changed by the caller afterwards');
        for (const each of LEAVES.slice(before, before + after)) resumed.append(each);
        expect(resumed.root()).toBe(rootOf(portable, LEAVES.slice(0, before + after)));
        expect(resumed.size).toBe(before + after);
      }),
      { numRuns: runs(200, 5000) },
    );
  });

  it('A11: refuses a leaf that is not a hash, at an even and at an odd size, and is then as it was', () => {
    for (const size of [0, 1, 2, 3, 7, 8]) {
      const range = rangeOf(LEAVES.slice(0, size));
      const root = range.root();
      for (const bad of [
        '',
        'abc',
        leaf(1).toUpperCase(),
        `${leaf(1).slice(1)}g`,
        5,
        null,
        undefined,
        new Uint8Array(32),
      ]) {
        expect(() => range.append(bad as never)).toThrow(TypeError);
      }
      expect([range.size, range.root()]).toEqual([size, root]);
      range.append(leaf(size));
      expect(range.root()).toBe(rootOf(portable, LEAVES.slice(0, size + 1)));
    }
  });
});

/** Roots of the perfect subtrees of a tree of `size` leaves; only their number matters here. */
function nodesFor(size: bigint): string[] {
  return LEAVES.slice(0, [...size.toString(2)].filter((bit) => bit === '1').length);
}

/** The nodes of the range after `size` and one more leaf, by the rule of binary addition, on bigint. */
function appended(size: bigint, nodes: readonly string[], added: string): string[] {
  const kept = [...nodes];
  let node = added;
  for (let rest = size; rest % 2n === 1n; rest /= 2n) node = nodeOf(kept.pop() ?? '', node);
  return [...kept, node];
}

describe('A16: sizes that 32 bits cannot hold', () => {
  const edges = [2n ** 31n, 2n ** 32n, 2n ** 33n, 2n ** 40n, 2n ** 52n, 2n ** 53n];
  const sizes = edges.flatMap((edge) => [edge - 3n, edge - 2n, edge - 1n, edge, edge + 1n, edge + 3n]);
  const appendable = sizes.filter((size) => size < BigInt(Number.MAX_SAFE_INTEGER));

  it.each(appendable)('appending to %s leaves joins exactly the subtrees that it should', (size) => {
    const nodes = nodesFor(size);
    const range = CompactRange.fromNodes(portable, Number(size), nodes);
    range.append(leaf(99));
    expect(BigInt(range.size)).toBe(size + 1n);
    expect(range.nodes).toEqual(appended(size, nodes, leaf(99)));
    expect(range.root()).toBe(range.nodes.reduceRight((right, left) => nodeOf(left, right)));
  });

  it('holds for random sizes up to 2^53-2', () => {
    const anySize = fc.bigInt({ min: 0n, max: 2n ** 53n - 2n });
    fc.assert(
      fc.property(anySize, (size) => {
        const range = CompactRange.fromNodes(portable, Number(size), nodesFor(size));
        range.append(leaf(99));
        expect(range.nodes).toEqual(appended(size, nodesFor(size), leaf(99)));
      }),
      { numRuns: runs(1000, 20_000) },
    );
  });

  it('ends at 2^53-1 leaves with a RangeError, and is then as it was', () => {
    const range = CompactRange.fromNodes(portable, Number.MAX_SAFE_INTEGER, LEAVES.slice(0, 53));
    const root = range.root();
    expect(() => range.append(leaf(99))).toThrow(RangeError);
    expect([range.size, range.root()]).toEqual([Number.MAX_SAFE_INTEGER, root]);
  });

  it('A05: a range is not taken up with a size that its nodes do not fit, nor with one that is no count', () => {
    for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '3' as never, 3n as never]) {
      expect(() => CompactRange.fromNodes(portable, size, LEAVES.slice(0, 2))).toThrow(RangeError);
    }
    expect(() => CompactRange.fromNodes(portable, 4, LEAVES.slice(0, 2))).toThrow(RangeError);
    expect(() => CompactRange.fromNodes(portable, 7, LEAVES.slice(0, 2))).toThrow(RangeError);
    expect(() => CompactRange.fromNodes(portable, 2 ** 32 + 1, LEAVES.slice(0, 1))).toThrow(RangeError);
    expect(() => CompactRange.fromNodes(portable, 3, [leaf(0), 'abc'])).toThrow(TypeError);
    expect(() => CompactRange.fromNodes(portable, 3, [leaf(0), leaf(1).toUpperCase()])).toThrow(TypeError);
  });
});
