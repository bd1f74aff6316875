/** Writes a snapshot file: whole or not at all, deterministic to the byte. */
import { type RecordInput, SnapshotBuilder, type SnapshotOptions } from '../core/audit/builder.ts';
import type { Container } from '../core/snapshot/framer.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { Written } from '../files/write-whole-file.ts';
import { nodePlatform } from './node-platform.ts';
import { toolName } from './run-info.ts';
import { containerOf, SnapshotText, writeChunks } from './snapshot-text.ts';

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
