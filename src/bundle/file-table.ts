/** Which bodies or proofs a bundle holds, by their hashes, and which of them a record has asked for: 32 bytes and a bit each. */
import { Buffer } from 'node:buffer';
import type { Hash } from '../core/platform.ts';

const HASH_BYTES = 32;
const FEWEST = 1024;

export class FileTable {
  #hashes: Buffer = Buffer.alloc(FEWEST * HASH_BYTES);
  #marks: Uint8Array = new Uint8Array(0);
  readonly #wanted: Buffer = Buffer.alloc(HASH_BYTES);
  #size = 0;
  #marked = 0;

  get size(): number {
    return this.#size;
  }

  /** How many were marked. */
  get marked(): number {
    return this.#marked;
  }

  /** Takes the next file; they come in the order of their hashes, and all before the first is marked. */
  append(hash: Hash): void {
    const at = this.#size * HASH_BYTES;
    if (at === this.#hashes.length) this.#hashes = Buffer.concat([this.#hashes], 2 * at);
    this.#hashes.write(hash, at, 'hex');
    this.#size++;
  }

  /** The hash at `index`. */
  at(index: number): Hash {
    return this.#hashes.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  /** The index of `hash`, -1 if there is no such file. */
  indexOf(hash: Hash): number {
    this.#wanted.write(hash, 'hex');
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const from = middle * HASH_BYTES;
      const order = this.#hashes.compare(this.#wanted, 0, HASH_BYTES, from, from + HASH_BYTES);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  isMarked(index: number): boolean {
    return (((this.#marks[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1;
  }

  /** Notes that a record needs the file at `index`; false if one did before. */
  mark(index: number): boolean {
    if (this.#marks.length === 0) this.#marks = new Uint8Array((this.#size >>> 3) + 1);
    if (this.isMarked(index)) return false;
    this.#marks[index >>> 3] = (this.#marks[index >>> 3] ?? 0) | (1 << (index & 7));
    this.#marked++;
    return true;
  }
}
