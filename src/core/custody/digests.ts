/**
 * The hash functions that a declared recipe may name: a seam beside that of the platform, so that whoever needs SHA-256
 * alone (the verifier page) does not carry them all.
 *
 * The portable ones are the oracle; the engine passes those of node:crypto (src/engine/node-digests.ts), and
 * test/contract/digests.test.ts holds both to each other and to published values.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { hexOf } from '../platform.ts';
import type { Algorithm } from '../snapshot/declared-recipe.ts';

export interface Digests {
  /** The digest of `bytes`, as lower-case hexadecimal digits. */
  readonly digest: (algorithm: Algorithm, bytes: Uint8Array) => string;
  /** The HMAC (RFC 2104) of `bytes`, likewise. */
  readonly hmac: (algorithm: Algorithm, key: Uint8Array, bytes: Uint8Array) => string;
}

const HASHES = { sha256, sha384, sha512, 'sha3-256': sha3_256, sha1, blake3 } as const;

/** Runs anywhere: @noble/hashes. */
export const portableDigests: Digests = {
  digest: (algorithm, bytes) => hexOf(HASHES[algorithm](bytes)),
  hmac: (algorithm, key, bytes) => hexOf(hmac(HASHES[algorithm], key, bytes)),
};
