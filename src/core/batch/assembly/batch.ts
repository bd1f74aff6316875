// Records of one open stream, many at a time, as bytes: those of one side, or of two sides that are compared.
//
// It may say one thing only: "these lines are n clean records of this stream; here are their leaves, their counts and what
// their ids are remembered by". Of two sides it takes records that both have, in whatever spelling, and in a set those that
// only the second has. At the first line that it does not take, whatever the cause, it stops: the reader and the judge go on
// from there, and they alone find faults. The caller asks in four steps, so that each can still take fewer records than the
// one before: `scan`, `hash`, `count`, `grow`.
import { areEqual, lineFeeds, writeHex } from "./bytes";
import { beginSpelling, Cursor, hasAlso, INPUT_SIZE, readRecord, sealSpelling } from "./cursor";
import { idAscends, rememberId } from "./ids";
import { BODY_DIGESTS, copyWithDigest, Entry, entry, lengthWithDigest, MOST_RECORDS } from "./entries";
import { closeMessage, copy, flush, flushNodes, MOST_MESSAGE, openMessage } from "./sha256";
import { Member } from "./scan";

export { INPUT_SIZE, MOST_RECORDS };
export { isSpellingIntact, SPELLED, spelledBytes } from "./cursor";
export { OUTPUT, write, writtenBytes } from "./output";
/** By itself, for what holds it to the reader. */
export { respell } from "./canonical-form";
/** Of the names that are compared, in canonical spelling. */
export const MOST_NAME: i32 = 1024;
/** Types that are known, each in a place of `TYPE_SIZE` bytes: its length, then its text. */
export const MOST_TYPES: i32 = 64;
export const TYPE_SIZE: i32 = 512;
const TYPE_TEXT: usize = 4;
/** Digits of the longest hash. */
export const MOST_DIGITS: i32 = 128;

/** The lines of each side; zeros behind them. */
export const INPUTS: usize = memory.data(2 * (INPUT_SIZE + 64), 16);
export const TENANT: usize = memory.data(MOST_NAME + 16, 16);
export const STREAM: usize = memory.data(MOST_NAME + 16, 16);
export const LAST_IDS: usize = memory.data(2 * MOST_NAME, 16);
export const LAST_HASHES: usize = memory.data(2 * MOST_DIGITS, 16);
export const TYPES: usize = memory.data(MOST_TYPES * TYPE_SIZE, 16);
/** Of each record two numbers of 32 bits: what `IdSet` remembers its id by, with the bits of the sides that have it. */
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

const RECIPE_DIGESTS: usize = memory.data(MOST_RECORDS * 32 + 16, 16);
const HEX: usize = memory.data(80, 16);

const FIRST = changetype<Cursor>(memory.data(offsetof<Cursor>(), 16));
const SECOND = changetype<Cursor>(memory.data(offsetof<Cursor>(), 16));
const enum Sides { First = 1, Second = 2, Both = 3 }

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

/** What the record before the first line of a side has: its id in LAST_IDS, its hash in LAST_HASHES; 0 bytes for none. */
export function follow(side: i32, seq: f64, id: i32, hash: i32, hashDigits: i32): void {
  const cursor = side == 0 ? FIRST : SECOND;
  cursor.lastSeq = seq; cursor.lastIdLength = id; cursor.lastHashLength = hash;
  digits = hashDigits;
}

/** Index of the known type of these bytes, `guess` if it is that; or -1. */
// @ts-ignore: decorator
@inline function typeOf(p: usize, length: usize, guess: i32): i32 {
  let n = guess;
  for (let next = 0; !isType(p, length, n); n = next++) if (next == typeCount) return -1;
  return n;
}

// @ts-ignore: decorator
@inline function isType(p: usize, length: usize, n: i32): bool {
  const known = TYPES + <usize>(n * TYPE_SIZE);
  return n < typeCount && load<usize>(known) == length && areEqual(known + TYPE_TEXT, p, length);
}

/* Step 1. */

/** How the lines of a side stand: with commas behind the records, as in the JSON container, and in any spelling or one. */
export function separate(side: i32, commas: bool, anySpelling: bool): void {
  const cursor = side == 0 ? FIRST : SECOND;
  cursor.hasCommas = commas; cursor.hasAnySpelling = anySpelling;
}

/** Whether the next record of a side is one of the open stream that has what all of its kind must have. */
// @ts-ignore: decorator
@inline function isOfStream(side: Cursor, e: Entry, guess: i32): bool {
  if (!readRecord(side, digits, e) || <i32>(e.end - e.start) > MOST_MESSAGE - 128) return false;
  if (e.tenantEnd - e.tenantStart != tenantLength || !areEqual(e.tenantStart, TENANT, tenantLength)) return false;
  if (e.streamEnd - e.streamStart != streamLength || !areEqual(e.streamStart, STREAM, streamLength)) return false;
  e.type = typeOf(e.typeStart, e.typeEnd - e.typeStart, guess);
  if (e.type < 0) return false;
  const members = e.members;
  return !(needsBody && !(members & Member.Body)) && !(isHashed && !(members & Member.Hash));
}

/** Whether the record follows the one before it on a side. */
function follows(e: Entry, side: Cursor): bool {
  const members = e.members;
  if (isOrdered) {
    if (!(members & Member.Seq) || (mayLeap ? e.seq < side.seq + 1 : e.seq != side.seq + 1)) return false;
  } else if (members & Member.Seq || !idAscends(side.id, side.idEnd, e.idStart, e.idEnd)) return false;
  if (!isLinked && !(members & Member.Prev)) return true;
  return e.prev != 0 && side.hashLength == digits && areEqual(e.prev, side.hash, digits);
}

/** Whether the record before is the same on both sides: then what follows it on one does so on the other. */
function areAlike(): bool {
  const idLength = FIRST.idEnd - FIRST.id, hashLength = FIRST.hashLength;
  if (SECOND.idEnd - SECOND.id != idLength || SECOND.hashLength != hashLength || SECOND.seq != FIRST.seq) return false;
  return areEqual(FIRST.id, SECOND.id, idLength) && areEqual(FIRST.hash, SECOND.hash, hashLength);
}

/**
 * Takes the record at the cursor of the second side, which the first does not have: in a set, in front of `e`, the first
 * side's next. One with a hash or a link is left to the reader.
 */
function takeSecond(e: Entry, guess: i32): u32 {
  if (isOrdered) return 0;
  const id = e.idStart, idEnd = e.idEnd;
  if (!isOfStream(SECOND, e, guess) || e.members & (Member.Hash | Member.Prev)) return 0;
  return idAscends(e.idStart, e.idEnd, id, idEnd) ? Sides.Second : 0;
}

// @ts-ignore: decorator
@inline function pass(side: Cursor, e: Entry): void {
  side.next = side.after;
  side.seq = e.seq;
  side.id = e.idStart; side.idEnd = e.idEnd;
  side.hash = e.hash; side.hashLength = e.hash == 0 ? 0 : digits;
}

function begin(side: Cursor, n: i32, length: i32): void {
  side.start = INPUTS + <usize>(n * (INPUT_SIZE + 64));
  side.next = side.start;
  side.end = side.start + max(length, 0);
  side.seq = side.lastSeq;
  side.id = LAST_IDS + <usize>(n * MOST_NAME); side.idEnd = side.id + side.lastIdLength;
  side.hash = LAST_HASHES + <usize>(n * MOST_DIGITS); side.hashLength = side.lastHashLength;
  for (let p = side.end; p < side.end + 64; p += 16) v128.store(p, i32x4.splat(0));
}

/**
 * @param second - how many bytes of INPUTS the second side has; -1 where there is none
 * @returns how many records there are in the first lines of each side that fit, one after the other
 */
export function scan(first: i32, second: i32): i32 {
  begin(FIRST, 0, first);
  begin(SECOND, 1, second);
  beginSpelling();
  const isPair = second >= 0;
  let n = 0, type = 0, alike = isPair && areAlike();
  for (; n < MOST_RECORDS && FIRST.next < FIRST.end; n++) {
    const e = entry(n);
    if ((isPair && SECOND.next == SECOND.end) || !isOfStream(FIRST, e, type)) break;
    let sides: u32 = Sides.First;
    if (isPair) sides = hasAlso(SECOND, e, FIRST) ? Sides.Both : takeSecond(e, type);
    if (!sides) break;
    if (sides & Sides.First && !follows(e, FIRST)) break;
    if (sides & Sides.Second && !(alike && sides & Sides.First) && !follows(e, SECOND)) break;
    if (sides & Sides.First) pass(FIRST, e);
    if (sides & Sides.Second) pass(SECOND, e);
    alike = sides == Sides.Both;
    type = e.type;
    e.sides = sides;
    e.respelled = sides & ((FIRST.isRespelled ? Sides.First : 0) | (SECOND.isRespelled ? Sides.Second : 0));
    e.firstEnd = FIRST.next; e.secondEnd = SECOND.next;
    rememberId(IDS + 8 * <usize>n, idLow, idHigh, e.idStart, e.idEnd, sides);
  }
  sealSpelling();
  return n;
}

/** How many bytes of a side its first records have, of the first n. */
export function offsetOf(n: i32, side: i32): i32 {
  if (n == 0) return 0;
  return <i32>(side == 0 ? entry(n - 1).firstEnd - FIRST.start : entry(n - 1).secondEnd - SECOND.start);
}

/** How many lines end in the first `length` bytes of a side: counted anew, whatever was scanned. */
export function linesIn(length: i32, side: i32): i32 {
  return lineFeeds(side == 0 ? FIRST.start : SECOND.start, <usize>length);
}

/** The first of the records from `from` up to `n` that not all sides have; n if there is none. */
export function nextAlone(from: i32, n: i32): i32 {
  while (from < n && entry(from).sides != Sides.Second) from++;
  return from;
}

/** The first of n records whose line on a side is spelled otherwise; n if there is none. */
export function firstRespelled(n: i32, side: i32): i32 {
  let first = 0;
  while (first < n && !(entry(first).respelled & (1 << side))) first++;
  return first;
}

/* Step 2. */

/** Whether the 64 digits at p are those of the 32 bytes. */
// @ts-ignore: decorator
@inline function isHexOf(p: usize, bytes: usize): bool {
  writeHex(HEX, bytes);
  return areEqual(p, HEX, 64);
}

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
  const length = <i32>lengthWithDigest(e) + 1;
  const to = openMessage(length, LEAVES + 32 * <usize>i);
  store<u8>(to, 0);
  copyWithDigest(to + 1, i, e);
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

/** Records, and those with a body, with a link and with a hash, of those that `count` has counted. */
export let records: i32 = 0;
export let bodies: i32 = 0;
export let links: i32 = 0;
export let hashes: i32 = 0;

/** Counts those of the first n records that a side has, and remembers their hashes as those of the batch of that number. */
export function count(n: i32, side: i32, batch: u32): void {
  records = 0; bodies = 0; links = 0; hashes = 0;
  memory.fill(TYPE_COUNTS, 0, 4 * MOST_TYPES);
  for (let i = 0; i < n; i++) {
    const e = entry(i), members = e.members, counted = TYPE_COUNTS + 4 * <usize>e.type;
    if (!(e.sides & (1 << side))) continue;
    records++;
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
 * Appends the leaves of those of the first `count` records that a side has to the tree of `size` leaves whose perfect
 * subtrees are in NODES, level by level: at each, the subtree that stands alone goes in front, pairs become parents, and
 * what is left over stands alone from now on.
 */
export function grow(size: f64, count: i32, side: i32): void {
  // One free place in front, for the subtree that stands alone.
  const list = LEVEL + 32;
  let n = 0;
  for (let i = 0; i < count; i++) {
    if (entry(i).sides & (1 << side)) copy(list + 32 * <usize>(n++), LEAVES + 32 * <usize>i, 32);
  }
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
