/** Which system, which database, at which moment: the subject of a capture. */
import { createHash } from 'node:crypto';
import { EvidenceError } from '../../core/errors.ts';
import { canonicalText } from '../../core/json/canonical.ts';
import { jsonFrom } from '../../core/json/from-plain.ts';
import type { NullsRule, Subject } from '../../core/snapshot/header.ts';
import { type Profile, statedBy } from '../../wire/profile.ts';
import { mappingOf } from '../../wire/table-profile.ts';
import type { Relation } from './catalog.ts';
import { Cells } from './cells.ts';
import type { Session } from './session.ts';

export interface Identity {
  readonly facts: Subject;
  /** When the snapshot was taken, by the server's clock, RFC 3339. */
  readonly capturedAt: string;
  /** The database's own encoding. */
  readonly encoding: string;
  /** The same for two connections to one database of one running server, however they are spelled. */
  readonly liveIdentity: string;
  /** The same without what not every role may ask: when the server was started, and the number of the database. */
  readonly running: { readonly started: string; readonly database: string };
  /** The oldest transaction that was in progress, and the next one there will be: what is written later has no smaller number. */
  readonly transactions: { readonly oldest: string; readonly next: string };
}

// In recovery there is no current LSN, and asking for one is an error: CASE keeps the wrong half from being called.
const FACTS = `
SELECT pg_catalog.current_database()::text,
  pg_catalog.current_setting('server_version'),
  pg_catalog.current_setting('server_encoding'),
  pg_catalog.pg_is_in_recovery()::text,
  CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
    ELSE pg_catalog.pg_current_wal_lsn() END::text,
  pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text,
  pg_catalog.to_char(pg_catalog.transaction_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  (SELECT d.oid::text FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()),
  pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot())::text,
  pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())::text`;

const MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

// By itself: a server that does not let us ask refuses the whole statement.
const SYSTEM_IDENTIFIER = 'SELECT system_identifier::text FROM pg_catalog.pg_control_system()';

function columnsOf({ columns }: Relation): Readonly<Record<string, string>> {
  return Object.fromEntries([...columns.values()].map(({ name, type }) => [name, type]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Members that say what part of the tables was read: a comparison refuses sides that read different parts. */
function scopeOf(relations: readonly Relation[]): Subject {
  const filters = relations.flatMap(({ label, profile }) =>
    profile.where === undefined ? [] : [[label, profile.where]],
  );
  const views = relations.flatMap(({ label, viewDefinition }) =>
    viewDefinition === null ? [] : [[label, sha256(viewDefinition)]],
  );
  return {
    columns: Object.fromEntries(relations.map((relation) => [relation.label, columnsOf(relation)])),
    ...(filters.length === 0 ? {} : { filters: Object.fromEntries(filters) }),
    ...(views.length === 0 ? {} : { views: Object.fromEntries(views) }),
  };
}

/**
 * Reads who the server is. The first SELECT of the transaction: it fixes the snapshot.
 *
 * @throws EvidenceError `source-not-authoritative` for a standby that was not allowed, `source-incomplete` for a
 *   database whose text cannot be read exactly
 */
export async function identify(session: Session, options: { readonly allowReplica?: boolean }): Promise<Identity> {
  const cells = new Cells(await session.row({ text: FACTS, columns: 11 }), session.label);
  const database = cells.text(0, 'the name of the database');
  const encoding = cells.text(2, 'the encoding of the database');
  const inRecovery = cells.flag(3, 'whether it is a standby');
  const where = { file: session.label };
  if (inRecovery && options.allowReplica !== true) {
    const advice = 'capture from the primary, or allow a standby with --allow-replica';
    throw new EvidenceError('source-not-authoritative', 'the server is a standby, and may lag behind', {
      where,
      advice,
    });
  }
  if (encoding === 'SQL_ASCII') {
    const reason = 'the database has the encoding SQL_ASCII: its bytes have no meaning as text';
    throw new EvidenceError('source-incomplete', reason, { where, advice: 'convert it to UTF8 first' });
  }
  const systemIdentifier = cells.flag(5, 'whether it may be asked who it is')
    ? await systemIdentifierOf(session)
    : null;
  const facts = {
    source: 'postgres',
    database,
    systemIdentifier,
    serverVersion: cells.text(1, 'its version'),
    lsn: cells.textOrNull(4),
    ...(inRecovery ? { standby: true } : {}),
  };
  const started = cells.text(7, 'the time of its start', MICROSECONDS);
  const running = { started, database: cells.text(8, 'the number of the database', /^[0-9]+$/) };
  return {
    facts,
    capturedAt: cells.text(6, 'the time', MILLISECONDS),
    encoding,
    liveIdentity: canonicalText(jsonFrom({ systemIdentifier, ...running })),
    running,
    transactions: {
      oldest: cells.text(9, 'its oldest transaction', /^[0-9]+$/),
      next: cells.text(10, 'its next transaction', /^[0-9]+$/),
    },
  };
}

async function systemIdentifierOf(session: Session): Promise<string> {
  const row = await session.row({ text: SYSTEM_IDENTIFIER, columns: 1 });
  return new Cells(row, session.label).text(0, 'its system identifier', /^[0-9]+$/);
}

function profileDigest(profile: Profile): string {
  return sha256(canonicalText(jsonFrom(profile)));
}

/**
 * What must be the same for one run to go on where another was broken off: the running server, the database, profile, columns,
 * how NULL is written, which hashes are not recomputed, and what rows are made of. A server that was started since may be
 * another one, or have been restored.
 *
 * @param live - `liveIdentity`
 * @param definition - as `definitionOf` has it
 * @returns SHA-256 as 64 hexadecimal digits; undefined where the definition is not known: then no run goes on
 */
export function captureIdentityOf(
  live: string,
  profile: Profile,
  relations: readonly Relation[],
  read: { readonly nulls: NullsRule; readonly byValue: readonly string[] },
  definition: string | undefined,
): string | undefined {
  if (definition === undefined) return undefined;
  const parts = { live, definition, ...read, profile: profileDigest(profile), ...scopeOf(relations) };
  return sha256(canonicalText(jsonFrom(parts)));
}

/** The subject of a capture: who the server is, by which profile it was read, and what that covers. */
export function subjectOf(facts: Subject, profile: Profile, relations: readonly Relation[]): Subject {
  const mapping = Object.fromEntries(relations.map(({ label, profile: table }) => [label, mappingOf(table)]));
  const digest = `sha256:${profileDigest(profile)}`;
  return {
    ...facts,
    profile: profile.name,
    profileDigest: digest,
    ...statedBy(profile),
    mapping,
    ...scopeOf(relations),
  };
}
