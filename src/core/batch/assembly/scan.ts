// The strict scan of one record in canonical form (docs/snapshot.md, RFC 8785 with exact numbers).
//
// It accepts less than the reader does, never more: 0 means "not for this engine", and the reader says why. What it may
// not read over is the LF behind the record: no string holds one, and nothing else is skipped unseen. Behind the whole
// input lie zeros.

import { ascends, at, Char, isDigit, string, value } from "./canonical-scan";

/** Where the members of a record lie: addresses, 0 where there is none. */
// @ts-ignore: decorator
@unmanaged export class Scanned {
  start: usize; end: usize;
  bodyStart: usize; bodyEnd: usize;
  /** What the digest takes the place of in the leaf: `body`, with `bodyDigest` if that is there. */
  cutStart: usize; cutEnd: usize;
  /** The 64 digits of `bodyDigest`. */
  bodyDigest: usize;
  hash: usize; prev: usize;
  idStart: usize; idEnd: usize;
  typeStart: usize; typeEnd: usize;
  tenantStart: usize; tenantEnd: usize;
  streamStart: usize; streamEnd: usize;
  seq: f64;
  members: i32;
  isPrevNull: i32;
}

export const enum Member {
  Attrs = 1, Body = 2, BodyDigest = 4, Hash = 8, Id = 16, Prev = 32, RecordedAt = 64, Seq = 128, Stream = 256,
  Tenant = 512, Type = 1024,
}

/** Of a name or id: as many bytes are never more characters than that. */
const MOST_ID_BYTES: usize = 1024;
/** Digits of `seq` that are below 2^53 whatever they are. */
const MOST_SEQ_DIGITS: usize = 15;
/** A time with more is left to the reader. */
const MOST_TIME_BYTES: usize = 64;

/** Whether the `length` bytes at p are lower-case hexadecimal digits. */
// @ts-ignore: decorator
@inline function isHex(p: usize, length: usize): bool {
  const end = p + length;
  for (; p + 16 <= end; p += 16) {
    const x = v128.load(p);
    const digit = i8x16.lt_u(i8x16.sub(x, i8x16.splat(<i8>Char.Zero)), i8x16.splat(10));
    const letter = i8x16.lt_u(i8x16.sub(x, i8x16.splat(<i8>Char.LowerA)), i8x16.splat(6));
    if (!i8x16.all_true(v128.or(digit, letter))) return false;
  }
  for (; p < end; p++) if (!isDigit(at(p)) && !(at(p) - Char.LowerA < 6)) return false;
  return true;
}

/** The number of two digits at p, or -1. */
// @ts-ignore: decorator
@inline function twoDigits(p: usize): i32 {
  const tens = at(p) - Char.Zero, ones = at(p + 1) - Char.Zero;
  return tens < 10 && ones < 10 ? tens * 10 + ones : -1;
}

/** Whether the bytes at p are an RFC 3339 date and time, of a day that its month has in any year. */
function isDateTime(p: usize, length: usize): bool {
  if (length < 20 || length > MOST_TIME_BYTES) return false;
  if (twoDigits(p) < 0 || twoDigits(p + 2) < 0 || at(p + 4) != Char.Minus || at(p + 7) != Char.Minus) return false;
  if (at(p + 13) != Char.Colon || at(p + 16) != Char.Colon) return false;
  const month = twoDigits(p + 5), day = twoDigits(p + 8), separator = at(p + 10);
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  // The 29th of February is left to the reader, who knows the years.
  if (day > 28 && (month == 2 || (day == 31 && !isLongMonth(month)))) return false;
  if (separator != 0x54 && separator != Char.LowerT && separator != Char.Space) return false;
  if (<u32>twoDigits(p + 11) > 23 || <u32>twoDigits(p + 14) > 59 || <u32>twoDigits(p + 17) > 60) return false;
  const end = p + length;
  p += 19;
  if (at(p) == Char.Point) {
    const fraction = ++p;
    while (isDigit(at(p))) p++;
    if (p == fraction) return false;
  }
  const zone = at(p);
  if (p + 1 == end) return zone == 0x5a || zone == 0x7a;
  if (p + 6 != end || (zone != Char.Plus && zone != Char.Minus) || at(p + 3) != Char.Colon) return false;
  return <u32>twoDigits(p + 1) <= 23 && <u32>twoDigits(p + 4) <= 59;
}

function isLongMonth(month: i32): bool {
  return month == 1 || month == 3 || month == 5 || month == 7 || month == 8 || month == 10 || month == 12;
}

/** The member of a record with the name of `length` bytes at p, or 0. */
// @ts-ignore: decorator
@inline function memberOf(p: usize, length: usize): i32 {
  switch (<i32>length) {
    case 2: return load<u16>(p) == 0x6469 ? Member.Id : 0;
    case 3: return load<u16>(p) == 0x6573 && at(p + 2) == 0x71 ? Member.Seq : 0;
    case 4: switch (load<u32>(p)) {
      case 0x79646f62: return Member.Body;
      case 0x68736168: return Member.Hash;
      case 0x76657270: return Member.Prev;
      case 0x65707974: return Member.Type;
      default: return 0;
    }
    case 5: return load<u32>(p) == 0x72747461 && at(p + 4) == 0x73 ? Member.Attrs : 0;
    case 6:
      if (load<u32>(p) == 0x616e6574 && load<u16>(p + 4) == 0x746e) return Member.Tenant;
      return load<u32>(p) == 0x65727473 && load<u16>(p + 4) == 0x6d61 ? Member.Stream : 0;
    case 10:
      if (load<u64>(p) == 0x6465_6472_6f63_6572 && load<u16>(p + 8) == 0x7441) return Member.RecordedAt;
      return load<u64>(p) == 0x6567_6944_7964_6f62 && load<u16>(p + 8) == 0x7473 ? Member.BodyDigest : 0;
    default: return 0;
  }
}

/** Behind the flat object of strings at p, or 0. */
function attributes(p: usize): usize {
  if (at(p) != Char.OpenBrace) return 0;
  if (at(++p) == Char.CloseBrace) return p + 1;
  let last: usize = 0, lastEnd: usize = 0;
  while (true) {
    const name = p + 1;
    p = string(p);
    if (!p || at(p) != Char.Colon) return 0;
    if (last && !ascends(last, lastEnd, name, p - 1)) return 0;
    last = name;
    lastEnd = p - 1;
    p = string(p + 1);
    if (!p) return 0;
    const c = at(p++);
    if (c == Char.CloseBrace) return p;
    if (c != Char.Comma) return 0;
  }
}

/** Behind the position at p, which goes to `found`; or 0. */
// @ts-ignore: decorator
@inline function position(p: usize, found: Scanned): usize {
  const digits = p;
  let seq: f64 = 0;
  while (isDigit(at(p))) seq = seq * 10 + <f64>(at(p++) - Char.Zero);
  const count = p - digits;
  if (count == 0 || count > MOST_SEQ_DIGITS || (count > 1 && at(digits) == Char.Zero)) return 0;
  found.seq = seq;
  return p;
}

/** Takes a member that is a string, at p with its quotes, before `end`; whether it has its form. */
// @ts-ignore: decorator
@inline function text(member: i32, p: usize, end: usize, digits: usize, found: Scanned): bool {
  const from = p + 1, to = end - 1, length = to - from;
  switch (member) {
    case Member.Hash:
      found.hash = from;
      return length == digits && length > 0 && isHex(from, length);
    case Member.Prev:
      found.prev = from;
      return length == digits && length > 0 && isHex(from, length);
    case Member.Id:
      found.idStart = from; found.idEnd = to;
      return length > 0 && length <= MOST_ID_BYTES;
    case Member.Type:
      found.typeStart = from; found.typeEnd = to;
      return true;
    case Member.Tenant:
      found.tenantStart = from; found.tenantEnd = to;
      return true;
    case Member.Stream:
      found.streamStart = from; found.streamEnd = to;
      return true;
    case Member.RecordedAt: return isDateTime(from, length);
    default: // bodyDigest: sha256: and 64 digits
      found.bodyDigest = from + 7; found.cutEnd = end;
      return length == 71 && load<u32>(from) == 0x32616873 && load<u32>(from + 3) == 0x3a363532 && isHex(from + 7, 64);
  }
}

/**
 * Scans the record at p and says where its members are. Which tenant, stream and type it has is for the caller to compare
 * with those that it knows: so their lengths are not looked at.
 *
 * @param digits - how many a `hash` or `prev` has
 * @returns the address behind its closing brace, or 0
 */
export function scanRecord(p: usize, digits: usize, found: Scanned): usize {
  if (at(p) != Char.OpenBrace) return 0;
  memory.fill(changetype<usize>(found), 0, offsetof<Scanned>());
  found.start = p++;
  let members = 0, last: usize = 0, lastEnd: usize = 0;
  while (true) {
    const name = p + 1;
    p = string(p);
    if (!p || at(p) != Char.Colon) return 0;
    const nameEnd = p - 1, member = memberOf(name, nameEnd - name);
    if (!member || (last && !ascends(last, lastEnd, name, nameEnd))) return 0;
    last = name;
    lastEnd = nameEnd;
    members |= member;
    const from = ++p;
    switch (member) {
      case Member.Body:
        p = value(p, 1);
        found.bodyStart = from; found.bodyEnd = p; found.cutStart = name - 1; found.cutEnd = p;
        break;
      case Member.Seq:
        p = position(p, found);
        break;
      case Member.Attrs:
        p = attributes(p);
        break;
      default:
        if (member == Member.Prev && at(p) == Char.LowerN) {
          found.isPrevNull = 1;
          p = load<u32>(p) == 0x6c6c756e ? p + 4 : 0;
          break;
        }
        p = string(p);
        if (p && !text(member, from, p, digits, found)) return 0;
    }
    if (!p) return 0;
    const c = at(p++);
    if (c == Char.CloseBrace) break;
    if (c != Char.Comma) return 0;
  }
  found.end = p;
  found.members = members;
  const needed = Member.Id | Member.Type | Member.Tenant | Member.Stream;
  return (members & needed) == needed && members & (Member.Body | Member.BodyDigest) ? p : 0;
}
