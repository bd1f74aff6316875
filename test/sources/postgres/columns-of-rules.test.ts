/**
 * New columns under `*`, through a migration: those that a rule brings are evidence where its records stand, and a column of
 * the same name in a table that no rule is for is as any other new column: stated, and not compared.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ContinuityReport, compare, migrate, type ProfileInput } from '../../../src/index.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { capturedBefore } from './captured-before.ts';

const folder = temporaryFolder();
const server = serverOfFile();
const DATABASE = 'two_tables';

const place = (table: string, stream: string) => ({
  from: { table: `public.${table}` },
  ...{ tenant: { value: 'acme' }, stream: { value: stream }, id: 'id', type: 'kind', body: { columns: '*' } },
});
const profileOf = (...items: readonly object[]): ProfileInput =>
  ({ kind: 'evidence-profile', version: 2, name: 'two', items }) as unknown as ProfileInput;

const BEFORE = profileOf(place('audit', 'audit'), place('scans', 'scans'));
const CREATE = `CREATE TABLE audit (id int PRIMARY KEY, kind text NOT NULL, who text);
  CREATE TABLE scans (id int PRIMARY KEY, kind text NOT NULL, digest text);
  INSERT INTO audit SELECT i, 'a', 'u' || i FROM generate_series(1, 20) i;
  INSERT INTO scans SELECT i, 's', md5(i::text) FROM generate_series(1, 30) i`;
/** `risk` is declared of the one table; in the other one it is a column of its own that has nothing to do with it. */
const MIGRATE = `ALTER TABLE audit ADD COLUMN risk int NOT NULL DEFAULT 0;
  ALTER TABLE scans ADD COLUMN risk text; UPDATE scans SET risk = 'r' || id`;
const PATCH = [{ op: 'add', path: '/body/risk', value: '0' }];

describe.skipIf(!postgresAvailable)(`columns that rules bring${skippedWithoutPostgres}`, () => {
  let baseline = '';
  beforeAll(async () => {
    const captured = { database: DATABASE, folder, create: CREATE, profile: BEFORE };
    ({ baseline } = await capturedBefore(server(), captured));
    await server().sql(DATABASE, MIGRATE);
  });

  function compared(rule: object, profile: ProfileInput = BEFORE): Promise<ContinuityReport> {
    const migration = `${folder}/migration.json`;
    const about = { kind: 'evidence-migration', version: 1, upgrade: '2027.Q2', from: '1', to: '2' };
    const sha256 = createHash('sha256').update(readFileSync(baseline)).digest('hex');
    writeFileSync(migration, JSON.stringify({ ...about, baseline: sha256, rules: [{ name: 'risk', ...rule }] }));
    return compare(baseline, server().url(DATABASE), { mode: 'frozen', source: { profile }, migration });
  }

  const passes = {
    verdict: 'PASS',
    totals: { matched: 50, modified: 0 },
    notChecked: expect.arrayContaining(['columns that public.scans did not have before: risk']),
  };

  it.each([
    ['the stream', { stream: 'audit' }],
    ['the beginning of the stream', { stream: 'au*' }],
  ])('are read in the tables alone that a rule is for: by %s', async (_, match) => {
    expect(await compared({ match, patch: PATCH })).toMatchObject(passes);
  });

  it('are read in a table under another name', async () => {
    await server().sql(DATABASE, 'ALTER TABLE audit RENAME TO audit_v2');
    try {
      const after = profileOf(place('audit_v2', 'audit/v2'), place('scans', 'scans'));
      const moved = { place: { stream: { from: 'audit', to: 'audit/v2' } }, patch: PATCH };
      expect(await compared({ match: { stream: 'audit' }, ...moved }, after)).toMatchObject(passes);
    } finally {
      await server().sql(DATABASE, 'ALTER TABLE audit_v2 RENAME TO audit');
    }
  });

  it('are held to what the rule says', async () => {
    await server().sql(DATABASE, 'UPDATE audit SET risk = 9 WHERE id = 7');
    try {
      const report = await compared({ match: { stream: 'audit' }, patch: PATCH });
      expect(report).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    } finally {
      await server().sql(DATABASE, 'UPDATE audit SET risk = 0 WHERE id = 7');
    }
  });
});

describe.skipIf(!postgresAvailable)(`a draft of a database under *${skippedWithoutPostgres}`, () => {
  let databases = 0;
  const LEDGER = `CREATE TABLE audit (id int PRIMARY KEY, kind text NOT NULL, who text, n int);
    CREATE TABLE scans (id int PRIMARY KEY, kind text NOT NULL, digest text);
    INSERT INTO audit SELECT i, 'a' || i % 2, 'u' || i, i % 3 FROM generate_series(1, 20) i;
    INSERT INTO scans SELECT i, 's', md5(i::text) FROM generate_series(1, 30) i`;

  async function drafted(sql: string) {
    const database = `drafted_${++databases}`;
    const { baseline } = await capturedBefore(server(), { database, folder, create: LEDGER, profile: BEFORE });
    await server().sql(database, sql);
    const sides = { baseline, current: server().url(database), source: { profile: BEFORE } };
    const found = await migrate({ ...sides, dryRun: true });
    const { rules } = (found.draft ?? { rules: [] }) as {
      readonly rules: readonly { readonly match: object; readonly patch: readonly Record<string, unknown>[] }[];
    };
    const operations = rules.flatMap(({ match, patch }) =>
      patch.map(({ why: _, ...operation }) => ({ ...match, ...operation })),
    );
    return { ...found, operations, rules };
  }

  it('names a column that was renamed, and no other table that has a new one', async () => {
    const { needed, explained, operations, unexplained, rules } = await drafted(
      `ALTER TABLE audit RENAME who TO actor; ALTER TABLE audit ADD added timestamptz; ALTER TABLE scans ADD note text DEFAULT 'x'`,
    );
    expect({ needed, explained, unexplained }).toEqual({
      ...{ needed: true, explained: { records: 20, of: 20 } },
      unexplained: [],
    });
    const moved = { op: 'move', from: '/body/who', path: '/body/actor' };
    expect(operations).toHaveLength(2);
    for (const type of ['a0', 'a1']) expect(operations).toContainEqual({ stream: 'audit', type, ...moved });
    expect(rules[0]?.patch[0]?.['why']).toBe('proposal: so in 10 of 10 records that changed, such as 1');
  });

  it('takes one of another value for gone, and for new what all records have alike', async () => {
    const { explained, operations } = await drafted(
      `ALTER TABLE audit DROP who; ALTER TABLE audit ADD actor text DEFAULT 'nobody'; ALTER TABLE audit ADD r double precision DEFAULT random()`,
    );
    expect(explained).toEqual({ records: 20, of: 20 });
    expect(operations.filter(({ type }) => type === 'a0')).toEqual([
      { stream: 'audit', type: 'a0', op: 'add', path: '/body/actor', value: 'nobody' },
      { stream: 'audit', type: 'a0', op: 'remove', path: '/body/who' },
    ]);
  });

  it('says of one record that was altered beside it that no rule explains it', async () => {
    const found = await drafted(`ALTER TABLE audit RENAME who TO actor; UPDATE audit SET n = 99 WHERE id = 7`);
    expect(found).toMatchObject({ needed: true, verdict: 'FAIL', explained: { records: 19, of: 20 } });
    expect(found.unexplained).toMatchObject([{ pointer: '/body/n', was: '"1"', is: '"99"', records: 1, id: '7' }]);
  });

  it('is not made of new columns alone', async () => {
    expect(await drafted('ALTER TABLE audit ADD risk int DEFAULT 0')).toMatchObject({ needed: false, draft: null });
  });
});
