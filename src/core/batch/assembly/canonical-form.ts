// A record in any spelling written anew in canonical form (docs/snapshot.md: RFC 8785 with exact numbers), as bytes.
//
// It accepts less than the reader does, never more: 0 means "not for this engine". Other orders of members, blanks, escapes
// that need not be and what they stand for it sets right; a number that is not canonical already, two members of one name,
// names whose order their bytes do not tell and many members out of order it leaves. What it writes is never longer than
// what it read: numbers stay, and of all spellings of a string the canonical one is the shortest.
import { hasLineFeed } from "./bytes";
import { ascends, at, Char, MAX_DEPTH, multiByte, scalar, special } from "./canonical-scan";
import { copy } from "./sha256";

/** Longest line in bytes: below the least limit of records that a reader of lines may have (core/snapshot/framer.ts). */
const MOST_LINE: usize = 4096;
/** Most members of an object and of those around it. */
const MOST_MEMBERS: i32 = 512;
/** Of an object that is not in order: sorting takes up to half as many steps as the square of it. */
const MOST_SORTED: i32 = 64;

/** Zeros behind what is written. */
export const ROOM_BEHIND: usize = 16;
/** Where a text is written there must be as much room: copies go in steps of 16, beyond its end. */
export const ROOM: i32 = 4096 + 64;

/** Where a member was written: the first eight bytes of its name as a number, 0 if that does not tell its order. */
// @ts-ignore: decorator
@unmanaged class Place {
  key: u64;
  /** Behind the quote that opens the name. */
  name: usize;
  nameLength: u16;
  /** From that quote to the end of the value. */
  length: u16;
}

const PLACES: usize = memory.data(<i32>MOST_MEMBERS * 16, 16);
const SORTED: usize = memory.data(ROOM, 16);

// @ts-ignore: decorator
@inline function place(n: i32): Place { return changetype<Place>(PLACES + 16 * <usize>n); }

/** Where the next byte goes; behind the text, when it was written. */
export let out: usize = 0;
/** Members of the objects that are open, the innermost last. */
let open: i32 = 0;
/** Whether the last string has nothing but ASCII without escapes. */
let isPlain: bool = false;

// @ts-ignore: decorator
@inline function put(c: u32): void { store<u8>(out++, c); }

/** Behind the blanks at p: not the LF, which ends the line. */
// @ts-ignore: decorator
@inline export function behindBlanks(p: usize): usize {
  while (at(p) == Char.Space || at(p) == Char.Tab || at(p) == Char.Cr) p++;
  return p;
}

/** The four hexadecimal digits of `\uXXXX` at p, in either case; or -1. */
function codeUnit(p: usize): i32 {
  let unit = 0;
  p += 2;
  for (const end = p + 4; p < end; p++) {
    const digit = at(p) - Char.Zero, letter = (at(p) | 0x20) - Char.LowerA;
    if (digit >= 10 && letter >= 6) return -1;
    unit = unit * 16 + (digit < 10 ? digit : letter + 10);
  }
  return unit;
}

/** Writes what must be escaped in the only spelling that it has, and any other ASCII as it is. */
function putAscii(c: u32): void {
  let letter: u32 = 0;
  switch (c) {
    case 0x08: letter = 0x62; break;
    case Char.Tab: letter = Char.LowerT; break;
    case Char.Lf: letter = Char.LowerN; break;
    case 0x0c: letter = Char.LowerF; break;
    case Char.Cr: letter = 0x72; break;
    case Char.Quote: case Char.Backslash: letter = c; break;
  }
  if (letter || c < <u32>Char.Space) put(Char.Backslash);
  else put(c);
  if (letter) put(letter);
  if (letter || c >= <u32>Char.Space) return;
  put(Char.LowerU); put(Char.Zero); put(Char.Zero); put(Char.Zero + (c >> 4));
  put((c & 15) < 10 ? Char.Zero + (c & 15) : Char.LowerA + (c & 15) - 10);
}

function putCharacter(code: u32): void {
  if (code < 0x80) return putAscii(code);
  if (code < 0x800) put(0xc0 | (code >> 6));
  else {
    if (code < 0x10000) put(0xe0 | (code >> 12));
    else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
    }
    put(0x80 | ((code >> 6) & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

/** Writes what the long escape at p stands for, two of them if it is half of a pair; behind it, or 0. */
function longEscape(p: usize): usize {
  const unit = codeUnit(p);
  if (unit < 0) return 0;
  p += 6;
  if ((unit & 0xf800) != 0xd800) {
    putCharacter(unit);
    return p;
  }
  if (unit >= 0xdc00 || at(p) != Char.Backslash || at(p + 1) != Char.LowerU) return 0;
  const low = codeUnit(p);
  if (low < 0xdc00 || low > 0xdfff) return 0;
  putCharacter(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
  return p + 6;
}

function escape(p: usize): usize {
  const c = at(p + 1);
  switch (c) {
    case Char.Quote: case Char.Backslash: case 0x62: case Char.LowerF: case Char.LowerN: case 0x72: case Char.LowerT:
      put(Char.Backslash); put(c);
      return p + 2;
    case Char.Slash:
      put(c);
      return p + 2;
    case Char.LowerU: return longEscape(p);
    default: return 0;
  }
}

// @ts-ignore: decorator
@inline function copied(p: usize, end: usize): usize {
  if (!end) return 0;
  copy(out, p, end - p);
  out += end - p;
  return end;
}

/** As those of canonical-scan.ts, the functions below take the address of a first byte and return the one behind the last, or 0. */
function string(p: usize): usize {
  if (at(p) != Char.Quote) return 0;
  put(Char.Quote);
  p++;
  isPlain = true;
  while (true) {
    const x = v128.load(p), mask = special(x);
    v128.store(out, x);
    if (!mask) { p += 16; out += 16; continue; }
    const plain = <usize>ctz(mask);
    p += plain; out += plain;
    const c = at(p);
    if (c == Char.Quote) {
      put(Char.Quote);
      return p + 1;
    }
    if (c < <u32>Char.Space) return 0;
    isPlain = false;
    p = c == Char.Backslash ? escape(p) : copied(p, multiByte(p));
    if (!p) return 0;
  }
}

/** -1 if name a comes before name b, 1 if behind it; 0 if they are the same, or if their bytes do not tell. */
// @ts-ignore: decorator
@inline function compare(a: Place, b: Place): i32 {
  return a.key != b.key && a.key && b.key ? (a.key < b.key ? -1 : 1) : compareAll(a, b);
}

function compareAll(a: Place, b: Place): i32 {
  const aEnd = a.name + a.nameLength, bEnd = b.name + b.nameLength;
  if (ascends(a.name, aEnd, b.name, bEnd)) return -1;
  return ascends(b.name, bEnd, a.name, aEnd) ? 1 : 0;
}

/** Notes the member whose name was written last, at `from`. */
// @ts-ignore: decorator
@inline function note(from: usize): Place {
  const member = place(open++), length = out - from - 2;
  member.name = from + 1;
  member.nameLength = <u16>length;
  const key = isPlain ? bswap(load<u64>(from + 1)) : 0;
  member.key = length < 8 ? key & ~(<u64>-1 >> (8 * length)) : key;
  return member;
}

/** Puts the members from `first` on into order, which begin at `begin` and end where the text does; whether that can be. */
function sort(first: i32, begin: usize): bool {
  if (open - first > MOST_SORTED) return false;
  for (let i = first + 1; i < open; i++) {
    const moved = v128.load(changetype<usize>(place(i)));
    const member = changetype<Place>(SORTED);
    v128.store(SORTED, moved);
    let to = i;
    for (; to > first; to--) {
      const order = compare(place(to - 1), member);
      if (order == 0) return false;
      if (order < 0) break;
      v128.store(changetype<usize>(place(to)), v128.load(changetype<usize>(place(to - 1))));
    }
    v128.store(changetype<usize>(place(to)), moved);
  }
  let to = SORTED;
  for (let i = first; i < open; i++) {
    const member = place(i);
    if (i > first) store<u8>(to++, Char.Comma);
    copy(to, member.name - 1, member.length);
    to += member.length;
  }
  copy(begin, SORTED, out - begin);
  return true;
}

function object(p: usize, depth: i32): usize {
  if (depth > MAX_DEPTH) return 0;
  put(Char.OpenBrace);
  p = behindBlanks(p + 1);
  if (at(p) == Char.CloseBrace) {
    put(Char.CloseBrace);
    return p + 1;
  }
  const first = open, begin = out;
  let isSorted = true;
  while (true) {
    const from = out;
    p = string(p);
    if (!p || open == MOST_MEMBERS) return 0;
    const member = note(from);
    if (open - first > 1) {
      const order = compare(place(open - 2), member);
      if (order == 0) return 0;
      if (order > 0) isSorted = false;
    }
    p = behindBlanks(p);
    if (at(p) != Char.Colon) return 0;
    put(Char.Colon);
    p = value(behindBlanks(p + 1), depth);
    if (!p) return 0;
    member.length = <u16>(out - from);
    p = behindBlanks(p);
    if (at(p) != Char.Comma) break;
    put(Char.Comma);
    p = behindBlanks(p + 1);
  }
  if (at(p) != Char.CloseBrace || !(isSorted || sort(first, begin))) return 0;
  open = first;
  put(Char.CloseBrace);
  return p + 1;
}

function array(p: usize, depth: i32): usize {
  if (depth > MAX_DEPTH) return 0;
  put(Char.OpenBracket);
  p = behindBlanks(p + 1);
  if (at(p) == Char.CloseBracket) {
    put(Char.CloseBracket);
    return p + 1;
  }
  while (true) {
    p = value(p, depth);
    if (!p) return 0;
    p = behindBlanks(p);
    if (at(p) != Char.Comma) break;
    put(Char.Comma);
    p = behindBlanks(p + 1);
  }
  if (at(p) != Char.CloseBracket) return 0;
  put(Char.CloseBracket);
  return p + 1;
}

function value(p: usize, depth: i32): usize {
  switch (at(p)) {
    case Char.Quote: return string(p);
    case Char.OpenBrace: return object(p, depth + 1);
    case Char.OpenBracket: return array(p, depth + 1);
    default: return copied(p, scalar(p));
  }
}

/**
 * Writes the object at p, behind blanks or not, to `to` in canonical form, up to `out`; zeros behind it.
 *
 * @param to - ROOM bytes are free there
 * @returns the address behind its closing brace, or 0: then anything may have been written there
 */
export function respell(p: usize, to: usize): usize {
  if (!hasLineFeed(p, MOST_LINE)) return 0;
  p = behindBlanks(p);
  if (at(p) != Char.OpenBrace) return 0;
  out = to;
  open = 0;
  p = object(p, 1);
  v128.store(out, i32x4.splat(0));
  return p;
}
