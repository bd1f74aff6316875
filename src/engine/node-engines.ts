/**
 * What this process has that is faster than the portable code, with the same answers: an engine that takes records many
 * at once, and the hash functions of OpenSSL.
 */

import { createHmac, getHashes, hash } from 'node:crypto';
import { endianness } from 'node:os';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { type BatchEngine, newBatchEngine, type WasmHost } from '../core/batch/batch-engine.ts';
import { type Digests, portableDigests } from '../core/custody/declared.ts';

/* The engine that takes records many at once, where this process has one. */

/** Says `off` to have none: every record is taken by itself, and the reports are the same. */
const ENGINE_VARIABLE = 'EVIDENCE_DIFF_ENGINE';

/** To make it takes some milliseconds, as long as fewer bytes take without it. */
const LEAST_BYTES = 512 * 1024;

const { WebAssembly } = globalThis as { readonly WebAssembly?: WasmHost };

/** Its memory is little-endian, and numbers are read of it as the machine has them. */
const host = endianness() === 'LE' ? WebAssembly : undefined;

/** Whether sides and batches of any size are taken, which pays only for tests. */
export function isEager(): boolean {
  return process.env[ENGINE_VARIABLE] === 'eager';
}

/** Whatever else is said turns it off: that costs time and nothing else. */
function isWanted(): boolean {
  return ['', 'on', 'eager'].includes(process.env[ENGINE_VARIABLE] ?? '');
}

/**
 * A new one; undefined where it is turned off or would not pay, or the machine has no WebAssembly with SIMD.
 *
 * @param sources - whose lines it is to take; they are open. None: no engine
 */
export function batchEngineFor(
  sources: readonly Pick<EvidenceSource, 'bytesTotal' | 'lines'>[],
): BatchEngine | undefined {
  if (!isWanted() || sources.length === 0 || sources.some((source) => source.lines === undefined)) return undefined;
  const bytes = Math.min(...sources.map(({ bytesTotal }) => bytesTotal ?? Number.POSITIVE_INFINITY));
  return isEager() || bytes >= LEAST_BYTES ? newBatchEngine(host) : undefined;
}

/** What this process has, in words. */
export function engineWords(): string {
  if (!isWanted()) return `off, every record by itself (${ENGINE_VARIABLE}=${process.env[ENGINE_VARIABLE]})`;
  if (newBatchEngine(host) === undefined)
    return 'none, every record by itself: no WebAssembly with SIMD, or a big-endian machine';
  return `WebAssembly SIMD (${ENGINE_VARIABLE}=off turns it off)`;
}

/* The hash functions of OpenSSL where it has them, else those of @noble/hashes: the same answers, faster. */

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
