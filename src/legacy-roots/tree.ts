/** The nodes of trees without prefixes: SHA-256 over the two hashes below, in one of three ways. */

import { writeHash } from '../core/merkle/rfc9162.ts';
import { type Hash, hexOf, type Platform } from '../core/platform.ts';

/** The hash of the node over `left` and `right`. */
export type NodeRule = (platform: Platform, left: Hash, right: Hash) => Hash;

const HASH_BYTES = 32;

// One owner at a time, for the reasons given in rfc9162.ts.
const pair = new Uint8Array(2 * HASH_BYTES);
const single = new Uint8Array(HASH_BYTES);

/** SHA-256(left || right). */
export const plainNode: NodeRule = (platform, left, right) => {
  writeHash(pair, 0, left);
  writeHash(pair, HASH_BYTES, right);
  return platform.sha256(pair);
};

/** SHA-256 over the smaller hash and the larger one: order of bytes is order of lower-case digits. */
export const sortedNode: NodeRule = (platform, left, right) =>
  left <= right ? plainNode(platform, left, right) : plainNode(platform, right, left);

/**
 * Bitcoin's: SHA-256 twice, over hashes whose bytes stand in reverse, as its hashes are printed.
 *
 * Source: Bitcoin Core, src/consensus/merkle.cpp, and `isBitcoinTree` of merkletreejs.
 */
export const bitcoinNode: NodeRule = (platform, left, right) => {
  writeReversed(pair, 0, left);
  writeReversed(pair, HASH_BYTES, right);
  writeHash(single, 0, platform.sha256(pair));
  writeReversed(single, 0, platform.sha256(single));
  return hexOf(single);
};

function writeReversed(into: Uint8Array, start: number, hash: Hash): void {
  writeHash(into, start, hash);
  into.subarray(start, start + HASH_BYTES).reverse();
}
