/**
 * A body of any size in a table: the digest of its bytes, which is that of `sha256sum`, and of the same bytes in a file. Neither
 * side of the connection holds it as text.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  auditSnapshot,
  captureSnapshot,
  profile as checkOf,
  compareSnapshots,
  importRecords,
} from '../../../src/index.ts';
import { profileFrom } from '../../../src/wire/profile.ts';
import { shell } from '../../e2e/command.ts';
import { runs } from '../../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { putFiles } from '../items/items.ts';

const MIB = 1024 * 1024;
const PIECE = '0123456789abcdef';
const large = runs(40, 200) * MIB;

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Of the large one, which is never held here either. */
function largeDigest(): string {
  const hash = createHash('sha256');
  const part = Buffer.from(PIECE.repeat(MIB / PIECE.length));
  for (let done = 0; done < large; done += MIB) hash.update(part);
  return hash.digest('hex');
}

const table = (column: string, more: object = {}) => ({
  from: { table: 'public.blobs' },
  stream: { value: 'blobs' },
  type: { value: 'blob' },
  id: 'name',
  body: { field: column, as: 'bytes' as const },
  ...more,
});
const profile = (column: string, more: object = {}): never =>
  ({ kind: 'evidence-profile', version: 2, name: 'blobs', items: [table(column, more)] }) as never;

describe.skipIf(!postgresAvailable)(`a body as bytes${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  const folder = temporaryFolder();
  const url = (): string => server().url();

  beforeAll(async () => {
    await server().sql(
      'postgres',
      `CREATE TABLE blobs(name text PRIMARY KEY, content bytea, words text, size int, padded char(8));
      INSERT INTO blobs VALUES ('a', '\\x00ff0a', 'ä\\n', 1, 'x'), ('b', '', '', 1, 'x'), ('c', NULL, NULL, 1, 'x')`,
    );
  });

  async function digests(column: string): Promise<ReadonlyMap<string, { bodyDigest: string; attrs: unknown }>> {
    const output = join(folder, `${column}.ndjson`);
    expect((await captureSnapshot(url(), output, { source: { profile: profile(column) } })).verdict).toBe('PASS');
    const lines = readFileSync(output, 'utf8').split('\n').slice(1, -2);
    return new Map(
      lines.map((line) => JSON.parse(line)).map(({ id, bodyDigest, attrs }) => [id, { bodyDigest, attrs }]),
    );
  }

  it.each([
    ['content', [Buffer.from([0, 255, 10]), Buffer.from('')]],
    ['words', [Buffer.from('ä\\n'), Buffer.from('')]],
  ])('has the digest of the bytes in %s, and of NULL that of null, which is told apart', async (column, [a, b]) => {
    const found = await digests(column);
    const bytes = { 'body.form': 'bytes' };
    expect(Object.fromEntries(found)).toEqual({
      a: { bodyDigest: `sha256:${sha256(a as Buffer)}`, attrs: bytes },
      b: { bodyDigest: `sha256:${sha256(b as Buffer)}`, attrs: bytes },
      c: { bodyDigest: `sha256:${sha256('null')}`, attrs: { 'body.isNull': 'true' } },
    });
  });

  it('is the same evidence as the same bytes in files', async () => {
    const files = putFiles(join(folder, 'files'), { b: '' });
    writeFileSync(join(files, 'a'), Buffer.from([0, 255, 10]));
    const place = { from: { files: '*', as: 'bytes' as const }, stream: { value: 'blobs' }, type: { value: 'blob' } };
    const items = [{ ...place, id: { path: true as const } }];
    const output = join(folder, 'of-files.ndjson');
    await importRecords(files, { kind: 'evidence-profile', version: 2, name: 'files', items }, { output });
    const there = { profile: profile('content', { from: { table: 'public.blobs', where: 'content IS NOT NULL' } }) };
    const report = await compareSnapshots(output, url(), { mode: 'frozen', source: there });
    expect([report.verdict, report.totals.matched]).toEqual(['PASS', 2]);
  });

  it('is FAIL, and names the row, where one byte was changed', async () => {
    const output = join(folder, 'content.ndjson');
    const compared = async () => compareSnapshots(output, url(), { source: { profile: profile('content') } });
    expect((await compared()).verdict).toBe('PASS');
    await server().sql('postgres', `UPDATE blobs SET content = '\\x00fe0a' WHERE name = 'a'`);
    expect((await compared()).findings[0]).toMatchObject({ kind: 'record-modified', id: 'a' });
    await server().sql('postgres', `UPDATE blobs SET content = NULL WHERE name = 'a'`);
    expect((await compared()).verdict).toBe('FAIL');
    await server().sql('postgres', `UPDATE blobs SET content = '\\x00ff0a' WHERE name = 'a'`);
    expect((await compared()).verdict).toBe('PASS');
  });

  it(`of ${large / MIB} MiB is read in the memory of any other, and profile check promises it`, async () => {
    await server().sql(
      'postgres',
      `INSERT INTO blobs SELECT 'large', convert_to(repeat('${PIECE}', ${large / PIECE.length}), 'UTF8'), NULL, 1, 'x'`,
    );
    const file = join(folder, 'profile.json');
    writeFileSync(file, JSON.stringify(profile('content')));
    expect((await checkOf('check', url(), { profile: file })).ok).toBe(true);
    const output = join(folder, 'large.ndjson');
    expect((await captureSnapshot(url(), output, { source: { profile: file } })).verdict).toBe('PASS');
    expect(readFileSync(output, 'utf8')).toContain(`"bodyDigest":"sha256:${largeDigest()}"`);
    // By a shell: Linux counts the memory of whoever starts a process as its own, and this one has more.
    const ended = shell(`ed '${output}' '${url()}' --profile '${file}' --mode frozen --format json; exit $?`, folder);
    const { verdict, run } = JSON.parse(ended.stdout) as { verdict: string; run: { peakRssBytes: number } };
    expect([ended.status, verdict, run.peakRssBytes < 200 * MIB]).toEqual([0, 'PASS', true]);
    await server().sql('postgres', `DELETE FROM blobs WHERE name = 'large'`);
  });

  it('too long for a record is refused with its size, and with what to do', async () => {
    await server().sql('postgres', `INSERT INTO blobs SELECT 'long', NULL, repeat('x', 9437184), 1, 'x'`);
    const audit = await auditSnapshot(url(), { source: { profile: profile('words', { body: 'words' }) } });
    expect(audit.findings[0]?.message).toMatch(
      /some 9437\d\d\d bytes, and a record has at most 8388608; take the digest of its bytes/,
    );
    await server().sql('postgres', `DELETE FROM blobs WHERE name = 'long'`);
  });

  it.each([
    ['size', /the column size as bytes, and its type is integer/],
    ['padded', /the column padded as bytes, and its type is character/],
  ])('is refused of a column that has none: %s', async (column, reason) => {
    const audit = await auditSnapshot(url(), { source: { profile: profile(column) } });
    expect(audit.findings[0]?.message).toMatch(reason);
  });

  it.each([
    ['a digest beside it', { bodyDigest: 'words' }, /is a digest already/],
    ['an attribute of its name', { attrs: { 'body.form': 'words' } }, /may not have body.form/],
  ])('has no %s', (_, more, reason) => {
    expect(() => profileFrom(profile('content', more), 'a test')).toThrow(reason);
  });
});
