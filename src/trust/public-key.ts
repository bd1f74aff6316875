/** Public keys under node:crypto. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { PublicKey, VerifierOf } from './keys.ts';
import { readTrustedKey, trustedKey } from './trusted-key.ts';

const verifierOf: VerifierOf = (algorithm, spki) => {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  const digest = algorithm === 'ed25519' ? null : 'sha256';
  return (message, signature) => verify(digest, message, { key, dsaEncoding: 'der' }, signature);
};

/**
 * The public key of `key`, ready to verify.
 *
 * @throws TrustError `key-untrusted` for another algorithm, and for a key of small order
 */
export function publicKeyOf(key: KeyObject, name: string): PublicKey {
  // A private key on a curve may hold its point compressed, and node:crypto writes it as it was: by way of a JWK it has
  // the one encoding, and so the one id, that everybody else knows it by.
  const isEc = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  const same = isEc ? createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }) : key;
  return trustedKey(verifierOf, same.export({ format: 'der', type: 'spki' }), name);
}

/**
 * Reads a public key.
 *
 * @param text - a PEM file with one SubjectPublicKeyInfo (`-----BEGIN PUBLIC KEY-----`)
 * @param name - how the user called the file
 * @throws TrustError `key-untrusted` for a private key, another algorithm, a key of small order, or anything else
 */
export function readPublicKey(text: string, name: string): PublicKey {
  return readTrustedKey(verifierOf, text, name);
}
