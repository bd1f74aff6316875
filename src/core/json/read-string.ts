/** Strings of JSON text: RFC 8259 §7, with the refusals of RFC 7493 §2.1. */
import type { EvidenceError } from '../errors.ts';
import type { Platform } from '../platform.ts';
import type { Allowance } from './allowance.ts';
import { BACKSLASH, CASE_BIT, isDigit, LOWER_F, LOWER_N, LOWER_T, LOWER_U, QUOTE, SPACE, ZERO } from './ascii.ts';
import { type Cursor, END, hexByte } from './cursor.ts';
import { multiByteLength } from './utf8-sequence.ts';

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
export function readString(platform: Platform, cursor: Cursor, allowance: Allowance): string {
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
