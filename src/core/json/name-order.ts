/**
 * The order of member names by UTF-16 code units (RFC 8785 §3.2.3), judged by the UTF-8 bytes of their canonical
 * spelling, without decoding them.
 *
 * A canonical spelling is the only one of its text, so two names differ where their bytes do, and only the character
 * at the first difference counts. Names are compared n log n times, so decoding them whole would let one long name
 * among many short ones cost their product.
 */
import { BACKSLASH, LOWER_F, LOWER_N, LOWER_T, LOWER_U } from './ascii.ts';

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
