/** A database that many read in parts, from one snapshot that is held, is merged what one process reads of it. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import {
  compare,
  merge,
  mergeReports,
  renderReport,
  snapshot,
  type VerifyAllOptions,
  verifyAll,
} from '../../../src/index.ts';
import { digestOfHeld } from '../../../src/sources/postgres/held-part.ts';
import { runs, seed } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { type CopyRow, copyIn } from '../../postgres/copy-in.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { Chance } from '../../tamper/value.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { profileOfTable } from '../postgres/audits.ts';
import { type Captured, expectWholeOrRefused, MISHAPS, mergeOf } from './mishaps.ts';

const PROFILE = profileOfTable({ stream: 'stream', seq: 'seq', type: 'type' });
const WITHOUT_SEQ = profileOfTable({ stream: 'stream', type: 'type' });

function rowsOf(chance: Chance, most: number): readonly CopyRow[] {
  const rows: CopyRow[] = [];
  for (let tenant = 0; tenant < chance.between(1, 6); tenant++) {
    for (let stream = 0; stream < chance.between(1, 6); stream++) {
      for (let seq = 1; seq <= chance.between(1, most); seq++) {
        const body = chance.pick(['content', 'other', null]);
        rows.push([`t${tenant}`, `s${stream}`, `e${seq}`, String(seq), chance.pick(['a', 'b']), body]);
      }
    }
  }
  return rows;
}

/** Holds a snapshot while `work` is done. */
async function whileHeld<T>(url: string, profile: typeof PROFILE, work: (name: string) => Promise<T>): Promise<T> {
  const done = new AbortController();
  let result: Promise<T> | undefined;
  const onHeld = (name: string): void => {
    result = work(name).finally(() => done.abort());
    result.catch(() => undefined);
  };
  await snapshot('hold', url, { source: { profile }, signal: done.signal, onHeld });
  if (result === undefined) throw new RangeError('nothing was held');
  return result;
}

describe.skipIf(!postgresAvailable)(`a database in shards${skippedWithoutPostgres}`, () => {
  const folder = temporaryFolder();
  const server = serverOfFile();
  let client: pg.Client;
  let traffic = 0;

  beforeAll(async () => {
    client = await server().connect();
  });
  afterAll(() => client.end());

  async function fill(rows: readonly CopyRow[], key = ', PRIMARY KEY (tenant, stream, seq)'): Promise<void> {
    await client.query('DROP TABLE IF EXISTS evidence');
    await client.query(
      `CREATE TABLE evidence (tenant text, stream text, id text, seq bigint, type text, body text${key})`,
    );
    await copyIn(client, 'evidence', rows);
  }

  async function shardsOf(
    into: string,
    name: string,
    count: number,
    how: VerifyAllOptions,
  ): Promise<readonly string[]> {
    const paths: string[] = [];
    for (let index = 0; index < count; index++) {
      const output = join(into, `shard-${index}.ndjson`);
      const shard = { index, count };
      const { verdict, findings } = await verifyAll(server().url(), { ...how, output, shard, snapshotId: name });
      expect(verdict, findings[0]?.message).toBe('PASS');
      paths.push(output);
      // Traffic goes on: none of it is in the snapshot.
      await client.query(`INSERT INTO evidence VALUES ('new ${traffic++}', 's', 'e1', 1, 'new', 'new')`);
      await client.query(`UPDATE evidence SET body = 'changed ${traffic}' WHERE tenant = 't0'`);
    }
    return paths;
  }

  async function capturedOf(rows: readonly CopyRow[], key: string | undefined, count: number, how: VerifyAllOptions) {
    const into = mkdtempSync(join(folder, 'run-'));
    const profile = how.source?.profile as typeof PROFILE;
    await fill(rows, key);
    return whileHeld(server().url(), profile, async (name): Promise<Captured> => {
      const whole = join(into, 'whole.ndjson');
      const one = await verifyAll(server().url(), {
        ...how,
        output: whole,
        includeMerkleRoots: true,
        snapshotId: name,
      });
      expect(one.verdict, one.findings[0]?.message).toBe('PASS');
      const shards = await shardsOf(into, name, count, how);
      const elsewhere = mkdtempSync(join(into, 'other-'));
      const others = await whileHeld(server().url(), profile, (other) => shardsOf(elsewhere, other, count, how));
      return { whole, shards, others };
    });
  }

  const WAYS: readonly (readonly [string, string | undefined, VerifyAllOptions])[] = [
    ['by index', undefined, { source: { profile: PROFILE } }],
    ['by index and two sessions', undefined, { source: { profile: PROFILE, workers: 2, batchSize: 2 } }],
    ['whole tables', '', { source: { profile: WITHOUT_SEQ } }],
  ];

  it.each(Array.from({ length: runs(2, 60) }, (_, at) => seed + at))(
    'seed %i: merged it is the snapshot of one process',
    async (at) => {
      const chance = new Chance(`database in shards ${at}`);
      const [, key, how] = WAYS[at % WAYS.length] ?? ['', undefined, {}];
      const depth = chance.pick(['digest', 'full'] as const);
      const captured = await capturedOf(rowsOf(chance, 12), key, chance.pick([2, 3, 16]), { ...how, depth });
      const { merged, bytes } = await mergeOf(chance.shuffled(captured.shards), join(folder, 'merged.ndjson'));
      expect(merged.findings).toEqual([]);
      expect(bytes?.equals(readFileSync(captured.whole))).toBe(true);
      for (const mishap of Object.keys(MISHAPS)) await expectWholeOrRefused(folder, captured, mishap, chance);
    },
  );

  it('is compared in parts with its baseline, and merged what one process says of both', async () => {
    const rows = rowsOf(new Chance('compared'), 8);
    await fill(rows);
    const source = { profile: PROFILE };
    const baseline = join(folder, 'compared.ndjson');
    await verifyAll(server().url(), { source, output: baseline, includeMerkleRoots: true });
    await client.query("INSERT INTO evidence VALUES ('grown', 's', 'e1', 1, 'a', 'new')");
    const compared = async (): Promise<readonly ContinuityReport[]> =>
      whileHeld(server().url(), PROFILE, async (snapshotId) => {
        const whole = await compare(baseline, server().url(), { source, snapshotId });
        const parts: string[] = [];
        for (let index = 0; index < 3; index++) {
          const part = await compare(baseline, server().url(), { source, snapshotId, shard: { index, count: 3 } });
          expect(part.verdict).not.toBe('PASS');
          parts.push(join(folder, `report-${index}.json`));
          writeFileSync(join(folder, `report-${index}.json`), await renderReport(part, 'json'));
          await client.query(`UPDATE evidence SET body = 'changed ${traffic++}' WHERE tenant = 't0'`);
        }
        return [whole, await mergeReports(parts)];
      });
    const told = ({ run: _, notChecked, ...report }: ContinuityReport) => ({
      ...report,
      notChecked: notChecked.filter((note) => !note.startsWith('the records of either side: ')),
    });
    for (const verdict of ['PASS', 'FAIL']) {
      const [whole, merged] = await compared();
      expect(whole?.verdict, whole?.headline).toBe(verdict);
      expect(merged && told(merged)).toEqual(whole && told(whole));
    }
    const options = { source, shard: { index: 0, count: 2 } };
    await expect(compare(baseline, server().url(), options)).rejects.toThrow(/needs snapshotId/);
  });

  it('a snapshot that is not held any more is refused, and so is one held for other tables', async () => {
    await fill([['t', 's', 'e1', '1', 'a', 'b']]);
    const options = {
      output: join(folder, 'late.ndjson'),
      shard: { index: 0, count: 2 },
      source: { profile: PROFILE },
    };
    const name = await whileHeld(server().url(), PROFILE, async (held) => {
      const other = profileOfTable({ table: 'other' });
      await client.query('CREATE TABLE IF NOT EXISTS other (tenant text, id text, body text)');
      const { findings } = await verifyAll(server().url(), {
        ...options,
        source: { profile: other },
        snapshotId: held,
      });
      expect(findings[0]?.message).toContain('held with other tables locked');
      return held;
    });
    const late = await verifyAll(server().url(), { ...options, snapshotId: name });
    expect({ verdict: late.verdict, written: late.written }).toEqual({ verdict: 'INCOMPLETE', written: null });
    expect(late.findings[0]?.message).toContain('is not held any more');
  });

  it('a snapshot that has the id of another one is refused by its name, whatever part of it is the other one', async () => {
    await fill([['t', 's', 'e1', '1', 'a', 'b']]);
    const source = { profile: PROFILE };
    const read = (snapshotId: string) => verifyAll(server().url(), { snapshotId, source });
    const [, ...before] = (await whileHeld(server().url(), PROFILE, async (name) => name)).split('@');
    await client.query(`INSERT INTO evidence VALUES ('later', 's', 'e1', 1, 'a', 'b')`);
    await whileHeld(server().url(), PROFILE, async (name) => {
      const [id, ...now] = name.split('@');
      expect((await read(name)).verdict).toBe('PASS');
      // As a server gives it again after its restart, and as another one does: all of the old name, or some of it.
      for (const of of [[0, 1, 2], [0], [1], [2]]) {
        const mixed = [id, ...now.map((part, at) => (of.includes(at) ? before[at] : part))].join('@');
        const { verdict, findings } = await read(mixed);
        expect([verdict, findings[0]?.message]).toEqual([
          'INCOMPLETE',
          expect.stringContaining('not the one of that name'),
        ]);
      }
    });
  });

  it('the name of a snapshot is of one server, of one run of it, of one database and of what it sees', async () => {
    const base = { started: '2027-03-01T10:00:00.000000Z', database: '5', seen: '7:7:' };
    const digestOf = (changed: Partial<typeof base>): Promise<string> => {
      const { started, database, seen } = { ...base, ...changed };
      const session = { label: 'db', row: async () => [seen] };
      return digestOfHeld(session, [], { running: { started, database } }, { capturedAt: 'now', lsn: null });
    };
    const digests = [
      await digestOf({}),
      await digestOf({ started: '2027-03-01T10:00:00.000001Z' }),
      await digestOf({ database: '6' }),
      await digestOf({ seen: '7:8:7' }),
    ];
    expect([new Set(digests).size, await digestOf({})]).toEqual([4, digests[0]]);
  });

  it('a shard of a database needs a snapshot that is held', async () => {
    const options = { output: join(folder, 'no.ndjson'), shard: { index: 0, count: 2 } };
    await expect(verifyAll(server().url(), options)).rejects.toThrow(/needs a snapshotId/);
    await expect(verifyAll('a.ndjson', { snapshotId: 'x' })).rejects.toThrow(/snapshot hold/);
  });

  it('the holder of a snapshot is told when its session is ended', async () => {
    await fill([['t', 's', 'e1', '1', 'a', 'b']]);
    const ended = snapshot('hold', server().url(), {
      source: { profile: PROFILE },
      holdMs: 60_000,
      onHeld: () =>
        client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'evidence-diff' AND pid <> pg_backend_pid()`,
        ),
    });
    await expect(ended).rejects.toThrow(/source-incomplete|terminat|closed/i);
  });

  it('nobody has a snapshot that is none', async () => {
    await expect(snapshot('show', 'x')).rejects.toThrow(TypeError);
    const name = '00000003-0000001B-1@2027-03-01T10:00:00.000Z@0/16B3748@0123456789abcdef';
    expect(await snapshot('show', name)).toMatchObject({ id: '00000003-0000001B-1', lsn: '0/16B3748' });
    await expect(merge([])).rejects.toThrow(TypeError);
  });
});
