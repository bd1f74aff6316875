/** The order of text in a snapshot: that of its UTF-8 bytes, what PostgreSQL calls `COLLATE "C"`. */

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
