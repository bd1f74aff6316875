/** F10: something else in place of the table. F22: a table that is made of others. */
import type pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareSources } from '../../../../src/engine/compare.ts';
import type { ContinuityReport } from '../../../../src/index.ts';
import { openPostgres, type PostgresOptions } from '../../../../src/sources/postgres/index.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../../postgres/binaries.ts';
import { serverOfFile } from '../../../postgres/server-of-file.ts';
import { auditOf, auditWhile, expectNoneLeft, expectRefused, passOf, STALL_MS } from '../audits.ts';
import { ALL, evidenceTable, fill, optionsFor, ROWS, WAYS } from './evidence-table.ts';

describe.skipIf(!postgresAvailable)(`what stands for a table${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });
  const rootOf = new Map<string, string | null>();

  beforeAll(async () => {
    await server().sql(
      'postgres',
      `CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
      CREATE ROLE reader LOGIN; ${evidenceTable('public.plain')}`,
    );
    for (const way of WAYS) rootOf.set(way, (await auditOf(server().url(), optionsFor(way, { table: 'plain' }))).root);
  });
  afterEach(() => expectNoneLeft(server()));

  async function fresh(sql: string): Promise<void> {
    const drop = 'DROP SCHEMA IF EXISTS hidden CASCADE; CREATE SCHEMA hidden; GRANT USAGE ON SCHEMA hidden TO PUBLIC;';
    await server().sql('postgres', drop);
    await server().sql('postgres', sql);
  }

  const options = (way: (typeof WAYS)[number], more: Partial<PostgresOptions> = {}): PostgresOptions => ({
    ...optionsFor(way, { schema: 'hidden' }, 2),
    ...more,
  });

  describe('F10: in place of a table', () => {
    const FOREIGN = `CREATE FOREIGN TABLE hidden.evidence (tenant text, id text, seq bigint, body text)
      SERVER files OPTIONS (program 'printf "acme\\tacme-1\\t1\\tevidence 1\\n"')`;

    it.each([
      ['a materialized view', 'CREATE MATERIALIZED VIEW hidden.evidence AS TABLE public.plain', 'materialized views'],
      ['a foreign table', FOREIGN, 'foreign tables'],
      ['a sequence', 'CREATE SEQUENCE hidden.evidence', 'sequences'],
      ['an index', 'CREATE TABLE hidden.t (a int); CREATE INDEX evidence ON hidden.t (a)', 'indexes'],
      ['a type', 'CREATE TYPE hidden.evidence AS (tenant text)', 'composite types'],
    ])('%s is refused, with --allow-views as well', async (_, sql, says) => {
      await fresh(sql);
      for (const allowViews of [false, true]) {
        const found = await auditOf(server().url(), options(WAYS[0], { allowViews }));
        expectRefused(found, 'source-not-authoritative', `hidden.evidence: it is no table (`);
        expect(found.message).toContain(says);
      }
    });

    it.each(WAYS)('a view is refused, and read if that is allowed, %s', async (way) => {
      await fresh('CREATE VIEW hidden.evidence AS TABLE public.plain');
      const refused = await auditOf(server().url(), options(way));
      expectRefused(refused, 'source-not-authoritative', /hidden\.evidence: it is a view, .*--allow-views/);
      const allowed = await auditOf(server().url(), options(way, { allowViews: true }));
      expect(allowed).toEqual(passOf(ALL, rootOf.get(way)));
    });

    it('a view that gives other rows each time is never read to its end', async () => {
      await fresh(`CREATE SEQUENCE hidden.calls; CREATE FUNCTION hidden.counted(bigint) RETURNS boolean LANGUAGE plpgsql
        AS $$ BEGIN RETURN pg_catalog.random() < 0.5; END $$;
        CREATE VIEW hidden.evidence AS SELECT * FROM public.plain WHERE hidden.counted(seq)`);
      const found = await auditOf(server().url(), options(WAYS[1], { allowViews: true }));
      expectRefused(found, 'source-incomplete', /were counted|the table has/);
    });

    it('what a view shows cannot be emptied while it is read', async () => {
      await fresh(`${evidenceTable('hidden.kept')} CREATE VIEW hidden.evidence AS TABLE hidden.kept`);
      const other = await server().connect();
      await other.query(`SET lock_timeout = '30ms'`);
      const happening = async () => {
        for (const sql of ['TRUNCATE hidden.kept', 'CREATE OR REPLACE VIEW hidden.evidence AS TABLE public.plain']) {
          await expect(other.query(sql)).rejects.toMatchObject({ code: '55P03' });
        }
      };
      const found = await auditWhile(server().url(), options(WAYS[1], { allowViews: true }), { at: 5, happening });
      await other.end();
      expect(found).toEqual(passOf(ALL, rootOf.get(WAYS[1])));
    });

    async function compared(before: string, after: string): Promise<ContinuityReport> {
      await server().createDatabase('before', { template: 'postgres' });
      await server().createDatabase('after', { template: 'postgres' });
      await server().sql('before', `DROP SCHEMA hidden CASCADE; CREATE SCHEMA hidden; ${before}`);
      await server().sql('after', `DROP SCHEMA hidden CASCADE; CREATE SCHEMA hidden; ${after}`);
      const [one, two] = ['before', 'after'].map((name) =>
        openPostgres(server().url(name), options(WAYS[1], { allowViews: true, stallMs: STALL_MS })),
      );
      if (one === undefined || two === undefined) throw new RangeError('there are two');
      const report = await compareSources(one, two);
      await server().sql('postgres', 'DROP DATABASE before');
      await server().sql('postgres', 'DROP DATABASE after');
      return report;
    }

    const VIEW = 'CREATE VIEW hidden.evidence AS TABLE public.plain';
    const NARROW = `CREATE VIEW hidden.evidence AS SELECT * FROM public.plain WHERE body <> 'a secret'`;
    const TABLE = 'CREATE TABLE hidden.evidence AS TABLE public.plain';
    const NOTE = 'what the view hidden.evidence leaves out or makes up';

    it.each([
      ['a view that was changed', VIEW, NARROW, 'the definition of the view hidden.evidence was changed'],
      ['a table that became a view', TABLE, NARROW, 'hidden.evidence was a table and is a view'],
      ['a view that became a table', NARROW, TABLE, 'hidden.evidence was a view and is a table'],
    ])('%s is told, though its rows are the same', async (_, before, after, message) => {
      const report = await compared(before, after);
      expect(report.verdict).toBe('INCOMPLETE');
      expect(report.findings.map((finding) => [finding.kind, finding.message])).toEqual([
        ['source-schema-changed', message],
      ]);
      expect(report.notChecked).toContain(NOTE);
    });

    it('a view that is the same is said to be one', async () => {
      const report = await compared(VIEW, VIEW);
      expect(report.verdict).toBe('PASS');
      expect(report.notChecked).toContain(NOTE);
    });

    it('and a table is not', async () => {
      expect((await compared(TABLE, TABLE)).notChecked.join()).not.toContain('view');
    });
  });

  const PARTITIONED = `CREATE TABLE hidden.evidence (tenant text NOT NULL, id text NOT NULL, seq bigint NOT NULL, body text,
      PRIMARY KEY (tenant, seq)) PARTITION BY LIST (tenant);
    CREATE TABLE hidden.acme PARTITION OF hidden.evidence FOR VALUES IN ('acme');
    CREATE TABLE hidden.globex PARTITION OF hidden.evidence FOR VALUES IN ('globex') PARTITION BY RANGE (seq);
    CREATE TABLE hidden.globex_low PARTITION OF hidden.globex FOR VALUES FROM (MINVALUE) TO (30);
    CREATE TABLE hidden.globex_high PARTITION OF hidden.globex FOR VALUES FROM (30) TO (MAXVALUE);
    CREATE TABLE hidden.other PARTITION OF hidden.evidence DEFAULT; ${fill('hidden.evidence')}`;

  // Without a default partition, which another one cannot be attached beside while it is read.
  const LISTED = PARTITIONED.replace('DEFAULT', `FOR VALUES IN ('initech')`);

  describe('F22: partitions', () => {
    let other: pg.Client;

    beforeEach(async () => {
      other = await server().connect();
      await other.query(`SET lock_timeout = '30ms'`);
    });
    afterEach(() => other.end());

    it.each(WAYS)('and partitions of partitions are all read, %s', async (way) => {
      await fresh(`${PARTITIONED} ALTER TABLE hidden.globex_low ENABLE ROW LEVEL SECURITY;
        GRANT SELECT ON hidden.evidence TO reader; ALTER TABLE hidden.globex_low FORCE ROW LEVEL SECURITY;`);
      for (const user of ['postgres', 'reader']) {
        const found = await auditOf(server().url('postgres', user), options(way));
        expect(found).toEqual(passOf(ALL, rootOf.get(way)));
      }
    });

    it.each(WAYS)('children by inheritance are read once, %s', async (way) => {
      await fresh(`${evidenceTable('hidden.evidence')} CREATE TABLE hidden.child () INHERITS (hidden.evidence);
        CREATE TABLE hidden.grandchild (more int) INHERITS (hidden.child);
        WITH moved AS (DELETE FROM ONLY hidden.evidence WHERE seq % 3 = 1 RETURNING *) INSERT INTO hidden.child SELECT * FROM moved;
        WITH moved AS (DELETE FROM ONLY hidden.evidence WHERE seq % 3 = 2 RETURNING *)
          INSERT INTO hidden.grandchild SELECT * FROM moved;`);
      expect(await auditOf(server().url(), options(way))).toEqual(passOf(ALL, rootOf.get(way)));
    });

    it.each([
      'ALTER TABLE hidden.evidence DETACH PARTITION hidden.other',
      'ALTER TABLE hidden.globex DETACH PARTITION hidden.globex_high',
      'DROP TABLE hidden.globex_high',
      'TRUNCATE hidden.other',
      'TRUNCATE hidden.globex_low',
    ])('cannot be taken away while they are read: %s', async (sql) => {
      await fresh(PARTITIONED);
      for (const way of WAYS) {
        const happening = () => expect(other.query(sql)).rejects.toMatchObject({ code: '55P03' });
        const found = await auditWhile(server().url(), options(way), { at: 5, happening });
        expect(found).toEqual(passOf(ALL, rootOf.get(way)));
      }
    });

    it.each([
      ['a tenant of its own', 'newcomer', `hidden.evidence ATTACH PARTITION hidden.late FOR VALUES IN ('newcomer')`],
      ['more rows of a tenant', 'globex', `hidden.globex ATTACH PARTITION hidden.late FOR VALUES FROM (100) TO (200)`],
      [
        'rows before those of a tenant',
        'globex',
        `hidden.globex ATTACH PARTITION hidden.late FOR VALUES FROM (-9) TO (1)`,
      ],
    ])('one that comes while the others are read is not half read: %s', async (_, tenant, attach) => {
      const first = attach.includes('-9') ? -9 : 100;
      for (const [way, at] of WAYS.flatMap((one) => [0, 5].map((row) => [one, row] as const))) {
        await fresh(`${LISTED.replaceAll('MINVALUE', '1').replaceAll('MAXVALUE', '100')}
          CREATE TABLE hidden.late AS SELECT '${tenant}' AS tenant, 'new-' || n AS id, ${first} + n::bigint AS seq, 'new' AS body
            FROM generate_series(0, 5) n;
          ALTER TABLE hidden.late ALTER tenant SET NOT NULL, ALTER id SET NOT NULL, ALTER seq SET NOT NULL`);
        const happening = () => other.query(`ALTER TABLE ${attach}`);
        const found = await auditWhile(server().url(), options(way), { at, happening });
        if (found.verdict === 'PASS') expect(found).toEqual(passOf(ALL, rootOf.get(way)));
        else expectRefused(found, 'source-incomplete', /were counted/);
      }
    });

    it.each(WAYS)('one that is about to be detached is told, %s', async (way) => {
      await fresh(LISTED);
      await other.query('BEGIN; SELECT 1 FROM hidden.evidence LIMIT 1');
      const detaching = await server().connect();
      await detaching.query(`SET statement_timeout = '300ms'`);
      const detach = detaching.query('ALTER TABLE hidden.evidence DETACH PARTITION hidden.other CONCURRENTLY');
      await expect(detach).rejects.toMatchObject({ code: '57014' });
      await Promise.all([detaching.end(), other.query('ROLLBACK')]);
      const [seen] = await server().sql('postgres', 'SELECT count(*)::int AS seen FROM hidden.evidence');
      expect(seen).toEqual({ seen: ALL - ROWS });
      const found = await auditOf(server().url(), options(way));
      expectRefused(found, 'source-incomplete', 'hidden.evidence: a partition is being detached');
    });

    it.each(WAYS)('one that is a foreign table is refused, %s', async (way) => {
      await fresh(`${PARTITIONED.replace(/,\s*PRIMARY KEY \(tenant, seq\)/, '')} CREATE FOREIGN TABLE hidden.far
        PARTITION OF hidden.evidence FOR VALUES IN ('far') SERVER files OPTIONS (filename '/dev/null')`);
      const found = await auditOf(server().url(), options(way));
      expectRefused(found, 'source-not-authoritative', 'a partition of it is a foreign table');
    });

    it('one that holds rows of another is not passed over', async () => {
      await fresh(`${PARTITIONED} CREATE TABLE hidden.liar AS SELECT 'acme' AS tenant, 'x-' || n AS id,
          ${ROWS} + n::bigint AS seq, 'x' AS body FROM generate_series(1, 3) n;
        ALTER TABLE hidden.liar ALTER tenant SET NOT NULL, ALTER id SET NOT NULL, ALTER seq SET NOT NULL,
          ADD CONSTRAINT said CHECK (tenant = 'liar') NOT VALID;
        UPDATE pg_constraint SET convalidated = true WHERE conname = 'said';
        ALTER TABLE hidden.evidence ATTACH PARTITION hidden.liar FOR VALUES IN ('liar');`);
      const count = `SELECT count(*)::int AS seen FROM hidden.evidence WHERE tenant = 'acme'`;
      expect(await server().sql('postgres', count)).toEqual([{ seen: ROWS }]);
      expectRefused(await auditOf(server().url(), options(WAYS[0])), 'source-incomplete', 'were counted');
      expect(await auditOf(server().url(), options(WAYS[1]))).toEqual(passOf(ALL + 3));
      for (const way of WAYS) {
        const narrow = optionsFor(way, { schema: 'hidden', where: `tenant = 'acme'` });
        expectRefused(await auditOf(server().url(), narrow), 'source-incomplete', 'were counted');
      }
    });
  });
});
