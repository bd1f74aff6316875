/**
 * The transaction of a capture: one snapshot, read only, with every setting fixed that has a say in how a value is
 * printed or which rows are seen.
 *
 * The order matters. SET LOCAL and LOCK TABLE take no snapshot; the first SELECT does. Tables are locked before it, so
 * that a TRUNCATE or a rewriting ALTER TABLE, which are not MVCC-safe, cannot empty them under the snapshot.
 */
import { EvidenceError } from '../../core/errors.ts';
import type { TableProfile } from '../../wire/profile.ts';
import { tableLabel } from '../../wire/profile.ts';
import { codeOf } from './faults.ts';
import { quotedTable } from './identifiers.ts';
import type { Session } from './session.ts';

const SETTINGS: readonly (readonly [string, string])[] = [
  ['search_path', 'pg_catalog'],
  ['row_security', 'off'],
  ['standard_conforming_strings', 'on'],
  ['TimeZone', 'UTC'],
  ['DateStyle', 'ISO, YMD'],
  ['IntervalStyle', 'postgres'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
  ['lc_monetary', 'C'],
  ['xmlbinary', 'base64'],
  ['statement_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
  ['default_transaction_read_only', 'on'],
];

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** What must hold once the transaction has begun; a pooler between us and the server could break it. */
const REQUIRED: readonly (readonly [string, string])[] = [
  ['transaction_isolation', 'repeatable read'],
  ['transaction_read_only', 'on'],
  ['search_path', 'pg_catalog'],
  ['row_security', 'off'],
  ['standard_conforming_strings', 'on'],
  ['TimeZone', 'UTC'],
  ['DateStyle', 'ISO, YMD'],
  ['IntervalStyle', 'postgres'],
  ['bytea_output', 'hex'],
  ['client_encoding', 'UTF8'],
];

async function begin(session: Session): Promise<void> {
  await session.query(BEGIN);
  for (const [name, value] of SETTINGS) await session.query(`SET LOCAL ${name} = '${value}'`);
}

async function lock(session: Session, table: TableProfile, lockTimeoutMs: number): Promise<void> {
  await session.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  const place = `${session.label} ${tableLabel(table)}`;
  await session.query(`LOCK TABLE ${quotedTable(table)} IN ACCESS SHARE MODE`, [], place);
}

async function requireSettings(session: Session): Promise<void> {
  const list = REQUIRED.map(([name]) => `pg_catalog.current_setting('${name}')`).join(', ');
  const [row] = await session.query(`SELECT ${list}`);
  for (const [index, [name, value]] of REQUIRED.entries()) {
    if (row?.[index] === value) continue;
    throw new EvidenceError('source-incomplete', `the setting ${name} is ${row?.[index]}, not ${value}`, {
      where: { file: session.label },
      advice: 'connect to the server itself, without a pooler',
    });
  }
}

/** Who holds what stands in the way, asked in a transaction of its own; nothing if it cannot be told. */
async function blockers(session: Session, table: TableProfile): Promise<string> {
  try {
    await session.query('ROLLBACK');
    const sql = `SELECT DISTINCT l.pid::text FROM pg_catalog.pg_locks l
      WHERE l.relation = pg_catalog.to_regclass($1)::oid AND l.mode = 'AccessExclusiveLock' AND l.granted`;
    const rows = await session.query(sql, [quotedTable(table)]);
    return rows.length === 0 ? '' : `; held by backend ${rows.map(([pid]) => pid).join(', ')}`;
  } catch {
    return '';
  }
}

/**
 * Begins the transaction that fixes the snapshot, with all tables locked against what is not MVCC-safe.
 *
 * @param lockTimeoutMs - how long to wait for each lock, in milliseconds
 * @throws EvidenceError `source-incomplete` if a table is not there, may not be read or is locked
 */
export async function beginCapture(
  session: Session,
  tables: readonly TableProfile[],
  lockTimeoutMs: number,
): Promise<void> {
  await begin(session);
  for (const table of tables) {
    try {
      await lock(session, table, lockTimeoutMs);
    } catch (fault) {
      if (!(fault instanceof EvidenceError) || codeOf(fault.cause) !== '55P03') throw fault;
      const held = await blockers(session, table);
      const { kind, reason, where, advice } = fault;
      const told = advice === undefined ? {} : { advice };
      throw new EvidenceError(kind, `${reason}${held}`, { where, ...told, cause: fault.cause });
    }
  }
  await requireSettings(session);
}

/** The name under which other sessions can share the snapshot of `session`, for as long as its transaction lasts. */
export async function exportSnapshot(session: Session): Promise<string> {
  const [row] = await session.query('SELECT pg_catalog.pg_export_snapshot()');
  const name = row?.[0];
  if (typeof name !== 'string' || !/^[0-9A-Fa-f-]+$/.test(name)) {
    throw new EvidenceError('source-incomplete', 'the server gave no name for its snapshot', {
      where: { file: session.label },
      advice: 'read with one worker',
    });
  }
  return name;
}

/** Begins a transaction that sees just what the one that exported `snapshot` sees. */
export async function joinSnapshot(session: Session, snapshot: string): Promise<void> {
  await session.query(BEGIN);
  await session.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
  for (const [name, value] of SETTINGS) await session.query(`SET LOCAL ${name} = '${value}'`);
  await requireSettings(session);
}
