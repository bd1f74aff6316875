/** F12: names that try to be SQL, several names, or no name. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../../../src/sources/postgres/index.ts';
import { genericProfile } from '../../../../src/wire/profile.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../../postgres/binaries.ts';
import { quoted } from '../../../postgres/server.ts';
import { serverOfFile } from '../../../postgres/server-of-file.ts';
import { auditOf, expectNoneLeft, expectRefused, passOf, profileOfTable } from '../audits.ts';

const ROWS = 12;

const HOSTILE = [
  'ev"idence',
  '"',
  '""; DROP TABLE public.canary; --',
  `'; DROP TABLE public.canary; --`,
  'a.b',
  '"public"."canary"',
  'public.canary',
  'EVIDENCE',
  'select',
  '*',
  '$1',
  '$$',
  '%I %s',
  '\\',
  `\\'`,
  '--',
  '/*',
  'a\nb\tc',
  ' ',
  'é',
  'e\u0301',
  '\u{1F600}',
  '\u202Eevil',
  '__proto__',
  'constructor',
  'n'.repeat(63),
  '\u{1F600}'.repeat(15),
];

describe.skipIf(!postgresAvailable)(`names${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });

  beforeAll(() => server().sql('postgres', `CREATE TABLE public.canary (tenant text, id text, seq bigint, body text)`));
  afterEach(() => expectNoneLeft(server()));

  /** A column of another name beside each, so that a name that is taken for another one finds something. */
  function tableOf(name: string): string {
    const [schema, table] = [quoted(`s ${name}`.slice(0, name.length < 60 ? undefined : 2)), quoted(name)];
    const columns = ['t', 'i', 's', 'b'].map((letter) => quoted(columnOf(letter, name)));
    return `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.${table} (${columns[0]} text, ${columns[1]} text,
        ${columns[2]} bigint, ${columns[3]} jsonb, ${table} text DEFAULT 'x', PRIMARY KEY (${columns[0]}, ${columns[2]}));
      INSERT INTO ${schema}.${table} SELECT 'acme', 'id-' || n, n, '{"n":1}' FROM generate_series(1, ${ROWS}) n`;
  }

  const columnOf = (letter: string, name: string): string => (name.length < 50 ? `${name}${letter}` : letter);
  const schemaOf = (name: string): string => (name.length < 60 ? `s ${name}` : 's ');

  it.each(HOSTILE)('%j is a name like any other', async (name) => {
    await server().sql('postgres', tableOf(name));
    const members = { tenant: columnOf('t', name), id: columnOf('i', name), seq: columnOf('s', name) };
    const common = { schema: schemaOf(name), table: name, ...members, type: name };
    for (const table of [
      { ...common, seq: undefined, body: { columns: '*' }, attrs: { attr: name } },
      { ...common, stream: { prefix: 'p/', column: name }, body: { columns: [columnOf('b', name), name] } },
    ]) {
      const found = await auditOf(server().url(), { profile: profileOfTable(table), batchSize: 5 });
      expect(found).toEqual(passOf(ROWS));
    }
    expect(await server().sql('postgres', 'SELECT 1 AS there FROM public.canary LIMIT 1')).toEqual([]);
    await server().sql('postgres', `DROP SCHEMA ${quoted(schemaOf(name))} CASCADE`);
  });

  it.each([
    ['table', (name: string) => ({ table: name })],
    ['schema', (name: string) => ({ schema: name, table: 'canary' })],
    ['column', (name: string) => ({ table: 'canary', id: name })],
  ])('a %s that is not there is missing, and no other is taken for it', async (_, tableOfName) => {
    for (const name of HOSTILE.filter((_name, at) => at % 3 === 0)) {
      const table = tableOfName(name);
      const found = await auditOf(server().url(), { profile: profileOfTable(table) });
      expectRefused(found, 'source-incomplete', /it is not there|no column/);
    }
  });

  it.each([
    ['no name', ''],
    ['a name with NUL in it', 'id\0'],
    ['64 bytes', 'n'.repeat(64)],
    ['63 letters of more bytes', 'é'.repeat(32)],
  ])('%s is refused before anything is asked', (_, name) => {
    for (const table of [
      { table: name },
      { schema: name },
      { id: name },
      { seq: name },
      { tenant: name },
      { body: name },
      { attrs: { a: name } },
      { stream: { prefix: 'p', column: name } },
      { body: { columns: [name] } },
    ]) {
      expect(() => profileOfTable(table)).toThrow(/not a profile at/);
    }
  });

  it('an attribute is never left out in silence, whatever it is called', () => {
    const attrs = JSON.parse('{"__proto__":"body"}') as Record<string, string>;
    expect(() => profileOfTable({ attrs })).toThrow('__proto__');
    expect(() =>
      genericProfile(
        'public.canary',
        new Map([
          ['attrs.__proto__', 'body'],
          ['id', 'id'],
        ]),
      ),
    ).toThrow('__proto__');
  });

  it('--table takes one dot and no more', () => {
    for (const table of ['a.b.c', 'a', '.a', 'a.', ''])
      expect(() => genericProfile(table, new Map())).toThrow('schema.table');
  });

  it('a source keeps no name of its own beside those of the profile', () => {
    const source = openPostgres('postgres://u:secret@127.0.0.1:1/db', { profile: profileOfTable({}) });
    expect([source.name, JSON.stringify(source)]).toEqual([
      'postgres://u@127.0.0.1:1/db',
      expect.not.stringContaining('secret'),
    ]);
  });
});
