// Records of a batch as lines, for a snapshot that is made of them.
import { copyWithDigest, entry, lengthWithDigest } from "./entries";
import { copy } from "./sha256";

/** Room for many of the longest record. */
const OUTPUT_SIZE: usize = 1 << 16;
export const OUTPUT: usize = memory.data(OUTPUT_SIZE + 16, 16);
let written: usize = OUTPUT;

/** How many bytes `write` has written. */
export function writtenBytes(): i32 { return <i32>(written - OUTPUT); }

/**
 * Writes those of the first n records from `from` on that there is room for, which were hashed: each in canonical form, with a
 * line feed behind it.
 *
 * @param bodies - whether with `body`, where there is one, or with its digest
 * @returns how many of the n were written by then
 */
export function write(from: i32, n: i32, bodies: bool): i32 {
  written = OUTPUT;
  for (; from < n; from++) {
    const e = entry(from), length = bodies ? e.end - e.start : lengthWithDigest(e);
    if (written + length >= OUTPUT + OUTPUT_SIZE) break;
    if (bodies) copy(written, e.start, length);
    else copyWithDigest(written, from, e);
    written += length;
    store<u8>(written++, 0x0a);
  }
  return from;
}
