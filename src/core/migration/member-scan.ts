/**
 * Where the members of a body lie in the line of a record, and the values that are made of theirs. The lines need not have
 * been read before: of what is no canonical text it may say anything, and whoever asks has them read by something stricter.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../json/cursor.ts';
import { parseJson } from '../json/parse.ts';
import type { Json } from '../json/value.ts';
import { portable } from '../platform.ts';

/** A body of more is left to the simple way. */
const MOST_MEMBERS = 64;
/** Room for values that are made of others: a line of more bytes is none for an engine. */
const SCRATCH = 4096;

/** Behind the string whose opening quote is at `at`; -1 if it does not end before `end`. */
export function behindString(bytes: Uint8Array, at: number, end: number): number {
  for (let from = at + 1; from < end; from++) {
    const byte = bytes[from];
    if (byte === QUOTE) return from + 1;
    if (byte === BACKSLASH) from++;
  }
  return -1;
}

/** Behind the object or array that opens at `at`; -1 likewise. */
export function behindContainer(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0;
  for (let from = at; from < end; from++) {
    const byte = bytes[from];
    if (byte === QUOTE) {
      from = behindString(bytes, from, end) - 1;
      if (from < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return from + 1;
  }
  return -1;
}

function behindValue(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if (first === QUOTE) return behindString(bytes, at, end);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return behindContainer(bytes, at, end);
  for (let from = at; from < end; from++) {
    const byte = bytes[from];
    if (byte === COMMA || byte === CLOSE_BRACE) return from;
  }
  return -1;
}

export class MemberScan {
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  /** Of each member where its name begins and ends, with its quotes, and its value. */
  readonly bounds: Int32Array = new Int32Array(4 * MOST_MEMBERS);

  /**
   * Finds the members of the object at `at`.
   *
   * @returns the place behind it; -1 if there is none before `end`, or it has too many members
   */
  scan(bytes: Uint8Array, at: number, end: number): number {
    this.bytes = bytes;
    this.count = 0;
    if (bytes[at] !== OPEN_BRACE) return -1;
    let from = at + 1;
    if (bytes[from] === CLOSE_BRACE) return from + 1;
    while (this.count < MOST_MEMBERS) {
      from = this.#member(from, end);
      if (from < 0) return -1;
      const byte = bytes[from++];
      if (byte === CLOSE_BRACE) return from;
      if (byte !== COMMA) return -1;
    }
    return -1;
  }

  /** Which member has the name that stands so, with its quotes; -1 if none has. */
  find(name: Uint8Array): number {
    for (let at = 0; at < this.count; at++) if (this.hasName(at, name)) return at;
    return -1;
  }

  hasName(at: number, name: Uint8Array): boolean {
    const start = this.bounds[4 * at] ?? 0;
    if ((this.bounds[4 * at + 1] ?? 0) - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (name[i] !== this.bytes[start + i]) return false;
    return true;
  }

  #member(at: number, end: number): number {
    const { bytes, bounds } = this;
    const nameEnd = bytes[at] === QUOTE ? behindString(bytes, at, end) : -1;
    if (nameEnd < 0 || bytes[nameEnd] !== COLON) return -1;
    const valueEnd = behindValue(bytes, nameEnd + 1, end);
    const first = 4 * this.count++;
    bounds[first] = at;
    bounds[first + 1] = nameEnd;
    bounds[first + 2] = nameEnd + 1;
    bounds[first + 3] = valueEnd;
    return valueEnd;
  }
}

/** The values of a body and those that are made of them, each a part of some bytes. */
export class Values {
  readonly bytes: Uint8Array[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly #scratch: Uint8Array = new Uint8Array(SCRATCH);
  #used = 0;
  /** A bit for each operation that took something away. */
  lost = 0;

  begin({ bytes, count, bounds }: MemberScan): void {
    for (let at = 0; at < count; at++) this.put(at, bytes, bounds[4 * at + 2] ?? 0, bounds[4 * at + 3] ?? 0);
    this.#used = 0;
    this.lost = 0;
  }

  put(at: number, bytes: Uint8Array, start: number, end: number): true {
    this.bytes[at] = bytes;
    this.starts[at] = start;
    this.ends[at] = end;
    return true;
  }

  lengthOf(at: number): number {
    return (this.ends[at] ?? 0) - (this.starts[at] ?? 0);
  }

  /** The value, a character for each byte of it. */
  keyOf(at: number): string {
    const [bytes, end] = [this.bytes[at], this.ends[at] ?? 0];
    let key = '';
    for (let from = this.starts[at] ?? 0; from < end; from++) key += String.fromCharCode(bytes?.[from] ?? 0);
    return key;
  }

  json(at: number): Json {
    return parseJson(portable, this.bytes[at] as Uint8Array, this.starts[at], this.ends[at]);
  }

  firstByte(at: number): number {
    return this.bytes[at]?.[this.starts[at] ?? 0] ?? 0;
  }

  areSame(one: number, other: number): boolean {
    const [a, b] = [this.bytes[one], this.bytes[other]];
    let from = this.starts[one] ?? 0;
    let to = this.starts[other] ?? 0;
    const end = this.ends[one] ?? 0;
    if (a === undefined || b === undefined || end - from !== (this.ends[other] ?? 0) - to) return false;
    while (from < end) if (a[from++] !== b[to++]) return false;
    return true;
  }

  /** Begins to write a value. */
  open(at: number): void {
    this.put(at, this.#scratch, this.#used, this.#used);
  }

  /** Writes some bytes behind what was written of it; false if there is no more room. */
  write(at: number, bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
    if (this.#used + end - start > SCRATCH) return false;
    for (let from = start; from < end; from++) this.#scratch[this.#used++] = bytes[from] ?? 0;
    this.ends[at] = this.#used;
    return true;
  }

  /** Writes another value, without as many bytes at each of its ends. */
  writeValue(at: number, of: number, without = 0): boolean {
    const bytes = this.bytes[of];
    return (
      bytes !== undefined && this.write(at, bytes, (this.starts[of] ?? 0) + without, (this.ends[of] ?? 0) - without)
    );
  }
}
