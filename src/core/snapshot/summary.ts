/** What a snapshot comes down to: counts and roots by stream, tenant and in all (docs/snapshot.md, "Trees"). */
import { canonicalBytes } from '../json/canonical.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { CompactRange } from '../merkle/compact-range.ts';
import { leafHash } from '../merkle/rfc9162.ts';
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

/** Root over one leaf for each stream, in stream order. */
export function tenantRoot(platform: Platform, streams: readonly StreamSummary[]): Hash {
  const range = new CompactRange(platform);
  for (const { stream, ordered, size, root, head } of streams) {
    range.append(
      leafOf(platform, [
        ['stream', stream],
        ['ordered', ordered],
        ['size', number(size)],
        ['root', root],
        ['head', head],
      ]),
    );
  }
  return range.root();
}

/** Root over one leaf for each tenant, in tenant order. */
function globalRoot(platform: Platform, tenants: readonly TenantSummary[]): Hash {
  const range = new CompactRange(platform);
  for (const { tenant, streams, records, root } of tenants) {
    range.append(
      leafOf(platform, [
        ['tenant', tenant],
        ['streams', number(streams.length)],
        ['records', number(records)],
        ['root', root],
      ]),
    );
  }
  return range.root();
}

/** The summary over `tenants`, which are in order and whose streams are in order. */
export function summaryOf(platform: Platform, tenants: readonly TenantSummary[]): SnapshotSummary {
  const records = tenants.reduce((sum, tenant) => sum + tenant.records, 0);
  return { records, globalRoot: globalRoot(platform, tenants), tenants };
}
