/** One side of a run: its source, what is read of it, and what it says when it ends. */
import type { EvidenceSource, InputFault } from '../core/audit/evidence-source.ts';
import { MemoryBudget, SideAudit, type SideFault } from '../core/audit/side-audit.ts';
import type { BatchedHashes } from '../core/custody/chain.ts';
import type { RecipeBook } from '../core/custody/declared.ts';
import type { RecordMemo } from '../core/custody/recipes.ts';
import { EvidenceError, type Where } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import type { Findings, Side as SideName } from '../core/judge/findings.ts';
import type { ReadSide } from '../core/judge/report-builder.ts';
import { type Known, knownFinding, type SideFaults, sideFinding } from '../core/judge/side-faults.ts';
import { emptySideFinding } from '../core/judge/verdict.ts';
import type { NodeMemo } from '../core/merkle/tree.ts';
import type { Hash, Platform } from '../core/platform.ts';
import { present } from '../core/present.ts';
import { AttributeCounts } from '../core/report/count-by.ts';
import type { ReadingStop } from '../core/report/headline.ts';
import { type ChainRule, chainRuleOf, NULLS_ATTRIBUTE, type SnapshotHeader } from '../core/snapshot/header.ts';
import type { IdSet, SideBit } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { hasBareRoots, type SnapshotSummary, type SummaryMemo, summaryOf } from '../core/snapshot/summary.ts';
import {
  isCountable,
  namesInOrder,
  summaryDifferences,
  summaryOfTrailer,
  type Trailer,
  type TrailerDifference,
  trailerDifferences,
} from '../core/snapshot/trailer.ts';
import { counted } from '../core/words.ts';
import { SUMMARY_BYTES } from './node-platform.ts';
import { type JudgedBaseline, SideReader, type Twin } from './side-reader.ts';

/** In the canonical text of attributes: a quote within a value would have a backslash before it. */
const NULLS_MEMBER = `"${NULLS_ATTRIBUTE}":`;

/** Of several files of which one has stated something, so many are named. */
const SHOWN_FILES = 3;

/** What to do where memory is the limit. */
const MORE_HEAP = 'give Node a larger heap: NODE_OPTIONS=--max-old-space-size=8192 (in MB)';

export interface SideOptions {
  readonly side: Exclude<SideName, 'both'>;
  readonly platform: Platform;
  readonly findings: Findings;
  readonly ids: IdSet;
  readonly nodeMemo?: NodeMemo;
  readonly recordMemo?: RecordMemo;
  readonly summaryMemo?: SummaryMemo;
  /** Recipes, with the keys that were given. */
  readonly recipes?: RecipeBook;
  /** What a migration says of a fault: that it is known, and why; or that it follows from what was erased. */
  readonly excuse?: (fault: SideFault) => Known | 'erased' | undefined;
  /** Where there are two sides: sets their faults against one another. */
  readonly faults?: SideFaults;
  /** Called with each record, before it is judged. */
  readonly onRecord?: (record: EvidenceRecord) => void;
  /** Whether there is no other side: then what is said of this one need not say which it is. */
  readonly isAlone?: boolean;
}

export class Side implements JudgedBaseline {
  readonly name: Exclude<SideName, 'both'>;
  readonly source: EvidenceSource;
  readonly reader: SideReader;
  readonly #options: SideOptions;
  /** Before each message. */
  readonly #label: string;
  readonly #budget: MemoryBudget = new MemoryBudget(SUMMARY_BYTES);
  /** A body that was too long may have its digest in its place, where the header counts such records. */
  readonly #bodiless: BodilessRecords = new BodilessRecords();
  header: SnapshotHeader | undefined;
  audit: SideAudit | undefined;
  /** Set when the side was read to its end. */
  #complete = false;
  #sha256: Hash | null = null;
  #summary: SnapshotSummary | undefined;
  #manifestChecked = false;

  constructor(source: EvidenceSource, options: SideOptions) {
    this.source = source;
    this.#options = options;
    this.name = options.side;
    this.#label = options.isAlone === true ? '' : `${options.side}: `;
    this.reader = new SideReader(options.platform, source);
  }

  /** By which its ids are distinguished from those of the other side. */
  get bit(): SideBit {
    return this.name === 'baseline' ? 1 : 2;
  }

  get isSummary(): boolean {
    return this.header?.depth === 'summary';
  }

  /** Whether the streams came in order, so that they can be set against those of the other side. */
  get inOrder(): boolean {
    if (this.isSummary) return this.trailer === undefined || namesInOrder(this.trailer);
    return !(this.audit?.disordered ?? false);
  }

  get trailer(): Trailer | undefined {
    return this.source.trailer;
  }

  async open(): Promise<void> {
    this.source.reportFaults?.((fault) => this.#report(fault));
    try {
      this.header = await this.source.open();
    } catch (error) {
      this.reader.fail(error);
    }
  }

  /**
   * Makes ready to take records.
   *
   * @param ruleOf - the rule of a stream's chain, if it has one
   * @param watched - sizes at which the root of a stream is wanted
   * @param engine - what remembers hashes of records that are taken many at once
   * @param countBy - attributes to count records by
   */
  startAudit(
    ruleOf: (stream: string, tenant: string) => ChainRule | undefined,
    watched?: (tenant: string, stream: string) => number | undefined,
    engine?: BatchedHashes,
    countBy: readonly string[] = [],
  ): SideAudit {
    const { platform, ids, nodeMemo, recordMemo, summaryMemo, recipes, onRecord } = this.#options;
    const onFault = (fault: SideFault): void => this.#onFault(fault);
    const watching = watched === undefined ? {} : { watchedSizeOf: watched };
    const { source } = this;
    const deriving =
      source.derivedOf === undefined
        ? {}
        : { derivedOf: (tenant: string, stream: string) => source.derivedOf?.(tenant, stream) ?? [] };
    const remembering = {
      ...present({ nodeMemo, recordMemo, summaryMemo, recipes, onRecord, engine }),
      ...(countBy.length === 0 ? {} : { counts: new AttributeCounts(countBy) }),
    };
    const audit = new SideAudit({
      platform,
      ruleOf,
      ids,
      sideBit: this.bit,
      budget: this.#budget,
      onFault,
      ...watching,
      ...deriving,
      ...remembering,
    });
    this.audit = audit;
    source.shrinkTrailer?.((stated, at) => audit.recomputedOr(stated, at));
    return audit;
  }

  #onFault(fault: SideFault): void {
    const { excuse, faults, findings } = this.#options;
    const known = excuse?.(fault);
    if (known === 'erased') return;
    if (faults !== undefined) faults.add(this.name, fault, known);
    else
      findings.add(
        this.name,
        known === undefined ? sideFinding(this.name, fault, this.#label) : knownFinding(this.name, fault, known),
      );
  }

  #report(fault: InputFault): void {
    this.#options.findings.add(this.name, { ...fault, message: `${this.#label}${fault.message}` });
  }

  #nullsRefused = false;

  /** From now on a record with SQL NULL in its body ends this side: the other one has no such records, by its rule. */
  refuseNulls(): void {
    this.#nullsRefused = true;
    if (this.isSummary) this.reader.fail(this.#nullsFault());
  }

  /** Whether each record of this side must be looked at by itself, beyond what it is in its stream. */
  get isPicky(): boolean {
    return this.#nullsRefused || this.isSummary || this.#budget.exhausted;
  }

  #nullsFault(): EvidenceError {
    const reason = 'SQL NULL is told apart from JSON null here, and is not on the other side: they cannot be compared';
    const advice = 'compare with the database itself, or capture both sides with one version';
    return new EvidenceError('proof-unavailable', reason, { where: this.source.where(this.source.start), advice });
  }

  /**
   * Refuses the record at hand if it is none for this side. A record that says it holds its body, and does not, is no
   * proof that the body is still there; and one that there is no memory for could only end the process.
   */
  requireFit(): void {
    const record = this.reader.record;
    if (record === undefined) return;
    if (this.#budget.exhausted) this.reader.fail(this.#tooMuch(this.source.where(this.source.start)));
    if (this.#nullsRefused && record.attrs?.includes(NULLS_MEMBER) === true) this.reader.fail(this.#nullsFault());
    else if (this.isSummary) this.#refuseRecord('a summary has no records');
    else if (this.header?.depth === 'full' && record.body === undefined && this.source.bodyLost !== true) {
      const isCounted = this.#bodiless.count(record) <= (this.header.digestOnly ?? 0);
      if (!isCounted)
        this.#refuseRecord('the record has no `body`, in a `full` snapshot whose header does not count it');
    }
  }

  /* The record at hand, as it is judged where no migration stands before it. */

  get record(): EvidenceRecord | undefined {
    return this.reader.record;
  }

  get failed(): boolean {
    return this.reader.fault !== undefined;
  }

  frame(): boolean {
    return this.reader.frame();
  }

  fill(): Promise<void> {
    return this.reader.fill();
  }

  /** Decodes the record that is framed, and refuses one that is none for this side. */
  decode(twin?: Twin): void {
    this.reader.decode(twin);
    this.requireFit();
  }

  holds(bytes: Uint8Array, start: number, end: number): boolean {
    return this.reader.holds(bytes, start, end);
  }

  json(share: number): Json {
    return this.reader.json(share);
  }

  take(): void {
    this.reader.take();
  }

  summary(read: SnapshotSummary): SnapshotSummary {
    return read;
  }

  #tooMuch(where: Where): EvidenceError {
    const megabytes = Math.floor(this.#budget.size / 2 ** 20);
    const reason = `more tenants, streams and types than the ${megabytes} MB that are kept for them hold`;
    return new EvidenceError('input-limit', reason, { where, advice: MORE_HEAP });
  }

  #refuseRecord(reason: string): void {
    const where = this.source.where(this.source.start);
    this.reader.fail(new EvidenceError('schema-violation', reason, { where }));
  }

  /** Whether the body of the record at hand is gone, or is not the one that its digest says: its source has reported it. */
  get bodyFaulty(): boolean {
    return this.reader.record !== undefined && this.source.bodyLost === true;
  }

  /** Reads what is left, compares the trailer with what was recomputed, and names what ended this side early. */
  async finish(interrupted: boolean): Promise<void> {
    const first = this.reader.fault;
    if (!interrupted) {
      try {
        this.#sha256 = await this.source.finish();
      } catch (error) {
        this.reader.fail(error);
      }
    }
    const { fault } = this.reader;
    if (fault !== undefined) this.#nameFault(fault);
    if (first !== undefined && first !== fault) this.#nameFault(first);
    this.#complete = fault === undefined && !interrupted;
    this.#summary = this.#recomputed();
    this.#nameMissingKeys();
    if (this.#complete && this.header?.depth === 'full') {
      this.#bodiless.conclude(this.#options.findings, this.name, this.header.digestOnly, this.#label);
    }
    if (this.#complete && this.trailer !== undefined) this.#checkManifest(this.trailer, this.#summary);
    const unknown = hasBareRoots(this.#summary);
    // A part may have no records: what is empty is said of the whole.
    const isPart = this.header?.shard !== undefined;
    if (this.#complete && this.#summary.records === 0 && !unknown && !isPart) this.#nameEmpty();
  }

  #nameMissingKeys(): void {
    for (const key of this.audit?.tally.missingKeys ?? []) {
      const needs = `${this.#label}its hashes are made with the key ${JSON.stringify(key)}, which was not given`;
      const message = `${needs}; give --chain-key ${key}=FILE`;
      this.#options.findings.add(this.name, { kind: 'proof-unavailable', message });
    }
  }

  #nameFault(fault: EvidenceError): void {
    this.#options.findings.add(this.name, { kind: fault.kind, message: `${this.#label}${fault.message}` });
  }

  #recomputed(): SnapshotSummary {
    const nothing = summaryOf(this.#options.platform, []);
    if (!this.isSummary) return this.audit?.finish() ?? nothing;
    const trailer = this.#complete ? this.trailer : undefined;
    if (trailer === undefined) return nothing;
    if (!isCountable(trailer)) {
      this.#complete = false;
      const message = `${this.#label}the sizes that it states add up to more records than can be counted (2^52)`;
      this.#options.findings.add(this.name, { kind: 'input-limit', message });
      return nothing;
    }
    this.#budget.spendOnAll(trailer.tenants);
    if (this.#budget.exhausted) {
      this.#complete = false;
      this.#nameFault(this.#tooMuch({ file: this.source.name }));
      return nothing;
    }
    const summary = summaryOfTrailer(this.#options.platform, trailer);
    if (summary !== undefined) return summary;
    this.#complete = false;
    const message = `${this.#label}a summary without stream roots proves nothing; write it with its roots`;
    this.#options.findings.add(this.name, { kind: 'proof-unavailable', message });
    return nothing;
  }

  #nameEmpty(): void {
    this.#options.findings.add(this.name, emptySideFinding(this.name, this.#label));
  }

  #checkManifest(trailer: Trailer, summary: SnapshotSummary): void {
    this.#manifestChecked = true;
    for (const difference of trailerDifferences(trailer, summary)) this.#mismatch(difference);
    if (!this.isSummary) return;
    for (const difference of summaryDifferences(trailer, (stream) => this.#mayLeap(stream))) this.#mismatch(difference);
  }

  #mayLeap(stream: string): boolean {
    return this.header !== undefined && chainRuleOf(this.header.chains, stream)?.gaps === 'allowed';
  }

  #mismatch({ tenant, stream, what, stated, recomputed }: TrailerDifference): void {
    const place = present({ tenant, stream });
    const files = tenant === undefined ? [] : (this.source.statedBy?.(tenant, stream) ?? []);
    const by = files.length === 0 ? '' : `${files.slice(0, SHOWN_FILES).join(' or ')}: `;
    const message = `${this.#label}${by}the trailer states ${what} ${JSON.stringify(stated)}, recomputed is ${JSON.stringify(recomputed)}`;
    this.#options.findings.add(this.name, { kind: 'manifest-mismatch', ...place, [this.name]: stated, message });
  }

  /** Where reading stopped, of a side that has records and was not read to its end. */
  #stop(): ReadingStop | undefined {
    if (this.#complete || this.isSummary) return undefined;
    const records = this.audit?.records ?? 0;
    if (this.header === undefined) return { at: 'header', record: 0 };
    return this.reader.failedAtRecord ? { at: 'record', record: records + 1 } : { at: 'behind', record: records };
  }

  /** What the report says of this side; to be called after `finish`. */
  read(): ReadSide {
    if (this.#summary === undefined) throw new RangeError('the side was not finished');
    return {
      name: this.source.name,
      sha256: this.#sha256,
      header: this.header,
      summary: this.#summary,
      complete: this.#complete,
      stop: this.#stop(),
      audit: this.isSummary ? undefined : this.audit,
      manifestChecked: this.#manifestChecked,
      rootsStated: this.source.rootsStated ?? this.trailer?.globalRoot !== undefined,
    };
  }
}

/* Counts the records of a snapshot of depth `full` that have a digest in the place of a body that was too long. */

export class BodilessRecords {
  #count = 0;
  #last: EvidenceRecord | undefined;

  /** Counts `record`, once, though it may be asked again while it waits for the other side; how many there are so far. */
  count(record: EvidenceRecord): number {
    if (record !== this.#last) this.#count++;
    this.#last = record;
    return this.#count;
  }

  /** Says where the header states another number than there are. */
  conclude(findings: Findings, side: 'baseline' | 'current', stated: number | undefined, label: string): void {
    if (stated === undefined || stated === this.#count) return;
    const message = `${label}the header states ${counted(stated, 'record')} without a body, and it has ${this.#count}`;
    findings.add(side, { kind: 'manifest-mismatch', [side]: stated, message });
  }
}
