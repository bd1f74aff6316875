/**
 * Public keys that a user trusts, each bound to its one algorithm: what an envelope says of algorithms is never asked.
 *
 * Ed25519 (RFC 8032), and ECDSA on P-256 with SHA-256 (FIPS 186-5) for keys that people have in a KMS or from cosign.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isWorthlessKey } from './low-order.ts';
import { derOf } from './pem.ts';
import { TrustError } from './trust-error.ts';

export type KeyAlgorithm = 'ed25519' | 'ecdsa-p256-sha256';

export interface PublicKey {
  /** How the user called it. */
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** SHA-256 of the SubjectPublicKeyInfo (RFC 5280 §4.1) in DER, as lower-case hex: what pins a key. */
  readonly id: string;
  /** Ed25519: the 32 bytes of the key. Else the SubjectPublicKeyInfo. */
  readonly bytes: Uint8Array;
  /**
   * Whether `signature` is one of this key over `message`.
   *
   * @param signature - Ed25519: 64 bytes; ECDSA: ASN.1 DER
   */
  readonly verifies: (message: Uint8Array, signature: Uint8Array) => boolean;
}

const ED25519_BYTES = 32;
/** SubjectPublicKeyInfo of an uncompressed point on P-256. */
const P256_SPKI_BYTES = 91;

function algorithmOf(key: KeyObject, name: string): KeyAlgorithm {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return 'ed25519';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ecdsa-p256-sha256';
  const found = type === 'ec' ? `ECDSA on ${details?.namedCurve}` : type;
  throw new TrustError('key-untrusted', `${name}: a key of the type ${found}; give one of Ed25519 or ECDSA on P-256`);
}

function keyFrom(der: Buffer, name: string): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch (fault) {
    throw new TrustError('key-untrusted', `${name}: no public key that can be read`, { cause: fault });
  }
}

/** The public key of `key`, ready to verify. */
export function publicKeyOf(key: KeyObject, name: string): PublicKey {
  const algorithm = algorithmOf(key, name);
  const spki = key.export({ format: 'der', type: 'spki' });
  const bytes = algorithm === 'ed25519' ? spki.subarray(-ED25519_BYTES) : spki;
  if (algorithm === 'ed25519' && isWorthlessKey(bytes)) {
    throw new TrustError('key-untrusted', `${name}: a point of small order: anybody can sign under it`);
  }
  const digest = algorithm === 'ed25519' ? null : 'sha256';
  return {
    name,
    algorithm,
    id: createHash('sha256').update(spki).digest('hex'),
    bytes: Uint8Array.from(bytes),
    verifies: (message, signature) => verify(digest, message, { key, dsaEncoding: 'der' }, signature),
  };
}

/**
 * Reads a public key.
 *
 * @param text - a PEM file with one SubjectPublicKeyInfo (`-----BEGIN PUBLIC KEY-----`)
 * @param name - how the user called the file
 * @throws TrustError `key-untrusted` for a private key, another algorithm, a key of small order, or anything else
 */
export function readPublicKey(text: string, name: string): PublicKey {
  const der = derOf(text, 'PUBLIC KEY', name);
  const key = keyFrom(der, name);
  // Bytes behind the key, or another encoding of it, would give one key two ids.
  const isCanonical = key.export({ format: 'der', type: 'spki' }).equals(der);
  const isCompressed = key.asymmetricKeyDetails?.namedCurve === 'prime256v1' && der.length !== P256_SPKI_BYTES;
  if (!isCanonical || isCompressed) {
    throw new TrustError('key-untrusted', `${name}: not the canonical encoding of its key`);
  }
  return publicKeyOf(key, name);
}
