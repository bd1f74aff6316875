/** How many values one text may still have: memory is taken by values, and a byte or two is enough to write one. */
import { TEXT_BYTES_A_VALUE } from '../limits.ts';
import type { Cursor } from './cursor.ts';

export class Allowance {
  readonly #most: number;
  #left: number;

  /** @param most - how many values, where 64 bytes of text count as one more */
  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** @throws EvidenceError `input-limit` at the place of `cursor` if there are not `values` left */
  take(values: number, cursor: Cursor): void {
    this.#left -= values;
    if (this.#left >= 0) return;
    const reason = `more than ${this.#most} values (${TEXT_BYTES_A_VALUE} bytes of text count as one)`;
    throw cursor.limit(reason);
  }

  /** The same for the text from `from` to the place of `cursor`, which is not decoded yet. */
  takeText(from: number, cursor: Cursor): void {
    const bytes = cursor.at - from;
    if (bytes >= TEXT_BYTES_A_VALUE) this.take(Math.floor(bytes / TEXT_BYTES_A_VALUE), cursor);
  }
}
