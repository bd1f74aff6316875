/**
 * What the rows of tables are made of besides themselves. The words of an enum, the default of a column that was added, or
 * which table has a name can change what every row says, and no row is written: so an earlier run is not taken up behind
 * such a change, whatever it was.
 */

import type { Relation } from './catalog.ts';
import { Cells } from './cells.ts';
import type { Session } from './session.ts';

/** A row of a catalog has the number of the transaction that wrote it: another one was written since. */
const DEFINITION = `
WITH RECURSIVE relation(oid) AS (
  SELECT pg_catalog.unnest($1::pg_catalog.oid[])
  UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN relation r ON i.inhparent = r.oid
), type(oid) AS (
  SELECT a.atttypid FROM pg_catalog.pg_attribute a JOIN relation r ON a.attrelid = r.oid WHERE a.attnum > 0
  UNION SELECT part.oid FROM type JOIN pg_catalog.pg_type t ON t.oid = type.oid CROSS JOIN LATERAL (
    SELECT t.typelem UNION ALL SELECT t.typbasetype
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
  ) part(oid) WHERE part.oid <> 0
), written(what) AS (
  SELECT pg_catalog.concat_ws(' ', 'class', c.oid, c.relfilenode, c.xmin)
    FROM pg_catalog.pg_class c JOIN relation r ON c.oid = r.oid
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'attribute', a.attrelid, a.attnum, a.xmin)
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid IN (SELECT oid FROM relation)
      OR a.attrelid IN (SELECT t.typrelid FROM pg_catalog.pg_type t JOIN type ON t.oid = type.oid WHERE t.typrelid <> 0)
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'type', t.oid, t.xmin)
    FROM pg_catalog.pg_type t JOIN type ON t.oid = type.oid
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'enum', e.oid, e.enumlabel, e.xmin)
    FROM pg_catalog.pg_enum e JOIN type ON e.enumtypid = type.oid
)
SELECT (SELECT d.oid::text FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()),
  CASE WHEN NOT pg_catalog.pg_is_in_recovery()
    THEN pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) END,
  (SELECT pg_catalog.string_agg(what, ',' ORDER BY what COLLATE pg_catalog."C") FROM written)`;

/**
 * The same as long as nothing but rows was written.
 *
 * @returns number of the database, timeline, and what is written in the catalogs; undefined where the timeline is not known: on a
 *   standby, which may be restored to an earlier moment
 */
export async function definitionOf(session: Session, relations: readonly Relation[]): Promise<string | undefined> {
  const oids = `{${relations.map(({ oid }) => oid).join()}}`;
  const cells = new Cells(await session.row({ text: DEFINITION, values: [oids], columns: 3 }), session.label);
  const timeline = cells.textOrNull(1);
  if (timeline === null) return undefined;
  return [cells.text(0, 'the number of the database'), timeline, cells.text(2, 'what its tables are')].join('\n');
}
