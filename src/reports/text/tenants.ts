/** The part of the text report that says, tenant by tenant, what held and what did not. */
import type {
  ContinuityReport,
  Relation,
  StreamReport,
  StreamSide,
  TenantReport,
  TypeCount,
} from '../../core/continuity/report.ts';
import type { Unjudged } from '../../core/continuity/tally.ts';
import { quoted, shortened } from '../printable.ts';
import { counted, grouped, type Page, type Style } from './page.ts';

/** More than this is not read on a screen; what is left out is counted, and all of it is in the JSON report. */
const SHOWN = { tenants: 50, streams: 20, types: 20 } as const;

const STYLE_OF: Readonly<Record<Relation, Style>> = {
  identical: 'good',
  extended: 'good',
  migrated: 'good',
  broken: 'bad',
  unknown: 'doubt',
};

/** What did not hold is written in capitals: colour alone says nothing in a log. */
export const WORD_OF: Readonly<Record<Relation, string>> = {
  identical: 'identical',
  extended: 'extended',
  migrated: 'migrated',
  broken: 'BROKEN',
  unknown: 'UNKNOWN',
};

const RANK: readonly Relation[] = ['broken', 'unknown', 'migrated', 'extended', 'identical'];

/** What did not hold first; otherwise in the report's order, since the sort is stable. */
export function worstFirst<T extends { readonly relation: Relation }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => RANK.indexOf(a.relation) - RANK.indexOf(b.relation));
}

/** How many of `items` have each relation, as `1 broken, 3 identical`. */
export function tally(items: readonly { readonly relation: Relation }[]): string {
  const parts = RANK.map((relation) => ({
    relation,
    count: items.filter((item) => item.relation === relation).length,
  }));
  return parts.flatMap(({ relation, count }) => (count === 0 ? [] : [`${grouped(count)} ${relation}`])).join(', ');
}

/** What stands in the place of a difference where not all was compared: what was not read is not lost. */
export const NOT_COMPARED = 'not compared';

/** `5 -> 6 (+1)`, or `5 as before`; without a difference where not all was compared. */
export function change(baseline: number, current: number, unjudged?: Unjudged): string {
  if (unjudged !== undefined) {
    const open = `${grouped(unjudged.baseline)} and ${grouped(unjudged.current)} of them ${NOT_COMPARED}`;
    return `${grouped(baseline)} before and ${grouped(current)} after were read; ${open}`;
  }
  const difference = current - baseline;
  if (difference === 0) return `${grouped(current)} as before`;
  return `${grouped(baseline)} -> ${grouped(current)} (${difference > 0 ? '+' : '-'}${grouped(Math.abs(difference))})`;
}

/** Abbreviated only where both are equal: two roots that differ are shown in full, since they will be compared. */
function writeHashes(page: Page, indent: string, what: string, baseline: string | null, current: string | null): void {
  if (baseline === current) {
    if (baseline !== null) page.line(`${indent}${what} ${baseline.slice(0, 16)}... on both sides`);
    return;
  }
  page.line(`${indent}${what} before ${baseline ?? 'none'}`);
  page.line(`${indent}${' '.repeat(what.length)} after  ${current ?? 'none'}`);
}

/** Which side does not have the stream, or was not read so far. */
export function absence({ baseline, current, unjudged }: StreamReport, before: string): string {
  const side = baseline === null ? 'baseline' : current === null ? 'current side' : undefined;
  if (side === undefined) return '';
  return unjudged === undefined ? `${before}not in the ${side}` : `${before}not read in the ${side}`;
}

function writeStream(page: Page, stream: StreamReport): void {
  const { baseline, current } = stream;
  const sizes = change(baseline?.size ?? 0, current?.size ?? 0, stream.unjudged);
  const order = stream.ordered ? 'ordered' : 'unordered';
  const absent = absence(stream, '; ');
  const name = quoted(shortened(stream.stream, 200));
  const line = `    ${WORD_OF[stream.relation]} stream ${name} (${order}): ${sizes}${absent}`;
  if (stream.relation === 'identical') {
    page.line(`${line}, root ${(current?.root ?? '').slice(0, 16)}...`, 'good');
    return;
  }
  page.line(line, STYLE_OF[stream.relation]);
  const hash = (side: StreamSide | null, member: 'root' | 'head'): string | null => side?.[member] ?? null;
  writeHashes(page, '      ', 'root', hash(baseline, 'root'), hash(current, 'root'));
  writeHashes(page, '      ', 'head', hash(baseline, 'head'), hash(current, 'head'));
  const { rootAtBaselineSize } = stream;
  if (rootAtBaselineSize === null || baseline === null || baseline.size === current?.size) return;
  const equal = rootAtBaselineSize === baseline.root;
  const verdict = equal ? "equal to the baseline's root" : `${rootAtBaselineSize}, NOT the baseline's root`;
  page.line(`      root of the first ${counted(baseline.size, 'record')} of the current side: ${verdict}`);
}

function typeChange({ baseline, current }: TypeCount, compared: boolean): string {
  if (compared) return change(baseline, current);
  return `${grouped(baseline)} before and ${grouped(current)} after were read`;
}

function writeCounts(page: Page, { counts, unjudged }: TenantReport): void {
  const changed = counts.filter(({ baseline, current }) => baseline !== current);
  const same = counts.filter(({ baseline, current }) => baseline === current);
  const name = ({ type }: TypeCount): string => quoted(shortened(type, 200));
  for (const count of changed.slice(0, SHOWN.types)) {
    page.line(`    type ${name(count)}: ${typeChange(count, unjudged === undefined)}`);
  }
  const left = changed.slice(SHOWN.types);
  if (left.length > 0) page.line(`    and ${counted(left.length, 'more type')}; all in the JSON report`);
  const kept = same.slice(0, SHOWN.types).map((count) => `${name(count)} ${grouped(count.current)}`);
  const more = same.length > kept.length ? ` and ${counted(same.length - kept.length, 'more type')}` : '';
  if (kept.length > 0) page.line(`    types as before: ${kept.join(', ')}${more}`);
}

function writeTenant(page: Page, tenant: TenantReport): void {
  const { relation, streams } = tenant;
  const size = (side: 'baseline' | 'current'): number => streams.reduce((sum, s) => sum + (s[side]?.size ?? 0), 0);
  const records = `records ${change(size('baseline'), size('current'), tenant.unjudged)}`;
  const summary = `${records}, ${counted(streams.length, 'stream')} (${tally(streams)})`;
  page.line(`  ${WORD_OF[relation]} ${quoted(shortened(tenant.tenant, 200))}: ${summary}`, STYLE_OF[relation]);
  writeHashes(page, '    ', 'root', tenant.baselineRoot, tenant.currentRoot);
  writeCounts(page, tenant);
  const shown = worstFirst(streams).slice(0, SHOWN.streams);
  for (const stream of shown) writeStream(page, stream);
  const left = worstFirst(streams).slice(SHOWN.streams);
  if (left.length > 0)
    page.line(`    and ${counted(left.length, 'more stream')} (${tally(left)}); all in the JSON report`);
}

/** Every tenant's relation, counts, streams and roots; what did not hold comes first. */
export function writeTenants(page: Page, report: ContinuityReport): void {
  const { tenants } = report;
  page.title(`Tenants: ${tenants.length === 0 ? 'none' : `${grouped(tenants.length)} (${tally(tenants)})`}`);
  const inOrder = worstFirst(tenants);
  for (const tenant of inOrder.slice(0, SHOWN.tenants)) writeTenant(page, tenant);
  const left = inOrder.slice(SHOWN.tenants);
  if (left.length > 0)
    page.line(`  and ${counted(left.length, 'more tenant')} (${tally(left)}); all in the JSON report`);
}
