/**
 * A server whose words are changed on the way, in one message of a capture with four streams: what is captured and what
 * is compared is PASS only with every row, every value and every column there.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSource } from '../../../src/engine/audit-run.ts';
import { captureSource } from '../../../src/engine/capture.ts';
import { compareSources } from '../../../src/engine/compare.ts';
import { FileBytes } from '../../../src/sources/bytes.ts';
import { openPostgres } from '../../../src/sources/postgres/index.ts';
import { SnapshotSource } from '../../../src/sources/snapshot-source.ts';
import { within } from '../../faults/files.ts';
import { long, runs, seed } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { codeOf, LIES, Liar, type Lie, LyingProxy } from '../../postgres/liar.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { Chance } from '../../tamper/value.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { profileOfTable } from './audits.ts';

const ROWS = 20;
/** Messages that are tried, of some thousands; the long campaign tries all. */
const TRIED = runs(60, 60, 20);
/** Rows of which one value is lost: each, or one of so many. */
const LOST = runs(1, 1, 4);

const STREAMS = {
  stream: { prefix: 's/', column: 'chain' },
  seq: 'seq',
  attrs: { note: 'note' },
  body: { columns: '*' },
};
const PROFILES = [
  ['streams by an index', profileOfTable(STREAMS)],
  ['one sorted query', profileOfTable({ ...STREAMS, schema: 'sorted' })],
] as const;

/** Which message of a capture, and what is said in its place. */
interface Told {
  readonly at: number;
  readonly lie: Lie;
}

describe.skipIf(!postgresAvailable)(`a server that lies${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  const folder = temporaryFolder();
  let proxy: LyingProxy;

  beforeAll(async () => {
    await server().sql(
      'postgres',
      `CREATE TABLE evidence(tenant text, chain text, seq bigint, id text, note text, size int, at timestamptz,
         doc jsonb, PRIMARY KEY (tenant, chain, seq));
       INSERT INTO evidence SELECT 'acme', 'c' || c, s, 'e' || c || s, CASE WHEN s <> 2 THEN 'n' || s END,
         CASE WHEN s <> 3 THEN s END, '2027-03-01 10:00:00Z', CASE s WHEN 4 THEN 'null' ELSE '{"a":1}' END::jsonb
         FROM generate_series(1, 4) c, generate_series(1, 5) s;
       CREATE SCHEMA sorted; CREATE TABLE sorted.evidence AS TABLE evidence; ANALYZE`,
    );
    proxy = await LyingProxy.open(server().port);
  });
  afterAll(() => proxy?.close());

  const sourceOf = (profile: (typeof PROFILES)[number][1]) =>
    openPostgres(proxy.through(server().url()), { profile, batchSize: 2, stallMs: 2000 });

  describe.each(PROFILES)('read by %s', (name, profile) => {
    const path = join(folder, `${name}.ndjson`);
    const codes: string[] = [];
    let root = '';

    beforeAll(async () => {
      proxy.liar = undefined;
      proxy.onMessage = (one) => codes.push(codeOf(one));
      const truth = await captureSource(sourceOf(profile), path);
      proxy.onMessage = undefined;
      expect([truth.verdict, truth.summary?.records]).toEqual(['PASS', ROWS]);
      root = truth.summary?.globalRoot ?? '';
    });

    async function tell({ at, lie }: Told): Promise<Liar> {
      const liar = new Liar(lie, at);
      proxy.liar = liar;
      if (lie.substitutes === true) {
        const baseline = new SnapshotSource(new FileBytes(path));
        const report = await within(compareSources(baseline, sourceOf(profile)), 60_000);
        if (report.verdict === 'PASS') expect(report.current.globalRoot).toBe(root);
      } else {
        const audit = await within(auditSource(sourceOf(profile)), 60_000);
        if (audit.verdict === 'PASS') expect(audit.summary?.globalRoot).toBe(root);
      }
      return liar;
    }

    const all = (): Told[] =>
      codes.flatMap((code, at) => LIES.filter((lie) => lie.at.test(code)).map((lie) => ({ at, lie })));

    it(`is PASS only with every row, value and column there (seed ${seed})`, { timeout: 3_600_000 }, async () => {
      const chance = new Chance(String(seed));
      const tried = long ? all() : Array.from({ length: TRIED }, () => chance.pick(all()));
      let told = 0;
      for (const one of tried) {
        const liar = await tell(one).catch((fault: unknown) => {
          throw new Error(`${one.lie.name} at ${one.at}, ${codes[one.at]}`, { cause: fault });
        });
        if (liar.lied) told++;
      }
      expect(told).toBe(tried.length);
    });

    it('misses a stream whose count was lost together with the number of the counts', async () => {
      const lie = LIES.find((each) => each.name === 'a row less, and the count of it');
      if (lie === undefined) throw new RangeError('no such lie');
      const found = new Set<string>();
      for (const [at, code] of codes.entries()) {
        if (code !== 'D') continue;
        proxy.liar = new Liar(lie, at);
        const audit = await auditSource(sourceOf(profile));
        if (audit.verdict === 'PASS') expect(audit.summary?.globalRoot, `row ${at}`).toBe(root);
        else found.add((audit.findings[0]?.message ?? '').replace(/^.*?: |[0-9]+/g, ''));
      }
      expect([...found].join('\n')).toMatch(/the table has/);
    });

    it('misses a value that was lost, as one that was NULL', async () => {
      const lie = LIES.find((each) => each.name === 'NULL for the last but one');
      if (lie === undefined) throw new RangeError('no such lie');
      const found: string[] = [];
      for (const at of codes
        .flatMap((code, index) => (code === 'D' ? [index] : []))
        .slice(-ROWS)
        .filter((_, row) => row % LOST === 0)) {
        proxy.liar = new Liar(lie, at);
        const audit = await auditSource(sourceOf(profile));
        if (audit.verdict === 'PASS') expect(audit.summary?.globalRoot, `row ${at}`).toBe(root);
        else found.push(audit.findings[0]?.message ?? '');
      }
      expect(found.join('\n')).toMatch(/values of the column \w+: \d+ read, \d+ were counted/);
    });
  });
});
