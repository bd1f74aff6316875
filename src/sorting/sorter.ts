/**
 * External merge sort: what is larger than a bound goes, sorted, to temporary files, and these are merged (Knuth, The Art
 * of Computer Programming, vol. 3, 5.4.1). What fits into the bound never leaves memory.
 */
import type { Buffer } from 'node:buffer';
import { EvidenceError } from '../core/errors.ts';
import {
  compareKeys,
  EntryBuffer,
  entryLength,
  isWhole,
  type Numbers,
  type RecordParts,
  recordStart,
  viewOf,
} from './entries.ts';
import { TemporaryFile } from './temporary-file.ts';

/** Most bytes that are sorted in memory. */
const SORTED_IN_MEMORY_BYTES: number = 24 * 1024 * 1024;

/** Runs of one size that are merged into one of the next: also the most files of one size that are open. */
const MOST_RUNS = 128;

const READ_BYTES = 128 * 1024;
const WRITE_BYTES = 1024 * 1024;

/** Entries in order, one at a time. */
export interface Sorted {
  /** Says what is at hand; `more` if bytes must be waited for. */
  next(): 'entry' | 'more' | 'end';
  fill(): Promise<void>;
  readonly bytes: Uint8Array;
  /** The entry at hand begins here. */
  readonly at: number;
  readonly view: DataView;
  close(): Promise<void>;
}

function sortedStarts({ bytes, view, starts }: EntryBuffer): readonly number[] {
  return starts.sort((a, b) => compareKeys(bytes, view, a, bytes, view, b));
}

/** What was never written down. */
class InMemory implements Sorted {
  readonly #starts: readonly number[];
  readonly bytes: Buffer;
  readonly view: DataView;
  #next = 0;

  constructor(entries: EntryBuffer) {
    this.#starts = sortedStarts(entries);
    this.bytes = entries.bytes;
    this.view = entries.view;
  }

  get at(): number {
    return this.#starts[this.#next - 1] ?? 0;
  }

  next(): 'entry' | 'end' {
    if (this.#next >= this.#starts.length) return 'end';
    this.#next++;
    return 'entry';
  }

  async fill(): Promise<void> {}

  async close(): Promise<void> {}
}

/** One sorted file. */
class Run {
  readonly #file: TemporaryFile;
  #position = 0;
  #end = 0;
  bytes: Uint8Array = new Uint8Array(READ_BYTES);
  view: DataView = viewOf(this.bytes);
  at = 0;

  constructor(file: TemporaryFile) {
    this.#file = file;
  }

  get hasEntry(): boolean {
    return isWhole(this.view, this.at, this.#end);
  }

  get isDone(): boolean {
    return this.at === this.#end && this.#position === this.#file.length;
  }

  skip(): void {
    this.at += entryLength(this.view, this.at);
  }

  /** Reads on until there is a whole entry, or the end. */
  async fill(): Promise<void> {
    while (!this.hasEntry && this.#position < this.#file.length) {
      this.#makeRoom();
      const count = await this.#file.read(this.bytes, this.#end, this.bytes.length, this.#position);
      if (count === 0) throw new RangeError('a temporary file is shorter than what was written');
      this.#position += count;
      this.#end += count;
    }
  }

  #makeRoom(): void {
    const held = this.#end - this.at;
    const target = held * 2 > this.bytes.length ? new Uint8Array(this.bytes.length * 2) : this.bytes;
    target.set(this.bytes.subarray(this.at, this.#end));
    if (target !== this.bytes) {
      this.bytes = target;
      this.view = viewOf(target);
    }
    this.at = 0;
    this.#end = held;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Sorted files as one; the run with the least entry is on top of a heap. */
class Merge implements Sorted {
  readonly #runs: readonly Run[];
  #heap: Run[] | undefined;
  #taken: Run | undefined;
  #waiting: readonly Run[];

  constructor(files: readonly TemporaryFile[]) {
    this.#runs = files.map((file) => new Run(file));
    this.#waiting = this.#runs;
  }

  get #top(): Run {
    return (this.#taken ?? this.#runs[0]) as Run;
  }

  get bytes(): Uint8Array {
    return this.#top.bytes;
  }

  get view(): DataView {
    return this.#top.view;
  }

  get at(): number {
    return this.#top.at;
  }

  next(): 'entry' | 'more' | 'end' {
    if (this.#waiting.length > 0) return 'more';
    const taken = this.#taken;
    if (taken !== undefined) {
      taken.skip();
      this.#taken = undefined;
      if (!taken.hasEntry && !taken.isDone) {
        this.#waiting = [taken];
        return 'more';
      }
      this.#settle();
    }
    this.#taken = this.#heap?.[0];
    return this.#taken === undefined ? 'end' : 'entry';
  }

  async fill(): Promise<void> {
    const waiting = this.#waiting;
    for (const run of waiting) await run.fill();
    this.#waiting = [];
    if (this.#heap !== undefined) return this.#settle();
    this.#heap = this.#runs.filter(({ hasEntry }) => hasEntry).sort((a, b) => compare(a, b));
  }

  /** Puts the run on top, whose entry is another one now, where it belongs. */
  #settle(): void {
    const heap = this.#heap as Run[];
    if (heap[0]?.hasEntry === false) {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return;
      heap[0] = last;
    }
    for (let at = 0; ; ) {
      const least = leastOf(heap, at);
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least] as Run, heap[at] as Run];
      at = least;
    }
  }

  async close(): Promise<void> {
    for (const run of this.#runs) await run.close();
  }
}

function compare(a: Run, b: Run): number {
  return compareKeys(a.bytes, a.view, a.at, b.bytes, b.view, b.at);
}

/** Which of a place in the heap and the two below it has the least entry. */
function leastOf(heap: readonly Run[], at: number): number {
  let least = at;
  for (const below of [2 * at + 1, 2 * at + 2]) {
    if (below < heap.length && compare(heap[below] as Run, heap[least] as Run) < 0) least = below;
  }
  return least;
}

export class Sorter {
  readonly #bound: number;
  readonly #entries: EntryBuffer;
  /** Files of each size: those of the next one are made of `MOST_RUNS` of this. */
  readonly #levels: TemporaryFile[][] = [];
  #sorted: Sorted | undefined;
  #out: Uint8Array | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;
  count = 0;

  /** @param bound - bytes that are sorted in memory, about */
  constructor(bound: number = SORTED_IN_MEMORY_BYTES) {
    this.#bound = bound;
    this.#entries = new EntryBuffer(Math.min(bound, 64 * 1024));
  }

  /** Whether there is so much in memory that it must be written down. */
  get isFull(): boolean {
    return this.#entries.length >= this.#bound;
  }

  add(key: string, record: RecordParts, numbers: Numbers): void {
    this.count++;
    this.#entries.add(key, record, numbers);
  }

  /**
   * Writes down what is in memory.
   *
   * @throws EvidenceError `source-incomplete` if there is no room for it, `interrupted` if it was closed meanwhile
   */
  spill(): Promise<void> {
    this.#writing = this.#spill();
    return this.#writing;
  }

  async #spill(): Promise<void> {
    const entries = this.#entries;
    const file = await TemporaryFile.make();
    this.#level(0).push(file);
    const write = this.#writer(file);
    for (const start of sortedStarts(entries)) {
      this.#requireOpen();
      const wait = write(entries.bytes, start, start + entryLength(entries.view, start));
      if (wait !== undefined) await wait;
    }
    await write.end();
    entries.clear();
    await this.#compact(0);
  }

  #level(size: number): TemporaryFile[] {
    const level = this.#levels[size] ?? [];
    this.#levels[size] = level;
    return level;
  }

  /** Many files become one of the next size, so that never too many are open. */
  async #compact(size: number): Promise<void> {
    const level = this.#level(size);
    if (level.length < MOST_RUNS) return;
    const file = await TemporaryFile.make();
    this.#level(size + 1).push(file);
    const merge = new Merge(level);
    const write = this.#writer(file);
    for (let found = merge.next(); found !== 'end'; found = merge.next()) {
      this.#requireOpen();
      if (found === 'more') await merge.fill();
      else await write(merge.bytes, merge.at, merge.at + entryLength(merge.view, merge.at));
    }
    await write.end();
    level.length = 0;
    await merge.close();
    await this.#compact(size + 1);
  }

  #requireOpen(): void {
    if (this.#closed) throw new EvidenceError('interrupted', 'the sorting was broken off');
  }

  #writer(file: TemporaryFile): Writer {
    this.#out ??= new Uint8Array(WRITE_BYTES);
    return writerOf(file, this.#out);
  }

  /** All entries in order; to be called once. */
  async sorted(): Promise<Sorted> {
    if (this.#levels.length === 0) {
      this.#sorted = new InMemory(this.#entries);
      return this.#sorted;
    }
    if (this.#entries.length > 0) await this.spill();
    this.#out = undefined;
    this.#sorted = new Merge(this.#levels.flat());
    return this.#sorted;
  }

  /** Lets go of all files, once what is being written has come to its end. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing?.catch(() => {});
    const sorted = this.#sorted;
    const files = sorted === undefined ? this.#levels.flat() : [];
    this.#levels.length = 0;
    this.#sorted = undefined;
    await sorted?.close();
    for (const file of files) await file.close();
  }
}

type Writer = ((bytes: Uint8Array, start: number, end: number) => Promise<void> | undefined) & {
  readonly end: () => Promise<void>;
};

/** Gathers what is written to `file`. */
function writerOf(file: TemporaryFile, out: Uint8Array): Writer {
  let length = 0;
  const flush = async (): Promise<void> => {
    const full = length;
    length = 0;
    await file.append(out.subarray(0, full));
  };
  const whole = async (bytes: Uint8Array, start: number, end: number): Promise<void> => {
    await flush();
    if (end - start > out.length) return file.append(bytes.subarray(start, end));
    out.set(bytes.subarray(start, end));
    length = end - start;
  };
  const write = (bytes: Uint8Array, start: number, end: number): Promise<void> | undefined => {
    if (length + end - start > out.length) return whole(bytes, start, end);
    // Copied by the array that is there: a subarray a record is garbage a record.
    out.set(bytes.subarray(start, end), length);
    length += end - start;
    return undefined;
  };
  return Object.assign(write, { end: flush });
}

/** The record of the entry at hand. */
export function recordOf({ view, at }: Sorted): { readonly start: number; readonly end: number } {
  return { start: recordStart(view, at), end: at + entryLength(view, at) };
}
