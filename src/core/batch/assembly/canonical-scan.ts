// The strict scan of JSON in its canonical spelling (docs/snapshot.md, RFC 8785 with exact numbers).
//
// Each function takes the address of a first byte and returns the one behind the last, or 0: "not for this engine". It
// accepts less than the reader does, never more.

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

// @ts-ignore: decorator
@inline export function at(p: usize): u32 { return load<u8>(p); }
// @ts-ignore: decorator
@inline export function isDigit(c: u32): bool { return c - Char.Zero < 10; }

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
@inline export function string(p: usize): usize {
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

export function value(p: usize, depth: i32): usize {
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
