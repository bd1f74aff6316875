/**
 * What the rows of tables are made of besides themselves. The words of an enum, the default of a column that was added, or
 * which table has a name can change what every row says, and no row is written: so an earlier run is not taken up behind
 * such a change, whatever it was.
 */

import type { Relation } from './catalog.ts';
import { Cells } from './cells.ts';
import type { Session } from './session.ts';

/**
 * A row of a catalog has the number of the transaction that wrote it: another one was written since. What a type prints
 * by names of other objects, or by a function that somebody has added, of its own or of a cast, no row of these says. A
 * server that recovers from a crash may have lost what was read, and starts its statistics anew.
 */
const DEFINITION = `
WITH RECURSIVE relation(oid) AS (
  SELECT pg_catalog.unnest($1::pg_catalog.oid[])
  UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN relation r ON i.inhparent = r.oid
), type(oid) AS (
  SELECT a.atttypid FROM pg_catalog.pg_attribute a JOIN relation r ON a.attrelid = r.oid WHERE a.attnum > 0
  UNION SELECT part.oid FROM type JOIN pg_catalog.pg_type t ON t.oid = type.oid CROSS JOIN LATERAL (
    SELECT t.typelem UNION ALL SELECT t.typbasetype
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
    UNION ALL SELECT g.rngsubtype FROM pg_catalog.pg_range g
      WHERE g.rngtypid = t.oid OR pg_catalog.to_jsonb(g)->>'rngmultitypid' = t.oid::text
  ) part(oid) WHERE part.oid <> 0
), written(what) AS (
  SELECT pg_catalog.concat_ws(' ', 'class', c.oid, c.relfilenode, c.xmin)
    FROM pg_catalog.pg_class c JOIN relation r ON c.oid = r.oid
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'attribute', a.attrelid, a.attnum, a.xmin)
    FROM pg_catalog.pg_attribute a JOIN relation r ON a.attrelid = r.oid
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'member', a.attrelid, a.attnum, a.xmin)
    FROM type JOIN pg_catalog.pg_type t ON t.oid = type.oid
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid AND t.typrelid <> 0
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'type', t.oid, t.xmin)
    FROM pg_catalog.pg_type t JOIN type ON t.oid = type.oid
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'enum', e.oid, e.enumlabel, e.xmin)
    FROM pg_catalog.pg_enum e JOIN type ON e.enumtypid = type.oid
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'cast', c.oid, c.xmin) FROM pg_catalog.pg_cast c WHERE c.oid >= 16384
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'recovered', pg_catalog.pg_stat_get_bgwriter_stat_reset_time())
)
SELECT (EXISTS (SELECT FROM pg_catalog.pg_cast c WHERE c.oid >= 16384 AND c.castmethod = 'f') OR EXISTS (SELECT FROM pg_catalog.pg_type t JOIN type ON t.oid = type.oid
    WHERE t.typname LIKE 'reg%' OR t.typname = 'aclitem' OR (t.typtype = 'b' AND t.typcategory <> 'A' AND t.oid >= 16384)))::text,
  (SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
    pg_catalog.string_agg(what, ',' ORDER BY what COLLATE pg_catalog."C"), 'UTF8')), 'hex') FROM written)`;

/**
 * The same as long as nothing but rows was written.
 *
 * @returns SHA-256 of what the catalogs have; undefined where rows can change without any of it
 */
export async function definitionOf(session: Session, relations: readonly Relation[]): Promise<string | undefined> {
  const oids = `{${relations.map(({ oid }) => oid).join()}}`;
  const cells = new Cells(await session.row({ text: DEFINITION, values: [oids], columns: 2 }), session.label);
  return cells.flag(0, 'whether its types are built in') ? undefined : cells.text(1, 'what its tables are made of');
}
