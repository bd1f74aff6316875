/** A capture that is taken up with another key: what the first run could not recompute is not taken for recomputed. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CaptureOptions, captureSnapshot, type ResumedCapture } from '../../../src/index.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { FaultProxy } from '../../postgres/proxy.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { ZEROS } from '../../store.ts';

const ROWS = 3000;
const KEY = 'a secret';
const WRONG = 2;

/** Links under the key; with a `wrong` row, whose body is not that of which its hash was made. */
function rowsText(wrong: number): string {
  let prev = ZEROS;
  const rows = Array.from({ length: ROWS }, (_, at) => {
    const body = `body ${at + 1} ${'x'.repeat(200)}`;
    const hash = createHmac('sha256', KEY).update(`${prev}${body}`).digest('hex');
    const row = `(${at + 1}, '${prev}', '${hash}', '${at + 1 === wrong ? 'forged' : body}')`;
    prev = hash;
    return row;
  });
  return rows.join(', ');
}

const recipe = { algorithm: 'sha256', of: [{ prev: 'hex' }, { field: '/body', as: 'text' }], hmacKey: 'chain-1' };
const place = {
  ...{ from: { table: 'public.log' }, stream: { value: 'log' }, id: 'n', seq: 'n', prev: 'prev', hash: 'hash' },
  ...{ body: { field: 'v', as: 'json' }, chain: { genesis: 'zeros', recipe } },
};
const profile = { kind: 'evidence-profile', version: 2, name: 'keyed', items: [place] } as never;

describe.skipIf(!postgresAvailable)(`a capture that was broken off${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });
  let proxy: FaultProxy;
  let folder: string;

  beforeAll(async () => {
    proxy = await FaultProxy.open(server().port);
    for (const [name, wrong] of [
      ['sound', 0],
      ['forged', WRONG],
    ] as const) {
      await server().createDatabase(name);
      const values = `(VALUES ${rowsText(wrong)}) AS t (n, prev, hash, v)`;
      const table = 'CREATE TABLE log (n bigint PRIMARY KEY, prev text, hash text, v jsonb)';
      await server().sql(name, `${table}; INSERT INTO log SELECT n, prev, hash, to_jsonb(v) FROM ${values}`);
    }
  });
  afterAll(() => proxy.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evidence-diff-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const chainKeys = { 'chain-1': Buffer.from(KEY) };
  const capture = (options: CaptureOptions, url: string): Promise<ResumedCapture> =>
    captureSnapshot(url, join(folder, 'out.ndjson'), { ...options, source: { profile, batchSize: 50 } });

  /** What comes of the whole, and of a capture that is broken off and taken up. */
  async function brokenOff(name: string, first: CaptureOptions, then: CaptureOptions) {
    const url = server().url(name);
    const before = proxy.bytesFromServer;
    const whole = await capture(then, proxy.through(url));
    const bytes = proxy.bytesFromServer - before;
    rmSync(join(folder, 'out.ndjson'), { force: true });
    proxy.arm('end', Math.floor(bytes * 0.6));
    const broken = await capture(first, proxy.through(url));
    expect(broken.verdict).toBe('INCOMPLETE');
    const resumed = await capture({ ...then, resume: true }, url);
    expect([resumed.verdict, resumed.findingCounts]).toEqual([whole.verdict, whole.findingCounts]);
    return { broken, resumed };
  }

  it.each(['digest', 'full'] as const)('without the key is read again with it, at depth %s', async (depth) => {
    const { broken, resumed } = await brokenOff('forged', { depth }, { depth, chainKeys });
    expect([broken.resumable, resumed.takenOver]).toEqual([0, 0]);
    expect(resumed).toMatchObject({ verdict: 'FAIL', findingCounts: { 'hash-mismatch': 1 } });
    const sound = await brokenOff('sound', { depth }, { depth, chainKeys });
    expect(sound.resumed).toMatchObject({ verdict: 'PASS', takenOver: 0 });
  });

  it('with the key is taken up with it, and is no PASS without', async () => {
    const { broken, resumed } = await brokenOff('sound', { chainKeys }, { chainKeys });
    expect(resumed).toMatchObject({ verdict: 'PASS', takenOver: broken.resumable });
    expect(broken.resumable).toBeGreaterThan(0);
    expect((await brokenOff('sound', { chainKeys }, {})).resumed.verdict).toBe('INCOMPLETE');
  });

  it('is read again where the hashes of a stream are recomputed since, and were not before', async () => {
    // One body lacks what the recipe needs: until it is gone, no hash of its stream is recomputed.
    const { hmacKey: _, ...plain } = recipe;
    const chain = { genesis: 'zeros', recipe: plain, recipeNeeds: 'a' };
    const { from: __, ...members } = place;
    const table = {
      ...members,
      schema: 'public',
      table: 'log',
      tenant: { value: 't' },
      type: { value: 'x' },
      body: 'v',
    };
    const needing = { kind: 'evidence-profile', version: 1, name: 'needs', tables: [{ ...table, chain }] } as never;
    await server().createDatabase('needing', { template: 'forged' });
    await server().sql('needing', `UPDATE log SET v = jsonb_build_object('a', v) WHERE n < ${ROWS}`);
    const url = server().url('needing');
    const needs = (options: CaptureOptions, from = url): Promise<ResumedCapture> =>
      captureSnapshot(from, join(folder, 'out.ndjson'), { ...options, source: { profile: needing, batchSize: 50 } });
    const before = proxy.bytesFromServer;
    expect(await needs({}, proxy.through(url))).toMatchObject({ verdict: 'PASS' });
    proxy.arm('end', Math.floor((proxy.bytesFromServer - before) * 0.6));
    expect((await needs({}, proxy.through(url))).resumable).toBeGreaterThan(0);
    await server().sql('needing', `DELETE FROM log WHERE n = ${ROWS}`);
    expect(await needs({ resume: true })).toMatchObject({ verdict: 'FAIL', takenOver: 0 });
  });
});
