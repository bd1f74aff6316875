/**
 * SubjectPublicKeyInfo (RFC 5280 §4.1, RFC 8410, RFC 5480): of which algorithm a key is, by its bytes. Of each algorithm
 * one encoding alone is read, which is its prefix and a fixed number of bytes behind it: a key must not have two ids.
 */
import { hexOf } from '../core/platform.ts';
import type { KeyAlgorithm } from './keys.ts';
import { TrustError } from './trust-error.ts';

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
export function algorithmOf(spki: Uint8Array, name: string): KeyAlgorithm {
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
