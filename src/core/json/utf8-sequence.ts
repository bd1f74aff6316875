/** Well-formed UTF-8, byte by byte, by the table of RFC 3629 §4 (Unicode table 3-7). */

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
