/** The hash functions of OpenSSL where it has them, else those of @noble/hashes: the same answers, faster. */
import { createHmac, getHashes, hash } from 'node:crypto';
import { type Digests, portableDigests } from '../core/custody/declared.ts';

/** OpenSSL has no BLAKE3; and a build of it, or its FIPS mode, may lack others. */
const OF_OPENSSL: ReadonlySet<string> = new Set(getHashes());

export const nodeDigests: Digests = {
  digest: (algorithm, bytes) =>
    OF_OPENSSL.has(algorithm) ? hash(algorithm, bytes, 'hex') : portableDigests.digest(algorithm, bytes),
  hmac: (algorithm, key, bytes) =>
    OF_OPENSSL.has(algorithm)
      ? createHmac(algorithm, key).update(bytes).digest('hex')
      : portableDigests.hmac(algorithm, key, bytes),
};
