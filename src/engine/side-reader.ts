/** One side of a comparison as it is read: frames first, decoded when needed; a fault ends it, and is kept. */

import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import type { SideAudit } from '../core/audit/side-audit.ts';
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import type { Platform } from '../core/platform.ts';
import type { Lines } from '../core/snapshot/byte-window.ts';
import { type EvidenceRecord, RecordDecoder } from '../core/snapshot/record.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import { sameBytes } from './node-platform.ts';

type State = 'waiting' | 'framed' | 'decoded' | 'ended';

/** A reader whose record may have the same bytes. */
export interface Twin {
  readonly record: EvidenceRecord | undefined;
  /** Whether its record has just these bytes. */
  holds(bytes: Uint8Array, start: number, end: number): boolean;
}

/** The baseline as it is judged: as it was read (side.ts), or what a migration makes of it (migrated-baseline.ts). */
export interface JudgedBaseline extends Twin {
  /** Takes the records that are judged, for their roots and counts. Undefined until both sides were opened. */
  readonly audit: SideAudit | undefined;
  /** Whether there is a record at hand, or none left; else wait for it with `fill`. */
  frame(): boolean;
  fill(): Promise<void>;
  /** Reads the record that is framed. */
  decode(): void;
  /** Whether it could not be read on. */
  readonly failed: boolean;
  /** Whether the body of the record at hand is gone. */
  readonly bodyFaulty: boolean;
  json(share: number): Json;
  take(): void;
  /** What the judged records come down to, once they were read. */
  summary(read: SnapshotSummary): SnapshotSummary;
}

export class SideReader implements Twin {
  readonly source: EvidenceSource;
  readonly #platform: Platform;
  readonly #decoder: RecordDecoder;
  #state: State = 'waiting';
  #record: EvidenceRecord | undefined;
  #previous: EvidenceRecord | undefined;
  #fault: EvidenceError | undefined;
  #failedAtRecord = false;

  constructor(platform: Platform, source: EvidenceSource) {
    this.#platform = platform;
    this.source = source;
    this.#decoder = new RecordDecoder(platform);
  }

  /** What ended this side before its end, if something did. */
  get fault(): EvidenceError | undefined {
    return this.#fault;
  }

  /** Whether it was a record that could not be read, and not what stands before or behind it. */
  get failedAtRecord(): boolean {
    return this.#failedAtRecord;
  }

  /** The record at hand; undefined when there are no more. */
  get record(): EvidenceRecord | undefined {
    return this.#record;
  }

  /** Whether no record follows, as far as is known: none is at hand then. */
  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Whether bytes must be waited for before there is a record at hand. */
  frame(): boolean {
    if (this.#state !== 'waiting') return true;
    return this.#guarded(false, () => {
      const found = this.source.next();
      if (found === 'more') return false;
      this.#state = found === 'record' ? 'framed' : 'ended';
      return true;
    });
  }

  /** Lines that can be taken many at once, if there are any and no record is at hand. */
  lines(): Lines | undefined {
    return this.#state === 'waiting' ? this.source.lines?.() : undefined;
  }

  /**
   * The record of one of them.
   *
   * @throws EvidenceError as `decode` would have kept it
   */
  recordAt({ bytes, start, end }: Lines): EvidenceRecord {
    return this.#decoder.decode(bytes, start, end);
  }

  /** Takes the first `count` of them, which end at `end`; `last` is the last. */
  takeLines(end: number, count: number, last: EvidenceRecord): void {
    this.source.takeLines?.(end, count);
    this.#previous = last;
  }

  /** Waits for bytes. */
  async fill(): Promise<void> {
    try {
      await this.source.fill();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Decodes the framed record; takes over `twin`'s if both have the same bytes. */
  decode(twin?: Twin): void {
    if (this.#state !== 'framed') return;
    this.#guarded(true, () => {
      const { bytes, start, end } = this.source;
      const same = twin?.record !== undefined && twin.holds(bytes, start, end);
      const record = same ? twin.record : this.#decoder.decode(bytes, start, end);
      if (record !== undefined) this.#requireOneKind(record, start);
      this.#record = record === undefined ? undefined : this.#found(record);
      this.#state = 'decoded';
      return true;
    });
  }

  /** A record that was taken over was found elsewhere. */
  #found(record: EvidenceRecord): EvidenceRecord {
    const { foundAt } = this.source;
    return record.foundAt === foundAt ? record : { ...record, foundAt };
  }

  /** Whether the record at hand has just these bytes. */
  holds(bytes: Uint8Array, start: number, end: number): boolean {
    const mine = this.source;
    return this.#state === 'decoded' && sameBytes(mine.bytes, mine.start, mine.end, bytes, start, end);
  }

  /** Lets go of the record at hand. */
  take(): void {
    this.#previous = this.#record;
    this.#record = undefined;
    if (this.#state === 'decoded') this.#state = 'waiting';
  }

  /**
   * The record at hand as JSON.
   *
   * @param share - of the values that a document may have: two records are held at once to be compared
   * @throws EvidenceError `input-limit` for one of more values than that
   */
  json(share = 1): Json {
    const { bytes, start, end } = this.source;
    return parseJson(this.#platform, bytes, start, end, { maxValues: Math.floor(share * this.#platform.maxValues) });
  }

  /**
   * Canonical text of the record at hand, if it was decoded here and not taken over from a twin; a view that holds until
   * the next is decoded.
   *
   * @param bodies - whether with its body, if it has one; else with the digest in its place
   */
  canonical(bodies: boolean): Uint8Array {
    return bodies ? this.#decoder.canonical : this.#decoder.canonicalWithDigest;
  }

  /** Ends this side: it could not be read on. */
  fail(error: unknown): void {
    if (!(error instanceof EvidenceError)) throw error;
    if (this.#fault === undefined) this.#failedAtRecord = this.#state === 'framed' || this.#state === 'decoded';
    // An input that changed under our hands explains every other fault.
    if (this.#fault === undefined || error.kind === 'input-changed') this.#fault = error;
    this.#record = undefined;
    this.#state = 'ended';
  }

  /** Whether a stream is ordered is one thing for all its records: position and id cannot be compared. */
  #requireOneKind(record: EvidenceRecord, at: number): void {
    const previous = this.#previous;
    if (previous === undefined || previous.stream !== record.stream || previous.tenant !== record.tenant) return;
    if ((previous.seq === undefined) === (record.seq === undefined)) return;
    const reason = 'some records of a stream have `seq` and some have not: all must, or none';
    throw new EvidenceError('schema-violation', reason, { where: { byteOffset: at } });
  }

  /** Turns an offset into the buffer into a place in the input. */
  #guarded(hasOffset: boolean, work: () => boolean): boolean {
    try {
      return work();
    } catch (error) {
      const placed = error instanceof EvidenceError && hasOffset ? this.#placed(error) : error;
      this.fail(placed);
      return true;
    }
  }

  #placed(error: EvidenceError): EvidenceError {
    return error.at(this.source.where(error.where.byteOffset ?? this.source.start));
  }
}
