/** Writes down, while a capture runs, what a later run can take over if this one is broken off. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Depth } from '../core/snapshot/header.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { stemOf } from '../files/temporary-name.ts';
import { writeWhole } from '../files/write-whole-file.ts';
import { type Checkpoint, checkpointPath, checkpointText, StreamRanges } from './checkpoint.ts';
import { toolName } from './run-info.ts';

const GATHERED_BYTES = 256 * 1024;
const EVERY_MS = 5000;
const LF = 0x0a;

export interface JournalOptions {
  /** Records that an older checkpoint holds: it is not replaced by one that holds less. */
  readonly atLeast?: number;
  /** How often a checkpoint is written, in milliseconds. Default 5000. */
  readonly everyMs?: number;
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
   * @param identity - what the source is, once it was opened; undefined if that cannot be told
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
    if (this.#broken || record.seq === undefined || record.hash === undefined) return;
    const length = this.#length + text.length + 1;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(2 * length);
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(text, this.#length);
    this.#buffer[length - 1] = LF;
    this.#length = length;
    this.#ranges.append(record);
    if (length >= GATHERED_BYTES) this.#flush();
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

  /** Writes a checkpoint of all records taken, if there is more to tell than in the last. */
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
