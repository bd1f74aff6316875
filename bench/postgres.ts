/** Reading a ledger from PostgreSQL, against psql's COPY of the same rows and a digest made on the server. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pgTool, postgresAvailable } from '../test/postgres/binaries.ts';
import { createLedger } from '../test/postgres/ledger-store.ts';
import { PostgresServer } from '../test/postgres/server.ts';
import { type Medians, measured, medianOf, type Run } from './measure.ts';
import { COMMAND } from './tools.ts';

export type ReaderName = 'audit, 1 worker' | 'audit, 2 workers' | 'capture, 1 worker' | 'capture, 2 workers';
export type ServerToolName = 'psql COPY' | 'md5 on the server';

export interface PostgresRow extends Medians {
  readonly tool: ReaderName | ServerToolName;
}

export interface PostgresFigures {
  /** Of the ledger. */
  readonly records: number;
  /** Without indexes. */
  readonly tableBytes: number;
  readonly rows: readonly PostgresRow[];
  /** What was not measured, and why. */
  readonly left: readonly string[];
}

const COLUMNS = `tenant_id::text, chain_id::text, event_id::text, event_type::text, actor_id, actor_type, artifact_id,
  finding_id, merkle_leaf_hash, occurred_at, policy_version, source_run_id, event_body, sequence_no, recorded_at,
  previous_hash, event_hash`;

const ROWS = `SELECT ${COLUMNS} FROM public.ledger_events ORDER BY tenant_id, chain_id, sequence_no`;

// A digest of each row first: a text of all rows may not be longer than 1 GB.
const MD5 = `SELECT md5(string_agg(md5(r::text), '')) FROM (${ROWS}) AS r`;

/** The plan that evidence-diff asks for as well: by the index, in order, without a sort. */
const PLAN = '-c enable_sort=off -c enable_seqscan=off -c enable_bitmapscan=off -c TimeZone=UTC';

interface Reader {
  readonly name: PostgresRow['tool'];
  readonly command: readonly string[];
}

function ours(url: string, folder: string): readonly Reader[] {
  return [1, 2].flatMap((workers) => {
    const unit = workers === 1 ? 'worker' : 'workers';
    const audit = [process.execPath, COMMAND, 'verify-all', url, '--profile', 'stella-ledger', '--quiet'];
    const command = [...audit, '--workers', String(workers)];
    const capture = [...command, '--output', join(folder, `capture-${workers}.ndjson`)];
    return [
      { name: `audit, ${workers} ${unit}` as ReaderName, command },
      { name: `capture, ${workers} ${unit}` as ReaderName, command: capture },
    ];
  });
}

function psql(name: ServerToolName, program: string, url: string, sql: string): Reader {
  const script = 'exec "$@" > /dev/null';
  const command = ['env', `PGOPTIONS=${PLAN}`, 'bash', '-c', script, 'bench', program, '-qXd', url, '-c', sql];
  return { name, command };
}

async function run({ name, command }: Reader): Promise<Run> {
  const ended = await measured(command);
  if (ended.exitCode !== 0) throw new Error(`${name} ended with ${ended.exitCode}: ${ended.stderr.slice(0, 2000)}`);
  return ended;
}

async function fill(server: PostgresServer, records: number): Promise<number> {
  const client = await server.connect();
  try {
    await createLedger(client, { rows: records });
    await client.query('VACUUM ANALYZE public.ledger_events');
    const { rows } = await client.query("SELECT pg_table_size('public.ledger_events')::text AS bytes");
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}

/** Each reader in turn, `repeat` times, so that what else the machine does meets all of them alike. */
async function inTurns(readers: readonly Reader[], repeat: number): Promise<readonly PostgresRow[]> {
  const runs = new Map(readers.map((reader) => [reader, [] as Run[]]));
  for (let round = 1; round <= repeat; round++) {
    for (const reader of readers) {
      process.stderr.write(`postgres: ${reader.name}, ${round} of ${repeat}\n`);
      runs.get(reader)?.push(await run(reader));
    }
  }
  return [...runs].map(([{ name }, measures]) => ({ tool: name, ...medianOf(measures) }));
}

async function measureServer(
  server: PostgresServer,
  folder: string,
  options: { readonly records: number; readonly repeat: number },
): Promise<PostgresFigures> {
  process.stderr.write(`making a ledger of ${options.records} rows\n`);
  const tableBytes = await fill(server, options.records);
  const url = server.url();
  const program = pgTool('psql');
  const theirs =
    program === undefined
      ? []
      : [psql('psql COPY', program, url, `COPY (${ROWS}) TO STDOUT`), psql('md5 on the server', program, url, MD5)];
  const rows = await inTurns([...theirs, ...ours(url, folder)], options.repeat);
  const left = program === undefined ? ['psql is not here: COPY and md5 were not measured'] : [];
  return { records: options.records, tableBytes, rows, left };
}

/**
 * Starts a server, fills it, measures, and removes it.
 *
 * @param folder - for the captures; made if it is not there, and removed
 */
export async function measurePostgres(
  folder: string,
  options: { readonly records: number; readonly repeat: number },
): Promise<PostgresFigures> {
  if (!postgresAvailable) {
    return { records: 0, tableBytes: 0, rows: [], left: ['PostgreSQL is not here: reading it was not measured'] };
  }
  mkdirSync(folder, { recursive: true });
  const server = await PostgresServer.start();
  try {
    return await measureServer(server, folder, options);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
