/**
 * A PostgreSQL database as a source of evidence: consistent, complete or refused.
 *
 * All rows are of one snapshot, all were counted in it before, and the side is at its end only when every one of them
 * was read. Anything else is an error that names what could not be seen.
 */
import type { ResumableSource } from '../../core/audit/evidence-source.ts';
import type { DerivedRule } from '../../core/custody/recipes.ts';
import { EvidenceError, type Where } from '../../core/errors.ts';
import type { NullsRule, SnapshotHeader, Subject } from '../../core/snapshot/header.ts';
import { type PostgresOptions, parseConnection, postgresLabel } from './connection-url.ts';
import { postgresFault } from './faults.ts';
import type { Feeds } from './feeds.ts';
import { type OpenedCapture, openCapture } from './open-capture.ts';
import { derivedRules } from './plan.ts';
import { RecordBytes } from './record-bytes.ts';
import type { RowBytes } from './row-cells.ts';

export class PostgresSource implements ResumableSource {
  readonly name: string;
  readonly #url: () => string;
  readonly #options: PostgresOptions;
  #nulls: NullsRule = 'distinct';
  #against: Subject | undefined;
  #capture: OpenedCapture | undefined;
  #feeds: Feeds | undefined;
  readonly #record: RecordBytes = new RecordBytes();
  #row: RowBytes | undefined;
  #rows = 0;
  #ended = false;
  #closed = false;

  constructor(url: string, options: PostgresOptions) {
    this.name = postgresLabel(url);
    // Behind a function, so that a dump of this object does not show the password.
    this.#url = () => url;
    this.#options = options;
  }

  get bytes(): Uint8Array {
    return this.#record.bytes;
  }

  get start(): number {
    return 0;
  }

  get end(): number {
    return this.#record.length;
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
    if (this.#feeds === undefined) throw new RangeError('the source was not opened');
    return this.#feeds.plan.run;
  }

  /** The database, the table and the row at hand. */
  where(): Where {
    if (this.#ended || this.#feeds === undefined) return { file: this.name };
    const { text, run } = this.#feeds.plan;
    const row = this.#row === undefined ? '' : ` row ${JSON.stringify(text.idOf(this.#row))}`;
    return { file: `${this.name} ${run.relation.label}${row}` };
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
    this.#feeds = capture.feeds;
    return capture.header;
  }

  /** @throws EvidenceError */
  next(): 'record' | 'more' | 'end' {
    const feeds = this.#feeds;
    if (feeds === undefined) throw new RangeError('the source was not opened');
    const row = feeds.next();
    if (row === 'end') this.#ended = true;
    if (row === 'more' || row === 'end') return row;
    this.#row = row;
    this.#write(feeds);
    this.#rows++;
    return 'record';
  }

  #write({ plan }: Feeds): void {
    try {
      this.#record.length = 0;
      plan.text.write(plan.run, this.#record);
    } catch (fault) {
      throw fault instanceof EvidenceError ? fault.at(this.where()) : fault;
    }
  }

  /** @throws EvidenceError if the connection failed or nothing came within the stall limit */
  async fill(): Promise<void> {
    await this.#feeds?.wait();
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
    if (this.#rows !== capture.toRead) throw new RangeError('rows were counted and read wrongly');
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
