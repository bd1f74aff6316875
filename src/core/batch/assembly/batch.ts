// Records of one open stream, many at a time, as bytes: those that both sides have, byte for byte.
//
// It may say one thing only: "the first n of these lines are clean records of this stream; here are their leaves, their
// counts and what their ids are remembered by". At the first line that it does not take, whatever the cause, it stops: the
// reader and the judge go on from there, and they alone find faults. The caller asks in four steps, so that each can
// still take fewer records than the one before: `scan`, `hash`, `count`, `grow`.
import { closeMessage, copy, flush, flushNodes, MOST_MESSAGE, openMessage } from "./sha256";
import { Member, Scanned, scanRecord } from "./scan";

/** Most bytes and records of one batch. */
export const INPUT_SIZE: i32 = 1 << 20;
export const MOST_RECORDS: i32 = 4096;
/** Of the names that are compared, in canonical spelling. */
export const MOST_NAME: i32 = 1024;
/** Types that are known, each in a place of `TYPE_SIZE` bytes: its length, then its text. */
export const MOST_TYPES: i32 = 64;
export const TYPE_SIZE: i32 = 512;
const TYPE_TEXT: usize = 4;
/** Digits of the longest hash. */
export const MOST_DIGITS: i32 = 128;

/** The lines; zeros behind them. */
export const INPUT: usize = memory.data(INPUT_SIZE + 64, 16);
export const TENANT: usize = memory.data(MOST_NAME + 16, 16);
export const STREAM: usize = memory.data(MOST_NAME + 16, 16);
export const LAST_ID: usize = memory.data(MOST_NAME + 16, 16);
export const LAST_HASH: usize = memory.data(MOST_DIGITS + 16, 16);
export const TYPES: usize = memory.data(MOST_TYPES * TYPE_SIZE, 16);
/** Of each record two numbers of 32 bits: what `IdSet` remembers its id by. */
export const IDS: usize = memory.data(MOST_RECORDS * 8, 16);
/** Of each record its leaf hash. */
export const LEAVES: usize = memory.data(MOST_RECORDS * 32 + 16, 16);
/** How many records of each known type `count` has counted. */
export const TYPE_COUNTS: usize = memory.data(MOST_TYPES * 4, 16);
/** Roots of perfect subtrees, by level: what `grow` begins with and ends with. */
export const NODES: usize = memory.data(54 * 32 + 16, 16);
/** Hashes of chains, by their first three digits: the last of each that was counted, and in which batch. */
export const RECENT: usize = memory.data(4096 * MOST_DIGITS, 16);
export const RECENT_BATCHES: usize = memory.data(4096 * 4, 16);

const ENTRIES: usize = memory.data(MOST_RECORDS * 128, 16);
const ENTRY_SIZE: usize = 128;
const BODY_DIGESTS: usize = memory.data(MOST_RECORDS * 32 + 16, 16);
const RECIPE_DIGESTS: usize = memory.data(MOST_RECORDS * 32 + 16, 16);
const HEX: usize = memory.data(80, 16);

/** The record, and which of the known types it has. */
// @ts-ignore: decorator
@unmanaged class Entry extends Scanned {
  type: i32;
}

// @ts-ignore: decorator
@inline function entry(n: i32): Entry { return changetype<Entry>(ENTRIES + <usize>n * ENTRY_SIZE); }
// @ts-ignore: decorator
@inline function at(p: usize): u32 { return load<u8>(p); }

/* What is known of the open stream. */

const enum Recipe { None = 0, Body = 1, PrevBody = 2 }

let tenantLength: usize = 0;
let streamLength: usize = 0;
let typeCount: i32 = 0;
let isOrdered: bool = false;
let isLinked: bool = false;
let isHashed: bool = false;
let mayLeap: bool = false;
let needsBody: bool = false;
let recipe: i32 = 0;
let digits: usize = 0;
let lastSeq: f64 = 0;
let lastIdLength: usize = 0;
let lastHashLength: usize = 0;
let idLow: u32 = 0;
let idHigh: u32 = 0;

/** Names in TENANT and STREAM, and what holds for all records of the stream. */
export function openStream(
  tenant: i32, stream: i32, ordered: bool, linked: bool, hashed: bool, leaps: bool, bodies: bool, hashedBy: i32,
  low: u32, high: u32,
): void {
  tenantLength = tenant; streamLength = stream;
  isOrdered = ordered; isLinked = linked; isHashed = hashed; mayLeap = leaps; needsBody = bodies;
  recipe = hashedBy;
  idLow = low; idHigh = high;
}

/** Types in TYPES. */
export function knowTypes(count: i32): void { typeCount = count; }

/** What the record before the first line has: its id in LAST_ID, its hash in LAST_HASH; 0 bytes for none. */
export function follow(seq: f64, id: i32, hash: i32, hashDigits: i32): void {
  lastSeq = seq; lastIdLength = id; lastHashLength = hash; digits = hashDigits;
}

// @ts-ignore: decorator
@inline function areEqual(a: usize, b: usize, length: usize): bool {
  const end = a + length;
  for (; a + 8 <= end; a += 8, b += 8) if (load<u64>(a) != load<u64>(b)) return false;
  for (; a < end; a++, b++) if (load<u8>(a) != load<u8>(b)) return false;
  return true;
}

/** Index of the known type of these bytes, `guess` if it is that; or -1. */
// @ts-ignore: decorator
@inline function typeOf(p: usize, length: usize, guess: i32): i32 {
  if (isType(p, length, guess)) return guess;
  for (let n = 0; n < typeCount; n++) if (isType(p, length, n)) return n;
  return -1;
}

// @ts-ignore: decorator
@inline function isType(p: usize, length: usize, n: i32): bool {
  const known = TYPES + <usize>(n * TYPE_SIZE);
  return n < typeCount && load<usize>(known) == length && areEqual(known + TYPE_TEXT, p, length);
}

/**
 * Whether id a comes before id b, by their UTF-8 bytes (docs/snapshot.md, "Order"). False also where an escape stands at
 * the place that decides.
 */
function idAscends(a: usize, aEnd: usize, b: usize, bEnd: usize): bool {
  while (a < aEnd && b < bEnd) {
    const x = at(a), y = at(b);
    if (x != y) return x != 0x5c && y != 0x5c && x < y;
    a++; b++;
    if (x != 0x5c) continue;
    // The same escape on both sides, whole: a long one has five more characters, a short one has one.
    const length: usize = at(a) == 0x75 ? 5 : 1;
    if (!areEqual(a, b, length)) return false;
    a += length; b += length;
  }
  return a == aEnd && b < bEnd;
}

/* What `IdSet` (core/snapshot/id-set.ts) remembers an id by: two numbers, by one function of its UTF-16 code units. */

// @ts-ignore: decorator
@inline function mixed(state: u32, unit: u32): u32 {
  const next = (state ^ unit) * 0x9e3779b1 + 0x6d2b79f5;
  return next ^ (next >> 15);
}

// @ts-ignore: decorator
@inline function finished(state: u32, units: u32): u32 {
  state ^= units;
  state = (state ^ (state >> 16)) * 0x85ebca6b;
  state = (state ^ (state >> 13)) * 0xc2b2ae35;
  return state ^ (state >> 16);
}

function unescaped(p: usize): u32 {
  switch (at(p)) {
    case 0x62: return 8;
    case 0x74: return 9;
    case 0x6e: return 10;
    case 0x66: return 12;
    case 0x72: return 13;
    case 0x75: return (at(p + 3) - 0x30) * 16 + (at(p + 4) < 0x3a ? at(p + 4) - 0x30 : at(p + 4) - 0x57);
    default: return at(p);
  }
}

function rememberId(n: i32, p: usize, end: usize): void {
  let low = idLow, high = idHigh, units: u32 = 0;
  while (p < end) {
    let unit = at(p++);
    if (unit == 0x5c) {
      unit = unescaped(p);
      p += at(p) == 0x75 ? 5 : 1;
    } else if (unit >= 0x80) {
      if (unit < 0xe0) unit = ((unit & 0x1f) << 6) | (at(p++) & 0x3f);
      else if (unit < 0xf0) {
        unit = ((unit & 0x0f) << 12) | ((at(p) & 0x3f) << 6) | (at(p + 1) & 0x3f);
        p += 2;
      } else {
        const code = ((unit & 7) << 18) | ((at(p) & 0x3f) << 12) | ((at(p + 1) & 0x3f) << 6) | (at(p + 2) & 0x3f);
        p += 3;
        const high16 = 0xd800 + ((code - 0x10000) >> 10);
        low = mixed(low, high16);
        high = mixed(high, high16);
        units++;
        unit = 0xdc00 + ((code - 0x10000) & 0x3ff);
      }
    }
    low = mixed(low, unit);
    high = mixed(high, unit);
    units++;
  }
  store<u32>(IDS + 8 * <usize>n, finished(low, units));
  store<u32>(IDS + 8 * <usize>n, finished(high, units) & ~3, 4);
}

/* Step 1. */

/** Whether the record is one of the open stream, follows the one before it, and has what all of its kind must have. */
// @ts-ignore: decorator
@inline function fits(e: Entry, hash: usize, hashLength: usize, guess: i32): bool {
  if (<i32>(e.end - e.start) > MOST_MESSAGE - 128) return false;
  if (e.tenantEnd - e.tenantStart != tenantLength || !areEqual(e.tenantStart, TENANT, tenantLength)) return false;
  if (e.streamEnd - e.streamStart != streamLength || !areEqual(e.streamStart, STREAM, streamLength)) return false;
  e.type = typeOf(e.typeStart, e.typeEnd - e.typeStart, guess);
  if (e.type < 0) return false;
  const members = e.members;
  if (needsBody && !(members & Member.Body)) return false;
  if (isHashed && !(members & Member.Hash)) return false;
  if (!isLinked && !(members & Member.Prev)) return true;
  return e.prev != 0 && hashLength == digits && areEqual(e.prev, hash, hashLength);
}

/** @returns how many of the lines in the first `length` bytes of INPUT are records that fit, one after the other */
export function scan(length: i32): i32 {
  const end = INPUT + <usize>length;
  for (let p = end; p < end + 64; p += 16) v128.store(p, i32x4.splat(0));
  let seq = lastSeq, id = LAST_ID, idEnd = LAST_ID + lastIdLength, hash = LAST_HASH, hashLength = lastHashLength;
  let n = 0, type = 0;
  for (let p = INPUT; p < end && n < MOST_RECORDS; n++) {
    const e = entry(n), after = scanRecord(p, digits, e);
    if (!after || at(after) != 0x0a || !fits(e, hash, hashLength, type)) break;
    if (isOrdered) {
      if (!(e.members & Member.Seq) || (mayLeap ? e.seq < seq + 1 : e.seq != seq + 1)) break;
      seq = e.seq;
    } else if (e.members & Member.Seq || !idAscends(id, idEnd, e.idStart, e.idEnd)) break;
    id = e.idStart; idEnd = e.idEnd; type = e.type;
    hash = e.hash;
    hashLength = hash == 0 ? 0 : digits;
    rememberId(n, id, idEnd);
    p = after + 1;
  }
  return n;
}

/** Where line n begins: as many bytes of the input are before it. */
export function offsetOf(n: i32): i32 { return n == 0 ? 0 : <i32>(entry(n - 1).end + 1 - INPUT); }

/* Step 2. */

/** Writes 32 bytes as 64 hexadecimal digits. */
// @ts-ignore: decorator
@inline function writeHex(to: usize, from: usize): void {
  const digit = i8x16(0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66);
  for (let half: usize = 0; half < 2; half++) {
    const x = v128.load(from + 16 * half);
    const high = i8x16.shr_u(x, 4), low = v128.and(x, i8x16.splat(15));
    const first = i8x16.shuffle(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const second = i8x16.shuffle(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(to + 32 * half, i8x16.swizzle(digit, first));
    v128.store(to + 32 * half, i8x16.swizzle(digit, second), 16);
  }
}

/** Whether the 64 digits at p are those of the 32 bytes. */
// @ts-ignore: decorator
@inline function isHexOf(p: usize, bytes: usize): bool {
  writeHex(HEX, bytes);
  return areEqual(p, HEX, 64);
}

const DIGEST_MEMBER: usize = memory.data<u8>([
  // "bodyDigest":"sha256:
  0x22, 0x62, 0x6f, 0x64, 0x79, 0x44, 0x69, 0x67, 0x65, 0x73, 0x74, 0x22, 0x3a, 0x22, 0x73, 0x68, 0x61, 0x32, 0x35, 0x36, 0x3a,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
], 16);
const DIGEST_MEMBER_LENGTH: usize = 21;

/** Digests of the bodies, and what the recipe gives of them. */
function hashBodies(n: i32): void {
  for (let i = 0; i < n; i++) {
    const e = entry(i), length = e.bodyEnd - e.bodyStart;
    if (!(e.members & Member.Body)) continue;
    copy(openMessage(<i32>length, BODY_DIGESTS + 32 * <usize>i), e.bodyStart, length);
    closeMessage(<i32>length);
    if (recipe != Recipe.PrevBody) continue;
    const prevLength: usize = e.prev == 0 ? 0 : digits;
    const to = openMessage(<i32>prevLength + <i32>length, RECIPE_DIGESTS + 32 * <usize>i);
    copy(to, e.prev, prevLength);
    copy(to + prevLength, e.bodyStart, length);
    closeMessage(<i32>prevLength + <i32>length);
  }
  flush();
}

/** Whether what the record states of its body and its hash is what was computed. */
// @ts-ignore: decorator
@inline function holds(i: i32, e: Entry): bool {
  const body = BODY_DIGESTS + 32 * <usize>i, members = e.members;
  if (members & Member.Body && members & Member.BodyDigest && !isHexOf(e.bodyDigest, body)) return false;
  if (recipe == Recipe.None || !(members & Member.Hash)) return true;
  if (digits != 64) return false;
  if (recipe == Recipe.PrevBody) return !(members & Member.Body) || isHexOf(e.hash, RECIPE_DIGESTS + 32 * <usize>i);
  return members & Member.Body ? isHexOf(e.hash, body) : areEqual(e.hash, e.bodyDigest, 64);
}

/** The leaf of RFC 9162 section 2.1.1: 00, then the record with `bodyDigest` in the place of `body`. */
// @ts-ignore: decorator
@inline function hashLeaf(i: i32, e: Entry): void {
  const out = LEAVES + 32 * <usize>i, whole = e.end - e.start;
  if (!(e.members & Member.Body)) {
    const to = openMessage(<i32>whole + 1, out);
    store<u8>(to, 0);
    copy(to + 1, e.start, whole);
    closeMessage(<i32>whole + 1);
    return;
  }
  const before = e.cutStart - e.start, behind = e.end - e.cutEnd;
  const length = <i32>before + <i32>behind + <i32>DIGEST_MEMBER_LENGTH + 66;
  let to = openMessage(length, out);
  store<u8>(to++, 0);
  copy(to, e.start, before);
  to += before;
  copy(to, DIGEST_MEMBER, DIGEST_MEMBER_LENGTH);
  to += DIGEST_MEMBER_LENGTH;
  writeHex(to, BODY_DIGESTS + 32 * <usize>i);
  store<u8>(to + 64, 0x22);
  copy(to + 65, e.cutEnd, behind);
  closeMessage(length);
}

/** @returns how many of the first n records are what they state; their leaves are in LEAVES */
export function hash(n: i32): i32 {
  hashBodies(n);
  let held = 0;
  for (; held < n; held++) {
    const e = entry(held);
    if (!holds(held, e)) break;
    hashLeaf(held, e);
  }
  flush();
  return held;
}

/* Step 3. */

/** Records with a body, with a link and with a hash, of those that `count` has counted. */
export let bodies: i32 = 0;
export let links: i32 = 0;
export let hashes: i32 = 0;

/** Counts the first n records, and remembers their hashes as those of the batch of that number. */
export function count(n: i32, batch: u32): void {
  bodies = 0; links = 0; hashes = 0;
  memory.fill(TYPE_COUNTS, 0, 4 * MOST_TYPES);
  for (let i = 0; i < n; i++) {
    const e = entry(i), members = e.members, counted = TYPE_COUNTS + 4 * <usize>e.type;
    store<u32>(counted, load<u32>(counted) + 1);
    if (members & Member.Body) bodies++;
    if (members & Member.Prev) links++;
    if (!(members & Member.Hash)) continue;
    hashes++;
    const slot = <usize>((hexDigit(e.hash) << 8) | (hexDigit(e.hash + 1) << 4) | hexDigit(e.hash + 2));
    copy(RECENT + slot * MOST_DIGITS, e.hash, digits);
    store<u32>(RECENT_BATCHES + 4 * slot, batch);
  }
}

// @ts-ignore: decorator
@inline function hexDigit(p: usize): u32 { return at(p) < 0x3a ? at(p) - 0x30 : at(p) - 0x57; }

/* Step 4. */

const LEVEL: usize = memory.data((MOST_RECORDS + 2) * 32 + 16, 16);

/**
 * Appends the first n leaves to the tree of `size` leaves whose perfect subtrees are in NODES, level by level: at each,
 * the subtree that stands alone goes in front, pairs become parents, and what is left over stands alone from now on.
 */
export function grow(size: f64, n: i32): void {
  // One free place in front, for the subtree that stands alone.
  const list = LEVEL + 32;
  memory.copy(list, LEAVES, 32 * <usize>n);
  let rest = <u64>size;
  for (let level: usize = 0; n > 0; level++, rest >>= 1) {
    const alone = NODES + 32 * level;
    let first = list;
    if (rest & 1) {
      first -= 32;
      copy(first, alone, 32);
      n++;
    }
    const pairs = n >> 1;
    if (n & 1) copy(alone, first + 64 * <usize>pairs, 32);
    for (let i: usize = 0; i < <usize>pairs; i++) {
      const to = openMessage(65, list + 32 * i);
      store<u8>(to, 1);
      copy(to + 1, first + 64 * i, 64);
      closeMessage(65);
    }
    flushNodes();
    n = pairs;
  }
}
