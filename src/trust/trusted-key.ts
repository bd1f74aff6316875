/**
 * Public keys that a user trusts, each bound to its one algorithm: what an envelope says of algorithms is never asked.
 * The command and the page in the browser read them by this one code.
 */
import { portable } from '../core/platform.ts';
import type { PublicKey, VerifierOf, Verifies } from './keys.ts';
import { isWorthlessKey } from './low-order.ts';
import { derOf } from './pem.ts';
import { algorithmOf } from './spki.ts';
import { TrustError } from './trust-error.ts';

/** Most bytes of a file that holds one. */
export const MOST_KEY_BYTES: number = 1024 * 1024;

const ED25519_BYTES = 32;

/**
 * The public key that `spki` is, ready to verify.
 *
 * @param spki - SubjectPublicKeyInfo in DER
 * @param name - how the user called it
 * @throws TrustError `key-untrusted` for another algorithm or encoding, and for a key of small order
 */
export function trustedKey(verifierOf: VerifierOf, spki: Uint8Array, name: string): PublicKey {
  const algorithm = algorithmOf(spki, name);
  const bytes = Uint8Array.from(algorithm === 'ed25519' ? spki.subarray(-ED25519_BYTES) : spki);
  if (algorithm === 'ed25519' && isWorthlessKey(bytes)) {
    throw new TrustError('key-untrusted', `${name}: a point of small order: anybody can sign under it`);
  }
  let verifies: Verifies;
  try {
    verifies = verifierOf(algorithm, spki);
  } catch (fault) {
    throw new TrustError('key-untrusted', `${name}: no public key that can be read`, { cause: fault });
  }
  return { name, algorithm, id: portable.sha256(spki), bytes, verifies };
}

/**
 * Reads a public key.
 *
 * @param text - a PEM file with one SubjectPublicKeyInfo (`-----BEGIN PUBLIC KEY-----`)
 * @param name - how the user called the file
 * @throws TrustError `key-untrusted` for a private key, another algorithm, a key of small order, or anything else
 */
export function readTrustedKey(verifierOf: VerifierOf, text: string, name: string): PublicKey {
  return trustedKey(verifierOf, derOf(text, 'PUBLIC KEY', name), name);
}
