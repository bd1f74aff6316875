/** A small table of evidence, and the two ways in which its rows are read. */
import type { PostgresOptions } from '../../../../src/sources/postgres/index.ts';
import type { Profile1 } from '../../../../src/wire/profile-tables.ts';
import { quoted } from '../../../postgres/server.ts';
import { profileOfTable } from '../audits.ts';

/** Of each tenant. */
export const ROWS = 60;
const TENANTS = ['acme', 'globex', 'initech'] as const;
export const ALL = ROWS * TENANTS.length;

const SELECTED = `SELECT t AS tenant, t || '-' || n AS id, n::bigint AS seq, 'evidence ' || n AS body
  FROM unnest(ARRAY[${TENANTS.map((tenant) => quoted(tenant, "'")).join(', ')}]) t, generate_series(1, ${ROWS}) n`;

const INDEX = 'PRIMARY KEY (tenant, seq)';

/** SQL that makes a table with all rows; tables with the same rows have the same root. */
export function evidenceTable(name: string, key = INDEX): string {
  return `CREATE TABLE ${name} (tenant text NOT NULL, id text NOT NULL, seq bigint NOT NULL, body text${key === '' ? '' : `, ${key}`});
    INSERT INTO ${name} ${SELECTED};`;
}

/** SQL that gives the rows of a table to one that is there. */
export function fill(name: string): string {
  return `INSERT INTO ${name} ${SELECTED};`;
}

/** The table `name` of `schema`, by its index or by one sorted query. */
export const WAYS = ['by its index', 'by one sorted query'] as const;
export type Way = (typeof WAYS)[number];

/**
 * A profile that lets a table be read in the one way or the other: a text for `seq` cannot be read by an index.
 *
 * @param table - members in place of the usual ones
 */
function profileFor(way: Way, table: Record<string, unknown> = {}): Profile1 {
  return profileOfTable({ ...(way === 'by its index' ? { seq: 'seq' } : {}), ...table });
}

/** Small batches, so that a capture is still under way when something happens to it. */
export function optionsFor(
  way: Way,
  table: Record<string, unknown> = {},
  workers = 1,
): PostgresOptions & { readonly profile: Profile1 } {
  return { profile: profileFor(way, table), workers, batchSize: 10 };
}
