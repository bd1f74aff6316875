/** Makes proofs while a source streams by once: memory grows with the streams, not with their records. */

import { randomInt } from 'node:crypto';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { type ChainKeys, RecipeBook, unusedKeyText } from '../core/custody/declared.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import { Findings } from '../core/judge/findings.ts';
import { PathFollower } from '../core/merkle/proof.ts';
import { CompactRange } from '../core/merkle/tree.ts';
import type { Hash } from '../core/platform.ts';
import type { GrowthProof, StoreState, StreamGrowth } from '../core/proof/growth-proof.ts';
import { type RecordProof, recordProof } from '../core/proof/record-proof.ts';
import type { Finding } from '../core/report/report.ts';
import { chainRuleOf, type SnapshotHeader } from '../core/snapshot/header.ts';
import { IdSet } from '../core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { placeKey, type SnapshotSummary } from '../core/snapshot/summary.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from './audit-run.ts';
import { nodeDigests } from './node-engines.ts';
import { FINDINGS_BYTES, nodePlatform } from './node-platform.ts';
import { Side } from './side.ts';
import type { SideReader } from './side-reader.ts';

/** Which record. */
export interface RecordName {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
}

export interface ProvenRecord {
  readonly audit: SnapshotAudit;
  /** Undefined if there is no such record, or the source is not sound: nothing is proven of what is not. */
  readonly found: { readonly record: Json; readonly proof: RecordProof } | undefined;
}

interface Seen {
  readonly follower: PathFollower;
  readonly index: number;
  readonly leafHash: Hash;
  readonly record: Json;
}

/** Follows one record through its stream. */
class RecordWatch {
  readonly #name: RecordName;
  readonly #withBody: boolean;
  #range: CompactRange = new CompactRange(nodePlatform);
  seen: Seen | undefined;

  constructor(name: RecordName, withBody: boolean) {
    this.#name = name;
    this.#withBody = withBody;
  }

  take({ tenant, stream, id, leaf }: EvidenceRecord, reader: SideReader): void {
    if (stream !== this.#name.stream || tenant !== this.#name.tenant) return;
    if (this.seen !== undefined) {
      this.seen.follower.append(leaf);
      return;
    }
    if (id === this.#name.id) this.seen = this.#follow(leaf, reader);
    this.#range.append(leaf);
  }

  #follow(leafHash: Hash, reader: SideReader): Seen {
    const record = parseJson(nodePlatform, Uint8Array.from(reader.canonical(this.#withBody)));
    const follower = PathFollower.ofNextLeaf(nodePlatform, this.#range);
    return { follower, index: this.#range.size, leafHash, record };
  }
}

/**
 * Proves that a record is in a source.
 *
 * @param withBody - whether the record in the proof has its body, where the source has it; else its digest
 */
export async function proveRecord(
  source: EvidenceSource,
  name: RecordName,
  options: AuditOptions & { readonly withBody?: boolean } = {},
): Promise<ProvenRecord> {
  const { withBody = false, ...auditing } = options;
  const watch = new RecordWatch(name, withBody);
  const audit = await auditSource(source, auditing, (record, reader) => watch.take(record, reader));
  const { seen } = watch;
  if (seen === undefined || audit.verdict !== 'PASS' || audit.summary === null) return { audit, found: undefined };
  const { index, leafHash, follower, record } = seen;
  const stream = audit.summary.tenants
    .find(({ tenant }) => tenant === name.tenant)
    ?.streams.find((one) => one.stream === name.stream);
  const path = { index, size: stream?.size ?? 0, path: follower.path() };
  const { tenant, stream: streamName } = name;
  const proof = recordProof(nodePlatform, audit.summary, { tenant, stream: streamName, leafHash, path });
  return { audit, found: { record, proof } };
}

export interface ProvenInLog {
  readonly audit: SnapshotAudit;
  /** The root of the stream when it had as many records as was asked; undefined if it never had. */
  readonly root: Hash | undefined;
  /** Undefined if the record is not among those, or the source is not sound. */
  readonly found:
    | { readonly index: number; readonly path: readonly Hash[]; readonly leafInput: Uint8Array }
    | undefined;
}

/** Proves that a record is among the first `size` of its stream, which is ordered. */
export async function proveInLog(
  source: EvidenceSource,
  name: RecordName,
  size: number,
  options: AuditOptions = {},
): Promise<ProvenInLog> {
  const range = new CompactRange(nodePlatform);
  const watch = new RecordWatch(name, false);
  const audit = await auditSource(source, options, (record, reader) => {
    if (record.stream !== name.stream || record.tenant !== name.tenant || range.size === size) return;
    watch.take(record, reader);
    range.append(record.leaf);
  });
  const root = range.size === size ? range.root() : undefined;
  const { seen } = watch;
  if (seen === undefined || root === undefined || audit.verdict !== 'PASS') return { audit, root, found: undefined };
  const { index, follower, record } = seen;
  return { audit, root, found: { index, path: follower.path(), leafInput: canonicalBytes(record) } };
}

/** What the trees above the streams are made from. */
function stateOf({ globalRoot, tenants }: SnapshotSummary): StoreState {
  return {
    globalRoot,
    tenants: tenants.map(({ tenant, records, streams }) => ({
      tenant,
      records,
      streams: streams.map(({ stream, ordered, size, root, head }) => ({ stream, ordered, size, root, head })),
    })),
  };
}

export interface ProvenGrowthOf {
  readonly audit: SnapshotAudit;
  /** Undefined if the source is not sound. */
  readonly proof: GrowthProof | undefined;
}

/** Follows every ordered stream from the size that it had. */
class GrowthWatch {
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #grown: {
    readonly tenant: string;
    readonly stream: string;
    readonly follower: PathFollower;
    readonly seed: readonly Hash[];
  }[] = [];
  #range: CompactRange = new CompactRange(nodePlatform);
  #open = { tenant: '', stream: '' };
  /** Records that the open stream had before. */
  #size: number | undefined;
  #follower: PathFollower | undefined;

  constructor(before: SnapshotSummary) {
    const ordered = before.tenants.flatMap(({ tenant, streams }) =>
      streams
        .filter((stream) => stream.ordered)
        .map(({ stream, size }) => [placeKey({ tenant, stream }), size] as const),
    );
    this.#sizes = new Map(ordered);
  }

  take(record: EvidenceRecord): void {
    if (record.stream !== this.#open.stream || record.tenant !== this.#open.tenant) this.#enter(record);
    if (this.#follower !== undefined) this.#follower.append(record.leaf);
    else if (this.#range.size > 0 && this.#range.size === this.#size) this.#start(record);
    else this.#range.append(record.leaf);
  }

  #enter({ tenant, stream }: EvidenceRecord): void {
    this.#open = { tenant, stream };
    this.#size = this.#sizes.get(placeKey(this.#open));
    this.#range = new CompactRange(nodePlatform);
    this.#follower = undefined;
  }

  /** The stream has grown: `record` is the first that is new. */
  #start({ tenant, stream, leaf }: EvidenceRecord): void {
    const { follower, seed } = PathFollower.ofTree(nodePlatform, this.#range);
    this.#grown.push({ tenant, stream, follower, seed: seed === undefined ? [] : [seed] });
    follower.append(leaf);
    this.#follower = follower;
  }

  /** The proofs, once all records have come by. */
  growth(): readonly StreamGrowth[] {
    return this.#grown.map(({ tenant, stream, follower, seed }) => ({
      tenant,
      stream,
      path: [...seed, ...follower.path()],
    }));
  }
}

/**
 * Makes the proof that a source grew out of an earlier state.
 *
 * What is made is not checked here: if the source did not grow out of it, the proof does not verify.
 *
 * @param before - the earlier state, as its snapshot or summary says
 */
export async function proveGrowth(
  before: SnapshotSummary,
  source: EvidenceSource,
  options: AuditOptions = {},
): Promise<ProvenGrowthOf> {
  const watch = new GrowthWatch(before);
  const audit = await auditSource(source, options, (record) => watch.take(record));
  if (audit.verdict !== 'PASS' || audit.summary === null) return { audit, proof: undefined };
  return { audit, proof: { from: stateOf(before), to: stateOf(audit.summary), growth: watch.growth() } };
}

/* Reads a snapshot record by record, for programs that want the evidence itself. */

/** A record, and its text as strictly read JSON. */
export interface ReadRecord extends EvidenceRecord {
  readonly json: Json;
}

/** The evidence contradicts itself: its own hashes, links, counts or roots. */
export class UnsoundSnapshotError extends Error {
  override readonly name: string = 'UnsoundSnapshotError';
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super(
      `the snapshot is unsound: ${findings[0]?.message ?? ''}${findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''}`,
    );
    this.findings = findings;
  }
}

export class SnapshotReading implements AsyncIterable<ReadRecord> {
  readonly #side: Side;
  readonly #findings: Findings;
  readonly #recipes: RecipeBook;
  readonly header: SnapshotHeader;
  #summary: SnapshotSummary | undefined;

  private constructor(side: Side, findings: Findings, recipes: RecipeBook, header: SnapshotHeader) {
    this.#side = side;
    this.#recipes = recipes;
    this.#findings = findings;
    this.header = header;
  }

  /** @throws EvidenceError if the header cannot be read */
  static async open(source: EvidenceSource, chainKeys?: ChainKeys): Promise<SnapshotReading> {
    const findings = new Findings('append', 1000, FINDINGS_BYTES);
    const recipes = new RecipeBook(nodeDigests, chainKeys);
    const side = new Side(source, {
      side: 'current',
      isAlone: true,
      platform: nodePlatform,
      findings,
      ids: new IdSet(randomInt(2 ** 32)),
      recipes,
    });
    await side.open();
    const { header } = side;
    if (header === undefined) {
      await source.close();
      throw side.reader.fault ?? new RangeError('there is no header');
    }
    side.startAudit((stream) => chainRuleOf(header.chains, stream));
    return new SnapshotReading(side, findings, recipes, header);
  }

  /** Counts and roots; there when all records were read and found sound. */
  get summary(): SnapshotSummary | undefined {
    return this.#summary;
  }

  /**
   * The records in order. Can be run through once.
   *
   * @throws EvidenceError if the input cannot be read on
   * @throws UnsoundSnapshotError after the last record, if the snapshot contradicts itself: until then, what was read
   *   is not known to be sound
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReadRecord> {
    const { reader, source } = this.#side;
    try {
      for (;;) {
        while (!reader.frame()) await reader.fill();
        this.#side.decode();
        const { record } = reader;
        if (record === undefined) break;
        this.#side.audit?.append(record);
        const json = reader.json();
        reader.take();
        yield { ...record, json };
      }
      await this.#side.finish(false);
      this.#conclude();
    } finally {
      await source.close();
    }
  }

  #conclude(): void {
    const { fault } = this.#side.reader;
    if (fault !== undefined) throw fault;
    if (this.#findings.has('FAIL')) throw new UnsoundSnapshotError(this.#findings.list());
    const { summary, complete } = this.#side.read();
    const unread = this.#findings.list().find((finding) => finding.class === 'INCOMPLETE');
    if (unread !== undefined) throw new EvidenceError('source-incomplete', unread.message);
    if (!complete) throw new EvidenceError('proof-unavailable', 'the snapshot could not be checked');
    const [unused] = this.#recipes.unusedKeys;
    if (unused !== undefined) throw new EvidenceError('proof-unavailable', unusedKeyText(unused));
    this.#summary = summary;
  }
}
