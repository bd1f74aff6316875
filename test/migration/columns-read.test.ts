/** For which columns of which table the current side is read under a migration. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withColumnsOfRules } from '../../src/core/migration/columns-read.ts';
import type { PlainJson } from '../../src/core/snapshot/header.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { compare, importRecords } from '../../src/index.ts';
import { parseMigration } from '../../src/wire/migration.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const ABOUT = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline: '0'.repeat(64) };
const KEYS = 'from,to\na,b\nb,a\n';
const KEY_TABLE = { file: 'k.csv', sha256: createHash('sha256').update(KEYS).digest('hex'), count: 2 };
const PATCH = [{ op: 'add', path: '/body/x', value: 1 }];

const of = (value: string): PlainJson => ({ value });

/** The tables that are read for the column `x`. */
function widened(tables: Readonly<Record<string, PlainJson>>, rule: object): readonly string[] {
  const text = JSON.stringify({ ...ABOUT, rules: [{ name: 'r', match: {}, ...rule }] });
  const migration = parseMigration(nodePlatform, new TextEncoder().encode(text), () => new TextEncoder().encode(KEYS));
  const columns = Object.fromEntries(Object.keys(tables).map((label) => [label, { id: 'text' }]));
  const subject = withColumnsOfRules(migration, { columns, mapping: tables });
  return Object.entries(subject['columns'] as object).flatMap(([label, names]) => ('x' in names ? [label] : []));
}

const TWO = { a: { stream: of('a') }, b: { stream: of('b') } };

it.each<[string, Readonly<Record<string, PlainJson>>, object, readonly string[]]>([
  ['all, where a rule is for all', TWO, { patch: PATCH }, ['a', 'b']],
  ['its stream', TWO, { match: { stream: 'a' }, patch: PATCH }, ['a']],
  ['its tenant', { a: { tenant: of('t') }, b: { tenant: of('u') } }, { match: { tenant: 't' }, patch: PATCH }, ['a']],
  ['its type', { a: { type: of('t') }, b: { type: of('u') } }, { match: { type: 't*' }, patch: PATCH }, ['a']],
  ['what may be its stream', { a: { stream: 'chain' }, b: TWO.b }, { match: { stream: 'c' }, patch: PATCH }, ['a']],
  [
    'what may begin as its stream does',
    { a: { stream: { field: 'n', prefix: 'a/' } }, b: { stream: { field: 'n', prefix: 'b/' } } },
    { match: { stream: 'a*' }, patch: PATCH },
    ['a'],
  ],
  ['what nobody has said the mapping of', { a: {}, b: TWO.b }, { match: { stream: 'a' }, patch: PATCH }, ['a']],
  ['where records come to stand', TWO, { match: { stream: 'a' }, place: { stream: of('b') }, patch: PATCH }, ['b']],
  [
    'where they come from, if that is the table under its new name',
    TWO,
    { match: { stream: 'a' }, place: { stream: { from: 'a', to: 'new' } }, patch: PATCH },
    ['a'],
  ],
  [
    'the same beside a table whose streams may be any',
    { ...TWO, c: { stream: 'chain' } },
    { match: { stream: 'a' }, place: { stream: { from: 'a', to: 'new' } }, patch: PATCH },
    ['a', 'c'],
  ],
  ['both of a table of names', TWO, { place: { stream: { keyTable: KEY_TABLE } }, patch: PATCH }, ['a', 'b']],
  [
    'its stream, for a tenant under a new name',
    { a: { tenant: of('t'), stream: of('a') }, b: { tenant: of('t'), stream: of('b') } },
    { match: { stream: 'a' }, place: { tenant: { from: 't', to: 'u' } }, patch: PATCH },
    ['a'],
  ],
  [
    'where a chain goes on',
    TWO,
    { match: { stream: 'a' }, splitChain: { at: { seq: 3 }, to: 'b' }, patch: PATCH },
    ['b'],
  ],
  ['none, of what is taken away', TWO, { patch: [{ op: 'remove', path: '/body/x' }] }, []],
])('%s', (_, tables, rule, labels) => {
  expect(widened(tables, rule)).toEqual(labels);
});

it('files: a column that a rule brings to one file is none of another', async () => {
  const csv = (name: string): object => ({
    from: { csv: `${name}.csv` },
    ...{ stream: { value: name }, id: 'id', body: { columns: '*' } },
  });
  const profile = { kind: 'evidence-profile', version: 2, name: 'two', items: [csv('audit'), csv('scans')] } as never;
  const put = (side: string, audit: string, scans: string): string => {
    const path = `${folder}/${side}`;
    mkdirSync(path);
    writeFileSync(`${path}/audit.csv`, audit);
    writeFileSync(`${path}/scans.csv`, scans);
    return path;
  };
  const was = put('was', 'id,who\n1,u\n2,v\n', 'id,digest\n1,d\n');
  const baseline = `${folder}/was.ndjson`;
  await importRecords(was, profile, { output: baseline });
  const sha256 = createHash('sha256').update(readFileSync(baseline)).digest('hex');
  const patch = [{ op: 'add', path: '/body/risk', value: '0' }];
  const migration = `${folder}/m.json`;
  const rules = [{ name: 'r', match: { stream: 'audit' }, patch }];
  writeFileSync(migration, JSON.stringify({ ...ABOUT, baseline: sha256, rules }));
  const compared = (is: string): Promise<object> => compare(baseline, is, { source: { profile }, migration });
  const scans = 'id,digest,risk\n1,d,other\n';
  expect(await compared(put('is', 'id,who,risk\n1,u,0\n2,v,0\n', scans))).toMatchObject({
    verdict: 'PASS',
    totals: { matched: 3 },
    notChecked: expect.arrayContaining([expect.stringMatching(/^columns that .*scans.* did not have before: risk$/)]),
  });
  expect(await compared(put('other', 'id,who,risk\n1,u,0\n2,v,7\n', scans))).toMatchObject({
    verdict: 'FAIL',
    totals: { modified: 1 },
  });
});
