/** A sliding window over an input: what was read and is not consumed yet, with its place in the whole. */
import { LF } from '../json/cursor.ts';
import { MOST_ENVELOPE_BYTES, MOST_RECORD_BYTES } from '../limits.ts';

/** Small, since a folder may hold a million files; what is larger makes room as it comes. */
const FIRST_CAPACITY = 4096;
/** More is given back before the next input. */
const MOST_KEPT_CAPACITY = 1024 * 1024;

/** What a long trailer has taken, until it is collected: the trailer of the other side, as long, mostly comes right behind. */
let spare: WeakRef<Uint8Array> | undefined;

function newBytes(least: number): Uint8Array {
  const left = least > MOST_RECORD_BYTES ? spare?.deref() : undefined;
  if (left === undefined || left.length < least) return new Uint8Array(least);
  spare = undefined;
  return left;
}

/** Whether `byte` is white space of RFC 8259 §2. */
export function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === LF || byte === 0x0d || byte === 0x09;
}

/** Whole lines, each with a record, with their ends: `bytes[start, end)`. */
export interface Lines {
  /** Whether each has a comma at its end, behind the record. */
  readonly commas: boolean;
  /** Whether they may be read in any spelling. What rests on their bytes must take those in canonical form alone. */
  readonly anySpelling: boolean;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class ByteWindow {
  bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  /** First byte not consumed, as an index into `bytes`. */
  start = 0;
  /** End of what was read. */
  end = 0;
  /** Offset in the input of `bytes[0]`. */
  #base = 0;
  /** Line feeds in the input before `#countedTo`; lines are counted on demand, since only errors ask. */
  #lineFeeds = 0;
  #countedTo = 0;
  /** `indexOf` has searched up to here in vain: keeps a long line at small chunks linear. */
  #searchedTo = 0;

  /** @param left - how many bytes follow, where that is known: then room for a trailer is made once */
  write(chunk: Uint8Array, left?: number): void {
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(chunk.length, left);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Begins with another input. What was made room for stays: each of a million files in turn would else leave its own. */
  reset(): void {
    if (this.bytes.length > MOST_KEPT_CAPACITY) this.bytes = new Uint8Array(FIRST_CAPACITY);
    this.start = 0;
    this.end = 0;
    this.#base = 0;
    this.#lineFeeds = 0;
    this.#countedTo = 0;
    this.#searchedTo = 0;
  }

  /** Gives back what a long line or trailer has taken, when nothing is read any more. */
  release(): void {
    if (this.bytes.length <= MOST_KEPT_CAPACITY) return;
    if (this.bytes.length > MOST_RECORD_BYTES) spare = new WeakRef(this.bytes);
    this.bytes = new Uint8Array(0);
  }

  /** Everything before index `to` is done with. It stays readable until the next `write`. */
  consume(to: number): void {
    this.start = to;
    this.#searchedTo = to;
  }

  /** Like `consume`, for a whole line: then lines need not be counted again. */
  consumeLine(to: number): void {
    if (this.#countedTo === this.start) {
      this.#lineFeeds++;
      this.#countedTo = to;
    }
    this.consume(to);
  }

  /** Like `consumeLine`, for `count` lines. */
  consumeLines(to: number, count: number): void {
    if (this.#countedTo === this.start) {
      this.#lineFeeds += count;
      this.#countedTo = to;
    }
    this.consume(to);
  }

  /** Index of the last `byte` before index `to` that is not consumed, or -1. */
  lastIndexOf(byte: number, to: number): number {
    const found = to <= this.start ? -1 : this.bytes.lastIndexOf(byte, to - 1);
    return found < this.start ? -1 : found;
  }

  /** Index of the next `byte`, or -1. */
  indexOf(byte: number): number {
    // Beyond `end` lie bytes of earlier chunks: a sentinel there keeps the search from running through them.
    if (this.end < this.bytes.length) this.bytes[this.end] = byte;
    const found = this.bytes.indexOf(byte, Math.max(this.start, this.#searchedTo));
    if (found >= 0 && found < this.end) return found;
    this.#searchedTo = this.end;
    return -1;
  }

  skipWhiteSpace(): void {
    let at = this.start;
    while (at < this.end && isWhiteSpace(this.bytes[at])) at++;
    this.consume(at);
  }

  placeOf(at: number): { readonly line: number; readonly byteOffset: number } {
    // Remembered, so that asking for one place after another counts every line once.
    if (at > this.#countedTo) {
      this.#lineFeeds += this.#lineFeedsTo(at);
      this.#countedTo = at;
    }
    const line = 1 + this.#lineFeeds + this.#lineFeedsTo(at);
    return { line, byteOffset: this.#base + at };
  }

  /** Line feeds from where they were counted to `at`, which may lie behind: a frame was consumed before it is read. */
  #lineFeedsTo(at: number): number {
    if (at >= this.#countedTo) return countLineFeeds(this.bytes, this.#countedTo, at);
    return -countLineFeeds(this.bytes, at, this.#countedTo);
  }

  #makeRoom(length: number, left?: number): void {
    const held = this.end - this.start;
    this.#lineFeeds += this.#lineFeedsTo(this.start);
    // A quarter is left at least, so that what is held is not moved for each few bytes.
    const enough = held + length <= 0.75 * this.bytes.length;
    const target = enough ? this.bytes : newBytes(this.#capacityFor(held + length, left));
    target.set(this.bytes.subarray(this.start, this.end));
    this.bytes = target;
    this.#base += this.start;
    this.#searchedTo = Math.max(0, this.#searchedTo - this.start);
    this.start = 0;
    this.#countedTo = 0;
    this.end = held;
  }

  #capacityFor(needed: number, left: number | undefined): number {
    // What is longer than a record may be is a trailer, and nothing follows it.
    if (needed > MOST_RECORD_BYTES && left !== undefined) return needed + Math.min(left, MOST_ENVELOPE_BYTES);
    return 2 * Math.max(this.bytes.length, needed);
  }
}

function countLineFeeds(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
}

/** The name of a member, as the range of its JSON text in quotes. */
export interface NameFrame {
  readonly nameStart: number;
  readonly nameEnd: number;
}

const ESCAPE = /\\u([0-9a-fA-F]{4})/g;

/** Whether a member is called `name`, which is of ASCII letters, in whatever spelling: `record\u0073` is `records`. */
export function nameIs({ bytes }: ByteWindow, { nameStart, nameEnd }: NameFrame, name: string): boolean {
  // Six bytes are the longest that a letter can have.
  if (nameEnd - nameStart > 6 * name.length + 2) return false;
  const text = String.fromCharCode(...bytes.subarray(nameStart, nameEnd));
  return text.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))) === `"${name}"`;
}
