/**
 * Files written whole or not at all: beside the target first, synced, read back, then renamed over it.
 *
 * A process that is killed at any moment leaves the old file or the new one, never a part of one. Reading back is for
 * the write that reports success and stores nothing: without it such a disk gives an empty report and exit code 0.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants, rmSync, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, realpath, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';

/** What was written, as it was read back. */
export interface Written {
  readonly sha256: Hash;
  /** Length in bytes. */
  readonly bytes: number;
}

/** A link that leads to itself leads to nothing, as one whose target is gone does. */
async function statsOrNothing(look: () => Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await look();
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT' || codeOf(fault) === 'ELOOP') return undefined;
    throw fault;
  }
}

/**
 * Refuses targets that a rename would destroy (a device, a pipe, a folder) or that are somebody's open descriptor.
 * A symbolic link is no such target: the rename replaces the link and leaves alone what it leads to.
 *
 * @returns the folder of the target with all links resolved, so that `..` after a link means one place throughout
 */
async function folderOf(path: string): Promise<string> {
  if (path === '' || path.includes('\0') || path.endsWith('/') || path.endsWith(sep)) {
    throw new ReportWriteError(path, 'the path does not name a file', 'give the name of a file');
  }
  const folder = await realpath(dirname(path));
  if (folder === '/dev' || folder === '/proc' || folder.startsWith('/proc/')) {
    throw new ReportWriteError(
      path,
      'the path names a device or a descriptor',
      'write to standard output (-) and redirect that',
    );
  }
  const entry = await statsOrNothing(() => lstat(path));
  const found = entry?.isSymbolicLink() ? await statsOrNothing(() => stat(path)) : entry;
  if (found === undefined || found.isFile()) return folder;
  const advice = found.isDirectory()
    ? 'give the name of a file inside it'
    : 'write to standard output (-) and redirect that';
  throw new ReportWriteError(
    path,
    `there is a ${found.isDirectory() ? 'folder' : 'device or pipe'} of that name`,
    advice,
  );
}

/** One chunk at `position` bytes from the start, or at the end where it is null, however many writes the system makes of it. */
export async function writeAll(file: FileHandle, chunk: Uint8Array, position: number | null): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const at = position === null ? null : position + done;
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at);
    if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
    done += bytesWritten;
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Writes and syncs; a fault of `chunks` itself is passed on as it is, since it is not one of the disk. */
async function fill(path: string, file: FileHandle, chunks: AsyncIterable<Uint8Array>, mode: number): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    await attempt(path, 'write the file', () => writeAll(file, chunk, bytes));
    bytes += chunk.length;
  }
  // Private until whole: nobody else reads a part of it, and what a killed run leaves behind stays private.
  await attempt(path, 'set the mode of the file', () => file.chmod(mode));
  await attempt(path, 'sync the file', () => file.sync());
  return { sha256: hash.digest('hex'), bytes };
}

/** Each read wakes another thread, which costs more than the copy: large, but for what is small itself. */
const READ_BACK_BYTES = 512 * 1024;

async function readBack(temporary: string, expected: number): Promise<Written> {
  const file = await open(temporary, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createHash('sha256');
    const buffer = new Uint8Array(Math.min(READ_BACK_BYTES, expected + 1));
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return { sha256: hash.digest('hex'), bytes };
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/**
 * Makes the new name durable. Some file systems cannot sync a folder: there the rename alone must do.
 *
 * @param path - how to name what was written, in a fault
 */
export async function syncFolder(path: string, folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (fault) {
    if (['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EACCES'].includes(codeOf(fault))) return;
    throw writeFault(path, 'sync the folder: the file is in place, but may not survive a power cut', fault);
  }
}

/** Temporary files of this process that are in use: no end that it comes to by itself leaves one behind. */
const inUse = new Set<string>();

function removeAllInUse(): void {
  for (const temporary of inUse) {
    try {
      rmSync(temporary);
    } catch {
      // The next run removes it; the exit code is what matters now.
    }
  }
}

function noteInUse(temporary: string): void {
  if (inUse.size === 0) process.once('exit', removeAllInUse);
  inUse.add(temporary);
}

function noteGone(temporary: string): void {
  inUse.delete(temporary);
  if (inUse.size === 0) process.off('exit', removeAllInUse);
}

/**
 * A file that is to be written whole. Once it is open its temporary file lies beside the target, which is as it was: so
 * what cannot be written is found before there is anything to write.
 */
export class WholeFile {
  readonly path: string;
  readonly #target: string;
  readonly #temporary: string;
  readonly #mode: number;
  #file: FileHandle | undefined;
  /** What the rename has put in the place of the target. */
  #placed: Stats | undefined;

  private constructor(path: string, target: string, temporary: string, file: FileHandle, mode: number) {
    this.path = path;
    this.#target = target;
    this.#temporary = temporary;
    this.#file = file;
    this.#mode = mode;
  }

  /**
   * @param path - the file; its folder must exist
   * @param mode - its permissions; by default readable by all, as far as the umask lets it
   * @throws ReportWriteError if it cannot be written, with what to do
   */
  static async open(path: string, mode: number = 0o644 & ~process.umask()): Promise<WholeFile> {
    const folder = await attempt(path, LOOK_AT_TARGET, () => folderOf(path));
    const name = basename(path);
    await removeLeftovers(folder, stemOf(name));
    const temporary = join(folder, `.${stemOf(name)}.${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
    const file = await attempt(path, 'create a temporary file beside it', () => open(temporary, 'wx', 0o600));
    noteInUse(temporary);
    return new WholeFile(path, join(folder, name), temporary, file, mode);
  }

  /**
   * Writes, syncs and reads back; the target is still as it was.
   *
   * @param bytes - the content, at once or in chunks
   * @returns SHA-256 and length of what was read back from the disk
   * @throws ReportWriteError if it could not be written; and whatever `bytes` itself throws
   */
  async fill(bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<Written> {
    const { path } = this;
    const file = this.#file;
    if (file === undefined) throw new RangeError('a file is filled once');
    const written = await fill(path, file, bytes instanceof Uint8Array ? one(bytes) : bytes, this.#mode);
    this.#file = undefined;
    await attempt(path, 'close the file', () => file.close());
    const found = await attempt(path, 'read back the file', () => readBack(this.#temporary, written.bytes));
    if (found.sha256 === written.sha256 && found.bytes === written.bytes) return written;
    const reason = `what was read back (${found.bytes} bytes) is not what was written (${written.bytes} bytes)`;
    throw new ReportWriteError(path, reason, 'do not trust this disk: write elsewhere');
  }

  /**
   * Puts what was filled in the place of the target. A symbolic link of that name is replaced, never followed.
   *
   * @param isNew - whether nothing may be there: what has come since is refused as `EEXIST` then, and stays
   */
  async commit(isNew = false): Promise<void> {
    const { path } = this;
    const placed = await attempt(path, 'look at the file', () => lstat(this.#temporary));
    await attempt(path, 'put the file in its place', () =>
      isNew ? this.#link() : rename(this.#temporary, this.#target),
    );
    // A program that writes many would remember the names of all; of a second name this one is still there.
    if (!isNew) noteGone(this.#temporary);
    this.#placed = placed;
    await syncFolder(path, dirname(this.#target));
  }

  async #link(): Promise<void> {
    try {
      await link(this.#temporary, this.#target);
    } catch (fault) {
      // Some file systems have no second names.
      if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(codeOf(fault))) throw fault;
      await rename(this.#temporary, this.#target);
    }
  }

  /** Lets go of it: nothing of it stays behind but a file that `commit` has put in its place. */
  async close(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
    await rm(this.#temporary, { force: true }).catch(() => undefined);
    noteGone(this.#temporary);
  }

  /** Removes what there is of it, also the file that `commit` has put in its place. */
  async discard(): Promise<void> {
    await this.close();
    const placed = this.#placed;
    if (placed === undefined) return;
    const found = await lstat(this.#target).catch(() => undefined);
    // Somebody else's file may be there by now.
    if (found?.dev === placed.dev && found.ino === placed.ino) await rm(this.#target, { force: true });
  }
}

/**
 * Writes `path` whole or leaves it as it was. A symbolic link of that name is replaced, never followed.
 *
 * @param path - the file; its folder must exist
 * @param bytes - its content, at once or in chunks
 * @param mode - its permissions; by default readable by all, as far as the umask lets it
 * @returns SHA-256 and length of what was read back from the disk
 * @throws ReportWriteError if it could not be written, with what to do; and whatever `bytes` itself throws
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  mode?: number,
): Promise<Written> {
  const file = await WholeFile.open(path, mode);
  try {
    const written = await file.fill(bytes);
    await file.commit();
    return written;
  } catch (fault) {
    // A file that is in its place and could not be made durable stays: it is whole.
    await file.close();
    throw fault;
  }
}

/* What keeps a file or a folder from being written, with what to do about it. */

/** A file could not be written whole. What was there before is still there. */
export class ReportWriteError extends EvidenceError {
  override readonly name: string = 'ReportWriteError';

  /**
   * @param path - the file that was to be written
   * @param reason - what went wrong
   * @param advice - what to do about it
   */
  constructor(path: string, reason: string, advice: string, cause?: unknown) {
    super('report-write-failed', reason, { where: { file: path }, advice, cause });
  }
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'create the folder first'],
  ['ENOTDIR', 'a part of the path is a file: give a path inside a folder'],
  ['EISDIR', 'give the name of a file, not of a folder'],
  ['EACCES', 'write to a folder that you may write to'],
  ['EPERM', 'write to a folder that you may write to'],
  ['EROFS', 'the file system is read-only: write elsewhere'],
  ['ENOSPC', 'free some space or write to another disk'],
  ['EDQUOT', 'free some space or write to another disk'],
  ['EFBIG', 'the size limit of this process or file system is too small: raise it or write elsewhere'],
  ['ENAMETOOLONG', 'give a shorter name'],
  ['ELOOP', 'a link in its path leads to itself: mend or remove that link, or give another folder'],
]);

/** What to do about a fault of the file system by its code, where that says it. */
export function adviceOn(code: string): string | undefined {
  return ADVICE.get(code);
}

/** The first that is done for a file that is to be written: nothing but its folder can be missing then. */
export const LOOK_AT_TARGET = 'look at the target';

/** Names a fault of the file system; `what` is what could not be done. */
export function writeFault(path: string, what: string, fault: unknown): ReportWriteError {
  if (fault instanceof ReportWriteError) return fault;
  const code = codeOf(fault);
  if (code === 'ENOENT' && what === LOOK_AT_TARGET) {
    return new ReportWriteError(path, `there is no folder ${dirname(path)}`, 'create it first', fault);
  }
  return new ReportWriteError(path, `could not ${what} (${code})`, ADVICE.get(code) ?? 'write it elsewhere', fault);
}

/** Does `action`; what the system refuses is named as a fault of writing `path`. `what` is what could not be done. */
export async function attempt<T>(path: string, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (fault) {
    throw writeFault(path, what, fault);
  }
}

/* Temporary files that a killed run left behind: found by their exact name, removed by the next run. */

/** Whether a process of that id is there; one that may not be signalled is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return codeOf(fault) !== 'ESRCH';
  }
}

/** The process that made `name` as a temporary file for the target with that stem, if `name` is one. */
function makerOf(name: string, stem: string): number | undefined {
  const prefix = `.${stem}.`;
  if (!name.startsWith(prefix) || !name.endsWith('.tmp')) return undefined;
  const match = /^([1-9][0-9]{0,9})-[0-9a-f]{16}$/.exec(name.slice(prefix.length, -'.tmp'.length));
  return match === null ? undefined : Number(match[1]);
}

/**
 * Removes what killed runs left of a file in `folder`: regular files named `.STEM.<pid>-<16 hex digits>.tmp`, whose
 * process is gone. A process of another machine on a shared folder looks gone too: it then fails to rename its file
 * and says so, which is safe. Faults are passed over, because litter is no reason not to write.
 *
 * @param stem - what stands for the name of the file: `stemOf` it
 */
async function removeLeftovers(folder: string, stem: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const maker = makerOf(name, stem);
    if (maker === undefined || isAlive(maker)) continue;
    const found = await lstat(join(folder, name)).catch(() => undefined);
    if (found?.isFile()) await unlink(join(folder, name)).catch(() => undefined);
  }
}

/* Names for what lies beside a file for a while: its name with something before and behind it, and never too long. */

/**
 * Most bytes of a name that is taken over as it is. What is put around it has 40 at most, and the strictest file system
 * in use (eCryptfs) takes names of 143; all others take 255, and a target may have all of them.
 */
const LONGEST_BYTES = 100;

/**
 * What stands for `name` in the names of its companions: `name` itself, or 32 hex digits of its SHA-256 where that would
 * make them too long.
 *
 * @param name - of the target, without its folder
 */
export function stemOf(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_BYTES) return name;
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}
