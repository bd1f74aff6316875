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

/**
 * The last stream and the last tenant that were summed up, by whichever side of a comparison: where the other one comes to
 * the same, one summary stands for both, and most do.
 */
export class SummaryMemo {
  #stream: StreamSummary | undefined;
  #tenant: TenantSummary | undefined;

  /** `summary`, or the same of the other side. */
  stream(summary: StreamSummary): StreamSummary {
    const last = this.#stream;
    if (last !== undefined && STREAM_MEMBERS.every((member) => last[member] === summary[member])) return last;
    this.#stream = summary;
    return summary;
  }

  /** Likewise; of its streams each must be the one that `stream` has given. */
  tenant(summary: TenantSummary): TenantSummary {
    const last = this.#tenant;
    if (last !== undefined && isSameTenant(last, summary)) return last;
    this.#tenant = summary;
    return summary;
  }
}

const STREAM_MEMBERS = ['stream', 'ordered', 'size', 'root', 'head', 'firstSeq', 'lastSeq'] as const;

function isSameTenant(a: TenantSummary, b: TenantSummary): boolean {
  if (a.tenant !== b.tenant || a.records !== b.records || a.root !== b.root) return false;
  if (a.counts.size !== b.counts.size || a.streams.length !== b.streams.length) return false;
  for (const [type, count] of a.counts) if (b.counts.get(type) !== count) return false;
  return a.streams.every((stream, at) => stream === b.streams[at]);
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
