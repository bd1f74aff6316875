/**
 * A file of a folder that is read at one go, synchronously and into bytes that are used for each: where there are as many
 * files as records, a handle, a digest and five turns of the event loop for each of them cost more than the reading.
 */
import type { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import { type ByteSource, requireRegular, requireSameFile, unreadable } from './bytes.ts';

/** Nothing is followed, and opening a pipe that nobody writes to does not wait. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class SmallFileBytes implements ByteSource {
  readonly name: string;
  readonly #room: Buffer;
  #sha256: Hash | undefined;
  bytesRead = 0;
  bytesTotal: number | null = null;

  /**
   * @param name - path of the file
   * @param room - what is read is in here until another file is; the file must be shorter
   */
  constructor(name: string, room: Buffer) {
    this.name = name;
    this.#room = room;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#sha256 !== undefined) return undefined;
    const bytes = this.#whole();
    this.#sha256 = hash('sha256', bytes, 'hex');
    return bytes.length === 0 ? undefined : bytes;
  }

  #whole(): Uint8Array {
    try {
      const file = openSync(this.name, FLAGS);
      try {
        return this.#through(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw error instanceof EvidenceError ? error : unreadable(this.name, error);
    }
  }

  #through(file: number): Uint8Array {
    const before: BigIntStats = fstatSync(file, { bigint: true });
    requireRegular(this.name, before);
    this.bytesTotal = Number(before.size);
    let length = 0;
    for (;;) {
      // To the end, and not to the length that it had: more than that is seen below.
      const count = readSync(file, this.#room, length, this.#room.length - length, length);
      if (count === 0) break;
      length += count;
    }
    this.bytesRead = length;
    requireSameFile(this.name, before, fstatSync(file, { bigint: true }), length);
    return this.#room.subarray(0, length);
  }

  async finish(): Promise<Hash | null> {
    await this.read();
    return this.#sha256 ?? null;
  }

  async close(): Promise<void> {}
}
