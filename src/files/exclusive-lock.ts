/**
 * One process at a time: a lock file beside the file that it guards.
 *
 * The lock comes into being by `link`, which gives it a name and its content in one step, and fails if it is there. Who
 * holds it is in it: a lock whose process is gone is removed, by one process at a time (a second lock, `.break`), which
 * looks again before it removes anything; so nobody removes a lock that was taken meanwhile. A process that dies just
 * then leaves `.break` behind: then nobody goes on, and the fault says what to remove by hand.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { adviceOn, isAlive } from './write-whole-file.ts';

const LONGEST_WAIT_MS = 30_000;
const BETWEEN_TRIES_MS = 20;

function lockFault(path: string, reason: string, advice: string, cause?: unknown): EvidenceError {
  return new EvidenceError('source-incomplete', reason, { where: { file: path }, advice, cause });
}

/** Takes the lock `path`; false if it is there already. */
async function take(path: string): Promise<boolean> {
  const token = `${process.pid}-${randomBytes(8).toString('hex')}`;
  const temporary = join(dirname(path), `.${basename(path)}.${token}.tmp`);
  try {
    await writeFile(temporary, `${process.pid} ${hostname()}\n`, { flag: 'wx', mode: 0o644 });
    await link(temporary, path);
    return true;
  } catch (fault) {
    const code = codeOf(fault);
    if (code === 'EEXIST') return false;
    const advice = adviceOn(code) ?? 'check the folder and its permissions';
    throw lockFault(path, `the lock could not be taken (${code})`, advice, fault);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** Who holds the lock, as it says itself; undefined if it is gone. */
async function holderOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return undefined;
    throw lockFault(path, `the lock cannot be read (${codeOf(fault)})`, 'check its permissions', fault);
  }
}

/** A process of another machine cannot be looked for: its lock is never taken for a stale one. */
function isStale(holder: string): boolean {
  const [, pid, host] = /^([1-9][0-9]{0,9}) (\S+)\n$/.exec(holder) ?? [];
  return pid !== undefined && host === hostname() && !isAlive(Number(pid));
}

/** Removes the lock if its process is gone. */
async function removeStale(path: string): Promise<void> {
  const before = await holderOf(path);
  if (before === undefined || !isStale(before)) return;
  const guard = `${path}.break`;
  if (!(await take(guard))) return;
  try {
    const holder = await holderOf(path);
    if (holder !== undefined && isStale(holder)) await unlink(path);
  } finally {
    await unlink(guard);
  }
}

async function acquire(path: string, longestWaitMs: number): Promise<void> {
  const until = performance.now() + longestWaitMs;
  while (!(await take(path))) {
    await removeStale(path);
    if (performance.now() > until) {
      const holder = (await holderOf(path))?.trim().slice(0, 100) ?? 'nobody now';
      const advice = `if that process is gone, remove ${path} and, if it is there, ${path}.break`;
      throw lockFault(path, `another process holds the lock (process and machine: ${holder})`, advice);
    }
    await sleep(BETWEEN_TRIES_MS * (1 + Math.random()));
  }
}

/**
 * Runs `action` while no other process on this machine does the same for `path`.
 *
 * @param path - the lock file, beside what it guards
 * @param longestWaitMs - how long the lock is waited for, in milliseconds; half a minute
 * @throws EvidenceError `source-incomplete` if the lock cannot be had in that time; and what `action` throws
 */
export async function exclusively<T>(
  path: string,
  action: () => Promise<T>,
  longestWaitMs: number = LONGEST_WAIT_MS,
): Promise<T> {
  await acquire(path, longestWaitMs);
  try {
    return await action();
  } finally {
    await unlink(path);
  }
}
