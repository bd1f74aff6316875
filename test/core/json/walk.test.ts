/** The walk over texts that come in pieces: what it finds, gives away and refuses is what the reader of whole texts says. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { canonicalBytes, canonicalText } from '../../../src/core/json/canonical.ts';
import { CONTAINER, JsonWalk, type WalkOptions } from '../../../src/core/json/fast/walk.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import { PointerTable } from '../../../src/core/json/pointer.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { nodePlatform } from '../../../src/index.ts';
import { runs } from '../../long.ts';
import { json, spelled } from './values.ts';

const space = fc.constantFrom('', ' ', '\r\n\t');

/** A walk that is given a text in pieces, and again what it did not take. */
function walked(walk: JsonWalk, text: Uint8Array, pieces: readonly number[]): void {
  let at = 0;
  for (let end = 0, piece = 0; !walk.done; piece++) {
    end = Math.min(text.length, end + 1 + (pieces[piece % pieces.length] ?? 0));
    at = walk.write(text.slice(0, end), at, end, end === text.length);
  }
}

it('a walk gives away the canonical form of a text whose members are in order, in any pieces', () => {
  fc.assert(
    fc.property(json, space, fc.array(fc.nat(9), { minLength: 1 }), (value, blank, pieces) => {
      const ordered = parseJson(nodePlatform, canonicalBytes(value));
      const text = Buffer.from(spelled(ordered, blank));
      const digest = createHash('sha256');
      const walk = new JsonWalk(nodePlatform, { body: '', emit: (bytes) => digest.update(bytes) });
      walked(walk, text, pieces);
      expect(digest.digest('hex')).toBe(nodePlatform.sha256(canonicalBytes(value)));
    }),
    { numRuns: runs(300, 20_000) },
  );
});

/** All pointers into a value, with what is there. */
function placesIn(value: Json, pointer = ''): readonly (readonly [string, Json])[] {
  const escaped = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
  const inner =
    value instanceof Map
      ? [...(value as ReadonlyMap<string, Json>)]
      : Array.isArray(value)
        ? Object.entries(value as readonly Json[])
        : [];
  return [[pointer, value], ...inner.flatMap(([token, one]) => placesIn(one as Json, `${pointer}/${escaped(token)}`))];
}

it('a walk and a table find under every pointer what is there', () => {
  fc.assert(
    fc.property(json, space, fc.array(fc.nat(9), { minLength: 1 }), (value, blank, pieces) => {
      const places = placesIn(value);
      const pointers = [...places.map(([pointer]) => pointer), '/absent', '/0/absent'].filter(
        (one, at, all) => all.indexOf(one) === at,
      );
      const expected = new Map(places);
      const canonical = canonicalBytes(value);
      const table = new PointerTable(pointers);
      table.locate(canonical, 0);
      expect([table.start[0], table.end[0]]).toEqual([0, canonical.length]);
      const walk = new JsonWalk(nodePlatform, { wanted: pointers });
      walked(walk, Buffer.from(spelled(value, blank)), pieces);
      for (const [at, pointer] of pointers.entries()) {
        const is = expected.get(pointer);
        const found =
          (table.start[at] ?? -1) < 0
            ? undefined
            : Buffer.from(canonical.subarray(table.start[at], table.end[at])).toString();
        expect(found, pointer).toBe(is === undefined ? undefined : canonicalText(is));
        const isContainer = is instanceof Map || Array.isArray(is);
        const scalar = typeof is === 'string' || is === null || is === undefined ? is : canonicalText(is);
        expect(walk.texts[at], pointer).toBe(isContainer ? CONTAINER : scalar);
      }
    }),
    { numRuns: runs(200, 10_000) },
  );
});

it('a walk refuses what the strict reader refuses', () => {
  const odd = fc.constantFrom(
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\',
    '\\u12',
    '\u0001',
    '1',
    '-',
    '.',
    'e',
    'tru',
    '\ufeff',
    ' ',
  );
  fc.assert(
    fc.property(
      json,
      fc.nat(),
      odd,
      fc.boolean(),
      fc.array(fc.nat(9), { minLength: 1 }),
      (value, draw, piece, cuts, pieces) => {
        const whole = canonicalText(value);
        const at = draw % (whole.length + 1);
        const text = Buffer.from(whole.slice(0, at) + piece + whole.slice(cuts ? at + 1 : at));
        const outcome = (work: () => void): string => {
          try {
            work();
            return 'read';
          } catch (error) {
            if (error instanceof EvidenceError) return 'refused';
            throw error;
          }
        };
        const strict = outcome(() => parseJson(nodePlatform, text));
        const walk = new JsonWalk(nodePlatform, {});
        const walking = outcome(() => {
          walked(walk, text, pieces);
          // What stands behind the value is not the walk's to judge.
          let end = text.length;
          while (end > 0 && ' \n\r\t'.includes(String.fromCharCode(text[end - 1] ?? 0))) end--;
          const again = new JsonWalk(nodePlatform, {});
          const taken = again.write(text, 0, text.length, true);
          if (taken < end) throw new EvidenceError('input-malformed', 'data after the end');
        });
        expect(walking, text.toString()).toBe(strict);
      },
    ),
    { numRuns: runs(500, 30_000) },
  );
});

it('a walk that gives a body away refuses a name that comes twice in it, or out of order, also by an escape', () => {
  const walkOf = (text: string) => (): number =>
    new JsonWalk(nodePlatform, { body: '/b' }).write(Buffer.from(text), 0, Buffer.byteLength(text), true);
  expect(walkOf('{"z":1,"b":{"a":1,"b":2},"a":3}')).not.toThrow();
  expect(walkOf('{"b":{"a":1,"a":2}}')).toThrow(/duplicate member name/);
  expect(walkOf('{"b":[{"a":1,"\\u0061":2}]}')).toThrow(/duplicate member name/);
  expect(walkOf('{"b":1,"a":1,"b":1}')).toThrow(/duplicate member name/);
  expect(walkOf('{"b":{"b":1,"a":2}}')).toThrow(/not in canonical order/);
});

/** Where somebody is told to look, and why; of a text that comes whole and of one that comes byte by byte. */
function faultOf(text: string, options: WalkOptions = {}): readonly unknown[] {
  const bytes = Buffer.from(text);
  const faults = [[bytes.length], [0]].map((pieces) => {
    try {
      walked(new JsonWalk(nodePlatform, options), bytes, pieces);
      return ['read'];
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      return [error.message.split(' (')[0], error.where.byteOffset, error.where.member];
    }
  });
  expect(faults[1], text).toEqual(faults[0]);
  return faults[0] ?? [];
}

it.each<[text: string, reason: RegExp, byteOffset: number, member: string | undefined]>([
  ['{"a"?1}', /unexpected byte 0x3f/, 4, '/a'],
  ['{"a":1\u0007}', /unexpected byte 0x07/, 6, '/a'],
  ['{"a":[1 2]}', /unexpected byte 0x32/, 8, '/a/0'],
  ['{"a":{"b":trUe}}', /unexpected byte 0x55/, 12, '/a/b'],
  ['{"a":nul ', /unexpected byte 0x20/, 8, '/a'],
  ['{1:2}', /unexpected byte 0x31/, 1, undefined],
  ['{"a":1,}', /unexpected byte 0x7d/, 7, '/a'],
  ['{"a":1,"a":2}', /duplicate member name/, 7, '/a'],
  ['[1}', /unexpected byte 0x7d/, 2, '/0'],
  ['{"a":1]', /unexpected byte 0x5d/, 6, '/a'],
  ['{"a":"x', /ends within a JSON text/, 7, undefined],
  ['{"a":', /ends within a JSON text/, 5, undefined],
])(
  'of %j it is said what is wrong, at which byte and in which member, in pieces as of the whole',
  (text, reason, byteOffset, member) => {
    expect(faultOf(text)).toEqual([expect.stringMatching(reason), byteOffset, member]);
  },
);

it('a nest as deep as the reader of whole texts allows is read, and one deeper refused as a limit', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const nest = (depth: number): string => `${open.repeat(depth)}0${close.repeat(depth)}`;
    expect(faultOf(nest(128))).toEqual(['read']);
    expect(() => parseJson(nodePlatform, Buffer.from(nest(128)))).not.toThrow();
    expect(faultOf(nest(129))[0]).toMatch(/more than 128 containers/);
    expect(() => parseJson(nodePlatform, Buffer.from(nest(129)))).toThrow();
  }
});

it('of where the items should be it is said what stands there instead of an array', () => {
  const atStop = (text: string): readonly [boolean, string | undefined] => {
    const walk = new JsonWalk(nodePlatform, { stopAt: '/in/items' });
    walk.write(Buffer.from(text), 0, Buffer.byteLength(text), false);
    return [walk.stopped, walk.otherAtStop];
  };
  expect(atStop('{"in":{"items":[1]}}')).toEqual([true, undefined]);
  expect(atStop('{"in":{"items":{"a":[]}}}')).toEqual([false, 'an object']);
  expect(atStop('{"in":{"items":"[]"}}')).toEqual([false, 'a string']);
  expect(atStop('{"in":{"items":null}}')).toEqual([false, 'a scalar']);
  expect(atStop('{"in":[{"items":[]}],"items":[1]}')).toEqual([false, undefined]);
});

it('a body of many short members is given away as it comes, and whole: it is not gathered until memory ends', () => {
  const value = Array.from({ length: 15_000 }, (_, at) => 100_000 + at);
  for (const body of [
    canonicalText(new Map<string, Json>(value.map((one, at) => [`n${100_000 + at}`, one % 3 === 0]))),
    JSON.stringify(value),
  ]) {
    const text = Buffer.from(`{"a":"x","body":${body},"c":"y"}`);
    const given: Buffer[] = [];
    const walk = new JsonWalk(nodePlatform, { body: '/body', emit: (bytes) => void given.push(Buffer.from(bytes)) });
    walked(walk, text, [text.length]);
    expect(Buffer.concat(given).toString() === body).toBe(true);
    expect(walk.bodyBytes).toBe(body.length);
    expect(Math.max(...given.map(({ length }) => length))).toBeLessThan(65 * 1024);
  }
});

it('characters and escapes that lie across two pieces come out whole, wherever the cut is', () => {
  const text = 'aé\u07ff\u0800中\uffff\u{10000}😀"\\\n\u0001/\ud7ff\ue000';
  const escaped = [...text].flatMap((c) =>
    c.split('').map((u) => `\\u${u.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  for (const spelling of [
    JSON.stringify(text),
    `"${escaped.join('')}"`,
    `"${escaped.join('').toUpperCase().replaceAll('U', 'u')}"`,
  ]) {
    const bytes = Buffer.from(`[${spelling}]`);
    for (let cut = 1; cut < bytes.length; cut++) {
      const given: Buffer[] = [];
      const emit = (piece: Uint8Array): void => void given.push(Buffer.from(piece));
      const walk = new JsonWalk(nodePlatform, { wanted: ['/0'], body: '/0', emit });
      const taken = walk.write(bytes.subarray(0, cut), 0, cut, false);
      walk.write(bytes, taken, bytes.length, true);
      expect([walk.texts[0], Buffer.concat(given).toString()], `cut at ${cut}`).toEqual([text, JSON.stringify(text)]);
    }
  }
});

it('of members that nothing reads the first hundred are named, and the first that holds more', () => {
  const walkOf = (text: string): JsonWalk => {
    const walk = new JsonWalk(nodePlatform, { wanted: ['/r/id', '/list/1'], body: '/r/body' });
    walk.write(Buffer.from(text), 0, Buffer.byteLength(text), true);
    return walk;
  };
  const walk = walkOf('{"a":1,"r":{"body":{"x":[1]},"id":"i","s":{"t":1},"u":[]},"list":[0,1,{"v":1}]}');
  expect([[...walk.unread], walk.unreadContainer]).toEqual([['/a', '/r/s', '/r/u'], '/r/s']);
  const many = walkOf(`{${Array.from({ length: 150 }, (_, at) => `"m${at}":0`).join(',')}}`);
  expect([many.unread.size, many.unread.has('/m99'), many.unreadContainer]).toEqual([100, true, undefined]);
});
