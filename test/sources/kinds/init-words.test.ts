/** What `init` and a comparison say where they cannot go on: the cause, and what to do. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareSnapshots, importRecords, init } from '../../../src/index.ts';
import { run } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { putFiles } from '../items/items.ts';

const folder = temporaryFolder();
let files = 0;
const put = (given: Readonly<Record<string, string>>): string => putFiles(`${folder}/${files++}`, given);

it.each([
  ['a blank last line', 'id,status\n1,open\n2,open\n\n', /row 3 behind the names is blank: take it away/],
  ['a blank line within', 'id,status\n1,open\n\n2,open\n', /row 2 behind the names is blank/],
  ['twin names', 'id,status,id\n1,open,2\n2,open,3\n', /two columns are called "id": give each a name of its own/],
  ['a row too short', 'id;status\n1;open\n2\n', /row 2 behind the names has 1 cell, and the first line 2/],
  ['a row too long', 'id\tstatus\n1\topen\tmore\n', /row 1 behind the names has 3 cells, and the first line 2/],
])('init of CSV with %s says so', async (_, text, reason) => {
  const at = `${put({ 'a.csv': text })}/a.csv`;
  await expect(init(at)).rejects.toThrow(reason);
});

it.each(['one line of prose, with a comma\nand another, too, here\n', '1,2\n3,4,5\n'])(
  'init of what has no names of columns does not speak of columns: %j',
  async (text) => {
    const fault = await init(`${put({ 'a.csv': text })}/a.csv`).catch((error: unknown) => String(error));
    expect(fault).toMatch(/no profile is known for it/);
    expect(fault).not.toMatch(/row|called/);
  },
);

it('init of an empty folder says that there is nothing in it', async () => {
  await expect(init(temporaryFolder())).rejects.toThrow(
    /no profile is known for it: a folder without a file that can be read/,
  );
});

it.each([
  ['lines', 'ndjson', '{"id":"1","x":1}\n{"id":"2","x":1}\n', '/id'],
  ['rows', 'csv', 'id,x\n1,1\n2,2\n', 'id'],
])(
  'init of a folder in which the same %s come in two files makes the file a part of the name, and that works',
  async (_, form, text, id) => {
    const source = put({ [`a.${form}`]: text, [`b.${form}`]: text });
    const { profile, rules, undecided } = await init(source);
    expect(profile.items).toMatchObject([{ id: [{ path: true }, id] }]);
    expect(rules).toEqual([`the path of its file + ${id}`]);
    expect(undecided[0]).toMatch(/^decide: id is the path of its file \+ /);
    expect(await importRecords(source, profile)).toMatchObject({ verdict: 'PASS', summary: { records: 4 } });
    const other = put({ [`a.${form}`]: text, [`b.${form}`]: text.replace(/2(,?.*)2?\n$/, '3$1\n') });
    const report = await compareSnapshots(source, other, { source: { profile } });
    expect(report).toMatchObject({ verdict: 'FAIL', totals: { missing: 1, matched: 3 } });
  },
);

it('init of a folder in which one file has an item twice says so, whatever the others have', async () => {
  const source = put({ 'a.ndjson': '{"x":1}\n{"x":1}\n', 'b.ndjson': '{"x":1}\n' });
  await expect(init(source)).rejects.toThrow(/items 0 and 1 are equal/);
});

const component = (name: string, version: string): object => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { timestamp: `2027-03-0${version}T10:00:00Z`, component: { type: 'library', name, version } },
});

it.each([
  ['CycloneDX', [component('a', '1'), component('b', '1')].map((one) => ({ ...one, serialNumber: undefined })), 'name'],
  ['CycloneDX', [component('a', '1'), component('a', '2')], ['name', 'version']],
])('init of %s without serial numbers names each by the component that it is of', async (_, sboms, names) => {
  const at = `${put({ 'a.json': JSON.stringify(sboms) })}/a.json`;
  const { profile } = await init(at);
  const ids = [names].flat().map((name) => `/metadata/component/${name}`);
  const all = ids.length === 1 ? ['/metadata/component/name', '/metadata/component/version'] : ids;
  expect(profile.items).toMatchObject([{ id: all }]);
  const after = put({ 'a.json': JSON.stringify(sboms.map((one) => ({ ...one, components: [] }))) });
  const report = await compareSnapshots(at, `${after}/a.json`, { source: { profile } });
  expect(report).toMatchObject({ verdict: 'FAIL', totals: { modified: 2, missing: 0 } });
});

it('init that finds nothing but the content says what that does to an item that changes', async () => {
  const at = `${put({ 'a.json': '[{"x":[1]},{"x":[2]}]' })}/a.json`;
  const { undecided, profile } = await init(at);
  const warning = /SHA-256 of its canonical form.*an item that changes gets another id: it is then one that is missing/;
  expect(undecided).toEqual([expect.stringMatching(warning)]);
  expect(profile.assumptions).toEqual([expect.stringMatching(warning)]);
});

it('init of one file in which an item comes twice does not speak of files', async () => {
  const source = `${put({ 'a.ndjson': '{"x":1}\n{"x":1}\n' })}/a.ndjson`;
  await expect(init(source)).rejects.toThrow(/items 0 and 1 are equal; give each item an id of its own[^;]*$/);
});

it.each([
  ['the baseline', 'none', 'other', 'baseline: none: there is no such file'],
  ['the current side', 'other', 'none', 'current: none: there is no such file'],
])('a comparison says first that %s is not there, whatever the other one is', async (_, was, is, words) => {
  const at = put({ 'other.txt': 'nothing that is known\n' });
  const name = (side: string): string => (side === 'none' ? `${at}/none` : `${at}/other.txt`);
  writeFileSync(`${at}/other.tar`, 'x');
  const { headline, verdict } = await compareSnapshots(name(was), name(is));
  expect(verdict).toBe('INCOMPLETE');
  expect(headline.replaceAll(`${at}/`, '')).toContain(`INCOMPLETE: nothing is proven; source-incomplete: ${words}`);
});

it('a comparison of what needs a profile advises one, and names it and its rule once it is given', async () => {
  const at = put({ 'a.json': '[{"name":"a"},{"name":"b"}]', 'b.json': '[{"name":"a"},{"name":"b"}]' });
  const sides = [`${at}/a.json`, `${at}/b.json`];
  const refused = (await run(sides)).stdout;
  expect(refused.split('\n').filter((line) => line.includes('- ') && line.includes('give `--profile '))).toHaveLength(
    1,
  );
  expect(refused).toContain('if its items lie as those of the other side do, one profile reads both');
  await init(`${at}/a.json`, { output: `${at}/p.json` });
  const { stdout } = await run([...sides, '--profile', `${at}/p.json`]);
  expect(stdout.match(/^ {11}by the profile a, records named by \/name$/gm)).toHaveLength(2);
});
