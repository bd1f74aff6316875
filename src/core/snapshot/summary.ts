/** What a snapshot comes down to: counts and roots by stream, tenant and in all (docs/snapshot.md, "Trees"). */
import { canonicalBytes } from '../json/canonical.ts';
import { compareUtf8 } from '../json/utf8.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { CompactRange, HASH_BYTES, leafHash, writeHash } from '../merkle/tree.ts';
import { type Hash, hexOf, isHash, type Platform } from '../platform.ts';

export interface StreamSummary {
  readonly stream: string;
  readonly ordered: boolean;
  readonly size: number;
  /** RFC 9162 root over the leaf hashes of the records, in order. */
  readonly root: Hash;
  /** The last record's `hash`. */
  readonly head: string | null;
  /** `seq` of the first and the last record of an ordered stream. */
  readonly firstSeq?: number;
  readonly lastSeq?: number;
}

export interface TenantSummary {
  readonly tenant: string;
  readonly records: number;
  readonly root: Hash;
  /** Records by type; empty where the input makes no statement of them. */
  readonly counts: ReadonlyMap<string, number>;
  readonly streams: readonly StreamSummary[];
  /** Whether the root was stated alone: then `streams` is empty, and `records` may be 0 for unknown. */
  readonly rootOnly?: boolean;
}

export interface SnapshotSummary {
  readonly records: number;
  readonly globalRoot: Hash;
  readonly tenants: readonly TenantSummary[];
  /** Whether the global root was stated alone: then `tenants` is empty, and `records` may be 0 for unknown. */
  readonly rootOnly?: boolean;
}

/* The streams of one tenant, of which there may be a million. */

/** So many are kept as they are; of more, as many as are packed together. */
export const FEW_STREAMS = 16;
const PACKED_STREAMS = 512;

/** Stream, whether it is ordered, size; then head, first and last seq, up to the last that there is. */
type Packed = readonly [string, 0 | 1, number, (string | null | typeof IN_BYTES)?, number?, number?];

/** In the place of a head that is kept as bytes. */
const IN_BYTES = 0;

/** Some streams, at a sixth of what they take else: their hashes are kept as bytes. */
interface Block {
  readonly text: string;
  /** Of each stream the root, and behind it the head where that is a SHA-256, too. */
  readonly hashes: Uint8Array;
}

function isInBytes(head: string | null): head is Hash {
  return head !== null && isHash(head);
}

function packed(streams: readonly StreamSummary[]): Block {
  const hashes = streams.flatMap(({ root, head }) => (isInBytes(head) ? [root, head] : [root]));
  const bytes = new Uint8Array(HASH_BYTES * hashes.length);
  for (const [at, hash] of hashes.entries()) writeHash(bytes, HASH_BYTES * at, hash);
  const texts = streams.map(({ stream, ordered, size, head, firstSeq, lastSeq }): Packed => {
    const kept = isInBytes(head) ? IN_BYTES : head;
    const one = ordered ? 1 : 0;
    if (firstSeq !== undefined && lastSeq !== undefined) return [stream, one, size, kept, firstSeq, lastSeq];
    return kept === null ? [stream, one, size] : [stream, one, size, kept];
  });
  return { text: JSON.stringify(texts), hashes: bytes };
}

function* unpacked({ text, hashes }: Block): Generator<StreamSummary> {
  let at = 0;
  const next = (): Hash => {
    at += HASH_BYTES;
    return hexOf(hashes.subarray(at - HASH_BYTES, at));
  };
  for (const [stream, ordered, size, kept = null, firstSeq, lastSeq] of JSON.parse(text) as readonly Packed[]) {
    const root = next();
    const head = kept === IN_BYTES ? next() : kept;
    const seqs = firstSeq === undefined || lastSeq === undefined ? {} : { firstSeq, lastSeq };
    yield { stream, ordered: ordered === 1, size, root, head, ...seqs };
  }
}

/** Streams in the order in which they were added: of many, most are packed. */
export class StreamList implements Iterable<StreamSummary> {
  readonly #memo: SummaryMemo;
  readonly #packed: Block[] = [];
  #last: StreamSummary[] = [];
  #length = 0;

  constructor(memo: SummaryMemo) {
    this.#memo = memo;
  }

  get length(): number {
    return this.#length;
  }

  get isLong(): boolean {
    return this.#length > FEW_STREAMS;
  }

  add(stream: StreamSummary): void {
    if (this.#last.length === PACKED_STREAMS) this.pack();
    this.#last.push(this.#memo.stream(stream));
    this.#length++;
  }

  /** One after the other, as they were added. */
  *[Symbol.iterator](): Generator<StreamSummary> {
    for (const block of this.#packed) yield* unpacked(block);
    yield* this.#last;
  }

  /** Packs all that were added so far. */
  pack(): void {
    this.#packed.push(this.#memo.block(packed(this.#last)));
    this.#last = [];
  }

  /** Whether both have the same streams. */
  isSame(other: StreamList): boolean {
    return isSameList(this.#packed, other.#packed) && isSameList(this.#last, other.#last);
  }
}

function isSameList<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  let at = 0;
  if (a.length === b.length) while (at < a.length && a[at] === b[at]) at++;
  return at === a.length && at === b.length;
}

/**
 * The last stream and the last tenant that were summed up, by whichever side of a comparison: where the other one comes to
 * the same, one summary stands for both, and most do.
 */
export class SummaryMemo {
  #stream: StreamSummary | undefined;
  #block: Block | undefined;
  #counts: ReadonlyMap<string, number> | undefined;
  #tenant: TenantSummary | undefined;
  #streams: StreamList | undefined;

  /** `summary`, or the same of the other side. */
  stream(summary: StreamSummary): StreamSummary {
    const last = this.#stream;
    if (last !== undefined && STREAM_MEMBERS.every((member) => last[member] === summary[member])) return last;
    this.#stream = summary;
    return summary;
  }

  /** Likewise of streams that are packed. */
  block(block: Block): Block {
    const last = this.#block;
    if (last?.text === block.text && isSameList(last.hashes, block.hashes)) return last;
    this.#block = block;
    return block;
  }

  /** A tenant of these streams, which are all that it has, or the same of the other side. */
  tenant(about: Omit<TenantSummary, 'streams'>, streams: StreamList): TenantSummary {
    if (streams.isLong) streams.pack();
    const last = this.#tenant;
    if (last !== undefined && this.#streams?.isSame(streams) === true && isSameTenant(last, about)) return last;
    this.#streams = streams;
    this.#tenant = tenantOf(about, this.#sameCounts(about.counts), streams);
    return this.#tenant;
  }

  /** Most tenants have records of the same types, and many as many of each. */
  #sameCounts(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    if (this.#counts === undefined || !isSameList([...this.#counts].flat(), [...counts].flat())) this.#counts = counts;
    return this.#counts;
  }
}

/** The lists of tenants that have long ones. */
const LISTS: WeakMap<object, StreamList> = new WeakMap();

function tenantOf(
  { tenant, records, root }: Omit<TenantSummary, 'streams'>,
  counts: TenantSummary['counts'],
  streams: StreamList,
): TenantSummary {
  // Member by member: what is spread has a shape of its own each time, which takes more than the object itself.
  if (!streams.isLong) return { tenant, records, root, counts, streams: [...streams] };
  const summary = withMany({ tenant, records, root, counts }, 'streams', () => [...streams]);
  LISTS.set(summary, streams);
  return summary;
}

/** The streams of a tenant one after the other: of many not all are there at once, as in its `streams`. */
export function eachStream(tenant: TenantSummary | undefined): Iterable<StreamSummary> & { readonly length: number } {
  return tenant === undefined ? [] : (LISTS.get(tenant) ?? tenant.streams);
}

/**
 * `about` with a list that is made each time when it is asked for, since it would take more memory than what it is made of.
 *
 * @param name - of the member
 */
export function withMany<T extends object, N extends string, L>(
  about: T,
  name: N,
  list: () => readonly L[],
): T & { readonly [name in N]: readonly L[] } {
  return Object.defineProperty({ ...about }, name, { get: list, enumerable: true }) as T & {
    readonly [name in N]: readonly L[];
  };
}

const STREAM_MEMBERS = ['stream', 'ordered', 'size', 'root', 'head', 'firstSeq', 'lastSeq'] as const;

/** But for their streams. */
function isSameTenant(a: Omit<TenantSummary, 'streams'>, b: Omit<TenantSummary, 'streams'>): boolean {
  if (a.tenant !== b.tenant || a.records !== b.records || a.root !== b.root) return false;
  return isSameList([...a.counts].flat(), [...b.counts].flat());
}

/** Whether some of what is behind the roots of `summary` was not stated. */
export function hasBareRoots({ rootOnly, tenants }: SnapshotSummary): boolean {
  return rootOnly === true || tenants.some((tenant) => tenant.rootOnly === true);
}

function number(value: number): JsonNumber {
  return new JsonNumber(String(value));
}

function leafOf(platform: Platform, members: readonly (readonly [string, Json])[]): Hash {
  return leafHash(platform, canonicalBytes(new Map(members)));
}

/** What the tenant tree says of a stream. */
export type StreamLeaf = Pick<StreamSummary, 'stream' | 'ordered' | 'size' | 'root' | 'head'>;

/** What the global tree says of a tenant. */
export interface TenantLeaf {
  readonly tenant: string;
  /** How many streams it has. */
  readonly streams: number;
  readonly records: number;
  readonly root: Hash;
}

/** Leaf hash of a stream in the tree of its tenant. */
export function streamLeafHash(platform: Platform, { stream, ordered, size, root, head }: StreamLeaf): Hash {
  return leafOf(platform, [
    ['stream', stream],
    ['ordered', ordered],
    ['size', number(size)],
    ['root', root],
    ['head', head],
  ]);
}

/** Leaf hash of a tenant in the global tree. */
export function tenantLeafHash(platform: Platform, { tenant, streams, records, root }: TenantLeaf): Hash {
  return leafOf(platform, [
    ['tenant', tenant],
    ['streams', number(streams)],
    ['records', number(records)],
    ['root', root],
  ]);
}

/** What the global tree says of `tenant`. */
export function tenantLeafOf(summary: TenantSummary): TenantLeaf {
  const { tenant, records, root } = summary;
  return { tenant, streams: eachStream(summary).length, records, root };
}

/** Root over one leaf for each stream, in stream order. */
export function tenantRoot(platform: Platform, streams: readonly StreamLeaf[]): Hash {
  const range = new CompactRange(platform);
  for (const stream of streams) range.append(streamLeafHash(platform, stream));
  return range.root();
}

/** Root over one leaf for each tenant, in tenant order. */
function globalRoot(platform: Platform, tenants: readonly TenantSummary[]): Hash {
  const range = new CompactRange(platform);
  for (const tenant of tenants) range.append(tenantLeafHash(platform, tenantLeafOf(tenant)));
  return range.root();
}

/** The summary over `tenants`, which are in order and whose streams are in order. */
export function summaryOf(platform: Platform, tenants: readonly TenantSummary[]): SnapshotSummary {
  const records = tenants.reduce((sum, tenant) => sum + tenant.records, 0);
  return { records, globalRoot: globalRoot(platform, tenants), tenants };
}

/* A tenant and a stream as the key of a table. */

/** One text for a tenant and a stream; JSON, so that no two places have the same. */
export function placeKey({ tenant, stream }: { readonly tenant: string; readonly stream: string }): string {
  return JSON.stringify([tenant, stream]);
}

/** Records of the streams of a tenant: a bare root that stands alone has none, whatever is stated beside it. */
export function tenantRecords(tenant: TenantSummary | undefined): number {
  return tenant === undefined || tenant.rootOnly === true ? 0 : tenant.records;
}

/* What two sides have, each of its own name: tenants, or the streams of one. */

/** A name with what the baseline and what the current side has of it: one of them, or both. */
export type InBoth<T> = readonly [name: string, was: T | undefined, is: T | undefined];

/** What each side has of each name, in the order of the names; of what one side has twice, the last. */
export function* byName<T>(was: Iterable<T>, is: Iterable<T>, nameOf: (one: T) => string): Generator<InBoth<T>> {
  const named = (list: Iterable<T>): ReadonlyMap<string, T> => new Map([...list].map((one) => [nameOf(one), one]));
  const [before, after] = [named(was), named(is)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compareUtf8);
  for (const name of names) yield [name, before.get(name), after.get(name)];
}

/** A list as it is gone through: what is next of it. */
class Walk<T> {
  readonly #rest: Iterator<T>;
  readonly #nameOf: (one: T) => string;
  #next: T | undefined;
  name: string | undefined;

  constructor(list: Iterable<T>, nameOf: (one: T) => string) {
    this.#rest = list[Symbol.iterator]();
    this.#nameOf = nameOf;
    this.#step();
  }

  /** What there is of this name, which none comes before. */
  take(name: string): T | undefined {
    if (name !== this.name) return undefined;
    const taken = this.#next;
    this.#step();
    return taken;
  }

  #step(): void {
    const before = this.name;
    const { done, value } = this.#rest.next();
    this.#next = done === true ? undefined : value;
    this.name = done === true ? undefined : this.#nameOf(value);
    if (before !== undefined && this.name !== undefined && compareUtf8(before, this.name) >= 0)
      throw new RangeError('a summary is not in order');
  }
}

/**
 * The same of lists that are in order, of which no more is held than one of each.
 *
 * @throws RangeError where one of them is not
 */
export function* inStep<T>(was: Iterable<T>, is: Iterable<T>, nameOf: (one: T) => string): Generator<InBoth<T>> {
  const before = new Walk(was, nameOf);
  // Where both sides are one summary, it is gone through once.
  const after = was === is ? before : new Walk(is, nameOf);
  for (let name = firstOf(before, after); name !== undefined; name = firstOf(before, after)) {
    const one = before.take(name);
    yield [name, one, after === before ? one : after.take(name)];
  }
}

/** The next name of all. */
function firstOf<T>({ name: a }: Walk<T>, { name: b }: Walk<T>): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareUtf8(a, b) <= 0 ? a : b;
}
