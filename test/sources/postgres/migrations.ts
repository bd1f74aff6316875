/** Migrations of plain tables, and small rebuilds of tables in public use; each with ways to tamper with it. */
import type { ProfileInput } from '../../../src/index.ts';

export interface Migration {
  readonly name: string;
  readonly create: string;
  readonly before: ProfileInput;
  readonly migrate: string;
  /** Where the profile of the current side is another one. */
  readonly after?: ProfileInput;
  /** What the report must say of it. */
  readonly declared: readonly RegExp[];
  /** SQL, the kind of finding that it makes, and the record that is named. Run one after the other. */
  readonly tampered: readonly (readonly [sql: string, kind: string, id: string])[];
  readonly allowViews?: boolean;
}

/** Members of one table, in the words of a profile of version 1. */
function tableOf(table: Record<string, unknown>): ProfileInput {
  const usual = { schema: 'public', tenant: { value: 'default' }, stream: { value: 'log' }, type: { value: 'event' } };
  return {
    kind: 'evidence-profile',
    version: 1,
    name: 'one table',
    tables: [{ ...usual, ...table }],
  } as unknown as ProfileInput;
}

const ALL = { columns: '*' };

export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'a column is added under *',
    create: `CREATE TABLE ev (id int PRIMARY KEY, doc jsonb); INSERT INTO ev SELECT i, jsonb_build_object('a', i) FROM generate_series(1, 50) i`,
    before: tableOf({ table: 'ev', id: 'id', body: ALL }),
    migrate: 'ALTER TABLE ev ADD COLUMN risk int DEFAULT 0',
    declared: [/^the column risk of public\.ev is new \(integer\)$/m],
    tampered: [
      [`UPDATE ev SET doc = '{"a": 70}' WHERE id = 7`, 'record-modified', '7'],
      ['DELETE FROM ev WHERE id = 9', 'record-missing', '9'],
    ],
  },
  {
    name: 'a key becomes a bigint',
    create: `CREATE TABLE t (id int PRIMARY KEY, v varchar(20)); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 50) i`,
    before: tableOf({ table: 't', id: 'id', body: ALL }),
    migrate: 'ALTER TABLE t ALTER id TYPE bigint, ALTER v TYPE text',
    declared: [
      /^the column id of public\.t was integer and is bigint$/m,
      /column v of public\.t was character varying/,
    ],
    tampered: [
      [`UPDATE t SET v = 'w' WHERE id = 7`, 'record-modified', '7'],
      ['DELETE FROM t WHERE id = 9', 'record-missing', '9'],
    ],
  },
  {
    name: 'a table is renamed',
    create: `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 50) i`,
    before: tableOf({ table: 't', id: 'id', body: 'v' }),
    migrate: 'ALTER TABLE t RENAME TO t_v2; ALTER TABLE t_v2 RENAME v TO w; ALTER TABLE t_v2 ALTER w TYPE varchar(99)',
    after: tableOf({ table: 't_v2', id: 'id', body: 'w' }),
    declared: [/^public\.t was read, now it is public\.t_v2$/m, /^the column w of public\.t is new/m],
    tampered: [
      [`UPDATE t_v2 SET w = 'x' WHERE id = 7`, 'record-modified', '7'],
      ['DELETE FROM t_v2 WHERE id = 9', 'record-missing', '9'],
    ],
  },
  {
    name: 'one column is identity and position, its type changes',
    create: `CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 50) i`,
    before: tableOf({ table: 't', id: 'id', seq: 'id', body: 'v' }),
    migrate: 'ALTER TABLE t ALTER id TYPE int',
    declared: [/^the column id of public\.t was bigint and is integer$/m],
    tampered: [[`UPDATE t SET v = 'x' WHERE id = 7`, 'record-modified', '7']],
  },
  {
    name: 'Harbor: the access log becomes the audit log, read by a view with the inverse mapping',
    create: `CREATE TABLE access_log (log_id serial PRIMARY KEY, username varchar(255) NOT NULL, project_id int NOT NULL,
        repo_name varchar(256), repo_tag varchar(128), operation varchar(20) NOT NULL, op_time timestamp);
      INSERT INTO access_log SELECT i, 'u' || i % 9, 1 + i % 4, 'library/app' || i % 20, CASE WHEN i % 5 = 0 THEN 'N/A' ELSE 'v' || i END,
        CASE WHEN i % 5 = 0 THEN 'create' ELSE (ARRAY['push', 'pull', 'delete'])[1 + i % 3] END, '2026-01-01'::timestamp + i * interval '1 min'
        FROM generate_series(1, 60) i`,
    before: tableOf({ table: 'access_log', id: 'log_id', tenant: 'project_id', type: 'operation', body: ALL }),
    migrate: `CREATE TABLE audit_log AS SELECT log_id AS id, project_id, operation, repo_name AS resource, repo_tag AS tag, username, op_time FROM access_log;
      DROP TABLE access_log;
      CREATE VIEW access_log AS SELECT id AS log_id, username, project_id, resource AS repo_name, tag AS repo_tag, operation, op_time FROM audit_log`,
    declared: [/^public\.access_log was a table and is a view$/m],
    tampered: [
      [`UPDATE audit_log SET operation = 'pull' WHERE id = 5`, 'record-modified', '5'],
      ['DELETE FROM audit_log WHERE id = 9', 'record-missing', '9'],
    ],
    allowViews: true,
  },
  {
    name: 'Trillian: the log of leaves is partitioned',
    create: `CREATE TABLE sequencedleafdata (treeid bigint NOT NULL, sequencenumber bigint NOT NULL, merkleleafhash bytea NOT NULL, PRIMARY KEY (treeid, sequencenumber));
      INSERT INTO sequencedleafdata SELECT 4000000000000000000 + i % 3, i / 3, sha256(('l' || i)::bytea) FROM generate_series(0, 89) i`,
    before: tableOf({
      table: 'sequencedleafdata',
      tenant: 'treeid',
      id: 'sequencenumber',
      seq: 'sequencenumber',
      body: ALL,
    }),
    migrate: `ALTER TABLE sequencedleafdata RENAME TO seq_old; CREATE TABLE sequencedleafdata (LIKE seq_old) PARTITION BY HASH (treeid);
      CREATE TABLE sl0 PARTITION OF sequencedleafdata FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE sl1 PARTITION OF sequencedleafdata FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      INSERT INTO sequencedleafdata SELECT * FROM seq_old; DROP TABLE seq_old`,
    declared: [],
    tampered: [
      [`UPDATE sequencedleafdata SET merkleleafhash = '\\x00' WHERE sequencenumber = 7`, 'record-modified', '7'],
      ['DELETE FROM sequencedleafdata WHERE sequencenumber = 9', 'record-missing', '9'],
    ],
  },
  {
    name: 'a table is rewritten by VACUUM FULL, with dead rows and a dropped column in it',
    create: `CREATE TABLE t (id int PRIMARY KEY, gone text, v text, doc jsonb);
      INSERT INTO t SELECT i, 'x', 'v' || i, jsonb_build_object('n', i, 'long', repeat('y', 3000)) FROM generate_series(1, 60) i;
      UPDATE t SET gone = 'y' WHERE id % 2 = 0; ALTER TABLE t DROP COLUMN gone; DELETE FROM t WHERE id > 50`,
    before: tableOf({ table: 't', id: 'id', body: ALL }),
    migrate: 'VACUUM FULL t',
    declared: [],
    tampered: [
      [`UPDATE t SET doc = jsonb_set(doc, '{n}', '70') WHERE id = 7`, 'record-modified', '7'],
      ['DELETE FROM t WHERE id = 9', 'record-missing', '9'],
    ],
  },
  {
    name: 'a chain is brought into another order on the disk by CLUSTER',
    create: `CREATE TABLE t (n bigint PRIMARY KEY, prev text, hash text, v int);
      CREATE INDEX t_v ON t (v);
      INSERT INTO t SELECT i, CASE i WHEN 1 THEN repeat('0', 64) ELSE encode(sha256(('h' || i - 1)::bytea), 'hex') END,
        encode(sha256(('h' || i)::bytea), 'hex'), 1000 - i FROM generate_series(1, 60) i`,
    before: tableOf({ table: 't', id: 'n', seq: 'n', prev: 'prev', hash: 'hash', body: 'v' }),
    migrate: 'CLUSTER t USING t_v',
    declared: [],
    tampered: [
      [`UPDATE t SET prev = repeat('a', 64) WHERE n = 7`, 'record-relinked', '7'],
      ['UPDATE t SET v = 1 WHERE n = 9', 'record-modified', '9'],
    ],
  },
  {
    name: '2ndQuadrant audit: hstore becomes jsonb, read by a view with the inverse mapping',
    create: `CREATE EXTENSION hstore; CREATE TABLE logged (event_id bigint PRIMARY KEY, action text, row_data hstore);
      INSERT INTO logged SELECT i, 'U', hstore(ARRAY['id', i::text, 'note', CASE i % 7 WHEN 0 THEN NULL ELSE 'n"' || i END])
        FROM generate_series(1, 60) i`,
    before: tableOf({ table: 'logged', id: 'event_id', type: 'action', body: ALL }),
    migrate: `CREATE TABLE logged_v2 AS SELECT event_id, action, hstore_to_jsonb(row_data) AS row_data FROM logged;
      DROP TABLE logged;
      CREATE VIEW logged AS SELECT event_id, action,
        (SELECT hstore(array_agg(key), array_agg(value)) FROM jsonb_each_text(row_data)) AS row_data FROM logged_v2`,
    declared: [/^public\.logged was a table and is a view$/m],
    tampered: [
      [`UPDATE logged_v2 SET row_data = row_data || '{"note": "other"}' WHERE event_id = 5`, 'record-modified', '5'],
      [`UPDATE logged_v2 SET row_data = row_data || '{"note": "null"}' WHERE event_id = 7`, 'record-modified', '7'],
      ['DELETE FROM logged_v2 WHERE event_id = 9', 'record-missing', '9'],
    ],
    allowViews: true,
  },
];
