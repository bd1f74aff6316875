/**
 * A PostgreSQL database as a source of evidence: consistent, complete or refused.
 *
 * All rows are of one snapshot, all were counted in it before, and the side is at its end only when every one of them
 * was read. Anything else is an error that names what could not be seen.
 */
import type { ResumableSource } from '../../core/audit/evidence-source.ts';
import type { DerivedRule } from '../../core/custody/recipes.ts';
import { EvidenceError, type Where } from '../../core/errors.ts';
import type { Lines } from '../../core/snapshot/byte-window.ts';
import type { NullsRule, SnapshotHeader, Subject } from '../../core/snapshot/header.ts';
import type { Run } from './census.ts';
import { type PostgresOptions, parseConnection, postgresLabel } from './connection-url.ts';
import { holdsOf } from './derived-rows.ts';
import { postgresFault } from './faults.ts';
import type { RunPlan } from './feeds.ts';
import { type OpenedCapture, openCapture } from './open-capture.ts';
import { derivedRules } from './plan.ts';
import { type Holds, RecordLines } from './record-lines.ts';

const NOTHING = new Uint8Array();

export class PostgresSource implements ResumableSource {
  readonly name: string;
  readonly #url: () => string;
  readonly #options: PostgresOptions;
  #nulls: NullsRule = 'distinct';
  #against: Subject | undefined;
  #capture: OpenedCapture | undefined;
  #records: RecordLines | undefined;
  #ended = false;
  #closed = false;

  constructor(url: string, options: PostgresOptions) {
    this.name = postgresLabel(url);
    // Behind a function, so that a dump of this object does not show the password.
    this.#url = () => url;
    this.#options = options;
  }

  get bytes(): Uint8Array {
    return this.#records?.bytes ?? NOTHING;
  }

  get start(): number {
    return 0;
  }

  get end(): number {
    return this.bytes.length;
  }

  /** A database states no totals of its own. */
  get trailer(): undefined {
    return undefined;
  }

  get bytesRead(): number {
    return this.#capture?.bytesRead() ?? 0;
  }

  get bytesTotal(): null {
    return null;
  }

  get recordsTotal(): number | null {
    return this.#capture?.records ?? null;
  }

  /** What the source is, to the letter; undefined until it was opened. */
  get captureIdentity(): string | undefined {
    return this.#capture?.captureIdentity;
  }

  /** What was written since has no smaller number; undefined until it was opened. */
  get since(): string | undefined {
    return this.#capture?.since;
  }

  /** Which database of which running server it is; undefined until it was opened. */
  get liveIdentity(): string | undefined {
    return this.#capture?.liveIdentity;
  }

  /** Streams whose first records are left out, since an earlier run has read them. */
  get resumed(): ReadonlySet<string> {
    return this.#capture?.resumed ?? new Set();
  }

  /** Tenant and stream of the record at hand. */
  get place(): { readonly tenant: string; readonly stream: string } {
    return this.#opened.plan.run;
  }

  /** The database, the table and the row at hand. */
  where(): Where {
    if (this.#ended || this.#records === undefined) return { file: this.name };
    const { text, run } = this.#records.plan;
    const { row } = this.#records;
    const id = row === undefined ? '' : ` row ${JSON.stringify(text.idOf(row))}`;
    return { file: `${this.name} ${run.relation.label}${id}` };
  }

  /** What can be recomputed in the records of a stream. */
  derivedOf(tenant: string, stream: string): readonly DerivedRule[] {
    const run = this.#capture?.runOf(tenant, stream);
    return run === undefined || this.#capture === undefined ? [] : derivedRules(run, this.#capture.header.chains);
  }

  /** How SQL NULL stands in bodies made of columns; before `open`. */
  writeNulls(rule: NullsRule): void {
    this.#nulls = rule;
  }

  /** Of what columns the baseline was made: `*` means these. Before `open`. */
  readAgainst({ subject }: SnapshotHeader): void {
    this.#against = subject;
  }

  /** @throws EvidenceError */
  async open(): Promise<SnapshotHeader> {
    const capture = await openCapture(parseConnection(this.#url(), this.#options), this.#options, {
      nulls: this.#nulls,
      against: this.#against,
    });
    this.#capture = capture;
    if (this.#closed) {
      capture.close();
      throw new EvidenceError('interrupted', 'closed while it was opened', { where: { file: this.name } });
    }
    this.#records = new RecordLines(capture.feeds, (run, plan) => this.#holdsOf(run, plan));
    return capture.header;
  }

  /** @throws EvidenceError */
  next(): 'record' | 'more' | 'end' {
    const records = this.#opened;
    try {
      const found = records.next();
      if (found === 'end') this.#ended = true;
      return found;
    } catch (fault) {
      throw fault instanceof EvidenceError && fault.where.file === undefined ? fault.at(this.where()) : fault;
    }
  }

  get #opened(): RecordLines {
    if (this.#records === undefined) throw new RangeError('the source was not opened');
    return this.#records;
  }

  lines(): Lines | undefined {
    return this.#opened.lines();
  }

  takeLines(end: number, count: number): void {
    this.#opened.takeLines(end, count);
  }

  #holdsOf(run: Run, { text }: RunPlan): Holds | undefined {
    return holdsOf(this.derivedOf(run.tenant, run.stream), text);
  }

  /** @throws EvidenceError if the connection failed or nothing came within the stall limit */
  async fill(): Promise<void> {
    await this.#capture?.feeds.wait();
  }

  /**
   * Ends the transaction when everything was read.
   *
   * @returns null: there are no bytes to have a digest of
   * @throws EvidenceError
   */
  async finish(): Promise<null> {
    const capture = this.#capture;
    if (capture === undefined || !this.#ended) return null;
    if (this.#records?.records !== capture.toRead) throw new RangeError('rows were counted and read wrongly');
    try {
      await capture.commit();
    } catch (fault) {
      throw postgresFault(fault, this.name);
    }
    return null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#capture?.close();
  }
}
