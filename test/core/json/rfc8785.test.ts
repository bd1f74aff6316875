import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { canonicalizeRfc8785, canonicalText } from '../../../src/core/json/canonical.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { read, thrownBy } from './documents.ts';

describe('plain RFC 8785', () => {
  it('rounds numbers to doubles, as others do', () => {
    expect(canonicalizeRfc8785(read('[333333333.33333329,9007199254740993,-0,1e-999,1e21]'))).toBe(
      '[333333333.3333333,9007199254740992,0,0,1e+21]',
    );
  });

  it('D02: keeps __proto__ and its like', () => {
    const text = '{"__proto__":{"hash":"forged"},"constructor":[{"__proto__":null}],"toJSON":1,"toString":{}}';
    expect(canonicalizeRfc8785(read(text))).toBe(text);
  });

  it('D09: refuses numbers beyond the range of a double', () => {
    const error = thrownBy(() => canonicalizeRfc8785(read('{"a":[-1e400]}')));
    expect(error).toBeInstanceOf(EvidenceError);
    expect(error).toMatchObject({ kind: 'input-malformed', reason: 'number beyond the range of a double' });
  });

  it('E04: takes what is not JSON for a mistake of the caller', () => {
    const cycle: Json[] = [];
    cycle.push(cycle);
    for (const value of [
      undefined,
      1,
      { a: 1 },
      () => 1,
      new Array(1),
      'a\ud800',
      new Map([['\ud800', null]]),
      cycle,
    ]) {
      expect(() => canonicalizeRfc8785(value as Json)).toThrow(TypeError);
    }
  });

  it.each([
    ['lists', (inner: Json): Json => [inner]],
    ['objects', (inner: Json): Json => new Map([['a', inner]])],
  ])('writes %s as deep as the canonical writer does, and no deeper', (_, around) => {
    const nested = (depth: number): Json => (depth === 0 ? null : around(nested(depth - 1)));
    expect(canonicalizeRfc8785(nested(1000))).toBe(canonicalText(nested(1000)));
    for (const write of [canonicalizeRfc8785, canonicalText])
      expect(() => write(nested(1001))).toThrow(/deeper than 1000/);
  });

  it('E05, E06: calls no toJSON from a patched prototype', () => {
    const prototypes = [Object.prototype, String.prototype, Array.prototype, Number.prototype];
    const toJSON = (): string => 'forged';
    try {
      for (const prototype of prototypes)
        Object.defineProperty(prototype, 'toJSON', { value: toJSON, configurable: true });
      expect(canonicalizeRfc8785(read('{"a":[1,{"b":"c"},[]]}'))).toBe('{"a":[1,{"b":"c"},[]]}');
    } finally {
      for (const prototype of prototypes) Reflect.deleteProperty(prototype, 'toJSON');
    }
  });
});
