/**
 * Ed25519 public keys that make signatures worthless. The curve has eight points of small order: a signature under one
 * of them can be valid for any message, and OpenSSL accepts it. They are refused, with every encoding that is not the
 * canonical one of RFC 8032 §5.1.2 (y of p or more), under which the same points can hide.
 */

const P = 2n ** 255n - 19n;

// The points of order 8 have y and -y with y^2 = (sqrt(1 + d) - 1) / d; the value is that of libsodium's blocklist.
const Y_OF_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;

/** 0: order 4; 1: the neutral element; p - 1: order 2. */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, Y_OF_ORDER_8, P - Y_OF_ORDER_8]);

/**
 * Whether a raw Ed25519 public key is one under which no signature means anything.
 *
 * @param raw - the 32 bytes of RFC 8032 §5.1.5; the sign bit of x, the highest bit, makes no difference here
 */
export function isWorthlessKey(raw: Uint8Array): boolean {
  let y = 0n;
  for (let at = raw.length - 1; at >= 0; at--) y = y * 256n + BigInt(raw[at] ?? 0);
  y %= 2n ** 255n;
  return y >= P || SMALL_ORDER.has(y);
}
