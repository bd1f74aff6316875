/** One store, one set of roots: through every container, and whatever the server, the role or this machine prefers. */
import { join } from 'node:path';
import type pg from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { auditSource } from '../../../src/engine/audit-run.ts';
import { auditSnapshot, captureSnapshot, type SnapshotSummary, writeSnapshot } from '../../../src/index.ts';
import { openPostgres } from '../../../src/sources/postgres/index.ts';
import { profileFrom } from '../../../src/wire/profile.ts';
import type { Profile1 } from '../../../src/wire/profile-tables.ts';
import { evidenceDiff } from '../../e2e/command.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { createLedger, LEDGER_CHAINS, type LedgerPlan, ledgerRecords } from '../../postgres/ledger-store.ts';
import type { DatabaseOptions } from '../../postgres/server.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { profileOfTable } from './audits.ts';
import { type HowToRead, ledgerAt } from './one-ledger.ts';

const PLAN: LedgerPlan = { rows: 240, tenants: 5, chainsPerTenant: 2, seed: 'fidelity' };

/** Two streams of values that a setting could print in another way, under names that a locale would sort otherwise. */
const VALUES = `
  CREATE TABLE evidence (
    tenant text, id text, at timestamptz, plain timestamp, day date, clock timetz, span interval, price numeric(9,2),
    float float8, single float4, places point, bytes bytea, flags boolean, names text[], cash money, range tstzrange,
    doc jsonb, note text, mark xml);
  INSERT INTO evidence SELECT tenant, prefix || n, '2027-03-14 02:30:00.000001-05'::timestamptz + n * '1 hour 1.5 s'::interval,
    '2027-03-14 02:30:00', '2027-02-03', '10:00:00.5+05:45', '1 year 2 mons -3 days 04:05:06.789', n + 0.10,
    0.1 * n + 0.2, 0.1::float4 * n, point(0.1 * n, 0.30000000000000004), decode('00ff5c27', 'hex') || int4send(n), n % 2 = 0,
    array['a,b', NULL, 'é'], 1234.5, tstzrange('2027-03-01 10:00+00', NULL), '{"b": 1.10, "a": 9007199254740993, "é": "ß"}',
    E'tab\\tback\\\\slash \\u00e9\\u00df', '<a>é</a>'
  FROM unnest(array['acme', 'Zenith', 'acme-eu', 'acmeeu', 'Ærø', 'ß', '_']) tenant,
    unnest(array['é', 'e', 'É', 'z', 'Z', 'ev-', 'ev_', 'EV', '1', ' ', 'ß']) prefix, generate_series(1, 3) n;`;

const PROFILE: Profile1 = profileOfTable({
  tenant: 'tenant',
  stream: { prefix: 'values/', column: 'tenant' },
  attrs: { at: 'at', cash: 'cash', span: 'span', float: 'float' },
  body: { columns: '*' },
});

/** The same rows, for which the server takes its time. */
const SLOWLY: Profile1 = profileFrom(
  {
    ...PROFILE,
    tables: PROFILE.tables.map((table) => ({ ...table, where: `id <> 'z1' OR pg_sleep(0.06) IS NOT NULL` })),
  },
  'slowly',
);

interface Environment {
  readonly what: string;
  /** Of the database, as `name = value`. */
  readonly settings?: readonly string[];
  /** In place of a copy of the usual database: filled anew. */
  readonly database?: DatabaseOptions;
  /** Run in the database after it was filled. */
  readonly sql?: string;
  readonly how?: HowToRead;
}

const ENVIRONMENTS: readonly Environment[] = [
  { what: 'a time zone with a gap', settings: [`TimeZone = 'America/New_York'`] },
  { what: 'a time zone by quarter hours', settings: [`TimeZone = 'Asia/Kathmandu'`] },
  { what: 'German dates', settings: [`DateStyle = 'German, DMY'`] },
  { what: 'SQL dates', settings: [`DateStyle = 'SQL, MDY'`, `TimeZone = 'Europe/Berlin'`] },
  { what: 'ISO intervals', settings: [`IntervalStyle = 'iso_8601'`] },
  { what: 'verbose intervals', settings: [`IntervalStyle = 'postgres_verbose'`] },
  { what: 'a client encoding', settings: [`client_encoding = 'LATIN1'`] },
  { what: 'few float digits', settings: ['extra_float_digits = -15'] },
  { what: 'bytea in escapes', settings: [`bytea_output = 'escape'`] },
  { what: 'backslashes as escapes', settings: ['standard_conforming_strings = off'] },
  { what: 'locales', settings: [`lc_numeric = 'C.utf8'`, `lc_monetary = 'C.utf8'`, `lc_time = 'C.utf8'`] },
  { what: 'XML', settings: [`xmlbinary = 'hex'`, `xmloption = 'document'`] },
  { what: 'strict isolation', settings: [`default_transaction_isolation = 'serializable'`, 'row_security = on'] },
  { what: 'parallel plans', settings: ['force_parallel_mode = on', 'min_parallel_table_scan_size = 0'] },
  { what: 'plans without sorting in memory', settings: ['enable_hashagg = off', `work_mem = '64kB'`] },
  { what: 'a short limit for statements', settings: [`statement_timeout = '250ms'`], how: { profile: SLOWLY } },
  {
    what: 'a schema that shadows functions and operators',
    settings: ['search_path = evil, public'],
    sql: `CREATE SCHEMA evil; CREATE FUNCTION evil.count() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
      CREATE FUNCTION evil.wrong(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.wrong);
      CREATE TABLE evil.evidence (tenant text)`,
  },
  { what: 'the encoding LATIN1', database: { encoding: 'LATIN1', locale: 'C' } },
  { what: 'the encoding WIN1252', database: { encoding: 'WIN1252', locale: 'C' } },
  { what: 'the locale C.utf8', database: { locale: 'C.utf8' } },
  { what: 'an ICU database', database: { icuLocale: 'de', locale: 'C' } },
  {
    what: 'ICU columns',
    sql: `ALTER TABLE evidence ALTER tenant TYPE text COLLATE "und-x-icu", ALTER id TYPE text COLLATE "und-x-icu";
      CREATE INDEX ON evidence (tenant, id)`,
  },
  {
    what: 'columns that call different texts equal',
    sql: `CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
      ALTER TABLE evidence ALTER tenant TYPE text COLLATE blind, ALTER id TYPE text COLLATE blind;
      CREATE INDEX ON evidence (tenant, id)`,
  },
  {
    what: 'rows in another order',
    sql: 'CREATE INDEX backwards ON evidence (id DESC, at); CLUSTER evidence USING backwards',
  },
  {
    what: 'partitions',
    sql: `ALTER TABLE evidence RENAME TO whole; CREATE TABLE evidence (LIKE whole) PARTITION BY HASH (tenant);
      CREATE TABLE p0 PARTITION OF evidence FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE p1 PARTITION OF evidence FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      INSERT INTO evidence SELECT * FROM whole`,
  },
  {
    what: 'a child table',
    sql: `CREATE TABLE child () INHERITS (evidence);
      WITH moved AS (DELETE FROM ONLY evidence WHERE tenant < 'b' RETURNING *) INSERT INTO child SELECT * FROM moved`,
  },
  {
    what: 'a view of it',
    sql: 'ALTER TABLE evidence RENAME TO hidden; CREATE VIEW evidence AS SELECT * FROM hidden ORDER BY random()',
    how: { allowViews: true },
  },
  { what: 'three workers, small batches', how: { workers: 3, batchSize: 2 } },
];

describe.skipIf(!postgresAvailable)(`a capture is the store${skippedWithoutPostgres}`, () => {
  const folder = temporaryFolder();
  const server = serverOfFile();
  const at = (name: string): string => join(folder, name);

  async function summaryOf(url: string, how: HowToRead = {}): Promise<SnapshotSummary | null> {
    const audit = await auditSource(openPostgres(url, { profile: PROFILE, ...how }));
    expect(audit.findings).toEqual([]);
    return audit.summary;
  }

  let usual: SnapshotSummary | null = null;

  afterEach(() => server().sql('postgres', 'DROP DATABASE IF EXISTS other'));

  beforeAll(async () => {
    await server().createDatabase('store');
    const client = await server().connect('store');
    await createLedger(client, PLAN).finally(() => client.end());
    await server().createDatabase('values');
    await server().sql('values', VALUES);
    usual = await summaryOf(server().url('values'));
    expect(usual).toMatchObject({ records: 231, tenants: { length: 7 } });
  });

  it('through the database, every container and every depth, and made without PostgreSQL', async () => {
    const url = server().url('store');
    const { summary, header } = await auditSource(ledgerAt(url));
    expect(summary).toMatchObject({ records: PLAN.rows, tenants: { length: 5 } });
    for (const depth of ['full', 'digest'] as const) {
      for (const name of ['a.json', 'a.ndjson', 'a.json.gz', 'a.ndjson.gz']) {
        const captured = await captureSnapshot(url, at(`${depth}-${name}`), { depth });
        expect(captured, name).toMatchObject({ verdict: 'PASS', summary });
        const read = await auditSnapshot(at(`${depth}-${name}`));
        expect(read, name).toMatchObject({ verdict: 'PASS', summary });
        expect(read.header?.chains).toEqual(header?.chains);
      }
    }
    const written = await writeSnapshot(at('by-hand.ndjson'), ledgerRecords(PLAN), { chains: LEDGER_CHAINS });
    expect(written.summary).toEqual(summary);
    const summaryOnly = await captureSnapshot(url, at('summary.json'), { depth: 'summary' });
    expect((await auditSnapshot(at('summary.json'))).summary?.globalRoot).toBe(summaryOnly.summary?.globalRoot);
  });

  /** Makes `settings` the database's own, and sees that they are what a new session has. */
  async function prefer(settings: readonly string[]): Promise<void> {
    if (settings.length === 0) return;
    const altered = settings.map((setting) => `ALTER DATABASE other SET ${setting}`);
    await server().sql('postgres', altered.join(';'));
    for (const setting of settings) {
      const [name = '', value = ''] = setting.replaceAll("'", '').split(' = ');
      const [row] = await server().sql('other', `SELECT pg_catalog.current_setting('${name}') AS value`);
      // The tests' own driver asks for UTF8, as ours does.
      if (name !== 'client_encoding') expect(row?.['value']).toBe(value);
    }
  }

  it.each(ENVIRONMENTS)('under $what', async ({ settings = [], database, sql, how }) => {
    await server().createDatabase('other', database ?? { template: 'values' });
    if (database !== undefined) await server().sql('other', VALUES);
    if (sql !== undefined) await server().sql('other', sql);
    await prefer(settings);
    expect(await summaryOf(server().url('other'), how)).toEqual(usual);
  });

  it('under what a role prefers', async () => {
    await server().sql(
      'values',
      `CREATE ROLE odd LOGIN PASSWORD 'odd'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO odd;
       ALTER ROLE odd SET TimeZone = 'Pacific/Apia'; ALTER ROLE odd SET DateStyle = 'Postgres, DMY';
       ALTER ROLE odd SET bytea_output = 'escape'; ALTER ROLE odd IN DATABASE values SET extra_float_digits = 0`,
    );
    const client = await server().connect('values', 'odd', 'odd');
    const { rows } = await client.query(
      `SELECT name, setting FROM pg_settings WHERE source IN ('user', 'database user')`,
    );
    await client.end();
    expect(rows).toHaveLength(4);
    expect(await summaryOf(server().url('values', 'odd', 'odd'))).toEqual(usual);
  });

  it('in a process of any time zone and language', () => {
    const table = ['--profile', 'generic', '--table', 'public.evidence', '--map', 'tenant=tenant', '--map', 'id=id'];
    const read = (env: Record<string, string>) =>
      evidenceDiff(['roots-export', server().url('values'), ...table], { env });
    const plain = read({ TZ: 'UTC', LANG: 'C.UTF-8' });
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    expect(read({ TZ: 'America/New_York', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' })).toEqual(plain);
    const driver = { PGTZ: 'Asia/Tokyo', PGDATESTYLE: 'German', PGCLIENTENCODING: 'LATIN1' };
    const options = { PGOPTIONS: '-c extra_float_digits=-15 -c search_path=evil' };
    expect(read({ TZ: 'Asia/Kathmandu', LC_ALL: 'C', ...driver, ...options })).toEqual(plain);
  });

  it('in the order of UTF-8, whatever order the bytes of its encoding have', async () => {
    // In WIN1252 the euro sign comes before é, in UTF-8 behind it.
    const fill = `CREATE TABLE evidence (tenant text, id text, body text);
      INSERT INTO evidence SELECT t, i, 'x' FROM unnest(array['€', 'é', 'z', 'ÿ', '™']) t, unnest(array['€', 'é', 'z', '™']) i`;
    const roots: unknown[] = [];
    for (const encoding of ['WIN1252', 'UTF8']) {
      await server().createDatabase(encoding, { encoding, locale: 'C' });
      await server().sql(encoding, fill);
      const { verdict, summary } = await auditSource(
        openPostgres(server().url(encoding), { profile: profileOfTable({}) }),
      );
      expect(verdict).toBe('PASS');
      roots.push(summary);
    }
    expect(roots[0]).toEqual(roots[1]);
  });

  it('with its documents as jsonb, json or text, in any order of members and white space', async () => {
    const store = async (type: string, spell: (n: number) => string): Promise<pg.QueryResult> => {
      const client = await server().connect('values');
      await client.query(`DROP TABLE IF EXISTS docs; CREATE TABLE docs (tenant text, id text, doc ${type})`);
      const rows = Array.from({ length: 20 }, (_, n) => `('acme', 'd${n}', $doc$${spell(n)}$doc$)`);
      return client.query(`INSERT INTO docs VALUES ${rows.join(', ')}`).finally(() => client.end());
    };
    const rootOf = async (body: unknown): Promise<SnapshotSummary | null> =>
      summaryOf(server().url('values'), { profile: profileOfTable({ table: 'docs', body }) });
    const one = (n: number): string => `{"a":${n}.50,"b":[1,{"x":1e2,"y":"é"}],"big":9007199254740993}`;
    const other = (n: number): string =>
      `{ "big" : 9007199254740993.0 ,\n "b": [ 1.0 , {"y":"\\u00e9", "x":100} ], "a" :${n}.5 }`;
    await store('jsonb', one);
    const inJsonb = await rootOf('doc');
    for (const [type, spell, body] of [
      ['jsonb', other, 'doc'],
      ['json', one, 'doc'],
      ['json', other, 'doc'],
      ['text', one, { column: 'doc', as: 'json' }],
      ['text', other, { column: 'doc', as: 'json' }],
      ['varchar', other, { column: 'doc', as: 'json' }],
    ] as const) {
      await store(type, spell);
      expect(await rootOf(body), type).toEqual(inJsonb);
    }
    await store('jsonb', (n) => one(n).replace('993', '992'));
    expect(await rootOf('doc')).not.toEqual(inJsonb);
  });
});
