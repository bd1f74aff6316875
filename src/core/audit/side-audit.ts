/**
 * One side, audited as its records stream by: order, chains, counts, trees. Believes nothing that can be recomputed.
 *
 * What it holds is one open stream and a summary of each closed one; nothing grows with the number of records.
 */
import type { BatchCounts, StreamFacts } from '../batch/batch-engine.ts';
import { type BatchedHashes, ChainCheck, type ChainFault, type SteadyChain } from '../custody/chain.ts';
import { ChainTally } from '../custody/chain-tally.ts';
import { RecipeBook } from '../custody/declared.ts';
import { checkDerived, type DerivedRule, RecordMemo } from '../custody/recipes.ts';
import { compareUtf8 } from '../json/utf8.ts';
import { CompactRange, type NodeMemo } from '../merkle/tree.ts';
import type { Hash, Platform } from '../platform.ts';
import type { AttributeCounts, SideCounts } from '../report/count-by.ts';
import type { ChainRule } from '../snapshot/header.ts';
import type { IdSet, SideBit } from '../snapshot/id-set.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';
import {
  eachStream,
  placeKey,
  type SnapshotSummary,
  StreamList,
  type StreamSummary,
  SummaryMemo,
  streamLeafHash,
  summaryOf,
  type TenantSummary,
} from '../snapshot/summary.ts';
import { isStatedRight, joinedParts, type StatedTenant } from '../snapshot/trailer.ts';

/** A fault that one side shows by itself, at one record. */
export interface SideFault extends ChainFault {
  readonly record: EvidenceRecord;
}

interface SideAuditOptions {
  readonly platform: Platform;
  /** The rule of a stream's chain, if it has one. */
  readonly ruleOf: (stream: string, tenant: string) => ChainRule | undefined;
  /** Where recipes come from, with the keys that some need; shared with the other side. Default: without keys. */
  readonly recipes?: RecipeBook;
  /** Values that the source derives from the rest of a record, by stream. */
  readonly derivedOf?: (tenant: string, stream: string) => readonly DerivedRule[];
  /** A size of a stream at which its root is wanted: that of a baseline that has no records. */
  readonly watchedSizeOf?: (tenant: string, stream: string) => number | undefined;
  /** Shared with the other side of a comparison. */
  readonly ids: IdSet;
  /** Shared likewise. */
  readonly nodeMemo?: NodeMemo;
  readonly recordMemo?: RecordMemo;
  readonly summaryMemo?: SummaryMemo;
  /** What remembers hashes of records that are taken many at once. */
  readonly engine?: BatchedHashes;
  readonly sideBit: SideBit;
  /** Counts what is kept of tenants, streams and types. */
  readonly budget?: MemoryBudget;
  /** Counts each record by its attributes. */
  readonly counts?: AttributeCounts;
  readonly onFault: (fault: SideFault) => void;
  /** Called with each record, before it is judged. */
  readonly onRecord?: (record: EvidenceRecord) => void;
}

/** The head of a stream as it was when it had a given number of records. */
export interface StreamHead {
  readonly root: Hash;
  readonly head: string | null;
}

/** An open stream as an engine must know it, to take more of its records. */
export interface SteadyStream extends SteadyChain, Pick<StreamFacts, 'tenant' | 'stream' | 'ordered'> {
  readonly range: CompactRange;
  /** Types that its tenant has had. */
  readonly types: ReadonlyMap<string, number>;
  /** How many records may be taken at once: the one at a watched size must come by itself. */
  readonly most: number;
}

interface OpenStream {
  readonly watchedSize: number | undefined;
  readonly stream: string;
  readonly ordered: boolean;
  readonly range: CompactRange;
  readonly chain: ChainCheck;
  readonly derived: readonly DerivedRule[];
  readonly firstSeq: number | undefined;
  last: EvidenceRecord;
  /** Of a set: whether an id did not stand behind the one before it. */
  isBroken: boolean;
}

interface OpenTenant {
  readonly tenant: string;
  readonly counts: Map<string, number>;
  readonly streams: StreamList;
  /** Over its streams. */
  readonly range: CompactRange;
  records: number;
}

export class SideAudit {
  readonly #options: SideAuditOptions;
  readonly #recipes: RecipeBook;
  readonly #memo: RecordMemo;
  readonly #summaries: SummaryMemo;
  readonly #tenants: TenantSummary[] = [];
  #tenant: OpenTenant | undefined;
  #stream: OpenStream | undefined;
  readonly #watched: Map<string, StreamHead> = new Map();
  #records = 0;
  #disordered = false;
  readonly tally: ChainTally = new ChainTally();
  /** How many `bodyDigest`s were recomputed from a body. */
  bodiesHashed = 0;

  constructor(options: SideAuditOptions) {
    this.#options = options;
    this.#recipes = options.recipes ?? new RecipeBook();
    this.#memo = options.recordMemo ?? new RecordMemo(options.platform);
    this.#summaries = options.summaryMemo ?? new SummaryMemo();
  }

  get records(): number {
    return this.#records;
  }

  /** Its records by the attributes that were named. */
  get counted(): SideCounts {
    return this.#options.counts?.counts;
  }

  /**
   * Whether streams came out of order, or one came in two parts. Then records can no longer be put side by side; the
   * finding `record-reordered` has been raised.
   */
  get disordered(): boolean {
    return this.#disordered;
  }

  /** Records of the open stream so far, and their root. */
  get streamSize(): number {
    return this.#stream?.range.size ?? 0;
  }

  streamRoot(): Hash {
    if (this.#stream === undefined) throw new RangeError('no stream is open');
    return this.#stream.range.root();
  }

  /** The head of a stream at its watched size, if it ever had it. */
  watchedHead(place: { readonly tenant: string; readonly stream: string }): StreamHead | undefined {
    return this.#watched.get(placeKey(place));
  }

  /** What its records result in for the tenant that is stated in a place, if that is what is stated: it is kept in any case. */
  recomputedOr(stated: StatedTenant, at: number): StatedTenant {
    const is = this.#disordered ? undefined : this.#tenants[at];
    return is !== undefined && isStatedRight(stated, is) ? is : stated;
  }

  /** Every stream that has closed so far, by its place (see `placeKey`), in the order in which they came. */
  *closedStreams(): Generator<readonly [string, StreamSummary]> {
    for (const tenant of this.#tenants) yield* keyed(tenant.tenant, eachStream(tenant));
    if (this.#tenant !== undefined) yield* keyed(this.#tenant.tenant, this.#tenant.streams);
  }

  /** Takes the next record of the side. */
  append(record: EvidenceRecord): void {
    this.#options.onRecord?.(record);
    this.#options.counts?.take(record);
    this.#records++;
    if (record.body !== undefined) this.bodiesHashed++;
    const open = this.#stream;
    if (open === undefined || record.stream !== open.stream || record.tenant !== open.last.tenant) this.#open(record);
    else this.#checkOrder(record, open);
    this.#take(record);
  }

  #take(record: EvidenceRecord): void {
    const stream = this.#stream;
    const tenant = this.#tenant;
    if (stream === undefined || tenant === undefined) throw new RangeError('no stream is open');
    const order = stream.ordered ? 'any' : stream.isBroken ? 'broken' : 'ascending';
    const again = this.#options.ids.add(record.id, this.#options.sideBit, order);
    if (again || (stream.range.size > 0 && stream.last.id === record.id)) {
      this.#fault(record, 'duplicate-id', 'the id comes twice in its stream');
    }
    for (const fault of stream.chain.append(record)) this.#options.onFault({ ...fault, record });
    for (const rule of stream.derived) this.#derive(rule, record);
    stream.range.append(record.leaf);
    stream.last = record;
    if (stream.range.size === stream.watchedSize) this.#watched.set(placeKey(record), headOf(stream));
    tenant.records++;
    const before = tenant.counts.get(record.type);
    if (before === undefined) this.#options.budget?.spendOnType(record);
    tenant.counts.set(record.type, (before ?? 0) + 1);
  }

  /** The open stream, if its records can be taken many at once: nobody observes or counts each. */
  get steady(): SteadyStream | undefined {
    const open = this.#stream;
    const tenant = this.#tenant;
    const { onRecord, counts } = this.#options;
    if (open === undefined || tenant === undefined || onRecord !== undefined || counts !== undefined) return undefined;
    const { chain, watchedSize, stream, ordered, range } = open;
    const left = (watchedSize ?? 0) - range.size;
    const most = left > 0 ? left - 1 : Number.POSITIVE_INFINITY;
    const steady = most === 0 ? undefined : chain.steady;
    if (steady === undefined) return undefined;
    // What is spread stands last: V8 takes 30 µs to add as many members behind it.
    return { tenant: tenant.tenant, stream, ordered, range, types: tenant.counts, most, ...steady };
  }

  /**
   * Takes records of the open stream in which there is no fault, as one: their ids are noted, and its tree has grown. What
   * is derived in them was found to hold (`EvidenceSource.lines`); of the last it is computed here, too.
   *
   * @param last - the last of them
   */
  appendBatch(counts: BatchCounts, last: EvidenceRecord): void {
    const stream = this.#stream;
    const tenant = this.#tenant;
    if (stream === undefined || tenant === undefined) throw new RangeError('no stream is open');
    this.#records += counts.records;
    this.bodiesHashed += counts.bodies;
    stream.chain.appendBatch(counts, last);
    for (const rule of stream.derived) {
      if (checkDerived(this.#options.platform, rule, last) !== true) throw new RangeError('a batch has a wrong value');
      this.tally.derived += counts.records;
    }
    stream.last = last;
    tenant.records += counts.records;
    for (const [type, count] of counts.types) {
      const before = tenant.counts.get(type);
      if (before === undefined) throw new RangeError('a batch has a type that its tenant does not have');
      tenant.counts.set(type, before + count);
    }
  }

  #derive(rule: DerivedRule, record: EvidenceRecord): void {
    const held = checkDerived(this.#options.platform, rule, record);
    if (held !== false) this.tally.derived++;
    if (typeof held === 'object') this.#options.onFault({ ...held, record });
  }

  /** The summary of all streams; to be called once, after the last record. */
  finish(): SnapshotSummary {
    this.#closeTenant();
    const { platform } = this.#options;
    return summaryOf(platform, this.#disordered ? joinedParts(platform, this.#tenants) : this.#tenants);
  }

  #fault(record: EvidenceRecord, kind: ChainFault['kind'], message: string): void {
    this.#options.onFault({ record, kind, message, found: record.id });
  }

  #checkOrder(record: EvidenceRecord, open: OpenStream): void {
    const { last } = open;
    if (record.seq !== undefined && last.seq !== undefined) {
      if (record.seq < last.seq)
        this.#fault(record, 'record-reordered', `seq ${record.seq} comes after seq ${last.seq}`);
      return;
    }
    const order = compareUtf8(last.id, record.id);
    open.isBroken ||= order >= 0;
    if (order > 0) this.#fault(record, 'record-reordered', 'the id comes after one that sorts behind it');
  }

  #open(record: EvidenceRecord): void {
    this.#checkStreamOrder(record);
    if (this.#tenant !== undefined && this.#tenant.tenant !== record.tenant) this.#closeTenant();
    else this.#closeStream();
    const { platform, ruleOf, derivedOf, ids, nodeMemo, sideBit, budget, engine } = this.#options;
    if (this.#tenant === undefined) budget?.spendOnTenant(record);
    budget?.spendOnStream(record);
    this.#tenant ??= {
      tenant: record.tenant,
      counts: new Map(),
      streams: new StreamList(this.#summaries),
      range: new CompactRange(platform),
      records: 0,
    };
    ids.enter(placeKey(record), sideBit);
    const rule = ruleOf(record.stream, record.tenant);
    this.#stream = {
      stream: record.stream,
      ordered: record.seq !== undefined,
      range: new CompactRange(platform, nodeMemo),
      chain: new ChainCheck(platform, rule, (recipe) => this.#recipes.recipeOf(recipe), this.tally, this.#memo, engine),
      derived: derivedOf?.(record.tenant, record.stream) ?? [],
      firstSeq: record.seq,
      watchedSize: this.#options.watchedSizeOf?.(record.tenant, record.stream),
      last: record,
      isBroken: false,
    };
  }

  #checkStreamOrder(record: EvidenceRecord): void {
    const last = this.#stream?.last;
    if (last === undefined) return;
    const byTenant = compareUtf8(last.tenant, record.tenant);
    const order = byTenant === 0 ? compareUtf8(last.stream, record.stream) : byTenant;
    if (order <= 0) return;
    this.#disordered = true;
    this.#fault(record, 'record-reordered', 'its stream comes after one that sorts behind it');
  }

  #closeStream(): void {
    const open = this.#stream;
    if (open === undefined) return;
    const { stream, ordered, range, last, firstSeq, chain } = open;
    this.tally.conclude({ tenant: last.tenant, stream }, chain.fitting);
    const seqs = firstSeq === undefined || last.seq === undefined ? {} : { firstSeq, lastSeq: last.seq };
    const summary = { stream, ordered, size: range.size, root: range.root(), head: last.hash ?? null, ...seqs };
    this.#tenant?.range.append(streamLeafHash(this.#options.platform, summary));
    this.#tenant?.streams.add(summary);
    this.#stream = undefined;
  }

  #closeTenant(): void {
    this.#closeStream();
    const open = this.#tenant;
    if (open === undefined) return;
    const { tenant, records, counts, streams, range } = open;
    this.#tenants.push(this.#summaries.tenant({ tenant, records, root: range.root(), counts }, streams));
    this.#tenant = undefined;
  }
}

function* keyed(tenant: string, streams: Iterable<StreamSummary>): Generator<readonly [string, StreamSummary]> {
  for (const summary of streams) yield [placeKey({ tenant, stream: summary.stream }), summary];
}

function headOf(stream: OpenStream): StreamHead {
  return { root: stream.range.root(), head: stream.last.hash ?? null };
}

/*
 * What is kept of one side until the report is written, counted as it is kept: its tenants, streams and types. All else
 * that a run keeps has a bound of its own. Counted by estimates, so that where it ends is a function of the input and of
 * the size of the budget alone.
 */

/** What each takes, here and drawn in the greediest of the formats: measured, and rounded up. */
const BYTES_A_TENANT = 1024;
const BYTES_A_STREAM = 1792;
const BYTES_A_TYPE = 640;

/** Names of such characters alone take one byte for each, in each of some six places. */
const PLAIN = /^[\w .:/@-]*$/;
const BYTES_A_PLAIN_UNIT = 6;
/** Others take two, or are escaped by up to six characters for each. */
const BYTES_A_UNIT = 24;

const TIMES_IN_JUNIT = 4;

function bytesOf(name: string): number {
  return name.length * (PLAIN.test(name) ? BYTES_A_PLAIN_UNIT : BYTES_A_UNIT);
}

export class MemoryBudget {
  /** In bytes. */
  readonly size: number;
  #spent = 0;

  /** @param size - in bytes */
  constructor(size: number) {
    this.size = size;
  }

  spendOnTenant({ tenant }: { readonly tenant: string }): void {
    this.#spent += BYTES_A_TENANT + bytesOf(tenant);
  }

  /** A stream is known by both names, and JUnit repeats its own in every case and property. */
  spendOnStream({ tenant, stream }: { readonly tenant: string; readonly stream: string }): void {
    this.#spent += BYTES_A_STREAM + TIMES_IN_JUNIT * bytesOf(stream) + bytesOf(tenant);
  }

  spendOnType({ type }: { readonly type: string }): void {
    this.#spent += BYTES_A_TYPE + bytesOf(type);
  }

  /** Everything that a trailer states, where no records are read. */
  spendOnAll(tenants: readonly StatedTenant[]): void {
    for (const { tenant, counts, streams } of tenants) {
      this.spendOnTenant({ tenant });
      for (const { stream } of streams) this.spendOnStream({ tenant, stream });
      for (const type of counts?.keys() ?? []) this.spendOnType({ type });
    }
  }

  /** Whether more is kept than there is room for: it is up to who reads to ask, and to stop. */
  get exhausted(): boolean {
    return this.#spent > this.size;
  }
}
