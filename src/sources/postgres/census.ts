/**
 * How many rows there are, stream by stream, in the very snapshot that is read afterwards. What is read has to come to
 * these counts; so a connection that ends early, a broken index or a bug cannot make rows disappear in silence.
 */
import { EvidenceError } from '../../core/errors.ts';
import { compareUtf8 } from '../../core/json/utf8-order.ts';
import type { TableProfile } from '../../wire/profile.ts';
import type { Relation } from './catalog.ts';
import { quotedName, quotedTable } from './identifiers.ts';
import { keyColumns, keyText, rowCondition, streamColumn, streamName } from './key-text.ts';
import type { Row, Session } from './session.ts';

/** The rows of one stream. */
export interface Run {
  readonly relation: Relation;
  readonly tenant: string;
  readonly stream: string;
  /** Text of the stream's column; empty if it has none. */
  readonly streamKey: string;
  readonly rows: number;
  /** First and last `seq` of an ordered stream. */
  readonly range: { readonly first: bigint; readonly last: bigint } | undefined;
  /** Rows whose body has what the chain's recipe needs; undefined if the recipe needs nothing. */
  readonly whole: number | undefined;
}

// An index that a newer collation library has broken hides rows, and so do bounds of partitions; a scan does not.
const BY_SCAN = ['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan', 'enable_partition_pruning'];

function requiredColumns(profile: TableProfile): readonly string[] {
  const { id, seq, type } = profile;
  const named = [...keyColumns(profile), id, seq, typeof type === 'string' ? type : undefined];
  return named.filter((column) => column !== undefined);
}

/** Rows whose body is whole: that has the member which the recipe needs. */
function wholeCondition({ chain, body }: TableProfile): string | undefined {
  const member = chain?.recipeNeeds;
  if (member === undefined) return undefined;
  const column = typeof body === 'string' ? body : body !== undefined && 'column' in body ? body.column : undefined;
  if (column === undefined) return 'FALSE';
  const literal = `'${member.replaceAll("'", "''")}'`;
  return `pg_catalog.jsonb_exists(${quotedName(column)}::jsonb, ${literal})`;
}

function censusText(profile: TableProfile): string {
  const keys = keyColumns(profile).map((column) => `${keyText(column)} COLLATE pg_catalog."C"`);
  const absent = requiredColumns(profile).map((column) => `${quotedName(column)} IS NULL`);
  const seq = profile.seq === undefined ? undefined : `${quotedName(profile.seq)}::bigint`;
  const figures = [
    'pg_catalog.count(*)::text',
    `pg_catalog.count(*) FILTER (WHERE ${absent.join(' OR ')})::text`,
    seq === undefined ? 'NULL' : `pg_catalog.min(${seq})::text`,
    seq === undefined ? 'NULL' : `pg_catalog.max(${seq})::text`,
    `pg_catalog.count(*) FILTER (WHERE ${wholeCondition(profile) ?? 'FALSE'})::text`,
  ];
  const grouped = keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`;
  return `SELECT ${[...keys, ...figures].join(', ')} FROM ${quotedTable(profile)} WHERE ${rowCondition(profile)}${grouped}`;
}

function seqOf(text: string | null | undefined, place: string): bigint {
  if (text !== null && text !== undefined && /^-?[0-9]+$/.test(text)) return BigInt(text);
  const where = { file: place };
  throw new EvidenceError('schema-violation', `a seq is no whole number: ${text}`, { where });
}

function runOf(relation: Relation, place: string, row: Row): Run {
  const { profile } = relation;
  const keys = keyColumns(profile).length;
  const [rows, absent, first, last, whole] = row.slice(keys);
  if (absent !== '0') {
    const columns = requiredColumns(profile).join(', ');
    const reason = `${absent} rows have NULL in one of ${columns}: they cannot be told apart`;
    throw new EvidenceError('schema-violation', reason, {
      where: { file: place },
      advice: 'leave them out by `where`',
    });
  }
  const { tenant, seq, chain } = profile;
  const streamKey = streamColumn(profile) === undefined ? '' : (row[keys - 1] ?? '');
  return {
    relation,
    tenant: typeof tenant === 'string' ? (row[0] ?? '') : tenant.value,
    stream: streamName(profile, streamKey),
    streamKey,
    rows: Number(rows),
    range: seq === undefined ? undefined : { first: seqOf(first, place), last: seqOf(last, place) },
    whole: chain?.recipeNeeds === undefined ? undefined : Number(whole),
  };
}

/**
 * Counts the rows of one table by tenant and stream.
 *
 * @throws EvidenceError
 */
export async function countRows(session: Session, relation: Relation): Promise<readonly Run[]> {
  const place = `${session.label} ${relation.label}`;
  for (const setting of BY_SCAN) await session.query(`SET LOCAL ${setting} = off`);
  const rows = await session.query(censusText(relation.profile), [], place);
  for (const setting of BY_SCAN) await session.query(`SET LOCAL ${setting} = on`);
  const figures = keyColumns(relation.profile).length;
  return rows.filter((row) => row[figures] !== '0').map((row) => runOf(relation, place, row));
}

/**
 * All runs in the order of a snapshot.
 *
 * @throws EvidenceError `schema-violation` if two tables feed one stream
 */
export function inOrder(runs: readonly Run[], label: string): readonly Run[] {
  const sorted = [...runs].sort((a, b) => compareUtf8(a.tenant, b.tenant) || compareUtf8(a.stream, b.stream));
  for (const [index, run] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next?.tenant !== run.tenant || next.stream !== run.stream) continue;
    const reason = `${run.relation.label} and ${next.relation.label} both have rows of ${run.tenant} / ${run.stream}`;
    throw new EvidenceError('schema-violation', reason, { where: { file: label }, advice: 'mend the profile' });
  }
  return sorted;
}
