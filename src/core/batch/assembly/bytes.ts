// Bytes compared, searched, counted, and written as digits.

// @ts-ignore: decorator
@inline export function areEqual(a: usize, b: usize, length: usize): bool {
  const end = a + length;
  for (; a + 16 <= end; a += 16, b += 16) if (v128.any_true(v128.xor(v128.load(a), v128.load(b)))) return false;
  for (; a + 8 <= end; a += 8, b += 8) if (load<u64>(a) != load<u64>(b)) return false;
  for (; a < end; a++, b++) if (load<u8>(a) != load<u8>(b)) return false;
  return true;
}

/** Writes 32 bytes as 64 hexadecimal digits. */
// @ts-ignore: decorator
@inline export function writeHex(to: usize, from: usize): void {
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

/** How many line feeds there are in the `length` bytes at p. */
export function lineFeeds(p: usize, length: usize): i32 {
  const end = p + length;
  let count = 0;
  for (; p + 16 <= end; p += 16) count += popcnt(i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(0x0a))));
  for (; p < end; p++) if (load<u8>(p) == 0x0a) count++;
  return count;
}

/** Whether there is a line feed in the `length` bytes at p, a multiple of 16. */
export function hasLineFeed(p: usize, length: usize): bool {
  for (const end = p + length; p < end; p += 16) {
    if (v128.any_true(i8x16.eq(v128.load(p), i8x16.splat(0x0a)))) return true;
  }
  return false;
}
