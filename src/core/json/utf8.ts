/** The order of text in a snapshot: that of its UTF-8 bytes, what PostgreSQL calls `COLLATE "C"`. */
import { BACKSLASH, LOWER_F, LOWER_N, LOWER_T, LOWER_U } from './cursor.ts';

const FIRST_SURROGATE = 0xd800;
const AFTER_LAST_SURROGATE = 0xe000;

/**
 * Surrogates stand for code points above all others but have code units below U+E000; moving both ranges past each
 * other makes the order of code units that of code points, which is that of UTF-8 bytes (RFC 3629 §1).
 */
function rank(codeUnit: number): number {
  if (codeUnit < FIRST_SURROGATE) return codeUnit;
  return codeUnit < AFTER_LAST_SURROGATE ? codeUnit + 0x2000 : codeUnit - 0x800;
}

/**
 * Compares two texts by their UTF-8 bytes, without encoding them.
 *
 * @param a - well-formed text
 * @param b - well-formed text
 * @returns below 0 if `a` comes first, above 0 if `b` does, 0 if they are equal
 */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/**
 * A part of a key that more follows in: of two keys whose parts are so written the order of bytes is that of the parts.
 *
 * A zero character in the text is followed by a one, the end by another zero: it stands before whatever goes on.
 */
export function delimited(text: string): string {
  return `${text.includes('\0') ? text.replaceAll('\0', '\0\u0001') : text}\0\0`;
}

/*
 * The order of member names by UTF-16 code units (RFC 8785 §3.2.3), judged by the UTF-8 bytes of their canonical
 * spelling, without decoding them.
 *
 * A canonical spelling is the only one of its text, so two names differ where their bytes do, and only the character
 * at the first difference counts. Names are compared n log n times, so decoding them whole would let one long name
 * among many short ones cost their product.
 */

/** Where each first byte of a character stands among all others; bytes within a character stand as they are. */
const RANK: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  // Characters beyond U+FFFF (from F0 on) are surrogates in UTF-16, which come before U+E000 (from EE on).
  byte === 0xee || byte === 0xef ? byte + 0x10 : byte,
);

/** The characters that have an escape of two bytes, by its second. */
const ESCAPED: Uint8Array = Uint8Array.from({ length: 256 }, (_, letter) => letter);
ESCAPED[0x62] = 0x08;
ESCAPED[LOWER_T] = 0x09;
ESCAPED[LOWER_N] = 0x0a;
ESCAPED[LOWER_F] = 0x0c;
ESCAPED[0x72] = 0x0d;

/**
 * Compares the names `bytes[aStart, aEnd)` and `bytes[bStart, bEnd)`, in canonical spelling and without their quotes.
 *
 * @returns below 0 if a comes first, above 0 if b does, 0 if they are one name
 */
export function compareNames(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): number {
  const shorter = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < shorter; i++) {
    const x = bytes[aStart + i] as number;
    const y = bytes[bStart + i] as number;
    if (x === y) continue;
    if (isEscaped(bytes, aStart, aStart + i)) return escapedAt(bytes, aStart + i) - escapedAt(bytes, bStart + i);
    return rankAt(bytes, aStart + i) - rankAt(bytes, bStart + i);
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Whether the backslashes before `at` are an odd number: the last one begins an escape. */
function isEscaped(bytes: Uint8Array, start: number, at: number): boolean {
  let from = at;
  while (from > start && bytes[from - 1] === BACKSLASH) from--;
  return (at - from) % 2 === 1;
}

/** The place of the character that begins at `at`. Digits within a long escape are in the order of what they mean. */
function rankAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] as number;
  return byte === BACKSLASH ? escapedAt(bytes, at + 1) : (RANK[byte] as number);
}

/** The character of the escape whose backslash stands before `at`. */
function escapedAt(bytes: Uint8Array, at: number): number {
  const letter = bytes[at] as number;
  return letter === LOWER_U ? longEscape(bytes, at + 3) : (ESCAPED[letter] as number);
}

/** The control character of a long escape; its last two digits, the only ones that are not 0, stand at `at`. */
function longEscape(bytes: Uint8Array, at: number): number {
  return Number.parseInt(String.fromCharCode(bytes[at] as number, bytes[at + 1] as number), 16);
}

/* Well-formed UTF-8, byte by byte, by the table of RFC 3629 §4 (Unicode table 3-7). */

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf;
}

/**
 * The length in bytes of the well-formed multi-byte sequence that starts at `bytes[at]`: 2, 3 or 4; or 0 if there is
 * none before `end`: a stray continuation, an overlong form, a surrogate, a value above U+10FFFF, a cut-off sequence.
 */
export function multiByteLength(bytes: Uint8Array, at: number, end: number): 0 | 2 | 3 | 4 {
  const lead = bytes[at] ?? 0;
  if (lead < 0xc2 || lead > 0xf4 || !isContinuation(bytes[at + 1])) return 0;
  if (lead < 0xe0) return at + 2 <= end ? 2 : 0;
  if (!isSecondOf(lead, bytes[at + 1] ?? 0) || !isContinuation(bytes[at + 2])) return 0;
  if (lead < 0xf0) return at + 3 <= end ? 3 : 0;
  return at + 4 <= end && isContinuation(bytes[at + 3]) ? 4 : 0;
}

/** The second byte excludes overlong forms (E0, F0), surrogates (ED) and values above U+10FFFF (F4). */
function isSecondOf(lead: number, second: number): boolean {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second <= 0x9f;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second <= 0x8f;
    default:
      return true;
  }
}
