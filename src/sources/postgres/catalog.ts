/** Names as SQL: always quoted, never taken from rows. */

import { EvidenceError } from '../../core/errors.ts';
import { type FieldRule, namesOf } from '../../core/mapping/field.ts';
import { bodyColumns, idFields, type TableProfile, tableLabel } from '../../wire/table-profile.ts';
import { Cells } from './cells.ts';
import type { Session } from './session.ts';

/** One name, quoted. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table with its schema, quoted: no search path decides what is read. */
export function quotedTable({ schema, table }: Pick<TableProfile, 'schema' | 'table'>): string {
  return `${quotedName(schema)}.${quotedName(table)}`;
}

/* What the catalog says of the profile's tables; whatever could hide rows or make another table be read is refused. */

export interface Column {
  readonly name: string;
  /** The type as the catalog prints it, with its modifiers. */
  readonly type: string;
  /** The type without modifiers; of a domain, the type that it stands on: it decides how a value is printed. */
  readonly baseType: string;
  readonly readable: boolean;
}

export interface Relation {
  readonly profile: TableProfile;
  readonly oid: string;
  readonly label: string;
  /** r table, p partitioned table, v view: nothing else can be locked. */
  readonly kind: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** The planner's estimate; null if the table was never analysed. */
  readonly estimatedRows: number | null;
  /** Bytes that a row takes on disk, on average, as far as it is known. */
  readonly averageRowBytes: number | null;
  /** The text that makes a view what it is. */
  readonly viewDefinition: string | null;
}

export interface CatalogOptions {
  readonly allowViews?: boolean;
}

const RELATION = `
SELECT c.oid::text, c.relkind::text, pg_catalog.row_security_active(c.oid)::text,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE')::text,
  (SELECT pg_catalog.string_agg(DISTINCT d.relkind::text, '') FROM inherited i JOIN pg_catalog.pg_class d ON d.oid = i.oid),
  (SELECT CASE WHEN pg_catalog.min(d.reltuples) < 0 THEN NULL ELSE pg_catalog.sum(d.reltuples)::bigint END::text
    FROM inherited i JOIN pg_catalog.pg_class d ON d.oid = i.oid WHERE d.relkind = 'r'),
  (SELECT pg_catalog.sum(pg_catalog.pg_table_size(d.oid))::text
    FROM inherited i JOIN pg_catalog.pg_class d ON d.oid = i.oid WHERE d.relkind = 'r'),
  CASE WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid) END,
  EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = pg_catalog.pg_backend_pid() AND l.relation = c.oid
    AND l.locktype = 'relation' AND l.mode = 'AccessShareLock' AND l.granted)::text,
  EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN inherited i ON i.oid = h.inhparent
    WHERE pg_catalog.to_jsonb(h) ->> 'inhdetachpending' = 'true')::text,
  (SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2`;

// The table itself and all that inherits from it: partitions, and partitions of partitions.
const INHERITED = `WITH RECURSIVE inherited AS (
  SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2
  UNION SELECT h.inhrelid FROM pg_catalog.pg_inherits h JOIN inherited i ON h.inhparent = i.oid)`;

const COLUMNS = `
SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod),
  (WITH RECURSIVE base AS (
    SELECT t.oid, t.typtype, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
    UNION ALL SELECT t.oid, t.typtype, t.typbasetype
      FROM base b JOIN pg_catalog.pg_type t ON b.typtype = 'd' AND t.oid = b.typbasetype)
  SELECT pg_catalog.format_type(b.oid, NULL) FROM base b WHERE b.typtype <> 'd'),
  pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')::text
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

const RUN_AGAIN = 'run the capture again when the migration is over';

function refuse(
  kind: 'schema-violation' | 'source-incomplete' | 'source-filtered' | 'source-not-authoritative',
  place: string,
) {
  return (reason: string, advice: string): never => {
    throw new EvidenceError(kind, reason, { where: { file: place }, advice });
  };
}

function requireTable(place: string, kind: string, inheritedKinds: string, allowViews: boolean): void {
  const not = refuse('source-not-authoritative', place);
  if (kind === 'v' && !allowViews) {
    const advice = 'name the table that holds the rows, or allow a view with --allow-views';
    not('it is a view, which can hide or make up rows', advice);
  }
  if (inheritedKinds.includes('f')) {
    not('a partition of it is a foreign table, which this snapshot does not cover', 'read that server by itself');
  }
}

/** Every field of a table, by its member. */
function fieldsOf(profile: TableProfile): readonly (readonly [member: string, rule: FieldRule])[] {
  const { tenant, stream, seq, type, recordedAt, prev, hash, attrs, bodyDigest } = profile;
  const single = { tenant, stream, seq, type, recordedAt, prev, hash, bodyDigest, ...attrs };
  const fields = [...idFields(profile).map((rule) => ['id', rule] as const), ...Object.entries(single)];
  return fields.flatMap(([member, rule]) => (rule === undefined ? [] : [[member, rule] as const]));
}

/** The columns of the table that a record is made from, in the profile's own order. */
export function mappedColumns(profile: TableProfile): readonly string[] {
  const named = fieldsOf(profile).flatMap(([, rule]) => namesOf(rule));
  return [...new Set([...named, ...bodyColumns(profile.body)])];
}

function hasZone(rule: FieldRule): boolean {
  return typeof rule === 'object' && 'field' in rule && (rule.zone !== undefined || hasZone(rule.field));
}

const NAIVE = 'timestamp without time zone';

/** Every row would be refused: a record's time has a zone, and a time that has one cannot be given another. */
function requireZones(place: string, profile: TableProfile, columns: ReadonlyMap<string, Column>): void {
  const not = refuse('schema-violation', place);
  for (const [member, rule] of fieldsOf(profile)) {
    const [column = ''] = namesOf(rule);
    const type = columns.get(column)?.baseType;
    if (member === 'recordedAt' && type === NAIVE && !hasZone(rule)) {
      const advice = `say which zone it is of: { "field": ${JSON.stringify(column)}, "zone": "UTC" }`;
      not(`recordedAt is the column ${column}, a timestamp without time zone`, advice);
    }
    if (hasZone(rule) && type === 'timestamp with time zone') {
      not(`${member} gives a zone to the column ${column}, which has one`, 'leave `zone` out');
    }
  }
}

function requireColumns(place: string, profile: TableProfile, columns: ReadonlyMap<string, Column>): void {
  const not = refuse('source-incomplete', place);
  const missing = mappedColumns(profile).filter((name) => !columns.has(name));
  if (missing.length > 0) {
    const there = [...columns.keys()].join(', ');
    not(`no column ${missing.join(', ')}; there are ${there}`, 'give a profile that fits with --profile');
  }
  const wanted = profile.body !== undefined && 'columns' in profile.body ? [...columns.keys()] : mappedColumns(profile);
  const hidden = wanted.filter((name) => columns.get(name)?.readable === false);
  if (hidden.length > 0) not(`the user may not read the column ${hidden.join(', ')}`, 'grant SELECT on the table');
}

/** An estimate has no say in what is read, only in how much at once. */
function estimateOf(text: string | null): number | null {
  return text !== null && /^[0-9]+$/.test(text) ? Number(text) : null;
}

function sizeOf(
  estimatedRows: number | null,
  bytes: number | null,
): Pick<Relation, 'estimatedRows' | 'averageRowBytes'> {
  const isKnown = estimatedRows !== null && estimatedRows !== 0 && bytes !== null;
  return { estimatedRows, averageRowBytes: isKnown ? bytes / estimatedRows : null };
}

/**
 * Looks up one table of a profile.
 *
 * @throws EvidenceError `source-incomplete`, `source-filtered` or `source-not-authoritative`
 */
export async function describeTable(
  session: Session,
  profile: TableProfile,
  options: CatalogOptions = {},
): Promise<Relation> {
  const label = tableLabel(profile);
  const place = `${session.label} ${label}`;
  const [row, another] = await session.rows({
    text: `${INHERITED}${RELATION}`,
    values: [profile.schema, profile.table],
    columns: 11,
    place,
  });
  if (row === undefined) return refuse('source-incomplete', place)('it is not there', 'check the profile, or --schema');
  if (another !== undefined) refuse('source-incomplete', place)('the server knows two tables of its name', RUN_AGAIN);
  const cells = new Cells(row, place);
  const oid = cells.text(0, 'its number', /^[0-9]+$/);
  const kind = cells.text(1, 'its kind', /^[a-zA-Z]$/);
  if (!cells.flag(8, 'whether it is locked')) {
    // A schema can be renamed under a lock: what was locked before the snapshot then has another name in it.
    refuse('source-incomplete', place)('another table took its name while it was locked', RUN_AGAIN);
  }
  if (cells.flag(9, 'whether a partition is being detached')) {
    const advice = 'finish it with ALTER TABLE … DETACH PARTITION … FINALIZE, or wait for it';
    refuse('source-incomplete', place)('a partition is being detached: its rows are there and not seen', advice);
  }
  requireTable(place, kind, cells.text(4, 'the kinds of its partitions', /^[a-zA-Z]+$/), options.allowViews === true);
  if (cells.flag(2, 'whether rows are filtered')) {
    refuse('source-filtered', place)(
      'row-level security would hide rows from this user',
      'read as the owner, or as a role with BYPASSRLS',
    );
  }
  const columns = await columnsOf(session, oid, place);
  if (columns.size !== cells.count(10, 'the number of its columns')) {
    refuse('source-incomplete', place)('the server counts other columns than it names', RUN_AGAIN);
  }
  requireColumns(place, profile, columns);
  requireZones(place, profile, columns);
  return {
    profile,
    oid,
    label,
    kind,
    columns,
    ...sizeOf(estimateOf(cells.textOrNull(5)), estimateOf(cells.textOrNull(6))),
    viewDefinition: kind === 'v' ? cells.text(7, 'the definition of the view') : null,
  };
}

async function columnsOf(session: Session, oid: string, place: string): Promise<ReadonlyMap<string, Column>> {
  const rows = await session.rows({ text: COLUMNS, values: [oid], columns: 4, place });
  return new Map(
    rows.map((row) => {
      const cells = new Cells(row, place);
      const name = cells.text(0, 'the name of a column');
      const type = cells.text(1, `the type of ${name}`);
      const baseType = cells.text(2, `the type of ${name}`);
      return [name, { name, type, baseType, readable: cells.flag(3, `whether ${name} may be read`) }];
    }),
  );
}

/**
 * Makes sure that the names of `relations` still mean the tables that were described. A lock on a table does not keep
 * its schema from being renamed, and every query looks the names up anew.
 *
 * @throws EvidenceError `source-incomplete`
 */
export async function requireSameTables(session: Session, relations: readonly Relation[]): Promise<void> {
  const names = relations.map((_, index) => `pg_catalog.to_regclass($${index + 1})::oid::text`);
  // A backend hears of renames when it takes a lock that it does not have yet: hence a catalog that nothing else reads.
  const text = `SELECT ${names.join(', ')} FROM pg_catalog.pg_ts_template LIMIT 1`;
  const tables = relations.map(({ profile }) => quotedTable(profile));
  const row = await session.row({ text, values: tables, columns: tables.length });
  for (const [index, { oid, label }] of relations.entries()) {
    const now = row[index];
    if (now === oid) continue;
    const reason = now === null ? 'no table has its name any more' : 'another table has its name now';
    refuse('source-incomplete', `${session.label} ${label}`)(reason, RUN_AGAIN);
  }
}
