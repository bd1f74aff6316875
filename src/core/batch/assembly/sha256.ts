// SHA-256 (FIPS 180-4) of four messages at once: lane j of every vector belongs to message j.
//
// Messages are padded into slots, four for each number of blocks; when the four are taken, they are hashed together. What
// is left over is hashed by `flush`, with lanes that nobody reads.

/** Longest message in blocks of 64 bytes: what is longer is not for this engine. */
export const MOST_BLOCKS: i32 = 64;

/** Longest message in bytes: padding takes a byte and the length eight. */
export const MOST_MESSAGE: i32 = 64 * MOST_BLOCKS - 9;

const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16);

// @ts-ignore: decorator
@inline function add(a: v128, b: v128): v128 { return i32x4.add(a, b); }
// @ts-ignore: decorator
@inline function xor3(a: v128, b: v128, c: v128): v128 { return v128.xor(v128.xor(a, b), c); }
// @ts-ignore: decorator
@inline function ror(x: v128, n: i32): v128 { return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n)); }
// @ts-ignore: decorator
@inline function bigEndian(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}
// Four words of four messages become four vectors of one word each: two steps of a transposition.
// @ts-ignore: decorator
@inline function low32(a: v128, b: v128): v128 { return v128.shuffle<i32>(a, b, 0, 4, 1, 5); }
// @ts-ignore: decorator
@inline function high32(a: v128, b: v128): v128 { return v128.shuffle<i32>(a, b, 2, 6, 3, 7); }
// @ts-ignore: decorator
@inline function low64(a: v128, b: v128): v128 { return v128.shuffle<i64>(a, b, 0, 2); }
// @ts-ignore: decorator
@inline function high64(a: v128, b: v128): v128 { return v128.shuffle<i64>(a, b, 1, 3); }

/** T1 of FIPS 180-4 6.2.2: h + K + W + Σ1(e) + Ch(e, f, g). */
// @ts-ignore: decorator
@inline function t1(e: v128, f: v128, g: v128, h: v128, k: usize, w: v128): v128 {
  const sigma = xor3(ror(e, 6), ror(e, 11), ror(e, 25));
  return add(add(h, add(v128.load_splat<u32>(k), w)), add(sigma, v128.xor(g, v128.and(e, v128.xor(f, g)))));
}

/** T1 + T2: Σ0(a) + Maj(a, b, c) added to `t`, where ab = a ^ b and bc = b ^ c: each is needed twice. */
// @ts-ignore: decorator
@inline function t2(t: v128, a: v128, b: v128, ab: v128, bc: v128): v128 {
  return add(t, add(xor3(ror(a, 2), ror(a, 13), ror(a, 22)), v128.xor(b, v128.and(ab, bc))));
}

/** The word of the schedule that takes the place of `w0`, 16 rounds later. */
// @ts-ignore: decorator
@inline function next(w0: v128, w1: v128, w9: v128, w14: v128): v128 {
  const sigma0 = xor3(ror(w1, 7), ror(w1, 18), i32x4.shr_u(w1, 3));
  const sigma1 = xor3(ror(w14, 17), ror(w14, 19), i32x4.shr_u(w14, 10));
  return add(add(w0, w9), add(sigma0, sigma1));
}

/** Hashes four padded messages of `blocks` blocks each at p0..p3; their digests go to o0..o3. */
function hashFour(
  p0: usize, p1: usize, p2: usize, p3: usize, blocks: i32, o0: usize, o1: usize, o2: usize, o3: usize,
): void {
  let s0 = i32x4.splat(0x6a09e667), s1 = i32x4.splat(0xbb67ae85), s2 = i32x4.splat(0x3c6ef372), s3 = i32x4.splat(0xa54ff53a);
  let s4 = i32x4.splat(0x510e527f), s5 = i32x4.splat(0x9b05688c), s6 = i32x4.splat(0x1f83d9ab), s7 = i32x4.splat(0x5be0cd19);
  let a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128, x: v128, y: v128, t: v128;
  for (let n = 0; n < blocks; n++) {
    a = bigEndian(v128.load(p0)); b = bigEndian(v128.load(p1)); c = bigEndian(v128.load(p2)); d = bigEndian(v128.load(p3));
    e = low32(a, b); f = high32(a, b); g = low32(c, d); h = high32(c, d);
    let w0 = low64(e, g), w1 = high64(e, g), w2 = low64(f, h), w3 = high64(f, h);
    a = bigEndian(v128.load(p0, 16)); b = bigEndian(v128.load(p1, 16)); c = bigEndian(v128.load(p2, 16)); d = bigEndian(v128.load(p3, 16));
    e = low32(a, b); f = high32(a, b); g = low32(c, d); h = high32(c, d);
    let w4 = low64(e, g), w5 = high64(e, g), w6 = low64(f, h), w7 = high64(f, h);
    a = bigEndian(v128.load(p0, 32)); b = bigEndian(v128.load(p1, 32)); c = bigEndian(v128.load(p2, 32)); d = bigEndian(v128.load(p3, 32));
    e = low32(a, b); f = high32(a, b); g = low32(c, d); h = high32(c, d);
    let w8 = low64(e, g), w9 = high64(e, g), wa = low64(f, h), wb = high64(f, h);
    a = bigEndian(v128.load(p0, 48)); b = bigEndian(v128.load(p1, 48)); c = bigEndian(v128.load(p2, 48)); d = bigEndian(v128.load(p3, 48));
    e = low32(a, b); f = high32(a, b); g = low32(c, d); h = high32(c, d);
    let wc = low64(e, g), wd = high64(e, g), we = low64(f, h), wf = high64(f, h);
    p0 += 64; p1 += 64; p2 += 64; p3 += 64;
    a = s0; b = s1; c = s2; d = s3; e = s4; f = s5; g = s6; h = s7;
    y = v128.xor(b, c);
    // The variables change their names from round to round instead of their places.
    for (let k: usize = K; ; ) {
      t = t1(e, f, g, h, k, w0); x = v128.xor(a, b); d = add(d, t); h = t2(t, a, b, x, y);
      t = t1(d, e, f, g, k + 4, w1); y = v128.xor(h, a); c = add(c, t); g = t2(t, h, a, y, x);
      t = t1(c, d, e, f, k + 8, w2); x = v128.xor(g, h); b = add(b, t); f = t2(t, g, h, x, y);
      t = t1(b, c, d, e, k + 12, w3); y = v128.xor(f, g); a = add(a, t); e = t2(t, f, g, y, x);
      t = t1(a, b, c, d, k + 16, w4); x = v128.xor(e, f); h = add(h, t); d = t2(t, e, f, x, y);
      t = t1(h, a, b, c, k + 20, w5); y = v128.xor(d, e); g = add(g, t); c = t2(t, d, e, y, x);
      t = t1(g, h, a, b, k + 24, w6); x = v128.xor(c, d); f = add(f, t); b = t2(t, c, d, x, y);
      t = t1(f, g, h, a, k + 28, w7); y = v128.xor(b, c); e = add(e, t); a = t2(t, b, c, y, x);
      t = t1(e, f, g, h, k + 32, w8); x = v128.xor(a, b); d = add(d, t); h = t2(t, a, b, x, y);
      t = t1(d, e, f, g, k + 36, w9); y = v128.xor(h, a); c = add(c, t); g = t2(t, h, a, y, x);
      t = t1(c, d, e, f, k + 40, wa); x = v128.xor(g, h); b = add(b, t); f = t2(t, g, h, x, y);
      t = t1(b, c, d, e, k + 44, wb); y = v128.xor(f, g); a = add(a, t); e = t2(t, f, g, y, x);
      t = t1(a, b, c, d, k + 48, wc); x = v128.xor(e, f); h = add(h, t); d = t2(t, e, f, x, y);
      t = t1(h, a, b, c, k + 52, wd); y = v128.xor(d, e); g = add(g, t); c = t2(t, d, e, y, x);
      t = t1(g, h, a, b, k + 56, we); x = v128.xor(c, d); f = add(f, t); b = t2(t, c, d, x, y);
      t = t1(f, g, h, a, k + 60, wf); y = v128.xor(b, c); e = add(e, t); a = t2(t, b, c, y, x);
      k += 64;
      if (k == K + 256) break;
      w0 = next(w0, w1, w9, we); w1 = next(w1, w2, wa, wf); w2 = next(w2, w3, wb, w0); w3 = next(w3, w4, wc, w1);
      w4 = next(w4, w5, wd, w2); w5 = next(w5, w6, we, w3); w6 = next(w6, w7, wf, w4); w7 = next(w7, w8, w0, w5);
      w8 = next(w8, w9, w1, w6); w9 = next(w9, wa, w2, w7); wa = next(wa, wb, w3, w8); wb = next(wb, wc, w4, w9);
      wc = next(wc, wd, w5, wa); wd = next(wd, we, w6, wb); we = next(we, wf, w7, wc); wf = next(wf, w0, w8, wd);
    }
    s0 = add(s0, a); s1 = add(s1, b); s2 = add(s2, c); s3 = add(s3, d);
    s4 = add(s4, e); s5 = add(s5, f); s6 = add(s6, g); s7 = add(s7, h);
  }
  a = low32(s0, s1); b = high32(s0, s1); c = low32(s2, s3); d = high32(s2, s3);
  v128.store(o0, bigEndian(low64(a, c))); v128.store(o1, bigEndian(high64(a, c)));
  v128.store(o2, bigEndian(low64(b, d))); v128.store(o3, bigEndian(high64(b, d)));
  a = low32(s4, s5); b = high32(s4, s5); c = low32(s6, s7); d = high32(s6, s7);
  v128.store(o0, bigEndian(low64(a, c)), 16); v128.store(o1, bigEndian(high64(a, c)), 16);
  v128.store(o2, bigEndian(low64(b, d)), 16); v128.store(o3, bigEndian(high64(b, d)), 16);
}

/* The slots: of messages of n blocks, four, each with room behind it that a copy in steps of 16 may write to. */

const BEHIND: usize = 16;

// @ts-ignore: decorator
@inline function slotSize(n: i32): usize { return 64 * <usize>n + BEHIND; }

/** Where the first slot of messages of n blocks is: behind four of each shorter kind. */
// @ts-ignore: decorator
@inline function firstSlot(n: i32): usize { return SLOTS + 128 * <usize>(n * (n - 1)) + 4 * BEHIND * <usize>(n - 1); }

const SLOTS: usize = memory.data(128 * MOST_BLOCKS * (MOST_BLOCKS + 1) + 4 * 16 * MOST_BLOCKS, 64);
/** How many of the four slots are taken, by number of blocks. */
const TAKEN: usize = memory.data(4 * (MOST_BLOCKS + 1), 16);
/** Where the digests of the four go, by number of blocks. */
const TARGETS: usize = memory.data(16 * (MOST_BLOCKS + 1), 16);
/** Where digests go that nobody reads. */
const SINK: usize = memory.data(32, 16);

let message: usize = 0;
let target: usize = 0;
let blocks: i32 = 0;

/** Where a message of `length` bytes is to be written, whose digest is to go to `out`; `closeMessage` must follow. */
export function openMessage(length: i32, out: usize): usize {
  blocks = (length + 9 + 63) >> 6;
  message = firstSlot(blocks) + <usize>load<i32>(TAKEN + 4 * <usize>blocks) * slotSize(blocks);
  target = out;
  return message;
}

/** Pads the message that was opened, and hashes it if four of its length are there. */
export function closeMessage(length: i32): void {
  const end = message + 64 * <usize>blocks;
  let at = message + <usize>length;
  store<u8>(at, 0x80);
  for (at++; at < end; at += 16) v128.store(at, i32x4.splat(0));
  store<u32>(end - 4, bswap<u32>(<u32>length << 3));
  const taken = load<i32>(TAKEN + 4 * <usize>blocks);
  store<usize>(TARGETS + 16 * <usize>blocks + 4 * <usize>taken, target);
  store<i32>(TAKEN + 4 * <usize>blocks, taken + 1);
  if (taken == 3) hashSlots(blocks);
}

function hashSlots(n: i32): void {
  const taken = load<i32>(TAKEN + 4 * <usize>n), out = TARGETS + 16 * <usize>n;
  for (let lane = taken; lane < 4; lane++) store<usize>(out + 4 * <usize>lane, SINK);
  const first = firstSlot(n), size = slotSize(n);
  hashFour(
    first, first + size, first + 2 * size, first + 3 * size, n,
    load<usize>(out), load<usize>(out, 4), load<usize>(out, 8), load<usize>(out, 12),
  );
  store<i32>(TAKEN + 4 * <usize>n, 0);
}

/** Hashes whatever is left in the slots. */
export function flush(): void {
  for (let n = 1; n <= MOST_BLOCKS; n++) if (load<i32>(TAKEN + 4 * <usize>n) > 0) hashSlots(n);
}

/** Copies `length` bytes in steps of 16: it may read and write 15 bytes beyond the end. */
// @ts-ignore: decorator
@inline export function copy(to: usize, from: usize, length: usize): void {
  for (const end = from + length; from < end; from += 16, to += 16) v128.store(to, v128.load(from));
}

/** Hashes what is left of messages of 65 bytes: 01 and two nodes. */
export function flushNodes(): void {
  if (load<i32>(TAKEN + 8) > 0) hashSlots(2);
}
