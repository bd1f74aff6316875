/** JSON of which only the beginning is at hand. */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../../core/json/cursor.ts';

/**
 * The beginning of a JSON text made whole: cut at its last comma, and all that is open there closed. A comma outside
 * strings stands behind a complete element or member, at whatever depth.
 *
 * @returns undefined if nothing in it is complete
 */
export function completed(bytes: Uint8Array): Uint8Array | undefined {
  let cutAt = -1;
  eachMark(bytes, bytes.length, (byte, at) => {
    if (byte === COMMA) cutAt = at;
  });
  if (cutAt < 0) return undefined;
  const open: number[] = [];
  eachMark(bytes, cutAt, (byte) => {
    if (byte === OPEN_BRACE) open.push(CLOSE_BRACE);
    if (byte === OPEN_BRACKET) open.push(CLOSE_BRACKET);
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) open.pop();
  });
  const whole = new Uint8Array(cutAt + open.length);
  whole.set(bytes.subarray(0, cutAt));
  whole.set(open.reverse(), cutAt);
  return whole;
}

/** Calls `visit` for each byte before `end` that is in no string. */
function eachMark(bytes: Uint8Array, end: number, visit: (byte: number, at: number) => void): void {
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at++;
      while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    } else visit(byte, at);
  }
}
