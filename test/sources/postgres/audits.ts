/** What the tests of PostgreSQL as a source ask for: the outcome of an audit, and what a capture leaves on the server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { EvidenceSource } from '../../../src/core/audit/evidence-source.ts';
import { auditSource, type SnapshotAudit } from '../../../src/engine/audit-run.ts';
import { openPostgres, type PostgresOptions } from '../../../src/sources/postgres/index.ts';
import { profileFrom } from '../../../src/wire/profile.ts';
import type { Profile1 } from '../../../src/wire/profile-tables.ts';
import { within } from '../../faults/files.ts';
import type { PostgresServer } from '../../postgres/server.ts';
import { type Happening, PausedSource } from './paused-source.ts';

/** Longer than any answer takes here, and shorter than a test's patience. */
export const STALL_MS = 30_000;

export interface Outcome {
  readonly verdict: string;
  readonly kinds: readonly string[];
  /** Of the first finding. */
  readonly message: string;
  /** Null if the source was not read to its end. */
  readonly records: number | null;
  readonly root: string | null;
}

function outcomeOf({ verdict, findingCounts, findings, summary }: SnapshotAudit): Outcome {
  return {
    verdict,
    kinds: Object.keys(findingCounts),
    message: findings[0]?.message ?? '',
    records: summary?.records ?? null,
    root: summary?.globalRoot ?? null,
  };
}

/** Audits a source; one that hangs is told after some seconds. */
async function audited(source: EvidenceSource): Promise<Outcome> {
  return outcomeOf(await within(auditSource(source), 2 * STALL_MS));
}

/** Audits a database. */
export function auditOf(url: string, options: PostgresOptions): Promise<Outcome> {
  return audited(openPostgres(url, { stallMs: STALL_MS, ...options }));
}

export interface Interruption {
  /** Rows that are read before it, counted from 0. */
  readonly at: number;
  readonly happening: Happening;
}

/** Audits a database to which something happens meanwhile. */
export async function auditWhile(url: string, options: PostgresOptions, interruption: Interruption): Promise<Outcome> {
  const source = openPostgres(url, { stallMs: STALL_MS, ...options });
  const paused = new PausedSource(source, interruption.at, interruption.happening);
  const outcome = await audited(paused);
  expect(paused.happened, outcome.message).toBe(true);
  return outcome;
}

/** What an audit that read everything comes to. */
export function passOf(records: number, root: unknown = expect.stringMatching(/^[0-9a-f]{64}$/)): Outcome {
  return { verdict: 'PASS', kinds: [], message: '', records, root } as Outcome;
}

/** `found` is a refusal of `kind`, and says why. */
export function expectRefused(found: Outcome, kind: string, says: RegExp | string): void {
  expect(found).toEqual({
    verdict: 'INCOMPLETE',
    kinds: [kind],
    message: typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
    records: null,
    root: null,
  });
}

/** A profile with one table, of whose members the usual ones may be left out. */
export function profileOfTable(table: Record<string, unknown>): Profile1 {
  const usual = {
    schema: 'public',
    table: 'evidence',
    tenant: 'tenant',
    stream: { value: 'log' },
    id: 'id',
    type: { value: 'event' },
    body: { columns: ['body'] },
  };
  const given = Object.entries({ ...usual, ...table }).filter(([, value]) => value !== undefined);
  return profileFrom(
    { kind: 'evidence-profile', version: 1, name: 'test', tables: [Object.fromEntries(given)] },
    'test',
  ) as Profile1;
}

const OURS = `application_name = 'evidence-diff' AND backend_type = 'client backend'`;

/** Ends one of our backends as an administrator would: the one that connected first, or last. */
export async function endBackend(server: PostgresServer, which: 'first' | 'last', how = 'terminate'): Promise<void> {
  const order = which === 'first' ? 'ASC' : 'DESC';
  const rows = await server.sql(
    'postgres',
    `SELECT pg_${how}_backend(pid) AS done FROM pg_stat_activity WHERE ${OURS} ORDER BY backend_start ${order} LIMIT 1`,
  );
  expect(rows).toEqual([{ done: true }]);
}

/** Waits until none of our connections is left on the server. */
export async function expectNoneLeft(server: PostgresServer): Promise<void> {
  const count = `SELECT count(*)::int AS left FROM pg_stat_activity WHERE ${OURS}`;
  let rows = await server.sql('postgres', count);
  for (let tries = 0; rows[0]?.['left'] !== 0 && tries < 1500; tries++) {
    await sleep(20);
    rows = await server.sql('postgres', count);
  }
  expect(rows).toEqual([{ left: 0 }]);
}
