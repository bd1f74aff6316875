/**
 * The strict JSON reader: RFC 8259, and the parts of RFC 7493 (I-JSON) that keep two readers from seeing two things.
 *
 * `JSON.parse` is no reader for evidence: the last of two members of one name wins, numbers are rounded, and invalid
 * UTF-8 has become U+FFFD before it starts. This one refuses what has no single meaning and keeps everything else.
 */

import { EvidenceError } from '../errors.ts';
import type { Platform } from '../platform.ts';
import {
  Allowance,
  BACKSLASH,
  CASE_BIT,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  Cursor,
  END,
  hexByte,
  isDigit,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  LOWER_U,
  MAX_DEPTH,
  MAX_NESTING,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  ZERO,
} from './cursor.ts';
import { multiByteLength } from './utf8.ts';
import { canonicalNumber, type Json, JsonNumber, type JsonObject, MAX_EXPONENT_DIGITS } from './value.ts';

export interface ParseLimits {
  /** Containers within containers, 0 to 1000; 128 by default. The outermost container is depth 1. */
  readonly maxDepth?: number;
  /** Values in all, where 64 bytes of text count as one more; what the platform has memory for by default. */
  readonly maxValues?: number;
}

/**
 * Makes something smaller of an object as soon as it was read, so that a long document is never held whole as JSON.
 *
 * @param depth - in how many containers it lies, itself among them
 * @returns what stands in its place in the value that is returned, which then is no JSON
 */
export type Shrink = (object: JsonObject, depth: number) => unknown;

/**
 * Reads one JSON text, `bytes[start, end)`, in time linear in its length.
 *
 * @param platform - decodes the text of strings
 * @param bytes - UTF-8
 * @param start - where the text begins, in bytes; 0 by default
 * @param end - where it ends, in bytes; the end of `bytes` by default
 * @returns the value, with numbers as their tokens and objects as Maps in the order of the text; the canonical writer
 *   can write all that is returned here
 * @throws EvidenceError `input-malformed` for anything outside RFC 8259, a byte order mark, invalid UTF-8, a lone
 *   surrogate (RFC 7493 §2.1) or two members of one name (§2.3); `input-limit` for more depth than `limits.maxDepth`,
 *   more values than `limits.maxValues` or an exponent of more than 1000 digits. `where.byteOffset` counts from `bytes[0]`, `where.line` from `start`.
 * @throws RangeError for arguments out of range
 */
export function parseJson(
  platform: Platform,
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
  limits: ParseLimits & { readonly shrink?: Shrink } = {},
): Json {
  const { maxDepth = MAX_DEPTH, maxValues = platform.maxValues } = limits;
  if (!(start >= 0 && start <= end && end <= bytes.length)) throw new RangeError('start and end must lie in bytes');
  if (!(maxDepth >= 0 && maxDepth <= MAX_NESTING)) throw new RangeError(`maxDepth must be 0 to ${MAX_NESTING}`);
  return new Reader(platform, new Cursor(bytes, start, end), maxDepth, maxValues, limits.shrink).document();
}

/** One function for each production of the grammar; the recursion is as deep as the containers, so it is bounded. */
class Reader {
  private readonly platform: Platform;
  private readonly cursor: Cursor;
  private readonly maxDepth: number;
  private readonly allowance: Allowance;
  private readonly shrink: Shrink | undefined;

  constructor(platform: Platform, cursor: Cursor, maxDepth: number, maxValues: number, shrink: Shrink | undefined) {
    this.shrink = shrink;
    this.platform = platform;
    this.cursor = cursor;
    this.maxDepth = maxDepth;
    this.allowance = new Allowance(maxValues);
  }

  document(): Json {
    const { cursor } = this;
    if (cursor.looksAt(0xef, 0xbb, 0xbf)) throw cursor.malformed('byte order mark');
    cursor.skipSpace();
    const value = this.value(0);
    cursor.skipSpace();
    if (cursor.peek() !== END) throw cursor.malformed('text after the end of the JSON value');
    return value;
  }

  /** Reads a value that lies in `depth` containers. */
  private value(depth: number): Json {
    const c = this.cursor.peek();
    this.allowance.take(1, this.cursor);
    switch (c) {
      case QUOTE:
        return readString(this.platform, this.cursor, this.allowance);
      case OPEN_BRACE:
        return this.object(depth + 1);
      case OPEN_BRACKET:
        return this.array(depth + 1);
      case LOWER_T:
        return this.literal('true', true);
      case LOWER_F:
        return this.literal('false', false);
      case LOWER_N:
        return this.literal('null', null);
      default:
        if (c !== MINUS && !isDigit(c)) throw this.cursor.unexpected();
        return readNumber(this.platform, this.cursor, this.allowance);
    }
  }

  private object(depth: number): Json {
    const { cursor } = this;
    const members = new Map<string, Json>();
    if (this.opensEmpty(depth, CLOSE_BRACE)) return members;
    do {
      const nameAt = cursor.at;
      if (cursor.peek() !== QUOTE) throw cursor.unexpected();
      const name = readString(this.platform, cursor, this.allowance);
      if (members.has(name)) throw cursor.malformed('duplicate member name', nameAt);
      cursor.skipSpace();
      if (cursor.peek() !== COLON) throw cursor.unexpected();
      cursor.at++;
      cursor.skipSpace();
      members.set(name, this.value(depth));
    } while (this.goesOn(CLOSE_BRACE));
    return this.shrink === undefined ? members : (this.shrink(members, depth) as Json);
  }

  private array(depth: number): Json {
    const elements: Json[] = [];
    if (this.opensEmpty(depth, CLOSE_BRACKET)) return elements;
    do elements.push(this.value(depth));
    while (this.goesOn(CLOSE_BRACKET));
    return elements;
  }

  /** Steps into a container; whether that is at once left again. */
  private opensEmpty(depth: number, close: number): boolean {
    const { cursor } = this;
    if (depth > this.maxDepth) throw cursor.limit(`nested deeper than ${this.maxDepth} levels`);
    cursor.at++;
    cursor.skipSpace();
    if (cursor.peek() !== close) return false;
    cursor.at++;
    return true;
  }

  /** After a member or element: steps over a comma (true) or over the end of the container (false). */
  private goesOn(close: number): boolean {
    const { cursor } = this;
    cursor.skipSpace();
    const c = cursor.peek();
    if (c !== COMMA && c !== close) throw cursor.unexpected();
    cursor.at++;
    if (c === close) return false;
    cursor.skipSpace();
    return true;
  }

  private literal<T extends null | boolean>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++) {
      if (this.cursor.peek() !== word.charCodeAt(i)) throw this.cursor.unexpected();
      this.cursor.at++;
    }
    return value;
  }
}

/* Strings of JSON text: RFC 8259 §7, with the refusals of RFC 7493 §2.1. */

const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
  [0x2f, '/'],
  [0x62, '\b'],
  [LOWER_F, '\f'],
  [LOWER_N, '\n'],
  [0x72, '\r'],
  [LOWER_T, '\t'],
]);

/**
 * The string whose opening quote is the next byte; the cursor ends up behind its closing quote.
 *
 * @throws EvidenceError `input-malformed` for raw control characters, unknown escapes, invalid UTF-8, lone surrogates;
 *   `input-limit` for more text than `allowance` has left
 */
function readString(platform: Platform, cursor: Cursor, allowance: Allowance): string {
  cursor.at++;
  const first = readPlain(platform, cursor, allowance);
  const text = cursor.peek() === QUOTE ? first : readRest(platform, cursor, allowance, first);
  cursor.at++;
  return text;
}

/** The characters up to the next that does not stand for itself. */
function readPlain(platform: Platform, cursor: Cursor, allowance: Allowance): string {
  const from = cursor.at;
  skipPlain(cursor);
  if (cursor.at === from) return '';
  allowance.takeText(from, cursor);
  return platform.text(cursor.bytes, from, cursor.at);
}

/** So many pieces are joined at once: text that grows piece by piece costs 32 bytes more for each of them. */
const PIECES_AT_ONCE = 4096;

/** What follows `first`, which is no quote, with all before it. */
function readRest(platform: Platform, cursor: Cursor, allowance: Allowance, first: string): string {
  const pieces = [first];
  let from = cursor.at;
  for (;;) {
    const c = cursor.peek();
    if (c === QUOTE) return pieces.join('');
    if (c === END) throw cursor.unexpected();
    if (c !== BACKSLASH) throw cursor.malformed(`control character ${hexByte(c)} in a string`);
    pieces.push(readEscape(cursor), readPlain(platform, cursor, allowance));
    if (pieces.length < PIECES_AT_ONCE) continue;
    allowance.takeText(from, cursor);
    from = cursor.at;
    pieces.splice(0, pieces.length, pieces.join(''));
  }
}

/** Steps over the characters that stand for themselves. */
function skipPlain(cursor: Cursor): void {
  const { bytes, end } = cursor;
  let at = cursor.at;
  while (at < end) {
    const c = bytes[at] as number;
    if (c < SPACE || c === QUOTE || c === BACKSLASH) break;
    if (c < 0x80) at++;
    else {
      const length = multiByteLength(bytes, at, end);
      if (length === 0) throw cursor.malformed('invalid UTF-8 in a string', at);
      at += length;
    }
  }
  cursor.at = at;
}

function readEscape(cursor: Cursor): string {
  const from = cursor.at++;
  const c = cursor.peek();
  if (c === LOWER_U) return readUnicodeEscape(cursor, from);
  const character = SHORT_ESCAPES.get(c);
  if (character === undefined)
    throw c === END ? cursor.unexpected() : cursor.malformed('unknown escape in a string', from);
  cursor.at++;
  return character;
}

/** One character beyond U+FFFF is written as two escapes in a row; half of such a pair has no UTF-8 form. */
function readUnicodeEscape(cursor: Cursor, from: number): string {
  const unit = readCodeUnit(cursor);
  if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
  if (unit > 0xdbff || !cursor.looksAt(BACKSLASH, LOWER_U)) throw lone(cursor, from);
  cursor.at++;
  const low = readCodeUnit(cursor);
  if (low < 0xdc00 || low > 0xdfff) throw lone(cursor, from);
  return String.fromCharCode(unit, low);
}

function lone(cursor: Cursor, from: number): EvidenceError {
  return cursor.malformed('lone surrogate in a string', from);
}

/** The code unit of `uXXXX`, the backslash already stepped over. */
function readCodeUnit(cursor: Cursor): number {
  cursor.at++;
  let unit = 0;
  for (let i = 0; i < 4; i++) {
    const digit = hexValue(cursor.peek());
    if (digit === -1) throw cursor.unexpected();
    unit = unit * 16 + digit;
    cursor.at++;
  }
  return unit;
}

function hexValue(c: number): number {
  if (isDigit(c)) return c - ZERO;
  const lower = c | CASE_BIT;
  return c >= 0x41 && lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/* Number tokens of JSON text: RFC 8259 §6. */

/**
 * The number whose first byte, a digit or a minus, is the next; the cursor ends up behind it.
 *
 * @throws EvidenceError `input-malformed` for anything outside the grammar, `input-limit` for an exponent that could
 *   not be written back, and for more text than `allowance` has left
 */
function readNumber(platform: Platform, cursor: Cursor, allowance: Allowance): JsonNumber {
  const from = cursor.at;
  if (cursor.peek() === MINUS) cursor.at++;
  if (cursor.peek() === ZERO) {
    cursor.at++;
    if (isDigit(cursor.peek())) throw cursor.malformed('leading zero in a number', from);
  } else skipDigits(cursor);
  if (cursor.peek() === POINT) {
    cursor.at++;
    skipDigits(cursor);
  }
  const exponentDigits = skipExponent(cursor);
  allowance.takeText(from, cursor);
  const token = platform.text(cursor.bytes, from, cursor.at);
  if (exponentDigits >= MAX_EXPONENT_DIGITS) checkExponent(token, cursor, from);
  return new JsonNumber(token);
}

/** Steps over an exponent, if there is one; how many digits it has. */
function skipExponent(cursor: Cursor): number {
  if ((cursor.peek() | CASE_BIT) !== LOWER_E) return 0;
  cursor.at++;
  if (cursor.peek() === PLUS || cursor.peek() === MINUS) cursor.at++;
  return skipDigits(cursor);
}

function skipDigits(cursor: Cursor): number {
  const from = cursor.at;
  while (isDigit(cursor.peek())) cursor.at++;
  if (cursor.at === from) throw cursor.unexpected();
  return cursor.at - from;
}

/** What could not be written is refused here, where the place is still known. */
function checkExponent(token: string, cursor: Cursor, from: number): void {
  try {
    canonicalNumber(token);
  } catch (error) {
    throw error instanceof EvidenceError ? cursor.limit(error.reason, from) : error;
  }
}
