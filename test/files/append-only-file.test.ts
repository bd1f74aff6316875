/** A file that only grows: whatever the disk does by halves or not at all, what was there stays, and what is said is so. */
import { existsSync, linkSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withLockedFile } from '../../src/files/append-only-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type ByteCalls, byteCalls, failing } from './handles.ts';

const folder = temporaryFolder();
const MOST = 1000;
const OLD = 'the first line\n';
const NEW = 'another line\n';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let path = '';
let made = 0;
beforeEach(() => {
  path = join(folder, `${made++}`);
  writeFileSync(path, OLD);
});
afterEach(() => vi.restoreAllMocks());

const append = (text: string): Promise<void> => withLockedFile(path, MOST, (file) => file.append(bytes(text)));
const readThere = (): Promise<string> =>
  withLockedFile(path, MOST, async (file) => new TextDecoder().decode(await file.read()));

describe('what is read', () => {
  it.each(['', '\n', OLD])('is all of it: %j', async (text) => {
    writeFileSync(path, text);
    expect(await readThere()).toBe(text);
  });

  it('is so, too, where the system gives it byte by byte', async () => {
    const calls = await byteCalls();
    const { read } = calls;
    vi.spyOn(calls, 'read').mockImplementation(function (this: ByteCalls, to, at, _, from) {
      return read.call(this, to, at, 1, from);
    });
    expect(await readThere()).toBe(OLD);
  });

  it('is no part of a file that became shorter meanwhile', async () => {
    const calls = await byteCalls();
    vi.spyOn(calls, 'read').mockResolvedValueOnce({ bytesRead: 0 }).mockRejectedValue(failing('EIO'));
    await expect(readThere()).rejects.toMatchObject({ kind: 'input-changed', reason: 'the file became shorter' });
  });

  it('is nothing of one that is longer than it may be', async () => {
    writeFileSync(path, 'x'.repeat(MOST + 1));
    await expect(readThere()).rejects.toMatchObject({ kind: 'input-limit' });
    writeFileSync(path, 'x'.repeat(MOST));
    expect(await readThere()).toHaveLength(MOST);
  });
});

describe('what is appended', () => {
  it('stands behind what was there, or makes the file', async () => {
    await append(NEW);
    expect(readFileSync(path, 'utf8')).toBe(OLD + NEW);
    path = join(folder, 'new');
    await append(NEW);
    expect(readFileSync(path, 'utf8')).toBe(NEW);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('is whole where the system writes byte by byte', async () => {
    const calls = await byteCalls();
    const { write } = calls;
    vi.spyOn(calls, 'write').mockImplementation(function (this: ByteCalls, from, at, _, to) {
      return write.call(this, from, at, 1, to);
    });
    await append(NEW);
    expect(readFileSync(path, 'utf8')).toBe(OLD + NEW);
  });

  it('is a fault of a full disk where nothing is written, and what was there stays', async () => {
    const calls = await byteCalls();
    vi.spyOn(calls, 'write').mockResolvedValueOnce({ bytesWritten: 0 }).mockRejectedValue(failing('EIO'));
    await expect(append(NEW)).rejects.toThrow('could not append to the file (ENOSPC)');
    expect(readFileSync(path, 'utf8')).toBe(OLD);
  });

  it('and is not what was written is cut off again, and nobody is told to trust that disk', async () => {
    const calls = await byteCalls();
    const { write } = calls;
    vi.spyOn(calls, 'write').mockImplementation(function (this: ByteCalls, from, at, length, to) {
      return write.call(
        this,
        from.map((byte) => byte ^ 1),
        at,
        length,
        to,
      );
    });
    await expect(append(NEW)).rejects.toMatchObject({
      kind: 'report-write-failed',
      reason: 'what was read back is not what was written',
      advice: expect.stringContaining('do not trust this disk'),
    });
    expect(readFileSync(path, 'utf8')).toBe(OLD);
  });

  it('goes into no file that came meanwhile', async () => {
    path = join(folder, 'late');
    const appending = withLockedFile(path, MOST, async (file) => {
      writeFileSync(path, OLD);
      await file.append(bytes(NEW));
    });
    await expect(appending).rejects.toThrow('could not make the file (EEXIST)');
    expect(readFileSync(path, 'utf8')).toBe(OLD);
  });

  it('goes into no file that has two names, or is none', async () => {
    linkSync(path, `${path}-too`);
    await expect(append(NEW)).rejects.toThrow('the file has a second name (a hard link)');
    path = folder;
    await expect(append(NEW)).rejects.toMatchObject({ kind: 'report-write-failed' });
  });
});
