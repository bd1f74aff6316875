/**
 * Files of a bundle that are named by hashes, while they are written: each once, in 256 folders. What is there is not
 * held: the names in the folders are the list.
 *
 * Synchronous for the same reason as in the reader: there are as many files as records.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import { ReportWriteError, writeFault } from '../files/write-whole-file.ts';
import { fanOf, fileOf, hashOfFile } from './layout.ts';

export const FILE_MODE: number = 0o644;
const FOLDER_MODE = 0o755;

function isThere(fault: unknown): boolean {
  return codeOf(fault) === 'EEXIST';
}

/** Does `work`; what the system refuses is named as a fault of writing `asked`. `what` is what could not be done. */
export function guarded<T>(asked: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (fault) {
    // Mistakes of the program are not faults of the disk.
    if (fault instanceof TypeError || fault instanceof RangeError) throw fault;
    throw writeFault(asked, what, fault);
  }
}

export class FanOut {
  readonly #asked: string;
  readonly #folder: string;
  readonly #fans: Set<string> = new Set();
  /** How many files there are, and the sum of their lengths. */
  count = 0;
  bytes = 0;

  /**
   * @param asked - how to name the bundle in a fault
   * @param folder - the folder of the folders, which is made
   * @throws ReportWriteError if it cannot be made
   */
  constructor(asked: string, folder: string) {
    this.#asked = asked;
    this.#folder = folder;
    guarded(asked, 'make a folder', () => mkdirSync(folder, { mode: FOLDER_MODE }));
  }

  path(hash: Hash): string {
    return join(this.#folder, fanOf(hash), fileOf(hash));
  }

  #makeFan(fan: string): void {
    if (this.#fans.has(fan)) return;
    mkdirSync(join(this.#folder, fan), { mode: FOLDER_MODE });
    this.#fans.add(fan);
  }

  #note(bytes: number): void {
    this.count++;
    this.bytes += bytes;
  }

  has(hash: Hash): boolean {
    return existsSync(this.path(hash));
  }

  /** Writes the file of `hash`, unless it is there. */
  write(hash: Hash, bytes: Uint8Array): void {
    this.#makeFan(fanOf(hash));
    let file: number;
    try {
      file = openSync(this.path(hash), 'wx', FILE_MODE);
    } catch (fault) {
      if (isThere(fault)) return;
      throw fault;
    }
    try {
      for (let done = 0; done < bytes.length; ) {
        const bytesWritten = writeSync(file, bytes, done, bytes.length - done, done);
        if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
        done += bytesWritten;
      }
    } finally {
      closeSync(file);
    }
    this.#note(bytes.length);
  }

  /** Makes the file `old`, which has `bytes` bytes, the file of `hash`. */
  take(hash: Hash, old: string, bytes: number): void {
    this.#makeFan(fanOf(hash));
    renameSync(old, this.path(hash));
    this.#note(bytes);
  }

  /** The hashes of all files, in order, as they lie in the folders; a folder at a time is held. */
  *hashes(): Generator<Hash> {
    for (const fan of [...this.#fans].sort()) {
      const names = guarded(this.#asked, 'list what was written', () => readdirSync(join(this.#folder, fan)));
      for (const name of names.sort()) {
        const hash = hashOfFile(fan, name);
        if (hash === undefined)
          throw new ReportWriteError(this.#asked, `another program wrote ${name} into it`, 'repeat it');
        yield hash;
      }
    }
  }
}
