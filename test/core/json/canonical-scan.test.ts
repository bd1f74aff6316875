import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../../src/core/json/canonical.ts';
import { CanonicalScan } from '../../../src/core/json/fast/canonical-scan.ts';
import { bytesOf, platform, read } from './documents.ts';

const scanner = new CanonicalScan(platform);

function isCanonical(text: string): boolean {
  const bytes = bytesOf(text);
  return scanner.scan(bytes, 0, bytes.length);
}

/** An object of `count` members with names of one length. */
function wide(count: number): string {
  return `{${Array.from({ length: count }, (_, i) => `"m${String(i).padStart(4, '0')}":${i}`).join(',')}}`;
}

describe('the scan for canonical text', () => {
  it('finds the top-level members', () => {
    const text = '{"a":[1,{"b":2}],"z":{"y":null},"é":"x\\n"}';
    const bytes = bytesOf(`  ${text}  `);
    expect(scanner.scan(bytes, 2, bytes.length - 2)).toBe(true);
    const slice = (start = 0, end = 0): string => platform.text(bytes, start, end);
    const members = Array.from({ length: scanner.count }, (_, i) => [
      slice(scanner.keyStart[i], scanner.keyEnd[i]),
      slice(scanner.valueStart[i], scanner.valueEnd[i]),
    ]);
    expect(members).toEqual([
      ['a', '[1,{"b":2}]'],
      ['z', '{"y":null}'],
      ['é', '"x\\n"'],
    ]);
  });

  it.each([
    '{}',
    '{"":""}',
    '{"a":-0,"b":0,"c":-12,"d":1.5,"e":1e+21,"f":1e-7,"g":999999999999999999999}',
    '{"a":9007199254740993,"b":333333333.33333329,"c":1.234567890123456789012e+21}',
    '{"\\u0000":1,"\\u001f":2,"\\"":3,"\\\\":4}',
    '{"":1,"\\u0000":2,"\\b":3,"\\t":4,"\\n":5,"\\f":6,"\\r":7,"/":8,"\u007f":9,"\u2028":10}',
    '{"\u{1f600}":1,"\ufb33":2}',
    '{"a":{"a":1,"b":{"a":2}},"b":{"a":3}}',
    '{"a":true,"b":false,"c":null,"d":[[],{},[[]]]}',
  ])('accepts %s', (text) => {
    expect(isCanonical(text)).toBe(true);
    expect(canonicalBytes(read(text))).toEqual(bytesOf(text));
  });

  it.each([
    ['D01: a duplicate', '{"a":1,"a":2}'],
    ['D01: a duplicate below', '{"x":{"a":1,"a":2}}'],
    ['members out of order', '{"b":1,"a":2}'],
    ['E01: members in the order of code points', '{"\ufb33":1,"\u{1f600}":2}'],
    ['an escape out of order', '{"\\n":1,"\\b":2}'],
    ['a prefix out of order', '{"ab":1,"a":2}'],
    ['white space', '{"a": 1}'],
    ['white space at the end', '{"a":1} '],
    ['an escape that is not needed', '{"a":"\\u0061"}'],
    ['an escaped slash', '{"a":"\\/"}'],
    ['an upper-case escape', '{"a":"\\u001F"}'],
    ['a long escape for a short one', '{"a":"\\u000a"}'],
    ['an escaped DEL', '{"a":"\\u007f"}'],
    ['a control character', '{"a":"\n"}'],
    ['D04: a lone surrogate', '{"a":"\\ud800"}'],
    ['D09: a leading zero', '{"a":01}'],
    ['D09: a plus', '{"a":+1}'],
    ['a fraction of zero', '{"a":1.0}'],
    ['an exponent that is not needed', '{"a":1e2}'],
    ['an upper-case exponent', '{"a":1E+21}'],
    ['an exponent without a plus', '{"a":1e21}'],
    ['22 digits in a row', '{"a":1000000000000000000000}'],
    ['a lonely minus', '{"a":-}'],
    ['a cut-off fraction', '{"a":1.}'],
    ['no value', '{"a":}'],
    ['no name', '{:1}'],
    ['a comma too many', '{"a":1,}'],
    ['D12: a second object', '{}{}'],
    ['D12: a comma at the end', '{},'],
    ['an array', '[]'],
    ['a string', '"a"'],
    ['nothing', ''],
    ['an open end', '{'],
    ['an open string', '{"a'],
    ['an open escape', '{"a\\'],
    ['D06: a byte order mark', '\ufeff{}'],
  ])('refuses %s', (_, text) => {
    expect(isCanonical(text)).toBe(false);
    expect(scanner.count).toBe(0);
  });

  it('D05: refuses invalid UTF-8', () => {
    for (const bad of [[0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe4, 0xb8], [0xff]]) {
      const bytes = Uint8Array.from([...bytesOf('{"a":"'), ...bad, ...bytesOf('"}')]);
      expect(scanner.scan(bytes, 0, bytes.length)).toBe(false);
    }
  });

  it('D10: accepts 128 containers in one another, refuses 129 and a million', () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expect(isCanonical(nested(127))).toBe(true);
    expect(isCanonical(nested(128))).toBe(true);
    expect(isCanonical(nested(129))).toBe(false);
    expect(isCanonical(nested(1_000_000))).toBe(false);
    expect(isCanonical('{"a":'.repeat(1_000_000))).toBe(false);
  });

  it('accepts 64 members of its own and leaves more to the simple way', () => {
    expect(isCanonical(wide(64))).toBe(true);
    expect(scanner.count).toBe(64);
    expect(isCanonical(wide(65))).toBe(false);
    expect(isCanonical(`{"a":${wide(500)}}`)).toBe(true);
  });

  it('never looks behind the end that it was given', () => {
    const bytes = bytesOf('{"a":{"b":[true,"é\\u0001",1.5]}}');
    for (let end = 0; end < bytes.length; end++) expect(scanner.scan(bytes, 0, end)).toBe(false);
    expect(scanner.scan(bytes, 0, bytes.length + 1)).toBe(false);
    expect(scanner.scan(bytes, -1, bytes.length)).toBe(false);
    expect(scanner.scan(bytes, 0, bytes.length)).toBe(true);
  });
});
