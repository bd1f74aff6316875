import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_ROOT, leafHash, nodeHash } from '../../../src/core/merkle/tree.ts';
import { hexOf, portable } from '../../../src/core/platform.ts';
import { runs } from '../../long.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexOf);

/** What a caller without types could pass. */
function untyped(value: unknown): never {
  return value as never;
}

describe('the hash of a leaf', () => {
  it('is SHA-256 of 0x00 and the input, for inputs of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (input) => {
        expect(leafHash(portable, input)).toBe(sha256(Buffer.concat([Buffer.from([0]), input])));
      }),
      { numRuns: runs(500, 5000) },
    );
    for (const length of [0x3ffe, 0x3fff, 0x4000, 0x4001, 0x10000]) {
      const input = new Uint8Array(length).fill(length % 251);
      expect(leafHash(portable, input)).toBe(sha256(Buffer.concat([Buffer.from([0]), input])));
    }
  });

  it('keeps nothing of a longer input hashed before', () => {
    leafHash(portable, new Uint8Array(1000).fill(7));
    expect(leafHash(portable, new Uint8Array(0))).toBe(sha256(Uint8Array.of(0)));
  });

  it('A11: takes bytes only, and refuses text, numbers and other views as a TypeError', () => {
    const notBytes = ['', 'abc', '0x', 'FACE', 10, 1.5, -1, null, undefined, [1, 2], new ArrayBuffer(4), {}];
    for (const input of [...notBytes, new Uint16Array(2), new DataView(new ArrayBuffer(2))]) {
      expect(() => leafHash(portable, untyped(input))).toThrow(TypeError);
    }
    expect(leafHash(portable, Buffer.from('abc'))).toBe(sha256(Buffer.from('\0abc')));
  });

  it('A12: hashes on entry, so changing the input afterwards changes nothing, and leaves the input as it was', () => {
    const input = Uint8Array.of(1, 2, 3);
    const before = leafHash(portable, input);
    expect([...input]).toEqual([1, 2, 3]);
    input[0] = 9;
    expect(before).toBe(sha256(Uint8Array.of(0, 1, 2, 3)));
    expect(leafHash(portable, input)).not.toBe(before);
  });
});

describe('the hash of an inner node', () => {
  it('is SHA-256 of 0x01 and both children, in that order', () => {
    fc.assert(
      fc.property(hash, hash, (left, right) => {
        expect(nodeHash(portable, left, right)).toBe(sha256(Buffer.from(`01${left}${right}`, 'hex')));
      }),
      { numRuns: runs(500, 5000) },
    );
  });

  it('A01: is never the hash of a leaf made of the same children', () => {
    fc.assert(
      fc.property(hash, hash, (left, right) => {
        const children = Buffer.from(left + right, 'hex');
        expect(leafHash(portable, children)).not.toBe(nodeHash(portable, left, right));
      }),
      { numRuns: runs(500, 5000) },
    );
  });

  it('A11: refuses a child in any form but 64 lower-case hexadecimal digits', () => {
    const good = EMPTY_ROOT;
    const bytes = Buffer.from(good, 'hex');
    const changed = (at: number, by: string): string => good.slice(0, at) + by + good.slice(at + 1);
    const forms: unknown[] = [
      '',
      '0x',
      good.slice(1),
      `${good}0`,
      `0x${good.slice(2)}`,
      good.toUpperCase(),
      bytes,
      null,
    ];
    for (let at = 0; at < 64; at++)
      for (const by of ['g', 'A', ' ', '\0', '/', ':', '`', 'é', '０']) forms.push(changed(at, by));
    forms.push(undefined, 5, [...good], 'z'.repeat(64));
    for (const bad of forms) {
      expect(() => nodeHash(portable, untyped(bad), good)).toThrow(TypeError);
      expect(() => nodeHash(portable, good, untyped(bad))).toThrow(TypeError);
    }
  });
});

it('A06: the empty root is SHA-256 of no bytes', () => {
  expect(EMPTY_ROOT).toBe(sha256(new Uint8Array(0)));
});
