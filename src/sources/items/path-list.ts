/** Many paths in order, as bytes: there may be as many files as records, and a string each takes ten times the memory. */
import { Buffer } from 'node:buffer';

/** Paths of files, in an order that stays. */
export interface Paths extends Iterable<string> {
  readonly length: number;
}

const FIRST_BYTES = 4096;
const FIRST_PATHS = 256;

export class PathList implements Paths {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Where each path ends in the bytes. */
  #ends: Float64Array = new Float64Array(FIRST_PATHS);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @param path - without lone surrogates, as every name is that was read as UTF-8 */
  add(path: string): void {
    const start = this.#startOf(this.#length);
    const end = start + Buffer.byteLength(path);
    this.#makeRoom(end);
    this.#bytes.write(path, start);
    this.#ends[this.#length++] = end;
  }

  /** The path that is the `at`th; undefined where there is none. */
  at(at: number): string | undefined {
    if (at < 0 || at >= this.#length) return undefined;
    return this.#bytes.toString('utf8', this.#startOf(at), this.#ends[at]);
  }

  *[Symbol.iterator](): Iterator<string> {
    for (let at = 0; at < this.#length; at++) yield this.at(at) as string;
  }

  #startOf(at: number): number {
    return at === 0 ? 0 : (this.#ends[at - 1] as number);
  }

  #makeRoom(end: number): void {
    if (end > this.#bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.ceil(Math.max(end, this.#bytes.length * 1.5)));
      this.#bytes.copy(bytes);
      this.#bytes = bytes;
    }
    if (this.#length < this.#ends.length) return;
    const ends = new Float64Array(Math.ceil(this.#ends.length * 1.5));
    ends.set(this.#ends);
    this.#ends = ends;
  }
}
