/**
 * The scan that finds a text already canonical: then its bytes can be hashed where they lie.
 *
 * Snapshots that this project writes are canonical, so nearly every record takes this way: one pass over the bytes,
 * nothing decoded, nothing allocated. It accepts exactly the objects that the strict reader accepts and the canonical
 * writer writes back byte for byte; whatever it does not accept goes the simple way, through those two, which also
 * give the precise error. The simple way is its oracle (test/differential/canonical-scan.test.ts).
 */

import { EvidenceError } from '../../errors.ts';
import type { Platform } from '../../platform.ts';
import {
  BACKSLASH,
  CASE_BIT,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isDigit,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  LOWER_U,
  MAX_DEPTH,
  MINUS,
  NINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  ZERO,
} from '../cursor.ts';
import { multiByteLength } from '../utf8.ts';
import { canonicalNumber, isNumberToken, MAX_PLAIN_DIGITS } from '../value.ts';

/** Top-level members that a scan keeps places for; a text with more goes the simple way. */
export const MAX_MEMBERS = 64;

/** What every function here returns in place of an offset when the text is not canonical. */
const NO = -1;

/** From this byte on the order of UTF-8 bytes and that of UTF-16 code units are no longer the same. */
const FIRST_UNSURE_BYTE = 0xee;

/** 1 for the bytes that stand for themselves in a string and are characters by themselves. */
const PLAIN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= SPACE && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** 1 for what follows a backslash in a canonical escape of two characters: `"`, `\`, b, f, n, r, t (not `/`). */
const SHORT_ESCAPE: Uint8Array = new Uint8Array(256);
for (const c of '"\\bfnrt') SHORT_ESCAPE[c.charCodeAt(0)] = 1;

/** 1 for the control characters that have no escape of two characters, so that RFC 8785 writes them as `\u00xx`. */
const LONG_ESCAPE: Uint8Array = Uint8Array.from({ length: SPACE }, (_, code) =>
  '\b\t\n\f\r'.includes(String.fromCharCode(code)) ? 0 : 1,
);

/** Scans one text after another; the places it found are valid until the next scan. */
export class CanonicalScan {
  /** How many top-level members the last text had, if it was canonical; else 0. */
  count = 0;
  /** Where the name of member i begins, behind its quote. */
  readonly keyStart: number[] = new Array<number>(MAX_MEMBERS).fill(0);
  /** Where it ends, before its quote. */
  readonly keyEnd: number[] = new Array<number>(MAX_MEMBERS).fill(0);
  /** Where the value of member i begins. */
  readonly valueStart: number[] = new Array<number>(MAX_MEMBERS).fill(0);
  /** Where it ends. */
  readonly valueEnd: number[] = new Array<number>(MAX_MEMBERS).fill(0);
  private readonly platform: Platform;
  private bytes: Uint8Array = new Uint8Array();
  private end = 0;

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /**
   * Whether `bytes[start, end)` is one JSON object in canonical form, at most 128 containers deep and with at most 64
   * members of its own. If so, `count` and the four arrays say where these are, as offsets in `bytes`. Never throws;
   * takes time linear in `end - start`.
   */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.end = Math.min(end, bytes.length);
    this.count = 0;
    if (start >= 0 && start < this.end && bytes[start] === OPEN_BRACE && this.object(start, 1) === end) return true;
    this.count = 0;
    return false;
  }

  /** The functions below take the offset of a first byte and return the offset behind the last one, or NO. */
  private value(at: number, depth: number): number {
    if (at >= this.end) return NO;
    const c = this.bytes[at] as number;
    switch (c) {
      case QUOTE:
        return this.string(at);
      case OPEN_BRACE:
        return this.object(at, depth + 1);
      case OPEN_BRACKET:
        return this.array(at, depth + 1);
      case LOWER_T:
        return this.literal(at, 'true');
      case LOWER_F:
        return this.literal(at, 'false');
      case LOWER_N:
        return this.literal(at, 'null');
      default:
        return this.number(at);
    }
  }

  private object(open: number, depth: number): number {
    if (depth > MAX_DEPTH) return NO;
    let at = open + 1;
    if (this.byteAt(at) === CLOSE_BRACE) return at + 1;
    let lastStart = NO;
    let lastEnd = NO;
    for (;;) {
      const keyStart = at + 1;
      const keyEnd = this.keyEndOf(at);
      if (keyEnd === NO || !this.ascends(lastStart, lastEnd, keyStart, keyEnd)) return NO;
      lastStart = keyStart;
      lastEnd = keyEnd;
      at = this.value(keyEnd + 2, depth);
      if (at === NO || (depth === 1 && !this.keep(keyStart, keyEnd, at))) return NO;
      const c = this.byteAt(at++);
      if (c === CLOSE_BRACE) return at;
      if (c !== COMMA) return NO;
    }
  }

  /** The offset of the quote that ends the name that begins here, if a colon follows it. */
  private keyEndOf(open: number): number {
    const after = this.string(open);
    return after !== NO && this.byteAt(after) === COLON ? after - 1 : NO;
  }

  private array(open: number, depth: number): number {
    if (depth > MAX_DEPTH) return NO;
    let at = open + 1;
    if (this.byteAt(at) === CLOSE_BRACKET) return at + 1;
    for (;;) {
      at = this.value(at, depth);
      if (at === NO) return NO;
      const c = this.byteAt(at++);
      if (c === CLOSE_BRACKET) return at;
      if (c !== COMMA) return NO;
    }
  }

  private literal(from: number, word: string): number {
    for (let i = 0; i < word.length; i++) if (this.byteAt(from + i) !== word.charCodeAt(i)) return NO;
    return from + word.length;
  }

  private string(open: number): number {
    const { bytes, end } = this;
    if (this.byteAt(open) !== QUOTE) return NO;
    let at = open + 1;
    for (;;) {
      while (at < end && PLAIN[bytes[at] as number] === 1) at++;
      if (at >= end) return NO;
      const c = bytes[at] as number;
      if (c === QUOTE) return at + 1;
      const length = c === BACKSLASH ? this.escapeLength(at) : multiByteLength(bytes, at, end);
      if (length === 0) return NO;
      at += length;
    }
  }

  /** The length of the canonical escape at this backslash (RFC 8785 §3.2.2.2), or 0. */
  private escapeLength(backslash: number): number {
    const c = this.byteAt(backslash + 1);
    if (SHORT_ESCAPE[c] === 1) return 2;
    if (c !== LOWER_U || this.byteAt(backslash + 2) !== ZERO || this.byteAt(backslash + 3) !== ZERO) return 0;
    const high = this.byteAt(backslash + 4) - ZERO;
    const low = hexValue(this.byteAt(backslash + 5));
    return low !== NO && LONG_ESCAPE[high * 16 + low] === 1 ? 6 : 0;
  }

  private number(from: number): number {
    let at = from;
    if (this.byteAt(at) === MINUS) at++;
    const digitsAt = at;
    while (isDigit(this.byteAt(at))) at++;
    const digits = at - digitsAt;
    const c = this.byteAt(at);
    if (digits > MAX_PLAIN_DIGITS || c === POINT || (c | CASE_BIT) === LOWER_E) return this.anyNumber(from);
    return digits === 0 || (digits > 1 && this.byteAt(digitsAt) === ZERO) ? NO : at;
  }

  /** Numbers with a fraction or an exponent, or long ones: rare enough to be decoded. */
  private anyNumber(from: number): number {
    let at = from;
    while (isNumberByte(this.byteAt(at))) at++;
    return isCanonicalNumber(this.platform.text(this.bytes, from, at)) ? at : NO;
  }

  private keep(keyStart: number, keyEnd: number, valueEnd: number): boolean {
    const i = this.count;
    if (i === MAX_MEMBERS) return false;
    this.keyStart[i] = keyStart;
    this.keyEnd[i] = keyEnd;
    this.valueStart[i] = keyEnd + 2;
    this.valueEnd[i] = valueEnd;
    this.count = i + 1;
    return true;
  }

  /** Whether name a, if there is one, comes strictly before name b by UTF-16 code units (RFC 8785 §3.2.3). */
  private ascends(aStart: number, aEnd: number, bStart: number, bEnd: number): boolean {
    if (aStart === NO) return true;
    const { bytes } = this;
    const shorter = Math.min(aEnd - aStart, bEnd - bStart);
    for (let i = 0; i < shorter; i++) {
      const x = bytes[aStart + i] as number;
      const y = bytes[bStart + i] as number;
      const unsure = x === BACKSLASH || y === BACKSLASH || (x !== y && Math.max(x, y) >= FIRST_UNSURE_BYTE);
      if (unsure) return this.decoded(aStart, aEnd) < this.decoded(bStart, bEnd);
      if (x !== y) return x < y;
    }
    return aEnd - aStart < bEnd - bStart;
  }

  /** The text of a name that was found to be a canonical string, which JSON.parse reads without loss. */
  private decoded(keyStart: number, keyEnd: number): string {
    return JSON.parse(this.platform.text(this.bytes, keyStart - 1, keyEnd + 1)) as string;
  }

  private byteAt(at: number): number {
    return at < this.end ? (this.bytes[at] as number) : NO;
  }
}

function hexValue(c: number): number {
  return isDigit(c) ? c - ZERO : c >= 0x61 && c <= LOWER_F ? c - 0x61 + 10 : NO;
}

function isNumberByte(c: number): boolean {
  return (c >= ZERO && c <= NINE) || c === MINUS || c === PLUS || c === POINT || (c | CASE_BIT) === LOWER_E;
}

function isCanonicalNumber(text: string): boolean {
  if (!isNumberToken(text)) return false;
  try {
    return canonicalNumber(text) === text;
  } catch (error) {
    if (error instanceof EvidenceError) return false;
    throw error;
  }
}
