/** How many read side by side, and how much at once, is nobody's business: roots, findings and files stay the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSource } from '../../../src/engine/audit-run.ts';
import { captureSnapshot, type SnapshotAudit } from '../../../src/index.ts';
import { openPostgres } from '../../../src/sources/postgres/index.ts';
import { runs, seed } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { type CopyRow, copyIn } from '../../postgres/copy-in.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { Chance } from '../../tamper/value.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { auditOf, expectRefused, passOf, profileOfTable } from './audits.ts';
import type { HowToRead } from './one-ledger.ts';

const PROFILE = profileOfTable({ stream: 'stream', seq: 'seq', type: 'type' });

const WAYS: readonly HowToRead[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((workers) => ({ workers })),
  ...[1, 2, 7, 1000, 10_000].flatMap((batchSize) => [
    { workers: 1, batchSize },
    { workers: 3, batchSize },
  ]),
];

const SOME_WAYS: readonly HowToRead[] = [
  {},
  { batchSize: 1 },
  { workers: 2, batchSize: 1 },
  { workers: 3, batchSize: 7 },
  { workers: 8 },
];

interface Stream {
  readonly tenant: string;
  readonly stream: string;
  readonly seqs: readonly (number | bigint)[];
}

const from1 = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

function* rowsOf(streams: readonly Stream[]): Generator<CopyRow> {
  // Names and contents of one length: nothing but the text itself tells the rows apart.
  for (const { tenant, stream, seqs } of streams) {
    for (const seq of seqs) yield [tenant, stream, `e${seq}`, String(seq), seq === 1 ? 'first' : 'other', 'content'];
  }
}

describe.skipIf(!postgresAvailable)(`workers and batches${skippedWithoutPostgres}`, () => {
  const folder = temporaryFolder();
  const server = serverOfFile({ settings: { max_connections: '40' } });
  let client: pg.Client;

  beforeAll(async () => {
    client = await server().connect();
  });
  afterAll(() => client.end());

  async function fill(streams: readonly Stream[], key = 'PRIMARY KEY (tenant, stream, seq)'): Promise<void> {
    await client.query(`DROP TABLE IF EXISTS evidence`);
    await client.query(
      `CREATE TABLE evidence (tenant text, stream text, id text, seq bigint, type text, body text${key && `, ${key}`})`,
    );
    await copyIn(client, 'evidence', rowsOf(streams));
    await client.query('ANALYZE evidence');
  }

  async function audit(how: HowToRead): Promise<Omit<SnapshotAudit, 'header'>> {
    const { header, ...rest } = await auditSource(openPostgres(server().url(), { profile: PROFILE, ...how }));
    expect(header?.subject['profile']).toBe('test');
    return rest;
  }

  /** What the sessions of a capture were last asked for, when its first record is there. */
  async function askedAtFirstRecord(how: HowToRead): Promise<readonly string[]> {
    const source = openPostgres(server().url(), { profile: PROFILE, batchSize: 10, ...how });
    try {
      await source.open();
      while (source.next() === 'more') await source.fill();
      // A session may still be at its settings when another has the first row.
      let rows: readonly { readonly query: string }[] = [];
      do {
        ({ rows } = await client.query<{ query: string }>(
          `SELECT query FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
        ));
      } while (rows.some(({ query }) => query.startsWith('SET ')));
      return rows.map(({ query }) => query);
    } finally {
      await source.close();
    }
  }

  it.each([
    [{}, 1],
    [{ workers: 1 }, 1],
    [{ workers: 2 }, 2],
    [{ workers: 5 }, 5],
  ])('with %o one stream is read by %i sessions', async (how, sessions) => {
    await fill([{ tenant: 'acme', stream: 'a', seqs: from1(3000) }]);
    const asked = await askedAtFirstRecord(how);
    expect(asked).toHaveLength(sessions);
    // Each has its own rows on their way.
    for (const query of asked) expect(query).toMatch(/"evidence".*"seq" >=/s);
  });

  it('a table without an index is read by one session, however many workers there may be', async () => {
    await fill([{ tenant: 'acme', stream: 'a', seqs: from1(3000) }], '');
    expect(await askedAtFirstRecord({ workers: 5 })).toEqual([expect.stringContaining('"evidence"')]);
  });

  it('streams of very unequal sizes: same roots, same findings, same bytes of a snapshot', async () => {
    await fill([
      { tenant: 'acme', stream: 'a', seqs: from1(3000) },
      { tenant: 'acme', stream: 'b', seqs: [1] },
      { tenant: 'acme', stream: 'c', seqs: from1(500) },
      { tenant: 'beta', stream: 'c', seqs: from1(2) },
      { tenant: 'beta', stream: 'd', seqs: from1(1499) },
    ]);
    const usual = await audit({ workers: 1 });
    expect(usual).toMatchObject({ verdict: 'PASS', summary: { records: 5002 }, findings: [] });
    const sizes = usual.summary?.tenants.map(({ streams }) => streams.map(({ size }) => size));
    expect(sizes).toEqual([
      [3000, 1, 500],
      [2, 1499],
    ]);
    const files = new Set<string>();
    for (const how of WAYS.filter(({ batchSize }) => batchSize !== 1)) {
      const path = join(folder, 'one.ndjson');
      const captured = await captureSnapshot(server().url(), path, {
        depth: 'full',
        source: { profile: PROFILE, ...how },
      });
      expect(captured, JSON.stringify(how)).toMatchObject({ verdict: 'PASS', summary: usual.summary });
      files.add(readFileSync(path, 'utf8').replace(/"capturedAt":"[^"]*"|"lsn":"[^"]*"/g, ''));
    }
    expect(files.size).toBe(1);
  });

  it('one row a stream, hundreds of streams', async () => {
    const count = runs(200, 2000);
    const names = Array.from({ length: count }, (_, at) => String(at).padStart(4, '0'));
    await fill(names.map((stream, at) => ({ tenant: at < count / 2 ? 'acme' : 'beta', stream, seqs: [1] })));
    const usual = await audit({ workers: 1 });
    expect(usual).toMatchObject({ verdict: 'PASS', summary: { records: count, tenants: { length: 2 } } });
    for (const how of [{ workers: 4 }, { workers: 8, batchSize: 1 }]) expect(await audit(how)).toEqual(usual);
  });

  it('without an index all is one sorted query, with the same outcome', async () => {
    const streams = [
      { tenant: 'beta', stream: 'b', seqs: from1(40) },
      { tenant: 'acme', stream: 'b', seqs: from1(70) },
      { tenant: 'acme', stream: 'a', seqs: from1(9) },
    ];
    await fill(streams);
    const usual = await audit({ workers: 1 });
    expect(usual.verdict).toBe('PASS');
    await fill(streams, '');
    for (const how of WAYS) expect(await audit(how), JSON.stringify(how)).toEqual(usual);
  });

  it('a gap is found wherever it is, however the reading is cut', async () => {
    for (const gap of [1, 20, 39]) {
      await fill([{ tenant: 'acme', stream: 'a', seqs: from1(40).filter((seq) => seq !== gap) }]);
      const reports: unknown[] = [];
      for (const how of SOME_WAYS) reports.push(await audit(how));
      // A stream without a rule may begin anywhere: what is missing before its first record no record shows.
      const counts = gap === 1 ? {} : { 'seq-gap': 1 };
      expect(reports[0]).toMatchObject({ verdict: gap === 1 ? 'PASS' : 'FAIL', findingCounts: counts });
      for (const report of reports) expect(report).toEqual(reports[0]);
    }
  });

  it('a huge gap costs no time and hides nothing', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    await fill([{ tenant: 'acme', stream: 'a', seqs: [1, 2, most - 1, most] }]);
    const usual = await audit({ workers: 1 });
    expect(usual).toMatchObject({ verdict: 'FAIL', findingCounts: { 'seq-gap': 1 }, summary: { records: 4 } });
    for (const how of SOME_WAYS) expect(await audit(how)).toEqual(usual);
  });

  it.each([
    ['negative', [-1, 0, 1]],
    ['the least there is', [-(2n ** 63n), 1]],
    ['beyond 2^53', [1, 2 ** 53]],
    ['the most there is', [1, 2n ** 63n - 1n]],
    ['from end to end', [-(2n ** 63n), -1, 0, 1, 2n ** 63n - 1n]],
  ])('a seq that is %s is refused', async (_, seqs) => {
    await fill([{ tenant: 'acme', stream: 'a', seqs }]);
    for (const how of [{ workers: 1 }, { workers: 3, batchSize: 1 }]) {
      expectRefused(
        await auditOf(server().url(), { profile: PROFILE, ...how }),
        'schema-violation',
        /row "e[-0-9]+", byte 0: `seq` must be/,
      );
    }
  });

  it('the same seq twice is found, in one order', async () => {
    await fill([{ tenant: 'acme', stream: 'a', seqs: from1(9) }], '');
    await client.query(`CREATE INDEX ON evidence (tenant, stream, seq); UPDATE evidence SET seq = 5 WHERE seq = 6`);
    const usual = await audit({ workers: 1 });
    expect(usual.verdict).toBe('FAIL');
    for (const how of SOME_WAYS) expect(await audit(how)).toEqual(usual);
  });

  it('a table without rows proves nothing', async () => {
    await fill([]);
    for (const how of [{ workers: 1 }, { workers: 8 }]) expect((await audit(how)).summary?.records ?? 0).toBe(0);
    const captured = await captureSnapshot(server().url(), join(folder, 'none.json'), { source: { profile: PROFILE } });
    expect(captured).toMatchObject({ verdict: 'INCOMPLETE', written: null });
  });

  it('random streams, random ways', async () => {
    for (let round = 0; round < runs(8, 200); round++) {
      const drawn = `workers ${seed} ${round}`;
      const chance = new Chance(drawn);
      const names = chance.some(['a', 'b', 'B', 'é', '_', '😀', '\ufb00', 'aa'], chance.between(1, 6));
      const streams = ['acme', 'beta', 'Ærø'].flatMap((tenant) =>
        chance
          .some(names, chance.between(1, 6))
          .map((stream) => ({ tenant, stream, seqs: from1(chance.between(1, 60)) })),
      );
      const rows = streams.reduce((sum, { seqs }) => sum + seqs.length, 0);
      await fill(chance.shuffled(streams), chance.below(3) === 0 ? '' : undefined);
      const usual = await auditOf(server().url(), { profile: PROFILE });
      expect(usual, drawn).toEqual(passOf(rows));
      const how = { workers: chance.between(2, 8), batchSize: chance.between(1, 70) };
      expect(await auditOf(server().url(), { profile: PROFILE, ...how }), `${drawn} ${JSON.stringify(how)}`).toEqual(
        usual,
      );
    }
  });
});
