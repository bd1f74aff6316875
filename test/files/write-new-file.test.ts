/** What people have worked on is not lost to the next run that would write it. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requireNew, writeNew } from '../../src/files/write-new-file.ts';
import { ReportWriteError, WholeFile } from '../../src/files/write-whole-file.ts';
import { init } from '../../src/index.ts';
import { run } from '../cli/in-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const bytes = Buffer.from('{"a":1}\n');

it('writes where nothing is, and leaves alone what is there as it would be written', async () => {
  const path = join(folder, 'new.json');
  await writeNew(path, bytes);
  await writeNew(path, bytes);
  expect(readFileSync(path)).toEqual(bytes);
});

it.each([
  ['an edited file', (path: string) => writeFileSync(path, '{"a":2}\n')],
  ['an empty file', (path: string) => writeFileSync(path, '')],
  ['a folder', (path: string) => mkdirSync(path)],
  ['a link that leads nowhere', (path: string) => symlinkSync('nowhere', path)],
])('does not replace %s', async (what, put) => {
  const path = join(folder, what);
  put(path);
  await expect(writeNew(path, bytes)).rejects.toBeInstanceOf(ReportWriteError);
  await expect(writeNew(path, bytes)).rejects.toThrow(/never replaced; give another name, or move that file away/);
});

it('is found before anything is read: what is there may only be what will be written', async () => {
  const path = join(folder, 'there.json');
  await requireNew(path, () => false);
  expect(readdirSync(folder)).not.toContain('there.json');
  writeFileSync(path, '{"a":1}\n');
  await requireNew(path, (found) => bytes.equals(found));
  await expect(requireNew(path, () => false)).rejects.toThrow('another file of that name is there');
  await expect(requireNew(folder, () => true)).rejects.toThrow('another file of that name is there');
  await expect(requireNew(join(folder, 'no', 'file'), () => true)).rejects.toThrow('there is no folder');
});

it('does not replace what comes while it writes', async () => {
  const path = join(folder, 'late.json');
  const file = await WholeFile.open(path);
  await file.fill(bytes);
  writeFileSync(path, 'of a person');
  await expect(file.commit(true)).rejects.toMatchObject({ cause: { code: 'EEXIST' } });
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe('of a person');
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('init twice is as good as once, and a profile that was edited is kept', async () => {
  const [source, output] = [join(folder, 'notes.json'), join(folder, 'notes.profile.json')];
  writeFileSync(source, '[{"id":1},{"id":2}]');
  const proposed = await init(source, { output });
  expect(await init(source, { output })).toEqual(proposed);
  const edited = readFileSync(output, 'utf8').replace('"items"', '"notes"');
  writeFileSync(output, edited);
  await expect(init(source, { output })).rejects.toMatchObject({ kind: 'report-write-failed' });
  const { status, stderr } = await run(['init', source, '--output', output], { cwd: folder });
  expect([status, readFileSync(output, 'utf8')]).toEqual([2, edited]);
  expect(stderr).toContain(`${output}: another file of that name is there`);
});
