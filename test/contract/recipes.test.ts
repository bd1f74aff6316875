/** What every recipe of the registry must do, whoever adds it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expected, RECIPES, type Recipe } from '../../src/core/custody/recipes.ts';
import { isHash, portable, utf8 } from '../../src/core/platform.ts';
import { type EvidenceRecord, RecordDecoder } from '../../src/core/snapshot/record.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import type { JsonInput } from '../../src/index.ts';
import { ROOT } from '../architecture/source-files.ts';
import { runs } from '../long.ts';
import { type PlainRecord, referenceCanonical, sha256, withoutBody } from '../store.ts';

function decoded(record: PlainRecord): EvidenceRecord {
  const bytes = utf8(JSON.stringify(record));
  return new RecordDecoder(nodePlatform).decode(bytes, 0, bytes.length);
}

const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });

/** Numbers that JSON.stringify prints as RFC 8785 does, and no lone surrogates. */
const body = fc.oneof(
  fc.constantFrom<JsonInput>(null, '', 0, [], { ['__proto__']: 1 }),
  fc.jsonValue({ stringUnit: 'grapheme' }).map((value) => value as JsonInput),
);

/** Any record that has its body. */
const record: fc.Arbitrary<PlainRecord> = fc.record(
  {
    tenant: text,
    stream: text,
    id: text,
    type: text,
    body,
    seq: fc.nat(),
    prev: fc.option(fc.oneof(hash, text)),
    hash: fc.oneof(hash, text),
    recordedAt: fc.constant('2027-03-01T10:00:00Z'),
    attrs: fc.dictionary(text, text, { maxKeys: 3 }),
  },
  { requiredKeys: ['tenant', 'stream', 'id', 'type', 'body'] },
);

const NUM_RUNS = runs(200, 20_000);

function every(holds: (record: PlainRecord) => void): void {
  fc.assert(fc.property(record, holds), { numRuns: NUM_RUNS });
}

/** The text that each recipe hashes, by the contract; undefined where it hashes nothing. */
const INPUT_OF: Readonly<Record<string, ((record: PlainRecord) => string) | undefined>> = {
  none: undefined,
  'sha256-jcs-body': ({ body }) => referenceCanonical(body),
  'sha256-prev-body': ({ prev, body }) => (prev ?? '') + referenceCanonical(body),
};

it('the registry has the recipes of docs/snapshot.md', () => {
  const [, table = ''] = readFileSync(join(ROOT, 'docs/snapshot.md'), 'utf8').split('| recipe | `hash` must be |');
  const [rows = ''] = table.split('\n\n');
  expect([...RECIPES.keys()].sort()).toEqual([...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, of]) => of).sort());
});

const reasonOf = (expected: Expected): string =>
  typeof expected === 'object' && 'why' in expected ? expected.why : '';

describe.each([...RECIPES.entries()])('%s', (name: string, recipe: Recipe) => {
  it('is registered under its own name', () => {
    expect(recipe.name).toBe(name);
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  const expectedOf = (record: PlainRecord, platform = nodePlatform): ReturnType<Recipe['expectedHash']> =>
    recipe.expectedHash(platform, decoded(record));

  it('gives a hash, or says why not, for any record that has its body', () => {
    every((record) => {
      const expected = expectedOf(record);
      if (typeof expected === 'string') expect(isHash(expected)).toBe(true);
      else expect(reasonOf(expected)).toMatch(/\S/);
    });
  });

  it.runIf(name in INPUT_OF)('gives what the contract says', () => {
    const inputOf = INPUT_OF[name];
    every((record) => {
      const says = inputOf === undefined ? { why: expect.any(String) } : sha256(inputOf(record));
      expect(expectedOf(record)).toEqual(says);
    });
  });

  it('gives the same on every platform, twice, and does not look at the hash that the record states', () => {
    every((record) => {
      const expected = expectedOf(record);
      expect(expectedOf(record, portable)).toEqual(expected);
      expect(expectedOf({ ...record, hash: sha256('x') })).toEqual(expected);
      expect(expectedOf(record)).toEqual(expected);
    });
  });

  it('gives another hash for another body, or none for any', () => {
    fc.assert(
      fc.property(record, body, (record, other) => {
        fc.pre(referenceCanonical(other) !== referenceCanonical(record.body));
        const [one, two] = [expectedOf(record), expectedOf({ ...record, body: other })];
        if (typeof one === 'string') expect(two).not.toBe(one);
        else expect(two).toEqual(one);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it('from a record without body: the same, or a reason, never another hash', () => {
    every((record) => {
      const bare = expectedOf(withoutBody(record));
      if (typeof bare === 'string') expect(bare).toBe(expectedOf(record));
      else expect(reasonOf(bare)).toMatch(/\S/);
    });
  });

  it('does not throw on a record with a digest or a link of the wrong form', () => {
    fc.assert(
      fc.property(record, text, text, (record, bodyDigest, prev) => {
        const odd = { ...withoutBody(record), bodyDigest, prev };
        expect(() => expectedOf(odd)).not.toThrow();
      }),
      { numRuns: NUM_RUNS },
    );
  });
});
