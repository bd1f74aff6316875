// The ids of records: their order, and what `IdSet` (core/snapshot/id-set.ts) remembers each by: two numbers, by one
// function of its UTF-16 code units.
import { areEqual } from "./bytes";

// @ts-ignore: decorator
@inline function at(p: usize): u32 { return load<u8>(p); }

/**
 * Whether id a comes before id b, by their UTF-8 bytes (docs/snapshot.md, "Order"). False also where an escape stands at
 * the place that decides.
 */
export function idAscends(a: usize, aEnd: usize, b: usize, bEnd: usize): bool {
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

/**
 * Writes the two numbers of the id at p, in its canonical spelling.
 *
 * @param sides - goes into the two bits of the second number that are free
 */
export function rememberId(to: usize, low: u32, high: u32, p: usize, end: usize, sides: u32): void {
  let units: u32 = 0;
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
  store<u32>(to, finished(low, units));
  store<u32>(to, (finished(high, units) & ~3) | sides, 4);
}
