/** What is remembered of the last record is what would be found again, and no more. */
import { describe, expect, it } from 'vitest';
import {
  type Recipe,
  RecordMemo,
  recipeWith,
  sha256JcsBody,
  sha256PrevBody,
} from '../../../src/core/custody/recipes.ts';
import { portable, utf8 } from '../../../src/core/platform.ts';
import { type EvidenceRecord, RecordDecoder } from '../../../src/core/snapshot/record.ts';
import { referenceDigest, sha256 } from '../../store.ts';

function decoded(record: object): EvidenceRecord {
  const bytes = utf8(JSON.stringify({ tenant: 't', stream: 's', id: 'i', type: 'x', ...record }));
  return new RecordDecoder(portable).decode(bytes, 0, bytes.length);
}

/** A recipe that counts how often it was asked. */
function counting(name: string): Recipe & { readonly asked: number } {
  const recipe = {
    name,
    asked: 0,
    expectedHash: (_platform: unknown, { id }: EvidenceRecord) => {
      recipe.asked++;
      return sha256(`${name} ${id}`);
    },
  };
  return recipe;
}

describe('the hash that a recipe gives', () => {
  const record = decoded({ body: 1 });

  it('is worked out once for both sides of one record', () => {
    const memo = new RecordMemo(portable);
    const recipe = counting('a');
    for (let side = 0; side < 2; side++) expect(memo.expectedHash(recipe, record)).toBe(sha256('a i'));
    expect(recipe.asked).toBe(1);
  });

  it('is never that of another recipe or of another record', () => {
    const memo = new RecordMemo(portable);
    const [a, b] = [counting('a'), counting('b')];
    expect(memo.expectedHash(a, record)).toBe(sha256('a i'));
    expect(memo.expectedHash(b, record)).toBe(sha256('b i'));
    expect(memo.expectedHash(b, decoded({ id: 'j', body: 1 }))).toBe(sha256('b j'));
    expect(memo.expectedHash(a, record)).toBe(sha256('a i'));
  });
});

describe('the form of the hashes of a record', () => {
  const hash = 'c'.repeat(64);
  const body = { n: 1 };
  const bodyDigest = referenceDigest(body);

  it.each([
    ['nothing is stated', {}, true],
    ['a hash and a link', { hash, prev: hash }, true],
    ['a link that is null', { hash, prev: null }, true],
    ['a hash of another form', { hash: 'C'.repeat(64) }, false],
    ['a link of another form', { hash, prev: 'C'.repeat(64) }, false],
    ['the digest of the body', { bodyDigest }, true],
    ['the digest of another body', { bodyDigest: referenceDigest({ n: 2 }) }, false],
    ['a digest of another form', { bodyDigest: bodyDigest.toUpperCase() }, false],
  ])('%s', (_, members, wellFormed) => {
    const record = decoded({ body, ...members });
    const memo = new RecordMemo(portable);
    expect(memo.isWellFormed(record)).toBe(wellFormed);
    expect(memo.isWellFormed(decoded({ body }))).toBe(true);
    expect(memo.isWellFormed(record)).toBe(wellFormed);
  });
});

describe('the hash of a body with a certain member', () => {
  const { name, expected } = recipeWith(sha256JcsBody, 'payload');

  it.each([
    ['that has it', { payload: null }, true],
    ['that has another', { other: 1 }, false],
    ['that inherits it alone', { toString: 1 }, false],
    ['that is null', null, false],
    ['that is a list', ['payload'], false],
    ['that is its text', 'payload', false],
  ])('of a body %s', (_, body, applies) => {
    const digits = referenceDigest(body).replace('sha256:', '');
    expect(expected(portable, decoded({ body }))).toBe(applies ? digits : undefined);
  });

  it('is not asked where there is no body, and says what it is', () => {
    expect(expected(portable, decoded({ bodyDigest: referenceDigest(1) }))).toBeUndefined();
    expect(name).toBe('sha256-jcs-body with member "payload"');
    expect(recipeWith(sha256PrevBody, 'payload').expected(portable, decoded({ bodyDigest: referenceDigest(1) }))).toBe(
      undefined,
    );
  });

  it('is that of any recipe', () => {
    const { expected } = recipeWith(sha256PrevBody, 'payload');
    const prev = 'a'.repeat(64);
    const digits = sha256(`${prev}{"payload":1}`);
    expect(expected(portable, decoded({ prev, body: { payload: 1 } }))).toBe(digits);
    expect(expected(portable, decoded({ prev, body: { other: 1 } }))).toBeUndefined();
  });
});
