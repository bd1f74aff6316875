/** Runs a comparison on two texts in memory: the same engine and reader as the command, without files. */
import { createHash } from 'node:crypto';
import type { Hash } from '../../src/core/platform.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { type CompareOptions, compareSources } from '../../src/engine/compare.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import type { ByteSource } from '../../src/sources/bytes.ts';
import { SnapshotSource } from '../../src/sources/snapshot-source.ts';

/** An input that lies in memory and comes in chunks of a given size. */
class MemoryBytes implements ByteSource {
  readonly name: string;
  readonly #bytes: Uint8Array;
  readonly #chunkBytes: number;
  #at = 0;

  constructor(name: string, bytes: Uint8Array | string, chunkBytes = 65_536) {
    this.name = name;
    this.#bytes = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    this.#chunkBytes = chunkBytes;
  }

  get bytesRead(): number {
    return this.#at;
  }

  get bytesTotal(): number {
    return this.#bytes.length;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#at >= this.#bytes.length) return undefined;
    const chunk = this.#bytes.slice(this.#at, this.#at + this.#chunkBytes);
    this.#at += chunk.length;
    return chunk;
  }

  async finish(): Promise<Hash> {
    this.#at = this.#bytes.length;
    return createHash('sha256').update(this.#bytes).digest('hex');
  }

  async close(): Promise<void> {}
}

export function memorySource(name: string, bytes: Uint8Array | string, chunkBytes?: number): SnapshotSource {
  return new SnapshotSource(new MemoryBytes(name, bytes, chunkBytes), { platform: nodePlatform });
}

/** Compares two snapshots given as text or bytes. */
export async function compareTexts(
  baseline: Uint8Array | string,
  current: Uint8Array | string,
  options: CompareOptions = {},
  chunkBytes?: number,
): Promise<ContinuityReport> {
  return compareSources(
    memorySource('baseline', baseline, chunkBytes),
    memorySource('current', current, chunkBytes),
    options,
  );
}

/** Kinds of all findings, mere growth among them. */
export function kindsOf(report: ContinuityReport): readonly string[] {
  return Object.keys(report.findingCounts);
}

/** The seeds of a campaign: one if EVIDENCE_DIFF_SEED names it, which is how a failure is replayed. */
export function seeds(count: number): readonly number[] {
  const given = process.env['EVIDENCE_DIFF_SEED'];
  if (given !== undefined && given !== '') return [Number(given)];
  return Array.from({ length: count }, (_, at) => at);
}
