/** Rewrites strings of JSON text with the fewest escapes (RFC 8785 §3.2.2.2), byte by byte. */
import { BACKSLASH, LOWER_F, LOWER_N, LOWER_T, LOWER_U, QUOTE, SLASH, SPACE } from '../cursor.ts';
import { multiByteLength } from '../utf8.ts';

/** What is returned in place of an offset when the text is not a valid string. */
const NO = -1;

const HEX_DIGITS = '0123456789abcdef';

/** 1 for the bytes that stand for themselves in a string and are characters by themselves. */
const PLAIN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= SPACE && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** The letter of the short escape of each character that has one and needs it, else 0. */
const SHORT_ESCAPE: Uint8Array = new Uint8Array(0x80);
SHORT_ESCAPE[0x08] = 0x62;
SHORT_ESCAPE[0x09] = LOWER_T;
SHORT_ESCAPE[0x0a] = LOWER_N;
SHORT_ESCAPE[0x0c] = LOWER_F;
SHORT_ESCAPE[0x0d] = 0x72;
SHORT_ESCAPE[QUOTE] = QUOTE;
SHORT_ESCAPE[BACKSLASH] = BACKSLASH;

/** 1 for the letters of those escapes. */
const SHORT_LETTER: Uint8Array = new Uint8Array(256);
for (const letter of SHORT_ESCAPE) if (letter !== 0) SHORT_LETTER[letter] = 1;

/** The value of each hexadecimal digit; -1 for all else. */
const HEX_VALUE: Int8Array = new Int8Array(256).fill(NO);
for (let value = 0; value < 16; value++) {
  HEX_VALUE[HEX_DIGITS.charCodeAt(value)] = value;
  HEX_VALUE[HEX_DIGITS.toUpperCase().charCodeAt(value)] = value;
}

/**
 * Writes the string whose opening quote is `bytes[open]` in canonical form, quotes and all. That is never longer than
 * the string itself, and the output must have room for as much.
 *
 * @returns the offset behind the closing quote; or -1 for what the strict reader refuses: raw control characters,
 *   unknown escapes, invalid UTF-8, lone surrogates, no end before `end`
 */
export function copyString(bytes: Uint8Array, open: number, end: number, output: ByteOutput): number {
  const target = output.bytes;
  let length = output.length;
  target[length++] = QUOTE;
  let at = open + 1;
  while (at < end) {
    const c = bytes[at] as number;
    if (PLAIN[c] === 1) {
      target[length++] = c;
      at++;
      continue;
    }
    output.length = length;
    if (c === QUOTE) {
      output.byte(QUOTE);
      return at + 1;
    }
    at = c === BACKSLASH ? copyEscape(bytes, at, end, output) : copyMultiByte(bytes, at, end, output);
    if (at === NO) return NO;
    length = output.length;
  }
  return NO;
}

function copyMultiByte(bytes: Uint8Array, at: number, end: number, output: ByteOutput): number {
  const length = multiByteLength(bytes, at, end);
  if (length === 0) return NO;
  for (let i = 0; i < length; i++) output.byte(bytes[at + i] as number);
  return at + length;
}

function copyEscape(bytes: Uint8Array, backslash: number, end: number, output: ByteOutput): number {
  if (backslash + 2 > end) return NO;
  const letter = bytes[backslash + 1] as number;
  if (letter === LOWER_U) return copyUnicodeEscape(bytes, backslash, end, output);
  if (SHORT_LETTER[letter] === 1) output.byte(BACKSLASH);
  else if (letter !== SLASH) return NO;
  output.byte(letter);
  return backslash + 2;
}

/** One character beyond U+FFFF is written as two escapes in a row; half of such a pair has no UTF-8 form. */
function copyUnicodeEscape(bytes: Uint8Array, backslash: number, end: number, output: ByteOutput): number {
  const unit = codeUnitAt(bytes, backslash, end);
  if (unit === NO) return NO;
  if (unit < 0xd800 || unit > 0xdfff) {
    writeCharacter(unit, output);
    return backslash + 6;
  }
  const low = codeUnitAt(bytes, backslash + 6, end);
  if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff) return NO;
  writeSupplementary(0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00), output);
  return backslash + 12;
}

/** The code unit of the six bytes `\uXXXX` at `at`, or -1 if they are something else. */
function codeUnitAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 6 > end || bytes[at] !== BACKSLASH || bytes[at + 1] !== LOWER_U) return NO;
  let unit = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const digit = HEX_VALUE[bytes[i] as number] as number;
    if (digit === NO) return NO;
    unit = unit * 16 + digit;
  }
  return unit;
}

/** Writes a character of the Basic Multilingual Plane: as itself, unless it must be escaped. */
function writeCharacter(unit: number, output: ByteOutput): void {
  if (unit >= 0x800) {
    output.byte(0xe0 | (unit >> 12));
    output.byte(0x80 | ((unit >> 6) & 0x3f));
    output.byte(0x80 | (unit & 0x3f));
  } else if (unit >= 0x80) {
    output.byte(0xc0 | (unit >> 6));
    output.byte(0x80 | (unit & 0x3f));
  } else if (PLAIN[unit] === 1) output.byte(unit);
  else writeEscape(unit, output);
}

function writeEscape(unit: number, output: ByteOutput): void {
  output.byte(BACKSLASH);
  const letter = SHORT_ESCAPE[unit] as number;
  if (letter !== 0) output.byte(letter);
  else output.ascii(`u00${unit < 0x10 ? '0' : '1'}${HEX_DIGITS.charAt(unit & 0xf)}`);
}

function writeSupplementary(codePoint: number, output: ByteOutput): void {
  output.byte(0xf0 | (codePoint >> 18));
  output.byte(0x80 | ((codePoint >> 12) & 0x3f));
  output.byte(0x80 | ((codePoint >> 6) & 0x3f));
  output.byte(0x80 | (codePoint & 0x3f));
}

/** Bytes written one behind another into a buffer that grows and is used again. */
export class ByteOutput {
  /** What was written, and then what is free. Replaced when it grows, so nobody keeps it across a `reserve`. */
  bytes: Uint8Array = new Uint8Array(4096);
  /** How many bytes are written. */
  length = 0;

  /** Makes sure that `count` more bytes have room. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(needed * 2);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** Writes one byte, for which there must be room. */
  byte(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  /** Writes ASCII text, for which there must be room. */
  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }
}
