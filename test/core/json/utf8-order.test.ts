import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/core/json/utf8.ts';
import { runs } from '../../long.ts';

const text: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10000}', '\u{10ffff}'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

describe('the order of UTF-8 bytes', () => {
  it('is the order of the encoded bytes for all texts', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: runs(2000, 100_000) },
    );
  });

  it('E01: puts U+1F600 behind U+FB33, where UTF-16 code units put it before', () => {
    expect(compareUtf8('\u{1f600}', '\ufb33')).toBeGreaterThan(0);
    expect('\u{1f600}' < '\ufb33').toBe(true);
  });

  it('E02: keeps composed and decomposed text apart', () => {
    expect(compareUtf8('\u00e9', 'e\u0301')).toBeGreaterThan(0);
  });

  it('puts a prefix first and equal texts together', () => {
    expect(compareUtf8('a', 'ab')).toBeLessThan(0);
    expect(compareUtf8('', '')).toBe(0);
    expect(compareUtf8('', '\u0000')).toBeLessThan(0);
  });
});
