/** What depends on which server it is and on what else it does: its identity, its locks, its connections. */
import { beforeAll, describe, expect, it } from 'vitest';
import { compareSnapshots } from '../../../src/index.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { codeOf, LyingProxy } from '../../postgres/liar.ts';
import { FaultProxy } from '../../postgres/proxy.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { auditOf, expectRefused, passOf, profileOfTable } from './audits.ts';

const ROWS = 50;

describe.skipIf(!postgresAvailable)(`one server${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ settings: { max_prepared_transactions: '2' } });
  const profile = profileOfTable({ seq: 'seq' });

  beforeAll(async () => {
    await server().sql(
      'postgres',
      `CREATE TABLE evidence AS SELECT n AS id, n::bigint AS seq, 'acme' AS tenant, 'x' AS body
         FROM generate_series(1, ${ROWS}) n;
       ALTER TABLE evidence ADD PRIMARY KEY (tenant, seq)`,
    );
    await server().createDatabase('copy', { template: 'postgres' });
  });

  const url = (database?: string) => server().url(database);
  const spelled = (): string => {
    const other = new URL(url());
    other.hostname = 'localhost';
    other.searchParams.set('sslmode', 'disable');
    return other.href;
  };

  it.each([
    ['by the same URL', () => url()],
    ['by another spelling of it', spelled],
  ])('is the same input on both sides: %s', async (_, other) => {
    const source = { profile };
    const report = await compareSnapshots(url(), other(), { source });
    expect([report.verdict, report.findingCounts]).toEqual(['UNTRUSTED', { 'same-input': 1 }]);
    const allowed = await compareSnapshots(url(), other(), { source, allowSame: true });
    expect([allowed.verdict, allowed.relation]).toEqual(['PASS', 'identical']);
  });

  it('is another input by another database', async () => {
    const report = await compareSnapshots(url(), url('copy'), { source: { profile } });
    expect([report.verdict, report.findingCounts]).toEqual(['PASS', {}]);
  });

  it('has a lock that a prepared transaction holds, and that is named', async () => {
    const migration = await server().connect();
    await migration.query(`BEGIN; ALTER TABLE evidence ADD COLUMN risk int; PREPARE TRANSACTION 'mig-1'`);
    try {
      const found = await auditOf(url(), { profile, lockTimeoutMs: 100 });
      const says =
        'held by the prepared transaction "mig-1", which no backend runs: COMMIT PREPARED or ROLLBACK PREPARED';
      expectRefused(found, 'source-incomplete', says);
    } finally {
      await migration.query(`ROLLBACK PREPARED 'mig-1'`);
      await migration.end();
    }
  });

  it.each([1, 3])('is read by as many connections as were asked for: %i', async (workers) => {
    const proxy = await FaultProxy.open(server().port);
    expect(await auditOf(proxy.through(url()), { profile, workers })).toEqual(passOf(ROWS));
    expect(proxy.connections).toBe(workers);
    await proxy.close();
  });

  it.each([
    [1, 1],
    // Parts of four batches of two rows.
    [3, Math.ceil(ROWS / 8)],
  ])('is read in parts where there are several workers: %i', async (workers, parts) => {
    const proxy = await LyingProxy.open(server().port);
    let portals = 0;
    proxy.onMessage = (one) => {
      if (codeOf(one) === '3') portals++;
    };
    expect(await auditOf(proxy.through(url()), { profile, workers, batchSize: 2 })).toEqual(passOf(ROWS));
    expect(portals).toBe(parts);
    await proxy.close();
  });
});
