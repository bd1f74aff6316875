/**
 * Migrations of public audit tables that rewrite what was recorded, as their projects ship them, on rows as a capture reads
 * them: each can be declared, and passes; with one row lost or altered it does not.
 */
import { describe, expect, it } from 'vitest';
import { runs } from '../long.ts';
import type { PlainRecord } from '../store.ts';
import { compareMigrated, named } from './migrated.ts';

type Row = Readonly<Record<string, unknown>>;

interface PublicMigration {
  readonly name: string;
  readonly before: (i: number) => PlainRecord;
  readonly after: (i: number) => PlainRecord;
  readonly rules: (rows: number) => readonly object[];
  readonly files?: (rows: number) => Readonly<Record<string, string>>;
}

const ROWS = runs(60, 2000);
const id = (i: number): string => String(i).padStart(6, '0');

function record(i: number, type: string, body: Row, stream = 'audit'): PlainRecord {
  return { tenant: 'default', stream, id: id(i), type, body } as unknown as PlainRecord;
}

function upTo(rows: number): readonly number[] {
  return Array.from({ length: rows }, (_, i) => i);
}

const hstore = (i: number): string => `"id"=>"${i}", "note"=>${i % 7 === 0 ? 'NULL' : `"n${i}"`}`;
const asJson = (i: number): Row => ({ id: String(i), note: i % 7 === 0 ? null : `n${i}` });

function naive(i: number): string {
  return `2026-01-${String(1 + (i % 28)).padStart(2, '0')} 10:00:0${i % 10}`;
}

const OPERATIONS = ['create', 'push', 'pull', 'delete'] as const;
const operationOf = (i: number): string => OPERATIONS[i % 4] ?? 'create';
const app = (i: number): string => `library/app${i % 20}`;
const idTable = (rows: number): string =>
  `from,to\n${upTo(rows)
    .map((i) => `${id(i)},a${id(i)}`)
    .join('\n')}\n`;

const harborRule = (type: string, patch: readonly object[], rows: number): object => ({
  name: `harbor-${type}`,
  match: { stream: 'access_log', type },
  place: { stream: { from: 'access_log', to: 'audit_log' }, id: { keyTable: named('ids.csv', idTable(rows)) } },
  patch: [
    ...patch,
    { op: 'remove', path: '/body/repo_name' },
    { op: 'remove', path: '/body/repo_tag' },
    { op: 'remove', path: '/body/guid', why: 'dropped by the migration' },
  ],
});

const artifact = [
  { op: 'convert', path: '/body/resource', to: { concat: ['/body/repo_name', ':', '/body/repo_tag'] } },
  { op: 'add', path: '/body/resource_type', value: 'artifact' },
];

const MIGRATIONS: readonly PublicMigration[] = [
  {
    name: '2ndQuadrant audit: hstore to jsonb, by a complete table of its values',
    before: (i) => record(i, 'I', { row_data: hstore(i), user: 'u' }),
    after: (i) => record(i, 'I', { row_data: asJson(i), user: 'u' }),
    rules: (rows) => {
      const values = Object.fromEntries(upTo(rows).map((i) => [hstore(i), asJson(i)]));
      return [{ name: 'r', match: {}, patch: [{ op: 'convert', path: '/body/row_data', to: { values } }] }];
    },
  },
  {
    name: 'a column with a default is added, and is evidence',
    before: (i) => record(i, 'I', { n: i }),
    after: (i) => record(i, 'I', { n: i, tenant: 'acme' }),
    rules: () => [{ name: 'r', match: {}, patch: [{ op: 'add', path: '/body/tenant', value: 'acme' }] }],
  },
  {
    name: 'supa_audit 0.2: json as text to jsonb',
    before: (i) => record(i, 'INSERT', { record: `{"b": 1.50, "a": "x${i}", "n": ${i}}` }),
    after: (i) => record(i, 'INSERT', { record: { a: `x${i}`, b: 1.5, n: i } }),
    rules: () => [{ name: 'r', match: {}, patch: [{ op: 'convert', path: '/body/record', to: { json: 'value' } }] }],
  },
  {
    name: 'supa_audit 0.2: timestamp to timestamptz, oid to text',
    before: (i) => record(i, 'INSERT', { ts: naive(i), table_oid: 16400 }),
    after: (i) => record(i, 'INSERT', { ts: `${naive(i).replace(' ', 'T')}Z`, table_oid: '16400' }),
    rules: () => [
      {
        name: 'r',
        match: {},
        patch: [
          { op: 'convert', path: '/body/ts', to: { zone: 'UTC' } },
          { op: 'convert', path: '/body/table_oid', to: { text: true } },
        ],
      },
    ],
  },
  {
    name: 'Trillian: a table and its schema have another name',
    before: (i) => record(i, 'leaf', { leaf: `\\x${id(i)}` }, 'public.leafdata'),
    after: (i) => record(i, 'leaf', { leaf: `\\x${id(i)}` }, 'v2.leafdata'),
    rules: () => [{ name: 'r', match: {}, place: { stream: { from: 'public.leafdata', to: 'v2.leafdata' } } }],
  },
  {
    name: 'Harbor 2.0: access_log becomes audit_log, columns joined and dropped, ids made anew',
    before: (i) => {
      const repo_tag = operationOf(i) === 'create' ? 'N/A' : `v${i}`;
      return record(i, operationOf(i), { repo_name: app(i), repo_tag, guid: `g${i}`, user: `u${i % 9}` }, 'access_log');
    },
    after: (i) => {
      const operation = operationOf(i);
      const isProject = operation === 'create';
      const body = {
        resource: isProject ? app(i) : `${app(i)}:v${i}`,
        resource_type: isProject ? 'project' : 'artifact',
        user: `u${i % 9}`,
      };
      return { ...record(i, operation === 'push' ? 'create' : operation, body, 'audit_log'), id: `a${id(i)}` };
    },
    rules: (rows) => [
      harborRule(
        'create',
        [
          { op: 'copy', from: '/body/repo_name', path: '/body/resource' },
          { op: 'add', path: '/body/resource_type', value: 'project' },
        ],
        rows,
      ),
      harborRule('push', [...artifact, { op: 'replace', path: '/type', value: 'create' }], rows),
      harborRule('pull', artifact, rows),
      harborRule('delete', artifact, rows),
    ],
    files: (rows) => ({ 'ids.csv': idTable(rows) }),
  },
];

describe('a public migration, declared', () => {
  it.each(MIGRATIONS)('passes: $name', async ({ before, after, rules, files }) => {
    const [was, is] = [upTo(ROWS).map(before), upTo(ROWS).map(after)];
    const setting = { files: files?.(ROWS) ?? {}, signed: true };
    const declared = { rules: rules(ROWS) };
    const report = await compareMigrated(was, is, declared, setting);
    expect(report.findings.filter(({ class: forced }) => forced !== 'info')).toEqual([]);
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: ROWS } });
    const lost = await compareMigrated(was, is.slice(1), declared, setting);
    expect(lost).toMatchObject({ verdict: 'FAIL', totals: { missing: 1 } });
    const altered = is.map((one, at) => (at === 5 ? { ...one, body: { ...(one.body as object), more: 1 } } : one));
    expect(await compareMigrated(was, altered, declared, setting)).toMatchObject({
      verdict: 'FAIL',
      totals: { modified: 1 },
    });
  });
});

/* What docs/migration.md says of these. */
describe('what no migration can prove', () => {
  const signed = { signed: true };
  const encrypted = upTo(5).map((i) => record(i, 'I', { n: i, secret: `k1:${i}` }));
  const again = upTo(5).map((i) => record(i, 'I', { n: i, secret: `k2:${i * 7}` }));
  const removed = [{ name: 'r', match: {}, patch: [{ op: 'remove', path: '/body/secret' }] }];

  it('is re-encryption: no conversion makes the new text of the old one, and a rule that drops it does not hide it', async () => {
    const lower = [{ name: 'r', match: {}, patch: [{ op: 'convert', path: '/body/secret', to: { case: 'lower' } }] }];
    for (const rules of [[], lower, removed]) {
      const report = await compareMigrated(encrypted, again, { rules }, signed);
      expect(report).toMatchObject({ verdict: 'FAIL', totals: { modified: 5 } });
    }
  });

  it('but all else can be: read without the member, which the report has as dropped', async () => {
    const without = upTo(5).map((i) => record(i, 'I', { n: i }));
    const report = await compareMigrated(encrypted, without, { rules: removed }, signed);
    expect(report).toMatchObject({ verdict: 'PASS', totals: { matched: 5 } });
    expect(report.migration?.dropped).toEqual([{ rule: 'r', path: '/body/secret', loss: 'removed', count: 5 }]);
    const altered = without.map((one, at) => (at === 2 ? record(at, 'I', { n: 99 }) : one));
    expect((await compareMigrated(encrypted, altered, { rules: removed }, signed)).verdict).toBe('FAIL');
  });

  it('is a random value in a new member, unless a table names each', async () => {
    const was = upTo(5).map((i) => record(i, 'I', { n: i }));
    const is = upTo(5).map((i) => record(i, 'I', { n: i, uuid: `u${(i * 7919) % 101}` }));
    const values = Object.fromEntries(upTo(5).map((i) => [id(i), `u${(i * 7919) % 101}`]));
    const patch = [
      { op: 'copy', from: '/id', path: '/body/uuid' },
      { op: 'convert', path: '/body/uuid', to: { values } },
    ];
    const rules = [{ name: 'r', match: {}, patch }];
    expect((await compareMigrated(was, is, { rules }, signed)).verdict).toBe('PASS');
    const swapped = is.map((one, at) => (at < 2 ? ({ ...is[1 - at], id: one.id } as PlainRecord) : one));
    expect((await compareMigrated(was, swapped, { rules }, signed)).verdict).toBe('FAIL');
  });

  it('is a choice by a member that is not there: `null` is no word for that', async () => {
    const was = upTo(5).map((i) => record(i, 'I', { n: i }));
    const where = [{ test: '/body/gone', value: null }];
    const rules = [{ name: 'r', match: { where }, patch: [{ op: 'add', path: '/body/gone', value: 0 }] }];
    const is = upTo(5).map((i) => record(i, 'I', { n: i, gone: 0 }));
    expect(await compareMigrated(was, is, { rules }, signed)).toMatchObject({
      verdict: 'FAIL',
      totals: { modified: 5 },
      migration: { rules: [{ name: 'r', records: 0 }] },
    });
  });
});
