// The records of a batch, as they were scanned, and the digests of their bodies.
import { writeHex } from "./bytes";
import { copy } from "./sha256";
import { Member, Scanned } from "./scan";

/** Most records of one batch. */
export const MOST_RECORDS: i32 = 4096;

const ENTRIES: usize = memory.data(MOST_RECORDS * 128, 16);
const ENTRY_SIZE: usize = 128;
/** Of each record that has a body the digest of it. */
export const BODY_DIGESTS: usize = memory.data(MOST_RECORDS * 32 + 16, 16);

/** The record in canonical form, which of the known types it has, which sides have it, and where each of them goes on. */
// @ts-ignore: decorator
@unmanaged export class Entry extends Scanned {
  type: i32;
  sides: u32;
  /** Those of them whose line is spelled otherwise. */
  respelled: u32;
  firstEnd: usize;
  secondEnd: usize;
}

// @ts-ignore: decorator
@inline export function entry(n: i32): Entry { return changetype<Entry>(ENTRIES + <usize>n * ENTRY_SIZE); }

/* The record with `bodyDigest` in the place of `body`: what its leaf is the hash of, and what a snapshot of depth `digest` has. */

const DIGEST_MEMBER: usize = memory.data<u8>([
  // "bodyDigest":"sha256:
  0x22, 0x62, 0x6f, 0x64, 0x79, 0x44, 0x69, 0x67, 0x65, 0x73, 0x74, 0x22, 0x3a, 0x22, 0x73, 0x68, 0x61, 0x32, 0x35, 0x36, 0x3a,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
], 16);
const DIGEST_MEMBER_LENGTH: usize = 21;
/** With its digits and the quote behind them. */
const DIGEST_LENGTH: usize = DIGEST_MEMBER_LENGTH + 65;

// @ts-ignore: decorator
@inline export function lengthWithDigest(e: Entry): usize {
  const whole = e.end - e.start;
  return e.members & Member.Body ? whole - (e.cutEnd - e.cutStart) + DIGEST_LENGTH : whole;
}

/** Record `i`, whose body was hashed; up to 15 bytes behind it are written as well. */
// @ts-ignore: decorator
@inline export function copyWithDigest(to: usize, i: i32, e: Entry): void {
  if (!(e.members & Member.Body)) {
    copy(to, e.start, e.end - e.start);
    return;
  }
  const before = e.cutStart - e.start;
  copy(to, e.start, before);
  to += before;
  copy(to, DIGEST_MEMBER, DIGEST_MEMBER_LENGTH);
  to += DIGEST_MEMBER_LENGTH;
  writeHex(to, BODY_DIGESTS + 32 * <usize>i);
  store<u8>(to + 64, 0x22);
  copy(to + 65, e.cutEnd, e.end - e.cutEnd);
}
