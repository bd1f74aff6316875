/** Keys as everything that signs or verifies sees them: each bound to its one algorithm. */

import { fromBase64 } from '../core/base64.ts';
import { hexOf, portable } from '../core/platform.ts';
import { TrustError } from './trust-error.ts';

/** Ed25519 (RFC 8032), or ECDSA on P-256 with SHA-256 (FIPS 186-5), which people have in a KMS or from cosign. */
export type KeyAlgorithm = 'ed25519' | 'ecdsa-p256-sha256';

/**
 * Whether `signature` is one over `message`.
 *
 * @param signature - Ed25519: 64 bytes; ECDSA: ASN.1 DER
 */
export type Verifies = (message: Uint8Array, signature: Uint8Array) => boolean;

export interface PublicKey {
  /** How the user called it. */
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** SHA-256 of the SubjectPublicKeyInfo (RFC 5280 §4.1) in DER, as lower-case hex: what pins a key. */
  readonly id: string;
  /** Ed25519: the 32 bytes of the key. Else the SubjectPublicKeyInfo. */
  readonly bytes: Uint8Array;
  readonly verifies: Verifies;
}

export interface PrivateKey {
  readonly publicKey: PublicKey;
  /** Ed25519: 64 bytes (RFC 8032 §5.1.6); ECDSA: ASN.1 DER. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/**
 * The seam to what computes on curves: node:crypto for the command, @noble/curves for the page in the browser. Both give
 * the same answers (test/trust/wycheproof.test.ts).
 *
 * @param spki - a SubjectPublicKeyInfo of just this algorithm, in its canonical form
 * @returns what verifies under that key
 * @throws Error if its point is not on the curve
 */
export type VerifierOf = (algorithm: KeyAlgorithm, spki: Uint8Array) => Verifies;

/*
 * SubjectPublicKeyInfo (RFC 5280 §4.1, RFC 8410, RFC 5480): of which algorithm a key is, by its bytes. Of each algorithm
 * one encoding alone is read, which is its prefix and a fixed number of bytes behind it: a key must not have two ids.
 */

interface Encoding {
  readonly algorithm: KeyAlgorithm;
  /** All before the point, as hex. */
  readonly prefix: string;
  /** Length of the whole in bytes. */
  readonly length: number;
}

const ENCODINGS: readonly Encoding[] = [
  { algorithm: 'ed25519', prefix: '302a300506032b6570032100', length: 44 },
  // An uncompressed point: 04, x, y.
  { algorithm: 'ecdsa-p256-sha256', prefix: '3059301306072a8648ce3d020106082a8648ce3d03010703420004', length: 91 },
];

/** AlgorithmIdentifiers up to their parameters, as hex, and how their keys are called. */
const ALGORITHMS: readonly (readonly [begins: string, name: string])[] = [
  ['06032b6570', 'ed25519'],
  ['06072a8648ce3d020106082a8648ce3d030107', 'ECDSA on prime256v1'],
  ['06072a8648ce3d020106052b81040022', 'ECDSA on secp384r1'],
  ['06072a8648ce3d020106052b81040023', 'ECDSA on secp521r1'],
  ['06072a8648ce3d020106052b8104000a', 'ECDSA on secp256k1'],
  ['06072a8648ce3d0201', 'ECDSA on another curve'],
  ['06092a864886f70d010101', 'rsa'],
  ['06092a864886f70d01010a', 'rsa-pss'],
  ['06072a8648ce380401', 'dsa'],
  ['06032b6571', 'ed448'],
  ['06032b656e', 'x25519'],
  ['06032b656f', 'x448'],
];

/** Tags and lengths of the two sequences that an AlgorithmIdentifier stands in: definite lengths, in hex. */
const OUTER = /^30(?:[0-7][0-9a-f]|81[0-9a-f]{2}|82[0-9a-f]{4})30(?:[0-7][0-9a-f]|81[0-9a-f]{2}|82[0-9a-f]{4})/;
const LONGEST_BEGINNING = 64;

/**
 * The algorithm of a key.
 *
 * @param spki - DER
 * @param name - how the user called it
 * @throws TrustError `key-untrusted` for any other algorithm, any other encoding, and anything else
 */
function algorithmOf(spki: Uint8Array, name: string): KeyAlgorithm {
  const beginning = hexOf(spki.subarray(0, LONGEST_BEGINNING));
  const found = ENCODINGS.find(({ prefix, length }) => spki.length === length && beginning.startsWith(prefix));
  if (found !== undefined) return found.algorithm;
  const refuse = (reason: string): never => {
    throw new TrustError('key-untrusted', `${name}: ${reason}`);
  };
  const identifier = beginning.replace(OUTER, '');
  const known = ALGORITHMS.find(([begins]) => identifier !== beginning && identifier.startsWith(begins));
  if (known === undefined) return refuse('no public key that can be read');
  const [, algorithm] = known;
  if (algorithm === 'ed25519' || algorithm === 'ECDSA on prime256v1') {
    return refuse('not the canonical encoding of its key');
  }
  return refuse(`a key of the type ${algorithm}; give one of Ed25519 or ECDSA on P-256`);
}

/* PEM files of one key (RFC 7468 §3, strict), and which kind of file it is that was given instead. */

/** Labels of RFC 7468 that are read here. */
export type PemLabel = 'PUBLIC KEY' | 'PRIVATE KEY';

const BLOCK = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END \1-----\s*$/;
const MOST_CHARACTERS = 16 * 1024;

function otherLabel(label: string, wanted: PemLabel): string {
  if (label.includes('PRIVATE KEY') && wanted === 'PUBLIC KEY') {
    return 'it is a private key: keep it secret, and give the public one, which keygen wrote beside it as .pub';
  }
  if (label.includes('PUBLIC KEY') && wanted === 'PRIVATE KEY') {
    return 'it is a public key, with which nothing can be signed: give the private one, whose name has no .pub';
  }
  if (label === 'CERTIFICATE') return 'it is a certificate: give its public key (openssl x509 -pubkey -noout)';
  if (label === 'ENCRYPTED PRIVATE KEY') return 'the private key is encrypted: decrypt it first (openssl pkey)';
  if (label === 'EC PRIVATE KEY') return 'it is a key in SEC 1 form: convert it (openssl pkcs8 -topk8 -nocrypt)';
  return `it holds ${JSON.stringify(label)}, not ${wanted}`;
}

/**
 * The DER bytes of the one block that `text` is.
 *
 * @param text - the whole file
 * @param name - how the user called the file
 * @throws TrustError `key-untrusted` for anything but one block of that label, with nothing around it but white space
 */
export function derOf(text: string, wanted: PemLabel, name: string): Uint8Array {
  const refuse = (reason: string): never => {
    throw new TrustError('key-untrusted', `${name}: ${reason}`);
  };
  if (text.length > MOST_CHARACTERS) refuse('too long for one key');
  const match = BLOCK.exec(text);
  if (match === null) return refuse(`no single PEM block (-----BEGIN ${wanted}-----) of one key`);
  const [, label = '', body = ''] = match;
  if (label !== wanted) refuse(otherLabel(label, wanted));
  const digits = body.replace(/[\r\n]/g, '');
  return fromBase64(digits) ?? refuse('its base64 is malformed');
}

/*
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

/*
 * Public keys that a user trusts, each bound to its one algorithm: what an envelope says of algorithms is never asked.
 * The command and the page in the browser read them by this one code.
 */

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
