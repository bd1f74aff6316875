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
  /** Records by type. */
  readonly counts: ReadonlyMap<string, number>;
  readonly streams: readonly StreamSummary[];
}

export interface SnapshotSummary {
  readonly records: number;
  readonly globalRoot: Hash;
  readonly tenants: readonly TenantSummary[];
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
