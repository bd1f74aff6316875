/** Where a pair of keys cannot be made: a name that will not do is a usage error, a disk that will not do is a fault. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const folder = temporaryFolder();

it.each([
  ['a name that is taken', 'taken', 'is there already: a key is never replaced'],
  ['a name whose public key is taken', 'half', 'is there already: a key is never replaced'],
  ['a folder that is not there', 'nowhere/key', 'there is no folder nowhere'],
  ['a folder that is a file', 'taken/key', '(ENOTDIR)'],
])('%s is exit code 64, and nothing is written', async (_, name, words) => {
  writeFileSync(join(folder, 'taken'), 'mine');
  writeFileSync(join(folder, 'half.pub'), 'mine');
  const { status, stderr } = await run(['keygen', '--output', name], { cwd: folder });
  expect([status, existsSync(join(folder, 'half'))]).toEqual([64, false]);
  expect(stderr).toContain(words);
});

// Nobody, root neither, can make a file there.
it.skipIf(!existsSync('/sys/kernel'))('a disk that takes none is exit code 2, with what to do', async () => {
  const { status, stderr } = await run(['keygen', '--output', '/sys/key'], { cwd: folder });
  expect(status).toBe(2);
  expect(stderr).toMatch(/\/sys\/key: could not create the key \((EACCES|EPERM|EROFS)\); /);
});
