/** The endings that the help of a verb names for a snapshot are those that it takes, and each does what is said of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadVerbs } from '../../src/cli/verbs/index.ts';
import { beginsGzip } from '../../src/sources/gunzip.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, RECORDS, textOf } from '../trust/signed-files.ts';
import { run } from './in-process.ts';

const cwd = temporaryFolder();

/** One command line of each verb that writes a snapshot, but for its output. */
const WRITING: Readonly<Record<string, readonly string[]>> = {
  'verify-all': ['was.ndjson'],
  merge: ['0.ndjson', '1.ndjson'],
  import: ['items.json', '--records', '', '--map', 'id=/id'],
  migrate: ['--migration', 'm.json', '--baseline', 'was.ndjson'],
};

const HELP = /\.json is one object; \.ndjson, \.jsonl or no ending NDJSON; packed: (.*)$/;
const PACKED = ['.json.gz', '.ndjson.gz', '.jsonl.gz'];
const ENDINGS = ['', '.json', '.ndjson', '.jsonl', ...PACKED];
const REFUSED = ['.gz', '.tar.gz', '.txt', '.json.zst', '.xml.gz'];

beforeAll(async () => {
  fileOf(cwd, 'was.ndjson', textOf(RECORDS));
  writeFileSync(join(cwd, 'items.json'), '[{"id":"a"},{"id":"b"}]');
  for (const at of ['0', '1'])
    expect(
      (await run(['verify-all', 'was.ndjson', '--shard', `${at}/2`, '--output', `${at}.ndjson`], { cwd })).status,
    ).toBe(0);
  const { createHash } = await import('node:crypto');
  const baseline = createHash('sha256')
    .update(readFileSync(join(cwd, 'was.ndjson')))
    .digest('hex');
  const migration = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline, rules: [] };
  writeFileSync(join(cwd, 'm.json'), JSON.stringify(migration));
});

it('stand in the help of every verb that writes a snapshot, and of no other', async () => {
  const saying = (await loadVerbs()).filter(({ options }) =>
    Object.values(options).some(({ help }) => help.includes('is one object')),
  );
  expect(saying.map(({ name }) => name).sort()).toEqual(Object.keys(WRITING).sort());
  for (const { options } of saying) {
    const help = Object.entries(options).find(([name]) => name === 'output')?.[1].help ?? '';
    expect(HELP.exec(help)?.[1]?.split(', ')).toEqual(PACKED);
  }
});

describe.each(Object.entries(WRITING))('%s', (name, words) => {
  it.each([...ENDINGS, ...ENDINGS.map((ending) => ending.toUpperCase())])('writes what "%s" says', async (ending) => {
    const output = `made-${name}${ending}`;
    const { status, stderr } = await run([name, ...words, '--output', output], { cwd });
    expect([status, stderr]).toEqual([0, '']);
    const bytes = readFileSync(join(cwd, output));
    expect(beginsGzip(bytes)).toBe(/gz$/i.test(ending));
    const text = (beginsGzip(bytes) ? gunzipSync(bytes) : bytes).toString();
    const isObject = /^\.json(?:\.gz)?$/i.test(ending);
    expect(text.split('\n')[0]?.endsWith('}')).toBe(!isObject);
    if (isObject) expect(JSON.parse(text)).toMatchObject({ kind: 'evidence-snapshot' });
  });

  it.each(REFUSED)('refuses "%s", and names what it takes', async (ending) => {
    const { status, stdout, stderr } = await run([name, ...words, '--output', `made${ending}`], { cwd });
    expect([status, stdout, stderr]).toEqual([64, '', expect.stringContaining(PACKED.join(', '))]);
  });
});
