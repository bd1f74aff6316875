/**
 * The bodies of a bundle while it is made: each is written once, under its digest. What an export left that was broken
 * off is used where it is byte for byte the body at hand.
 *
 * Synchronous for the same reason as in the reader: there are as many bodies as records.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '../core/platform.ts';
import { BODIES_NAME, bodyFile, bodyFolder, bodyPath, digestOfBody } from '../core/snapshot/bundle-layout.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { BodySink } from './capture.ts';
import { codeOf, ReportWriteError, writeFault } from './write-fault.ts';

const KEPT = 'kept-';
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

function isThere(fault: unknown): boolean {
  return codeOf(fault) === 'EEXIST';
}

export class BundleBodies implements BodySink {
  readonly #asked: string;
  readonly #folder: string;
  readonly #kept: readonly string[];
  readonly #fans: Set<string> = new Set();
  /** How many there are, and the sum of their lengths. */
  count = 0;
  bytes = 0;
  /** How many of them were there before. */
  takenOver = 0;

  /**
   * @param asked - how to name the bundle in a fault
   * @param folder - where it is made; all that an earlier run left in it is set aside first
   */
  constructor(asked: string, folder: string) {
    this.#asked = asked;
    this.#folder = folder;
    this.#kept = this.#guarded('set aside what an earlier export left', () => this.#setAside());
  }

  /** Bodies of earlier runs keep their names, in folders that the bundle will not have; all else is made anew. */
  #setAside(): readonly string[] {
    const kept: string[] = [];
    for (const name of readdirSync(this.#folder)) {
      if (/^kept-[0-9]+$/.test(name)) kept.push(name);
      else if (name !== BODIES_NAME) rmSync(join(this.#folder, name), { recursive: true, force: true });
    }
    const next = `${KEPT}${kept.length === 0 ? 0 : Math.max(...kept.map((name) => Number(name.slice(KEPT.length)))) + 1}`;
    if (existsSync(join(this.#folder, BODIES_NAME))) {
      renameSync(join(this.#folder, BODIES_NAME), join(this.#folder, next));
      kept.push(next);
    }
    mkdirSync(join(this.#folder, BODIES_NAME), { mode: FOLDER_MODE });
    return kept.map((name) => join(this.#folder, name));
  }

  put({ body, bodyDigest }: EvidenceRecord): void {
    // Its source has told that it lost it: no bundle comes of that, and the others are still read.
    if (body === undefined) return;
    const digest = bodyDigest.slice('sha256:'.length);
    this.#guarded('write a body', () => this.#put(digest, body));
  }

  #put(digest: Hash, body: Uint8Array): void {
    this.#makeFan(bodyFolder(digest));
    const path = join(this.#folder, bodyPath(digest));
    if (this.#kept.length > 0) {
      if (existsSync(path)) return;
      if (this.#takeOver(digest, body, path)) return;
    }
    let file: number;
    try {
      file = openSync(path, 'wx', FILE_MODE);
    } catch (fault) {
      if (isThere(fault)) return;
      throw fault;
    }
    try {
      for (let done = 0; done < body.length; ) {
        const bytesWritten = writeSync(file, body, done, body.length - done, done);
        if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
        done += bytesWritten;
      }
    } finally {
      closeSync(file);
    }
    this.#note(body);
  }

  #note(body: Uint8Array): void {
    this.count++;
    this.bytes += body.length;
  }

  #makeFan(fan: string): void {
    if (this.#fans.has(fan)) return;
    mkdirSync(join(this.#folder, BODIES_NAME, fan), { mode: FOLDER_MODE });
    this.#fans.add(fan);
  }

  /** Uses what an earlier run has written, if it is this very body. */
  #takeOver(digest: Hash, body: Uint8Array, path: string): boolean {
    for (const kept of this.#kept) {
      const old = join(kept, bodyFolder(digest), bodyFile(digest));
      if (!holds(old, body)) continue;
      renameSync(old, path);
      this.takenOver++;
      this.#note(body);
      return true;
    }
    return false;
  }

  /** Removes what no record needed. */
  clear(): void {
    this.#guarded('remove what an earlier export left', () => {
      for (const kept of this.#kept) rmSync(kept, { recursive: true, force: true });
    });
  }

  /** The digests of all bodies, in order, as they lie in the folders; a folder at a time is held. */
  *digests(): Generator<Hash> {
    for (const fan of [...this.#fans].sort()) {
      const names = this.#guarded('list the bodies', () => readdirSync(join(this.#folder, BODIES_NAME, fan)));
      for (const name of names.sort()) {
        const digest = digestOfBody(fan, name);
        if (digest === undefined)
          throw new ReportWriteError(this.#asked, `another program wrote ${name} into it`, 'repeat it');
        yield digest;
      }
    }
  }

  #guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (fault) {
      // Mistakes of the program are not faults of the disk.
      if (fault instanceof TypeError || fault instanceof RangeError) throw fault;
      throw writeFault(this.#asked, what, fault);
    }
  }
}

/** Whether the file `path` is there and holds just `body`. */
function holds(path: string, body: Uint8Array): boolean {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    const stats = fstatSync(file);
    const isOurs = stats.isFile() && stats.nlink === 1 && (stats.mode & 0o777) === (FILE_MODE & ~process.umask());
    if (!isOurs || stats.size !== body.length) return false;
    const found = Buffer.alloc(body.length);
    let done = 0;
    while (done < found.length) {
      const bytesRead = readSync(file, found, done, found.length - done, done);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return found.equals(body);
  } finally {
    closeSync(file);
  }
}
