/** Three ways to one root: the compact range, the definition of RFC 9162 §2.1.1 by recursion, and merkletreejs. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { MerkleTree } from 'merkletreejs';
import { describe, expect, it } from 'vitest';
import { CompactRange, leafHash, rootOf } from '../../src/core/merkle/tree.ts';
import { hexOf, portable } from '../../src/core/platform.ts';
import { runs } from '../long.ts';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** MTH(D[n]) as the RFC writes it, over the leaf inputs. */
function rootByDefinition(inputs: readonly Uint8Array[]): Buffer {
  const [only] = inputs;
  if (only === undefined) return sha256();
  if (inputs.length === 1) return sha256(Buffer.of(0), only);
  let k = 1;
  while (2 * k < inputs.length) k *= 2;
  return sha256(Buffer.of(1), rootByDefinition(inputs.slice(0, k)), rootByDefinition(inputs.slice(k)));
}

/**
 * merkletreejs with the node hash of RFC 9162: by default it lets an odd node rise unhashed, which makes the same tree.
 * Not for no leaves, where its root is empty.
 */
function rootByMerkletreejs(inputs: readonly Uint8Array[]): Buffer {
  const leaves = inputs.map((input) => sha256(Buffer.of(0), input));
  return new MerkleTree(leaves, (pair: Buffer) => sha256(Buffer.of(1), pair)).getRoot();
}

function expectOneRoot(inputs: readonly Uint8Array[]): void {
  const range = new CompactRange(portable);
  const leaves = inputs.map((input) => leafHash(portable, input));
  for (const leaf of leaves) range.append(leaf);
  const expected = rootByDefinition(inputs).toString('hex');
  expect(range.root()).toBe(expected);
  expect(rootOf(portable, leaves)).toBe(expected);
  if (inputs.length > 0) expect(hexOf(rootByMerkletreejs(inputs))).toBe(expected);
}

describe('a compact range, the definition of RFC 9162 and merkletreejs', () => {
  it('give one root for every number of leaves from 1 to 300', () => {
    const inputs = Array.from({ length: 300 }, (_, index) => Buffer.from(`leaf ${index}`));
    for (let size = 1; size <= 300; size++) expectOneRoot(inputs.slice(0, size));
  });

  it('give one root for random lists of random leaves, repeated ones among them', () => {
    const input = fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(new Uint8Array(0), Uint8Array.of(0)));
    fc.assert(fc.property(fc.array(input, { maxLength: 100 }), expectOneRoot), { numRuns: runs(300, 10_000) });
  });

  it('A02: A03: agree that neither a repeated last leaf nor a joined pair has the same root', () => {
    const [a, b, c] = [Buffer.from('A'), Buffer.from('B'), Buffer.from('C')];
    const joined = Buffer.concat([sha256(Buffer.of(0), a), sha256(Buffer.of(0), b)]);
    const roots = [
      [a, b, c],
      [a, b, c, c],
      [joined, c],
    ].map((inputs) => {
      expectOneRoot(inputs);
      return rootByDefinition(inputs).toString('hex');
    });
    expect(new Set(roots).size).toBe(3);
  });
});
