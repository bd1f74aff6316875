/**
 * What a capture that was broken off had done: ordered streams with their heads and compact ranges, and beside them the
 * records themselves, in a journal. A later run takes them over instead of reading them again.
 *
 * Nothing in it is believed because it is there. The checkpoint carries its own digest; every leaf of the journal is
 * hashed again and has to give the ranges; and the source must be the same one and still have each head.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EvidenceError, type Where } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { MOST_RECORD_BYTES } from '../core/limits.ts';
import { CompactRange } from '../core/merkle/tree.ts';
import type { Hash } from '../core/platform.ts';
import type { Depth } from '../core/snapshot/header.ts';
import { type EvidenceRecord, RecordDecoder } from '../core/snapshot/record.ts';
import { readOnce } from '../files/read-small-file.ts';
import { stemOf } from '../files/write-whole-file.ts';
import { HEAP_BYTES, nodePlatform } from './node-platform.ts';
import { toolName } from './run.ts';

/** A stream, or the first records of one, as far as they were read. */
export interface StreamCheckpoint {
  readonly tenant: string;
  readonly stream: string;
  readonly size: number;
  readonly lastSeq: number;
  /** `hash` of the last record; null if it has none. */
  readonly head: Hash | null;
  /** Compact range of its leaves (RFC 9162 §2.1.1): roots of the perfect subtrees, largest first. */
  readonly nodes: readonly Hash[];
}

export interface Checkpoint {
  readonly kind: 'evidence-capture-checkpoint';
  readonly version: 1;
  readonly tool: string;
  /** What the source must still be, to the letter: its `captureIdentity`. */
  readonly identity: string;
  /** At which moment it was read: its `since`. Older checkpoints have none, and are of no use. */
  readonly since?: string;
  readonly depth: Depth;
  /** Name of the journal, beside the checkpoint. */
  readonly journal: string;
  readonly journalBytes: number;
  readonly records: number;
  readonly streams: readonly StreamCheckpoint[];
}

/** Where the checkpoint of a capture to `path` is. */
export function checkpointPath(path: string): string {
  return join(dirname(path), `${stemOf(basename(path))}.checkpoint`);
}

function digestOf(checkpoint: Checkpoint): Hash {
  return createHash('sha256')
    .update(canonicalText(jsonFrom(checkpoint)))
    .digest('hex');
}

/** `checkpoint` as a file, with its own digest. */
export function checkpointText(checkpoint: Checkpoint): string {
  return `${JSON.stringify({ ...checkpoint, sha256: digestOf(checkpoint) })}\n`;
}

/** Why a checkpoint is of no use. */
export class UselessCheckpoint extends Error {
  override readonly name: string = 'UselessCheckpoint';
}

/** It names each stream with the hashes of its range; a value of it is written in three bytes, and takes thirty. */
const MOST_CHECKPOINT_BYTES = HEAP_BYTES / 32;

const NAME = /^\.[^/\\]+\.partial$/;

function parsed(text: string): Checkpoint {
  let value: (Checkpoint & { readonly sha256?: string }) | null;
  try {
    value = JSON.parse(text) as Checkpoint & { readonly sha256?: string };
  } catch {
    throw new UselessCheckpoint('the checkpoint is not whole');
  }
  if (value?.kind !== 'evidence-capture-checkpoint' || value.version !== 1) {
    throw new UselessCheckpoint('the checkpoint is of another version');
  }
  if (value.tool !== toolName()) throw new UselessCheckpoint('the interrupted run was of another version');
  const { sha256, ...checkpoint } = value;
  if (sha256 !== digestOf(checkpoint)) throw new UselessCheckpoint('the checkpoint was changed');
  if (!NAME.test(checkpoint.journal)) throw new UselessCheckpoint('the checkpoint names no journal');
  return checkpoint;
}

/** Lines of a file, without holding more of it than one block and one line. */
export class JournalLines {
  static readonly #BLOCK_BYTES = 1 << 20;
  /** The file. */
  readonly where: Where;
  readonly #file: number;
  #left: number;
  #buffer: Buffer = Buffer.alloc(0);
  #from = 0;
  start = 0;
  end = 0;

  /** @param bytes - how much of the file counts; what stands behind was not part of the checkpoint */
  constructor(path: string, bytes: number) {
    this.where = { file: path };
    this.#file = openSync(path, 'r');
    this.#left = bytes;
  }

  get bytes(): Uint8Array {
    return this.#buffer;
  }

  /** Whether there is a next line, which is then `bytes[start, end)`. */
  next(): boolean {
    for (;;) {
      const at = this.#buffer.indexOf(0x0a, this.#from);
      if (at >= 0) {
        this.start = this.#from;
        this.end = at;
        this.#from = at + 1;
        return true;
      }
      if (!this.#more()) return false;
    }
  }

  #more(): boolean {
    const rest = this.#buffer.subarray(this.#from);
    if (rest.length > MOST_RECORD_BYTES) {
      const reason = 'the journal of the interrupted run has a line that is no record';
      throw new EvidenceError('input-limit', reason, { where: this.where });
    }
    const wanted = Math.min(JournalLines.#BLOCK_BYTES, this.#left);
    const block = Buffer.allocUnsafe(rest.length + wanted);
    rest.copy(block);
    const read = wanted === 0 ? 0 : readSync(this.#file, block, rest.length, wanted, null);
    if (read === 0 && (rest.length > 0 || this.#left > 0)) {
      const reason = 'the journal of the interrupted run is shorter than it was';
      throw new EvidenceError('input-changed', reason, { where: this.where });
    }
    this.#left -= read;
    this.#buffer = block.subarray(0, rest.length + read);
    this.#from = 0;
    return read > 0;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The stream checkpoints that a row of records results in. */
export class StreamRanges {
  readonly #done: StreamCheckpoint[] = [];
  #range: CompactRange = new CompactRange(nodePlatform);
  #last: EvidenceRecord | undefined;
  records = 0;

  append(record: EvidenceRecord): void {
    this.#enter(record);
    this.#range.append(record.leaf);
    this.#last = record;
    this.records++;
  }

  /** Appends `count` records of one stream, of which `last` is the last; `tree` is that of their stream, with them. */
  appendMany(count: number, last: EvidenceRecord, { size, nodes }: CompactRange): void {
    this.#enter(last);
    if (this.#range.size + count !== size) throw new RangeError('a checkpoint has not all records of its stream');
    this.#range.growTo(size, nodes);
    this.#last = last;
    this.records += count;
  }

  #enter(record: EvidenceRecord): void {
    const last = this.#last;
    if (last !== undefined && (last.tenant !== record.tenant || last.stream !== record.stream)) this.#close();
  }

  #open(): readonly StreamCheckpoint[] {
    const last = this.#last;
    if (last?.seq === undefined) return [];
    const { tenant, stream, seq, hash = null } = last;
    const { size, nodes } = this.#range;
    return [{ tenant, stream, size, lastSeq: seq, head: hash, nodes }];
  }

  #close(): void {
    this.#done.push(...this.#open());
    this.#range = new CompactRange(nodePlatform);
    this.#last = undefined;
  }

  /** All streams so far, the open one last. */
  streams(): readonly StreamCheckpoint[] {
    return [...this.#done, ...this.#open()];
  }
}

function recomputed(path: string, bytes: number): readonly StreamCheckpoint[] {
  const lines = new JournalLines(path, bytes);
  const decoder = new RecordDecoder(nodePlatform);
  const ranges = new StreamRanges();
  try {
    while (lines.next()) ranges.append(decoder.decode(lines.bytes, lines.start, lines.end));
    return ranges.streams();
  } finally {
    lines.close();
  }
}

async function textOf(file: string): Promise<string> {
  try {
    const { bytes } = await readOnce(file, 'a checkpoint', MOST_CHECKPOINT_BYTES);
    return Buffer.from(bytes).toString('utf8');
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new UselessCheckpoint(fault.reason);
    throw new UselessCheckpoint(`there is no ${basename(file)}`);
  }
}

/**
 * The checkpoint that an interrupted capture to `path` has left, with its journal found whole.
 *
 * @throws UselessCheckpoint that says why there is nothing to go on from
 */
export async function readCheckpoint(
  path: string,
): Promise<{ readonly checkpoint: Checkpoint; readonly journalPath: string }> {
  const file = checkpointPath(path);
  const checkpoint = parsed(await textOf(file));
  const journalPath = join(dirname(path), checkpoint.journal);
  let streams: readonly StreamCheckpoint[];
  try {
    streams = recomputed(journalPath, checkpoint.journalBytes);
  } catch {
    throw new UselessCheckpoint('the journal of the interrupted run cannot be read');
  }
  if (JSON.stringify(streams) !== JSON.stringify(checkpoint.streams)) {
    throw new UselessCheckpoint('the journal of the interrupted run was changed');
  }
  return { checkpoint, journalPath };
}
