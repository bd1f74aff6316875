/** Keys that sign. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { PrivateKey, PublicKey } from './keys.ts';
import { derOf } from './pem.ts';
import { publicKeyOf } from './public-key.ts';
import { TrustError } from './trust-error.ts';

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
    const { code } = fault as NodeJS.ErrnoException;
    throw new TrustError('key-untrusted', `${name}: no private key that can be read (${code ?? 'malformed'})`);
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
