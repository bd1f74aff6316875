/** Every value as the server has it: no microsecond, digit, byte or letter is lost, and what cannot be kept is refused. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { long } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { auditOf, expectRefused, passOf, profileOfTable } from './audits.ts';
import { readBack } from './read-back.ts';

const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join('');
const CONTROLS = String.fromCodePoint(...Array.from({ length: 31 }, (_, at) => at + 1), 0x7f, 0x85, 0x9f);
const DIGITS = '1234567890123456789012345678901234567890.1234567890123456789012345678901234567890';

/** Type, what is put in, and the text that must come out. */
const TEXTS: readonly (readonly [type: string, put: string, text?: string])[] = [
  ['timestamptz', '2027-03-01 10:00:00.000001+00', '2027-03-01T10:00:00.000001Z'],
  ['timestamptz', '2027-03-01 23:59:59.999999-05:30', '2027-03-02T05:29:59.999999Z'],
  ['timestamptz', '2027-03-01 10:00:00.100+00', '2027-03-01T10:00:00.1Z'],
  ['timestamptz', '1883-11-18 12:03:57+00', '1883-11-18T12:03:57Z'],
  ['timestamptz', 'infinity'],
  ['timestamptz', '-infinity'],
  ['timestamptz', '0044-03-15 00:00:00+00 BC'],
  ['timestamptz', '294276-12-31 23:59:59.999999+00'],
  ['timestamp', '2027-03-14 02:30:00', '2027-03-14T02:30:00'],
  ['timestamp', '2027-03-14 03:30:00.5', '2027-03-14T03:30:00.5'],
  ['timestamp(3)', '2027-03-14 03:30:00.5', '2027-03-14T03:30:00.5'],
  ['date', '0044-03-15 BC'],
  ['date', '2027-02-28'],
  ['date', 'infinity'],
  ['time', '23:59:59.999999'],
  ['timetz', '10:00:00.5+05:45'],
  ['interval', '1 year 2 mons -3 days +04:05:06.789'],
  ['tstzrange', '["2027-03-01 10:00:00.000001+00",infinity)'],
  ['numeric', '1.10'],
  ['numeric', '0.00'],
  ['numeric', '-0.000000000000000000000000000001'],
  ['numeric', DIGITS],
  ['numeric(90,42)', DIGITS, `${DIGITS}00`],
  ['numeric', 'NaN'],
  ['numeric', '-Infinity'],
  ['numeric', `1${'0'.repeat(400)}`],
  ['numeric[]', '{1.10,2.00,NULL}'],
  ['int8', '9223372036854775807'],
  ['int8', '-9223372036854775808'],
  ['int8', '9007199254740993'],
  ['float4', '3.4028235e+38'],
  ['float4', '1e-45'],
  ['float4', '16777216', '1.6777216e+07'],
  ['float8', '0.30000000000000004'],
  ['float8', '5e-324'],
  ['float8', '1.7976931348623157e+308'],
  ['float8', '-0'],
  ['float8', 'NaN'],
  ['float8', '-Infinity'],
  ['float8[]', '{0.1,0.30000000000000004}'],
  ['point', '(0.1,0.30000000000000004)'],
  ['bytea', '\\x'],
  ['bytea', `\\x${ALL_BYTES}`],
  ['bytea[]', '{"\\\\x00ff"}'],
  ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['public.mood', 'it\'s "ok"'],
  ['public.mood[]', '{sad}'],
  ['public.positive', '0042', '42'],
  ['public.moment', '2027-03-01 10:00:00.000001+00', '2027-03-01T10:00:00.000001Z'],
  ['boolean', 'true', 't'],
  ['boolean', 'false', 'f'],
  ['text[]', '{"a,b","\\"",NULL,"NULL",""}'],
  ['int[]', '[0:1]={1,2}'],
  ['inet', '10.0.0.1/8'],
  ['bit(5)', '01010'],
  ['char(6)', 'ab', 'ab    '],
  ['varchar(4)', 'ab  '],
  ['"char"', 'a'],
  ['xml', '<a b="1"/>'],
  ['text', ''],
  ['text', ' '],
  ['text', 'null'],
  ['text', CONTROLS],
  ['text', '\\N \\. \\x41 \\u0041'],
  ['text', '\u{10000}\u{1f6e1}\ufe0f\u{10ffff}\uffff'],
  ['text', 'd\u00e9j\u00e0 vu'],
  ['text', 'de\u0301ja\u0300 vu'],
  ['text', '\ufeff\u2028\u2029\u00a0\u200b'],
  ['text', '</script><!--'],
];

const CASES = TEXTS.map(([type, put, text = put]) => [type, put, text] as const);

/** Column type, JSON that is put in, and the canonical text that must come out. */
const DOCUMENTS: readonly (readonly [type: string, put: string, text: string])[] = [
  ['jsonb', '{"bb":1,"a":2,"c":3}', '{"a":2,"bb":1,"c":3}'],
  ['jsonb', '[9007199254740993, 18446744073709551616]', '[9007199254740993,18446744073709551616]'],
  ['jsonb', '[1, 1.0, 1.00, 1e2, 100]', '[1,1,1,100,100]'],
  ['jsonb', '[0.1, 0.10, 0.30000000000000004]', '[0.1,0.1,0.30000000000000004]'],
  ['jsonb', '[1e400]', '[1e+400]'],
  ['jsonb', '[1e-400, 123456789012345678901234567890.5]', '[1e-400,1.234567890123456789012345678905e+29]'],
  ['jsonb', '[-0]', '[0]'],
  ['jsonb', '{"a":1,"a":2}', '{"a":2}'],
  ['jsonb', '{"__proto__":{"x":1},"constructor":null}', '{"__proto__":{"x":1},"constructor":null}'],
  ['jsonb', '{"\ufb00":1,"😀":2}', '{"😀":2,"\ufb00":1}'],
  ['jsonb', '"\\u00e9\\ud83d\\ude00\\u0001"', '"é😀\\u0001"'],
  ['jsonb', 'null', 'null'],
  ['jsonb', '""', '""'],
  ['json', '{ "b" : 1.00,\n "a" : [ ] }', '{"a":[],"b":1}'],
  ['json', '[-0, 1e400, 1.0]', '[-0,1e+400,1]'],
  ['json', '"\\u00e9\\ud83d\\ude00"', '"é😀"'],
  ['public.document', '{"b":1.0,"a":2}', '{"a":2,"b":1}'],
];

/** What must be refused, and never read as something near to it. */
const REFUSED: readonly (readonly [what: string, text: string, kind: string, says: RegExp])[] = [
  ['a member twice', '{"a":1,"a":2}', 'input-malformed', /duplicate/i],
  ['a member twice, hidden by an escape', '{"a":1,"\\u0061":1}', 'input-malformed', /duplicate/i],
  ['a member twice, deep inside', '{"x":[{"y":{"a":1,"b":2,"a":3}}]}', 'input-malformed', /duplicate/i],
  ['half a pair of surrogates', '"\\ud800"', 'input-malformed', /surrogate/i],
  ['the other half alone', '{"a":"\\udc00x"}', 'input-malformed', /surrogate/i],
  ['half a pair in a name', '{"\\ud800":1}', 'input-malformed', /surrogate/i],
  ['an exponent beyond reason', `[1e${'1'.repeat(1001)}]`, 'input-limit', /exponent/i],
];

describe.skipIf(!postgresAvailable)(`values${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  let client: pg.Client;

  beforeAll(async () => {
    client = await server().connect();
    await client.query(`
      CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"');
      CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
      CREATE DOMAIN instant AS timestamptz;
      CREATE DOMAIN moment AS instant;
      CREATE DOMAIN document AS jsonb;`);
  });
  afterAll(() => client.end());

  /** A table of one row with `type` as its column `v`. */
  async function put(type: string, value: string | null): Promise<void> {
    await client.query(
      `DROP TABLE IF EXISTS evidence; CREATE TABLE evidence (tenant text, id text PRIMARY KEY, v ${type})`,
    );
    await client.query(`INSERT INTO evidence VALUES ('acme', 'e1', $1)`, [value]);
  }

  const profile = (table: Record<string, unknown>) => profileOfTable({ body: { columns: ['v'] }, ...table });

  it.each(CASES)('%s: %j', async (type, value, text) => {
    await put(type, value);
    const [asBody] = await readBack(server().url(), { profile: profile({}) });
    expect(asBody?.bodyText).toBe(JSON.stringify({ v: text }));
    const [alone] = await readBack(server().url(), { profile: profile({ body: 'v', attrs: { 'of v': 'v' } }) });
    expect(alone?.bodyText).toBe(JSON.stringify(text));
    expect([...(alone?.attrs ?? [])]).toEqual([['of v', text]]);
  });

  it.each(DOCUMENTS)('%s: %s', async (type, value, text) => {
    await put(type, value);
    const [alone] = await readBack(server().url(), { profile: profile({ body: 'v' }) });
    expect(alone?.bodyText).toBe(text);
    const [inside] = await readBack(server().url(), { profile: profile({}) });
    expect(inside?.bodyText).toBe(`{"v":${text}}`);
  });

  it('NULL, an empty text, a JSON null and an absent attribute are four things', async () => {
    const roots = new Set<string | null>();
    for (const [type, value] of [
      ['text', null],
      ['text', ''],
      ['text', 'null'],
      ['jsonb', 'null'],
      ['jsonb', '""'],
    ] as const) {
      await put(type, value);
      const { root } = await auditOf(server().url(), { profile: profile({ body: 'v' }) });
      // As text and as JSON an empty text is the same content.
      if (type === 'jsonb' && value === '""') expect([...roots]).toContain(root);
      else roots.add(root);
    }
    expect(roots.size).toBe(4);
    await put('text', null);
    const [absent] = await readBack(server().url(), { profile: profile({ attrs: { v: 'v' } }) });
    expect([...(absent?.attrs ?? [])]).toEqual([['body.nulls', '["v"]']]);
    expect(absent?.bodyText).toBe('{}');
    await put('text', '');
    const [empty] = await readBack(server().url(), { profile: profile({ attrs: { v: 'v' } }) });
    expect([...(empty?.attrs ?? [])]).toEqual([['v', '']]);
  });

  it('NFC and NFD are two values', async () => {
    await put('text', '\u00e9');
    const composed = await auditOf(server().url(), { profile: profile({}) });
    await put('text', 'e\u0301');
    expect((await auditOf(server().url(), { profile: profile({}) })).root).not.toBe(composed.root);
  });

  it.each(REFUSED)('in json, %s is refused, and table and row are named', async (_, text, kind, says) => {
    const ways = [
      ['json', 'v'],
      ['json', { columns: ['v'] }],
      ['text', { column: 'v', as: 'json' }],
    ] as const;
    for (const [type, body] of ways) {
      await put(type, '{}');
      await client.query(`INSERT INTO evidence VALUES ('acme', 'row 7', $1)`, [text]);
      const found = await auditOf(server().url(), { profile: profile({ body }) });
      expectRefused(found, kind, says);
      expect(found.message).toContain('public.evidence');
      expect(found.message).toContain('"row 7"');
    }
  });

  it('text that is said to be JSON, and is not, is refused', async () => {
    for (const text of ['', '{', 'NaN', "{'a':1}", '{"a":1}x', '\ufeff{}']) {
      await put('text', text);
      const found = await auditOf(server().url(), { profile: profile({ body: { column: 'v', as: 'json' } }) });
      expectRefused(found, 'input-malformed', 'public.evidence');
    }
  });

  it('an id of 1024 letters is kept, one of 1025 or of none is refused', async () => {
    for (const letter of ['x', 'é', '\u{1f6e1}']) {
      await put('text', '');
      await client.query('UPDATE evidence SET id = $1', [letter.repeat(1024)]);
      expect(await auditOf(server().url(), { profile: profile({}) })).toEqual(passOf(1));
      for (const id of [letter.repeat(1025), '']) {
        await client.query('UPDATE evidence SET id = $1', [id]);
        expectRefused(await auditOf(server().url(), { profile: profile({}) }), 'schema-violation', '`id` must have');
      }
    }
  });

  it('a body of just under 8 MiB is kept, one of just over is refused', async () => {
    const limit = 8 * 1024 * 1024;
    const overlong =
      /public\.evidence row "e1": it makes a record of some \d+ bytes, and a record has at most 8388608;/;
    // Of the last one bytes, code units and characters are three numbers.
    for (const letter of long ? ['x', 'é', '\u{1f6e1}'] : ['\u{1f6e1}']) {
      await put('text', '');
      const bytes = Buffer.byteLength(letter);
      const fits = Math.floor((limit - 200) / bytes);
      await client.query('UPDATE evidence SET v = repeat($1, $2)', [letter, fits]);
      expect(await auditOf(server().url(), { profile: profile({}) })).toEqual(passOf(1));
      await client.query('UPDATE evidence SET v = repeat($1, $2)', [letter, fits + 200]);
      const found = await auditOf(server().url(), { profile: profile({}) });
      expectRefused(found, 'input-limit', overlong);
    }
  });
});
