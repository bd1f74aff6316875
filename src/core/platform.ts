/**
 * The one seam between the core and the machine it runs on: hashing and text.
 *
 * The core is portable (no Node names), so it takes these two primitives from whoever starts it. `portable` runs
 * anywhere; the engine passes an implementation on node:crypto and Buffer that gives the same answers faster. One
 * contract suite (test/contract/platform.test.ts) runs over both.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { PORTABLE_MOST_VALUES } from './limits.ts';

/** A SHA-256 digest as 64 lower-case hexadecimal digits: the only form in which the core handles hashes. */
export type Hash = string;

export interface Platform {
  /** SHA-256 (FIPS 180-4) of `bytes`. Takes bytes only: hashing text would hide a choice of encoding. */
  readonly sha256: (bytes: Uint8Array) => Hash;
  /** The text of `bytes[start, end)`, which the strict reader has already found to be valid UTF-8. */
  readonly text: (bytes: Uint8Array, start: number, end: number) => string;
  /** How many JSON values one document may have: what there is memory for. */
  readonly maxValues: number;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `bytes` as lower-case hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += HEX[byte];
  return hex;
}

/** Whether `text` is a hash in the one accepted form: exactly 64 lower-case hexadecimal digits. */
export function isHash(text: string): text is Hash {
  return text.length === 64 && isLowerCaseHex(text);
}

/** Fewest and most digits of a hash that a source stores: those of MD5 and of SHA-512. */
export const SOURCE_HASH_DIGITS = { least: 32, most: 128 } as const;

/** Whether `text` has the form of a hash that a source may store: lower-case hex of even length, 32 to 128 digits. */
export function isSourceHash(text: string): boolean {
  const { length } = text;
  const { least, most } = SOURCE_HASH_DIGITS;
  return length >= least && length <= most && length % 2 === 0 && isLowerCaseHex(text);
}

function isLowerCaseHex(text: string): boolean {
  // A loop costs a third of a regular expression here, and this is asked of every record.
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x30 || (unit > 0x39 && unit < 0x61) || unit > 0x66) return false;
  }
  return true;
}

function codePointAt(bytes: Uint8Array, at: number): { readonly codePoint: number; readonly length: number } {
  const byte = (offset: number): number => bytes[at + offset] ?? 0;
  const lead = byte(0);
  if (lead < 0x80) return { codePoint: lead, length: 1 };
  if (lead < 0xe0) return { codePoint: (lead - 0xc0) * 0x40 + (byte(1) - 0x80), length: 2 };
  const tail = (byte(1) - 0x80) * 0x40 + (byte(2) - 0x80);
  if (lead < 0xf0) return { codePoint: (lead - 0xe0) * 0x1000 + tail, length: 3 };
  return { codePoint: (lead - 0xf0) * 0x40000 + tail * 0x40 + (byte(3) - 0x80), length: 4 };
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; ) {
    const { codePoint, length } = codePointAt(bytes, at);
    text += String.fromCodePoint(codePoint);
    at += length;
  }
  return text;
}

/** Runs in any ECMAScript 2023 engine: @noble/hashes and a decoder of its own. */
export const portable: Platform = {
  sha256: (bytes) => hexOf(sha256(bytes)),
  text: textOf,
  maxValues: PORTABLE_MOST_VALUES,
};

/** Writes the UTF-8 form of one code point at `at`; returns the index behind it. */
function writeCodePoint(bytes: Uint8Array, at: number, codePoint: number): number {
  const tail = (shift: number): number => 0x80 + (Math.floor(codePoint / shift) % 0x40);
  if (codePoint < 0x800) {
    bytes[at] = 0xc0 + Math.floor(codePoint / 0x40);
    bytes[at + 1] = tail(1);
    return at + 2;
  }
  if (codePoint < 0x10000) {
    bytes[at] = 0xe0 + Math.floor(codePoint / 0x1000);
    bytes[at + 1] = tail(0x40);
    bytes[at + 2] = tail(1);
    return at + 3;
  }
  bytes[at] = 0xf0 + Math.floor(codePoint / 0x40000);
  bytes[at + 1] = tail(0x1000);
  bytes[at + 2] = tail(0x40);
  bytes[at + 3] = tail(1);
  return at + 4;
}

/**
 * `text` as UTF-8.
 *
 * @throws RangeError if `text` holds a lone surrogate, which has no UTF-8 form.
 */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      bytes[length++] = unit;
      continue;
    }
    const codePoint = text.codePointAt(at) ?? 0;
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) throw new RangeError('a lone surrogate has no UTF-8 form');
    if (codePoint >= 0x10000) at++;
    length = writeCodePoint(bytes, length, codePoint);
  }
  return bytes.subarray(0, length);
}
