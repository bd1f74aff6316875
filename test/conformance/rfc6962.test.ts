/** The reference tree of RFC 6962: eight leaves and the roots of its nine beginnings. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CompactRange, EMPTY_ROOT, leafHash, rootOf } from '../../src/core/merkle/tree.ts';
import { portable } from '../../src/core/platform.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const FILE = 'vectors/rfc6962-reference.json';
const file = sharedFolder(FILE);

interface Reference {
  readonly leafInputsHex: readonly string[];
  readonly rootsBySizeHex: readonly string[];
}

describe.skipIf(file === undefined)(`RFC 6962 reference roots${skippedWithout(FILE)}`, () => {
  const { leafInputsHex, rootsBySizeHex } =
    file === undefined
      ? { leafInputsHex: [], rootsBySizeHex: [] }
      : (JSON.parse(readFileSync(file, 'utf8')) as Reference);
  const leaves = leafInputsHex.map((hex) => leafHash(portable, Buffer.from(hex, 'hex')));

  it('has eight leaves and nine roots', () => {
    expect([leaves.length, rootsBySizeHex.length]).toEqual([8, 9]);
  });

  it('A06: the root of no leaves is the empty root', () => {
    expect(rootsBySizeHex[0]).toBe(EMPTY_ROOT);
  });

  it('every beginning of the list has the reference root, at once and while streaming', () => {
    const range = new CompactRange(portable);
    rootsBySizeHex.forEach((expected, size) => {
      expect(rootOf(portable, leaves.slice(0, size))).toBe(expected);
      expect(range.root()).toBe(expected);
      const next = leaves[size];
      if (next !== undefined) range.append(next);
    });
  });
});
