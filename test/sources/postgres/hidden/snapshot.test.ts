/** Rows that vanish, move or are replaced while they are read: one snapshot, of one table, or no PASS. */
import type pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConnection } from '../../../../src/sources/postgres/connection-url.ts';
import { Session } from '../../../../src/sources/postgres/session.ts';
import { beginCapture, exportSnapshot, joinSnapshot } from '../../../../src/sources/postgres/transaction.ts';
import { tablesOf } from '../../../../src/wire/table-profile.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../../postgres/binaries.ts';
import { serverOfFile } from '../../../postgres/server-of-file.ts';
import { auditOf, auditWhile, expectNoneLeft, expectRefused, passOf, profileOfTable, STALL_MS } from '../audits.ts';
import { ALL, evidenceTable, optionsFor, ROWS, WAYS } from './evidence-table.ts';
import { waitUntilBlocked } from './waiting.ts';

const CASES = [
  { way: WAYS[0], workers: 1 },
  { way: WAYS[0], workers: 4 },
  { way: WAYS[1], workers: 1 },
] as const;

describe.skipIf(!postgresAvailable)(`one snapshot${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });
  let other: pg.Client;
  let root: string | null;

  const FRESH = `DROP TABLE IF EXISTS public.evidence CASCADE; ${evidenceTable('public.evidence')}`;

  beforeAll(async () => {
    await server().sql('postgres', FRESH);
  });
  beforeEach(async () => {
    other = await server().connect();
  });
  afterEach(async () => {
    await other.end();
    await expectNoneLeft(server());
  });

  describe('F08: what is not MVCC-safe waits for the capture', () => {
    it.each([
      'TRUNCATE public.evidence',
      'ALTER TABLE public.evidence ALTER COLUMN body TYPE varchar(5) USING left(body, 5)',
      'ALTER TABLE public.evidence DROP COLUMN body',
      'ALTER TABLE public.evidence RENAME TO other',
      'ALTER TABLE public.evidence ENABLE ROW LEVEL SECURITY',
      'VACUUM FULL public.evidence',
      'CLUSTER public.evidence USING evidence_pkey',
      'DROP TABLE public.evidence',
      'DROP SCHEMA public CASCADE',
    ])('%s', async (statement) => {
      await other.query(`SET lock_timeout = '30ms'`);
      for (const { way, workers } of CASES) {
        const happening = () => expect(other.query(statement)).rejects.toMatchObject({ code: '55P03' });
        const found = await auditWhile(server().url(), optionsFor(way, {}, workers), { at: ROWS + 5, happening });
        expect(found).toEqual(passOf(ALL));
      }
    });

    it.each(CASES)('what was deleted and committed meanwhile is read, $way, $workers workers', async (one) => {
      root = (await auditOf(server().url(), optionsFor(one.way))).root;
      const happening = async () => {
        await other.query(`DELETE FROM public.evidence WHERE seq > 3; UPDATE public.evidence SET body = 'lost'`);
      };
      const found = await auditWhile(server().url(), optionsFor(one.way, {}, one.workers), { at: 5, happening });
      await server().sql('postgres', FRESH);
      expect(found).toEqual(passOf(ALL, root));
    });

    it.each(WAYS)('a TRUNCATE between BEGIN and the lock is seen, with what came after it, %s', async (way) => {
      await other.query(`BEGIN; TRUNCATE public.evidence; INSERT INTO public.evidence
        SELECT 'acme', 'new-' || n, n, 'new' FROM generate_series(1, 3) n`);
      const waiting = auditOf(server().url(), optionsFor(way));
      await waitUntilBlocked(server());
      await other.query('COMMIT');
      expect(await waiting).toEqual(passOf(3));
      await server().sql('postgres', FRESH);
    });

    it('the lock on a second table comes before the snapshot as well', async () => {
      await server().sql('postgres', `CREATE SCHEMA second; ${evidenceTable('second.evidence')}`);
      const first = optionsFor('by its index');
      const [second] = profileOfTable({ seq: 'seq', schema: 'second', stream: { value: 'second' } }).tables;
      if (second === undefined) throw new RangeError('a profile has a table');
      await other.query(
        `BEGIN; TRUNCATE second.evidence; INSERT INTO second.evidence VALUES ('acme', 'new', 1, 'new')`,
      );
      const profile = { ...first.profile, tables: [...first.profile.tables, second] };
      const waiting = auditOf(server().url(), { ...first, profile });
      await waitUntilBlocked(server());
      await other.query('COMMIT');
      expect(await waiting).toEqual(passOf(ALL + 1));
      await server().sql('postgres', 'DROP SCHEMA second CASCADE');
    });
  });

  describe('F08: another table under the same name', () => {
    const SWAP = `ALTER SCHEMA public RENAME TO blue; ALTER SCHEMA green RENAME TO public`;
    const BACK = `ALTER SCHEMA public RENAME TO green; ALTER SCHEMA blue RENAME TO public`;

    beforeAll(async () => {
      await server().sql(
        'postgres',
        `CREATE SCHEMA green; ${evidenceTable('green.evidence')} UPDATE green.evidence SET body = 'other'`,
      );
    });

    it.each(CASES)('of which the rows are as many: $way, $workers workers', async ({ way, workers }) => {
      for (const at of [0, ROWS + 5, ALL]) {
        const happening = async () => {
          await other.query(SWAP);
        };
        const found = await auditWhile(server().url(), optionsFor(way, {}, workers), { at, happening });
        await server().sql('postgres', BACK);
        // A statement that is parsed in between finds no table of the name that it was written for.
        expectRefused(
          found,
          'source-incomplete',
          /public\.evidence: (?:another table has its name now|it is not there)/,
        );
      }
    });

    it('or none at all, at the end', async () => {
      const happening = async () => {
        await other.query('ALTER SCHEMA public RENAME TO blue');
      };
      const found = await auditWhile(server().url(), optionsFor('by one sorted query'), { at: ALL, happening });
      await server().sql('postgres', 'ALTER SCHEMA blue RENAME TO public');
      expectRefused(found, 'source-incomplete', 'public.evidence: no table has its name any more');
    });

    it('while the lock on a second table is waited for', async () => {
      await server().sql('postgres', `CREATE SCHEMA late; CREATE TABLE late.evidence AS TABLE public.evidence`);
      const first = optionsFor('by its index');
      const [second] = profileOfTable({ schema: 'late', stream: { value: 'late' } }).tables;
      if (second === undefined) throw new RangeError('a profile has a table');
      await other.query('BEGIN; LOCK TABLE late.evidence IN ACCESS EXCLUSIVE MODE');
      const profile = { ...first.profile, tables: [...first.profile.tables, second] };
      const waiting = auditOf(server().url(), { ...first, profile });
      await waitUntilBlocked(server());
      await server().sql('postgres', SWAP);
      await other.query('COMMIT');
      expectRefused(await waiting, 'source-incomplete', 'public.evidence: another table took its name');
      await server().sql('postgres', `${BACK}; DROP SCHEMA late CASCADE`);
    });
  });

  describe('F06: rows that move between tenants', () => {
    const MOVE = `UPDATE public.evidence SET tenant = CASE tenant WHEN 'acme' THEN 'globex' ELSE 'acme' END
      WHERE seq = $1 AND tenant IN ('acme', 'globex')`;

    it.each([1, 2, 4].flatMap((workers) => WAYS.map((way) => ({ way, workers }))))(
      'are all read, once each: $way, $workers workers',
      async ({ way, workers }) => {
        await server().sql(
          'postgres',
          `DROP TABLE public.evidence; ${evidenceTable('public.evidence', '')}
          CREATE INDEX ON public.evidence (tenant, seq)`,
        );
        let isOver = false;
        let moves = 0;
        const writing = (async () => {
          for (; !isOver; moves++) await other.query(MOVE, [1 + (moves % ROWS)]);
        })();
        const before = moves;
        for (let run = 0; run < 3; run++) {
          const found = await auditWhile(server().url(), optionsFor(way, {}, workers), {
            at: ROWS,
            happening: () => other.query('SELECT 1'),
          });
          expect(found).toEqual(passOf(ALL));
        }
        isOver = true;
        await writing;
        expect(moves - before).toBeGreaterThan(3);
        await server().sql('postgres', FRESH);
      },
    );
  });

  describe('F07: the snapshot that workers share', () => {
    const tables = tablesOf(profileOfTable({ seq: 'seq' }));
    const open = () => Session.open(parseConnection(server().url()), STALL_MS);

    it('shows them what it shows the one that exported it', async () => {
      const [exporter, worker] = await Promise.all([open(), open()]);
      await beginCapture(exporter, tables, 1000);
      const name = await exportSnapshot(exporter);
      await other.query('DELETE FROM public.evidence WHERE seq > 1');
      await joinSnapshot(worker, name);
      const counted = await worker.rows({ text: 'SELECT pg_catalog.count(*)::text FROM public.evidence', columns: 1 });
      for (const session of [worker, exporter]) session.close();
      await server().sql('postgres', FRESH);
      expect(counted).toEqual([[String(ALL)]]);
    });

    it.each(['COMMIT', 'nothing at all'])('is gone with its exporter, and told so: %s', async (end) => {
      const [exporter, worker] = await Promise.all([open(), open()]);
      await beginCapture(exporter, tables, 1000);
      const name = await exportSnapshot(exporter);
      if (end === 'COMMIT') await exporter.run(end, end);
      exporter.close();
      await expectOneLeft();
      await expect(joinSnapshot(worker, name)).rejects.toMatchObject({
        kind: 'source-incomplete',
        message: expect.stringContaining('the snapshot to share is gone'),
      });
      worker.close();
    });

    async function expectOneLeft(): Promise<void> {
      const count = `SELECT count(*)::int AS left FROM pg_stat_activity WHERE application_name = 'evidence-diff'`;
      await expect.poll(async () => (await server().sql('postgres', count))[0]?.['left']).toBe(1);
    }
  });
});
