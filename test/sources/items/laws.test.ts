/** Laws of importing: what order, chunks and containers have no say in. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { canonicalBytes, canonicalText } from '../../../src/core/json/canonical.ts';
import { CONTAINER, JsonWalk } from '../../../src/core/json/fast/walk.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import { PointerTable } from '../../../src/core/json/pointer.ts';
import { type Json, JsonNumber } from '../../../src/core/json/value.ts';
import { canonicalize, nodePlatform } from '../../../src/index.ts';
import { Sorter } from '../../../src/sorting/sorter.ts';
import { runs } from '../../long.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { importOf, putFiles, recordsOf } from './items.ts';

const folder = temporaryFolder();
let made = 0;
const fresh = (): string => join(folder, `${++made}`);

/** Names and texts that sort in another way by code units, by bytes and by people. */
const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('a', 'B', 'é', '\uffee', '😀', '__proto__', 'a/b', 'a~b', '\u0000', '"', '\\', '\n', 'kindly'),
);
const number = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map((value) => new JsonNumber(String(value))),
  fc.constantFrom('0.10', '1e2', '-0', '9007199254740993', '1.0').map((token) => new JsonNumber(token)),
);
const { value: json } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    number,
    name,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }).map((members) => new Map(members)),
  ),
}));

/** JSON with members as they come, blanks, and escapes where none are needed. */
function spelled(value: Json, space: string): string {
  if (value instanceof JsonNumber) return value.token;
  if (typeof value === 'string')
    return JSON.stringify(value).replace(/[a-c😀]/gu, (one) =>
      [...one].flatMap((c) => c.split('').map((u) => `\\u${u.charCodeAt(0).toString(16).padStart(4, '0')}`)).join(''),
    );
  if (Array.isArray(value))
    return `[${(value as readonly Json[]).map((one) => spelled(one, space)).join(`${space},${space}`)}]`;
  if (!(value instanceof Map)) return String(value);
  const members = [...(value as ReadonlyMap<string, Json>)];
  return `{${members.map(([key, one]) => `${spelled(key, '')}${space}:${spelled(one, space)}`).join(`,${space}`)}}`;
}

const items = fc.uniqueArray(
  fc.record({ id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), body: json }),
  {
    selector: ({ id }) => id,
    minLength: 1,
    maxLength: 12,
  },
);
const space = fc.constantFrom('', ' ', '\r\n\t');
const PLACE = { id: '/id', body: '/body', tenant: { value: 'acme' } };

it('any order of the items, in an array, in lines or in files, has the same records', async () => {
  await fc.assert(
    fc.asyncProperty(
      items,
      fc.infiniteStream(fc.nat()),
      space,
      fc.constantFrom(1, 64, 1 << 20),
      async (all, draws, blank, bound) => {
        const text = ({ id, body }: (typeof all)[number]): string =>
          spelled(
            new Map<string, Json>([
              ['id', id],
              ['body', body],
            ]),
            blank,
          );
        const shuffled = [...all].map((item) => [draws.next().value ?? 0, item] as const).sort(([a], [b]) => a - b);
        const texts = shuffled.map(([, item]) => text(item));
        const array = putFiles(fresh(), { 'x.json': `${blank}{"of":[1],"in":{"the":[${texts.join(',')}]}}` });
        const lines = putFiles(fresh(), {
          'x.ndjson': texts.map((one) => one.replaceAll('\n', '').replaceAll('\r', '')).join('\n'),
        });
        const files = putFiles(fresh(), Object.fromEntries(texts.map((one, at) => [`d/${at}.json`, one])));
        const expected = [...all]
          .sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
          .map(
            ({ id, body }) =>
              `{"body":${canonicalText(body)},"id":${JSON.stringify(id)},"stream":"items","tenant":"acme","type":"item"}`,
          );
        expect(
          await recordsOf(
            importOf({ folder: array }, [{ from: { json: 'x.json', items: '/in/the' }, ...PLACE }], bound),
          ),
        ).toEqual(expected);
        expect(await recordsOf(importOf({ folder: lines }, [{ from: { ndjson: '*' }, ...PLACE }], bound))).toEqual(
          expected,
        );
        expect(
          await recordsOf(importOf({ folder: files }, [{ from: { files: '**/*.json' }, ...PLACE }], bound)),
        ).toEqual(expected);
      },
    ),
    { numRuns: runs(25, 2000, 10) },
  );
});

it('bodies are what canonicalize gives for their text', async () => {
  await fc.assert(
    fc.asyncProperty(json, space, async (body, blank) => {
      const text = spelled(body, blank);
      const at = putFiles(fresh(), { 'x.json': text });
      const [record = ''] = await recordsOf(importOf({ folder: at }, [{ from: { files: '*' }, id: { path: true } }]));
      const canonical = canonicalize(Buffer.from(text));
      expect(record).toBe(`{"body":${canonical},"id":"x.json","stream":"items","tenant":"default","type":"item"}`);
    }),
    { numRuns: runs(100, 3000) },
  );
});

it('external sort gives what sorting in memory gives, for any bound and number of runs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fc.nat(40)), { maxLength: 400 }),
      fc.integer({ min: 1, max: 4000 }),
      async (entries, bound) => {
        const sorter = new Sorter(bound);
        for (const [key, size] of entries) {
          sorter.add(`${key}\u0001`, { head: 'r'.repeat(size), body: undefined, tail: '' }, [0, size, 1, 0]);
          if (sorter.isFull) await sorter.spill();
        }
        const sorted = await sorter.sorted();
        const keys: string[] = [];
        for (let found = sorted.next(); found !== 'end'; found = sorted.next()) {
          if (found === 'more') await sorted.fill();
          else
            keys.push(
              Buffer.from(sorted.bytes)
                .subarray(sorted.at + 40, sorted.at + 40 + sorted.view.getUint32(sorted.at, true))
                .toString(),
            );
        }
        await sorter.close();
        expect(keys).toEqual(
          entries.map(([key]) => `${key}\u0001`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      },
    ),
    { numRuns: runs(30, 500) },
  );
});

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
