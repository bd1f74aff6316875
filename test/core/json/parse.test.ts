import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { type ParseLimits, parseJson } from '../../../src/core/json/parse.ts';
import { type Json, JsonNumber } from '../../../src/core/json/value.ts';
import { portable } from '../../../src/core/platform.ts';
import { bytesOf, platform, read, thrownBy } from './documents.ts';

interface Refusal {
  readonly kind: string;
  readonly reason: string;
  readonly where: { readonly line: number; readonly byteOffset: number };
}

function refusal(input: string | readonly number[], limits: ParseLimits = {}): Refusal {
  const bytes = typeof input === 'string' ? bytesOf(input) : Uint8Array.from(input);
  const error = thrownBy(() => parseJson(platform, bytes, 0, bytes.length, limits));
  expect(error).toBeInstanceOf(EvidenceError);
  const { kind, reason, where } = error as EvidenceError;
  return { kind, reason, where: where as Refusal['where'] };
}

function malformed(reason: string, byteOffset: number, line = 1): Refusal {
  return { kind: 'input-malformed', reason, where: { line, byteOffset } };
}

const quoted = (...bytes: readonly number[]): readonly number[] => [0x22, ...bytes, 0x22];
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('the strict reader', () => {
  it('gives members in the order of the text, numbers as their tokens', () => {
    const value = read(' {"b" : [1.10, -0, true, false, null],\n"a":{"" : "x\\n\\u00e9\\ud83d\\ude00/\\/"}}\t');
    const expected: Json = new Map<string, Json>([
      ['b', [new JsonNumber('1.10'), new JsonNumber('-0'), true, false, null]],
      ['a', new Map([['', 'x\né😀//']])],
    ]);
    expect(value).toEqual(expected);
    expect([...(value as ReadonlyMap<string, Json>).keys()]).toEqual(['b', 'a']);
  });

  it('reads the same with the portable decoder', () => {
    const text = '{"é":"中😀\\ud83d\\ude00","x":[1e5]}';
    expect(parseJson(portable, bytesOf(text))).toEqual(read(text));
  });

  it('reads a slice of the bytes and counts offsets from their beginning, lines from its own', () => {
    const bytes = bytesOf('\n\n[1]\n{"a":\n?}');
    expect(parseJson(platform, bytes, 2, 5)).toEqual([new JsonNumber('1')]);
    expect(thrownBy(() => parseJson(platform, bytes, 6))).toMatchObject({ where: { byteOffset: 12, line: 2 } });
    expect(thrownBy(() => parseJson(platform, bytes, 2, 4))).toMatchObject({
      reason: 'unexpected end of the JSON text',
      where: { byteOffset: 4, line: 1 },
    });
  });

  it('never looks behind the end of its slice', () => {
    for (const whole of ['"\\ud800\\udc00"', '"é"', '"中"', '"😀"', 'true', '12', '"\\n"', '\ufeff1']) {
      const bytes = bytesOf(whole);
      for (let end = 0; end < bytes.length; end++) {
        const error = thrownBy(() => parseJson(platform, bytes, 0, end));
        if (error === undefined) expect(whole.slice(0, end)).toMatch(/^[0-9]+$/);
        else expect((error as EvidenceError).where.byteOffset).toBeLessThanOrEqual(end);
      }
    }
  });

  it('D01: refuses two members of one name, at the second one', () => {
    expect(refusal('{"hash":"A","hash":"B"}')).toEqual(malformed('duplicate member name', 12));
    expect(refusal('{"a":{"x":1,\n"y":2,"x":1}}')).toEqual(malformed('duplicate member name', 19, 2));
  });

  it('D01: refuses two members of one name when an escape hides it', () => {
    expect(refusal('{"hash":"A","\\u0068ash":"B"}')).toEqual(malformed('duplicate member name', 12));
    expect(refusal('{"\\ud83d\\ude00":1,"😀":1}').reason).toBe('duplicate member name');
    expect(refusal('{"__proto__":1,"__proto__":1}').reason).toBe('duplicate member name');
  });

  it('D02: keeps __proto__ and its like as ordinary members', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', 'toJSON', 'size', 'get'];
    const value = read(`{${names.map((name) => `"${name}":"${name}"`).join(',')}}`) as ReadonlyMap<string, Json>;
    expect([...value]).toEqual(names.map((name) => [name, name]));
    expect(({} as Record<string, unknown>)['hash']).toBeUndefined();
  });

  it('D04: refuses lone surrogates, in values and in names', () => {
    const reason = 'lone surrogate in a string';
    expect(refusal('"\\ud800"')).toEqual(malformed(reason, 1));
    expect(refusal('{"a\\udc00":1}')).toEqual(malformed(reason, 3));
    for (const text of [
      '"\\ud800x"',
      '"\\ud800\\n"',
      '"\\ud800\\ud800"',
      '"\\ud800\\u0041"',
      '"\\udfff\\ud800"',
      '"\\uDbFf"',
    ]) {
      expect(refusal(text).reason, text).toBe(reason);
    }
    expect(read('"\\uD800\\uDC00\\uDBFF\\uDFFF"')).toBe('\u{10000}\u{10ffff}');
  });

  it.each([
    ['a stray continuation', [0x80]],
    ['a byte that is never used', [0xff]],
    ['an overlong form of two bytes', [0xc0, 0xaf]],
    ['an overlong form of two bytes, C1', [0xc1, 0xbf]],
    ['an overlong form of three bytes', [0xe0, 0x9f, 0xbf]],
    ['an overlong form of four bytes', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['a surrogate (CESU-8)', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['a value above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a lead byte above F4', [0xf5, 0x80, 0x80, 0x80]],
    ['a sequence of two cut off', [0xc3]],
    ['a sequence of three cut off', [0xe4, 0xb8]],
    ['a sequence of four cut off', [0xf0, 0x9f, 0x98]],
    ['a sequence broken by a character', [0xe4, 0xb8, 0x41]],
  ] as const)('D05: refuses invalid UTF-8: %s', (_, bytes) => {
    expect(refusal(quoted(...bytes))).toEqual(malformed('invalid UTF-8 in a string', 1));
    expect(refusal([0x22, ...bytes])).toMatchObject({ kind: 'input-malformed' });
  });

  it('D05: reads the first and last character of every length', () => {
    for (const text of ['\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}']) {
      expect(read(`"${text}"`)).toBe(text);
    }
  });

  it('D06: refuses a byte order mark, and reads U+FEFF within a string', () => {
    expect(refusal('\ufeff{}')).toEqual(malformed('byte order mark', 0));
    expect(refusal(' \ufeff{}')).toEqual(malformed('unexpected byte 0xef', 1));
    expect(refusal([0xff, 0xfe, 0x5b, 0x00])).toEqual(malformed('unexpected byte 0xff', 0));
    expect(read('"\ufeff"')).toBe('\ufeff');
  });

  it('D07, D08: keeps number tokens as they are', () => {
    for (const token of ['9007199254740993', '10.5000000000000000001', '1E400', '-0', '1e-999', '0.10e+01']) {
      expect(read(token)).toEqual(new JsonNumber(token));
    }
  });

  it.each([
    ['NaN', 'unexpected byte 0x4e', 0],
    ['-Infinity', 'unexpected byte 0x49', 1],
    ['01', 'leading zero in a number', 0],
    ['[-012]', 'leading zero in a number', 1],
    ['+1', 'unexpected byte 0x2b', 0],
    ['.5', 'unexpected byte 0x2e', 0],
    ['5.', 'unexpected end of the JSON text', 2],
    ['5.e1', 'unexpected byte 0x65', 2],
    ['0x10', 'text after the end of the JSON value', 1],
    ['1e+', 'unexpected end of the JSON text', 3],
    ['-', 'unexpected end of the JSON text', 1],
    ['1_000', 'text after the end of the JSON value', 1],
  ] as const)('D09: refuses the number %s', (text, reason, byteOffset) => {
    expect(refusal(text)).toEqual(malformed(reason, byteOffset));
  });

  it('D09: refuses an exponent of more than 1000 digits as a limit, with its place', () => {
    const error = refusal(`\n[1e1${'0'.repeat(1000)}]`);
    expect(error).toEqual({
      kind: 'input-limit',
      reason: 'number with an exponent of more than 1000 digits',
      where: { line: 2, byteOffset: 2 },
    });
  });

  it('D10: reads 127 and 128 containers in one another and refuses 129', () => {
    expect(() => read(nested(127))).not.toThrow();
    expect(() => read(nested(128))).not.toThrow();
    expect(refusal(nested(129))).toMatchObject({ kind: 'input-limit', where: { byteOffset: 128 } });
    expect(refusal(`${'{"a":'.repeat(129)}1${'}'.repeat(129)}`)).toMatchObject({ kind: 'input-limit' });
  });

  it('D10: refuses a million containers at the depth limit, without a RangeError', () => {
    expect(refusal('['.repeat(1_000_000))).toMatchObject({ kind: 'input-limit', where: { byteOffset: 128 } });
    expect(refusal('[{"a":'.repeat(1_000_000))).toMatchObject({ kind: 'input-limit' });
  });

  it('D10: counts depth from the outermost container and takes another limit', () => {
    expect(refusal('[]', { maxDepth: 0 })).toMatchObject({
      kind: 'input-limit',
      reason: 'nested deeper than 0 levels',
    });
    const bytes = bytesOf(nested(1000));
    expect(() => parseJson(platform, bytes, 0, bytes.length, { maxDepth: 1000 })).not.toThrow();
    expect(() => read(`[${'[],'.repeat(1000)}[]]`)).not.toThrow();
  });

  it.each([
    ['{} {}', 'text after the end of the JSON value', 3],
    ['1,', 'text after the end of the JSON value', 1],
    ['[1]/* x */', 'text after the end of the JSON value', 3],
    ['// x\n1', 'unexpected byte 0x2f', 0],
    ['[1,]', 'unexpected byte 0x5d', 3],
    ['{"a":1,}', 'unexpected byte 0x7d', 7],
    ['[1 2]', 'unexpected byte 0x32', 3],
    ['{"a" 1}', 'unexpected byte 0x31', 5],
    ['{a:1}', 'unexpected byte 0x61', 1],
    ["['a']", 'unexpected byte 0x27', 1],
    ['\u00a01', 'unexpected byte 0xc2', 0],
    ['\f1', 'unexpected byte 0x0c', 0],
    ['tru', 'unexpected end of the JSON text', 3],
    ['True', 'unexpected byte 0x54', 0],
    ['nulL', 'unexpected byte 0x4c', 3],
    ['', 'unexpected end of the JSON text', 0],
    [' \n', 'unexpected end of the JSON text', 2],
    ['"a\tb"', 'control character 0x09 in a string', 2],
    ['"a\\x41"', 'unknown escape in a string', 2],
    ['"\\u00g0"', 'unexpected byte 0x67', 5],
    ['"\\U0041"', 'unknown escape in a string', 1],
    ['"abc', 'unexpected end of the JSON text', 4],
    ['"abc\\', 'unexpected end of the JSON text', 5],
    ['[1}', 'unexpected byte 0x7d', 2],
  ] as const)('D12: refuses what is outside RFC 8259: %j', (text, reason, byteOffset) => {
    const error = refusal(text);
    expect(error).toMatchObject({ kind: 'input-malformed', reason, where: { byteOffset } });
  });

  it('names no content of the evidence in a reason', () => {
    for (const text of ['{"secret":1,"secret":2}', '"secret\\q"', '"secret\\ud800"', '"secret', 'secret', '[secret']) {
      expect(refusal(text).reason).not.toMatch(/secr/);
    }
  });

  it('takes a slice or a depth out of range for a mistake of the caller', () => {
    const bytes = bytesOf('[]');
    for (const [start, end] of [
      [-1, 2],
      [1, 0],
      [0, 3],
      [Number.NaN, 2],
    ] as const) {
      expect(() => parseJson(platform, bytes, start, end)).toThrow(RangeError);
    }
    expect(() => parseJson(platform, bytes, 0, 2, { maxDepth: 1001 })).toThrow(RangeError);
  });
});
