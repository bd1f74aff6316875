import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CaptureOptions, captureSnapshot, type ResumedCapture } from '../../../src/index.ts';
import { runs } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { appendToLedger, createLedger, type LedgerPlan } from '../../postgres/ledger-store.ts';
import { FaultProxy } from '../../postgres/proxy.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';

const PLAN: LedgerPlan = { rows: runs(1500, 3000), tenants: 3, chainsPerTenant: 2, seed: 'resume' };

describe.skipIf(!postgresAvailable)(`a capture that was broken off${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });
  let proxy: FaultProxy;
  let folder: string;
  let bytes = 0;

  beforeAll(async () => {
    await server().createDatabase('store');
    const client = await server().connect('store');
    await createLedger(client, PLAN).finally(() => client.end());
    proxy = await FaultProxy.open(server().port);
    await capture('measured.ndjson', {}, proxy.through(server().url('store')));
    bytes = proxy.bytesFromServer;
  });
  afterAll(() => proxy.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evidence-diff-resume-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function capture(name: string, options: CaptureOptions = {}, url?: string): Promise<ResumedCapture> {
    const path = join(folder ?? tmpdir(), name);
    const source = { batchSize: 50, ...options.source };
    return captureSnapshot(url ?? server().url('store'), path, { ...options, source });
  }

  /** Breaks a capture off when `share` of its bytes have come. */
  async function brokenOff(share: number, options: CaptureOptions = {}): Promise<ResumedCapture> {
    proxy.arm('end', Math.floor(bytes * share));
    const broken = await capture('out.ndjson', options, proxy.through(server().url('store')));
    expect(broken.verdict).toBe('INCOMPLETE');
    expect(existsSync(join(folder, 'out.ndjson'))).toBe(false);
    return broken;
  }

  /** Everything but the time of capture and where the log stood. */
  function withoutTime(name: string): string {
    const [header = '', ...rest] = readFileSync(join(folder, name), 'utf8').split('\n');
    return [header.replace(/"capturedAt":"[^"]*"/, '').replace(/"lsn":"[^"]*"/, ''), ...rest].join('\n');
  }

  const leftovers = (): readonly string[] => readdirSync(folder).filter((name) => /partial|checkpoint/.test(name));

  it.each([
    { share: 0.3, workers: 1 },
    { share: 0.6, workers: 1 },
    { share: 0.95, workers: 1 },
    { share: 0.6, workers: 3 },
  ])(
    'at $share of the bytes is taken up with $workers workers, and gives the bytes of an unbroken run',
    async ({ share, workers }) => {
      const { resumable } = await brokenOff(share);
      expect(resumable).toBeGreaterThan(0);
      expect(leftovers()).toHaveLength(2);
      const resumed = await capture('out.ndjson', { resume: true, source: { workers } });
      expect(resumed).toMatchObject({ verdict: 'PASS', takenOver: resumable, startedOver: null });
      await capture('whole.ndjson');
      expect(withoutTime('out.ndjson')).toBe(withoutTime('whole.ndjson'));
      expect(leftovers()).toEqual([]);
    },
  );

  it('is taken up in every depth and container', async () => {
    for (const [name, depth] of [
      ['out.json', 'full'],
      ['out.json', 'summary'],
      ['out.ndjson.gz', 'digest'],
    ] as const) {
      proxy.arm('reset', Math.floor(bytes / 2));
      const broken = await capture(name, { depth }, proxy.through(server().url('store')));
      const resumed = await capture(name, { depth, resume: true });
      expect(resumed).toMatchObject({ verdict: 'PASS', takenOver: broken.resumable });
      const whole = await capture('whole.json', { depth });
      expect(resumed.summary?.globalRoot).toBe(whole.summary?.globalRoot);
    }
  });

  it('twice is taken up twice', async () => {
    const first = await brokenOff(0.3);
    const second = await brokenOff(0.3, { resume: true });
    expect(second.resumable).toBeGreaterThan(first.resumable);
    expect(await capture('out.ndjson', { resume: true })).toMatchObject({
      verdict: 'PASS',
      takenOver: second.resumable,
    });
  });

  it('is taken up although the store has grown since', async () => {
    await server().createDatabase('growing', { template: 'store' });
    proxy.arm('end', Math.floor(bytes / 2));
    const broken = await capture('out.ndjson', {}, proxy.through(server().url('growing')));
    const client = await server().connect('growing');
    await appendToLedger(client, PLAN, 3).finally(() => client.end());
    const resumed = await capture('out.ndjson', { resume: true }, server().url('growing'));
    expect(resumed).toMatchObject({ verdict: 'PASS', takenOver: broken.resumable });
    expect(resumed.summary?.records).toBe(PLAN.rows + 18);
    const whole = await capture('whole.ndjson', {}, server().url('growing'));
    expect(resumed.summary?.globalRoot).toBe(whole.summary?.globalRoot);
  });

  it.each([
    ['a row of the part was deleted', 'DELETE FROM ledger_events WHERE sequence_no = 2'],
    [
      'a row was changed under its hash',
      `UPDATE ledger_events SET previous_hash = repeat('b', 64) WHERE sequence_no = 2`,
    ],
    ['its heads were changed', `UPDATE ledger_events SET event_hash = repeat('a', 64)`],
    ['its streams are gone', `UPDATE ledger_events SET chain_id = gen_random_uuid() WHERE sequence_no > 0`],
  ])('is read again where %s', async (_, sql) => {
    await server().createDatabase('changed', { template: 'store' });
    proxy.arm('end', Math.floor(bytes / 2));
    await capture('out.ndjson', {}, proxy.through(server().url('changed')));
    await server().sql('changed', sql);
    const resumed = await capture('out.ndjson', { resume: true }, server().url('changed'));
    expect(resumed.takenOver).toBe(0);
    expect(resumed.startedOver).toContain('not as it was');
    expect(resumed.verdict).toBe('FAIL');
    await server().sql('postgres', 'DROP DATABASE changed');
  });

  it('is read again from another database', async () => {
    await brokenOff(0.5);
    await server().createDatabase('other', { template: 'store' });
    const resumed = await capture('out.ndjson', { resume: true }, server().url('other'));
    expect(resumed).toMatchObject({ verdict: 'PASS', takenOver: 0, startedOver: expect.stringContaining('another') });
  });

  function journalPath(): string {
    const name = leftovers().find((file) => file.endsWith('.partial')) ?? '';
    return join(folder, name);
  }

  it.each([
    [
      'a byte of the journal was changed',
      () => {
        const text = readFileSync(journalPath(), 'utf8');
        writeFileSync(journalPath(), text.replace('"seq":2,', '"seq":3,'));
      },
    ],
    ['the journal was cut off', () => writeFileSync(journalPath(), readFileSync(journalPath()).subarray(0, 1000))],
    ['the journal is gone', () => rmSync(journalPath())],
    [
      'the checkpoint was changed',
      () => {
        const path = join(folder, 'out.ndjson.checkpoint');
        writeFileSync(path, readFileSync(path, 'utf8').replace(/"size":\d+/, '"size":1'));
      },
    ],
    [
      'the checkpoint is not whole',
      () => {
        const path = join(folder, 'out.ndjson.checkpoint');
        writeFileSync(path, readFileSync(path).subarray(0, 200));
      },
    ],
    [
      'the checkpoint names a file elsewhere',
      () => {
        const path = join(folder, 'out.ndjson.checkpoint');
        const { sha256: _, ...checkpoint } = JSON.parse(readFileSync(path, 'utf8'));
        const moved = { ...checkpoint, journal: '../../etc/passwd' };
        // Keys in the canonical order, which is that of their names.
        const sorted = (value: unknown): unknown =>
          typeof value !== 'object' || value === null || Array.isArray(value)
            ? Array.isArray(value)
              ? value.map(sorted)
              : value
            : Object.fromEntries(
                Object.entries(value)
                  .sort(([a], [b]) => (a < b ? -1 : 1))
                  .map(([k, v]) => [k, sorted(v)]),
              );
        const sha256 = createHash('sha256')
          .update(JSON.stringify(sorted(moved)))
          .digest('hex');
        writeFileSync(path, JSON.stringify({ ...moved, sha256 }));
      },
    ],
  ])('is read again where %s', async (_, damage) => {
    await brokenOff(0.5);
    damage();
    const resumed = await capture('out.ndjson', { resume: true });
    expect(resumed).toMatchObject({ verdict: 'PASS', takenOver: 0 });
    expect(resumed.startedOver).toMatch(/checkpoint|journal/);
    await capture('whole.ndjson');
    expect(withoutTime('out.ndjson')).toBe(withoutTime('whole.ndjson'));
  });

  it('leaves nothing to take over if what was read is unsound', async () => {
    await server().createDatabase('unsound', { template: 'store' });
    await server().sql('unsound', `UPDATE ledger_events SET previous_hash = repeat('a', 64) WHERE sequence_no = 2`);
    proxy.arm('end', Math.floor(bytes / 2));
    const broken = await capture('out.ndjson', {}, proxy.through(server().url('unsound')));
    expect(broken.resumable).toBe(0);
    expect(leftovers()).toEqual([]);
  });

  it('that comes to its end leaves nothing beside its file', async () => {
    expect(await capture('out.ndjson')).toMatchObject({ verdict: 'PASS', takenOver: 0, startedOver: null });
    expect(readdirSync(folder)).toEqual(['out.ndjson']);
  });

  /* Streams that have an order and no chain. */

  const rows = runs(4000, 20_000, 2000);
  const TABLES = [
    ['a table', `CREATE TABLE plain (n bigint PRIMARY KEY, doc jsonb, note text)`],
    [
      'a table with partitions',
      `CREATE TABLE plain (n bigint PRIMARY KEY, doc jsonb, note text) PARTITION BY RANGE (n);
      CREATE TABLE low PARTITION OF plain FOR VALUES FROM (0) TO (1000);
      CREATE TABLE high PARTITION OF plain FOR VALUES FROM (1000) TO (1000000)`,
    ],
  ] as const;
  const place = { from: { table: 'public.plain' }, stream: { value: 'plain' }, id: 'n', seq: 'n', body: 'doc' };
  const profile = { kind: 'evidence-profile', version: 2, name: 'plain', items: [place] } as never;
  const plain = (name: string, options: CaptureOptions = {}, url = server().url('plain')) =>
    capture(name, { ...options, source: { profile, ...options.source } }, url);

  /** What breaks the next capture of the table off in its middle. */
  async function armInTheMiddle(): Promise<void> {
    const before = proxy.bytesFromServer;
    await plain('measured.ndjson', {}, proxy.through(server().url('plain')));
    proxy.arm('end', Math.floor((proxy.bytesFromServer - before) * 0.6));
  }

  /** Breaks a capture of the table off in its middle. */
  async function brokenOffPlain(sql: string): Promise<ResumedCapture> {
    await server().sql('postgres', 'DROP DATABASE IF EXISTS plain');
    await server().createDatabase('plain');
    await server().sql(
      'plain',
      `${sql}; INSERT INTO plain SELECT n, jsonb_build_object('n', n, 'pad', repeat('x', 300)) FROM generate_series(1, ${rows}) n`,
    );
    await armInTheMiddle();
    const broken = await plain('out.ndjson', {}, proxy.through(server().url('plain')));
    expect([broken.verdict, broken.resumable > 0]).toEqual(['INCOMPLETE', true]);
    return broken;
  }

  async function isAsIfUnbroken(takenOver: number): Promise<void> {
    expect(await plain('out.ndjson', { resume: true })).toMatchObject({ verdict: 'PASS', takenOver });
    await plain('whole.ndjson');
    expect(withoutTime('out.ndjson')).toBe(withoutTime('whole.ndjson'));
  }

  it.each(TABLES)('of %s without a chain is taken up, and gives the bytes of an unbroken run', async (_, sql) => {
    const { resumable } = await brokenOffPlain(sql);
    await server().sql('plain', `INSERT INTO plain VALUES (${rows + 1}, '{}')`);
    await isAsIfUnbroken(resumable);
  });

  it.each(
    TABLES.flatMap(([what, sql], at) =>
      [
        `UPDATE plain SET doc = '{"n":0}' WHERE n = 2`,
        `DELETE FROM plain WHERE n = 1`,
        `DELETE FROM plain WHERE n = 3; INSERT INTO plain VALUES (3, '{"n":3}')`,
      ]
        .slice(0, at === 0 ? 3 : runs(1, 3))
        .map((change) => [what, change, sql] as const),
    ),
  )('of %s is read again where a row of the part was written since: %s', async (_, change, sql) => {
    await brokenOffPlain(sql);
    await server().sql('plain', change);
    await isAsIfUnbroken(0);
  });

  /** All columns, one of them of a domain over an enum, and another table like it with other rows. */
  const SHAPED = `CREATE TYPE word AS ENUM ('open', 'closed'); CREATE DOMAIN state AS word;
    CREATE TABLE plain (n bigint PRIMARY KEY, doc jsonb, note text, state state DEFAULT 'open');
    CREATE TABLE other (LIKE plain INCLUDING ALL);
    INSERT INTO other SELECT n, '{"n":0}' FROM generate_series(1, ${rows}) n`;
  const PARTED = `${TABLES[1][1]}; CREATE TABLE other (LIKE low INCLUDING ALL);
    INSERT INTO other SELECT n, '{"n":0}' FROM generate_series(1, 999) n`;

  it.each([
    ['a word of an enum', SHAPED, `ALTER TYPE word RENAME VALUE 'open' TO 'waived'`],
    ['a column', SHAPED, `ALTER TABLE plain DROP COLUMN note; ALTER TABLE plain ADD COLUMN note text DEFAULT 'new'`],
    [
      'a cast to text',
      SHAPED,
      `CREATE FUNCTION said(word) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'said' $$;
      CREATE CAST (word AS text) WITH FUNCTION said(word)`,
    ],
    ['the table', SHAPED, 'ALTER TABLE plain RENAME TO was; ALTER TABLE other RENAME TO plain'],
    [
      'a partition',
      PARTED,
      'ALTER TABLE plain DETACH PARTITION low; ALTER TABLE plain ATTACH PARTITION other FOR VALUES FROM (0) TO (1000)',
    ],
  ])('is read again where %s is another since, though no row was written', async (_, sql, change) => {
    const all = { items: [{ ...place, body: { columns: '*' } }] };
    const source = { profile: { ...(profile as object), ...all } as never };
    const capturePlain = (name: string, options: CaptureOptions = {}, url = server().url('plain')) =>
      plain(name, { ...options, source }, url);
    await server().sql('postgres', 'DROP DATABASE IF EXISTS plain');
    await server().createDatabase('plain');
    await server().sql('plain', `${sql}; INSERT INTO plain SELECT n, '{"n":1}' FROM generate_series(1, ${rows}) n`);
    const before = proxy.bytesFromServer;
    await capturePlain('measured.ndjson', {}, proxy.through(server().url('plain')));
    proxy.arm('end', Math.floor((proxy.bytesFromServer - before) * 0.6));
    const broken = await capturePlain('out.ndjson', {}, proxy.through(server().url('plain')));
    expect(broken.resumable).toBeGreaterThan(0);
    await server().sql('plain', change);
    expect(await capturePlain('out.ndjson', { resume: true })).toMatchObject({ verdict: 'PASS', takenOver: 0 });
    await capturePlain('whole.ndjson');
    expect(withoutTime('out.ndjson')).toBe(withoutTime('whole.ndjson'));
  });

  it.each([
    ['a condition, which may ask for more than its table', TABLES[0][1], { where: 'n > 0' }],
    [
      'a type that prints names of others',
      `${TABLES[0][1]}; ALTER TABLE plain ADD COLUMN c regclass DEFAULT 'plain'`,
      {},
    ],
  ])('is read again where there is %s', async (_, sql, how) => {
    const items = [{ ...place, from: { ...place.from, ...how } }];
    const source = { profile: { ...(profile as object), items } as never };
    await server().sql('postgres', 'DROP DATABASE IF EXISTS plain');
    await server().createDatabase('plain');
    await server().sql('plain', `${sql}; INSERT INTO plain SELECT n, '{"n":1}' FROM generate_series(1, ${rows}) n`);
    const before = proxy.bytesFromServer;
    await plain('measured.ndjson', { source }, proxy.through(server().url('plain')));
    proxy.arm('end', Math.floor((proxy.bytesFromServer - before) * 0.6));
    await plain('out.ndjson', { source }, proxy.through(server().url('plain')));
    expect(await plain('out.ndjson', { source, resume: true })).toMatchObject({ verdict: 'PASS', takenOver: 0 });
    await plain('whole.ndjson', { source });
    expect(withoutTime('out.ndjson')).toBe(withoutTime('whole.ndjson'));
  });

  it('is read again where the server has recovered from a crash since, which may have lost what was read', async () => {
    await brokenOffPlain(TABLES[0][1]);
    const client = await server().connect('plain');
    client.on('error', () => undefined);
    const { rows: found } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    process.kill(found[0]?.pid ?? 0, 'SIGKILL');
    await expect
      .poll(
        () =>
          server()
            .sql('plain', 'SELECT 1')
            .then(
              () => true,
              () => false,
            ),
        { timeout: 300_000 },
      )
      .toBe(true);
    await isAsIfUnbroken(0);
  });

  it('is read again where another database has its name since', async () => {
    await brokenOffPlain(TABLES[0][1]);
    await server().createDatabase('green', { template: 'plain' });
    await server().sql('green', `ALTER TABLE plain ALTER COLUMN note SET DEFAULT ''`);
    await server().sql('postgres', 'ALTER DATABASE plain RENAME TO blue');
    await server().sql('postgres', 'ALTER DATABASE green RENAME TO plain');
    await isAsIfUnbroken(0);
    await server().sql('postgres', 'DROP DATABASE blue');
  });

  it('is read again where a transaction was in progress, and wrote a row of the part', async () => {
    await server().sql('postgres', 'DROP DATABASE IF EXISTS plain');
    await server().createDatabase('plain');
    const [[, sql]] = TABLES;
    await server().sql('plain', `${sql}; INSERT INTO plain SELECT n, '{}' FROM generate_series(1, ${rows}) n`);
    const writer = await server().connect('plain');
    await writer.query('BEGIN');
    await writer.query(`UPDATE plain SET doc = '{"n":0}' WHERE n = 2`);
    await armInTheMiddle();
    await plain('out.ndjson', {}, proxy.through(server().url('plain')));
    await writer.query('COMMIT');
    await writer.end();
    await isAsIfUnbroken(0);
  });

  it('says so where there is nothing to take up', async () => {
    const resumed = await capture('out.ndjson', { resume: true });
    expect(resumed).toMatchObject({ verdict: 'PASS', startedOver: 'there is no out.ndjson.checkpoint' });
  });
});
