/** Keys as SQL expressions: text, in the order of UTF-8 bytes, whatever collation the column has. */
import type { TableProfile } from '../../wire/profile.ts';
import { quotedName, quotedTable } from './catalog.ts';

/** The column's value as text. */
export function keyText(column: string): string {
  return `${quotedName(column)}::text`;
}

/**
 * What to order by, so that the rows come in the order of UTF-8 bytes.
 *
 * @param encoding - the database's own: in UTF8 the collation "C" is that order, elsewhere the text is converted first
 */
export function keyOrder(column: string, encoding: string): string {
  if (encoding === 'UTF8') return `${keyText(column)} COLLATE pg_catalog."C"`;
  return `pg_catalog.convert_to(${keyText(column)}, 'UTF8')`;
}

/**
 * The position to order by. With its table before it: a bare name behind ORDER BY is first looked for among what is
 * selected, where one column may stand twice.
 */
export function seqOrder(profile: TableProfile, column: string): string {
  return `${quotedTable(profile)}.${quotedName(column)}`;
}

/** The column that says which tenant a row belongs to; undefined if all rows have the same. */
export function tenantColumn({ tenant }: TableProfile): string | undefined {
  return typeof tenant === 'string' ? tenant : undefined;
}

/** The column that, with a fixed prefix, names the stream; undefined if all rows are of the same. */
export function streamColumn({ stream }: TableProfile): string | undefined {
  if (typeof stream === 'string') return stream;
  return 'column' in stream ? stream.column : undefined;
}

/** The name of the stream whose column has the text `key`. */
export function streamName({ stream }: TableProfile, key: string): string {
  if (typeof stream === 'string') return key;
  return 'column' in stream ? `${stream.prefix}${key}` : stream.value;
}

/** The columns by which rows are told apart into tenants and streams. */
export function keyColumns(profile: TableProfile): readonly string[] {
  return [tenantColumn(profile), streamColumn(profile)].filter((column) => column !== undefined);
}

/** The rows that count as evidence; `TRUE` for all. */
export function rowCondition({ where }: TableProfile): string {
  return where === undefined ? 'TRUE' : `(${where}\n)`;
}
