/**
 * One server a test file, as if it were new: a worker starts a server once, and sweeps it before each file that asks for
 * one. What cannot be swept, and what was started with settings of its own, is not used again.
 *
 * Nobody stops the servers that are kept: each has its watch (see cluster.ts), which ends it together with the worker.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { SUPERUSER } from './cluster.ts';
import { connectTo, PostgresServer, quoted, type ServerOptions } from './server.ts';

/** Of this worker, by what they were started with; those that no file has at the moment. */
const idle = new Map<string, PostgresServer[]>();

function keyOf({ auth = 'scram-sha-256' }: ServerOptions): string {
  return auth;
}

/** Others than these are for one file. */
function isShared({ auth: _, ...others }: ServerOptions): boolean {
  return Object.keys(others).length === 0;
}

/** Whether somebody has set what outlives a restart. */
function isReset(server: PostgresServer): boolean {
  const set = readFileSync(join(server.folder, 'data', 'postgresql.auto.conf'), 'utf8');
  return set.split('\n').every((line) => line === '' || line.startsWith('#'));
}

/**
 * Takes everything away that a file can have made: databases, roles, settings of roles.
 *
 * @throws Error if something holds fast to what is there, or the server only answers
 */
async function sweep(server: PostgresServer): Promise<void> {
  if (!isReset(server)) throw new Error('its settings were changed');
  const client = await connectTo(server.url('template1'));
  const all = async (text: string): Promise<readonly string[]> =>
    (await client.query<{ name: string }>(text)).rows.map(({ name }) => name);
  try {
    for (const name of await all('SELECT datname AS name FROM pg_database WHERE NOT datistemplate')) {
      await client.query(`DROP DATABASE ${quoted(name)} WITH (FORCE)`);
    }
    for (const name of await all(`SELECT rolname AS name FROM pg_roles WHERE oid >= 16384`)) {
      await client.query(`DROP ROLE ${quoted(name)}`);
    }
    await client.query(`ALTER ROLE ${SUPERUSER} RESET ALL`);
    await client.query(`CREATE DATABASE ${SUPERUSER} TEMPLATE template0 ${server.copying}`);
  } finally {
    await client.end();
  }
}

async function take(options: ServerOptions): Promise<PostgresServer> {
  const kept = isShared(options) ? idle.get(keyOf(options))?.pop() : undefined;
  if (kept === undefined) return PostgresServer.start(options);
  try {
    await sweep(kept);
    return kept;
  } catch {
    await kept.stop();
    return PostgresServer.start(options);
  }
}

async function giveBack(server: PostgresServer, options: ServerOptions): Promise<void> {
  if (!isShared(options)) return server.stop();
  const key = keyOf(options);
  idle.set(key, [...(idle.get(key) ?? []), server]);
}

/**
 * Gives a server to the tests around the call, with nothing in it, for them alone.
 *
 * @param options - with more than `auth` in them the server is a new one, and stopped after the tests
 * @returns the server, once the tests run
 */
export function serverOfFile(options: ServerOptions = {}): () => PostgresServer {
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    server = await take(options);
  });
  afterAll(() => (server === undefined ? undefined : giveBack(server, options)));
  return () => {
    if (server === undefined) throw new RangeError('the server is there once the tests run');
    return server;
  };
}
