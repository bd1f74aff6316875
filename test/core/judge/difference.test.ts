/** Where two records differ: a pointer that leads there, and values that fit on a line. */
import { describe, expect, it } from 'vitest';
import { jsonFrom } from '../../../src/core/json/from-plain.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { type Difference, differenceOf } from '../../../src/core/judge/difference.ts';
import { portable, utf8 } from '../../../src/core/platform.ts';

const json = (text: string): Json => parseJson(portable, utf8(text));

function difference(baseline: string, current: string): Difference {
  return differenceOf({ baseline: () => json(baseline), current: () => json(current) });
}

function between(baseline: unknown, current: unknown): Difference {
  return differenceOf({ baseline: () => jsonFrom(baseline), current: () => jsonFrom(current) });
}

describe('the first difference', () => {
  it.each([
    ['a text', '{"body":{"a":"x"}}', '{"body":{"a":"y"}}', '/body/a', 'x', 'y'],
    ['an item of a list', '{"body":[1,[2,3]]}', '{"body":[1,[2,4]]}', '/body/1/1', '3', '4'],
    ['an item that was added (B27)', '{"body":[1]}', '{"body":[1,2]}', '/body/1', null, '2'],
    ['a member that was removed', '{"body":{"a":1,"b":2}}', '{"body":{"a":1}}', '/body/b', '2', null],
    ['null in the place of nothing (B25)', '{"body":{}}', '{"body":{"a":null}}', '/body/a', null, null],
    ['the kind of a value', '{"body":{"a":[]}}', '{"body":{"a":{}}}', '/body/a', '[]', '{}'],
    ['text in the place of a number (B25)', '{"body":0}', '{"body":"0"}', '/body', '0', '0'],
    [
      'a digit far behind (D08)',
      '{"body":10.5}',
      '{"body":10.5000000000000000001}',
      '/body',
      '10.5',
      '10.5000000000000000001',
    ],
    ['minus zero', '{"body":0}', '{"body":-0}', '/body', '0', '-0'],
    ['true', '{"body":true}', '{"body":false}', '/body', true, false],
    ['a name with / and ~', '{"body":{"a/b~c":1}}', '{"body":{"a/b~c":2}}', '/body/a~1b~0c', '1', '2'],
    ['a name like an escape', '{"body":{"~1":1}}', '{"body":{"~1":2}}', '/body/~01', '1', '2'],
    ['an empty name', '{"body":{"":1}}', '{"body":{"":2}}', '/body/', '1', '2'],
    ['the name __proto__ (D02)', '{"body":{"__proto__":1}}', '{"body":{"__proto__":2}}', '/body/__proto__', '1', '2'],
    ['an attribute', '{"attrs":{"status":"open"}}', '{"attrs":{"status":"closed"}}', '/attrs/status', 'open', 'closed'],
    [
      'a microsecond (B24)',
      '{"recordedAt":"a.000001Z"}',
      '{"recordedAt":"a.000002Z"}',
      '/recordedAt',
      'a.000001Z',
      'a.000002Z',
    ],
  ])('is %s', (_, baseline, current, path, was, is) => {
    expect(difference(baseline, current)).toMatchObject({ path, baseline: was, current: is, count: 1 });
  });

  it('is none between two spellings of one value', () => {
    expect(difference('{"body":{"a":1.0,"b":"\\u0061"}}', '{ "body": {"b":"a","a":1e0} }')).toMatchObject({
      path: undefined,
      baseline: null,
      current: null,
      count: 0,
    });
  });

  it('is that of the content, where hashes and links follow from it', () => {
    expect(
      difference('{"hash":"a","prev":"b","body":1,"seq":1}', '{"hash":"c","prev":"d","body":2,"seq":2}'),
    ).toMatchObject({ path: '/body', count: 4 });
    expect(difference('{"hash":"a","prev":"b","body":1}', '{"hash":"a","prev":"d","body":1}')).toMatchObject({
      path: '/prev',
      count: 1,
    });
  });

  it('counts all places, and lists 100 of them', () => {
    const members = (value: number, count: number): unknown => ({
      body: Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, value])),
    });
    for (const count of [99, 100, 5000]) {
      const found = between(members(0, count), members(1, count));
      expect(found).toMatchObject({ count, path: '/body/m0' });
      expect(found.places).toHaveLength(Math.min(count, 100));
      expect(found.kinds.length + found.kindsOmitted).toBe(count);
    }
  });

  it('shows long values cut, with their length, and no half of a surrogate pair', () => {
    const short = 'x'.repeat(200);
    expect(between({ body: short }, { body: 1 }).baseline).toBe(short);
    expect(between({ body: `${short}y` }, { body: 1 }).baseline).toBe(`${short}… (201 characters)`);
    const pairs = between({ body: `x${'😀'.repeat(150)}` }, { body: 1 }).baseline as string;
    expect(pairs.isWellFormed()).toBe(true);
    expect(pairs).toBe(`x${'😀'.repeat(99)}… (301 characters)`);
    const { baseline } = between({ body: Array.from({ length: 1000 }, () => 1) }, { body: 1 });
    expect(baseline).toMatch(/^\[1,1.*… \(2001 characters\)$/);
  });

  it.each(['body', 'attrs', 'type', 'recordedAt'])(
    'of content goes before that of hashes which follow: %s',
    (member) => {
      const of = (text: string): object => ({ [member]: text, hash: text, id: text, prev: text });
      expect(between(of('a'), of('b'))).toMatchObject({ path: `/${member}`, count: 4 });
    },
  );

  it('of bodies is not that of digests which follow from them', () => {
    expect(difference('{"body":1,"bodyDigest":"a"}', '{"body":2,"bodyDigest":"b"}')).toMatchObject({
      path: '/body',
      count: 1,
    });
  });

  it('between a record with its body and one with the digest alone is not that one has the digest', () => {
    const digest = 'sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b';
    const found = difference('{"body":1,"prev":"a"}', `{"bodyDigest":"${digest}","prev":"b"}`);
    expect(found).toMatchObject({ path: '/prev', baseline: 'a', current: 'b' });
  });
});
