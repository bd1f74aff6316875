/**
 * Rows that are taken many at once, as lines, give the reports of rows that are taken one by one, whatever is wrong with
 * them: a ledger is damaged at random places and read both ways.
 */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ContinuityReport } from '../../../src/index.ts';
import { runs, seed } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { createLedger } from '../../postgres/ledger-store.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { auditLedger, compareLedgers, type HowToRead, ledgerAt } from './one-ledger.ts';

const ROWS = 240;

/** What is set in a row, as SQL. */
const DAMAGES = [
  `event_body = '{"event": {"b": 1.50, "a": 9007199254740993}}'`,
  `event_body = '[]'`,
  `event_body = event_body || '{"\u{fb00}": 1e-9, "😀": 12345678901234567890123}'`,
  `event_hash = repeat('a', 64)`,
  `event_hash = repeat('A', 64)`,
  `event_hash = 'short'`,
  `previous_hash = repeat('0', 64)`,
  `merkle_leaf_hash = repeat('b', 64)`,
  `merkle_leaf_hash = ''`,
  `actor_id = E'"q"\\\\ \\u0001 ü 😀 \\n'`,
  `policy_version = ''`,
  `finding_id = repeat('x', 9000000)`,
  `actor_type = repeat('"', 70000)`,
  'source_run_id = NULL',
  `event_type = 'finding.closed'`,
  'sequence_no = sequence_no + 100000',
  'sequence_no = -1 - sequence_no',
  'event_id = (SELECT event_id FROM public.ledger_events ORDER BY event_id LIMIT 1)',
  `occurred_at = 'infinity'`,
  `recorded_at = '0044-03-15 12:00:00+00 BC'`,
  `recorded_at = '2027-03-01 00:00:00.5+00'`,
] as const;

const damages = fc.array(
  fc.record({ at: fc.nat(ROWS - 1), set: fc.constantFrom(...DAMAGES, 'deleted' as const, 'twice' as const) }),
  { maxLength: 4 },
);

const how = fc.constantFrom<HowToRead>({}, { batchSize: 7 }, { workers: 2, batchSize: 5 });

async function damage(
  client: pg.Client,
  made: readonly { readonly at: number; readonly set: string }[],
): Promise<void> {
  await client.query('TRUNCATE public.ledger_events; INSERT INTO public.ledger_events SELECT * FROM public.sound');
  for (const { at, set } of made) {
    const row = `(SELECT ctid FROM public.ledger_events ORDER BY tenant_id, chain_id, sequence_no OFFSET ${at} LIMIT 1)`;
    if (set === 'deleted') await client.query(`DELETE FROM public.ledger_events WHERE ctid = ${row}`);
    else if (set !== 'twice') await client.query(`UPDATE public.ledger_events SET ${set} WHERE ctid = ${row}`);
    else
      await client.query(
        `INSERT INTO public.ledger_events SELECT (jsonb_populate_record(l, '{"sequence_no": 999999}')).* FROM public.ledger_events l WHERE ctid = ${row} ON CONFLICT DO NOTHING`,
      );
  }
}

/** Without what every run has of its own. */
function judgedOf(report: ContinuityReport): unknown {
  const { run: _, baseline, current, ...judged } = report;
  const side = ({ capturedAt: _at, subject: _of, ...rest }: ContinuityReport['current']): unknown => rest;
  return { ...judged, baseline: side(baseline), current: side(current) };
}

describe.skipIf(!postgresAvailable)(`rows as lines${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  let client: pg.Client;
  let url = '';
  let sound = '';

  beforeAll(async () => {
    const plan = { rows: ROWS, tenants: 3 };
    for (const database of ['sound', 'damaged']) {
      await server().createDatabase(database);
      client = await server().connect(database);
      await createLedger(client, plan);
      await client.query('CREATE TABLE public.sound AS SELECT * FROM public.ledger_events');
      if (database === 'sound') await client.end();
    }
    url = server().url('damaged');
    sound = server().url('sound');
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await client?.end();
  });

  async function asRead<T>(engine: 'off' | 'eager', read: () => Promise<T>): Promise<T> {
    vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
    return read();
  }

  it('are nearly all taken so, where nothing is wrong', async () => {
    await damage(client, []);
    const source = ledgerAt(url);
    await source.open();
    let taken = 0;
    for (let found = source.next(); found !== 'end'; found = source.next()) {
      if (found === 'more') await source.fill();
      const lines = source.lines();
      const ends = lines === undefined ? [] : [...lines.bytes.subarray(lines.start, lines.end)].filter((b) => b === 10);
      if (lines !== undefined) source.takeLines(lines.end, ends.length);
      taken += ends.length;
    }
    await source.finish();
    await source.close();
    expect(taken).toBeGreaterThan(ROWS / 2);
  });

  it('give the audit of rows one by one, whatever is wrong', async () => {
    const property = fc.asyncProperty(damages, how, async (made, options) => {
      await damage(client, made);
      const audit = async () => ({ ...(await auditLedger(url, options)), header: undefined });
      expect(await asRead('eager', audit)).toEqual(await asRead('off', audit));
    });
    await fc.assert(property, { numRuns: runs(25, 1000, 5), seed });
  });

  it('give the comparison of rows one by one, whatever is wrong', async () => {
    const property = fc.asyncProperty(damages, async (made) => {
      await damage(client, made);
      const compare = async () => judgedOf(await compareLedgers(sound, url));
      expect(await asRead('eager', compare)).toEqual(await asRead('off', compare));
    });
    await fc.assert(property, { numRuns: runs(10, 500, 3), seed });
  });
});
