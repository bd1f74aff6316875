/** What every recipe of the registry must do, whoever adds it. */
import { describe, expect, it } from 'vitest';
import { RECIPES, type Recipe } from '../../src/core/custody/recipes.ts';
import { isHash, portable, utf8 } from '../../src/core/platform.ts';
import { type EvidenceRecord, RecordDecoder } from '../../src/core/snapshot/record.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { chained, type PlainRecord, referenceCanonical, sha256, withoutBody, ZEROS } from '../store.ts';

function decoded(record: PlainRecord): EvidenceRecord {
  const bytes = utf8(JSON.stringify(record));
  return new RecordDecoder(nodePlatform).decode(bytes, 0, bytes.length);
}

const BODIES = [{ b: 1, a: [1.5, 'é😀'] }, null, '', 0, [], { ['__proto__']: 1 }];
const RECORDS = chained(BODIES);

/** The text that each recipe hashes, by the contract; undefined where it hashes nothing. */
const INPUT_OF: Readonly<Record<string, ((record: PlainRecord) => string) | undefined>> = {
  none: undefined,
  'sha256-jcs-body': ({ body }) => referenceCanonical(body),
  'sha256-prev-body': ({ prev, body }) => (prev ?? '') + referenceCanonical(body),
};

it('the registry has the recipes of the contract', () => {
  expect([...RECIPES.keys()].sort()).toEqual(Object.keys(INPUT_OF).sort());
});

describe.each([...RECIPES.entries()])('%s', (name: string, recipe: Recipe) => {
  it('is registered under its own name', () => {
    expect(recipe.name).toBe(name);
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it('gives a hash, or says why not, for any record that has its body', () => {
    for (const record of RECORDS) {
      const expected = recipe.expectedHash(nodePlatform, decoded(record));
      if (typeof expected === 'string') expect(isHash(expected)).toBe(true);
      else expect(expected.why).toMatch(/\S/);
    }
  });

  it('gives what the contract says', () => {
    const inputOf = INPUT_OF[name];
    for (const record of RECORDS) {
      const expected = recipe.expectedHash(nodePlatform, decoded(record));
      expect(expected).toEqual(inputOf === undefined ? { why: expect.any(String) } : sha256(inputOf(record)));
    }
  });

  it('gives the same on every platform, twice, and does not look at the hash that the record states', () => {
    for (const record of RECORDS) {
      const expected = recipe.expectedHash(nodePlatform, decoded(record));
      expect(recipe.expectedHash(portable, decoded(record))).toEqual(expected);
      expect(recipe.expectedHash(nodePlatform, decoded({ ...record, hash: sha256('x') }))).toEqual(expected);
      expect(recipe.expectedHash(nodePlatform, decoded(record))).toEqual(expected);
    }
  });

  it('from a record without body: the same, or a reason, never another hash', () => {
    for (const record of RECORDS) {
      const full = recipe.expectedHash(nodePlatform, decoded(record));
      const bare = recipe.expectedHash(nodePlatform, decoded(withoutBody(record)));
      if (typeof bare === 'string') expect(bare).toBe(full);
      else expect(bare.why).toMatch(/\S/);
    }
  });

  it('does not throw on a record with a digest or a link of the wrong form', () => {
    const odd = { ...withoutBody(RECORDS[0] as PlainRecord), bodyDigest: 'x', prev: 'é' };
    expect(() => recipe.expectedHash(nodePlatform, decoded(odd))).not.toThrow();
    expect(() =>
      recipe.expectedHash(nodePlatform, decoded({ ...(RECORDS[0] as PlainRecord), prev: null })),
    ).not.toThrow();
    expect(ZEROS).toHaveLength(64);
  });
});
