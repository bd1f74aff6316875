/**
 * The transaction of a capture: one snapshot, read only, with every setting fixed that has a say in how a value is
 * printed or which rows are seen.
 *
 * The order matters. SET LOCAL and LOCK TABLE take no snapshot; the first SELECT does. Tables are locked before it, so
 * that a TRUNCATE or a rewriting ALTER TABLE, which are not MVCC-safe, cannot empty them under the snapshot.
 */
import { codeOf, EvidenceError } from '../../core/errors.ts';
import { type TableProfile, tableLabel } from '../../wire/table-profile.ts';
import { quotedTable } from './catalog.ts';
import { detailOf } from './faults.ts';
import type { Session } from './session.ts';

type Settings = readonly (readonly [name: string, value: string])[];

// Types are looked up among the temporary ones first, unless these are named: an earlier user of the session may have
// left a type `text` there.
const SEARCH_PATH = 'pg_catalog, pg_temp';

const SETTINGS: Settings = [
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
  ['standard_conforming_strings', 'on'],
  ['quote_all_identifiers', 'off'],
  ['constraint_exclusion', 'off'],
];

// SQLSTATE: lock_not_available, wrong_object_type.
const NOT_IN_TIME = '55P03';
const NO_TABLE = '42809';

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** What must hold once the transaction has begun; a pooler between us and the server could break it. */
const REQUIRED: Settings = [
  ['transaction_isolation', 'repeatable read'],
  ['transaction_read_only', 'on'],
  ['search_path', SEARCH_PATH],
  ...SETTINGS,
  ['client_encoding', 'UTF8'],
];

/** With these the server leaves out what it finds damaged, and says so in its log alone. */
const PASSING_OVER: readonly string[] = ['zero_damaged_pages', 'ignore_checksum_failure'];

async function fixSettings(session: Session): Promise<void> {
  for (const [name, value] of SETTINGS) await session.run(`SET LOCAL ${name} = '${value}'`, 'SET');
  await session.run(`SET LOCAL search_path = ${SEARCH_PATH}`, 'SET');
}

async function lock(session: Session, table: TableProfile, lockTimeoutMs: number): Promise<void> {
  await session.run(`SET LOCAL lock_timeout = ${lockTimeoutMs}`, 'SET');
  const place = `${session.label} ${tableLabel(table)}`;
  await session.run(`LOCK TABLE ${quotedTable(table)} IN ACCESS SHARE MODE`, 'LOCK TABLE', place);
}

async function requireSettings(session: Session): Promise<void> {
  const names = [...REQUIRED.map(([name]) => name), ...PASSING_OVER];
  const list = names.map((name) => `pg_catalog.current_setting('${name}')`).join(', ');
  const row = await session.row({ text: `SELECT ${list}`, columns: names.length });
  const where = { file: session.label };
  for (const [index, [name, value]] of REQUIRED.entries()) {
    if (row[index] === value) continue;
    throw new EvidenceError('source-incomplete', `the setting ${name} is ${row[index]}, not ${value}`, {
      where,
      advice: 'connect to the server itself, without a pooler',
    });
  }
  for (const name of PASSING_OVER) {
    if (row[names.indexOf(name)] === 'off') continue;
    const reason = `the setting ${name} is on: damaged rows would be passed over`;
    throw new EvidenceError('source-incomplete', reason, { where, advice: `set ${name} to off for this user` });
  }
}

/** What a lock that could not be had says of the table. */
async function lockFault(session: Session, table: TableProfile, fault: EvidenceError): Promise<EvidenceError> {
  const { reason, where, cause } = fault;
  if (codeOf(cause) === NO_TABLE) {
    const advice = 'name the table that holds the rows';
    return new EvidenceError('source-not-authoritative', `it is no table (${detailOf(cause)})`, {
      where,
      advice,
      cause,
    });
  }
  if (codeOf(cause) !== NOT_IN_TIME) return fault;
  const held = await blockers(session, table);
  const advice = fault.advice === undefined ? {} : { advice: fault.advice };
  return new EvidenceError(fault.kind, `${reason}${held}`, { where, ...advice, cause });
}

// A prepared transaction has no backend: it is known by the lock on its own number (PostgreSQL, "pg_locks").
const HOLDERS = `SELECT DISTINCT l.pid::text, p.gid
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_locks t ON l.pid IS NULL AND t.pid IS NULL AND t.locktype = 'transactionid'
    AND t.virtualtransaction = l.virtualtransaction
  LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = t.transactionid
  WHERE l.relation = pg_catalog.to_regclass($1)::oid AND l.mode = 'AccessExclusiveLock' AND l.granted
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`;

/** Who holds what stands in the way, asked in a transaction of its own; nothing if it cannot be determined. */
async function blockers(session: Session, table: TableProfile): Promise<string> {
  try {
    await session.run('ROLLBACK', 'ROLLBACK');
    const rows = await session.rows({ text: HOLDERS, values: [quotedTable(table)], columns: 2 });
    const holders = rows.map(([pid, gid]) => {
      if (pid !== null) return `backend ${pid}`;
      const name = gid === null || gid === undefined ? '' : ` ${JSON.stringify(gid)}`;
      return `the prepared transaction${name}, which no backend runs: COMMIT PREPARED or ROLLBACK PREPARED ends it`;
    });
    return rows.length === 0 ? '' : `; held by ${holders.join(', ')}`;
  } catch {
    return '';
  }
}

/**
 * Begins the transaction that fixes the snapshot, with all tables locked against what is not MVCC-safe.
 *
 * @param lockTimeoutMs - how long to wait for each lock, in milliseconds
 * @param held - the id of a snapshot that another session holds, in place of one of this moment
 * @throws EvidenceError `source-incomplete` if a table is not there, may not be read or is locked;
 *   `source-not-authoritative` if it is no table
 */
export async function beginCapture(
  session: Session,
  tables: readonly TableProfile[],
  lockTimeoutMs: number,
  held?: string,
): Promise<void> {
  await session.run(BEGIN, 'BEGIN');
  await fixSettings(session);
  for (const table of tables) {
    try {
      await lock(session, table, lockTimeoutMs);
    } catch (fault) {
      throw fault instanceof EvidenceError ? await lockFault(session, table, fault) : fault;
    }
  }
  // Behind the locks: whoever holds it has held its own until now, so that no table was emptied in between.
  if (held !== undefined) await takeHeld(session, held);
  await requireSettings(session);
}

async function takeHeld(session: Session, snapshot: string): Promise<void> {
  try {
    await session.run(`SET TRANSACTION SNAPSHOT '${snapshot}'`, 'SET');
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    const { kind, reason, where, cause } = fault;
    throw new EvidenceError(kind, `the snapshot ${snapshot} is not held any more: ${reason}`, {
      where,
      advice: 'let `snapshot hold` run until all have read, on the server that is read, and take all shards again',
      cause,
    });
  }
}

/** The name under which other sessions can share the snapshot of `session`, for as long as its transaction lasts. */
export async function exportSnapshot(session: Session): Promise<string> {
  const [name] = await session.row({ text: 'SELECT pg_catalog.pg_export_snapshot()', columns: 1 });
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
  await session.run(BEGIN, 'BEGIN');
  await session.run(`SET TRANSACTION SNAPSHOT '${snapshot}'`, 'SET');
  await fixSettings(session);
  await requireSettings(session);
}
