/** A lock that somebody holds is waited for, and then named; what it guards is left alone. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { exclusively } from '../../src/files/exclusive-lock.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
let made = 0;
const newLock = (): string => join(folder, `${made++}.lock`);

const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('a lock', () => {
  it.each([
    ['a process that lives', `${process.pid} ${hostname()}\n`],
    ['another machine', `${deadPid()} another-machine\n`],
    ['nobody', ''],
    ['something else', 'x'.repeat(200)],
  ])('that %s holds is waited for, then named, and stays', async (_, holder) => {
    const path = newLock();
    writeFileSync(path, holder);
    const startedMs = performance.now();
    let ran = false;
    const fault = await exclusively(path, async () => (ran = true), 150).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(EvidenceError);
    expect(String(fault)).toMatch(/another process holds the lock/);
    expect(String(fault)).toContain(`remove ${path}`);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(150);
    expect(ran).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe(holder);
  });

  it('that is let go is had', async () => {
    const path = newLock();
    writeFileSync(path, `${process.pid} ${hostname()}\n`);
    setTimeout(() => unlinkSync(path), 100);
    expect(await exclusively(path, async () => readFileSync(path, 'utf8'))).toBe(`${process.pid} ${hostname()}\n`);
    expect(existsSync(path)).toBe(false);
  });

  it('of a process that is gone is had, and nothing of it stays', async () => {
    const path = newLock();
    writeFileSync(path, `${deadPid()} ${hostname()}\n`);
    expect(await exclusively(path, async () => 'done')).toBe('done');
    expect([existsSync(path), existsSync(`${path}.break`)]).toEqual([false, false]);
  });

  it('goes also where the action fails', async () => {
    const path = newLock();
    await expect(exclusively(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });

  it('that cannot be made says why, and what to do', async () => {
    const path = join(folder, 'nowhere', 'a.lock');
    await expect(exclusively(path, async () => 0)).rejects.toThrow(
      'the lock could not be taken (ENOENT); create the folder first',
    );
  });

  it('that cannot be read is waited for by nobody', async () => {
    const path = newLock();
    mkdirSync(path);
    await expect(exclusively(path, async () => 0, 0)).rejects.toThrow('the lock cannot be read (EISDIR)');
  });

  it('can be read by whoever waits for it, and written by nobody else', async () => {
    const path = newLock();
    const mode = await exclusively(path, async () => lstatSync(path).mode & 0o777);
    expect(mode).toBe(0o644 & ~process.umask());
  });

  it('lets one in at a time', async () => {
    const path = newLock();
    let inside = 0;
    const action = async (): Promise<void> => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => exclusively(path, action)));
  });
});
