/**
 * Honest migrations of tables in public use that rewrite evidence: values are spelled anew, a table takes the place of
 * another, ids are made anew. Undeclared each is no PASS; declared it is, on the database itself; with one record altered or
 * lost it is FAIL, and the record is named. Re-encryption alone no map can prove.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ContinuityReport, compare, migrate, type ProfileInput, verifyAll } from '../../../src/index.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { capturedBefore } from './captured-before.ts';

const folder = temporaryFolder();
const server = serverOfFile();
const ROWS = 60;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function itemsOf(table: string, items: Record<string, unknown>): ProfileInput {
  const usual = { from: { table }, stream: { value: 'log' }, body: { columns: '*' } };
  return {
    kind: 'evidence-profile',
    version: 2,
    name: table,
    items: [{ ...usual, ...items }],
  } as unknown as ProfileInput;
}

/** What the database says of its rows before it is migrated; a DBA asks it as he writes the migration. */
interface Asked {
  readonly values?: string;
  readonly keyTable?: string;
}

interface Rewriting {
  readonly name: string;
  readonly create: string;
  readonly before: ProfileInput;
  readonly migrate: string;
  readonly after: ProfileInput;
  readonly asked?: Asked;
  readonly rules: (answers: { readonly values: unknown; readonly keyTable: unknown }) => readonly object[];
  /** Whether undeclared it passes, since what the baseline had is unchanged. */
  readonly passesUndeclared?: boolean;
  /** What the report has as dropped. */
  readonly dropped: readonly string[];
  readonly altered: readonly [sql: string, id: string];
  readonly lost: readonly [sql: string, id: string];
}

const one = (patch: readonly object[], match: object = {}): readonly object[] => [{ name: 'rewritten', match, patch }];

const LOGGED = itemsOf('audit.logged_actions', { id: 'event_id', recordedAt: 'at', type: 'action' });
const VERSIONS = itemsOf('audit.record_version', { id: 'id', type: 'op' });
const VERSIONS_TABLE = `CREATE SCHEMA audit; CREATE TABLE audit.record_version (id bigserial PRIMARY KEY, op varchar(8) NOT NULL, ts timestamp NOT NULL,
    table_oid int NOT NULL, record json);
  INSERT INTO audit.record_version SELECT i, 'INSERT', '2026-01-01'::timestamp + i * interval '1.5 s', 16400,
    ('{"b": 1.50, "a": "x' || i || '", "n": ' || i || '}')::json FROM generate_series(1, ${ROWS}) i`;

const HARBOR_TABLE = `CREATE TABLE access_log (log_id int PRIMARY KEY, username varchar(255) NOT NULL, project_id int NOT NULL, repo_name varchar(256),
    repo_tag varchar(128), guid varchar(64), operation varchar(20) NOT NULL, op_time timestamp);
  INSERT INTO access_log SELECT 1000 + i, 'u' || i % 9, 1 + i % 4, 'library/app' || i % 20, CASE WHEN i % 5 = 0 THEN 'N/A' ELSE 'v' || i END, md5(i::text),
    CASE WHEN i % 5 = 0 THEN 'create' ELSE (ARRAY['push', 'pull', 'delete'])[1 + i % 3] END, '2026-01-01'::timestamp + i * interval '1 min'
    FROM generate_series(1, ${ROWS}) i`;
const HARBOR_LOG = itemsOf('public.access_log', {
  ...{ id: 'log_id', tenant: 'project_id', stream: { value: 'access_log' }, type: 'operation' },
  body: { columns: ['username', 'repo_name', 'repo_tag', 'guid', 'operation', 'op_time'] },
});
const HARBOR_AUDIT = `CREATE TABLE audit_log (id serial PRIMARY KEY, project_id int NOT NULL, operation varchar(20) NOT NULL, resource_type varchar(255) NOT NULL,
    resource varchar(1024) NOT NULL, username varchar(255) NOT NULL, op_time timestamp);
  INSERT INTO audit_log (project_id, operation, resource_type, resource, username, op_time)
    SELECT project_id, CASE operation WHEN 'push' THEN 'create' ELSE operation END, CASE WHEN repo_tag = 'N/A' THEN 'project' ELSE 'artifact' END,
    CASE WHEN repo_tag = 'N/A' THEN repo_name ELSE repo_name || ':' || repo_tag END, username, op_time FROM access_log ORDER BY log_id;
  DROP TABLE access_log`;

/** The rules for Harbor's own step to 2.0: one a kind of row, since a row of a project is no artifact. */
function harborRules(keyTable: unknown): readonly object[] {
  const place = { stream: { from: 'access_log', to: 'audit_log' }, id: { keyTable } };
  const gone = ['repo_name', 'repo_tag', 'guid'].map((name) => ({ op: 'remove', path: `/body/${name}` }));
  const artifact = [
    { op: 'convert', path: '/body/resource', to: { concat: ['/body/repo_name', ':', '/body/repo_tag'] } },
    { op: 'add', path: '/body/resource_type', value: 'artifact' },
  ];
  const project = [
    { op: 'copy', from: '/body/repo_name', path: '/body/resource' },
    { op: 'add', path: '/body/resource_type', value: 'project' },
  ];
  const pushed = [
    { op: 'replace', path: '/type', value: 'create' },
    { op: 'replace', path: '/body/operation', value: 'create' },
  ];
  const rule = (type: string, patch: readonly object[]): object => ({
    name: type,
    match: { stream: 'access_log', type },
    place,
    patch: [...patch, ...gone],
  });
  return [
    rule('create', project),
    rule('push', [...artifact, ...pushed]),
    rule('pull', artifact),
    rule('delete', artifact),
  ];
}

const REWRITINGS: readonly Rewriting[] = [
  {
    name: '2ndQuadrant audit: hstore becomes jsonb, by the table that the database gives',
    create: `CREATE EXTENSION hstore; CREATE SCHEMA audit; CREATE TABLE audit.logged_actions (event_id bigserial PRIMARY KEY, at timestamptz NOT NULL, action text NOT NULL,
        row_data hstore);
      INSERT INTO audit.logged_actions SELECT i, '2026-01-01Z'::timestamptz + i * interval '1 s', (ARRAY['I', 'U', 'D'])[1 + i % 3],
        hstore(ARRAY['id', i::text, 'note', CASE WHEN i % 7 > 0 THEN 'n' || i END]) FROM generate_series(1, ${ROWS}) i`,
    before: LOGGED,
    migrate: 'ALTER TABLE audit.logged_actions ALTER row_data TYPE jsonb USING hstore_to_jsonb(row_data)',
    after: LOGGED,
    asked: {
      values: 'SELECT jsonb_object_agg(row_data::text, hstore_to_jsonb(row_data)) AS answer FROM audit.logged_actions',
    },
    rules: ({ values }) => one([{ op: 'convert', path: '/body/row_data', to: { values } }]),
    dropped: [],
    altered: [`UPDATE audit.logged_actions SET row_data = row_data || '{"note": "other"}' WHERE event_id = 7`, '7'],
    lost: ['DELETE FROM audit.logged_actions WHERE event_id = 9', '9'],
  },
  {
    name: '2ndQuadrant audit: a column with a default is added beside those that were read by *, and is evidence',
    create: `CREATE SCHEMA audit; CREATE TABLE audit.logged_actions (event_id bigserial PRIMARY KEY, at timestamptz NOT NULL, action text NOT NULL, row_data jsonb);
      INSERT INTO audit.logged_actions SELECT i, '2026-01-01Z'::timestamptz + i * interval '1 s', 'I', jsonb_build_object('n', i) FROM generate_series(1, ${ROWS}) i`,
    before: LOGGED,
    migrate: `ALTER TABLE audit.logged_actions ADD COLUMN tenant text NOT NULL DEFAULT 'acme'`,
    after: LOGGED,
    rules: () => one([{ op: 'add', path: '/body/tenant', value: 'acme' }]),
    passesUndeclared: true,
    dropped: [],
    altered: [`UPDATE audit.logged_actions SET tenant = 'globex' WHERE event_id = 7`, '7'],
    lost: ['DELETE FROM audit.logged_actions WHERE event_id = 9', '9'],
  },
  {
    name: 'Rails paper_trail: a text that holds JSON becomes jsonb, read by *',
    create: `CREATE TABLE versions (id bigserial PRIMARY KEY, event varchar NOT NULL, object text);
      INSERT INTO versions SELECT i, 'update', '{"title": "t' || i || '", "n": 1.0}' FROM generate_series(1, ${ROWS}) i`,
    before: itemsOf('public.versions', { id: 'id', type: 'event' }),
    migrate: 'ALTER TABLE versions ALTER object TYPE jsonb USING object::jsonb',
    after: itemsOf('public.versions', { id: 'id', type: 'event' }),
    rules: () => one([{ op: 'convert', path: '/body/object', to: { json: 'value' } }]),
    dropped: ['/body/object'],
    altered: [`UPDATE versions SET object = jsonb_set(object, '{n}', '2') WHERE id = 7`, '7'],
    lost: ['DELETE FROM versions WHERE id = 9', '9'],
  },
  {
    name: 'supa_audit 0.2.0: a time without zone gets one',
    create: VERSIONS_TABLE,
    before: VERSIONS,
    migrate: `ALTER TABLE audit.record_version ALTER ts TYPE timestamptz USING ts AT TIME ZONE 'UTC'`,
    after: VERSIONS,
    rules: () => one([{ op: 'convert', path: '/body/ts', to: { zone: 'UTC' } }]),
    dropped: [],
    altered: [`UPDATE audit.record_version SET ts = ts + interval '1 us' WHERE id = 7`, '7'],
    lost: ['DELETE FROM audit.record_version WHERE id = 9', '9'],
  },
  {
    name: 'a column that is read by * is renamed and retyped',
    create: `CREATE TABLE t (id int PRIMARY KEY, v text, n int); INSERT INTO t SELECT i, 'v' || i, i FROM generate_series(1, ${ROWS}) i`,
    before: itemsOf('public.t', { id: 'id' }),
    migrate: 'ALTER TABLE t RENAME v TO w; ALTER TABLE t ALTER w TYPE varchar(99)',
    after: itemsOf('public.t', { id: 'id' }),
    rules: () => one([{ op: 'move', from: '/body/v', path: '/body/w' }]),
    dropped: [],
    altered: [`UPDATE t SET w = 'v8' WHERE id = 7`, '7'],
    lost: ['DELETE FROM t WHERE id = 9', '9'],
  },
  {
    name: 'Harbor 2.0: access_log becomes audit_log, columns joined and dropped, ids made anew',
    create: HARBOR_TABLE,
    before: HARBOR_LOG,
    migrate: HARBOR_AUDIT,
    after: itemsOf('public.audit_log', {
      ...{ id: 'id', tenant: 'project_id', stream: { value: 'audit_log' }, type: 'operation' },
      body: { columns: ['username', 'operation', 'resource_type', 'resource', 'op_time'] },
    }),
    asked: {
      keyTable: `SELECT string_agg(project_id || ',access_log,' || log_id || ',' || made, E'\\n') AS answer
        FROM (SELECT project_id, log_id, row_number() OVER (ORDER BY log_id) AS made FROM access_log) AS numbered`,
    },
    rules: ({ keyTable }) => harborRules(keyTable),
    dropped: ['/body/guid', '/body/operation', '/body/repo_name', '/body/repo_tag', '/type'],
    altered: [`UPDATE audit_log SET resource = 'library/app7:v8' WHERE id = 7`, '7'],
    lost: ['DELETE FROM audit_log WHERE id = 9', '9'],
  },
];

describe.skipIf(!postgresAvailable)(`evidence that a migration rewrites${skippedWithoutPostgres}`, () => {
  let databases = 0;

  async function asked(database: string, sql: string | undefined): Promise<unknown> {
    if (sql === undefined) return undefined;
    const client = await server().connect(database);
    const { rows } = await client.query<{ answer: unknown }>(sql);
    await client.end();
    return rows[0]?.answer;
  }

  const captured = (create: string, profile: ProfileInput): ReturnType<typeof capturedBefore> =>
    capturedBefore(server(), { database: `w${++databases}`, folder, create, profile });

  function written(database: string, baseline: string, rules: readonly object[]): string {
    const path = `${folder}/${database}.migration.json`;
    const about = { kind: 'evidence-migration', version: 1, upgrade: '2027.Q2', from: '1', to: '2' };
    writeFileSync(path, JSON.stringify({ ...about, baseline: sha256(readFileSync(baseline, 'utf8')), rules }));
    return path;
  }

  function keyTable(database: string, rows: unknown): unknown {
    if (typeof rows !== 'string') return undefined;
    const [file, text] = [`${database}.csv`, `tenant,stream,from,to\n${rows}\n`];
    writeFileSync(`${folder}/${file}`, text);
    return { file, sha256: sha256(text), count: ROWS };
  }

  describe.each(REWRITINGS)(
    '$name',
    ({ create, before, migrate, after, asked: questions, rules, passesUndeclared = false, dropped, altered, lost }) => {
      let database = '';
      let baseline = '';
      let migration = '';
      beforeAll(async () => {
        ({ database, baseline } = await captured(create, before));
        const values = await asked(database, questions?.values);
        const table = keyTable(database, await asked(database, questions?.keyTable));
        await server().sql(database, migrate);
        migration = written(database, baseline, rules({ values, keyTable: table }));
      });

      const compared = (declared: boolean): Promise<ContinuityReport> =>
        compare(baseline, server().url(database), {
          ...{ mode: 'frozen', source: { profile: after } },
          ...(declared ? { migration } : {}),
        });

      it('passes declared, and undeclared only where all of the baseline is as it was', async () => {
        expect((await compared(false)).verdict === 'PASS').toBe(passesUndeclared);
        const report = await compared(true);
        expect(report.findings.filter(({ class: forced }) => forced !== 'info')).toEqual([]);
        expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: ROWS, added: 0 } });
        expect([...new Set(report.migration?.dropped.map(({ path }) => path))].sort()).toEqual(dropped);
      });

      it('is FAIL with a record altered, and with one lost, which are named', async () => {
        await server().sql(database, altered[0]);
        const first = await compared(true);
        expect([first.verdict, first.totals.modified]).toEqual(['FAIL', 1]);
        expect(first.findings.map(({ kind, id }) => [kind, id])).toContainEqual(['record-modified', altered[1]]);
        await server().sql(database, lost[0]);
        const second = await compared(true);
        expect([second.verdict, second.totals.missing]).toEqual(['FAIL', 1]);
        expect(second.findings.map(({ kind, id }) => [kind, id])).toContainEqual(['record-missing', lost[1]]);
      });
    },
  );

  describe('a column encrypted under another key', () => {
    const read = (...columns: string[]): ProfileInput => itemsOf('public.e', { id: 'id', body: { columns } });
    let database = '';
    let baseline = '';
    beforeAll(async () => {
      const create = `CREATE EXTENSION pgcrypto; CREATE TABLE e (id int PRIMARY KEY, who text, secret bytea);
        INSERT INTO e SELECT i, 'u' || i, pgp_sym_encrypt('s' || i, 'k1') FROM generate_series(1, ${ROWS}) i`;
      ({ database, baseline } = await captured(create, read('who', 'secret')));
      await server().sql(database, `UPDATE e SET secret = pgp_sym_encrypt(pgp_sym_decrypt(secret, 'k1'), 'k2')`);
    });

    const compared = (rules: readonly object[], columns: readonly string[]): Promise<ContinuityReport> =>
      compare(baseline, server().url(database), {
        ...{ mode: 'frozen', source: { profile: read(...columns) } },
        migration: written(database, baseline, rules),
      });

    it('is what no map proves: neither a conversion, nor a rule that drops what is still read', async () => {
      const gone = { op: 'remove', path: '/body/secret' };
      for (const patch of [[{ op: 'convert', path: '/body/secret', to: { unicode: 'NFC' } }], [gone]]) {
        expect(await compared(one(patch), ['who', 'secret'])).toMatchObject({
          verdict: 'FAIL',
          totals: { modified: ROWS },
        });
      }
    });

    it('is left out by name, and all else is proven', async () => {
      const rules = one([{ op: 'remove', path: '/body/secret', why: 're-encrypted' }]);
      const report = await compared(rules, ['who']);
      expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: ROWS } });
      expect(report.migration?.dropped).toEqual([
        { rule: 'rewritten', path: '/body/secret', loss: 'removed', count: ROWS },
      ]);
      await server().sql(database, `UPDATE e SET who = 'u8' WHERE id = 7`);
      expect(await compared(rules, ['who'])).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    });
  });
});

/** A draft that somebody has read, and says what it is of. */
function accepted(draft: string | null): string {
  return (draft ?? '').replace('DRAFT: name the upgrade', '2027.Q2').replaceAll('"DRAFT"', '"1"');
}

describe.skipIf(!postgresAvailable)(`a draft of two schemas${skippedWithoutPostgres}`, () => {
  const profile = (stream: string, columns?: readonly string[]): ProfileInput =>
    itemsOf('public.log', { id: 'id', stream: { value: stream }, body: { columns: columns ?? '*' } });
  let drafts = 0;
  const CREATE =
    'CREATE TABLE log (id int PRIMARY KEY, who text, n int, price numeric(9,2), at timestamp, doc text, gone uuid)';
  const MIGRATED = `CREATE TABLE log (id bigint PRIMARY KEY, actor text, n text, price numeric(12,4), at timestamptz, doc jsonb, tags text[])`;

  async function draftOf(now: string, after: ProfileInput): Promise<Awaited<ReturnType<typeof migrate>>> {
    const name = `d${++drafts}`;
    for (const [database, create] of [
      [name, CREATE],
      [`${name}_now`, now],
    ] as const) {
      await server().createDatabase(database);
      await server().sql(database, create);
    }
    await server().sql(
      name,
      `INSERT INTO log SELECT i, 'u', i, i * 1.25, '2026-01-01', '{}', gen_random_uuid() FROM generate_series(1, 5) i`,
    );
    const output = `${folder}/${name}.ndjson`;
    await verifyAll(server().url(name), { output, depth: 'full', source: { profile: profile('log') } });
    return migrate({
      dryRun: true,
      baseline: output,
      current: server().url(`${name}_now`),
      source: { profile: after },
    });
  }

  it('names what was renamed, dropped and retyped, and what it cannot know, where nothing is in the new tables yet', async () => {
    const body = ['actor', 'n', 'price', 'at', 'doc', 'tags'];
    const { verdict, needed, draft, unexplained, explained, draftText } = await draftOf(
      MIGRATED,
      profile('audit', body),
    );
    expect([verdict, needed, explained]).toEqual(['FAIL', true, null]);
    const [rule] = (draft as { rules: { match: object; place: object; patch: Record<string, unknown>[] }[] }).rules;
    expect(rule).toMatchObject({ match: { stream: 'log' }, place: { stream: { from: 'log', to: 'audit' } } });
    expect(rule?.patch.map(({ why, ...operation }) => [operation, String(why).startsWith('proposal: ')])).toEqual([
      [{ op: 'remove', path: '/body/gone' }, true],
      [{ op: 'move', from: '/body/who', path: '/body/actor' }, true],
      [{ op: 'convert', path: '/body/at', to: { zone: 'UTC' } }, true],
      [{ op: 'convert', path: '/body/doc', to: { json: 'value' } }, true],
      [{ op: 'convert', path: '/body/price', to: { scale: 4 } }, true],
    ]);
    expect(unexplained).toEqual([{ stream: 'log', type: '*', pointer: '/body/tags', was: null, is: 'text[]' }]);
    // Of what it explains it holds once the rows are there, and finds one that is not as it says.
    const migration = `${folder}/d${drafts}.migration.json`;
    writeFileSync(migration, accepted(draftText));
    const rows = `INSERT INTO log SELECT i, 'u', i, i * 1.25, '2026-01-01Z', '{}' FROM generate_series(1, 5) i`;
    await server().sql(`d${drafts}_now`, rows);
    const source = { profile: profile('audit', body.slice(0, -1)) };
    const compared = (): Promise<ContinuityReport> =>
      compare(`${folder}/d${drafts}.ndjson`, server().url(`d${drafts}_now`), { migration, source });
    expect(await compared()).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: 5 } });
    await server().sql(`d${drafts}_now`, `UPDATE log SET actor = 'v' WHERE id = 3`);
    expect(await compared()).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
  });

  it('says nothing of a column that came under *', async () => {
    const { needed, draft } = await draftOf(CREATE.replace('gone uuid', 'gone uuid, risk int'), profile('log'));
    expect([needed, draft]).toEqual([null, null]);
  });
});
