/** Writes the digest index of a source while its records stream by once. */
import { Buffer } from 'node:buffer';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { CompactRange } from '../core/merkle/tree.ts';
import { INDEX_BEGIN, type IndexedSet, indexEnd, LEAF_BYTES } from '../core/proof/index-document.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { WholeFile, Written } from '../files/write-whole-file.ts';
import { type AuditOptions, AuditRun, type SnapshotAudit } from './audit-run.ts';
import { nodePlatform } from './node-platform.ts';

const CHUNK_BYTES = 32 * 1024 * LEAF_BYTES;

export interface IndexedSource {
  readonly audit: SnapshotAudit;
  /** Null if the source is not sound, or has no records: then the file is not filled. */
  readonly written: Written | null;
  readonly sets: readonly IndexedSet[];
}

/** The source turned out to be one of which no index is made. */
class NothingToWrite extends Error {}

/** The sets of one source, as their leaves come by. */
class Sets {
  readonly #sets: IndexedSet[] = [];
  #open: { readonly tenant: string; readonly stream: string } | undefined;
  #range: CompactRange = new CompactRange(nodePlatform);

  take({ tenant, stream, leaf }: EvidenceRecord): void {
    if (stream !== this.#open?.stream || tenant !== this.#open.tenant) {
      this.#leave();
      this.#open = { tenant, stream };
    }
    this.#range.append(leaf);
  }

  #leave(): void {
    if (this.#open !== undefined) this.#sets.push({ ...this.#open, size: this.#range.size, root: this.#range.root() });
    this.#range = new CompactRange(nodePlatform);
  }

  finish(): readonly IndexedSet[] {
    this.#leave();
    return this.#sets;
  }
}

class IndexWriter {
  readonly #run: AuditRun;
  readonly #sets: Sets = new Sets();
  #chunk: Buffer = Buffer.alloc(CHUNK_BYTES);
  #length = 0;
  sets: readonly IndexedSet[] = [];

  constructor(run: AuditRun) {
    this.#run = run;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield INDEX_BEGIN;
    if (await this.#run.open()) yield* this.#leaves();
    else await this.#run.finish(true);
    const { verdict, summary, header } = this.#run.conclude();
    if (verdict !== 'PASS' || summary === null || header?.depth === 'summary') throw new NothingToWrite();
    this.sets = this.#sets.finish();
    yield this.#take();
    yield indexEnd(this.sets);
  }

  async *#leaves(): AsyncGenerator<Uint8Array> {
    const run = this.#run;
    for (;;) {
      // Asked first without waiting: a record must not cost a promise.
      while (!run.reader.frame()) if (!(await run.fill())) return run.finish(true);
      if (!run.step()) return run.finish(false);
      const { record } = run.reader;
      if (record !== undefined && record.seq === undefined) {
        this.#sets.take(record);
        this.#length += this.#chunk.write(record.leaf, this.#length, 'hex');
        if (this.#length === CHUNK_BYTES) yield this.#take();
      }
      run.reader.take();
    }
  }

  #take(): Uint8Array {
    const chunk = this.#chunk.subarray(0, this.#length);
    this.#chunk = Buffer.alloc(CHUNK_BYTES);
    this.#length = 0;
    return chunk;
  }
}

/**
 * Audits `source`, writes the leaves of its sets to `file`, which is left to be committed, and closes it.
 *
 * @throws ReportWriteError if it cannot be written
 * @throws RangeError or TypeError if the program itself is wrong
 */
export async function indexSource(
  source: EvidenceSource,
  file: WholeFile,
  options: AuditOptions = {},
): Promise<IndexedSource> {
  const run = new AuditRun(source, options);
  const writer = new IndexWriter(run);
  try {
    const written = await file.fill(writer.chunks());
    return { audit: run.conclude(), written, sets: writer.sets };
  } catch (fault) {
    if (!(fault instanceof NothingToWrite)) throw fault;
    return { audit: run.conclude(), written: null, sets: [] };
  } finally {
    await source.close();
  }
}
