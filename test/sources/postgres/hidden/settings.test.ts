/** F11, F27: settings, sessions and names that somebody else has prepared must not decide what is read. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgresAvailable, skippedWithoutPostgres } from '../../../postgres/binaries.ts';
import { Pooler, type PoolerOptions } from '../../../postgres/pooler.ts';
import { serverOfFile } from '../../../postgres/server-of-file.ts';
import { auditOf, expectNoneLeft, expectRefused, type Outcome, passOf } from '../audits.ts';
import { ALL, evidenceTable, optionsFor, WAYS } from './evidence-table.ts';

describe.skipIf(!postgresAvailable)(`what others have set${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });
  const rightOf = new Map<string, Outcome>();

  beforeAll(async () => {
    await server().sql(
      'postgres',
      `${evidenceTable('public.evidence')}
      ALTER TABLE public.evidence ADD COLUMN score float8 NOT NULL DEFAULT 0.1::float8 + 0.2::float8,
        ADD COLUMN price money NOT NULL DEFAULT 1.5, ADD COLUMN raw bytea NOT NULL DEFAULT 'x',
        ADD COLUMN at timestamptz NOT NULL DEFAULT '2027-03-01 12:00:00.123456+00';
      CREATE ROLE reader LOGIN; GRANT SELECT ON public.evidence TO reader`,
    );
    for (const way of WAYS) {
      const found = await auditOf(server().url(), optionsOf(way));
      expect(found).toEqual(passOf(ALL));
      rightOf.set(way, found);
    }
  });
  afterEach(() => expectNoneLeft(server()));

  const optionsOf = (way: (typeof WAYS)[number]) => optionsFor(way, { body: { columns: '*' } }, 2);

  async function expectRight(url: string): Promise<void> {
    for (const way of WAYS) expect(await auditOf(url, optionsOf(way))).toEqual(rightOf.get(way));
  }

  describe('F11: a name that means something else', () => {
    it('a schema called like the user, with a table of that name', async () => {
      await server().sql(
        'postgres',
        `CREATE SCHEMA reader AUTHORIZATION reader; CREATE TABLE reader.evidence AS SELECT * FROM public.evidence LIMIT 1;
        GRANT SELECT ON reader.evidence TO reader`,
      );
      const client = await server().connect('postgres', 'reader');
      const shadowed = await client.query('SELECT count(*)::int AS count FROM evidence');
      await client.end();
      expect(shadowed.rows).toEqual([{ count: 1 }]);
      await expectRight(server().url('postgres', 'reader'));
    });

    it('functions, operators and types of a schema on the search path of the role and of the database', async () => {
      await server().sql(
        'postgres',
        `CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC;
        CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz $$;
        CREATE FUNCTION evil.never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
        CREATE FUNCTION evil.never(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT false';
        CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.never);
        CREATE OPERATOR evil.>= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.never);
        CREATE AGGREGATE evil.count(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '-7');
        CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'off' $$;
        CREATE FUNCTION evil.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT false';
        CREATE DOMAIN evil.text AS pg_catalog.varchar(2);
        CREATE VIEW evil.pg_class AS SELECT * FROM pg_catalog.pg_class LIMIT 0;
        ALTER ROLE reader SET search_path = evil, pg_catalog, public;
        ALTER DATABASE postgres SET search_path = evil, pg_catalog, public`,
      );
      const client = await server().connect('postgres', 'reader');
      const shadowed = await client.query(`SELECT 'acme'::text AS text, 'a'::pg_catalog.text = 'a' AS equal`);
      await client.end();
      expect(shadowed.rows).toEqual([{ text: 'ac', equal: false }]);
      await expectRight(server().url('postgres', 'reader'));
      await server().sql('postgres', 'ALTER ROLE reader RESET ALL; ALTER DATABASE postgres RESET ALL');
    });

    it.each([
      ['a temporary table', 'CREATE TEMP TABLE evidence AS SELECT * FROM public.evidence LIMIT 1'],
      ['temporary tables of the catalog', 'CREATE TEMP TABLE pg_class AS SELECT * FROM pg_catalog.pg_class LIMIT 0'],
      ['a temporary type', 'CREATE DOMAIN pg_temp.text AS pg_catalog.varchar(2)'],
    ])('%s that an earlier user of the session left there', async (_, before) => {
      const pooler = await Pooler.open(server().port, { before });
      await expectRight(pooler.through(server().url()));
      await pooler.close();
    });
  });

  describe('F27: a pooler', () => {
    async function throughPooler(options: PoolerOptions): Promise<{ found: Outcome; replaced: number }> {
      const pooler = await Pooler.open(server().port, options);
      const found = await auditOf(pooler.through(server().url()), optionsOf(WAYS[0]));
      await pooler.close();
      return { found, replaced: pooler.replaced };
    }

    it.each([
      ['transaction_isolation', 'REPEATABLE READ READ ONLY', 'READ COMMITTED  READ ONLY'],
      ['transaction_read_only', 'REPEATABLE READ READ ONLY', 'REPEATABLE READ          '],
      ['search_path', 'search_path = pg_catalog, pg_temp', 'search_path = "$user", public    '],
      ['row_security', `row_security = 'off'`, `row_security = 'on' `],
      ['TimeZone', `'UTC'`, `'EST'`],
      ['DateStyle', `'ISO, YMD'`, `'SQL, YMD'`],
      ['IntervalStyle', `IntervalStyle = 'postgres'`, `IntervalStyle = 'iso_8601'`],
      ['extra_float_digits', `extra_float_digits = '1'`, `extra_float_digits = '0'`],
      ['lc_monetary', `lc_monetary = 'C'`, `lc_monetary = '' `],
      ['xmlbinary', `xmlbinary = 'base64'`, `xmlbinary = 'hex'   `],
      // The names on the search path are quoted then.
      ['search_path', `quote_all_identifiers = 'off'`, `quote_all_identifiers = 'on' `],
      ['standard_conforming_strings', `conforming_strings = 'on'`, `conforming_strings ='off'`],
      ['client_encoding', 'client_encoding\0UTF8', 'client_encoding\0KOI8'],
    ])('that breaks %s is found out', async (name, said, instead) => {
      const { found, replaced } = await throughPooler({ instead: [[said, instead]] });
      expect(replaced).toBeGreaterThan(0);
      expectRefused(found, 'source-incomplete', `the setting ${name} is `);
      expect(found.message).toContain('without a pooler');
    });

    it('that opens no transaction is found out', async () => {
      const { found } = await throughPooler({
        instead: [['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', `${'SELECT 1'.padEnd(47)}`]],
      });
      expect([found.verdict, found.kinds]).toEqual(['INCOMPLETE', ['source-incomplete']]);
    });

    it('that sets what it likes before is of no account', async () => {
      const before = `SET search_path = evil; SET row_security = on; SET TimeZone = 'EST'; SET DateStyle = 'German';
        SET extra_float_digits = 0; SET bytea_output = 'escape'; SET enable_indexscan = off; SET enable_seqscan = off;
        SET standard_conforming_strings = off; SET quote_all_identifiers = on; SET constraint_exclusion = on;
        SET default_transaction_isolation = 'read committed'; SET lc_monetary = 'C'; SET client_encoding = 'UTF8'`;
      const pooler = await Pooler.open(server().port, { before });
      await expectRight(pooler.through(server().url()));
      await pooler.close();
    });
  });

  describe('a server that passes over damage', () => {
    it.each(['zero_damaged_pages', 'ignore_checksum_failure'])('is refused: %s', async (name) => {
      await server().sql('postgres', `ALTER DATABASE postgres SET ${name} = on`);
      const found = await auditOf(server().url(), optionsOf(WAYS[0]));
      await server().sql('postgres', `ALTER DATABASE postgres RESET ${name}`);
      expectRefused(found, 'source-incomplete', `the setting ${name} is on: damaged rows would be passed over`);
    });
  });
});
