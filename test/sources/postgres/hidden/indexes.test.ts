/** F14: an index that lies. F15: a collation that calls different things equal. Keys that are there twice or not at all. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compareSources } from '../../../../src/engine/compare.ts';
import { openPostgres } from '../../../../src/sources/postgres/index.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../../postgres/binaries.ts';
import { serverOfFile } from '../../../postgres/server-of-file.ts';
import { auditOf, expectNoneLeft, expectRefused, passOf } from '../audits.ts';
import { ALL, evidenceTable, optionsFor, ROWS, WAYS } from './evidence-table.ts';

describe.skipIf(!postgresAvailable)(`what an index says${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });

  beforeAll(async () => {
    await server().sql(
      'postgres',
      'CREATE ROLE scanless LOGIN SUPERUSER; ALTER ROLE scanless SET enable_seqscan = off',
    );
  });
  afterEach(() => expectNoneLeft(server()));

  async function fresh(sql: string): Promise<void> {
    await server().sql(
      'postgres',
      'DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET allow_system_table_mods = on',
    );
    await server().sql('postgres', `SET allow_system_table_mods = on; ${sql}`);
  }

  describe('F14: an index that lies', () => {
    /** An index that was made for some rows only, and then says that it has them all. */
    const lying = (columns: string, has: string, unique = 'UNIQUE'): string => `${evidenceTable('public.evidence', '')}
      CREATE ${unique} INDEX liar ON public.evidence (${columns}) WHERE ${has};
      UPDATE pg_index SET indpred = NULL WHERE indexrelid = 'public.liar'::regclass; ANALYZE public.evidence`;

    it.each([
      ['the first row of a tenant', `tenant <> 'globex' OR seq > 1`],
      ['a row in the middle', `tenant <> 'globex' OR seq <> 30`],
      ['the last row of all', `tenant <> 'initech' OR seq < ${ROWS}`],
      ['the rows of a tenant', `tenant <> 'globex'`],
      ['every row', 'false'],
    ])('that lacks %s hides none', async (_, has) => {
      for (const unique of ['UNIQUE', '']) {
        await fresh(lying('tenant, seq', has, unique));
        for (const workers of [1, 3]) {
          const found = await auditOf(server().url(), optionsFor(WAYS[0], {}, workers));
          // A gap in the middle is seen before the rows are counted up.
          expect(found).toMatchObject({ records: null, kinds: expect.arrayContaining(['source-incomplete']) });
          expect(found.verdict).not.toBe('PASS');
          expect(found.message).toMatch(/read, \d+ were counted; look for a broken index/);
        }
      }
    });

    it('does lie: a plain query by it finds fewer', async () => {
      await fresh(lying('tenant, seq', `tenant <> 'globex' OR seq <> 30`));
      const client = await server().connect('postgres', 'scanless');
      await client.query('SET enable_bitmapscan = off');
      const seen = await client.query(`SELECT count(*)::int AS seen FROM evidence WHERE tenant = 'globex' AND seq > 0`);
      await client.end();
      expect(seen.rows).toEqual([{ seen: ROWS - 1 }]);
    });

    it('on a condition of the profile hides none, though the user likes no scans', async () => {
      await fresh(lying('body', `seq <> 30`, ''));
      const options = optionsFor(WAYS[1], { where: `body < 'f'` });
      expectRefused(await auditOf(server().url('postgres', 'scanless'), options), 'source-incomplete', 'were counted');
      expect(await auditOf(server().url(), optionsFor(WAYS[1]))).toEqual(passOf(ALL));
    });

    it('that is not valid is not used', async () => {
      await fresh(`${lying('tenant, seq', `seq <> 30`)};
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.liar'::regclass`);
      expect(await auditOf(server().url(), optionsFor(WAYS[0]))).toEqual(passOf(ALL));
    });

    it('whose order was changed under it hides none', async () => {
      const compare = (sign: string): string => `CREATE OR REPLACE FUNCTION public.compared(text, text) RETURNS integer
        LANGUAGE sql IMMUTABLE AS $$ SELECT ${sign}pg_catalog.bttextcmp($1, $2) $$;`;
      await fresh(`${compare('')} CREATE OPERATOR CLASS public.turning FOR TYPE text USING btree AS
          OPERATOR 1 <(text, text), OPERATOR 2 <=(text, text), OPERATOR 3 =(text, text), OPERATOR 4 >=(text, text),
          OPERATOR 5 >(text, text), FUNCTION 1 public.compared(text, text);
        ${evidenceTable('public.evidence', '')} CREATE UNIQUE INDEX ON public.evidence (tenant public.turning, seq);
        ANALYZE public.evidence; ${compare('-')}`);
      for (const way of WAYS) {
        const found = await auditOf(server().url('postgres', 'scanless'), optionsFor(way, {}, 2));
        if (found.verdict === 'PASS') expect(found).toEqual(passOf(ALL));
        else expectRefused(found, 'source-incomplete', 'were counted');
      }
    });
  });

  describe('F15: a collation that calls more things equal than there are', () => {
    const TABLE = (collation: string): string => `CREATE TABLE public.evidence (tenant text ${collation} NOT NULL,
        id text ${collation} NOT NULL, seq bigint NOT NULL, body text ${collation}, key text ${collation});
      INSERT INTO public.evidence SELECT t, i || n, n, b, 'k' FROM generate_series(1, 20) n,
        (VALUES ('acme', 'ev-', 'x'), ('Acme', 'EV-', 'X'), ('ACME', U&'e\\0301v-', 'x'), (U&'acm\\00e9', U&'\\00e9v-', 'x')) v(t, i, b);`;

    it('keeps tenants and ids apart, byte by byte', async () => {
      const roots: unknown[] = [];
      for (const collation of ['', 'COLLATE public.loose']) {
        for (const index of [
          'CREATE INDEX ON public.evidence (tenant, seq)',
          'CREATE INDEX ON public.evidence (key, seq)',
        ]) {
          await fresh(`CREATE COLLATION public.loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
            ${TABLE(collation)} ${index}`);
          for (const workers of [1, 3]) {
            const found = await auditOf(server().url(), optionsFor(WAYS[0], {}, workers));
            expect(found).toEqual(passOf(80));
            roots.push(found.root);
          }
        }
      }
      expect(new Set(roots).size).toBe(1);
      const [loose] = await server().sql(
        'postgres',
        'SELECT count(DISTINCT tenant)::int AS tenants FROM public.evidence',
      );
      expect(loose).toEqual({ tenants: 1 });
    });

    it('does not hide that an id was changed to an equal one', async () => {
      await fresh(`CREATE COLLATION public.loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
        ${TABLE('COLLATE public.loose')} CREATE INDEX ON public.evidence (tenant, seq)`);
      await server().createDatabase('changed', { template: 'postgres' });
      await server().sql(
        'changed',
        `UPDATE public.evidence SET id = upper(id) WHERE tenant COLLATE "C" = 'acme' AND seq = 3`,
      );
      for (const way of WAYS) {
        const sides = ['postgres', 'changed'].map((name) => openPostgres(server().url(name), optionsFor(way)));
        const report = await compareSources(sides[0] as never, sides[1] as never, { mode: 'append' });
        expect([report.verdict, report.findingCounts['record-missing']]).toEqual(['FAIL', 1]);
      }
      await server().sql('postgres', 'DROP DATABASE changed');
    });
  });

  describe('keys', () => {
    const PLAIN = evidenceTable('public.evidence', '')
      .replaceAll(' NOT NULL', '')
      .replace('text);', 'text); CREATE INDEX ON public.evidence (tenant, seq);');

    it.each([
      ['tenant', WAYS],
      ['id', WAYS],
      ['seq', WAYS.slice(0, 1)],
    ])('that are NULL are told with their number: %s', async (column, ways) => {
      await fresh(`${PLAIN} UPDATE public.evidence SET ${column} = NULL WHERE tenant = 'acme' AND seq IN (3, 4)`);
      for (const way of ways) {
        expectRefused(await auditOf(server().url(), optionsFor(way)), 'schema-violation', '2 rows have NULL in one of');
      }
    });

    it('that are there twice are told, in a set and in a stream', async () => {
      await fresh(`${PLAIN} UPDATE public.evidence SET id = 'acme-3' WHERE id = 'acme-4'`);
      for (const way of WAYS) {
        const found = await auditOf(server().url(), optionsFor(way));
        expect([found.verdict, found.kinds]).toEqual(['FAIL', ['duplicate-id']]);
      }
      await fresh(`${PLAIN} UPDATE public.evidence SET seq = 3 WHERE id = 'acme-4'`);
      const found = await auditOf(server().url(), optionsFor(WAYS[0]));
      expect(found.verdict).toBe('FAIL');
      expect(found.kinds).toContain('seq-gap');
    });

    it('that are empty or of blanks do not vanish', async () => {
      await fresh(`${PLAIN} ALTER TABLE public.evidence ALTER tenant TYPE char(10);
        UPDATE public.evidence SET id = ' ' WHERE id = 'acme-4'`);
      for (const way of WAYS) expect(await auditOf(server().url(), optionsFor(way))).toEqual(passOf(ALL));
      await fresh(`${PLAIN} UPDATE public.evidence SET tenant = '' WHERE tenant = 'acme'`);
      for (const way of WAYS) expect((await auditOf(server().url(), optionsFor(way))).verdict).toBe('INCOMPLETE');
    });
  });
});
