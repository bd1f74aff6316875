/** Foreign evidence in archives, and in files that are packed: what is in them is read by a profile as in a folder. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compare, importRecords, verifyAll } from '../../../src/index.ts';
import { tarOf, zipFiles, zipOf } from '../../layouts/pack.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { auditOf, faultOf, importOf, putFiles, recordsOf } from './items.ts';

const folder = temporaryFolder();
let made = 0;
const hasZstd = spawnSync('zstd', ['--version']).error === undefined;
const skipped = hasZstd ? '' : ' (skipped: no zstd)';

const FILES = {
  'sboms/b.json': '{ "id": "b", "n": 9007199254740993 }',
  'sboms/a.json': '{"n":1.50,"id":"a"}',
  'log.ndjson.gz': gzipSync('{"id":"l1"}\n{"id":"l2"}\n'),
  'rows.csv': '\ufeffid,who\r\n1,ann\r\n',
  'all.json': '{"list":[{"id":"x"},{"id":"y"}]}',
  'scan.bin': Buffer.from([0, 255, 1]),
  README: 'no evidence',
};
const fixed = (value: string) => ({ stream: { value } });
const PLACES = [
  { from: { files: 'sboms/*.json' }, id: '/id', ...fixed('sboms'), attrs: { path: { path: true } } },
  { from: { ndjson: '*.ndjson.gz' }, id: '/id', ...fixed('log') },
  { from: { csv: 'rows.csv' }, id: 'id', ...fixed('rows') },
  { from: { json: 'all.json', items: '/list' }, id: '/id', ...fixed('list') },
  { from: { files: '*.bin', as: 'bytes' }, id: { path: true }, ...fixed('scans') },
  { from: { files: 'all.json' }, id: { path: true }, ...fixed('whole') },
];
const PROFILE = { kind: 'evidence-profile', version: 2, name: 'packed', items: PLACES } as never;

type Content = Readonly<Record<string, string | Uint8Array>>;
const entries = (files: Content): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));

function packed(files: Content, how: string): string {
  const at = join(folder, `${++made}.${how}`);
  if (how === 'zip') writeFileSync(at, zipOf(zipFiles(entries(files))));
  else writeFileSync(at, how === 'tgz' ? gzipSync(tarOf(entries(files))) : tarOf(entries(files)));
  return how === 'tar.zst' ? zstd(at) : at;
}

function zstd(at: string): string {
  spawnSync('zstd', ['-q', '-f', at, '-o', `${at}.zst`]);
  return `${at}.zst`;
}

const KINDS = ['tar', 'tgz', 'zip', ...(hasZstd ? ['tar.zst'] : [])];

describe(`an archive read by a profile${skipped}`, () => {
  const asFolder = putFiles(join(folder, 'as-folder'), FILES);

  it.each(KINDS)('has in a %s the records of the folder', async (how) => {
    const report = await compare(asFolder, packed(FILES, how), { mode: 'frozen', source: { profile: PROFILE } });
    expect(report).toMatchObject({ verdict: 'PASS', totals: { matched: 9 }, mapping: { declared: [] } });
    expect(report.current.subject).toMatchObject({
      source: 'archive',
      read: { files: 6, items: 9 },
      unmatched: { files: 1 },
    });
  });

  it.each(KINDS)('finds what was altered in a %s, and names it', async (how) => {
    const altered = { ...FILES, 'sboms/b.json': '{"id":"b","n":9007199254740992}' };
    const at = packed(altered, how);
    const report = await compare(asFolder, at, { mode: 'frozen', source: { profile: PROFILE } });
    expect(report).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    const { 'sboms/b.json': _, ...less } = FILES;
    const lost = await compare(asFolder, packed(less, how), { source: { profile: PROFILE } });
    expect(lost).toMatchObject({ verdict: 'FAIL', totals: { missing: 1 } });
  });

  it.each(KINDS)('says what is wrong in a %s, and where', async (how) => {
    const at = packed({ ...FILES, 'sboms/b.json': '{"id":"b",}' }, how);
    const report = await compare(asFolder, at, { source: { profile: PROFILE } });
    expect(report.verdict).toBe('INCOMPLETE');
    expect(report.findings[0]).toMatchObject({
      kind: 'input-malformed',
      message: expect.stringContaining(`${at}/sboms/b.json, line 1, byte 10`) as string,
    });
  });

  it('is refused where two names are one on other systems, or a file is no file', async () => {
    const twins = packed({ 'sboms/a.json': '{"id":"a"}', 'sboms/A.json': '{"id":"A"}' }, 'tar');
    const fault = await compare(asFolder, twins, { source: { profile: PROFILE } });
    expect(fault).toMatchObject({ verdict: 'INCOMPLETE', findings: [{ kind: 'input-malformed' }] });
    const link = join(folder, 'link.tar');
    writeFileSync(link, tarOf(entries(FILES), [{ name: 'sboms/c.json', type: '2', link: 'a.json' }]));
    const linked = await compare(asFolder, link, { source: { profile: PROFILE } });
    expect(linked).toMatchObject({ verdict: 'INCOMPLETE', findings: [{ kind: 'input-malformed' }] });
  });

  it('that is cut off is no evidence', async () => {
    const whole = readFileSync(packed(FILES, 'tgz'));
    const at = join(folder, 'cut.tgz');
    writeFileSync(at, whole.subarray(0, whole.length - 20));
    expect((await compare(asFolder, at, { source: { profile: PROFILE } })).verdict).toBe('INCOMPLETE');
  });

  it('is itself the item where the one place takes it as bytes', async () => {
    const at = packed(FILES, 'zip');
    const place = { from: { files: '*.zip', as: 'bytes' }, id: { value: 'release' } };
    const profile = { kind: 'evidence-profile', version: 2, name: 'zips', items: [place] } as never;
    const run = await importRecords(at, profile, { output: join(folder, 'zips.ndjson') });
    expect(run).toMatchObject({ summary: { records: 1 } });
  });

  it('that is a bundle of ours is read as that', async () => {
    const other = await verifyAll(packed({ 'manifest.json': '{}', SHA256SUMS: '' }, 'tar'), {
      source: { profile: PROFILE },
    });
    expect(JSON.stringify(other.findings)).toMatch(/bundle/);
  });
});

describe('an archive that changes while it is read', () => {
  it('is another one', async () => {
    const at = packed(FILES, 'tar');
    const { ArchiveTree } = await import('../../../src/sources/tree/archive-tree.ts');
    const source = importOf({ archive: new ArchiveTree(at, 'tar') }, PLACES);
    await source.open();
    appendFileSync(at, Buffer.alloc(512));
    await expect(source.finish()).rejects.toMatchObject({ kind: 'input-changed' });
    await source.close();
  });
});

describe(`one file that is packed by zstd${skipped}`, () => {
  it.skipIf(!hasZstd)('is unpacked, and cut off it is malformed', async () => {
    const at = putFiles(join(folder, `${++made}`), { 'x.ndjson': '{"id":"a"}\n{"id":"b"}\n' });
    const file = zstd(join(at, 'x.ndjson'));
    const place = [{ from: { ndjson: '*.zst' }, id: '/id' }];
    expect(await recordsOf(importOf({ file }, place))).toHaveLength(2);
    writeFileSync(file, readFileSync(file).subarray(0, 20));
    expect((await faultOf(() => importOf({ file }, place))).kind).toMatch(/^input-(?:truncated|malformed)$/);
  });
});

describe('a folder of more than is sorted in memory', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('goes to temporary files: without a place for them it cannot be read', async () => {
    const files = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`${n}.json`, `{"id":"${n}"}`]));
    const at = putFiles(join(folder, `${++made}`), files);
    const places = [{ from: { files: '*.json' }, id: '/id' }];
    expect(await auditOf(importOf({ folder: at }, places, 200))).toMatchObject({ summary: { records: 9 } });
    vi.stubEnv('TMPDIR', join(folder, 'none'));
    expect((await faultOf(() => importOf({ folder: at }, places, 200))).message).toMatch(/no room for what has to be/);
  });
});
