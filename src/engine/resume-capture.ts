/** Writes down, while a capture runs, what a later run can take over if this one is broken off. */

import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { EvidenceSource, ResumableSource } from '../core/audit/evidence-source.ts';
import type { DerivedRule } from '../core/custody/recipes.ts';
import type { Where } from '../core/errors.ts';
import { LF } from '../core/json/cursor.ts';
import { compareUtf8 } from '../core/json/utf8.ts';
import type { CompactRange } from '../core/merkle/tree.ts';
import type { Hash } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { Depth, SnapshotHeader } from '../core/snapshot/header.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { placeKey } from '../core/snapshot/summary.ts';
import type { Trailer } from '../core/snapshot/trailer.ts';
import { stemOf, writeWhole } from '../files/write-whole-file.ts';
import {
  type Checkpoint,
  checkpointPath,
  checkpointText,
  JournalLines,
  type StreamCheckpoint,
  StreamRanges,
} from './checkpoint.ts';
import { toolName } from './run.ts';

const GATHERED_BYTES = 256 * 1024;
const LINE_END = Uint8Array.of(LF);
const EVERY_MS = 5000;

export interface JournalOptions {
  /** Records that an older checkpoint holds: it is not replaced by one that holds less. */
  readonly atLeast?: number;
  /** How often a checkpoint is written, in milliseconds. Default 5000. */
  readonly everyMs?: number;
  /** At which moment the source is read, once it was opened. */
  readonly since?: () => string | undefined;
}

export class CaptureJournal {
  readonly #path: string;
  readonly #name: string;
  readonly #options: JournalOptions;
  readonly #identity: () => string | undefined;
  readonly #depth: Depth;
  readonly #ranges: StreamRanges = new StreamRanges();
  #file: number | undefined;
  #buffer: Buffer = Buffer.allocUnsafe(2 * GATHERED_BYTES);
  #length = 0;
  #bytes = 0;
  #checkpointed = 0;
  #lastMs = performance.now();
  #broken = false;

  /**
   * @param path - the file that the capture writes
   * @param depth - how much of each record it writes
   * @param identity - what the source is, once it was opened; undefined if that cannot be determined
   */
  constructor(path: string, depth: Depth, identity: () => string | undefined, options: JournalOptions = {}) {
    this.#path = path;
    this.#name = `.${stemOf(basename(path))}.${randomBytes(8).toString('hex')}.partial`;
    this.#depth = depth;
    this.#identity = identity;
    this.#options = options;
  }

  get #folder(): string {
    return dirname(this.#path);
  }

  /**
   * Takes a record of an ordered stream; others cannot be taken over, since nothing shows that none was added.
   *
   * @param text - its canonical text at the depth of the capture
   */
  append(record: EvidenceRecord, text: Uint8Array): void {
    if (this.#broken || record.seq === undefined) return;
    this.#gather(text, LINE_END);
    this.#ranges.append(record);
    if (this.#length >= GATHERED_BYTES) this.#flush();
  }

  /**
   * Takes many records of an ordered stream at once.
   *
   * @param lines - their canonical texts, each with a line feed behind it
   * @param count - how many there are
   * @param last - of them
   * @param tree - of their stream, with them
   */
  appendBatch(lines: Iterable<Uint8Array>, count: number, last: EvidenceRecord, tree: CompactRange): void {
    if (this.#broken || last.seq === undefined) return;
    for (const some of lines) this.#gather(some);
    this.#ranges.appendMany(count, last, tree);
    if (this.#length >= GATHERED_BYTES) this.#flush();
  }

  #gather(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      const length = this.#length + piece.length;
      if (length > this.#buffer.length) {
        const grown = Buffer.allocUnsafe(2 * length);
        this.#buffer.copy(grown, 0, 0, this.#length);
        this.#buffer = grown;
      }
      this.#buffer.set(piece, this.#length);
      this.#length = length;
    }
  }

  /** A journal that cannot be written is given up: it is a convenience, and no fault of the capture. */
  #flush(): void {
    try {
      this.#file ??= openSync(join(this.#folder, this.#name), 'wx', 0o600);
      for (let done = 0; done < this.#length; ) {
        done += writeSync(this.#file, this.#buffer, done, this.#length - done);
      }
      this.#bytes += this.#length;
      this.#length = 0;
    } catch {
      this.#broken = true;
    }
  }

  /** Whether it is time for a checkpoint. */
  get isDue(): boolean {
    return performance.now() - this.#lastMs >= (this.#options.everyMs ?? EVERY_MS);
  }

  /** Writes a checkpoint of all records taken, if there is more to record than in the last. */
  async checkpoint(): Promise<void> {
    this.#lastMs = performance.now();
    const { records } = this.#ranges;
    if (records < Math.max(1, this.#options.atLeast ?? 0) || records === this.#checkpointed) return;
    this.#flush();
    const identity = this.#identity();
    if (this.#broken || this.#file === undefined || identity === undefined) return;
    try {
      fsyncSync(this.#file);
      await writeWhole(checkpointPath(this.#path), Buffer.from(checkpointText(this.#state(identity))));
      this.#removeJournals();
      this.#checkpointed = records;
    } catch {
      this.#broken = true;
    }
  }

  #state(identity: string): Checkpoint {
    return {
      kind: 'evidence-capture-checkpoint',
      version: 1,
      tool: toolName(),
      identity,
      ...present({ since: this.#options.since?.() }),
      depth: this.#depth,
      journal: this.#name,
      journalBytes: this.#bytes,
      records: this.#ranges.records,
      streams: this.#ranges.streams(),
    };
  }

  /** Removes the journals of older runs: the checkpoint names this one now. */
  #removeJournals(keep: string = this.#name): void {
    const start = `.${stemOf(basename(this.#path))}.`;
    for (const name of readdirSync(this.#folder)) {
      const isOurs = name.startsWith(start) && /^[0-9a-f]{16}\.partial$/.test(name.slice(start.length));
      if (isOurs && name !== keep) rmSync(join(this.#folder, name), { force: true });
    }
  }

  /**
   * Ends the journal.
   *
   * @param keep - whether the capture was broken off, so that a later run can go on from here
   * @returns how many records a later run can take over
   */
  async end(keep: boolean): Promise<number> {
    if (keep) await this.checkpoint();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    if (keep) {
      if (this.#checkpointed === 0) rmSync(join(this.#folder, this.#name), { force: true });
      return Math.max(this.#checkpointed, this.#options.atLeast ?? 0);
    }
    rmSync(checkpointPath(this.#path), { force: true });
    this.#removeJournals('');
    return 0;
  }
}

/*
 * A source of which a part was read before: records of the journal for the streams that the source still has as they
 * were, everything else from the source itself, in the order of a snapshot.
 */

type Place = ResumableSource['place'];

function order(a: Place, b: Place): number {
  return compareUtf8(a.tenant, b.tenant) || compareUtf8(a.stream, b.stream);
}

export class ResumedSource implements EvidenceSource {
  readonly #source: ResumableSource;
  readonly #checkpoint: Checkpoint;
  readonly #lines: JournalLines;
  readonly #streams: readonly StreamCheckpoint[];
  #nextStream = 0;
  #closed = false;
  #left = 0;
  #taken = 0;
  #fromJournal = false;
  /** What the source has said last, if it was not used up. */
  #found: 'record' | 'end' | undefined;
  readonly derivedOf: (tenant: string, stream: string) => readonly DerivedRule[];

  constructor(source: ResumableSource, checkpoint: Checkpoint, journalPath: string) {
    this.#source = source;
    this.#checkpoint = checkpoint;
    this.#lines = new JournalLines(journalPath, checkpoint.journalBytes);
    this.#streams = checkpoint.streams;
    this.derivedOf = (tenant, stream) => source.derivedOf?.(tenant, stream) ?? [];
  }

  get name(): string {
    return this.#source.name;
  }

  get bytes(): Uint8Array {
    return this.#fromJournal ? this.#lines.bytes : this.#source.bytes;
  }

  get start(): number {
    return this.#fromJournal ? this.#lines.start : this.#source.start;
  }

  get end(): number {
    return this.#fromJournal ? this.#lines.end : this.#source.end;
  }

  get trailer(): Trailer | undefined {
    return this.#source.trailer;
  }

  get bytesRead(): number {
    return this.#source.bytesRead;
  }

  get bytesTotal(): number | null {
    return this.#source.bytesTotal;
  }

  get recordsTotal(): number | null {
    return this.#source.recordsTotal;
  }

  /** Records that came from the journal. */
  get taken(): number {
    return this.#taken;
  }

  where(at: number): Where {
    return this.#fromJournal ? this.#lines.where : this.#source.where(at);
  }

  async open(): Promise<SnapshotHeader> {
    const header = await this.#source.open();
    // What the journal does not hold (bodies, in most captures) cannot be asked of its records.
    return { ...header, depth: this.#checkpoint.depth === 'full' ? 'full' : 'digest' };
  }

  next(): 'record' | 'more' | 'end' {
    this.#fromJournal = false;
    if (this.#left > 0) return this.#takeLine();
    if (this.#found === undefined) {
      const found = this.#source.next();
      if (found === 'more') return 'more';
      this.#found = found;
    }
    if (this.#enterStream()) return this.#takeLine();
    const found = this.#found;
    if (found === 'record') this.#found = undefined;
    return found;
  }

  /** Goes into the next stream of the journal if that comes before the record at hand, or is its own beginning. */
  #enterStream(): boolean {
    for (;;) {
      const stream = this.#streams[this.#nextStream];
      if (stream === undefined) return false;
      if (this.#found === 'record' && order(stream, this.#source.place) > 0) return false;
      this.#nextStream++;
      if (this.#source.resumed.has(placeKey(stream))) {
        this.#left = stream.size;
        return true;
      }
      for (let at = 0; at < stream.size; at++) this.#lines.next();
    }
  }

  #takeLine(): 'record' {
    if (!this.#lines.next()) throw new RangeError('the journal was found whole and is not');
    this.#fromJournal = true;
    this.#left--;
    this.#taken++;
    return 'record';
  }

  async fill(): Promise<void> {
    await this.#source.fill();
  }

  async finish(): Promise<Hash | null> {
    return this.#source.finish();
  }

  async close(): Promise<void> {
    if (!this.#closed) this.#lines.close();
    this.#closed = true;
    await this.#source.close();
  }
}
