/**
 * What a migration makes of the baseline, record by record, in the place of the baseline.
 *
 * Each record is read and audited as it lies on disk first: its hashes, links, roots and trailer are those of the baseline
 * itself. Only then the rules apply. Where they keep the order records stream through; else they are sorted before the
 * first of them is compared.
 */
import { SideAudit, type SideFault } from '../core/audit/side-audit.ts';
import type { BatchEngine } from '../core/batch/batch-engine.ts';
import type { RecipeBook } from '../core/custody/declared.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json, JsonObject } from '../core/json/value.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { NodeMemo } from '../core/merkle/tree.ts';
import { ExpectedRecords, type Origin } from '../core/migration/expected.ts';
import { type KnownFault, keepsOrder, type Migration } from '../core/migration/migration.ts';
import { MapMismatch } from '../core/migration/mismatch.ts';
import { operationsOf } from '../core/migration/rule-words.ts';
import { holdsIn, type Outcome, Transform } from '../core/migration/transform.ts';
import { present } from '../core/present.ts';
import type { MigrationReport } from '../core/report/migration-report.ts';
import type { ChainRule, ChainRules, SnapshotHeader } from '../core/snapshot/header.ts';
import type { IdSet } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import { bodyGone, GivenRecord } from './given-record.ts';
import { MigrationMarks, type PlacedAt, placeOf } from './migration-marks.ts';
import { nodePlatform, sameBytes } from './node-platform.ts';
import { type PlacedRecord, RecordSort } from './record-sort.ts';
import type { Side } from './side.ts';
import type { JudgedBaseline } from './side-reader.ts';

export interface MigratedOptions {
  readonly migration: Migration;
  /** Whether a trusted key has signed it. */
  readonly signed: boolean;
  readonly findings: Findings;
  readonly recipes: RecipeBook;
  /** Shared with the current side. */
  readonly ids: IdSet;
  readonly nodeMemo?: NodeMemo;
  /** Whether nothing else audits what is expected: then its chains are checked here, by the rules of the current side. */
  readonly isAlone?: boolean;
  /** Whether every record is made the simple way, which is the oracle of the short one. */
  readonly simply?: boolean;
}

type Made = Exclude<Outcome, { is: 'retired' }>;

/** What a migration did. */
export type MigrationDone = Omit<MigrationReport, 'name' | 'sha256' | 'upgrade' | 'from' | 'to' | 'signature'>;

export class MigratedBaseline implements JudgedBaseline {
  readonly #side: Side;
  readonly #options: MigratedOptions;
  /** What is asked of it later. */
  readonly marks: MigrationMarks;
  readonly #streams: boolean;
  readonly #given: GivenRecord;
  transform: Transform | undefined;
  expected: ExpectedRecords | undefined;
  #sort: RecordSort | undefined;
  #sorted: AsyncIterator<PlacedRecord> | undefined;
  #next: PlacedRecord | 'end' | undefined;
  audit: SideAudit | undefined;
  record: EvidenceRecord | undefined;
  /** Canonical text of a record that was made here; undefined of one that is as it was read. */
  #text: Uint8Array | undefined;
  #ended = false;
  #framed = false;
  #place = { tenant: '', stream: '' };

  constructor(side: Side, options: MigratedOptions) {
    this.#side = side;
    this.#options = options;
    this.marks = new MigrationMarks(options.migration, options.findings);
    this.#streams = keepsOrder(options.migration);
    this.#given = new GivenRecord(side.reader, this.#streams && options.simply !== true);
  }

  /** Makes ready, when the header of the baseline is known. */
  start(header: SnapshotHeader | undefined, engine?: BatchEngine): SideAudit {
    const { migration, signed, recipes, ids, nodeMemo, isAlone = false } = this.#options;
    this.transform = new Transform(migration, holdsIn(header?.subject ?? {}));
    this.expected = new ExpectedRecords(nodePlatform, recipes, migration, header?.chains ?? new Map(), signed);
    if (!this.#streams) this.#sort = new RecordSort();
    this.audit = new SideAudit({
      platform: nodePlatform,
      ruleOf: (stream, tenant) => (isAlone ? this.currentRule(tenant, stream, new Map()) : undefined),
      ids,
      sideBit: 1,
      recipes,
      onFault: (fault) => this.#onExpectedFault(fault),
      ...present({ nodeMemo, engine }),
    });
    return this.audit;
  }

  /** In a comparison the current side equals what is expected, and is audited itself: only places are asked of the expected side. */
  #onExpectedFault(fault: SideFault): void {
    const { kind, record, message } = fault;
    if (kind === 'duplicate-id') this.marks.mismatch(record, 'two records are sent to its place');
    else if (this.#options.isAlone !== true || this.marks.isErased(fault)) return;
    else if (this.marks.knownOfCurrent(fault) === undefined) {
      this.marks.mismatch(record, `what it makes of the record could never be compared as PASS: ${kind}, ${message}`);
    }
  }

  get failed(): boolean {
    return this.#side.reader.fault !== undefined;
  }

  /** A body that is gone cannot be migrated: such a record comes as it was read, or not at all. */
  get bodyFaulty(): boolean {
    return this.#text === undefined && this.#side.bodyFaulty;
  }

  frame(): boolean {
    if (this.#framed || this.#ended) return true;
    if (this.#sort === undefined) return this.#frameNext();
    return this.#sorted === undefined ? this.#gather() : this.#next !== undefined;
  }

  async fill(): Promise<void> {
    if (this.#sorted === undefined && this.#sort?.isFull !== true) return this.#side.reader.fill();
    try {
      await this.#fillSorted();
    } catch (fault) {
      this.#fail(fault);
    }
  }

  async #fillSorted(): Promise<void> {
    if (this.#sorted === undefined) return this.#sort?.spill();
    const { done, value } = await this.#sorted.next();
    this.#next = done === true ? 'end' : value;
  }

  #fail(fault: unknown): void {
    this.#side.reader.fail(fault);
    this.record = undefined;
    this.#ended = true;
  }

  /** Reads all of the baseline into the sort; true if there is nothing to wait for. */
  #gather(): boolean {
    for (;;) {
      if (this.#sort?.isFull === true || !this.#side.reader.frame()) return false;
      const record = this.#readNext();
      if (record === undefined) break;
      const outcome = this.#outcomeOf(record);
      if (outcome === undefined) return true;
      if (outcome.is !== 'retired' && !this.#guarded(() => this.#gatherOne(record, outcome))) return true;
      this.#side.reader.take();
    }
    if (this.#side.reader.fault !== undefined) {
      this.#ended = true;
      return true;
    }
    this.#sorted = this.#sort?.sorted()[Symbol.asyncIterator]();
    return false;
  }

  #gatherOne(record: EvidenceRecord, outcome: Made): void {
    if (this.#side.bodyFaulty) throw bodyGone();
    if (outcome.is === 'rebodied') throw new RangeError('a body was asked for by itself where records are sorted');
    const changed = outcome.is === 'changed' ? outcome.record : undefined;
    const text = changed === undefined ? new Uint8Array(this.#side.reader.canonical(true)) : canonicalBytes(changed);
    const { tenant, stream, id, seq } = changed === undefined ? record : placeOf(changed);
    const from = { origin: this.#originOf(record, outcome), known: this.marks.faults };
    this.#sort?.add({ tenant, stream, id, seq, text, ...from });
  }

  /** The next record of the baseline, audited as it lies there; undefined at its end. */
  #readNext(): EvidenceRecord | undefined {
    const { reader } = this.#side;
    reader.decode();
    this.#side.requireFit();
    const { record } = reader;
    if (record === undefined) return undefined;
    this.marks.begin();
    this.#side.audit?.append(record);
    return record;
  }

  #first = false;

  /** What becomes of `record`; undefined if that cannot be determined, which has ended the side. */
  #outcomeOf(record: EvidenceRecord): Outcome | undefined {
    this.#first = record.tenant !== this.#place.tenant || record.stream !== this.#place.stream;
    this.#place = { tenant: record.tenant, stream: record.stream };
    this.#given.begin(record);
    let outcome: Outcome = { is: 'unchanged' };
    const isKnown = this.#guarded(() => {
      outcome = this.transform?.next(record, this.#given) ?? outcome;
      if (outcome.is !== 'unchanged' && this.#side.bodyFaulty) throw bodyGone();
    }, record);
    if (isKnown) this.marks.note(record, outcome);
    return isKnown ? outcome : undefined;
  }

  /** Runs `work`; what does not fit is a finding at `record`, what cannot be read ends the side: false. */
  #guarded(work: () => void, record: PlacedAt | undefined = this.#side.reader.record): boolean {
    try {
      work();
      return true;
    } catch (fault) {
      if (fault instanceof MapMismatch && record !== undefined) {
        this.marks.mismatch(record, fault.message);
        return true;
      }
      const { source } = this.#side;
      this.#fail(fault instanceof EvidenceError ? fault.at(source.where(source.start)) : fault);
      return false;
    }
  }

  #originOf({ stream }: EvidenceRecord, outcome: Outcome): Origin {
    return { rule: 'rule' in outcome ? outcome.rule : -1, stream, first: this.#first };
  }

  /** Where records stream through: frames the next that is left. */
  #frameNext(): boolean {
    for (;;) {
      if (!this.#side.reader.frame()) return false;
      const record = this.#readNext();
      if (record === undefined) {
        this.#ended = true;
        return true;
      }
      const outcome = this.#outcomeOf(record);
      if (outcome === undefined) return true;
      if (outcome.is === 'retired') {
        this.#side.reader.take();
        continue;
      }
      this.#make(record, outcome);
      return true;
    }
  }

  #make(record: EvidenceRecord, outcome: Made): void {
    const origin = this.#originOf(record, outcome);
    this.#expect(origin, this.marks.faults, record, () => this.#made(record, outcome, origin));
    const isMade = outcome.is !== 'unchanged' && this.record !== record;
    this.#text = isMade ? this.expected?.canonical : undefined;
  }

  #made(record: EvidenceRecord, outcome: Made, origin: Origin): EvidenceRecord | undefined {
    if (outcome.is === 'unchanged') return record;
    if (outcome.is === 'changed') return this.expected?.take(outcome.record, origin);
    return this.expected?.takeBody(record, outcome.body, origin, this.#given);
  }

  /** Takes what `read` gives as the next record that is expected; `otherwise` if it is no record. */
  #expect(
    origin: Origin,
    known: readonly KnownFault[],
    otherwise: EvidenceRecord,
    read: () => EvidenceRecord | undefined,
  ): void {
    this.#framed = true;
    const isRead = this.#guarded(() => {
      this.record = this.#asRecord(read);
    }, otherwise);
    if (!isRead) return;
    this.record ??= otherwise;
    const { record } = this;
    this.#guarded(() => this.expected?.follow(record, origin), record);
    this.marks.expect(record, origin, known);
  }

  /** A result that is no record is no fault of the input: the rules have made it. */
  #asRecord(read: () => EvidenceRecord | undefined): EvidenceRecord | undefined {
    try {
      return read();
    } catch (fault) {
      if (fault instanceof EvidenceError && fault.kind !== 'proof-unavailable') {
        throw new MapMismatch(`what the rules make of it is no record: ${fault.reason}`);
      }
      throw fault;
    }
  }

  decode(): void {
    const next = this.#next;
    if (this.#framed || this.#ended || next === undefined) return;
    this.#next = undefined;
    if (next === 'end') {
      this.#ended = true;
      return;
    }
    const expected = this.expected;
    if (expected === undefined) throw new RangeError('the migration was not started');
    const { origin, text, known } = next;
    const plain = expected.read(text);
    this.#expect(origin, known, plain, () =>
      expected.isRechained(origin.rule) ? expected.take(parseJson(nodePlatform, text) as JsonObject, origin) : plain,
    );
    this.#text = expected.canonical;
  }

  holds(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.record === undefined) return false;
    const text = this.#text;
    if (text === undefined) return this.#side.reader.holds(bytes, start, end);
    return sameBytes(text, 0, text.length, bytes, start, end);
  }

  /** Canonical text of the record at hand; a view that holds until the next. */
  canonical(bodies: boolean): Uint8Array {
    const { reader } = this.#side;
    if (this.#text === undefined) return reader.canonical(bodies);
    return (bodies ? this.expected?.canonical : this.expected?.canonicalWithDigest) ?? this.#text;
  }

  /** Why some of what was retired may be on hold all the same, if anything was. */
  holdDoubts(): readonly string[] {
    return this.marks.retired + this.marks.report().stubs === 0 ? [] : (this.transform?.holdDoubts() ?? []);
  }

  /** Rules of chains as a snapshot of what is expected states them. */
  statedChains(): ChainRules {
    return this.expected?.statedChains(this.#finished ?? { tenants: [] }) ?? new Map();
  }

  json(share: number): Json {
    const text = this.#text;
    if (text === undefined) return this.#side.reader.json(share);
    return parseJson(nodePlatform, text, 0, text.length, { maxValues: Math.floor(share * nodePlatform.maxValues) });
  }

  take(): void {
    if (this.record === undefined) return;
    if (this.#sort === undefined) this.#side.reader.take();
    this.record = undefined;
    this.#text = undefined;
    this.#framed = false;
  }

  summary(read: SnapshotSummary): SnapshotSummary {
    // Where nothing could be opened there is nothing of either.
    return this.#finished ?? read;
  }

  #finished: SnapshotSummary | undefined;

  /** Says what was named and did not come, once both sides were read. */
  finish(complete: boolean): void {
    this.#finished = this.audit?.finish();
    if (!complete) return;
    this.marks.finish(this.transform?.left() ?? []);
  }

  /** By which rule a chain of the current side is checked. */
  currentRule(tenant: string, stream: string, current: ChainRules): ChainRule | undefined {
    return this.expected?.ruleOf(tenant, stream, current);
  }

  /** Says so if a record that is added stands where one has gone from, or grows under a recipe that nobody signed for. */
  checkAdded(record: PlacedAt): void {
    this.marks.checkAdded(record, this.expected?.isUnruled(record) === true);
  }

  /**
   * Records that were read and have not come out: none once everything was read.
   *
   * @throws RangeError if there are any then
   */
  pending({ records }: SnapshotSummary, complete: boolean): number {
    const pending = records - this.marks.retired - (this.#finished?.records ?? 0);
    if (pending < 0 || (complete && pending > 0)) {
      throw new RangeError(`the migration does not balance: of ${records} records ${pending} have not come out`);
    }
    return pending;
  }

  /** Lets go of what it has written down to sort it. */
  async close(): Promise<void> {
    await this.#sort?.close();
  }

  /** What it did, for the report. */
  report(read: SnapshotSummary): MigrationDone {
    const { records, globalRoot } = this.summary(read);
    return {
      expected: { records, globalRoot },
      rules: this.#options.migration.rules.map((rule, at) => ({
        name: rule.name,
        records: this.transform?.records[at] ?? 0,
        operations: operationsOf(rule),
      })),
      dropped: this.transform?.dropped() ?? [],
      ...this.marks.report(),
    };
  }
}
