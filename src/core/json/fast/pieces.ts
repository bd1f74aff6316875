/**
 * What is read and given away in pieces: where a string may be cut, and the canonical form of a value that is too long
 * to hold.
 */

import { utf8 } from '../../platform.ts';
import { BACKSLASH, CASE_BIT, isDigit, LOWER_E, LOWER_U, MINUS, OPEN_BRACE, PLUS, POINT, QUOTE } from '../cursor.ts';
import { ByteOutput } from './copy-string.ts';

/* Where the bytes of a string may be cut that is read piece by piece: between characters, and between escapes. */

/** Index of the quote that ends the string whose first character is at `from`, or -1. */
export function closingQuote(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at < end ? at : -1;
}

/** Most bytes of an escape: that of a pair of surrogates. */
const ESCAPE_BYTES = 12;

/** Where a string can be cut: at its closing quote, or in front of what may not be there whole. */
export function safeCut(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at;
    if (byte !== BACKSLASH) {
      at++;
      continue;
    }
    if (at + 1 >= end) return at;
    const isLong = bytes[at + 1] === LOWER_U;
    // What would be cut may be the first half of a pair.
    if (isLong && at + ESCAPE_BYTES > end && closingQuote(bytes, at, end) < 0) return at;
    at += isLong ? escapeLength(bytes, at) : 2;
  }
  return Math.min(withoutPartOfCharacter(bytes, from, end), at);
}

/** Length of the escape `\uXXXX` at `at`, with the other half of a pair behind it. */
function escapeLength(bytes: Uint8Array, at: number): number {
  const [third, fourth] = [(bytes[at + 2] ?? 0) | CASE_BIT, (bytes[at + 3] ?? 0) | CASE_BIT];
  const isHigh = third === 0x64 && (fourth === 0x38 || fourth === 0x39 || fourth === 0x61 || fourth === 0x62);
  if (isHigh && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LOWER_U) return ESCAPE_BYTES;
  return 6;
}

/** `end`, or the beginning of the last character if it has more bytes than there are. */
function withoutPartOfCharacter(bytes: Uint8Array, from: number, end: number): number {
  for (let at = end - 1; at >= from && at >= end - 3; at--) {
    const byte = bytes[at] as number;
    if (byte < 0x80) return end;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return at + length > end ? at : end;
  }
  return end;
}

/* What the first byte of a value says of it. */

/** What the value that begins with `byte` is. */
export function kindOf(byte: number): string {
  if (byte === OPEN_BRACE) return 'an object';
  return byte === QUOTE ? 'a string' : 'a scalar';
}

/** Whether `c` may stand in a number. */
export function isNumberByte(c: number): boolean {
  return isDigit(c) || c === MINUS || c === PLUS || c === POINT || (c | CASE_BIT) === LOWER_E;
}

/* The canonical form of one value, given away in pieces while the text around it is read. */

/** So much gathers before it is given away. */
const GATHERED_BYTES = 64 * 1024;

export class PieceOutput {
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #gathered: ByteOutput = new ByteOutput();
  /** Whether what is read is part of the value. */
  isOpen = false;
  /** How long it is so far. */
  length = 0;

  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  byte(byte: number): void {
    if (!this.isOpen) return;
    this.#gathered.reserve(1);
    this.#gathered.byte(byte);
    this.#flushIfFull();
  }

  ascii(text: string): void {
    if (!this.isOpen) return;
    this.#gathered.reserve(text.length);
    this.#gathered.ascii(text);
    this.#flushIfFull();
  }

  /** `text`, and the byte that stands behind it. */
  text(text: string, behind: number): void {
    const bytes = utf8(text);
    this.#gathered.reserve(bytes.length + 1);
    for (const byte of bytes) this.#gathered.byte(byte);
    this.#gathered.byte(behind);
    this.#flushIfFull();
  }

  /** Bytes that are given away as they are. */
  piece(bytes: Uint8Array, from: number, to: number): void {
    if (!this.isOpen || to === from) return;
    this.flush();
    this.length += to - from;
    this.#emit(bytes.subarray(from, to));
  }

  #flushIfFull(): void {
    if (this.#gathered.length >= GATHERED_BYTES) this.flush();
  }

  flush(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    this.length += gathered.length;
    this.#emit(gathered.bytes.subarray(0, gathered.length));
    gathered.length = 0;
  }
}
