/** A file is read a chunk ahead: what was handed out stays as it was until it is asked for the next. */
import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FileBytes } from '../../src/sources/bytes.ts';
import { sha256 } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const MEBIBYTE = 1024 * 1024;

/** No two pieces of it are the same. */
function fileOf(bytes: number): string {
  const path = `${temporaryFolder()}/file`;
  const text = new Uint32Array(Math.ceil(bytes / 4)).map((_, at) => Math.imul(at + 1, 0x9e3779b1));
  writeFileSync(path, new Uint8Array(text.buffer, 0, bytes));
  return path;
}

/** All chunks, each looked at once the read of the next one has had time to end. */
async function chunksOf(path: string): Promise<{ readonly chunks: readonly Buffer[]; readonly digest: string | null }> {
  const bytes = new FileBytes(path);
  const chunks: Buffer[] = [];
  for (let chunk = await bytes.read(); chunk !== undefined; chunk = await bytes.read()) {
    const before = Buffer.from(chunk);
    await setTimeout(5);
    expect(before.equals(chunk)).toBe(true);
    chunks.push(before);
    expect(bytes.bytesRead).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
  }
  const digest = await bytes.finish();
  await bytes.close();
  return { chunks, digest };
}

describe('the bytes of a file', () => {
  it.each([0, 1, 4096, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 2 * MEBIBYTE, 3 * MEBIBYTE + 17])(
    'are all there, once and in order: %i of them',
    async (length) => {
      const path = fileOf(length);
      const { chunks, digest } = await chunksOf(path);
      expect(Buffer.concat(chunks).equals(readFileSync(path))).toBe(true);
      expect(digest).toBe(sha256(readFileSync(path)));
    },
  );

  it.each([
    ['cut', (path: string) => truncateSync(path, MEBIBYTE)],
    ['appended to', (path: string) => appendFileSync(path, 'more')],
    ['cut to nothing', (path: string) => truncateSync(path, 0)],
  ])('are refused where the file was %s after the first chunk', async (_, change) => {
    const path = fileOf(3 * MEBIBYTE);
    const bytes = new FileBytes(path);
    await bytes.read();
    change(path);
    await expect(bytes.finish()).rejects.toMatchObject({ kind: 'input-changed' });
    await bytes.close();
  });

  it('can be left alone while the next are read', async () => {
    const path = fileOf(3 * MEBIBYTE);
    const bytes = new FileBytes(path);
    await bytes.read();
    await bytes.close();
    rmSync(path);
    await expect(bytes.read()).rejects.toMatchObject({ kind: 'source-incomplete' });
  });
});
