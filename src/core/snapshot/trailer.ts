/** The trailer as a snapshot states it, and where it differs from what its records result in. */

import {
  count,
  type Form,
  filledText,
  flag,
  hash,
  listOf,
  mapOf,
  object,
  oneOf,
  optional,
  textOrNull,
} from '../json/form.ts';
import { compareUtf8 } from '../json/utf8.ts';
import { nodeHash } from '../merkle/tree.ts';
import type { Hash, Platform } from '../platform.ts';
import { present } from '../present.ts';
import {
  eachStream,
  hasBareRoots,
  placeKey,
  type SnapshotSummary,
  type StreamSummary,
  summaryOf,
  type TenantSummary,
  tenantRoot,
} from './summary.ts';

export interface StatedStream {
  readonly stream: string;
  readonly ordered: boolean;
  readonly size: number;
  readonly root?: Hash | undefined;
  readonly head: string | null;
  readonly firstSeq?: number | undefined;
  readonly lastSeq?: number | undefined;
}

export interface StatedTenant {
  readonly tenant: string;
  readonly records: number;
  readonly root?: Hash | undefined;
  /** Undefined where the input makes no statement of them: a file of roots does not. */
  readonly counts?: ReadonlyMap<string, number> | undefined;
  readonly streams: readonly StatedStream[];
  /** Whether its root is all that is stated: `streams` is empty then, and `records` may be 0 for unknown. */
  readonly rootOnly?: boolean;
}

/** Roots may be left out: they are recomputed anyway. */
export interface Trailer {
  readonly records: number;
  readonly globalRoot?: Hash | undefined;
  readonly tenants: readonly StatedTenant[];
  /** Whether the global root is all that is stated: `tenants` is empty then, and `records` may be 0 for unknown. */
  readonly rootOnly?: boolean;
}

/* Its form (docs/snapshot.md, "Trailer"). */

const name = filledText(256);

export const statedStreamForm: Form = object({
  stream: name,
  ordered: flag,
  size: count,
  root: optional(hash),
  head: textOrNull,
  firstSeq: optional(count),
  lastSeq: optional(count),
});

export const statedTenantForm: Form = object({
  tenant: name,
  records: count,
  root: optional(hash),
  counts: mapOf(count),
  streams: listOf(statedStreamForm),
});

export const trailerForm: Form = object({
  kind: oneOf('evidence-snapshot-trailer'),
  records: count,
  globalRoot: optional(hash),
  tenants: listOf(statedTenantForm),
});

/** One place where the trailer states something else than the records result in. */
export interface TrailerDifference {
  readonly tenant?: string;
  readonly stream?: string;
  /** JSON Pointer into the trailer's entry, e.g. `/counts/sbom`. */
  readonly what: string;
  readonly stated: string | number | boolean | null;
  readonly recomputed: string | number | boolean | null;
}

type Place = { readonly tenant?: string; readonly stream?: string };
type Value = string | number | boolean | null | undefined;

class Differences {
  readonly found: TrailerDifference[] = [];

  check(place: Place, what: string, stated: Value, recomputed: Value, optional = false): void {
    if (stated === recomputed || (optional && stated === undefined)) return;
    this.found.push({ ...place, what, stated: stated ?? null, recomputed: recomputed ?? null });
  }
}

function checkStream(
  differences: Differences,
  tenant: string,
  stated: StatedStream,
  is: StreamSummary | undefined,
): void {
  const place = { tenant, stream: stated.stream };
  differences.check(place, '/size', stated.size, is?.size);
  if (is === undefined) return;
  differences.check(place, '/ordered', stated.ordered, is.ordered);
  differences.check(place, '/root', stated.root, is.root, true);
  differences.check(place, '/head', stated.head, is.head);
  differences.check(place, '/firstSeq', stated.firstSeq, is.firstSeq, true);
  differences.check(place, '/lastSeq', stated.lastSeq, is.lastSeq, true);
}

function checkCounts(differences: Differences, stated: StatedTenant, is: TenantSummary | undefined): void {
  const { tenant, counts } = stated;
  if (counts === undefined) return;
  const types = new Set([...counts.keys(), ...(is?.counts.keys() ?? [])]);
  for (const type of types) {
    const pointer = `/counts/${type.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    differences.check({ tenant }, pointer, counts.get(type) ?? 0, is?.counts.get(type) ?? 0);
  }
}

/** Whether the streams are stated one after the other as they are: then there is no difference, and none twice. */
function areStatedRight(stated: readonly StatedStream[], are: ReturnType<typeof eachStream>): boolean {
  if (stated.length !== are.length) return false;
  let at = 0;
  for (const is of are) {
    if (at > 0 && compareUtf8(stated[at - 1]?.stream ?? '', is.stream) >= 0) return false;
    const one = stated[at++];
    if (one?.stream !== is.stream || one.ordered !== is.ordered || one.size !== is.size || one.head !== is.head)
      return false;
    const { root = is.root, firstSeq = is.firstSeq, lastSeq = is.lastSeq } = one;
    if (root !== is.root || firstSeq !== is.firstSeq || lastSeq !== is.lastSeq) return false;
  }
  return true;
}

function checkTenant(differences: Differences, stated: StatedTenant, is: TenantSummary | undefined): void {
  const place = { tenant: stated.tenant };
  differences.check(place, '/records', stated.records, is?.records);
  if (is !== undefined) differences.check(place, '/root', stated.root, is.root, true);
  checkCounts(differences, stated, is);
  if (is !== undefined && areStatedRight(stated.streams, eachStream(is))) return;
  const streams = new Map(is?.streams.map((stream) => [stream.stream, stream]));
  for (const stream of stated.streams) checkStream(differences, stated.tenant, stream, streams.get(stream.stream));
  const named = new Set(stated.streams.map((stream) => stream.stream));
  for (const { stream, size } of is?.streams ?? []) {
    if (!named.has(stream)) differences.check({ tenant: stated.tenant, stream }, '/size', undefined, size);
  }
  checkOrder(
    differences,
    place,
    stated.streams.map((stream) => stream.stream),
  );
}

function isAscending(names: readonly string[]): boolean {
  return names.every((name, at) => at === 0 || compareUtf8(names[at - 1] ?? '', name) < 0);
}

/** Whether tenants and streams are named in order and none twice: else there is no telling which is which. */
export function namesInOrder({ tenants }: Trailer): boolean {
  const streams = tenants.map((tenant) => tenant.streams.map(({ stream }) => stream));
  return isAscending(tenants.map(({ tenant }) => tenant)) && streams.every(isAscending);
}

/** Names stand in UTF-8 order and none twice, since the tree is built over them in that order. */
function checkOrder(differences: Differences, place: Place, names: readonly string[]): void {
  for (let at = 1; at < names.length; at++) {
    const name = names[at] ?? '';
    if (compareUtf8(names[at - 1] ?? '', name) >= 0) differences.check(place, '/order', name, undefined);
  }
}

/** Whether `stated` says of a tenant all that `is` says, or less, and nothing else. */
export function isStatedRight(stated: StatedTenant, is: TenantSummary): boolean {
  if (stated.tenant !== is.tenant) return false;
  const differences = new Differences();
  checkTenant(differences, stated, is);
  return differences.found.length === 0;
}

/** Everything that `stated` says otherwise than `is`. */
export function trailerDifferences(stated: Trailer, is: SnapshotSummary): readonly TrailerDifference[] {
  const differences = new Differences();
  differences.check({}, '/records', stated.records, is.records);
  differences.check({}, '/globalRoot', stated.globalRoot, is.globalRoot, true);
  // What was found right while it was read stands there as it was recomputed.
  const { length } = stated.tenants;
  if (length === is.tenants.length && stated.tenants.every((tenant, at) => tenant === is.tenants[at]))
    return differences.found;
  const tenants = new Map(is.tenants.map((tenant) => [tenant.tenant, tenant]));
  for (const tenant of stated.tenants) {
    const own = tenants.get(tenant.tenant);
    if (own !== tenant) checkTenant(differences, tenant, own);
  }
  const named = new Set(stated.tenants.map((tenant) => tenant.tenant));
  for (const { tenant, records } of is.tenants) {
    if (!named.has(tenant)) differences.check({ tenant }, '/records', undefined, records);
  }
  checkOrder(
    differences,
    {},
    stated.tenants.map((tenant) => tenant.tenant),
  );
  return differences.found;
}

/* What came out of order, as a trailer would state it: each name once, and in order. */

/** What has one name together, in the order of the names. */
function together<T>(all: readonly T[], nameOf: (one: T) => string): readonly (readonly T[])[] {
  const named = new Map<string, T[]>();
  for (const one of all) {
    const parts = named.get(nameOf(one));
    if (parts === undefined) named.set(nameOf(one), [one]);
    else parts.push(one);
  }
  return [...named].sort(([a], [b]) => compareUtf8(a, b)).map(([, parts]) => parts);
}

/** `tenants` in order, none of them twice, and so their streams. Of one in parts the root is over those of its parts. */
export function joinedParts(platform: Platform, tenants: readonly TenantSummary[]): readonly TenantSummary[] {
  const joined = (a: StreamSummary, b: StreamSummary): StreamSummary => {
    return {
      ...b,
      ...present({ firstSeq: a.firstSeq }),
      size: a.size + b.size,
      root: nodeHash(platform, a.root, b.root),
    };
  };
  return together(tenants, ({ tenant }) => tenant).map((parts) => {
    const all = parts.flatMap(({ streams }) => streams);
    const streams = together(all, ({ stream }) => stream).map((same) => same.reduce(joined));
    const counts = new Map<string, number>();
    for (const [type, count] of parts.flatMap((part) => [...part.counts]))
      counts.set(type, (counts.get(type) ?? 0) + count);
    const records = parts.reduce((sum, part) => sum + part.records, 0);
    return { tenant: parts[0]?.tenant ?? '', records, root: tenantRoot(platform, streams), counts, streams };
  });
}

/** As many positions as records lie between the first and the last; where they may leap, at least so many. */
function checkRange(
  differences: Differences,
  tenant: string,
  { stream, size, ordered, firstSeq, lastSeq }: StatedStream,
  mayLeap: boolean,
): void {
  if (!ordered || firstSeq === undefined || lastSeq === undefined) return;
  const least = firstSeq + size - 1;
  if (lastSeq > least && mayLeap) return;
  differences.check({ tenant, stream }, '/lastSeq', lastSeq, least);
}

/**
 * Where a trailer without records contradicts itself, beyond its roots: with nothing to recompute from, the sums must
 * at least be right.
 *
 * @param mayLeap - whether the positions of a stream may have gaps
 */
export function summaryDifferences(
  stated: Trailer,
  mayLeap: (stream: string) => boolean = () => false,
): readonly TrailerDifference[] {
  const differences = new Differences();
  for (const { tenant, records, counts, streams, rootOnly } of stated.tenants) {
    const counted = counts === undefined ? records : [...counts.values()].reduce((sum, count) => sum + count, 0);
    differences.check({ tenant }, '/counts', counted, records);
    if (streams.length === 0 && rootOnly !== true) differences.check({ tenant }, '/streams', 0, undefined);
    for (const stream of streams) {
      if (stream.size === 0) differences.check({ tenant, stream: stream.stream }, '/size', 0, undefined);
      checkRange(differences, tenant, stream, mayLeap(stream.stream));
    }
  }
  return differences.found;
}

/** More records than this are in no store; two sides of so many still add up to a number that a double holds. */
const MOST_RECORDS = 2 ** 52;

/** Whether what a trailer without records states can be counted: its sums are numbers that a double holds exactly. */
export function isCountable({ records, tenants }: Trailer): boolean {
  let sizes = 0;
  let stated = 0;
  for (const tenant of tenants) {
    stated += tenant.records;
    for (const { size } of tenant.streams) sizes += size;
  }
  return Math.max(records, stated, sizes) <= MOST_RECORDS;
}

/** The streams that a tenant states; undefined if one has no root, so that nothing can be recomputed. */
function streamsOf(stated: readonly StatedStream[]): readonly StreamSummary[] | undefined {
  const streams: StreamSummary[] = [];
  for (const { stream, ordered, size, root, head, firstSeq, lastSeq } of stated) {
    if (root === undefined) return undefined;
    const range = firstSeq === undefined || lastSeq === undefined ? {} : { firstSeq, lastSeq };
    streams.push({ stream, ordered, size, root, head, ...range });
  }
  return streams;
}

function tenantOfTrailer(platform: Platform, stated: StatedTenant): TenantSummary | undefined {
  const { tenant, records, root, counts = new Map(), rootOnly } = stated;
  if (rootOnly === true) {
    return root === undefined ? undefined : { tenant, records, root, counts, streams: [], rootOnly };
  }
  const streams = streamsOf(stated.streams);
  if (streams === undefined) return undefined;
  const sizes = streams.reduce((sum, stream) => sum + stream.size, 0);
  return { tenant, records: sizes, root: tenantRoot(platform, streams), counts, streams };
}

/**
 * What a trailer without records results in: its own stream roots, and tenant and global roots recomputed from them.
 * Where it states bare roots alone there is nothing to recompute: they are taken as they are, and marked as such.
 *
 * @returns undefined if a root is missing, so that nothing can be recomputed
 */
export function summaryOfTrailer(platform: Platform, trailer: Trailer): SnapshotSummary | undefined {
  const { records, globalRoot, rootOnly } = trailer;
  if (rootOnly === true) {
    return globalRoot === undefined ? undefined : { records, globalRoot, tenants: [], rootOnly };
  }
  const tenants: TenantSummary[] = [];
  for (const stated of trailer.tenants) {
    const tenant = tenantOfTrailer(platform, stated);
    if (tenant === undefined) return undefined;
    tenants.push(tenant);
  }
  const summary = summaryOf(platform, tenants);
  // The leaf of a tenant holds the number of its streams, which a bare root does not tell.
  if (!hasBareRoots(summary)) return summary;
  return globalRoot === undefined ? undefined : { ...summary, globalRoot };
}

/** The sizes of ordered streams that a trailer states, by `placeKey`; none of a source that states nothing. */
export function orderedSizes(trailer: Trailer | undefined): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { tenant, streams } of trailer?.tenants ?? []) {
    for (const { stream, ordered, size } of streams) {
      // The first records of a set are any records: their root says nothing.
      if (ordered) sizes.set(placeKey({ tenant, stream }), size);
    }
  }
  return sizes;
}
