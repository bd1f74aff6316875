/** A file that only grows, line by line: what is there is never written again. */
import { Buffer } from 'node:buffer';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { exclusively } from './exclusive-lock.ts';
import { ReportWriteError, stemOf, syncFolder, writeAll } from './write-whole-file.ts';

/** `O_APPEND`: whatever else writes, nothing that is there is written over. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function writeFault(path: string, what: string, cause: unknown): EvidenceError {
  if (cause instanceof EvidenceError) return cause;
  return new ReportWriteError(
    path,
    `could not ${what} (${codeOf(cause)})`,
    'check folder, permissions and space',
    cause,
  );
}

/** The one name of a file that may have several, so that all who write to it share one lock. */
export async function oneName(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (fault) {
    if (codeOf(fault) !== 'ENOENT') throw writeFault(path, 'find the file', fault);
  }
  // A link that leads nowhere would be a second name for whatever comes to lie there.
  const entry = await lstat(path).catch(() => undefined);
  // A file that another process has just made is no link: `path` is its name.
  if (entry?.isSymbolicLink()) throw new ReportWriteError(path, 'a link that leads nowhere', 'name the file itself');
  try {
    return join(await realpath(dirname(path)), basename(path));
  } catch (fault) {
    throw writeFault(path, 'find the folder', fault);
  }
}

async function readAll(path: string, file: FileHandle, mostBytes: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (size > mostBytes)
    throw new EvidenceError('input-limit', `longer than ${mostBytes} bytes`, { where: { file: path } });
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, size - done, done);
    if (bytesRead === 0) throw new EvidenceError('input-changed', 'the file became shorter', { where: { file: path } });
    done += bytesRead;
  }
  return bytes;
}

/** The file, locked for this process until the action that got it is done. */
export class LockedFile {
  readonly #path: string;
  readonly #name: string;
  readonly #mostBytes: number;
  #file: FileHandle | undefined;

  /**
   * @param path - how the user calls it
   * @param name - its one name
   * @param file - undefined if it is not there yet: the first line makes it
   */
  constructor(path: string, name: string, file: FileHandle | undefined, mostBytes: number) {
    this.#path = path;
    this.#name = name;
    this.#file = file;
    this.#mostBytes = mostBytes;
  }

  /**
   * All of it; nothing if it is not there yet.
   *
   * @throws EvidenceError `input-limit` or `input-changed`
   */
  async read(): Promise<Uint8Array> {
    return this.#file === undefined ? new Uint8Array(0) : readAll(this.#path, this.#file, this.#mostBytes);
  }

  /**
   * Appends, syncs and reads back.
   *
   * @throws EvidenceError `report-write-failed`. What was written of it is cut off again, if the disk lets that be done
   */
  async append(bytes: Uint8Array): Promise<void> {
    let file: FileHandle;
    try {
      file = this.#file ??= await open(this.#name, FLAGS | constants.O_CREAT | constants.O_EXCL, 0o644);
      await syncFolder(this.#path, dirname(this.#name));
    } catch (fault) {
      throw writeFault(this.#path, 'make the file', fault);
    }
    const { size } = await file.stat();
    try {
      await writeAll(file, bytes, null);
      await file.sync();
      const found = await this.read();
      if (Buffer.compare(found.subarray(size), bytes) !== 0) {
        const advice = 'do not trust this disk, or what else writes to the file';
        throw new ReportWriteError(this.#path, 'what was read back is not what was written', advice);
      }
    } catch (fault) {
      await file.truncate(size).catch(() => undefined);
      throw writeFault(this.#path, 'append to the file', fault);
    }
  }

  /**
   * Cuts off what lies behind `length` bytes: the one exception to "never written again", for a line that was never
   * finished. Whoever calls this has kept a copy.
   */
  async cut(length: number): Promise<void> {
    try {
      await this.#file?.truncate(length);
      await this.#file?.sync();
    } catch (fault) {
      throw writeFault(this.#path, 'cut off the unfinished line', fault);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** Undefined if there is no such file yet. */
async function opened(path: string, name: string): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    file = await open(name, FLAGS);
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return undefined;
    throw writeFault(path, 'open the file', fault);
  }
  const stats = await file.stat();
  if (stats.isFile() && stats.nlink === 1) return file;
  await file.close();
  const reason = stats.isFile() ? 'the file has a second name (a hard link)' : 'not a regular file';
  throw new ReportWriteError(path, reason, 'give a file of its own: two names would be two locks');
}

/**
 * Opens `path` and runs `action` while no other process does the same. A file that is not there is made by the first
 * line that is appended.
 *
 * @param mostBytes - a longer file is refused
 * @throws EvidenceError if the file cannot be opened or locked; and what `action` throws
 */
export async function withLockedFile<T>(
  path: string,
  mostBytes: number,
  action: (file: LockedFile) => Promise<T>,
): Promise<T> {
  const name = await oneName(path);
  return exclusively(join(dirname(name), `${stemOf(basename(name))}.lock`), async () => {
    const file = new LockedFile(path, name, await opened(path, name), mostBytes);
    try {
      return await action(file);
    } finally {
      await file.close();
    }
  });
}
