import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalizeRfc8785, canonicalText } from '../../src/core/json/canonical.ts';
import { canonicalNumber, isNumberToken } from '../../src/core/json/value.ts';
import { anyNumber, bytesOf, doubleNumber, type NumberSpelling, read, spell, texts } from '../core/json/documents.ts';
import { runs } from '../long.ts';

const numRuns = runs(2000, 100_000, 1000);

/** A number as mantissa × 10^exponent, by another way than the code under test: BigInt arithmetic. */
interface Exact {
  readonly mantissa: bigint;
  readonly exponent: number;
}

function exact(token: string): Exact {
  const [mantissa = '', exponent = '0'] = token.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { mantissa: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function equalValues(a: string, b: string): boolean {
  const x = exact(a);
  const y = exact(b);
  const least = Math.min(x.exponent, y.exponent);
  const scaled = ({ mantissa, exponent }: Exact): bigint => mantissa * 10n ** BigInt(exponent - least);
  const signs = a.startsWith('-') === b.startsWith('-');
  return signs && scaled(x) === scaled(y);
}

/** Whether the value of `token` is that of the shortest printing of the nearest double. */
function survives(token: string): boolean {
  const printed = String(Number(token));
  return isNumberToken(printed) && equalValues(token, printed);
}

/** What of a spelling can change without changing the value. */
const respelling = fc.record({
  zerosBehind: fc.nat({ max: 5 }),
  point: fc.integer({ min: -5, max: 30 }),
  letter: fc.constantFrom('e' as const, 'E' as const),
  plus: fc.boolean(),
  exponentZeros: fc.nat({ max: 3 }),
});

describe('the canonical form against the package canonicalize', () => {
  it('D02, E01, E02, E03: is RFC 8785 byte for byte wherever every number survives a double', () => {
    fc.assert(
      fc.property(texts(doubleNumber), (text) => {
        expect(canonicalText(read(text))).toBe(canonicalize(JSON.parse(text)));
      }),
      { numRuns },
    );
  });

  it('plain RFC 8785 equals it for all documents whose numbers are within the range of a double', () => {
    const within = anyNumber.filter((number) => Number.isFinite(Number(spell(number))));
    fc.assert(
      fc.property(texts(within), (text) => {
        expect(canonicalizeRfc8785(read(text))).toBe(canonicalize(JSON.parse(text)));
      }),
      { numRuns },
    );
  });

  it('E07: is read back, by JSON.parse too, and written as the same text', () => {
    fc.assert(
      fc.property(texts(anyNumber), (text) => {
        const canonical = canonicalText(read(text));
        expect(canonicalText(read(canonical))).toBe(canonical);
        expect(() => JSON.parse(canonical) as unknown).not.toThrow();
        expect(canonicalBytes(read(text))).toEqual(bytesOf(canonical));
      }),
      { numRuns },
    );
  });
});

describe('exact numbers against doubles and BigInt', () => {
  it('E03: a number that survives a double is printed as ECMAScript prints that double', () => {
    let surviving = 0;
    const number = fc.oneof(anyNumber, doubleNumber).map(spell);
    fc.assert(
      fc.property(number, (token) => {
        expect(isNumberToken(token)).toBe(true);
        if (!survives(token)) return;
        surviving++;
        expect(canonicalNumber(token)).toBe(String(Number(token)));
      }),
      { numRuns },
    );
    expect(surviving).toBeGreaterThan(numRuns / 4);
  });

  it('E03: every double is printed as ECMAScript prints it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat({ max: 14 }), (double, places) => {
        const printed = Object.is(double, -0) ? '-0' : String(double);
        expect(canonicalNumber(printed)).toBe(printed);
        if (double === 0) return;
        expect(canonicalNumber(double.toExponential())).toBe(printed);
        // Subnormal doubles have fewer digits, and the largest ones round up to Infinity.
        if (Math.abs(double) < 1e-300 || Math.abs(double) > 1e300) return;
        const rounded = double.toExponential(places);
        expect(canonicalNumber(rounded)).toBe(String(Number(rounded)));
      }),
      { numRuns },
    );
  });

  it('D07, D08, D09: any other keeps its exact value, in the layout of ECMAScript', () => {
    let lost = 0;
    fc.assert(
      fc.property(anyNumber.map(spell), (token) => {
        const canonical = canonicalNumber(token);
        expect(equalValues(token, canonical)).toBe(true);
        expect(canonicalNumber(canonical)).toBe(canonical);
        if (survives(token)) return;
        lost++;
        expect(canonical).toMatch(layoutOf(canonical));
      }),
      { numRuns },
    );
    expect(lost).toBeGreaterThan(numRuns / 20);
  });

  it('D07, D08: two spellings have one text if and only if they have one value', () => {
    fc.assert(
      fc.property(anyNumber, respelling, fc.boolean(), (number, other, nudge) => {
        const a = spell(number);
        const nudged: NumberSpelling = nudge
          ? { ...number, digits: `${number.digits}1`, exponent: number.exponent - 1 }
          : number;
        const b = spell({ ...nudged, ...other });
        expect(canonicalNumber(a) === canonicalNumber(b)).toBe(equalValues(a, b));
        expect(equalValues(a, b)).toBe(!nudge);
      }),
      { numRuns },
    );
  });
});

/** The pattern that a number of this size must match (ECMA-262 §6.1.6.1.20): no zero and no digit too many. */
function layoutOf(canonical: string): RegExp {
  const { mantissa, exponent } = exact(canonical);
  const digits = String(mantissa < 0n ? -mantissa : mantissa);
  const n = digits.length + exponent;
  if (mantissa === 0n) return /^-?0$/;
  if (n > 21 || n <= -6) return /^-?[1-9](?:\.[0-9]*[1-9])?e[+-][1-9][0-9]*$/;
  if (n <= 0) return /^-?0\.0{0,5}[1-9](?:[0-9]*[1-9])?$/;
  return /^-?[1-9][0-9]{0,20}(?:\.[0-9]*[1-9])?$/;
}
