/** The database before a migration, and its capture. */
import { expect } from 'vitest';
import { type ProfileInput, verifyAll } from '../../../src/index.ts';
import type { PostgresServer } from '../../postgres/server.ts';

/** Makes `database` by `create`, and captures it soundly into `folder`. */
export async function capturedBefore(
  server: PostgresServer,
  {
    database,
    folder,
    create,
    profile,
  }: {
    readonly database: string;
    readonly folder: string;
    readonly create: string;
    readonly profile: ProfileInput;
  },
): Promise<{ readonly database: string; readonly baseline: string }> {
  await server.createDatabase(database);
  await server.sql(database, create);
  const baseline = `${folder}/${database}.ndjson`;
  const audit = await verifyAll(server.url(database), { output: baseline, depth: 'full', source: { profile } });
  expect(audit.findings).toEqual([]);
  return { database, baseline };
}
