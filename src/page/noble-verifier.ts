/**
 * Signatures where there is no node:crypto: @noble/curves, with the rules of OpenSSL. The page and the command must not
 * differ over one signature; test/trust/wycheproof.test.ts and test/page/noble-verifier.test.ts hold them against each
 * other.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { joined } from '../core/base64.ts';
import type { VerifierOf, Verifies } from '../trust/keys.ts';

const ED25519_BYTES = 32;
/** An uncompressed point on P-256: 04, x, y. */
const P256_POINT_BYTES = 65;

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
}

/**
 * RFC 8032 §5.1.7 without cofactor, as OpenSSL does it: [S]B - [k]A has to be R, byte by byte. `ed25519.verify` of
 * @noble/curves multiplies both sides by 8, which lets through some signatures of a signer who plays with points of
 * small order.
 */
function ed25519Verifier(key: Uint8Array): Verifies {
  const order = ed25519.Point.Fn.ORDER;
  return (message, signature) => {
    if (signature.length !== 2 * ED25519_BYTES) return false;
    const [r, s] = [signature.subarray(0, ED25519_BYTES), littleEndian(signature.subarray(ED25519_BYTES))];
    if (s >= order) return false;
    const k = littleEndian(sha512(joined(r, key, message))) % order;
    try {
      const a = ed25519.Point.fromBytes(key);
      return sameBytes(ed25519.Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), r);
    } catch {
      // The key is no point of the curve: node:crypto takes it, and finds that nothing verifies under it.
      return false;
    }
  };
}

/** Whether `signature` is the one DER encoding (X.690 §10.1) of its two numbers. */
function isStrictDer(signature: Uint8Array): boolean {
  try {
    return sameBytes(p256.Signature.fromBytes(signature, 'der').toBytes('der'), signature);
  } catch {
    return false;
  }
}

/** FIPS 186-5 §6.4.2. Both s and n - s are taken, as everywhere but in some blockchains. */
function p256Verifier(point: Uint8Array): Verifies {
  p256.Point.fromBytes(point).assertValidity();
  return (message, signature) =>
    isStrictDer(signature) && p256.verify(signature, message, point, { format: 'der', lowS: false });
}

/** What verifies under a key, by @noble/curves. */
export const nobleVerifier: VerifierOf = (algorithm, spki) =>
  algorithm === 'ed25519' ? ed25519Verifier(spki.slice(-ED25519_BYTES)) : p256Verifier(spki.slice(-P256_POINT_BYTES));
