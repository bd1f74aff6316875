/** Where the bytes of a string may be cut that is read piece by piece: between characters, and between escapes. */
import { BACKSLASH, CASE_BIT, LOWER_U, QUOTE } from '../../ascii.ts';

/** Index of the quote that ends the string whose first character is at `from`, or -1. */
export function closingQuote(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at < end ? at : -1;
}

/** Most bytes of an escape: that of a pair of surrogates. */
const ESCAPE_BYTES = 12;

/** Where a string can be cut: at its closing quote, or in front of what may not be there whole. */
export function safeCut(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at;
    if (byte !== BACKSLASH) {
      at++;
      continue;
    }
    if (at + 1 >= end) return at;
    const isLong = bytes[at + 1] === LOWER_U;
    // What would be cut may be the first half of a pair.
    if (isLong && at + ESCAPE_BYTES > end && closingQuote(bytes, at, end) < 0) return at;
    at += isLong ? escapeLength(bytes, at) : 2;
  }
  return Math.min(withoutPartOfCharacter(bytes, from, end), at);
}

/** Length of the escape `\uXXXX` at `at`, with the other half of a pair behind it. */
function escapeLength(bytes: Uint8Array, at: number): number {
  const [third, fourth] = [(bytes[at + 2] ?? 0) | CASE_BIT, (bytes[at + 3] ?? 0) | CASE_BIT];
  const isHigh = third === 0x64 && (fourth === 0x38 || fourth === 0x39 || fourth === 0x61 || fourth === 0x62);
  if (isHigh && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LOWER_U) return ESCAPE_BYTES;
  return 6;
}

/** `end`, or the beginning of the last character if it has more bytes than there are. */
function withoutPartOfCharacter(bytes: Uint8Array, from: number, end: number): number {
  for (let at = end - 1; at >= from && at >= end - 3; at--) {
    const byte = bytes[at] as number;
    if (byte < 0x80) return end;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return at + length > end ? at : end;
  }
  return end;
}
