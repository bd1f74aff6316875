/**
 * The members of a snapshot's outermost object: before `records` (the header) and after it (the trailer).
 *
 * A look starts over from the beginning when bytes are missing; the framer spaces the looks so that this stays linear.
 */

import { EvidenceError } from '../errors.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../json/cursor.ts';
import { type ByteWindow, isWhiteSpace, type Lines, type NameFrame, nameIs } from './byte-window.ts';
import { IN_ORDER, LOOKED_AT_BYTES, OTHER_OBJECT, type OtherInput, otherInput, otherKindAt } from './other-input.ts';

const BOM_LEAD = 0xef;

/** A member as ranges of its JSON texts (a quoted name, a value). */
export interface MemberFrame extends NameFrame {
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface Prologue {
  readonly members: readonly MemberFrame[];
  /** Range of what was framed. */
  readonly start: number;
  readonly end: number;
  /** What follows: the elements of `records`, the next line, or nothing but white space. */
  readonly next: 'records' | 'line-end' | 'end';
  /** `trailer`, in a JSON summary, which may leave `records` out. */
  readonly trailer: MemberFrame | undefined;
}

/** Thrown inside this module when bytes are missing; never leaves it. */
class MissingBytes extends Error {}

class Cursor {
  readonly #window: ByteWindow;
  readonly #closed: boolean;
  at: number;

  constructor(window: ByteWindow, closed: boolean) {
    this.#window = window;
    this.#closed = closed;
    this.at = window.start;
  }

  /** The byte at the cursor. */
  byte(): number {
    const byte = this.at < this.#window.end ? this.#window.bytes[this.at] : undefined;
    if (byte === undefined) throw this.#missing();
    return byte;
  }

  atEnd(): boolean {
    return this.at >= this.#window.end;
  }

  skipWhiteSpace(): void {
    while (!this.atEnd() && isWhiteSpace(this.#window.bytes[this.at])) this.at++;
  }

  expect(byte: number, what: string): void {
    this.skipWhiteSpace();
    if (this.byte() !== byte) throw this.malformed(`expected ${what}`);
    this.at++;
  }

  /** Moves behind the string at the cursor. */
  string(): void {
    if (this.byte() !== QUOTE) throw this.malformed('expected a member name');
    this.at++;
    for (let byte = this.byte(); byte !== QUOTE; byte = this.byte()) this.at += byte === BACKSLASH ? 2 : 1;
    this.at++;
  }

  /** Moves behind the value at the cursor, whatever it is; the strict reader looks at it later. */
  value(): void {
    let depth = 0;
    for (;;) {
      const byte = this.byte();
      if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET)) return;
      const change = this.#depthChange(byte);
      depth += change;
      if (change < 0 && depth === 0) return;
    }
  }

  /** Moves behind `byte`, or behind the string that it begins; by how much that changes the count of open brackets. */
  #depthChange(byte: number): number {
    if (byte === QUOTE) {
      this.string();
      return 0;
    }
    this.at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return 1;
    return byte === CLOSE_BRACE || byte === CLOSE_BRACKET ? -1 : 0;
  }

  /**
   * The refusal of what is no JSON object: said when enough was seen to say what it is, at any size of chunks.
   *
   * @param most - longest header, in bytes
   */
  other(most: number): Error {
    const { bytes, start, end } = this.#window;
    const enough = start + Math.min(LOOKED_AT_BYTES, most);
    if (!this.#closed && end < enough) return new MissingBytes();
    return this.#named(otherInput(bytes, this.at, Math.min(end, enough)), this.at);
  }

  /** The refusal of an object that has ended, at the cursor, without a word of snapshots. */
  otherObject(): EvidenceError {
    return this.#named(OTHER_OBJECT, this.at);
  }

  /** Refuses an object of which `members` are known if it says that it is of another kind. */
  requireSnapshot(members: readonly MemberFrame[]): void {
    const kind = members.find((member) => nameIs(this.#window, member, 'kind'));
    const other = kind && otherKindAt(this.#window.bytes, kind.valueStart, kind.valueEnd);
    if (other !== undefined) throw this.#named(other, kind?.valueStart ?? this.at);
  }

  #named({ reason, advice }: OtherInput, at: number): EvidenceError {
    return new EvidenceError('input-malformed', reason, { where: this.#window.placeOf(at), advice });
  }

  /** @param at - the byte that the fault is about: never how far was read, which depends on how the bytes came */
  malformed(reason: string, at: number = this.at): EvidenceError {
    return new EvidenceError('input-malformed', reason, { where: this.#window.placeOf(at) });
  }

  #missing(): Error {
    if (!this.#closed) return new MissingBytes();
    const where = this.#window.placeOf(this.#window.end);
    return new EvidenceError('input-truncated', 'the input ends before the snapshot does', { where });
  }
}

function lookAt<T>(look: () => T): T | 'more' {
  try {
    return look();
  } catch (error) {
    if (error instanceof MissingBytes) return 'more';
    throw error;
  }
}

function openObject(cursor: Cursor, most: number): void {
  cursor.skipWhiteSpace();
  if (cursor.byte() === BOM_LEAD) throw cursor.malformed('a byte order mark, or text that is not JSON');
  if (cursor.byte() !== OPEN_BRACE) throw cursor.other(most);
  cursor.at++;
  cursor.skipWhiteSpace();
  if (cursor.byte() === CLOSE_BRACE) throw cursor.malformed('the header has no members');
}

/**
 * The header: everything up to `records`, or up to the end of the first object.
 *
 * @param most - longest header, in bytes
 * @throws EvidenceError `input-malformed` or `input-truncated`
 */
export function framePrologue(window: ByteWindow, closed: boolean, most: number): Prologue | 'more' {
  return lookAt(() => {
    const cursor = new Cursor(window, closed);
    cursor.skipWhiteSpace();
    if (closed && cursor.atEnd()) throw cursor.malformed('the input is empty');
    openObject(cursor, most);
    const members: MemberFrame[] = [];
    for (;;) {
      const name = memberName(cursor);
      if (nameIs(window, name, 'records')) return openRecords(window, cursor, members);
      const valueStart = cursor.at;
      cursor.value();
      members.push({ ...name, valueStart, valueEnd: cursor.at });
      cursor.skipWhiteSpace();
      if (cursor.byte() === CLOSE_BRACE) return closeObject(window, cursor, members, closed);
      cursor.expect(COMMA, 'a comma or the end of the object');
    }
  });
}

/** Moves from before a member's name to its value. */
function memberName(cursor: Cursor): NameFrame {
  cursor.skipWhiteSpace();
  const nameStart = cursor.at;
  cursor.string();
  const nameEnd = cursor.at;
  cursor.expect(COLON, 'a colon');
  cursor.skipWhiteSpace();
  return { nameStart, nameEnd };
}

function openRecords(window: ByteWindow, cursor: Cursor, members: readonly MemberFrame[]): Prologue {
  const early = members.find((member) => nameIs(window, member, 'trailer'));
  if (early !== undefined) {
    const where = window.placeOf(early.nameStart);
    throw new EvidenceError('input-truncated', 'the trailer is not last', { where, advice: IN_ORDER });
  }
  if (cursor.byte() !== OPEN_BRACKET) cursor.requireSnapshot(members);
  cursor.expect(OPEN_BRACKET, 'the array `records`');
  return { members, start: window.start, end: cursor.at, next: 'records', trailer: undefined };
}

/** The first object ended without `records`: an NDJSON header line, or a JSON summary with its trailer inside. */
function closeObject(window: ByteWindow, cursor: Cursor, members: MemberFrame[], closed: boolean): Prologue {
  const objectEnd = cursor.at;
  cursor.at++;
  const last = members.at(-1);
  if (last !== undefined && nameIs(window, last, 'trailer')) {
    return { members: members.slice(0, -1), start: window.start, end: objectEnd + 1, next: 'end', trailer: last };
  }
  const saysKind = members.some((member) => nameIs(window, member, 'kind'));
  for (let at = window.start; at < objectEnd; at++) {
    if (window.bytes[at] !== LF) continue;
    if (!saysKind) throw cursor.otherObject();
    cursor.requireSnapshot(members);
    throw cursor.malformed('the snapshot has neither `records` nor `trailer`');
  }
  while (!cursor.atEnd() && cursor.byte() !== LF) {
    if (!isWhiteSpace(cursor.byte())) throw cursor.malformed('data after the header on its line');
    cursor.at++;
  }
  if (closed && cursor.atEnd()) {
    if (!saysKind) throw cursor.otherObject();
    cursor.requireSnapshot(members);
    throw new EvidenceError('input-truncated', 'the trailer is missing', { where: window.placeOf(window.end) });
  }
  cursor.byte();
  return { members, start: window.start, end: cursor.at + 1, next: 'line-end', trailer: undefined };
}

const BEFORE = 'members of the header stand before `records`';

/**
 * The rest of the JSON container after `records`: `trailer`, and nothing else.
 *
 * @throws EvidenceError `input-malformed` or `input-truncated`
 */
export function frameEpilogue(window: ByteWindow, closed: boolean): { trailer: MemberFrame; end: number } | 'more' {
  return lookAt(() => {
    const cursor = new Cursor(window, closed);
    cursor.skipWhiteSpace();
    if (cursor.byte() === CLOSE_BRACE) {
      throw new EvidenceError('input-truncated', 'the trailer is missing', { where: window.placeOf(cursor.at) });
    }
    cursor.expect(COMMA, 'a comma');
    const { nameStart, nameEnd } = memberName(cursor);
    if (!nameIs(window, { nameStart, nameEnd }, 'trailer')) {
      throw cursor.malformed(`expected \`trailer\` after \`records\`: ${BEFORE}`, nameStart).advising(IN_ORDER);
    }
    const valueStart = cursor.at;
    cursor.value();
    const valueEnd = cursor.at;
    cursor.skipWhiteSpace();
    if (cursor.byte() === COMMA) {
      throw cursor.malformed(`something follows the trailer: ${BEFORE}`).advising(IN_ORDER);
    }
    cursor.expect(CLOSE_BRACE, 'the end of the snapshot');
    return { trailer: { nameStart, nameEnd, valueStart, valueEnd }, end: cursor.at };
  });
}

/* Finds where the elements of the array `records` begin and end. Keeps its place, so that no byte is seen twice. */

export interface ElementFrame {
  readonly start: number;
  readonly end: number;
}

type Expected = 'first' | 'element' | 'comma-or-end';

export class ElementFramer {
  readonly #window: ByteWindow;
  readonly #maxElementBytes: number;
  #expected: Expected = 'first';
  /** Bytes of the current element seen so far, its open brackets, and whether we are in a string, after a backslash. */
  #seen = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(window: ByteWindow, maxElementBytes: number) {
    this.#window = window;
    this.#maxElementBytes = maxElementBytes;
  }

  /** The next element; `end-of-array` when the closing bracket was consumed; `more` when bytes are missing. */
  next(closed: boolean): ElementFrame | 'end-of-array' | 'more' {
    if (this.#seen === 0) {
      const found = this.#between(closed);
      if (found !== 'element') return found;
    }
    const { start } = this.#window;
    const end = this.#elementEnd();
    if (end < 0) {
      if (this.#seen > this.#maxElementBytes) throw this.#tooLong();
      return closed ? this.#truncated() : 'more';
    }
    if (end - start > this.#maxElementBytes) throw this.#tooLong();
    this.#seen = 0;
    this.#expected = 'comma-or-end';
    this.#window.consume(end);
    return { start, end };
  }

  /** Elements that each have a line of their own, as they are written, with the comma at its end. */
  get lines(): Lines | undefined {
    const { bytes, start, end } = this.#window;
    const isBehind = this.#expected === 'comma-or-end';
    if (this.#seen > 0 || this.#expected === 'first') return undefined;
    if (isBehind && (bytes[start] !== COMMA || bytes[start + 1] !== LF)) return undefined;
    const from = isBehind ? start + 2 : start;
    let last = this.#window.lastIndexOf(LF, end);
    // Behind the last of all stand some ends of lines that are none of these.
    for (let others = 0; last > from && bytes[last - 1] !== COMMA && others < 3; others++)
      last = this.#window.lastIndexOf(LF, last);
    if (last <= from || bytes[last - 1] !== COMMA) return undefined;
    return { bytes, start: from, end: last + 1, commas: true, anySpelling: true };
  }

  /** Takes the first `count` of these elements, which end at `end`. */
  takeLines(end: number, count: number): void {
    this.#window.consumeLines(end, this.#expected === 'element' ? count : count + 1);
    this.#expected = 'element';
  }

  /** Consumes what stands between two elements. */
  #between(closed: boolean): 'element' | 'end-of-array' | 'more' {
    const window = this.#window;
    for (;;) {
      window.skipWhiteSpace();
      if (window.start >= window.end) return closed ? this.#truncated() : 'more';
      const byte = window.bytes[window.start];
      if (byte === OPEN_BRACE && this.#expected !== 'comma-or-end') return 'element';
      if (byte !== COMMA || this.#expected !== 'comma-or-end') return this.#endOfArray(byte);
      this.#expected = 'element';
      window.consume(window.start + 1);
    }
  }

  #endOfArray(byte: number | undefined): 'end-of-array' {
    if (byte !== CLOSE_BRACKET || this.#expected === 'element') throw this.#unexpected();
    this.#window.consume(this.#window.start + 1);
    return 'end-of-array';
  }

  /** Index after the element's last byte, or -1. */
  #elementEnd(): number {
    const { bytes, start, end } = this.#window;
    for (let at = start + this.#seen; at < end; at++) {
      const byte = bytes[at];
      if (this.#inString) this.#inText(byte);
      else if (byte === QUOTE) this.#inString = true;
      else if (this.#closesElement(byte)) return at + 1;
    }
    this.#seen = end - start;
    return -1;
  }

  #inText(byte: number | undefined): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #closesElement(byte: number | undefined): boolean {
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      this.#depth--;
      return this.#depth === 0;
    }
    return false;
  }

  #unexpected(): EvidenceError {
    const wanted = this.#expected === 'comma-or-end' ? 'a comma or the end of `records`' : 'a record (a JSON object)';
    return new EvidenceError('input-malformed', `expected ${wanted}`, {
      where: this.#window.placeOf(this.#window.start),
    });
  }

  #tooLong(): EvidenceError {
    const reason = `a record is longer than the limit of ${this.#maxElementBytes} bytes`;
    return new EvidenceError('input-limit', reason, { where: this.#window.placeOf(this.#window.start) });
  }

  #truncated(): never {
    const where = this.#window.placeOf(this.#window.end);
    throw new EvidenceError('input-truncated', 'the input ends within `records`; the trailer is missing', { where });
  }
}
