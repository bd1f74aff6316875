/** Base64 of our own against that of Node. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../src/core/base64.ts';

/** Bytes of which `text` is the one encoding, by Node, which reads anything. */
function byNode(text: string): Uint8Array | undefined {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Buffer.from(standard, 'base64');
  return bytes.toString('base64') === standard ? Uint8Array.from(bytes) : undefined;
}

describe('base64', () => {
  it('is written as by Node, also in pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
    for (const length of [12_287, 12_288, 12_289, 50_000]) {
      const bytes = Uint8Array.from({ length }, (_, at) => at * 7);
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }
  });

  it('is read as by Node, and only in the one encoding', () => {
    const digit = fc.constantFrom(...'AQgwBZz09+/-_=\n \u0141é');
    const text = fc.oneof(
      fc.string({ unit: digit, maxLength: 12 }),
      fc.base64String({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    );
    fc.assert(
      fc.property(text, (one) => {
        expect(fromBase64(one)).toEqual(byNode(one));
      }),
      { numRuns: 5000 },
    );
  });

  it.each(['A', 'AA', 'AAA', 'AB==', 'AAB=', '====', 'A===', '=AAA', 'AA=A', 'AAAA=', 'AAAA====', 'AA A', 'AAA\n'])(
    'is not %j',
    (text) => {
      expect(fromBase64(text)).toBeUndefined();
      expect(byNode(text)).toBeUndefined();
    },
  );
});
