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
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  CR,
  isDigit,
  LF,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MAX_DEPTH,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  TAB,
  ZERO,
} from '../cursor.ts';
import { compareNames } from '../utf8.ts';
import { canonicalNumber, isNumberToken, MAX_PLAIN_DIGITS } from '../value.ts';
import { ByteOutput, copyString } from './copy-string.ts';

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
    const { members, output } = this;
    output.byte(OPEN_BRACE);
    let at = this.skipSpace(open + 1);
    if (this.byteAt(at) === CLOSE_BRACE) return this.written(CLOSE_BRACE, at);
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
    if (this.byteAt(at) !== CLOSE_BRACE || !(ordered || members.sort(base))) return NO;
    members.drop(base);
    return this.written(CLOSE_BRACE, at);
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
    this.output.byte(OPEN_BRACKET);
    let at = this.skipSpace(open + 1);
    if (this.byteAt(at) === CLOSE_BRACKET) return this.written(CLOSE_BRACKET, at);
    for (;;) {
      at = this.afterValue(at, depth);
      if (this.byteAt(at) !== COMMA) break;
      at = this.afterComma(at);
    }
    return this.byteAt(at) === CLOSE_BRACKET ? this.written(CLOSE_BRACKET, at) : NO;
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

/*
 * Puts the members of an object, written as they came, into canonical order.
 *
 * Objects lie within one another, so the places of their members are a stack: an object's own are on top of those of
 * the objects around it when it ends, and leave with it.
 */

/** Shorter runs of bytes are copied faster one by one than by a call. */
const SHORT_COPY = 48;

export class MemberOrder {
  /** How many members are on the stack. */
  count = 0;
  private readonly output: ByteOutput;
  /** Where the name of each begins in the output, behind its quote, and where it ends, before its quote. */
  private readonly nameStart: number[] = [];
  private readonly nameEnd: number[] = [];
  /** Places on the stack in the order to be, and room to sort them. */
  private order: number[] = [];
  private spare: number[] = [];
  /** Whether the sort came upon two of one name. */
  private duplicate = false;

  constructor(output: ByteOutput) {
    this.output = output;
  }

  /**
   * Adds the member whose name was written last, at `nameStart` to `nameEnd`, to the object whose first is `base`.
   *
   * @returns whether its name comes behind that of the one before it; if not, the object must be sorted when it ends
   */
  add(base: number, nameStart: number, nameEnd: number): boolean {
    const i = this.count++;
    this.nameStart[i] = nameStart;
    this.nameEnd[i] = nameEnd;
    return i === base || this.compare(i, i - 1) > 0;
  }

  /** Takes the members from `base` on from the stack. */
  drop(base: number): void {
    this.count = base;
  }

  /**
   * Sorts the members from `base` on, which end where the output ends, with n log n comparisons for n members in
   * whatever order.
   *
   * @returns whether all names are different; if not, the output is left as it was
   */
  sort(base: number): boolean {
    const size = this.count - base;
    this.duplicate = false;
    for (let i = 0; i < size; i++) this.order[i] = base + i;
    for (let width = 1; width < size; width *= 2) this.mergePass(width, size);
    if (this.duplicate) return false;
    this.rewrite(base, size);
    return true;
  }

  private compare(a: number, b: number): number {
    const { nameStart, nameEnd } = this;
    const { bytes } = this.output;
    return compareNames(
      bytes,
      nameStart[a] as number,
      nameEnd[a] as number,
      nameStart[b] as number,
      nameEnd[b] as number,
    );
  }

  /** Whether member a goes before b. Two of one name are neighbours in the end, so any sort once compares them. */
  private precedes(a: number, b: number): boolean {
    const order = this.compare(a, b);
    if (order === 0) this.duplicate = true;
    return order < 0;
  }

  /** Merges all pairs of sorted runs of this width into runs of twice that. */
  private mergePass(width: number, size: number): void {
    for (let from = 0; from < size; from += 2 * width) {
      this.merge(from, Math.min(from + width, size), Math.min(from + 2 * width, size));
    }
    const merged = this.spare;
    this.spare = this.order;
    this.order = merged;
  }

  /** Merges the sorted runs `[from, middle)` and `[middle, end)` of the order into the same places of the spare. */
  private merge(from: number, middle: number, end: number): void {
    const { order, spare } = this;
    let left = from;
    let right = middle;
    for (let i = from; i < end; i++) {
      const fromRight = right < end && (left >= middle || this.precedes(order[right] as number, order[left] as number));
      spare[i] = order[fromRight ? right++ : left++] as number;
    }
  }

  /** Writes the members in order behind themselves, where there is room, and moves them back. */
  private rewrite(base: number, size: number): void {
    const { output, nameStart, order } = this;
    const start = (nameStart[base] as number) - 1;
    const end = output.length;
    output.reserve(end - start);
    const { bytes } = output;
    let to = end;
    for (let i = 0; i < size; i++) {
      const member = order[i] as number;
      const from = (nameStart[member] as number) - 1;
      const memberEnd = member + 1 < this.count ? (nameStart[member + 1] as number) - 2 : end;
      if (i > 0) bytes[to++] = COMMA;
      to = copy(bytes, from, memberEnd, to);
    }
    copy(bytes, end, to, start);
  }
}

/** Copies `[from, end)` to `to`, which must not lie in between; the offset behind the copy. */
function copy(bytes: Uint8Array, from: number, end: number, to: number): number {
  if (end - from > SHORT_COPY) bytes.copyWithin(to, from, end);
  else for (let i = from, j = to; i < end; i++, j++) bytes[j] = bytes[i] as number;
  return to + end - from;
}
