/**
 * The proofs of a bundle: for each record the file that `prove` writes for it, named by its leaf hash.
 *
 * They are made from the snapshot that was written, which is read twice in step: one reading goes ahead by a stream, for
 * the path of a record is known when all leaves of its stream are; the other one has its text. So the tree of one stream
 * at a time is held, 64 bytes for each leaf, and no record.
 */

import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { parseJson } from '../core/json/parse.ts';
import { StoredTree } from '../core/merkle/tree.ts';
import { streamPlaces } from '../core/proof/growth-proof.ts';
import { proofText } from '../core/proof/proof-document.ts';
import { proofAt, type StreamPlace } from '../core/proof/record-proof.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { AuditOptions } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { SideReader } from '../engine/side-reader.ts';
import { ReportWriteError } from '../files/write-whole-file.ts';
import { type FanOut, guarded } from './fan-out.ts';

type Watch = Pick<AuditOptions, 'signal' | 'onProgress'>;

/** After so many records it is said how far it is. */
const RECORDS_AT_ONCE = 1024;

export class BundleProofs {
  readonly #asked: string;
  readonly #files: FanOut;
  readonly #summary: SnapshotSummary;
  readonly #watch: Watch;
  readonly #ahead: SideReader;
  readonly #behind: SideReader;
  #written = 0;

  /**
   * @param asked - how to name the bundle in a fault
   * @param files - where the proofs go
   * @param summary - the summary of the snapshot
   * @param open - the snapshot, as often as it is asked for
   * @param watch - stops it, and is called with its progress
   */
  constructor(asked: string, files: FanOut, summary: SnapshotSummary, open: () => EvidenceSource, watch: Watch) {
    this.#asked = asked;
    this.#files = files;
    this.#summary = summary;
    this.#watch = watch;
    this.#ahead = new SideReader(nodePlatform, open());
    this.#behind = new SideReader(nodePlatform, open());
  }

  /**
   * Writes them all.
   *
   * @returns false if the run was interrupted
   * @throws ReportWriteError if one cannot be written, or the snapshot is not what was written
   * @throws EvidenceError if the snapshot cannot be read
   */
  async write(): Promise<boolean> {
    try {
      await this.#ahead.source.open();
      await this.#behind.source.open();
      for (const place of streamPlaces(nodePlatform, this.#summary)) {
        const tree = await this.#treeOf(place);
        if (tree === undefined || !(await this.#writeStream(place, tree))) return false;
      }
      return true;
    } finally {
      await this.#ahead.source.close();
      await this.#behind.source.close();
    }
  }

  get #isAborted(): boolean {
    return this.#watch.signal?.aborted === true;
  }

  /** Undefined if the run was interrupted. */
  async #treeOf({ stream }: StreamPlace): Promise<StoredTree | undefined> {
    const tree = new StoredTree(nodePlatform, stream.size);
    while (!tree.isFull) {
      if (this.#isAborted) return undefined;
      tree.append((await this.#recordOf(this.#ahead)).leaf);
      this.#ahead.take();
    }
    if (tree.root() !== stream.root) throw this.#otherThanWritten();
    return tree;
  }

  /** False if the run was interrupted. */
  async #writeStream(place: StreamPlace, tree: StoredTree): Promise<boolean> {
    const { size } = place.stream;
    for (let index = 0; index < size; index++) {
      if (this.#isAborted) return false;
      const { leaf } = await this.#recordOf(this.#behind);
      if (leaf !== tree.leaf(index)) throw this.#otherThanWritten();
      const record = parseJson(nodePlatform, this.#behind.canonical(false));
      const proof = proofAt(place, leaf, { index, size, path: tree.path(index) });
      const text = proofText({ proves: 'inclusion', record, proof, voucher: {} });
      guarded(this.#asked, 'write a proof', () => this.#files.write(leaf, text));
      this.#behind.take();
      this.#report();
    }
    return true;
  }

  #report(): void {
    this.#written++;
    if (this.#written % RECORDS_AT_ONCE !== 0) return;
    const { bytesRead, bytesTotal } = this.#behind.source;
    const recordsTotal = this.#summary.records;
    this.#watch.onProgress?.({ records: this.#written, bytesRead, bytesTotal, recordsTotal });
  }

  async #recordOf(reader: SideReader): Promise<EvidenceRecord> {
    while (!reader.frame()) await reader.fill();
    reader.decode();
    if (reader.record === undefined) throw reader.fault ?? this.#otherThanWritten();
    return reader.record;
  }

  #otherThanWritten(): ReportWriteError {
    const reason = 'what was read back is not what was written: the snapshot has other records';
    return new ReportWriteError(this.#asked, reason, 'do not trust this disk: write elsewhere');
  }
}
