/** Each conversion: what it makes of a value to the last digit, and which values it refuses. */
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/json/canonical.ts';
import { jsonFrom } from '../../src/core/json/from-plain.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import { type Conversion, converted } from '../../src/core/migration/convert.ts';
import { MapMismatch, mismatch } from '../../src/core/migration/mismatch.ts';
import { portable, utf8 } from '../../src/core/platform.ts';

/** Canonical text of what comes of the JSON text `from`, and the loss; undefined if it is refused. */
function made(to: Conversion, from: string): readonly [string, string | undefined] | undefined {
  try {
    const { result, loss } = converted(parseJson(portable, utf8(from)), to, () => mismatch('not there'), '/x');
    return [canonicalText(result), loss];
  } catch (fault) {
    if (fault instanceof MapMismatch) return undefined;
    throw fault;
  }
}

const zone = (name: string, fold?: 'earlier' | 'later'): Conversion => ({ zone: name, fold });
const values = (table: Record<string, unknown>, merged: readonly string[] = []): Conversion => ({
  values: new Map(Object.entries(table).map(([from, to]) => [from, jsonFrom(to)])),
  merged: new Set(merged),
});

const MADE: readonly (readonly [Conversion, from: string, to: string, loss?: string])[] = [
  [zone('UTC'), '"2026-01-01 00:00:01.500"', '"2026-01-01T00:00:01.500Z"'],
  [zone('Europe/Berlin'), '"2026-07-01T12:00:00"', '"2026-07-01T10:00:00Z"'],
  [zone('Europe/Berlin', 'later'), '"2026-10-25T02:30:00"', '"2026-10-25T01:30:00Z"'],
  [zone('Europe/Berlin', 'earlier'), '"2026-10-25T02:30:00"', '"2026-10-25T00:30:00Z"'],
  [zone('UTC'), '"2026-01-01T02:00:00.1234567890+02:00"', '"2026-01-01T00:00:00.1234567890Z"'],
  [{ offset: '+00:00' }, '"2026-01-01T00:00:00Z"', '"2026-01-01T00:00:00+00:00"'],
  [{ offset: '-05:30' }, '"2026-03-01T00:00:00.000001Z"', '"2026-02-28T18:30:00.000001-05:30"'],
  [values({ push: 'create', n: 1 }), '"push"', '"create"'],
  [values({ a: 'x', b: 'x' }, ['a', 'b']), '"a"', '"x"', 'merged'],
  [{ scale: 2 }, '"1.5"', '"1.50"'],
  [{ scale: 2 }, '"-0.1000"', '"-0.10"'],
  [{ scale: 0 }, '"7.000"', '"7"'],
  [{ scale: 2 }, '1.50', '1.5'],
  [{ scale: 7 }, '1e-7', '1e-7'],
  [{ scale: 8 }, '1.50e-7', '1.5e-7'],
  [{ scale: 0 }, '12345678901234567890123', '1.2345678901234567890123e+22'],
  [{ scale: 30 }, '0.123456789012345678901234567890', '0.12345678901234567890123456789'],
  [{ json: 'value' }, '"{\\"b\\":1.50,\\"a\\":2}"', '{"a":2,"b":1.5}', 'respelled'],
  [{ json: 'value' }, '"[12345678901234567890]"', '[12345678901234567890]'],
  [{ json: 'text' }, '{"b":1.50,"a":2}', '"{\\"a\\":2,\\"b\\":1.5}"'],
  [{ text: true }, '1.50', '"1.5"'],
  [{ text: true }, '1E400', '"1e+400"'],
  [{ text: true }, 'true', '"true"'],
  [{ case: 'lower' }, '"ABCÄ"', '"abcÄ"', 'respelled'],
  [{ case: 'upper' }, '"aßi"', '"AßI"', 'respelled'],
  [{ case: 'lower' }, '"abc"', '"abc"'],
  [{ unicode: 'NFC' }, '"e\\u0301"', '"é"', 'respelled'],
];

const REFUSED: readonly (readonly [Conversion, from: string])[] = [
  [zone('UTC'), '"2026-01-01"'],
  [zone('UTC'), '1'],
  [zone('Europe/Berlin'), '"2026-10-25T02:30:00"'],
  [zone('Europe/Berlin'), '"2026-03-29T02:30:00"'],
  [zone('Mars/Base'), '"2026-03-29T02:30:00"'],
  [{ offset: 'Z' }, '"2026-01-01T00:00:00"'],
  [{ offset: 'Z' }, '"2026-06-30T23:59:60Z"'],
  [{ offset: 'Z' }, '"9999-12-31T23:59:59-01:00"'],
  [{ offset: '-01:00' }, '"0000-01-01T00:00:00Z"'],
  [values({ push: 'create' }), '"pull"'],
  [values({ '1': 'x' }), '1'],
  [values({ push: 'create' }), '"__proto__"'],
  [{ scale: 2 }, '"1.555"'],
  [{ scale: 2 }, '1.555'],
  [{ scale: 2 }, '1e-7'],
  [{ scale: 6 }, '1.5e-7'],
  [{ scale: 1000 }, '1e-400000000000000000000'],
  [{ scale: 2 }, '"1e2"'],
  [{ scale: 2 }, '"01.5"'],
  [{ scale: 2 }, '" 1.5"'],
  [{ json: 'value' }, '"{\\"a\\":1,\\"a\\":2}"'],
  [{ json: 'value' }, '"{"'],
  [{ json: 'value' }, '{}'],
  [{ text: true }, '"already"'],
  [{ text: true }, 'null'],
  [{ case: 'lower' }, '1'],
  [{ unicode: 'NFC' }, 'null'],
  [{ concat: [{ pointer: ['body', 'x'] }] }, '"a"'],
];

describe('a conversion', () => {
  it.each(MADE.map((row) => ({ row, to: row[0], from: row[1], result: row[2] })))(
    '$to of $from is $result',
    ({ row }) => {
      const [to, from, result, loss] = row;
      expect(made(to, from)).toEqual([result, loss]);
    },
  );

  it.each(REFUSED)('%j refuses %s', (to, from) => {
    expect(made(to, from)).toBeUndefined();
  });
});
