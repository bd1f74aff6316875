/**
 * A source of which a part was read before: records of the journal for the streams that the source still has as they
 * were, everything else from the source itself, in the order of a snapshot.
 */

import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import type { DerivedRule } from '../core/custody/derived-rule.ts';
import type { Where } from '../core/errors.ts';
import { compareUtf8 } from '../core/json/utf8-order.ts';
import type { Hash } from '../core/platform.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import { placeKey } from '../core/snapshot/place-key.ts';
import type { Trailer } from '../core/snapshot/trailer.ts';
import { type Checkpoint, JournalLines, type StreamCheckpoint } from './checkpoint.ts';

interface Place {
  readonly tenant: string;
  readonly stream: string;
}

/** A source that can leave out what was read before. */
export interface ResumableSource extends EvidenceSource {
  /** What the source is, to the letter: server, database, profile, columns. After `open`. */
  readonly captureIdentity: string | undefined;
  /** The stream of the record at hand. */
  readonly place: Place;
  /** Streams (see `placeKey`) whose first records are left out. After `open`. */
  readonly resumed: ReadonlySet<string>;
}

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
    return this.#source.where(at);
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
