import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FieldRule, fieldText, type ItemValues, namesOf } from '../../../src/core/mapping/field.ts';
import { normalizedHash } from '../../../src/core/mapping/hash-spelling.ts';
import { takenFrom } from '../../../src/core/mapping/path-template.ts';
import { zonedTime } from '../../../src/core/mapping/zone.ts';
import { isSourceHash } from '../../../src/core/platform.ts';

const item: ItemValues = {
  textOf: (name) => ({ a: 'x', empty: null, bare: '', at: '2027-07-01 12:00:00.123456', hash: 'sha256:QUI=' })[name],
  digestOf: (name, of) => ({ a: `digest as ${of}`, empty: null })[name],
  path: 'sboms/acme/1.cdx.json',
};

describe('a field of a profile', () => {
  it.each<[FieldRule, string | null | undefined]>([
    ['a', 'x'],
    ['empty', null],
    ['none', undefined],
    [{ value: 't' }, 't'],
    [{ field: 'empty', null: 'shared' }, 'shared'],
    [{ field: 'none', null: 'shared', prefix: 'p/' }, 'shared'],
    [{ field: 'empty', null: '' }, ''],
    [{ field: { field: 'none', null: '' }, prefix: 'p/' }, 'p/'],
    [{ field: { field: 'empty', null: '' }, genesis: '' }, null],
    [{ field: 'empty', prefix: 'p/' }, null],
    [{ field: 'a', prefix: 'p/' }, 'p/x'],
    [{ field: { field: 'a', prefix: 'q/' }, prefix: 'p/' }, 'p/q/x'],
    [{ field: 'a', genesis: 'x' }, null],
    [{ field: 'empty', genesis: 'x' }, undefined],
    [{ field: 'empty', genesis: '' }, undefined],
    [{ field: 'bare', genesis: '' }, null],
    [{ field: 'bare', genesis: 'x' }, ''],
    [{ field: { field: 'empty', null: 'x' }, genesis: 'x' }, null],
    [{ field: 'at', zone: 'Europe/Berlin' }, '2027-07-01T10:00:00.123456Z'],
    [{ field: 'hash', hash: { encoding: 'base64', prefix: 'sha256:' } }, '4142'],
    [{ digest: 'a', of: 'base64' }, 'digest as base64'],
    [{ field: { digest: 'empty', of: 'json' }, null: 'none' }, 'none'],
    [{ field: { digest: 'a', of: 'json' }, prefix: 'sha256:' }, 'sha256:digest as json'],
    [{ path: true }, 'sboms/acme/1.cdx.json'],
    [{ path: 'sboms/{tenant}/{id}.cdx.json', take: 'id' }, '1'],
  ])('%j gives %j', (rule, text) => {
    expect(fieldText(rule, item)).toBe(text);
  });

  it('takes an empty cell for an empty word, and for no other', () => {
    const cell: ItemValues = { textOf: () => undefined, emptyIsNone: true };
    expect(fieldText({ field: 'a', genesis: '' }, cell)).toBe(null);
    expect(fieldText({ field: 'a', genesis: 'x' }, cell)).toBe(undefined);
    expect(fieldText({ field: 'a', null: 'y', genesis: '' }, cell)).toBe('y');
  });

  it('names what it reads', () => {
    expect(namesOf({ field: { field: 'a', null: 'n' }, prefix: 'p' })).toEqual(['a']);
    expect(namesOf({ digest: 'a', of: 'json' })).toEqual(['a']);
    expect(namesOf({ value: 'a' })).toEqual([]);
  });

  it('takes no digest of what is no JSON', () => {
    expect(() => fieldText({ digest: 'a', of: 'json' }, { textOf: () => 'x' })).toThrow('no JSON');
  });

  it('takes no path of what is no file', () => {
    expect(() => fieldText({ path: true }, { textOf: () => 'x' })).toThrow('no files');
  });
});

describe('a time without zone', () => {
  it.each([
    ['2027-01-01 00:00:00', 'Europe/Berlin', '2026-12-31T23:00:00Z'],
    ['2027-07-01T00:00:00.5', 'America/New_York', '2027-07-01T04:00:00.5Z'],
    ['2027-03-01 10:00:00', 'Asia/Kolkata', '2027-03-01T04:30:00Z'],
    ['0099-03-01 10:00:00', 'UTC', '0099-03-01T10:00:00Z'],
  ])('%s in %s is %s', (local, zone, utc) => {
    expect(zonedTime(local, zone)).toBe(utc);
  });

  it('is refused where clocks were set forward over it, and needs a word where they were set back', () => {
    expect(() => zonedTime('2027-03-28 02:30:00', 'Europe/Berlin')).toThrow('never was');
    expect(() => zonedTime('2027-10-31 02:30:00', 'Europe/Berlin')).toThrow('twice');
    expect(zonedTime('2027-10-31 02:30:00', 'Europe/Berlin', 'earlier')).toBe('2027-10-31T00:30:00Z');
    expect(zonedTime('2027-10-31 02:30:00', 'Europe/Berlin', 'later')).toBe('2027-10-31T01:30:00Z');
  });

  it.each(['2027-02-30 10:00:00', '2027-03-01 10:00:00Z', '2027-03-01', 'now'])('%s is none', (text) => {
    expect(() => zonedTime(text, 'UTC')).toThrow('no local time');
  });

  it('is of a zone that there is', () => {
    expect(() => zonedTime('2027-03-01 10:00:00', 'Mars/Olympus')).toThrow('no time zone');
  });

  it('comes back by the clock of its zone, any that it had', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
    fc.assert(
      fc.property(zones, seconds, (zone, at) => {
        const instant = new Date(at * 1000);
        const local = instant.toLocaleString('sv-SE', { timeZone: zone });
        const utc = `${instant.toISOString().slice(0, 19)}Z`;
        expect([zonedTime(local, zone, 'earlier'), zonedTime(local, zone, 'later')]).toContain(utc);
      }),
    );
  });
});

describe('the spelling of a hash', () => {
  const DIGITS = 'ab'.repeat(32);

  it.each([
    ['ABCD', { encoding: 'hex', case: 'any' }, 'abcd'],
    ['ABCD', { encoding: 'hex' }, 'ABCD'],
    ['\\xabcd', { encoding: 'bytea' }, 'abcd'],
    ['abcd', { encoding: 'bytea' }, 'abcd'],
    ['_-8', { encoding: 'base64url' }, 'ffef'],
    ['/+8=', { encoding: 'base64' }, 'ffef'],
    ['_-8=', { encoding: 'base64' }, '_-8='],
    ['sha256:ab', { encoding: 'hex', prefix: 'sha256:' }, 'ab'],
    ['sha1:ab', { encoding: 'hex', prefix: 'sha256:' }, 'sha1:ab'],
    [DIGITS, { encoding: 'hex', prefix: 'sha256:' }, `misspelled:${DIGITS}`],
    [DIGITS, { encoding: 'bytea' }, `misspelled:${DIGITS}`],
    [DIGITS, { encoding: 'hex' }, DIGITS],
    ['0'.repeat(64), { encoding: 'hex', prefix: 'sha256:' }, '0'.repeat(64)],
  ] as const)('%s by %j is %s', (text, spelling, digits) => {
    expect(normalizedHash(text, spelling)).toBe(digits);
  });

  it('is one: what lost its prefix is no hash, and not the one that it was', () => {
    const prefix = fc.constantFrom('sha256:', '0x', undefined);
    const encoding = fc.constantFrom('hex' as const, 'bytea' as const);
    const sourceHash = fc
      .uint8Array({ minLength: 16, maxLength: 64 })
      .map((bytes) => Buffer.from([1, ...bytes.subarray(1)]).toString('hex'));
    fc.assert(
      fc.property(prefix, encoding, sourceHash, (before, spelled, hash) => {
        const spelling = { encoding: spelled, prefix: before };
        const right = `${before ?? ''}${spelled === 'bytea' ? '\\x' : ''}${hash}`;
        expect(normalizedHash(right, spelling)).toBe(hash);
        for (let cut = 1; cut <= right.length - hash.length; cut++) {
          expect(isSourceHash(normalizedHash(right.slice(cut), spelling))).toBe(false);
        }
      }),
    );
  });
});

describe('a template of paths', () => {
  it.each([
    ['sboms/{tenant}/{id}.json', 'tenant', 'sboms/acme/a.b.json', 'acme'],
    ['sboms/{tenant}/{id}.json', 'id', 'sboms/acme/a.b.json', 'a.b'],
    ['{id}-{n}.json', 'n', 'a-b-c.json', 'b-c'],
  ])('%s takes %s of %s', (template, take, path, value) => {
    expect(takenFrom(template, take, path)).toBe(value);
  });

  it.each([
    ['sboms/{id}.json', 'sboms/a/b.json'],
    ['sboms/{id}.json', 'sboms/.json'],
    ['sboms/{id}.json', 'x/sboms/a.json'],
  ])('%s does not fit %s', (template, path) => {
    expect(() => takenFrom(template, 'id', path)).toThrow('does not fit');
  });

  it.each(['{a}{b}', '{a}/{a}', '{a', 'a}', '{1}', 'x'])('%s is none', (template) => {
    expect(() => takenFrom(template, 'a', 'x')).toThrow('template');
  });
});
