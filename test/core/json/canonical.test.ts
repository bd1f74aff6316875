import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalText } from '../../../src/core/json/canonical.ts';
import { type Json, JsonNumber } from '../../../src/core/json/value.ts';
import { bytesOf, read } from './documents.ts';

const NOT_JSON: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['a plain number', 1],
  ['NaN', Number.NaN],
  ['a BigInt', 1n],
  ['a symbol', Symbol('x')],
  ['a function', () => 1],
  ['a plain object', { a: 1 }],
  ['an object without a prototype', Object.create(null)],
  ['a Set', new Set(['a'])],
  ['a Date', new Date(0)],
  ['an invalid Date', new Date(Number.NaN)],
  ['a RegExp', /a/],
  ['an Error', new Error('a')],
  ['a boxed string', Object('a')],
  ['a Uint8Array', new Uint8Array(1)],
  ['a WeakMap', new WeakMap()],
  ['a hole in an array', new Array(2)],
  ['a Map whose name is not a string', new Map([[1, 'a']])],
  ['a lone surrogate', 'a\ud800'],
  ['a lone surrogate in a name', new Map([['\udc00', null]])],
  ['a number whose token is none', new JsonNumber('1.')],
  ['a number whose token is not text', new JsonNumber(1 as unknown as string)],
  ['an object with a token', { token: '1' }],
];

describe('the canonical writer', () => {
  it('writes no white space, sorted members, the fewest escapes', () => {
    const text =
      ' { "b" : [ 1.0 , 1E2, "\\u00e9\\/\\u0022\\u005c\\u000A\\u001f\\u007f\\u2028" ] , "a" : { } , "" : [ ] } ';
    expect(canonicalText(read(text))).toBe('{"":[],"a":{},"b":[1,100,"é/\\"\\\\\\n\\u001f\u007f\u2028"]}');
  });

  it('gives UTF-8', () => {
    const value = read('["é中😀"]');
    expect(canonicalBytes(value)).toEqual(bytesOf(canonicalText(value)));
  });

  it('E01: sorts members by UTF-16 code units, not by code points or a locale', () => {
    expect(canonicalText(read('{"\ufb33":1,"\u{1f600}":2,"b":3,"B":4,"é":5,"10":6,"9":7,"":8}'))).toBe(
      '{"":8,"10":6,"9":7,"B":4,"b":3,"é":5,"\u{1f600}":2,"\ufb33":1}',
    );
  });

  it('E02: normalises nothing', () => {
    expect(canonicalText(read('{"\u00e9":1,"e\u0301":2}'))).toBe('{"e\u0301":2,"\u00e9":1}');
  });

  it('D02: writes __proto__ and its like as ordinary members', () => {
    const text = '{"__proto__":{"hash":"forged"},"constructor":1,"toJSON":2}';
    expect(canonicalText(read(text))).toBe(text);
  });

  it('D07, D08, D09: different numbers have different texts, equal ones the same', () => {
    const different = [
      '9007199254740992',
      '9007199254740993',
      '0',
      '-0',
      '1e400',
      '1e401',
      '0.1',
      '0.1000000000000000055511',
    ];
    expect(new Set(different.map((token) => canonicalText(read(token)))).size).toBe(different.length);
    expect(new Set(['100', '1e2', '100.0', '1000E-1'].map((token) => canonicalText(read(token)))).size).toBe(1);
  });

  it.each(NOT_JSON)('E04, E07: %s is a TypeError, alone and within', (_, value) => {
    expect(() => canonicalBytes(value as Json)).toThrow(TypeError);
    expect(() => canonicalBytes([value] as Json)).toThrow(TypeError);
    expect(() => canonicalBytes(new Map([['a', value as Json]]))).toThrow(TypeError);
  });

  it('E05, E06: calls no toJSON, wherever it hangs', () => {
    let calls = 0;
    const toJSON = (): unknown => {
      calls++;
      return { toJSON };
    };
    const spied = (value: object): object => Object.assign(value, { toJSON });
    const value = [spied(new Map([['a', null]])), spied([true]), spied(new JsonNumber('1'))] as unknown as Json;
    const prototypes = [Object.prototype, String.prototype, Array.prototype, Map.prototype];
    try {
      for (const prototype of prototypes)
        Object.defineProperty(prototype, 'toJSON', { value: toJSON, configurable: true });
      expect(canonicalText(value)).toBe('[{"a":null},[true],1]');
      expect(canonicalText('x')).toBe('"x"');
    } finally {
      for (const prototype of prototypes) Reflect.deleteProperty(prototype, 'toJSON');
    }
    expect(calls).toBe(0);
  });

  it('takes a cycle for a mistake of the caller', () => {
    const cycle: Json[] = [];
    cycle.push(cycle);
    expect(() => canonicalText(cycle)).toThrow(TypeError);
  });
});
