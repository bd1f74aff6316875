/**
 * Reads a source once, audits it, and streams a snapshot of it to a file meanwhile.
 *
 * The file appears only if the source was read to its end. It holds what the store holds, also where that is unsound, as
 * long as it shows the faults again to whoever reads it.
 */

import { headerText, trailerText } from '../core/audit/envelope-text.ts';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { EvidenceError } from '../core/errors.ts';
import { type Json, JsonNumber } from '../core/json/value.ts';
import type { FindingKind } from '../core/kinds.ts';
import type { CompactRange } from '../core/merkle/tree.ts';
import { present } from '../core/present.ts';
import { containerOf } from '../core/snapshot/endings.ts';
import type { Container } from '../core/snapshot/framer.ts';
import type { Depth, PlainJson, SnapshotHeader } from '../core/snapshot/header.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { Written } from '../files/write-whole-file.ts';
import { type AuditOptions, AuditRun, auditSource, hiddenFaults, type SnapshotAudit } from './audit-run.ts';
import type { BatchRecords, OnBatch } from './clean-lines.ts';
import type { CaptureJournal } from './resume-capture.ts';
import { toolName } from './run.ts';
import { SnapshotText, writeChunks } from './write-snapshot.ts';

export interface CaptureOptions extends AuditOptions {
  /** How much the snapshot holds. Default `digest`: records with the digests of their bodies. */
  readonly depth?: Depth;
  /** Whether the trailer states the roots. Default true; a summary needs them. */
  readonly roots?: boolean;
  /** Default: by the ending of the path, `.json` or `.json.gz` is one JSON object, all else NDJSON. */
  readonly container?: Container;
  /** Default: whether the path ends in `.gz`. */
  readonly gzip?: boolean;
  /** Name and version of the program that captures; default this one's. */
  readonly tool?: string;
  /** Takes the body of every record: with it, the source must hold them, and only a sound source is written. */
  readonly bodies?: BodySink;
  /** Where to note what is done, so that a capture that is broken off can be taken up again. */
  readonly journal?: CaptureJournal;
}

/** Where the bodies of records go that the snapshot itself does not hold. */
export interface BodySink {
  /** @throws EvidenceError if it cannot be written */
  put(record: EvidenceRecord): void;
}

export interface WrittenCapture extends Written {
  readonly path: string;
  readonly depth: Depth;
  /** Whether its trailer states the roots. */
  readonly roots: boolean;
}

export interface SnapshotCapture extends SnapshotAudit {
  /** Null if nothing was to be written, or nothing was. */
  readonly written: WrittenCapture | null;
  /** Faults that kept a snapshot from being written because it would not have shown them. */
  readonly hidden: readonly FindingKind[];
  /** Records that a later run need not read again, if this one was broken off. */
  readonly resumable: number;
}

/** Ends the writing of a file that is not to appear. */
class NothingToWrite extends Error {}

const HOLDS: Readonly<Record<Depth, number>> = { summary: 0, digest: 1, full: 2 };

/** JSON again, with no number changed: what a double could not hold is a text already. */
function jsonOf(value: PlainJson): Json {
  if (typeof value === 'number') return new JsonNumber(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly PlainJson[]).map(jsonOf);
  const members = Object.entries(value as { readonly [name: string]: PlainJson });
  return new Map(members.map(([name, member]) => [name, jsonOf(member)]));
}

class Capture {
  readonly #run: AuditRun;
  readonly #options: CaptureOptions;
  readonly #depth: Depth;
  readonly #text: SnapshotText;
  hidden: readonly FindingKind[] = [];

  constructor(source: EvidenceSource, container: Container, options: CaptureOptions) {
    const onBatch: OnBatch = (...batch) => this.#takeBatch(...batch);
    this.#run = new AuditRun(source, options, options.bodies === undefined ? onBatch : undefined);
    this.#options = options;
    this.#depth = options.depth ?? 'digest';
    this.#text = new SnapshotText(container);
  }

  async write(path: string): Promise<SnapshotCapture> {
    const capture = await this.#write(path);
    // A fault that was seen in a part is seen again only if that part is read again.
    const goesOn = capture.verdict === 'INCOMPLETE' && this.#run.mayBeTakenOver;
    return { ...capture, resumable: (await this.#options.journal?.end(goesOn)) ?? 0 };
  }

  async #write(path: string): Promise<SnapshotCapture> {
    let written: WrittenCapture | null = null;
    try {
      const file = await writeChunks(path, this.#chunks(), this.#options.gzip);
      written = { path, ...file, depth: this.#depth, roots: this.#options.roots ?? true };
    } catch (fault) {
      // What cannot be read is a finding already: what is thrown here is a fault of the file that is written.
      if (fault instanceof EvidenceError) await this.#run.failToWrite(fault);
      else if (!(fault instanceof NothingToWrite)) throw fault;
    }
    return { ...this.#run.conclude(), written, hidden: this.hidden, resumable: 0 };
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    if (await this.#run.open()) yield* this.#records();
    else await this.#run.finish(true);
    const { header } = this.#run;
    const { summary } = this.#run.conclude();
    if (header === undefined || summary === null || !this.#isWorthWriting(header)) throw new NothingToWrite();
    this.#text.trailer(trailerText(summary, this.#options.roots ?? true));
    yield this.#text.take();
  }

  /** Bodies that the source does not hold cannot be written, and records no more. */
  #requireDepth(): void {
    const { header, reader } = this.#run;
    const { bodies } = this.#options;
    const needed = bodies === undefined ? this.#depth : 'full';
    if (header === undefined) return;
    if (bodies !== undefined && (header.digestOnly ?? 0) > 0) {
      const where = { file: reader.source.name };
      const reason = 'some of its records have a digest in the place of their body, and a bundle needs every body';
      reader.fail(new EvidenceError('source-incomplete', reason, { where, advice: 'export from the store itself' }));
      return;
    }
    if (HOLDS[header.depth] >= HOLDS[needed]) return;
    const whatNeeds = bodies === undefined ? `one of depth ${needed}` : 'a bundle';
    const reason = `a snapshot of depth ${header.depth} does not hold what ${whatNeeds} needs`;
    const otherwise = bodies === undefined ? `ask for --depth ${header.depth}` : 'give a snapshot of depth full';
    const advice = `capture the store itself, or ${otherwise}`;
    reader.fail(new EvidenceError('source-incomplete', reason, { where: { file: reader.source.name }, advice }));
  }

  #header({ subject, capturedAt, chains, digestOnly, nulls, shard }: SnapshotHeader): Uint8Array {
    // The same evidence gives the same bundle: a time that nobody stated would be another one each time.
    const now = this.#options.bodies === undefined ? { capturedAt: new Date().toISOString() } : {};
    return headerText({
      depth: this.#depth,
      subject: jsonOf(subject),
      ...(capturedAt === null ? now : { capturedAt }),
      tool: this.#options.tool ?? toolName(),
      ...(digestOnly === undefined || this.#depth !== 'full' ? {} : { digestOnly }),
      ...(chains.size === 0 ? {} : { chains: Object.fromEntries(chains) }),
      ...present({ nulls, shard }),
    });
  }

  async *#records(): AsyncGenerator<Uint8Array> {
    const run = this.#run;
    this.#requireDepth();
    if (run.header !== undefined) this.#text.header(this.#header(run.header));
    for (;;) {
      run.takeMany();
      if (this.#text.isFull) yield this.#text.take();
      // Asked first without waiting: a record must not cost a promise.
      while (!run.reader.frame()) if (!(await this.#fill())) return run.finish(true);
      if (!run.step()) return run.finish(false);
      this.#take();
      if (this.#text.isFull) yield this.#text.take();
    }
  }

  /** Waits for bytes; false if the run was interrupted. */
  async #fill(): Promise<boolean> {
    if (!(await this.#run.fill())) return false;
    const { journal } = this.#options;
    if (journal?.isDue === true && this.#run.mayBeTakenOver) await journal.checkpoint();
    return true;
  }

  #take(): void {
    const { reader } = this.#run;
    const text = reader.canonical(this.#depth === 'full');
    if (this.#depth !== 'summary') this.#text.record(text);
    if (reader.record !== undefined) {
      this.#options.journal?.append(reader.record, text);
      this.#options.bodies?.put(reader.record);
    }
    reader.take();
  }

  #takeBatch(of: BatchRecords, count: number, last: EvidenceRecord, tree: CompactRange): void {
    const bodies = this.#depth === 'full';
    if (this.#depth !== 'summary') for (const lines of of.lines(bodies)) this.#text.lines(lines);
    this.#options.journal?.appendBatch(of.lines(bodies), count, last, tree);
  }

  /** Neither a part of a store, nor nothing, nor what has mended a fault takes the place of an older snapshot. */
  #isWorthWriting(header: SnapshotHeader): boolean {
    const { verdict, findingCounts } = this.#run.conclude();
    if (verdict !== 'FAIL' || this.#options.bodies !== undefined) return verdict === 'PASS';
    const { derivedOf, reportFaults } = this.#run.reader.source;
    const hidden = hiddenFaults(this.#depth, header, {
      derives: derivedOf !== undefined,
      reports: reportFaults !== undefined,
    });
    const found = Object.keys(findingCounts) as FindingKind[];
    this.hidden = found.filter((kind) => hidden === undefined || (hidden as ReadonlySet<FindingKind>).has(kind));
    return this.hidden.length === 0;
  }
}

/**
 * Audits `source`, writes a snapshot of it to `path`, and closes it.
 *
 * Written are the bytes that `writeSnapshot` gives for the same records and header. An old file stays if the source could
 * not be read to its end or has no records (INCOMPLETE), and if the snapshot would hide a fault (`hidden`).
 *
 * @param path - the file; undefined to audit only
 * @returns the summary of the source, every fault that it shows, and what was written
 * @throws RangeError or TypeError if the program itself is wrong
 */
export async function captureSource(
  source: EvidenceSource,
  path: string | undefined,
  options: CaptureOptions = {},
): Promise<SnapshotCapture> {
  if (path === undefined) return { ...(await auditSource(source, options)), written: null, hidden: [], resumable: 0 };
  if (options.depth === 'summary' && options.roots === false) throw new TypeError('a summary needs its roots');
  try {
    return await new Capture(source, options.container ?? containerOf(path), options).write(path);
  } finally {
    await source.close();
  }
}
