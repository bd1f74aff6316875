/**
 * The short way from any spelling of a JSON text to its canonical form: bytes to bytes, with no values in between.
 *
 * Snapshots that other programs write have their members in another order, blanks behind commas, or escapes where
 * none are needed, all of which takes one pass to set right. It accepts what the strict reader accepts and writes
 * what the canonical writer writes; whatever it does not accept goes the simple way, through those two, which also
 * give the precise error. The simple way is its oracle (test/differential/byte-canonicalizer.test.ts).
 */
import { EvidenceError } from '../../errors.ts';
import type { Platform } from '../../platform.ts';
import {
  CASE_BIT,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  CR,
  isDigit,
  LF,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  TAB,
  ZERO,
} from '../ascii.ts';
import { MAX_DEPTH } from '../nesting.ts';
import { canonicalNumber, isNumberToken, MAX_PLAIN_DIGITS } from '../number.ts';
import { ByteOutput } from './byte-output.ts';
import { copyString } from './copy-string.ts';
import { MemberOrder } from './member-order.ts';

/** What every function here returns in place of an offset when the text is refused. */
const NO = -1;

/** Brings one text after another into canonical form. */
export class ByteCanonicalizer {
  private readonly platform: Platform;
  /** Whether a number of the last value was not spelled as its canonical form is. */
  respelledNumber = false;
  /** Has always room for as many bytes as are still to be read: only numbers become longer, and reserve for that. */
  private readonly output: ByteOutput = new ByteOutput();
  private readonly members: MemberOrder = new MemberOrder(this.output);
  private bytes: Uint8Array = new Uint8Array();
  private end = 0;

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /**
   * The canonical form of the one JSON value that is `bytes[start, end)`, with white space around it or not.
   *
   * @returns a view that holds until the next call; or undefined for whatever the strict reader refuses, and for a
   *   range that does not lie in `bytes`. Never throws on any input; takes time linear in `end - start`, apart from
   *   n log n comparisons for the n members of an object that are not in order.
   */
  canonicalize(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (!(start >= 0 && start <= end && end <= bytes.length)) return undefined;
    this.bytes = bytes;
    this.end = end;
    this.members.drop(0);
    this.output.length = 0;
    this.respelledNumber = false;
    this.output.reserve(end - start);
    const at = this.value(this.skipSpace(start), 0);
    if (at === NO || this.skipSpace(at) !== end) return undefined;
    return this.output.bytes.subarray(0, this.output.length);
  }

  /** The functions below take the offset of a first byte and return the offset behind the last one, or NO. */
  private value(at: number, depth: number): number {
    switch (this.byteAt(at)) {
      case QUOTE:
        return copyString(this.bytes, at, this.end, this.output);
      case OPEN_OBJECT:
        return this.object(at, depth + 1);
      case OPEN_ARRAY:
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
    const { members, output } = this;
    output.byte(OPEN_OBJECT);
    let at = this.skipSpace(open + 1);
    if (this.byteAt(at) === CLOSE_OBJECT) return this.written(CLOSE_OBJECT, at);
    const base = members.count;
    let ordered = true;
    for (;;) {
      const nameStart = output.length + 1;
      at = this.name(at);
      if (at === NO) return NO;
      if (!members.add(base, nameStart, output.length - 2)) ordered = false;
      at = this.afterValue(at, depth);
      if (this.byteAt(at) !== COMMA) break;
      at = this.afterComma(at);
    }
    if (this.byteAt(at) !== CLOSE_OBJECT || !(ordered || members.sort(base))) return NO;
    members.drop(base);
    return this.written(CLOSE_OBJECT, at);
  }

  /** A name, and the colon and the white space behind it. */
  private name(open: number): number {
    if (this.byteAt(open) !== QUOTE) return NO;
    const after = copyString(this.bytes, open, this.end, this.output);
    if (after === NO) return NO;
    const at = this.skipSpace(after);
    return this.byteAt(at) === COLON ? this.skipSpace(this.written(COLON, at)) : NO;
  }

  private array(open: number, depth: number): number {
    if (depth > MAX_DEPTH) return NO;
    this.output.byte(OPEN_ARRAY);
    let at = this.skipSpace(open + 1);
    if (this.byteAt(at) === CLOSE_ARRAY) return this.written(CLOSE_ARRAY, at);
    for (;;) {
      at = this.afterValue(at, depth);
      if (this.byteAt(at) !== COMMA) break;
      at = this.afterComma(at);
    }
    return this.byteAt(at) === CLOSE_ARRAY ? this.written(CLOSE_ARRAY, at) : NO;
  }

  /** A value within a container, and the white space behind it. */
  private afterValue(from: number, depth: number): number {
    const at = this.value(from, depth);
    return at === NO ? NO : this.skipSpace(at);
  }

  private afterComma(comma: number): number {
    return this.skipSpace(this.written(COMMA, comma));
  }

  private literal(from: number, word: string): number {
    for (let i = 0; i < word.length; i++) if (this.byteAt(from + i) !== word.charCodeAt(i)) return NO;
    this.output.ascii(word);
    return from + word.length;
  }

  private number(from: number): number {
    let at = from;
    if (this.byteAt(at) === MINUS) at++;
    const digitsAt = at;
    while (isDigit(this.byteAt(at))) at++;
    const digits = at - digitsAt;
    const c = this.byteAt(at);
    if (digits > MAX_PLAIN_DIGITS || c === POINT || (c | CASE_BIT) === LOWER_E) return this.anyNumber(from);
    if (digits === 0 || (digits > 1 && this.bytes[digitsAt] === ZERO)) return NO;
    for (let i = from; i < at; i++) this.output.byte(this.bytes[i] as number);
    return at;
  }

  /** Numbers with a fraction or an exponent, or long ones: rare enough to be decoded. */
  private anyNumber(from: number): number {
    let at = from;
    while (isNumberByte(this.byteAt(at))) at++;
    const token = this.platform.text(this.bytes, from, at);
    const text = canonicalOrUndefined(token);
    if (text === undefined) return NO;
    this.respelledNumber ||= text !== token;
    this.output.reserve(text.length + this.end - at);
    this.output.ascii(text);
    return at;
  }

  /** Steps over the byte `at`, written as it is. */
  private written(byte: number, at: number): number {
    this.output.byte(byte);
    return at + 1;
  }

  private skipSpace(from: number): number {
    let at = from;
    while (at < this.end && isSpace(this.bytes[at] as number)) at++;
    return at;
  }

  /** The byte at an offset, or NO where there is none: at the end, or at NO itself. */
  private byteAt(at: number): number {
    return at >= 0 && at < this.end ? (this.bytes[at] as number) : NO;
  }
}

function isSpace(c: number): boolean {
  return c <= SPACE && (c === SPACE || c === LF || c === CR || c === TAB);
}

function isNumberByte(c: number): boolean {
  return isDigit(c) || c === MINUS || c === PLUS || c === POINT || (c | CASE_BIT) === LOWER_E;
}

function canonicalOrUndefined(token: string): string | undefined {
  if (!isNumberToken(token)) return undefined;
  try {
    return canonicalNumber(token);
  } catch (error) {
    if (error instanceof EvidenceError) return undefined;
    throw error;
  }
}
