/** A condition on rows: one expression or a refusal, named wherever a verdict is, and never a way to change the store. */
import { beforeAll, describe, expect, it } from 'vitest';
import { compareSources } from '../../../src/engine/compare.ts';
import { openPostgres } from '../../../src/sources/postgres/index.ts';
import { inSchema, type Profile, profileFrom } from '../../../src/wire/profile.ts';
import type { Profile1 } from '../../../src/wire/profile-tables.ts';
import { evidenceDiff } from '../../e2e/command.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { auditOf, expectRefused, passOf, profileOfTable } from './audits.ts';

const ROWS = 6;

/** Conditions that are more than a condition: they must not even become a profile. */
const NOT_ONE: readonly string[] = [
  'TRUE) GROUP BY 1; COMMIT; DELETE FROM public.evidence; SELECT (TRUE',
  'TRUE); COMMIT; DELETE FROM public.evidence; SELECT (TRUE',
  'TRUE; DELETE FROM public.evidence',
  'TRUE;',
  'TRUE) OR (TRUE',
  'TRUE) UNION ALL SELECT tenant, id, body FROM public.other WHERE (TRUE',
  'TRUE) -- ',
  'TRUE -- only these',
  'TRUE /* ',
  'TRUE /* all */',
  '((TRUE)',
  'TRUE)',
  `id = '`,
  `id = 'a'')`,
  'id = "',
  'id = $$a$$',
  'id = $1',
  `id = E'\\'; DELETE FROM public.evidence; --'`,
  `id = e'a'`,
  'id = \u0000',
  '   ',
  '',
];

/** Conditions that look like more, and are one. */
const ONE: readonly (readonly [where: string, rows: number])[] = [
  ['TRUE', ROWS],
  [`id <> 'x; DROP TABLE evidence; --'`, ROWS],
  [`id <> 'it''s /* no comment */'`, ROWS],
  [`("id" = 'e1') OR (id ~ '^e[2-3]$')`, 3],
  [`id ~ '\\d'`, ROWS],
  [`id <> '\\'`, ROWS],
  [`"a ""quoted; name" IS NULL`, ROWS],
  [`id IN ('e1', 'e2')`, 2],
];

describe('a condition that is more than one', () => {
  it.each(NOT_ONE)('is refused: %j', (where) => {
    expect(() => profileOfTable({ where })).toThrowError(/not a profile at \/tables\/0\/where: /);
  });

  it.each(ONE)('is taken where it is one: %j', (where) => {
    expect(profileOfTable({ where }).tables[0]?.where).toBe(where);
  });
});

describe.skipIf(!postgresAvailable)(`a condition on the rows of a table${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();

  beforeAll(() =>
    server().sql(
      'postgres',
      `CREATE TABLE evidence (tenant text, id text PRIMARY KEY, body text, "a ""quoted; name" text);
       INSERT INTO evidence SELECT 'acme', 'e' || n, 'content ' || n FROM generate_series(1, ${ROWS}) n`,
    ),
  );

  const left = async (): Promise<unknown> =>
    (await server().sql('postgres', 'SELECT count(*)::int AS rows FROM evidence'))[0]?.['rows'];

  /** A profile that went past every check: what the server itself must then stop. */
  function unchecked(where: string): Profile {
    const profile = profileOfTable({});
    return { ...profile, tables: profile.tables.map((table) => ({ ...table, where })) };
  }

  it.each(ONE)('%j', async (where, rows) => {
    expect(await auditOf(server().url(), { profile: profileOfTable({ where }) })).toEqual(passOf(rows));
  });

  it.each(NOT_ONE.filter((where) => where.startsWith('TRUE') && where.includes(';')))(
    'cannot run a second statement: %j',
    async (where) => {
      const found = await auditOf(server().url(), { profile: unchecked(where) });
      expectRefused(found, 'source-incomplete', 'could not be read');
      expect(await left()).toBe(ROWS);
    },
  );

  it.each([
    `set_config('transaction_read_only', 'off', true) IS NOT NULL`,
    `pg_catalog.query_to_xml('DELETE FROM public.evidence', true, true, '') IS NOT NULL`,
    `pg_catalog.query_to_xml('TRUNCATE public.evidence', true, true, '') IS NOT NULL`,
    `(SELECT 1 FROM public.nowhere) = 1`,
    'id',
    'no_such_column = 1',
    `body = 'content 1' ORDER BY id`,
  ])('cannot change anything by what it calls: %s', async (where) => {
    expectRefused(await auditOf(server().url(), { profile: profileOfTable({ where }) }), 'source-incomplete', /./);
    expect(await left()).toBe(ROWS);
  });

  it('that answers otherwise each time is found', async () => {
    const profile = profileOfTable({ where: 'random() < 0.5' });
    const verdicts = new Set<string>();
    for (let tries = 0; tries < 12; tries++) verdicts.add((await auditOf(server().url(), { profile })).verdict);
    expect(verdicts).toContain('INCOMPLETE');
  });

  it('means the same where the server takes a backslash in texts for an escape', async () => {
    await server().sql('postgres', 'ALTER DATABASE postgres SET standard_conforming_strings = off');
    const where = `id <> '\\' OR id = ' OR TRUE'`;
    expect(await auditOf(server().url(), { profile: profileOfTable({ where }) })).toEqual(passOf(ROWS));
    await server().sql('postgres', 'ALTER DATABASE postgres RESET standard_conforming_strings');
  });

  it('is no way to compare two different halves', async () => {
    await server().createDatabase('twin', { template: 'postgres' });
    const some = openPostgres(server().url(), { profile: profileOfTable({ where: `id < 'e3'` }) });
    const others = openPostgres(server().url('twin'), { profile: profileOfTable({ where: `id < 'e4'` }) });
    const report = await compareSources(some, others);
    expect(report.verdict).toBe('INCOMPLETE');
    expect(report.findingCounts).toHaveProperty('source-filtered');
    await server().sql('postgres', 'DROP DATABASE twin');
  });

  it('is printed with every verdict, and by profile check', () => {
    const where = `id < 'e3'`;
    const map = ['tenant=tenant', 'id=id', 'body=body'].flatMap((entry) => ['--map', entry]);
    const profile = ['--profile', 'generic', '--table', 'public.evidence', ...map, '--where', where];
    const env = { EVIDENCE_SOURCE: server().url() };
    for (const [verb, ...more] of [
      ['verify-all'],
      ['stats'],
      ['stats', '--format', 'json'],
      ['profile', 'check'],
      ['profile', 'show'],
    ]) {
      const { stdout, status, stderr } = evidenceDiff([verb ?? '', ...more, ...profile], { env });
      expect([verb, status, stderr], stdout).toEqual([verb, expect.any(Number), expect.any(String)]);
      expect(`${stdout}${stderr}`, [verb, ...more].join(' ')).toContain(where);
    }
  });
});

describe('one table twice in a profile', () => {
  const table = (id: string, where: string) => ({
    ...{ schema: 'public', table: 'evidence', tenant: { value: 'acme' }, stream: { value: id } },
    ...{ id: 'id', type: { value: 'event' }, body: 'body', where },
  });

  it('is refused: of two conditions a report could name one only', () => {
    const tables = [table('a', `id < 'e3'`), table('b', `id >= 'e3'`)];
    const profile = { kind: 'evidence-profile', version: 1, name: 'twice', tables };
    expect(() => profileFrom(profile, 'twice.json')).toThrowError(/twice\.json: not a profile at \/tables\/1.* twice/);
  });

  it('is refused also where --schema makes two tables one', () => {
    const one = { ...table('a', 'TRUE'), schema: 'blue' };
    const two = { ...table('b', 'TRUE'), schema: 'green' };
    const both = { kind: 'evidence-profile', version: 1, name: 'two', tables: [one, two] };
    const profile = profileFrom(both, 'two.json') as Profile1;
    expect(() => inSchema(profile, 'public')).toThrowError(/profile two in the schema public: .* twice/);
    const second = inSchema({ ...profile, tables: profile.tables.slice(1) }, 'public') as Profile1;
    expect(second.tables[0]?.schema).toBe('public');
  });
});
