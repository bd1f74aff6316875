/**
 * Reads the bodies and proofs of a bundle, one whole file at a time: opened without following a link, and found to be the
 * same file before and after.
 *
 * Synchronous, because such a file costs less than the promises it would take to wait for it; whoever calls lets others run
 * from time to time.
 */
import { Buffer } from 'node:buffer';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { EvidenceError } from '../core/errors.ts';
import { unreadable } from './folder.ts';

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function refusal(
  kind: 'input-changed' | 'input-limit' | 'source-incomplete',
  name: string,
  reason: string,
): EvidenceError {
  return new EvidenceError(kind, reason, { where: { file: name } });
}

/** A buffer of which a part is filled. */
export interface Room {
  bytes: Buffer;
}

function makeRoom(room: Room, length: number): void {
  if (room.bytes.length >= length) return;
  const grown = Buffer.allocUnsafe(2 * length);
  room.bytes.copy(grown);
  room.bytes = grown;
}

export class WholeFileReader {
  readonly #what: string;
  readonly #maxBytes: number;

  /** @param what - what such a file is, for the message */
  constructor(what: string, maxBytes: number) {
    this.#what = what;
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads the file `path` into `room`, from `at` on; what is there before stays.
   *
   * @param name - how to name the file to the user
   * @param after - bytes that must be free behind it
   * @returns its length in bytes
   * @throws EvidenceError `source-incomplete`, `input-changed` or `input-limit`
   */
  read(path: string, name: string, room: Room, at: number, after: number): number {
    let file: number;
    try {
      file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw unreadable(name, error);
    }
    try {
      return this.#readOpen(file, name, room, at, after);
    } finally {
      closeSync(file);
    }
  }

  #readOpen(file: number, name: string, room: Room, at: number, after: number): number {
    const before = fstatSync(file, { bigint: true });
    if (!before.isFile()) throw refusal('source-incomplete', name, 'not a regular file');
    if (before.size > BigInt(this.#maxBytes)) {
      throw refusal('input-limit', name, `${this.#what} is longer than the limit of ${this.#maxBytes} bytes`);
    }
    const length = Number(before.size);
    // One byte more than it should have: that is how a file shows that it grows.
    makeRoom(room, at + length + 1 + after);
    let done = 0;
    try {
      for (;;) {
        const bytesRead = readSync(file, room.bytes, at + done, length + 1 - done, done);
        done += bytesRead;
        if (bytesRead === 0 || done > length) break;
      }
    } catch (error) {
      throw unreadable(name, error);
    }
    const now = fstatSync(file, { bigint: true });
    if (done !== length || stateOf(now) !== stateOf(before)) {
      throw refusal('input-changed', name, 'the file changed while it was read');
    }
    return length;
  }
}
