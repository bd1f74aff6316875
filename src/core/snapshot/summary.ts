/** What a snapshot comes down to: counts and roots by stream, tenant and in all (docs/snapshot.md, "Trees"). */
import { canonicalBytes } from '../json/canonical.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { CompactRange, leafHash } from '../merkle/tree.ts';
import type { Hash, Platform } from '../platform.ts';

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

type Packed = readonly [string, boolean, number, Hash, string | null, number | null, number | null];

function unpacked(text: string): readonly StreamSummary[] {
  return (JSON.parse(text) as readonly Packed[]).map(([stream, ordered, size, root, head, firstSeq, lastSeq]) => {
    const seqs = firstSeq === null || lastSeq === null ? {} : { firstSeq, lastSeq };
    return { stream, ordered, size, root, head, ...seqs };
  });
}

/** Streams in the order in which they were added: many are kept as text, at half of what they take else. */
export class StreamList {
  readonly #memo: SummaryMemo;
  readonly #packed: string[] = [];
  #last: StreamSummary[] = [];

  constructor(memo: SummaryMemo) {
    this.#memo = memo;
  }

  get isLong(): boolean {
    return this.#packed.length > 0 || this.#last.length > FEW_STREAMS;
  }

  add(stream: StreamSummary): void {
    if (this.#last.length === PACKED_STREAMS) this.pack();
    this.#last.push(this.#memo.stream(stream));
  }

  /** All of them, as they were added. */
  all(): readonly StreamSummary[] {
    return [...this.#packed.flatMap(unpacked), ...this.#last];
  }

  /** Keeps all that were added so far as text. */
  pack(): void {
    const packed = this.#last.map(({ stream, ordered, size, root, head, firstSeq = null, lastSeq = null }): Packed => {
      return [stream, ordered, size, root, head, firstSeq, lastSeq];
    });
    this.#packed.push(this.#memo.text(JSON.stringify(packed)));
    this.#last = [];
  }

  /** Whether both have the same streams. */
  isSame(other: StreamList): boolean {
    return isSameList(this.#packed, other.#packed) && isSameList(this.#last, other.#last);
  }
}

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

/**
 * The last stream and the last tenant that were summed up, by whichever side of a comparison: where the other one comes to
 * the same, one summary stands for both, and most do.
 */
export class SummaryMemo {
  #stream: StreamSummary | undefined;
  #text = '';
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

  /** Likewise of streams that are kept as text. */
  text(packed: string): string {
    if (packed !== this.#text) this.#text = packed;
    return this.#text;
  }

  /** A tenant of these streams, which are all that it has, or the same of the other side. */
  tenant(about: Omit<TenantSummary, 'streams'>, streams: StreamList): TenantSummary {
    if (streams.isLong) streams.pack();
    const last = this.#tenant;
    if (last !== undefined && this.#streams?.isSame(streams) === true && isSameTenant(last, about)) return last;
    const counts = this.#sameCounts(about.counts);
    this.#streams = streams;
    this.#tenant = tenantOf({ ...about, counts }, streams);
    return this.#tenant;
  }

  /** Most tenants have records of the same types, and many as many of each. */
  #sameCounts(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    if (this.#counts === undefined || !isSameList([...this.#counts].flat(), [...counts].flat())) this.#counts = counts;
    return this.#counts;
  }
}

function tenantOf(about: Omit<TenantSummary, 'streams'>, streams: StreamList): TenantSummary {
  if (!streams.isLong) return { ...about, streams: streams.all() };
  return withMany(about, 'streams', () => streams.all());
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
export function tenantLeafOf({ tenant, streams, records, root }: TenantSummary): TenantLeaf {
  return { tenant, streams: streams.length, records, root };
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

/** The streams of a tenant by their names, which are asked for once: of many they are made each time. */
export function streamsOf(tenant: TenantSummary | undefined): ReadonlyMap<string, StreamSummary> {
  return new Map(tenant?.streams.map((stream) => [stream.stream, stream]));
}

/** Records of the streams of a tenant: a bare root that stands alone has none, whatever is stated beside it. */
export function tenantRecords(tenant: TenantSummary | undefined): number {
  return tenant === undefined || tenant.rootOnly === true ? 0 : tenant.records;
}
