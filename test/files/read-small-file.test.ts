/** Small files are read whole, whatever their length, and what is too long is refused. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestFile, readOnce, readSmallFile } from '../../src/files/read-small-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const path = join(temporaryFolder(), 'file');
const MIB = 1 << 20;

/** No two bytes next to each other are the same, so that one that is left out or read twice is seen. */
function put(length: number): Buffer {
  const bytes = Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 0xff));
  writeFileSync(path, bytes);
  return bytes;
}

describe('a file', () => {
  it.each([0, 1, 2, 3, 4095, 4096, 4097, MIB - 1, MIB, MIB + 1, 2 * MIB + 1])(
    'of %i bytes is read as it is',
    async (length) => {
      const bytes = put(length);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const read = await readSmallFile(path, 3 * MIB);
      expect([Buffer.from(read.bytes).equals(bytes), read.sha256]).toEqual([true, sha256]);
      expect(await digestFile(path)).toEqual({ sha256, bytes: length });
    },
  );

  it.each([0, 1, 10, MIB])('may have the %i bytes that are allowed, and not one more', async (most) => {
    put(most);
    expect((await readSmallFile(path, most)).bytes.length).toBe(most);
    put(most + 1);
    await expect(readSmallFile(path, most)).rejects.toMatchObject({ kind: 'input-limit' });
  });

  it('has a mebibyte at most where nothing else is said', async () => {
    put(MIB);
    expect((await readOnce(path, 'a profile')).bytes.length).toBe(MIB);
    put(MIB + 1);
    await expect(readOnce(path, 'a profile')).rejects.toThrow('a profile has at most 1048576 bytes');
  });

  it('that is not there, or is no file, is named', async () => {
    const faults = [`${path}-not-there`, join(path, '..')].map((one) => readSmallFile(one, 1).catch((fault) => fault));
    expect(await Promise.all(faults)).toMatchObject([
      { kind: 'source-incomplete', message: expect.stringContaining('there is no such file') },
      { kind: 'source-incomplete', message: expect.stringContaining('it is a folder, not a regular file') },
    ]);
  });
});
