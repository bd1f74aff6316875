import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { canonicalizeRfc8785 } from '../../../src/core/json/canonical.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { portable } from '../../../src/core/platform.ts';
import { runs } from '../../long.ts';
import { anyNumber, bytesOf, mutated, texts } from './documents.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the platform's own reader sees, or undefined where it refuses; the value is wrapped since it may be null. */
function platformReads(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(decoder.decode(bytes)) as unknown };
  } catch {
    return undefined;
  }
}

/** What the strict reader sees, or undefined where it refuses. */
function strictReads(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(portable, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(EvidenceError);
    const { kind, where } = error as EvidenceError;
    expect(['input-malformed', 'input-limit']).toContain(kind);
    expect(where.byteOffset).toBeGreaterThanOrEqual(0);
    expect(where.byteOffset).toBeLessThanOrEqual(bytes.length);
    return undefined;
  }
}

/** What it accepts, JSON.parse accepts too; and both see the same, as far as doubles go. Returns whether it accepts. */
function agrees(bytes: Uint8Array): boolean {
  const strict = strictReads(bytes);
  if (strict === undefined) return false;
  const loose = platformReads(bytes);
  expect(loose).toBeDefined();
  try {
    expect(canonicalizeRfc8785(strict)).toBe(canonicalize(loose?.value));
  } catch (error) {
    // A number beyond the range of a double, which JSON.parse makes Infinity.
    if (!(error instanceof EvidenceError)) throw error;
    expect(error.kind).toBe('input-malformed');
  }
  return true;
}

const jsonLike = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"a"',
      '"b"',
      ':',
      ',',
      '1',
      '-',
      '.',
      'e',
      '"',
      '\\',
      'u',
      'true',
      'null',
      ' ',
      '\n',
    ),
    { maxLength: 12 },
  )
  .map((tokens) => bytesOf(tokens.join('')));

describe('whatever comes in', () => {
  it('D05, D06, D12: random bytes end in a value or an EvidenceError, never beyond what JSON.parse accepts', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 24 }), jsonLike);
    fc.assert(
      fc.property(bytes, (input) => void agrees(input)),
      { numRuns: runs(2000, 100_000) },
    );
  });

  it('D01, D04, D05, D09, D12: so do documents with some bytes changed, accepted and refused', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(mutated(texts(anyNumber).map(bytesOf), 3), (input) => {
        if (agrees(input)) accepted++;
        else refused++;
      }),
      { numRuns: runs(2000, 100_000) },
    );
    expect(accepted).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });

  it('D10: so do nests of any depth', () => {
    fc.assert(
      fc.property(fc.nat({ max: 300 }), fc.nat({ max: 300 }), fc.constantFrom('', '1', '"x'), (open, close, inner) => {
        const input = bytesOf(`${'[{"a":'.repeat(open)}${inner}${'}]'.repeat(close)}`);
        expect(agrees(input)).toBe(open === close && open <= 64 && inner === '1');
      }),
      {
        numRuns: 500,
        examples: [
          [64, 64, '1'],
          [65, 65, '1'],
        ],
      },
    );
  });
});
