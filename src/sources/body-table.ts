/** Which bodies a bundle holds, and which of them a record has asked for: 32 bytes and a bit for each. */
import { Buffer } from 'node:buffer';
import type { Hash } from '../core/platform.ts';

const DIGEST_BYTES = 32;
const FEWEST = 1024;

export class BodyTable {
  #digests: Buffer = Buffer.alloc(FEWEST * DIGEST_BYTES);
  #marks: Uint8Array = new Uint8Array(0);
  readonly #wanted: Buffer = Buffer.alloc(DIGEST_BYTES);
  #size = 0;
  #marked = 0;

  get size(): number {
    return this.#size;
  }

  /** How many were marked. */
  get marked(): number {
    return this.#marked;
  }

  /** Takes the next body; they come in the order of their digests, and all before the first is marked. */
  append(digest: Hash): void {
    const at = this.#size * DIGEST_BYTES;
    if (at === this.#digests.length) this.#digests = Buffer.concat([this.#digests], 2 * at);
    this.#digests.write(digest, at, 'hex');
    this.#size++;
  }

  /** The digest at `index`. */
  at(index: number): Hash {
    return this.#digests.toString('hex', index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
  }

  /** The index of `digest`, -1 if there is no such body. */
  indexOf(digest: Hash): number {
    this.#wanted.write(digest, 'hex');
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const from = middle * DIGEST_BYTES;
      const order = this.#digests.compare(this.#wanted, 0, DIGEST_BYTES, from, from + DIGEST_BYTES);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  isMarked(index: number): boolean {
    return (((this.#marks[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1;
  }

  /** Notes that a record needs the body at `index`; false if one did before. */
  mark(index: number): boolean {
    if (this.#marks.length === 0) this.#marks = new Uint8Array((this.#size >>> 3) + 1);
    if (this.isMarked(index)) return false;
    this.#marks[index >>> 3] = (this.#marks[index >>> 3] ?? 0) | (1 << (index & 7));
    this.#marked++;
    return true;
  }
}
