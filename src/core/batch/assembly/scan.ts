// The strict scan of one record in canonical form (docs/snapshot.md, RFC 8785 with exact numbers).
//
// It accepts less than the reader does, never more: 0 means "not for this engine", and the reader says why. What it may
// not read over is the LF behind the record: no string holds one, and nothing else is skipped unseen. Behind the whole
// input lie zeros.

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

export const enum Char {
  Tab = 0x09, Lf = 0x0a, Cr = 0x0d, Space = 0x20, Quote = 0x22, Plus = 0x2b, Comma = 0x2c, Minus = 0x2d, Point = 0x2e, Slash = 0x2f, Zero = 0x30, Colon = 0x3a,
  OpenBracket = 0x5b, Backslash = 0x5c, CloseBracket = 0x5d, OpenBrace = 0x7b, CloseBrace = 0x7d,
  LowerA = 0x61, LowerE = 0x65, LowerF = 0x66, LowerN = 0x6e, LowerT = 0x74, LowerU = 0x75, UpperE = 0x45,
}

/** As the reader (core/json/cursor.ts). */
export const MAX_DEPTH: i32 = 128;
/** As the reader (core/json/value.ts): beyond, a number is written with an exponent. */
const MAX_PLAIN_DIGITS: usize = 21;
const MAX_LEADING_ZEROS: usize = 5;
const MOST_EXPONENT_DIGITS: usize = 3;
/** Of a name or id: as many bytes are never more characters than that. */
const MOST_ID_BYTES: usize = 1024;
/** Digits of `seq` that are below 2^53 whatever they are. */
const MOST_SEQ_DIGITS: usize = 15;
/** A time with more is left to the reader. */
const MOST_TIME_BYTES: usize = 64;

// @ts-ignore: decorator
@inline export function at(p: usize): u32 { return load<u8>(p); }
// @ts-ignore: decorator
@inline function isDigit(c: u32): bool { return c - Char.Zero < 10; }

/** Behind the multi-byte sequence at p that is well-formed UTF-8 (RFC 3629 section 4), or 0. */
export function multiByte(p: usize): usize {
  const lead = at(p), second = at(p + 1);
  if (lead < 0xc2 || lead > 0xf4 || (second & 0xc0) != 0x80) return 0;
  if (lead < 0xe0) return p + 2;
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  if ((at(p + 2) & 0xc0) != 0x80) return 0;
  if (lead < 0xf0) return p + 3;
  return (at(p + 3) & 0xc0) == 0x80 ? p + 4 : 0;
}

/** The control character of the long escape whose last two digits, in lower case, stand at p; or -1. */
function controlCharacter(p: usize): i32 {
  const high = at(p) - Char.Zero, low = at(p + 1);
  if (high > 1) return -1;
  if (isDigit(low)) return high * 16 + low - Char.Zero;
  return low - Char.LowerA < 6 ? high * 16 + low - Char.LowerA + 10 : -1;
}

/** Behind the escape at p in its only canonical spelling, or 0. */
function escape(p: usize): usize {
  switch (at(p + 1)) {
    case Char.Quote: case Char.Backslash: case 0x62: case Char.LowerF: case Char.LowerN: case 0x72: case Char.LowerT:
      return p + 2;
    case Char.LowerU: break;
    default: return 0;
  }
  if (at(p + 2) != Char.Zero || at(p + 3) != Char.Zero) return 0;
  const code = controlCharacter(p + 4);
  // What has a short escape is not written in the long one.
  return code < 0 || code == 8 || code == 9 || code == 10 || code == 12 || code == 13 ? 0 : p + 6;
}

/** Which of 16 bytes of a string do not stand for themselves alone: a bit for each. */
// @ts-ignore: decorator
@inline export function special(x: v128): i32 {
  // Signed: a byte of 0x80 or more is below the space, too.
  return i8x16.bitmask(v128.or(
    v128.or(i8x16.eq(x, i8x16.splat(<i8>Char.Quote)), i8x16.eq(x, i8x16.splat(<i8>Char.Backslash))),
    i8x16.lt_s(x, i8x16.splat(<i8>Char.Space)),
  ));
}

/** Behind the string whose opening quote is at p, or 0. */
// @ts-ignore: decorator
@inline function string(p: usize): usize {
  if (at(p) != Char.Quote) return 0;
  p++;
  while (true) {
    const mask = special(v128.load(p));
    if (!mask) { p += 16; continue; }
    p += ctz(mask);
    const c = at(p);
    if (c == Char.Quote) return p + 1;
    // A control character ends it here: so the LF, and so the zeros behind the input.
    if (c < <u32>Char.Space) return 0;
    p = c == Char.Backslash ? escape(p) : multiByte(p);
    if (!p) return 0;
  }
}

/**
 * Behind the exponent at p, where the digits before it are in canonical form, or 0. It is written where as many zeros would
 * stand before the point, or behind it; longer ones than anyone has are left to the reader.
 */
function exponent(p: usize): usize {
  const sign = at(p), digits = p + 1;
  for (p = digits; isDigit(at(p));) p++;
  const count = p - digits;
  if (count == 0 || count > MOST_EXPONENT_DIGITS || at(digits) == Char.Zero) return 0;
  const first = at(digits) - Char.Zero;
  const value = count == 1 ? first : count == 2 ? 10 * first + at(digits + 1) - Char.Zero : 100;
  const least = sign == Char.Minus ? MAX_LEADING_ZEROS + 2 : sign == Char.Plus ? MAX_PLAIN_DIGITS : 101;
  return <usize>value < least ? 0 : p;
}

/** Behind the number at p whose digits alone show that it is canonical, or 0. */
// @ts-ignore: decorator
@inline function number(p: usize): usize {
  if (at(p) == Char.Minus) p++;
  const digits = p;
  while (isDigit(at(p))) p++;
  const count = p - digits;
  if (count == 0 || count > MAX_PLAIN_DIGITS || (count > 1 && at(digits) == Char.Zero)) return 0;
  if (at(p) == Char.Point) {
    const fraction = ++p;
    while (isDigit(at(p))) p++;
    if (p == fraction || at(p - 1) == Char.Zero) return 0;
    if (at(digits) == Char.Zero) {
      let first = fraction;
      while (at(first) == Char.Zero) first++;
      if (first - fraction > MAX_LEADING_ZEROS) return 0;
    }
  }
  const c = at(p);
  if (c == Char.LowerE) return count == 1 && at(digits) != Char.Zero ? exponent(p + 1) : 0;
  return c == Char.UpperE ? 0 : p;
}

/** By what the first different bytes of two texts are in order as code units: four bytes are surrogates, before U+E000. */
// @ts-ignore: decorator
@inline function codeUnits(byte: u32): u32 { return byte == 0xee || byte == 0xef ? byte + 0x10 : byte; }

/**
 * Whether name a comes before name b by UTF-16 code units (RFC 8785 section 3.2.3). False also where their bytes do not
 * tell: with an escape.
 */
// @ts-ignore: decorator
@inline export function ascends(a: usize, aEnd: usize, b: usize, bEnd: usize): bool {
  const length = min(aEnd - a, bEnd - b);
  for (const end = a + length; a < end; a++, b++) {
    const x = at(a), y = at(b);
    if (x == Char.Backslash || y == Char.Backslash) return false;
    if (x != y) return codeUnits(x) < codeUnits(y);
  }
  // One is the beginning of the other.
  return a == aEnd && b < bEnd;
}

function object(p: usize, depth: i32): usize {
  if (depth > MAX_DEPTH) return 0;
  if (at(++p) == Char.CloseBrace) return p + 1;
  let last: usize = 0, lastEnd: usize = 0;
  while (true) {
    const name = p + 1;
    p = string(p);
    if (!p || at(p) != Char.Colon) return 0;
    if (last && !ascends(last, lastEnd, name, p - 1)) return 0;
    last = name;
    lastEnd = p - 1;
    p = value(p + 1, depth);
    if (!p) return 0;
    const c = at(p++);
    if (c == Char.CloseBrace) return p;
    if (c != Char.Comma) return 0;
  }
}

function array(p: usize, depth: i32): usize {
  if (depth > MAX_DEPTH) return 0;
  if (at(++p) == Char.CloseBracket) return p + 1;
  while (true) {
    p = value(p, depth);
    if (!p) return 0;
    const c = at(p++);
    if (c == Char.CloseBracket) return p;
    if (c != Char.Comma) return 0;
  }
}

function value(p: usize, depth: i32): usize {
  switch (at(p)) {
    case Char.Quote: return string(p);
    case Char.OpenBrace: return object(p, depth + 1);
    case Char.OpenBracket: return array(p, depth + 1);
    default: return scalar(p);
  }
}

/** Behind the literal or the number at p in its canonical spelling, or 0. */
// @ts-ignore: decorator
@inline export function scalar(p: usize): usize {
  switch (at(p)) {
    case Char.LowerT: return load<u32>(p) == 0x65757274 ? p + 4 : 0; // true
    case Char.LowerN: return load<u32>(p) == 0x6c6c756e ? p + 4 : 0; // null
    case Char.LowerF: return load<u32>(p + 1) == 0x65736c61 ? p + 5 : 0; // false
    default: return number(p);
  }
}

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
