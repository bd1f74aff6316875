/**
 * G31: ten times the input costs about ten times the work. Work is counted (bytes looked at, bytes decoded) where
 * it can be, which never wavers; and timed, best of several, for what counting does not see.
 */
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../src/core/json/canonical.ts';
import { CanonicalScan } from '../../../src/core/json/fast/canonical-scan.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import { canonicalNumber } from '../../../src/core/json/value.ts';
import type { Platform } from '../../../src/core/platform.ts';
import { expectLinear } from '../../linear-time.ts';
import { bytesOf, canonicalOrRefused, platform, read } from './documents.ts';

type Shape = (size: number) => string;

const joined = (size: number, element: (i: number) => string): string =>
  Array.from({ length: size }, (_, i) => element(i)).join(',');
const pad = (i: number): string => String(i).padStart(8, '0');

/** Every way to be large that came to mind, those that are refused at their end among them. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'many members': (size) => `{${joined(size, (i) => `"k${pad(i)}":0`)}}`,
  'many members, then a duplicate': (size) => `{${joined(size, (i) => `"k${pad(i)}":0`)},"k${pad(0)}":0}`,
  'many members named by multiples of a power of two': (size) => `{${joined(size, (i) => `"${i * 65_536}":0`)}}`,
  'many members that differ at their end': (size) =>
    `{"a":{${joined(size / 10, (i) => `"${'\\n'.repeat(40)}${pad(i)}":0`)}}}`,
  'many elements': (size) => `[${joined(size, (i) => String(i))}]`,
  'many small objects': (size) => `[${joined(size / 2, () => '{"a":[],"b":""}')}]`,
  'a long string': (size) => `{"a":"${'x'.repeat(size * 10)}"}`,
  'a long string beyond ASCII': (size) => `{"a":"${'é中😀'.repeat(size)}"}`,
  'a long string of escapes': (size) => `{"a":"${'\\n'.repeat(size * 4)}"}`,
  'a long string of surrogate escapes': (size) => `["${'\\ud83d\\ude00'.repeat(size)}"]`,
  'a long string without an end': (size) => `{"a":"${'\\n'.repeat(size * 4)}`,
  'a long name': (size) => `{"${'x'.repeat(size * 10)}":1}`,
  'a long integer': (size) => `{"a":${'7'.repeat(size * 10)}}`,
  'a long fraction': (size) => `{"a":0.${'0'.repeat(size * 5)}${'7'.repeat(size * 5)}}`,
  'a long row of zeros': (size) => `{"a":1${'0'.repeat(size * 10)}}`,
  'a long exponent of zeros': (size) => `{"a":1e${'0'.repeat(size * 10)}}`,
  'a long exponent, refused': (size) => `{"a":1e${'1'.repeat(size * 10)}}`,
  'white space': (size) => `${' \n'.repeat(size * 5)}{}${'\t\r'.repeat(size * 5)}x`,
  'a deep nest, refused': (size) => `{"a":${'['.repeat(size * 10)}`,
};

interface Work {
  readonly bytes: Uint8Array;
  readonly platform: Platform;
  done: number;
}

/** `text` as bytes that count how often they are looked at, and a platform that counts what it decodes. */
function counted(text: string): Work {
  const real = bytesOf(text);
  const work: { done: number } = { done: 0 };
  const bytes = new Proxy(real, {
    get(target, key): unknown {
      work.done++;
      return Reflect.get(target, key, target);
    },
  });
  const counting: Platform = {
    ...platform,
    text: (_, start, end) => {
      work.done += end - start;
      return platform.text(real, start, end);
    },
  };
  return Object.assign(work, { bytes, platform: counting });
}

function readWork(text: string): number {
  const work = counted(text);
  try {
    parseJson(work.platform, work.bytes);
  } catch {
    // Refusing is work too.
  }
  return work.done;
}

function scanWork(text: string): number {
  const work = counted(text);
  new CanonicalScan(work.platform).scan(work.bytes, 0, work.bytes.length);
  return work.done;
}

describe.each(Object.entries(SHAPES))('G31: %s', (_, shape) => {
  it('is read looking at each byte a bounded number of times', () => {
    expect(readWork(shape(2000)) / readWork(shape(200))).toBeLessThanOrEqual(12);
    expect(readWork(shape(2000))).toBeLessThanOrEqual(8 * bytesOf(shape(2000)).length);
  });

  it('is scanned looking at each byte a bounded number of times', () => {
    expect(scanWork(shape(2000)) / scanWork(shape(200))).toBeLessThanOrEqual(12);
    expect(scanWork(shape(2000))).toBeLessThanOrEqual(12 * bytesOf(shape(2000)).length);
  });

  it('takes linear time to read', () => {
    const [small, large] = [bytesOf(shape(1000)), bytesOf(shape(10_000))];
    const readOrRefuse = (bytes: Uint8Array) => (): void => {
      try {
        parseJson(platform, bytes);
      } catch {
        // Refusing takes time too.
      }
    };
    expectLinear(readOrRefuse(small), readOrRefuse(large));
  });

  it('takes linear time to write, sorting aside', () => {
    const [small, large] = [shape(1000), shape(10_000)];
    if (canonicalOrRefused(bytesOf(small)) === undefined) return;
    const [smallValue, largeValue] = [read(small), read(large)];
    expectLinear(
      () => void canonicalText(smallValue),
      () => void canonicalText(largeValue),
    );
  });
});

describe('G31: numbers', () => {
  it.each([
    ['digits', (size: number): string => '7'.repeat(size)],
    ['zeros behind', (size: number): string => `1${'0'.repeat(size)}`],
    ['zeros before', (size: number): string => `0.${'0'.repeat(size)}1`],
    ['zeros only', (size: number): string => `0.${'0'.repeat(size)}e5`],
    ['zeros in the exponent', (size: number): string => `1e-${'0'.repeat(size)}7`],
  ] as const)('%s take linear time', (_, shape) => {
    const [small, large] = [shape(20_000), shape(200_000)];
    expectLinear(
      () => void canonicalNumber(small),
      () => void canonicalNumber(large),
    );
  });
});
