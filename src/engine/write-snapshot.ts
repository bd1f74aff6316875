/** Writes a snapshot file: whole or not at all, deterministic to the byte. */

import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { type RecordInput, SnapshotBuilder, type SnapshotOptions } from '../core/audit/builder.ts';
import { utf8 } from '../core/platform.ts';
import { containerOf, isPackedName } from '../core/snapshot/endings.ts';
import type { Container } from '../core/snapshot/framer.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import { type Written, writeWhole } from '../files/write-whole-file.ts';
import { nodePlatform } from './node-platform.ts';
import { toolName } from './run.ts';

export interface WriteOptions extends SnapshotOptions {
  /** Default: by the ending of the path, `.json` or `.json.gz` is one JSON object, all else NDJSON. */
  readonly container?: Container;
  /** Default: whether the path ends in `.gz`. */
  readonly gzip?: boolean;
  /** Whether the trailer states the roots. Default true. */
  readonly roots?: boolean;
}

export interface WrittenSnapshot extends Written {
  readonly summary: SnapshotSummary;
}

export type { RecordInput };

class BuiltSnapshot {
  readonly #builder: SnapshotBuilder;
  readonly #text: SnapshotText;
  readonly #roots: boolean;
  #summary: SnapshotSummary | undefined;

  constructor(builder: SnapshotBuilder, container: Container, roots: boolean) {
    this.#builder = builder;
    this.#text = new SnapshotText(container);
    this.#roots = roots;
  }

  get summary(): SnapshotSummary {
    if (this.#summary === undefined) throw new RangeError('the snapshot was not written to its end');
    return this.#summary;
  }

  async *chunks(records: Iterable<RecordInput> | AsyncIterable<RecordInput>): AsyncGenerator<Uint8Array> {
    const text = this.#text;
    text.header(this.#builder.header);
    for await (const record of records) {
      const canonical = this.#builder.append(record);
      if (canonical !== undefined) text.record(canonical);
      if (text.isFull) yield text.take();
    }
    this.#summary = this.#builder.finish();
    text.trailer(this.#builder.trailer(this.#summary, this.#roots));
    yield text.take();
  }
}

/** What `writeSnapshot` does with options that are right. */
export async function writeRecords(
  path: string,
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  options: WriteOptions,
): Promise<WrittenSnapshot> {
  const { container, gzip, roots = true, tool, ...rest } = options;
  const builder = new SnapshotBuilder(nodePlatform, { ...rest, tool: tool ?? toolName() });
  const snapshot = new BuiltSnapshot(builder, container ?? containerOf(path), roots);
  const written = await writeChunks(path, snapshot.chunks(records), gzip);
  return { ...written, summary: snapshot.summary };
}

/*
 * How the parts of a snapshot stand in a file: the one place that knows of lines, commas and gzip, so that a snapshot
 * that is captured and one that is written by a program have the same bytes.
 */

/** Records are small: they are gathered before they are written, since each write wakes another thread. */
const GATHERED_BYTES = 512 * 1024;

const LF_BYTE = 0x0a;
const LF = Uint8Array.of(LF_BYTE);
const RECORDS = utf8(',"records":[');
const COMMA = utf8(',\n');
const TRAILER = utf8('],"trailer":');
const END = utf8('}\n');

/** Takes header, records and trailer, in that order, as canonical texts; gives bytes away in chunks. */
export class SnapshotText {
  readonly #json: boolean;
  #buffer: Uint8Array = new Uint8Array(2 * GATHERED_BYTES);
  #length = 0;
  #first = true;

  constructor(container: Container) {
    this.#json = container === 'json';
  }

  /** Whether enough has gathered to be worth writing. */
  get isFull(): boolean {
    return this.#length >= GATHERED_BYTES;
  }

  /** What has gathered, as a copy. */
  take(): Uint8Array {
    const taken = this.#buffer.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  header(text: Uint8Array): void {
    // In the JSON container the records are further members of the header's object.
    this.#append(this.#json ? text.subarray(0, text.length - 1) : text);
    this.#append(this.#json ? RECORDS : LF);
  }

  record(text: Uint8Array): void {
    if (this.#json) this.#append(this.#first ? LF : COMMA);
    this.#first = false;
    this.#append(text);
    if (!this.#json) this.#append(LF);
  }

  /** Takes many records, each with a line feed behind it. */
  lines(bytes: Uint8Array): void {
    if (this.#json) for (const line of linesOf(bytes)) this.record(line);
    else this.#append(bytes);
  }

  trailer(text: Uint8Array): void {
    if (this.#json) this.#append(TRAILER);
    this.#append(text);
    this.#append(this.#json ? END : LF);
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(2 * length);
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(LF_BYTE, start);
    yield bytes.subarray(start, end);
  }
}

async function* compressed(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(plain);
  const gzip = createGzip();
  source.on('error', (error) => gzip.destroy(error));
  yield* source.pipe(gzip) as AsyncIterable<Uint8Array>;
}

/**
 * Writes `chunks` to `path`, whole or not at all.
 *
 * @param gzip - default: whether the path ends in `.gz`
 * @throws ReportWriteError if it could not be written; and whatever `chunks` throws
 */
export function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>, gzip?: boolean): Promise<Written> {
  return writeWhole(path, (gzip ?? isPackedName(path)) ? compressed(chunks) : chunks);
}
