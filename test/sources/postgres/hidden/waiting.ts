/** Waiting for what a server says of our connections. */
import { expect } from 'vitest';
import type { PostgresServer } from '../../../postgres/server.ts';

const BLOCKED = `SELECT count(*)::int AS blocked FROM pg_stat_activity
  WHERE application_name = 'evidence-diff' AND wait_event_type = 'Lock'`;

/** Until one of our backends waits for a lock. */
export async function waitUntilBlocked(server: PostgresServer): Promise<void> {
  const blocked = async () => (await server.sql('postgres', BLOCKED))[0]?.['blocked'];
  await expect.poll(blocked, { interval: 10, timeout: 120_000 }).toBe(1);
}
