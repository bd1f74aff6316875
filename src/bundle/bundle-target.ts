/**
 * Where an export is made until it is whole: a folder beside the target, `.STEM.<pid>-<16 hex digits>.partial`. It is
 * private, and its name says whether somebody is still at it.
 */
import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive } from '../files/leftovers.ts';
import { stemOf } from '../files/temporary-name.ts';
import { attempt, ReportWriteError } from '../files/write-fault.ts';

/** Folders that this very process is at. */
const atWork = new Set<string>();

export interface Partial {
  /** The folder that is filled. */
  readonly path: string;
  /** Where it goes when it is whole. */
  readonly target: string;
  /** Whether it was taken over from an export that was broken off. */
  readonly takenOver: boolean;
}

/** The folder of the target, and its name in it, with links on the way resolved. */
async function placeOf(path: string): Promise<{ readonly parent: string; readonly name: string }> {
  const trimmed = path.replace(/\/+$/, '');
  const name = basename(trimmed);
  if (trimmed === '' || path.includes('\0') || name === '.' || name === '..') {
    throw new ReportWriteError(path, 'the path names no folder that could be made', 'give the name of a new folder');
  }
  return { parent: await realpath(dirname(trimmed)), name };
}

/** Nothing is ever replaced by an export: what is there may be the only copy of an older one. */
async function requireFree(path: string, target: string): Promise<void> {
  const found = await lstat(target).catch((fault: unknown) => {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  });
  if (found === undefined) return;
  const advice = 'an export replaces nothing: give the name of a new folder';
  if (!found.isDirectory())
    throw new ReportWriteError(path, 'there is something of that name that is no folder', advice);
  if ((await readdir(target)).length > 0)
    throw new ReportWriteError(path, 'there is a folder of that name with something in it', advice);
}

/** Names of folders that exports to the same target have left behind, of processes that are gone. */
async function leftBehind(parent: string, name: string): Promise<readonly string[]> {
  const prefix = `.${stemOf(name)}.`;
  const found: string[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.startsWith(prefix)) continue;
    const match = /^([1-9][0-9]{0,9})-[0-9a-f]{16}\.partial$/.exec(entry.name.slice(prefix.length));
    if (match === null) continue;
    const maker = Number(match[1]);
    const path = join(parent, entry.name);
    if (maker === process.pid ? !atWork.has(path) : !isAlive(maker)) found.push(entry.name);
  }
  return found;
}

/** Takes one over by renaming it, which only one process can do; the others are removed. */
async function claim(parent: string, names: readonly string[], mine: string, resume: boolean): Promise<boolean> {
  let claimed = false;
  for (const name of names) {
    const old = join(parent, name);
    if (resume && !claimed)
      claimed = await rename(old, mine).then(
        () => true,
        () => false,
      );
    else await rm(old, { recursive: true, force: true });
  }
  return claimed;
}

/**
 * Makes the folder in which an export to `path` is made.
 *
 * @param resume - whether one that was broken off is taken over; else it is removed
 * @throws ReportWriteError if there is something at `path`, or the folder cannot be made
 */
export async function startPartial(path: string, resume: boolean): Promise<Partial> {
  const { parent, name } = await attempt(path, 'look at the target', () => placeOf(path));
  const target = join(parent, name);
  await attempt(path, 'look at the target', () => requireFree(path, target));
  const mine = join(parent, `.${stemOf(name)}.${process.pid}-${randomBytes(8).toString('hex')}.partial`);
  atWork.add(mine);
  try {
    const names = await attempt(path, 'look for unfinished exports', () => leftBehind(parent, name));
    const takenOver = await attempt(path, 'clear away unfinished exports', () => claim(parent, names, mine, resume));
    if (!takenOver) await attempt(path, 'make a folder beside it', () => mkdir(mine, 0o700));
    return { path: mine, target, takenOver };
  } catch (fault) {
    atWork.delete(mine);
    throw fault;
  }
}

/** Puts the folder in its place. An empty folder of that name is replaced, and nothing else. */
export async function finishPartial(asked: string, { path, target }: Partial): Promise<void> {
  // Private until whole, as every file that is written.
  await attempt(asked, 'set the mode of the folder', () => chmod(path, 0o755 & ~process.umask()));
  await attempt(asked, 'put the folder in its place', () => rename(path, target));
  atWork.delete(path);
}

/** Leaves the folder for a later run, or removes it. */
export async function leavePartial({ path }: Partial, keep: boolean): Promise<void> {
  if (!keep) await rm(path, { recursive: true, force: true });
  atWork.delete(path);
}
