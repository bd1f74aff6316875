/** The bytes of one JSON text: those that have a meaning, a place among them, and the errors that name it. */
import { EvidenceError } from '../errors.ts';
import { TEXT_BYTES_A_VALUE } from '../limits.ts';

/* The bytes that have a meaning in JSON text (RFC 8259 §2) and in lines of it. */

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const SLASH = 0x2f;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const LOWER_E = 0x65;
export const LOWER_F = 0x66;
export const LOWER_N = 0x6e;
export const LOWER_T = 0x74;
export const LOWER_U = 0x75;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** This bit makes an ASCII letter lower-case. */
export const CASE_BIT = 0x20;

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/* A place in the bytes of one JSON text, and the errors that name it. */

/** What {@link Cursor.peek} gives behind the last byte. */
export const END = -1;

export class Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Offset in `bytes` of the next byte. */
  at: number;
  private readonly start: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.at = start;
  }

  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : END;
  }

  /** Whether the next bytes are exactly these. */
  looksAt(...expected: readonly number[]): boolean {
    return this.at + expected.length <= this.end && expected.every((byte, i) => this.bytes[this.at + i] === byte);
  }

  skipSpace(): void {
    for (;;) {
      const c = this.peek();
      if (c !== SPACE && c !== LF && c !== CR && c !== TAB) return;
      this.at++;
    }
  }

  /** The error for a byte, or an end, that the grammar does not allow here. */
  unexpected(): EvidenceError {
    const c = this.peek();
    return this.malformed(c === END ? 'unexpected end of the JSON text' : `unexpected byte ${hexByte(c)}`);
  }

  malformed(reason: string, byteOffset: number = this.at): EvidenceError {
    return new EvidenceError('input-malformed', reason, { where: this.where(byteOffset) });
  }

  limit(reason: string, byteOffset: number = this.at): EvidenceError {
    return new EvidenceError('input-limit', reason, { where: this.where(byteOffset) });
  }

  /** Lines are counted only when there is an error to place. */
  private where(byteOffset: number): { line: number; byteOffset: number } {
    let line = 1;
    for (let at = this.start; at < byteOffset; at++) if (this.bytes[at] === LF) line++;
    return { line, byteOffset };
  }
}

/** How a single byte is named in a reason, e.g. `0x2c`. */
export function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/* How many containers within containers are gone into; the outermost one is depth 1. */

/** What a snapshot may hold. */
export const MAX_DEPTH = 128;

/** What any reader or writer here does, whoever asks: they recurse, and a stack surely holds this many. */
export const MAX_NESTING = 1000;

/* How many values one text may still have: memory is taken by values, and a byte or two is enough to write one. */

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
