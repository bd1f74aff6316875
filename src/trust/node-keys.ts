/** Public keys under node:crypto. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { codeOf } from '../core/errors.ts';
import { derOf, type PrivateKey, type PublicKey, readTrustedKey, trustedKey, type VerifierOf } from './keys.ts';
import { TrustError } from './trust-error.ts';

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
function publicKeyOf(key: KeyObject, name: string): PublicKey {
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

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * An Ed25519 key by its 32 bytes, as the keys of notes are written.
 *
 * @throws TrustError `key-untrusted` for what is none, and for a key of small order
 */
export function rawPublicKey(raw: Uint8Array, name: string): PublicKey {
  return trustedKey(verifierOf, Buffer.concat([ED25519_SPKI, raw]), name);
}

/* Keys that sign. */

export interface KeyPairFiles {
  /** PKCS #8 (RFC 5958) in PEM. */
  readonly privatePem: string;
  /** SubjectPublicKeyInfo in PEM. */
  readonly publicPem: string;
  readonly publicKey: PublicKey;
}

function keyFrom(der: Uint8Array, name: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch (fault) {
    // The cause could quote what it read: it is left out.
    throw new TrustError('key-untrusted', `${name}: no private key that can be read (${codeOf(fault)})`);
  }
}

/**
 * Reads a private key.
 *
 * @param text - a PEM file in PKCS #8 (`-----BEGIN PRIVATE KEY-----`), not encrypted
 * @param name - how the user called the file
 * @throws TrustError `key-untrusted`
 */
export function readPrivateKey(text: string, name: string): PrivateKey {
  const key = keyFrom(derOf(text, 'PRIVATE KEY', name), name);
  const publicKey = publicKeyOf(createPublicKey(key), name);
  const digest = publicKey.algorithm === 'ed25519' ? null : 'sha256';
  return { publicKey, sign: (message) => sign(digest, message, { key, dsaEncoding: 'der' }) };
}

/** A new pair of Ed25519 keys. */
export function newKeyPair(name: string): KeyPairFiles {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    publicKey: publicKeyOf(publicKey, name),
  };
}
