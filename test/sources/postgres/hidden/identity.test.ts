/** F23, F26, F29: which server, which moment, which columns: what differs between two sides is said. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compareSources } from '../../../../src/engine/compare.ts';
import type { ContinuityReport } from '../../../../src/index.ts';
import { checkProfile, openPostgres, type PostgresOptions } from '../../../../src/sources/postgres/index.ts';
import { binaries, postgresAvailable, skippedWithoutPostgres } from '../../../postgres/binaries.ts';
import { serverOfFile } from '../../../postgres/server-of-file.ts';
import { auditOf, auditWhile, expectNoneLeft, expectRefused, passOf } from '../audits.ts';
import { ALL, evidenceTable, optionsFor, WAYS } from './evidence-table.ts';

async function subjectAt(url: string, options: PostgresOptions): Promise<Readonly<Record<string, unknown>>> {
  const source = openPostgres(url, options);
  const { subject } = await source.open();
  await source.close();
  return subject;
}

function compared(baseline: string, current: string, options: PostgresOptions): Promise<ContinuityReport> {
  return compareSources(openPostgres(baseline, options), openPostgres(current, options), { mode: 'frozen' });
}

describe.skipIf(!postgresAvailable)(`which database${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });
  const other = serverOfFile({ auth: 'trust' });

  beforeAll(async () => {
    for (const each of [server(), other()]) {
      await each.sql(
        'postgres',
        `${evidenceTable('public.evidence')} CREATE ROLE reader LOGIN;
        GRANT SELECT ON public.evidence TO reader`,
      );
    }
  });
  afterEach(async () => {
    await expectNoneLeft(server());
    await expectNoneLeft(other());
  });

  describe('F26: the subject', () => {
    it('says which cluster, database, version and moment, to any user', async () => {
      const [asked] = await server().sql(
        'postgres',
        `SELECT system_identifier::text AS id, pg_current_wal_lsn() AS lsn FROM pg_control_system()`,
      );
      for (const user of ['postgres', 'reader']) {
        const subject = await subjectAt(server().url('postgres', user), optionsFor(WAYS[0]));
        expect(subject).toMatchObject({
          source: 'postgres',
          systemIdentifier: asked?.['id'],
          database: 'postgres',
          serverVersion: expect.stringContaining(binaries?.version ?? ''),
          lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
          columns: { 'public.evidence': { tenant: 'text', id: 'text', seq: 'bigint', body: 'text' } },
        });
        expect(subject).not.toHaveProperty('standby');
      }
    });

    it('of two clusters differs, and a comparison says so', async () => {
      const NOTE = 'that both sides belong together: they were read from two database clusters';
      const report = await compared(server().url(), other().url(), optionsFor(WAYS[0]));
      expect(report.verdict).toBe('PASS');
      expect(report.notChecked).toContain(NOTE);
      const [one, two] = [report.baseline, report.current].map((side) => side.subject?.['systemIdentifier']);
      expect([typeof one, one === two]).toEqual(['string', false]);
      await server().createDatabase('second', { template: 'postgres' });
      const same = await compared(server().url(), server().url('second'), optionsFor(WAYS[0]));
      expect([same.verdict, same.notChecked.includes(NOTE)]).toEqual(['PASS', false]);
      await server().sql('postgres', 'DROP DATABASE second');
    });

    it('is null, not made up, where the server does not tell', async () => {
      const function_ = 'FUNCTION pg_catalog.pg_control_system()';
      await server().sql('postgres', `REVOKE EXECUTE ON ${function_} FROM PUBLIC`);
      const subject = await subjectAt(server().url('postgres', 'reader'), optionsFor(WAYS[0]));
      await server().sql('postgres', `GRANT EXECUTE ON ${function_} TO PUBLIC`);
      expect(subject['systemIdentifier']).toBeNull();
    });
  });

  describe('F29: a column', () => {
    const MAPPED = { body: { columns: ['body'] } };
    const EVERY = { body: { columns: '*' } };

    async function migrated(sql: string, table: Record<string, unknown>): Promise<ContinuityReport> {
      await server().createDatabase('green', { template: 'postgres' });
      try {
        await server().sql('green', sql);
        return await compared(server().url(), server().url('green'), optionsFor(WAYS[0], table));
      } finally {
        await server().sql('postgres', 'DROP DATABASE green');
      }
    }

    it('that is new is named, and changes no evidence where the profile names its columns', async () => {
      const report = await migrated(`ALTER TABLE evidence ADD COLUMN region text DEFAULT 'eu'`, MAPPED);
      expect(report.verdict).toBe('PASS');
      expect(report.notChecked).toContain('columns that public.evidence did not have before: region');
    });

    it('that is new is declared, and not compared, where the profile takes all columns', async () => {
      const report = await migrated(`ALTER TABLE evidence ADD COLUMN region text DEFAULT 'eu'`, EVERY);
      expect([report.verdict, report.relation]).toEqual(['PASS', 'identical']);
      expect(report.mapping.declared).toEqual(['the column region of public.evidence is new (text)']);
      expect(report.notChecked).toContain('columns that public.evidence did not have before: region');
    });

    it.each([
      ['body', 'varchar(100)', 'the column body of public.evidence was text and is character varying(100)'],
      ['tenant', 'varchar', 'the column tenant of public.evidence was text and is character varying'],
      ['seq', 'integer', 'the column seq of public.evidence was bigint and is integer'],
    ])('that was retyped is declared where its text is the same: %s to %s', async (column, type, message) => {
      const report = await migrated(`ALTER TABLE evidence ALTER COLUMN ${column} TYPE ${type}`, MAPPED);
      expect([report.verdict, report.findings]).toEqual(['PASS', []]);
      expect(report.mapping.declared).toEqual([message]);
    });

    it.each([
      ['that the profile names', 'body', MAPPED, 'source-incomplete', /no column body/],
      ['that the profile takes with all others', 'body', EVERY, 'record-modified', /./],
    ])('that is gone is told: one %s', async (_, column, table, kind, says) => {
      const extra = column === 'body' ? ', ADD COLUMN kept text' : '';
      const report = await migrated(`ALTER TABLE evidence DROP COLUMN ${column}${extra}`, table);
      expect(report.verdict).not.toBe('PASS');
      const found = report.findings.filter((finding) => finding.kind === kind);
      expect(found[0]?.message).toMatch(says);
    });

    it('that was dropped and added again, empty, is no evidence kept', async () => {
      const report = await migrated('ALTER TABLE evidence DROP COLUMN body, ADD COLUMN body text', MAPPED);
      expect([report.verdict, report.findingCounts['record-modified']]).toEqual(['FAIL', ALL]);
    });
  });

  // The last: it stays a standby.
  describe('F23: a standby', () => {
    beforeAll(() => server().restart({ standby: true }));

    it('is refused, by a check of the profile as well', async () => {
      expect(await server().sql('postgres', 'SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: true }]);
      for (const way of WAYS) {
        const found = await auditOf(server().url(), optionsFor(way));
        expectRefused(found, 'source-not-authoritative', /the server is a standby, .*--allow-replica/);
      }
      const check = await checkProfile(server().url(), optionsFor(WAYS[0]));
      expect([check.ok, check.lines.join()]).toEqual([false, expect.stringContaining('source-not-authoritative')]);
    });

    it.each(WAYS)('is read whole if that is allowed, by several workers too, %s', async (way) => {
      for (const workers of [1, 3]) {
        const options = { ...optionsFor(way, {}, workers), allowReplica: true };
        expect(await auditWhile(server().url(), options, { at: 5, happening: () => undefined })).toEqual(passOf(ALL));
      }
    });

    it('that was allowed is said to be one, in the subject and by a comparison', async () => {
      const options = { ...optionsFor(WAYS[0]), allowReplica: true };
      const subject = await subjectAt(server().url(), options);
      expect(subject).toMatchObject({ standby: true, lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/) });
      const report = await compared(other().url(), server().url(), options);
      expect(report.verdict).toBe('PASS');
      expect(report.notChecked).toContain('whether the current side was up to date: it was read from a standby');
    });

    it('that lags is no proof: what it lacks is missing', async () => {
      await other().sql('postgres', `INSERT INTO evidence VALUES ('acme', 'acme-61', 61, 'late')`);
      const options = { ...optionsFor(WAYS[0]), allowReplica: true };
      const report = await compared(other().url(), server().url(), options);
      expect([report.verdict, report.findingCounts['record-missing']]).toEqual(['FAIL', 1]);
    });
  });
});
