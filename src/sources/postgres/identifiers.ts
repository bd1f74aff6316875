/** Names as SQL: always quoted, never taken from rows. */
import type { TableProfile } from '../../wire/profile.ts';

/** One name, quoted. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table with its schema, quoted: no search path decides what is read. */
export function quotedTable({ schema, table }: Pick<TableProfile, 'schema' | 'table'>): string {
  return `${quotedName(schema)}.${quotedName(table)}`;
}
