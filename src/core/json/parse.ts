/**
 * The strict JSON reader: RFC 8259, and the parts of RFC 7493 (I-JSON) that keep two readers from seeing two things.
 *
 * `JSON.parse` is no reader for evidence: the last of two members of one name wins, numbers are rounded, and invalid
 * UTF-8 has become U+FFFD before it starts. This one refuses what has no single meaning and keeps everything else.
 */
import type { Platform } from '../platform.ts';
import { Allowance } from './allowance.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isDigit,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './ascii.ts';
import { Cursor, END } from './cursor.ts';
import { MAX_DEPTH, MAX_NESTING } from './nesting.ts';
import { readNumber } from './read-number.ts';
import { readString } from './read-string.ts';
import type { Json } from './value.ts';

export interface ParseLimits {
  /** Containers within containers, 0 to 1000; 128 unless told. The outermost container is depth 1. */
  readonly maxDepth?: number;
  /** Values in all, where 64 bytes of text count as one more; what the platform has memory for unless told. */
  readonly maxValues?: number;
}

/**
 * Reads one JSON text, `bytes[start, end)`, in time linear in its length.
 *
 * @param platform - decodes the text of strings
 * @param bytes - UTF-8
 * @param start - where the text begins, in bytes; 0 unless told
 * @param end - where it ends, in bytes; the end of `bytes` unless told
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
  limits: ParseLimits = {},
): Json {
  const { maxDepth = MAX_DEPTH, maxValues = platform.maxValues } = limits;
  if (!(start >= 0 && start <= end && end <= bytes.length)) throw new RangeError('start and end must lie in bytes');
  if (!(maxDepth >= 0 && maxDepth <= MAX_NESTING)) throw new RangeError(`maxDepth must be 0 to ${MAX_NESTING}`);
  return new Reader(platform, new Cursor(bytes, start, end), maxDepth, maxValues).document();
}

/** One function for each production of the grammar; the recursion is as deep as the containers, so it is bounded. */
class Reader {
  private readonly platform: Platform;
  private readonly cursor: Cursor;
  private readonly maxDepth: number;
  private readonly allowance: Allowance;

  constructor(platform: Platform, cursor: Cursor, maxDepth: number, maxValues: number) {
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
      case OPEN_OBJECT:
        return this.object(depth + 1);
      case OPEN_ARRAY:
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
    if (this.opensEmpty(depth, CLOSE_OBJECT)) return members;
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
    } while (this.goesOn(CLOSE_OBJECT));
    return members;
  }

  private array(depth: number): Json {
    const elements: Json[] = [];
    if (this.opensEmpty(depth, CLOSE_ARRAY)) return elements;
    do elements.push(this.value(depth));
    while (this.goesOn(CLOSE_ARRAY));
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
