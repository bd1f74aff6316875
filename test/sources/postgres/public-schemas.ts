/**
 * Small rebuilds of audit tables in public use, each with an honest migration: mostly the project's own, or what a DBA does
 * to it. Every record stays as it was; the ways to tamper come after it.
 */
import type { ProfileInput } from '../../../src/index.ts';
import type { Migration } from './migrations.ts';

const ALL = { columns: '*' } as const;

function itemsOf(table: string, items: Record<string, unknown>): ProfileInput {
  const usual = { from: { table }, stream: { value: 'log' }, body: ALL };
  return {
    kind: 'evidence-profile',
    version: 2,
    name: 'public schema',
    items: [{ ...usual, ...items }],
  } as unknown as ProfileInput;
}

/** One row changed, one lost: of a table whose key is a number. */
const changedAndLost = (table: string, key: string, change: string): Migration['tampered'] => [
  [`UPDATE ${table} SET ${change} WHERE ${key} = 7`, 'record-modified', '7'],
  [`DELETE FROM ${table} WHERE ${key} = 9`, 'record-missing', '9'],
];

const LOGGED_ACTIONS = itemsOf('audit.logged_actions', { id: 'event_id', recordedAt: 'at', type: 'action' });
const LOGGED_ACTIONS_TABLE = `CREATE SCHEMA audit; CREATE TABLE audit.logged_actions (event_id bigserial PRIMARY KEY, table_name text, relid oid,
    at timestamptz NOT NULL, action text NOT NULL, client inet, row_data text, statement_only boolean);
  INSERT INTO audit.logged_actions SELECT i, 't' || i % 3, 16000 + i % 3, '2026-01-01Z'::timestamptz + i * interval '1 s',
    (ARRAY['I', 'U', 'D'])[1 + i % 3], '10.0.0.1', CASE WHEN i % 7 > 0 THEN 'r' || i END, false FROM generate_series(1, 60) i`;

const RECORD_VERSION = itemsOf('audit.record_version', {
  id: 'id',
  type: 'op',
  recordedAt: { field: 'ts', zone: 'UTC' },
  body: { columns: ['record'] },
});
const RECORD_VERSION_TABLE = `CREATE SCHEMA audit; CREATE TABLE audit.record_version (id bigserial PRIMARY KEY, op varchar(8) NOT NULL, ts timestamp NOT NULL,
    table_oid int, record json, old_record json);
  INSERT INTO audit.record_version SELECT i, 'INSERT', '2026-01-01'::timestamp + i * interval '1.5 s', 16400,
    ('{"b": 1.50, "a": "x' || i || '", "n": ' || i || '}')::json, NULL FROM generate_series(1, 60) i`;

export const PUBLIC_SCHEMAS: readonly Migration[] = [
  {
    name: 'audit trigger of 2ndQuadrant: a column is added with a default',
    create: LOGGED_ACTIONS_TABLE,
    before: LOGGED_ACTIONS,
    migrate: `ALTER TABLE audit.logged_actions ADD COLUMN tenant text NOT NULL DEFAULT 'acme'`,
    declared: [/^the column tenant of audit\.logged_actions is new \(text\)$/m],
    tampered: changedAndLost('audit.logged_actions', 'event_id', `row_data = 'x'`),
  },
  {
    name: 'audit trigger of 2ndQuadrant: the schema is renamed, columns are retyped',
    create: LOGGED_ACTIONS_TABLE,
    before: LOGGED_ACTIONS,
    migrate: `ALTER SCHEMA audit RENAME TO audit_v2; ALTER TABLE audit_v2.logged_actions ALTER relid TYPE bigint USING relid::bigint,
      ALTER table_name TYPE varchar(80)`,
    after: itemsOf('audit_v2.logged_actions', { id: 'event_id', recordedAt: 'at', type: 'action' }),
    declared: [
      /^audit\.logged_actions was read, now it is audit_v2\.logged_actions$/m,
      /relid.* was oid and is bigint/,
    ],
    tampered: changedAndLost('audit_v2.logged_actions', 'event_id', `client = '10.0.0.2'`),
  },
  {
    name: 'supa_audit 0.2.0: json becomes jsonb, int becomes oid',
    create: RECORD_VERSION_TABLE,
    before: RECORD_VERSION,
    migrate: `ALTER TABLE audit.record_version ALTER record TYPE jsonb, ALTER old_record TYPE jsonb; ALTER TABLE audit.record_version ALTER table_oid TYPE oid`,
    declared: [/column record of audit\.record_version was json and is jsonb/],
    tampered: changedAndLost('audit.record_version', 'id', `record = jsonb_set(record, '{n}', '7.5')`),
  },
  {
    name: 'supa_audit 0.2.0: the operation becomes an enum',
    create: RECORD_VERSION_TABLE,
    before: RECORD_VERSION,
    migrate: `CREATE TYPE audit.operation AS ENUM ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE');
      ALTER TABLE audit.record_version ALTER op TYPE audit.operation USING op::audit.operation`,
    declared: [/column op of audit\.record_version was character varying\(8\) and is audit\.operation/],
    tampered: changedAndLost('audit.record_version', 'id', `op = 'DELETE'`),
  },
  {
    name: 'supa_audit 0.2.0: a time without zone gets one',
    create: RECORD_VERSION_TABLE,
    before: RECORD_VERSION,
    migrate: `ALTER TABLE audit.record_version ALTER ts TYPE timestamptz USING ts AT TIME ZONE 'UTC'`,
    after: itemsOf('audit.record_version', { id: 'id', type: 'op', recordedAt: 'ts', body: { columns: ['record'] } }),
    declared: [/column ts of audit\.record_version was timestamp without time zone and is timestamp with time zone/],
    tampered: changedAndLost('audit.record_version', 'id', `ts = ts + interval '1 s'`),
  },
  {
    name: 'Northwind: lines of orders under a key of two columns, which becomes wider',
    create: `CREATE TABLE order_details (order_id smallint, product_id smallint, unit_price real, quantity smallint, PRIMARY KEY (order_id, product_id));
      INSERT INTO order_details SELECT i / 3, i % 3, i * 0.25, i FROM generate_series(0, 59) i`,
    before: itemsOf('public.order_details', { id: ['order_id', 'product_id'] }),
    migrate: 'ALTER TABLE order_details ALTER order_id TYPE bigint, ALTER product_id TYPE int, ALTER quantity TYPE int',
    declared: [/column order_id of public\.order_details was smallint and is bigint/],
    tampered: [
      ['UPDATE order_details SET quantity = 1 WHERE order_id = 7 AND product_id = 2', 'record-modified', '["7","2"]'],
      ['DELETE FROM order_details WHERE order_id = 9 AND product_id = 0', 'record-missing', '["9","0"]'],
    ],
  },
  {
    name: 'Keycloak: events of realms, some without one, get an index of their own and more room',
    create: `CREATE TABLE event_entity (id varchar(36) PRIMARY KEY, realm_id varchar(255), type varchar(255), event_time bigint, details_json varchar(2550));
      INSERT INTO event_entity SELECT i, CASE WHEN i % 5 > 0 THEN 'realm' || i % 2 END, 'LOGIN', 1700000000000 + i, '{"a":' || i || '}' FROM generate_series(1, 60) i`,
    before: itemsOf('public.event_entity', { id: 'id', tenant: { field: 'realm_id', null: 'none' }, type: 'type' }),
    migrate: `ALTER TABLE event_entity ALTER details_json TYPE text, ALTER realm_id TYPE text, ADD COLUMN details_json_long_value text;
      CREATE INDEX idx_event_time ON event_entity (realm_id, event_time)`,
    declared: [/column details_json_long_value of public\.event_entity is new/, /details_json .*is text/],
    tampered: changedAndLost('event_entity', 'id::int', `details_json = '{}'`),
  },
  {
    name: 'Hyperledger-like ledger: hashes of text become bytea',
    create: `CREATE TABLE blocks (num bigint PRIMARY KEY, hash text NOT NULL, prev text, doc jsonb);
      INSERT INTO blocks SELECT i, encode(sha256(('b' || i)::bytea), 'hex'), CASE WHEN i > 1 THEN encode(sha256(('b' || i - 1)::bytea), 'hex') END,
        jsonb_build_object('n', i) FROM generate_series(1, 60) i`,
    before: itemsOf('public.blocks', {
      ...{ id: 'num', seq: 'num', hash: 'hash', prev: 'prev', body: 'doc' },
      chain: { genesis: 'null', firstSeq: 1 },
    }),
    migrate: `ALTER TABLE blocks ALTER hash TYPE bytea USING decode(hash, 'hex'), ALTER prev TYPE bytea USING decode(prev, 'hex')`,
    after: itemsOf('public.blocks', {
      ...{ id: 'num', seq: 'num', body: 'doc', chain: { genesis: 'null', firstSeq: 1 } },
      hash: { field: 'hash', hash: { encoding: 'bytea' } },
      prev: { field: 'prev', hash: { encoding: 'bytea' } },
    }),
    declared: [/column hash of public\.blocks was text and is bytea/],
    tampered: [
      [`UPDATE blocks SET doc = '{"n": 70}' WHERE num = 7`, 'record-modified', '7'],
      [`UPDATE blocks SET prev = sha256('other') WHERE num = 11`, 'chain-break', '11'],
      ['DELETE FROM blocks WHERE num = 60', 'record-missing', '60'],
    ],
  },
  {
    name: 'Gitea: actions of users, an int key becomes a bigint and a column is renamed that is no evidence',
    create: `CREATE TABLE action (id int PRIMARY KEY, user_id int, op_type int, content text, created_unix int, ref_name text);
      INSERT INTO action SELECT i, i % 4, i % 9, 'c' || i, 1700000000 + i, 'main' FROM generate_series(1, 60) i`,
    before: itemsOf('public.action', {
      id: 'id',
      body: { columns: ['user_id', 'op_type', 'content', 'created_unix'] },
    }),
    migrate: `ALTER TABLE action ALTER id TYPE bigint, ALTER user_id TYPE bigint, ALTER created_unix TYPE bigint;
      ALTER TABLE action RENAME ref_name TO reference`,
    declared: [/column id of public\.action was integer and is bigint/, /column reference of public\.action is new/],
    tampered: changedAndLost('action', 'id', `content = ''`),
  },
  {
    name: 'Django admin log: from serial to identity, text becomes varchar',
    create: `CREATE TABLE django_admin_log (id serial PRIMARY KEY, action_time timestamptz NOT NULL, object_id text, object_repr varchar(200), action_flag smallint, change_message text);
      INSERT INTO django_admin_log SELECT i, '2026-01-01Z'::timestamptz + i * interval '1 min', i, 'o' || i, 1 + i % 3, '[]' FROM generate_series(1, 60) i`,
    before: itemsOf('public.django_admin_log', { id: 'id', recordedAt: 'action_time' }),
    migrate: `ALTER TABLE django_admin_log ALTER id DROP DEFAULT, ALTER id ADD GENERATED BY DEFAULT AS IDENTITY, ALTER action_flag TYPE int, ALTER object_id TYPE varchar(64)`,
    declared: [/column action_flag of public\.django_admin_log was smallint and is integer/],
    tampered: changedAndLost('django_admin_log', 'id', `change_message = '[1]'`),
  },
  {
    name: 'Rails paper_trail: versions of items, object from text to jsonb beside a profile that reads both as JSON',
    create: `CREATE TABLE versions (id bigserial PRIMARY KEY, item_type varchar NOT NULL, item_id int NOT NULL, event varchar NOT NULL, object text, created_at timestamp);
      INSERT INTO versions SELECT i, 'Post', i % 9, 'update', '{"title": "t' || i || '", "n": 1.0}', '2026-01-01'::timestamp + i * interval '1 s' FROM generate_series(1, 60) i`,
    before: itemsOf('public.versions', {
      ...{ id: 'id', type: 'event', attrs: { item: 'item_type' }, recordedAt: { field: 'created_at', zone: 'UTC' } },
      body: { field: 'object', as: 'json' },
    }),
    migrate: `ALTER TABLE versions ALTER object TYPE jsonb USING object::jsonb, ALTER item_id TYPE bigint; ALTER TABLE versions ADD COLUMN whodunnit varchar`,
    declared: [
      /column object of public\.versions was text and is jsonb/,
      /column whodunnit of public\.versions is new/,
    ],
    tampered: changedAndLost('versions', 'id', `object = jsonb_set(object, '{n}', '2')`),
  },
  {
    name: 'Vault-like log of requests: partitioned by time, ids of two columns',
    create: `CREATE TABLE requests (day date NOT NULL, n int NOT NULL, path text, PRIMARY KEY (day, n));
      INSERT INTO requests SELECT '2026-01-01'::date + i / 20, i % 20, 'secret/' || i FROM generate_series(0, 59) i`,
    before: itemsOf('public.requests', { id: ['day', 'n'] }),
    migrate: `ALTER TABLE requests RENAME TO old; CREATE TABLE requests (LIKE old) PARTITION BY RANGE (day);
      CREATE TABLE r1 PARTITION OF requests FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
      CREATE TABLE r2 PARTITION OF requests DEFAULT; INSERT INTO requests SELECT * FROM old ORDER BY path; DROP TABLE old`,
    declared: [],
    tampered: [
      [`UPDATE requests SET path = 'x' WHERE day = '2026-01-02' AND n = 7`, 'record-modified', '["2026-01-02","7"]'],
      [`DELETE FROM r2 WHERE n = 19 AND day = '2026-01-03'`, 'record-missing', '["2026-01-03","19"]'],
    ],
  },
  {
    name: 'Mattermost: audits under ids of text, a table under another name, columns in another order',
    create: `CREATE TABLE audits (id varchar(26) PRIMARY KEY, createat bigint, userid varchar(26), action varchar(512), extrainfo varchar(1024));
      INSERT INTO audits SELECT i, 1700000000000 + i, 'u' || i % 5, '/api/v4/login', CASE WHEN i % 2 = 0 THEN 'attempt' END FROM generate_series(1, 60) i`,
    before: itemsOf('public.audits', { id: 'id', type: 'action' }),
    migrate: `CREATE TABLE audit_events AS SELECT action, extrainfo, userid, createat, id FROM audits ORDER BY userid; DROP TABLE audits`,
    after: itemsOf('public.audit_events', { id: 'id', type: 'action' }),
    declared: [/^public\.audits was read, now it is public\.audit_events$/m],
    tampered: changedAndLost('audit_events', 'id::int', `extrainfo = 'fail'`),
  },
  {
    name: 'pgMemento-like log: numbers grow in precision, a domain becomes its base type',
    create: `CREATE DOMAIN amount AS numeric(12, 2); CREATE TABLE row_log (id bigserial PRIMARY KEY, event_key text, cost amount, tags text[], changes jsonb);
      INSERT INTO row_log SELECT i, 'k' || i % 7, i * 1.25, ARRAY['a', 'b' || i], jsonb_build_object('v', i * 0.1) FROM generate_series(1, 60) i`,
    before: itemsOf('public.row_log', { id: 'id' }),
    migrate:
      'ALTER TABLE row_log ALTER cost TYPE numeric(20, 2), ALTER event_key TYPE varchar, ALTER tags TYPE varchar[]',
    declared: [/column cost of public\.row_log was (public\.)?amount and is numeric\(20,2\)/],
    tampered: changedAndLost('row_log', 'id', `cost = cost + 0.01`),
  },
];
