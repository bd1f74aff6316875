/** Writes a snapshot file: whole or not at all, deterministic to the byte. */
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Json } from '../core/json/value.ts';
import { utf8 } from '../core/platform.ts';
import { SnapshotBuilder, type SnapshotOptions } from '../core/snapshot/builder.ts';
import type { Container } from '../core/snapshot/framer.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import { nodePlatform } from './node-platform.ts';
import { toolName } from './run-info.ts';
import { type Written, writeWhole } from './whole-file.ts';

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

/** A record as it is given: a plain object, Json, or its JSON text as bytes. */
export type RecordInput = object | Json | Uint8Array;

const LF = utf8('\n');
const COMMA = utf8(',\n');
/** Records are small: they are gathered before they are written. */
const GATHERED_BYTES = 64 * 1024;

class SnapshotText {
  readonly #builder: SnapshotBuilder;
  readonly #json: boolean;
  readonly #roots: boolean;
  #summary: SnapshotSummary | undefined;

  constructor(builder: SnapshotBuilder, container: Container, roots: boolean) {
    this.#builder = builder;
    this.#json = container === 'json';
    this.#roots = roots;
  }

  get summary(): SnapshotSummary {
    if (this.#summary === undefined) throw new RangeError('the snapshot was not written to its end');
    return this.#summary;
  }

  async *parts(records: Iterable<RecordInput> | AsyncIterable<RecordInput>): AsyncGenerator<Uint8Array> {
    yield* this.#head();
    let first = true;
    for await (const record of records) {
      const text = this.#builder.append(record);
      if (text === undefined) continue;
      if (this.#json) yield first ? LF : COMMA;
      first = false;
      yield text;
      if (!this.#json) yield LF;
    }
    this.#summary = this.#builder.finish();
    const trailer = this.#builder.trailer(this.#summary, this.#roots);
    if (this.#json) yield utf8('],"trailer":');
    yield trailer;
    yield utf8(this.#json ? '}\n' : '\n');
  }

  *#head(): Generator<Uint8Array> {
    const { header } = this.#builder;
    if (this.#json) {
      yield header.subarray(0, header.length - 1);
      yield utf8(',"records":[');
    } else {
      yield header;
      yield LF;
    }
  }
}

async function* gathered(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let length = 0;
  for await (const part of parts) {
    pending.push(part);
    length += part.length;
    if (length < GATHERED_BYTES) continue;
    yield Buffer.concat(pending);
    pending = [];
    length = 0;
  }
  yield Buffer.concat(pending);
}

/**
 * Writes a snapshot of `records` to `path`.
 *
 * @param path - the file; it appears when it is complete, and an old one stays until then
 * @param records - sorted by tenant, stream (both as UTF-8), then `seq` or `id`
 * @returns counts, roots, the file's SHA-256 and size
 * @throws EvidenceError `schema-violation` or `input-malformed` for a record that does not fit, `report-write-failed` if
 *   the file cannot be written; then nothing is left behind
 */
export async function writeSnapshot(
  path: string,
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  options: WriteOptions = {},
): Promise<WrittenSnapshot> {
  const { container, gzip, roots = true, tool, ...rest } = options;
  const builder = new SnapshotBuilder(nodePlatform, { ...rest, tool: tool ?? toolName() });
  const byName: Container = /\.json(?:\.gz)?$/.test(path) ? 'json' : 'ndjson';
  const text = new SnapshotText(builder, container ?? byName, roots);
  const plain = gathered(text.parts(records));
  const packed = gzip ?? path.endsWith('.gz');
  const written = await writeWhole(path, packed ? compressed(plain) : plain);
  return { ...written, summary: text.summary };
}

async function* compressed(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(plain);
  const gzip = createGzip();
  source.on('error', (error) => gzip.destroy(error));
  yield* source.pipe(gzip) as AsyncIterable<Uint8Array>;
}
