/**
 * The bodies of a bundle while it is made: each is written once, under its digest. What an export left that was broken
 * off is used where it is byte for byte the body at hand.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '../core/platform.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { BodySink } from '../engine/capture.ts';
import { FanOut, FILE_MODE, guarded } from './fan-out.ts';
import { BODIES_NAME, fanOf, fileOf } from './layout.ts';

const KEPT = 'kept-';

export class BundleBodies implements BodySink {
  readonly #asked: string;
  readonly #folder: string;
  readonly #kept: readonly string[];
  readonly files: FanOut;
  /** How many of them were there before. */
  takenOver = 0;

  /**
   * @param asked - how to name the bundle in a fault
   * @param folder - where it is made; all that an earlier run left in it is set aside first
   */
  constructor(asked: string, folder: string) {
    this.#asked = asked;
    this.#folder = folder;
    this.#kept = guarded(asked, 'set aside what an earlier export left', () => this.#setAside());
    this.files = new FanOut(asked, join(folder, BODIES_NAME));
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
    return kept.map((name) => join(this.#folder, name));
  }

  put({ body, bodyDigest }: EvidenceRecord): void {
    // Its source has reported that it lost it: no bundle comes of that, and the others are still read.
    if (body === undefined) return;
    const digest = bodyDigest.slice('sha256:'.length);
    guarded(this.#asked, 'write a body', () => this.#put(digest, body));
  }

  #put(digest: Hash, body: Uint8Array): void {
    if (this.#kept.length > 0 && (this.files.has(digest) || this.#takeOver(digest, body))) return;
    this.files.write(digest, body);
  }

  /** Uses what an earlier run has written, if it is this very body. */
  #takeOver(digest: Hash, body: Uint8Array): boolean {
    for (const kept of this.#kept) {
      const old = join(kept, fanOf(digest), fileOf(digest));
      if (!holds(old, body)) continue;
      this.files.take(digest, old, body.length);
      this.takenOver++;
      return true;
    }
    return false;
  }

  /** Removes what no record needed. */
  clear(): void {
    guarded(this.#asked, 'remove what an earlier export left', () => {
      for (const kept of this.#kept) rmSync(kept, { recursive: true, force: true });
    });
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
