/**
 * The two hashes of a Merkle tree, RFC 9162 §2.1.1. One byte in front keeps them apart: 0x00 before a leaf, 0x01 before
 * an inner node. Without it an inner node could be passed off as a leaf, and two trees could share a root.
 */
import type { Hash, Platform } from '../platform.ts';

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const HASH_BYTES = 32;
const HASH_DIGITS = 64;

/** The root of the tree of no leaves: SHA-256 of no bytes (RFC 9162 §2.1.1). */
export const EMPTY_ROOT: Hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

// Both scratch buffers are written and hashed within one synchronous call: no other code of this thread can run in
// between, a worker thread has a module instance of its own, and neither buffer ever leaves this module except into
// `Platform.sha256`, which answers with text. So each has one owner at a time and no hash can see another's bytes.
const nodeScratch = new Uint8Array(1 + 2 * HASH_BYTES);
const leafScratch = new Uint8Array(0x4000);
nodeScratch[0] = NODE_PREFIX;
leafScratch[0] = LEAF_PREFIX;

// More than 64 digits add up to (64 * 15 = 960), so one sum tells whether any character was not a digit.
const NOT_A_DIGIT = 0x400;
const DIGIT_VALUE: Uint16Array = Uint16Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value < 0 ? NOT_A_DIGIT : value;
});

/**
 * Writes the 32 bytes of `hash` to `into` from `start`.
 *
 * @throws TypeError if `hash` is anything but 64 lower-case hexadecimal digits
 */
export function writeHash(into: Uint8Array, start: number, hash: Hash): void {
  if (typeof hash !== 'string' || hash.length !== HASH_DIGITS) throw malformedHash();
  let sum = 0;
  for (let at = 0; at < HASH_BYTES; at++) {
    const high = DIGIT_VALUE[hash.charCodeAt(2 * at)] ?? NOT_A_DIGIT;
    const low = DIGIT_VALUE[hash.charCodeAt(2 * at + 1)] ?? NOT_A_DIGIT;
    sum += high + low;
    into[start + at] = 16 * high + low;
  }
  if (sum >= NOT_A_DIGIT) throw malformedHash();
}

/**
 * Refuses any form of hash but 64 lower-case hexadecimal digits, at a third of the cost of a regular expression: every
 * leaf that enters a tree goes through here.
 *
 * @throws TypeError if `hash` is in any other form.
 */
export function requireHash(hash: Hash): void {
  if (typeof hash !== 'string' || hash.length !== HASH_DIGITS) throw malformedHash();
  let sum = 0;
  for (let at = 0; at < HASH_DIGITS; at++) sum += DIGIT_VALUE[hash.charCodeAt(at)] ?? NOT_A_DIGIT;
  if (sum >= NOT_A_DIGIT) throw malformedHash();
}

function malformedHash(): TypeError {
  return new TypeError('a node of a Merkle tree is a hash of 64 lower-case hexadecimal digits');
}

/**
 * The hash of a leaf: SHA-256(0x00 || input), RFC 9162 §2.1.1.
 *
 * @param input - the bytes of the leaf. They are hashed at once: changing them afterwards changes nothing.
 * @throws TypeError if `input` is not a Uint8Array. Text or a number would be turned into bytes by a rule that the
 *   caller does not see.
 */
export function leafHash(platform: Platform, input: Uint8Array): Hash {
  if (!(input instanceof Uint8Array)) throw new TypeError('the input of a leaf is a Uint8Array');
  const length = 1 + input.length;
  const prefixed = length <= leafScratch.length ? leafScratch.subarray(0, length) : new Uint8Array(length);
  prefixed.set(input, 1);
  return platform.sha256(prefixed);
}

/**
 * The hash of an inner node: SHA-256(0x01 || left || right), RFC 9162 §2.1.1.
 *
 * @param left - hash of the left child, 64 lower-case hexadecimal digits
 * @param right - hash of the right child, likewise
 * @throws TypeError if a child is in any other form.
 */
export function nodeHash(platform: Platform, left: Hash, right: Hash): Hash {
  writeHash(nodeScratch, 1, left);
  writeHash(nodeScratch, 1 + HASH_BYTES, right);
  return platform.sha256(nodeScratch);
}
