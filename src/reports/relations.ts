/** What a report says of tenants and streams: how each relates to what it was, how large it is, and its roots. */

import type {
  ContinuityReport,
  Relation,
  StreamReport,
  TenantReport,
  TypeCount,
  Unjudged,
} from '../core/report/report.ts';
import { counted, type Fact, grouped, hash, type Tone, words } from './facts.ts';

const RANK: readonly Relation[] = ['broken', 'unknown', 'migrated', 'extended', 'identical'];

/** Relations that need no one's attention. */
export function holds(relation: Relation): boolean {
  return relation !== 'broken' && relation !== 'unknown';
}

/** The relation as a word: what did not hold is written in capitals, since colour alone says nothing in a log. */
export function wordOf(relation: Relation): string {
  return holds(relation) ? relation : relation.toUpperCase();
}

export function toneOfRelation(relation: Relation): Tone {
  return holds(relation) ? 'good' : relation === 'broken' ? 'bad' : 'doubt';
}

/** What did not hold first; otherwise in the report's order, since the sort is stable. */
export function worstFirst<T extends { readonly relation: Relation }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => RANK.indexOf(a.relation) - RANK.indexOf(b.relation));
}

/** How many of `items` have each relation, as `1 broken, 3 identical`. */
export function tally(items: readonly { readonly relation: Relation }[]): string {
  const parts = RANK.map((relation) => [relation, items.filter((item) => item.relation === relation).length] as const);
  return parts.flatMap(([relation, number]) => (number === 0 ? [] : [`${grouped(number)} ${relation}`])).join(', ');
}

/** Records before and after. */
export interface Sizes {
  readonly baseline: number;
  readonly current: number;
}

/** What stands in the place of a difference where not all was compared: what was not read is not lost. */
const NOT_COMPARED = 'not compared';

/** `+6`, `-1` or `0`; none where not all was compared. */
export function difference({ baseline, current }: Sizes, unjudged?: Unjudged): string {
  if (unjudged !== undefined) return NOT_COMPARED;
  return current === baseline ? '0' : `${current > baseline ? '+' : '-'}${grouped(Math.abs(current - baseline))}`;
}

/** `5 -> 6 (+1)`, or `5 as before`; what was read where not all was compared. */
function change(sizes: Sizes): string {
  const { baseline, current } = sizes;
  return baseline === current
    ? `${grouped(current)} as before`
    : `${grouped(baseline)} -> ${grouped(current)} (${difference(sizes)})`;
}

function changeOf(sizes: Sizes, unjudged: Unjudged | undefined): string {
  if (unjudged === undefined) return change(sizes);
  const open = `${grouped(unjudged.baseline)} and ${grouped(unjudged.current)} of them ${NOT_COMPARED}`;
  return `${grouped(sizes.baseline)} before and ${grouped(sizes.current)} after were read; ${open}`;
}

/** Records of one type before and after. */
export function typeChange(count: TypeCount, { unjudged }: Pick<TenantReport, 'unjudged'>): string {
  if (unjudged === undefined) return change(count);
  return `${grouped(count.baseline)} before and ${grouped(count.current)} after were read`;
}

/** Which side does not have the stream, or was not read so far. */
function absence({ baseline, current, unjudged }: StreamReport): string {
  const side = baseline === null ? 'baseline' : current === null ? 'current side' : undefined;
  if (side === undefined) return '';
  return unjudged === undefined ? `, not in the ${side}` : `, not read in the ${side}`;
}

/** Records of a stream; a side that does not have it has none. */
function sizesOfStream({ baseline, current }: Pick<StreamReport, 'baseline' | 'current'>): Sizes {
  return { baseline: baseline?.size ?? 0, current: current?.size ?? 0 };
}

/** Records of a tenant, over its streams. */
export function sizesOf({ streams }: Pick<TenantReport, 'streams'>): Sizes {
  const sizes = streams.map(sizesOfStream);
  const sum = (side: keyof Sizes): number => sizes.reduce((total, one) => total + one[side], 0);
  return { baseline: sum('baseline'), current: sum('current') };
}

/** `records 5 -> 6 (+1), 1 stream (1 extended)`. */
export function aboutTenant(tenant: TenantReport): string {
  const { streams } = tenant;
  const kinds = streams.length === 0 ? '' : ` (${tally(streams)})`;
  return `records ${changeOf(sizesOf(tenant), tenant.unjudged)}, ${counted(streams.length, 'stream')}${kinds}`;
}

/** `ordered, 5 -> 6 (+1)`, and which side does not have it. */
export function aboutStream(stream: StreamReport): string {
  const sizes = changeOf(sizesOfStream(stream), stream.unjudged);
  return `${stream.ordered ? 'ordered' : 'unordered'}, ${sizes}${absence(stream)}`;
}

function pair(key: string, what: string, baseline: string | null, current: string | null): readonly Fact[] {
  if (baseline === current) return baseline === null ? [] : [hash(key, `${what}, both sides`, baseline)];
  return [hash(key, `${what} before`, baseline, 'none'), hash(key, `${what} after`, current, 'none')];
}

/** The global root of both sides, compared. */
export function globalRootFacts({
  baseline,
  current,
}: Pick<ContinuityReport, 'baseline' | 'current'>): readonly Fact[] {
  return pair('globalRoot', 'global root', baseline.globalRoot, current.globalRoot);
}

export function tenantRootFacts({ baselineRoot, currentRoot }: TenantReport): readonly Fact[] {
  return pair('root', 'tenant root', baselineRoot, currentRoot);
}

/** Whether the history of an ordered stream is still there; nothing where it did not grow, or cannot be determined. */
function prefixFacts({ rootAtBaselineSize, baseline, current }: StreamReport): readonly Fact[] {
  if (rootAtBaselineSize === null || baseline === null || baseline.size === current?.size) return [];
  const label = `root of the first ${counted(baseline.size, 'record')} now`;
  const key = 'rootAtBaselineSize';
  if (rootAtBaselineSize === baseline.root) return [words(key, label, 'equal to the root before')];
  return [hash(key, `${label}, NOT the root before`, rootAtBaselineSize)];
}

/** Roots and heads of a stream, and whether what was there is still its beginning. */
export function streamFacts(stream: StreamReport): readonly Fact[] {
  const { baseline, current } = stream;
  return [
    ...pair('root', 'root', baseline?.root ?? null, current?.root ?? null),
    ...pair('head', 'head', baseline?.head ?? null, current?.head ?? null),
    ...prefixFacts(stream),
  ];
}
