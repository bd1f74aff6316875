/** The platform of Node: OpenSSL's SHA-256 in one call, and Buffer's decoder. Same answers as `portable`, faster. */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { getHeapStatistics } from 'node:v8';
import { FINDINGS_SHARE, HEAP_BYTES_A_VALUE, SUMMARY_SHARE } from '../core/limits.ts';
import type { Platform } from '../core/platform.ts';

/** The most that V8 will take before it gives up: what `--max-old-space-size` says, or what the machine has. */
export const HEAP_BYTES: number = getHeapStatistics().heap_size_limit;

/** Of that, for what is kept of the tenants, streams and types of one side. */
export const SUMMARY_BYTES: number = HEAP_BYTES * SUMMARY_SHARE;

/** Of that, for the findings that are listed. */
export const FINDINGS_BYTES: number = HEAP_BYTES * FINDINGS_SHARE;

let lastBytes: Uint8Array = new Uint8Array(0);
let lastBuffer: Buffer = Buffer.alloc(0);

/** The same memory as a Buffer. Texts are taken from one array over and over, so the last wrapper is kept. */
function bufferOf(bytes: Uint8Array): Buffer {
  if (bytes !== lastBytes) {
    lastBytes = bytes;
    lastBuffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  return lastBuffer;
}

export const nodePlatform: Platform = {
  // String output: a digest as a Buffer costs four times as much as the hash of a tree node itself.
  sha256: (bytes) => hash('sha256', bytes, 'hex'),
  text: (bytes, start, end) => bufferOf(bytes).toString('utf8', start, end),
  maxValues: Math.floor(HEAP_BYTES / HEAP_BYTES_A_VALUE),
};

/** Whether two ranges hold the same bytes. */
export function sameBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  return Buffer.prototype.compare.call(a, b, bStart, bEnd, aStart, aEnd) === 0;
}
