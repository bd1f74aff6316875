/** What `init` and a comparison say where they cannot go on: the cause, and what to do. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareSnapshots, importRecords, init } from '../../../src/index.ts';
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
  'init of a folder in which the same %s come in two files says what to do, and that works',
  async (_, form, text, id) => {
    const source = put({ [`a.${form}`]: text, [`b.${form}`]: text });
    const advice =
      /if one item is in several files, its file is a part of what names it: `"id": \[\{"path": true\}, …\]`/;
    await expect(init(source)).rejects.toThrow(advice);
    const items = [{ from: { [form]: `*.${form}` } as never, id: [{ path: true as const }, id] as never }];
    const profile = { kind: 'evidence-profile', version: 2, name: 'p', items } as const;
    expect(await importRecords(source, profile)).toMatchObject({ verdict: 'PASS', summary: { records: 4 } });
  },
);

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
