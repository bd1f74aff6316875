/**
 * The records of rows: one by one, or written ahead as lines that can be taken many at once. Whatever stops the writing,
 * another stream, a fault or a value that is not what it must be, is kept until all before it was taken.
 */
import { EvidenceError } from '../../core/errors.ts';
import { LF } from '../../core/json/cursor.ts';
import type { Lines } from '../../core/snapshot/byte-window.ts';
import type { Run } from './census.ts';
import type { Feeds, RunPlan } from './feeds.ts';
import { RecordBytes } from './record-bytes.ts';
import type { RowBytes, RowCells } from './row-cells.ts';

/** What is written ahead is about so long at most. */
const AHEAD_BYTES = 256 * 1024;

/** Whether what is derived in the row at hand holds. */
export type Holds = (row: RowCells) => boolean;

/** A row that was read, of a run. */
interface Found {
  readonly row: RowBytes;
  readonly plan: RunPlan;
}

/** What the rows of the feeds are followed by, or one that comes by itself. */
type Ahead = Found | 'end' | EvidenceError;

export class RecordLines {
  readonly #feeds: Feeds;
  readonly #holdsOf: (run: Run, plan: RunPlan) => Holds | undefined;
  readonly #out: RecordBytes = new RecordBytes();
  /** Of the lines that were written: the row of each, and where it ends. */
  #rows: RowBytes[] = [];
  #ends: number[] = [];
  /** How many of them were taken. */
  #taken = 0;
  #plan: RunPlan | undefined;
  #ahead: Ahead | undefined;
  #check: { readonly run: Run; readonly holds: Holds | undefined } | undefined;
  /** Records that were taken. */
  records = 0;
  /** Of the record at hand: it begins with its first, so that a place in it is the same however many there are. */
  bytes: Uint8Array = new Uint8Array();

  /** @param holdsOf - how what is derived in a run is checked; undefined where its records must come one by one */
  constructor(feeds: Feeds, holdsOf: (run: Run, plan: RunPlan) => Holds | undefined) {
    this.#feeds = feeds;
    this.#holdsOf = holdsOf;
  }

  /** The run of the record at hand. */
  get plan(): RunPlan {
    return this.#plan ?? this.#feeds.plan;
  }

  /** The row of the record at hand. */
  get row(): RowBytes | undefined {
    return this.#rows[this.#taken - 1];
  }

  /** @throws EvidenceError */
  next(): 'record' | 'more' | 'end' {
    if (this.#taken === this.#ends.length) {
      const found = this.#ahead ?? this.#pull();
      if (found === 'more') return found;
      if (found instanceof EvidenceError) throw found;
      if (found === 'end') return found;
      this.#ahead = undefined;
      this.#begin(found.plan);
      this.#writeOne(found);
    }
    const [start, end] = [this.#ends[this.#taken - 1] ?? 0, this.#ends[this.#taken] ?? 0];
    this.bytes = this.#out.bytes.subarray(start, end - 1);
    this.#taken++;
    this.records++;
    return 'record';
  }

  /** A fault of the feeds is one of what comes next. */
  #pull(): Ahead | 'more' {
    try {
      const row = this.#feeds.next();
      return row === 'more' || row === 'end' ? row : { row, plan: this.#feeds.plan };
    } catch (fault) {
      if (fault instanceof EvidenceError) return fault;
      throw fault;
    }
  }

  #begin(plan: RunPlan): void {
    this.#plan = plan;
    this.#rows = [];
    this.#ends = [];
    this.#taken = 0;
    this.#out.length = 0;
  }

  /** Writes a row that comes by itself; it is the one at hand then, also where it cannot be written. */
  #writeOne({ row, plan }: Found): void {
    plan.text.open(row);
    try {
      this.#write(row, plan);
    } catch (fault) {
      this.#rows.push(row);
      this.#taken = 1;
      throw fault;
    }
  }

  #write(row: RowBytes, { text, run }: RunPlan): void {
    text.write(run, this.#out);
    this.#out.byte(LF);
    this.#rows.push(row);
    this.#ends.push(this.#out.length);
  }

  lines(): Lines | undefined {
    if (this.#taken === this.#ends.length) this.#writeAhead();
    if (this.#taken === this.#ends.length) return undefined;
    const start = this.#ends[this.#taken - 1] ?? 0;
    return { commas: false, anySpelling: true, bytes: this.#out.bytes, start, end: this.#out.length };
  }

  /** Takes the first `count` of these lines, which end at `end`. */
  takeLines(end: number, count: number): void {
    this.#taken += count;
    this.records += count;
    if (this.#ends[this.#taken - 1] !== end) throw new RangeError('lines were counted wrongly');
  }

  #writeAhead(): void {
    let goesOn = this.#writeNext(true);
    while (goesOn && this.#out.length < AHEAD_BYTES) goesOn = this.#writeNext(false);
  }

  /** Writes the line of one row more; false where the next is none for these lines, and is kept. */
  #writeNext(first: boolean): boolean {
    const found = this.#ahead ?? this.#pull();
    if (found === 'more') return false;
    this.#ahead = found;
    if (found === 'end' || found instanceof EvidenceError || (!first && found.plan !== this.#plan)) return false;
    const row = found.plan.text.open(found.row);
    if (this.#checkFor(found.plan)?.(row) !== true) return false;
    if (first) this.#begin(found.plan);
    if (!this.#isWritten(found)) return false;
    this.#ahead = undefined;
    return true;
  }

  #checkFor(plan: RunPlan): Holds | undefined {
    if (this.#check?.run !== plan.run) this.#check = { run: plan.run, holds: this.#holdsOf(plan.run, plan) };
    return this.#check.holds;
  }

  /** Writes a line; nothing of it where it cannot be written. */
  #isWritten({ row, plan }: Found): boolean {
    const { length } = this.#out;
    try {
      this.#write(row, plan);
      return true;
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      this.#out.length = length;
      return false;
    }
  }
}
