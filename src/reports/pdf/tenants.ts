/** The part of a PDF report that says, tenant by tenant and stream by stream, what held and what did not. */
import type { ContinuityReport, Relation, StreamReport, TenantReport } from '../../core/continuity/report.ts';
import { quoted, shortened } from '../printable.ts';
import { counted, grouped } from '../text/page.ts';
import { change, NOT_COMPARED, tally, WORD_OF, worstFirst } from '../text/tenants.ts';
import { drawBars } from './bars.ts';
import { COLOR, type Color, type Sheet } from './sheet.ts';
import { CELL, CODE, type Piece, piece, Table } from './table.ts';

/** Rows of a table that somebody reads; all of them are in the JSON report. */
const SHOWN = { tenants: 2000, streams: 1000, types: 1000 } as const;

const COLOR_OF: Readonly<Record<Relation, Color>> = {
  identical: COLOR.good,
  extended: COLOR.good,
  migrated: COLOR.good,
  broken: COLOR.bad,
  unknown: COLOR.doubt,
};

/** A root stands on one line: so two of them can be compared by eye. */
const ROOT: typeof CODE = { ...CODE, size: 6.3 };

function name(text: string): Piece {
  return piece(quoted(shortened(text, 256)));
}

function relation(of: Relation): Piece {
  return piece(WORD_OF[of], { ...CELL, face: 'bold', color: COLOR_OF[of] });
}

function sizeOf({ streams }: TenantReport, side: 'baseline' | 'current'): number {
  return streams.reduce((sum, stream) => sum + (stream[side]?.size ?? 0), 0);
}

function signed(difference: number, { unjudged }: Pick<TenantReport, 'unjudged'>): string {
  if (unjudged !== undefined) return NOT_COMPARED;
  return difference === 0 ? '0' : `${difference > 0 ? '+' : '-'}${grouped(Math.abs(difference))}`;
}

function others(sheet: Sheet, left: number, what: string): void {
  if (left > 0) sheet.paragraph(`and ${counted(left, what)}; all in the JSON report`, { ...CELL, color: COLOR.faint });
}

function drawTenantTable(sheet: Sheet, tenants: readonly TenantReport[]): void {
  const table = new Table(sheet, [
    { title: 'Tenant', share: 0.34 },
    { title: 'Relation', share: 0.13 },
    { title: 'Before', share: 0.12, right: true },
    { title: 'After', share: 0.12, right: true },
    { title: 'Change', share: 0.12, right: true },
    { title: 'Streams', share: 0.17 },
  ]);
  for (const tenant of tenants.slice(0, SHOWN.tenants)) {
    const [before, after] = [sizeOf(tenant, 'baseline'), sizeOf(tenant, 'current')];
    table.add([
      [name(tenant.tenant)],
      [relation(tenant.relation)],
      [piece(grouped(before))],
      [piece(grouped(after))],
      [piece(signed(after - before, tenant))],
      [piece(tally(tenant.streams))],
    ]);
  }
  others(sheet, tenants.length - SHOWN.tenants, 'more tenant');
}

interface Placed {
  readonly tenant: string;
  readonly stream: StreamReport;
  readonly relation: Relation;
}

function rootPieces({ baseline, current, rootAtBaselineSize }: StreamReport): readonly Piece[] {
  const pieces = [piece(`before ${baseline?.root ?? 'none'}`, ROOT), piece(`after  ${current?.root ?? 'none'}`, ROOT)];
  if (rootAtBaselineSize === null || baseline === null || baseline.size === current?.size) return pieces;
  if (rootAtBaselineSize === baseline.root) {
    return [
      ...pieces,
      piece(`The first ${counted(baseline.size, 'record')} of the current side give the root before.`),
    ];
  }
  return [...pieces, piece(`NOT the root before, at its size: ${rootAtBaselineSize}`, { ...ROOT, color: COLOR.bad })];
}

function drawStreams(sheet: Sheet, tenants: readonly TenantReport[]): void {
  const all = tenants.flatMap(({ tenant, streams }) =>
    streams.map((stream): Placed => ({ tenant, stream, relation: stream.relation })),
  );
  const changed = worstFirst(all.filter((placed) => placed.relation !== 'identical'));
  const same = all.length - changed.length;
  sheet.heading('Streams that changed', 2, 90);
  sheet.paragraph(
    `${counted(same, 'stream')} of ${grouped(all.length)} ${same === 1 ? 'is' : 'are'} identical on both sides and not listed here.`,
  );
  if (changed.length === 0) return;
  sheet.space(4);
  const table = new Table(sheet, [
    { title: 'Tenant and stream', share: 0.24 },
    { title: 'Relation', share: 0.1 },
    { title: 'Records', share: 0.1 },
    { title: 'Merkle root of the stream', share: 0.56 },
  ]);
  for (const { tenant, stream } of changed.slice(0, SHOWN.streams)) {
    const sizes = change(stream.baseline?.size ?? 0, stream.current?.size ?? 0, stream.unjudged);
    const order = stream.ordered ? 'ordered' : 'unordered';
    table.add([
      [name(tenant), name(stream.stream), piece(order, { ...CELL, color: COLOR.faint })],
      [relation(stream.relation)],
      [piece(sizes)],
      rootPieces(stream),
    ]);
  }
  others(sheet, changed.length - SHOWN.streams, 'more stream');
}

function drawTypes(sheet: Sheet, tenants: readonly TenantReport[]): void {
  const rows = tenants.flatMap((of) => of.counts.map((count) => ({ of, ...count })));
  if (rows.length === 0) return;
  sheet.heading('Counts by type', 2, 90);
  const table = new Table(sheet, [
    { title: 'Tenant', share: 0.32 },
    { title: 'Type', share: 0.32 },
    { title: 'Before', share: 0.12, right: true },
    { title: 'After', share: 0.12, right: true },
    { title: 'Change', share: 0.12, right: true },
  ]);
  const changedFirst = [...rows].sort((a, b) => Number(a.baseline === a.current) - Number(b.baseline === b.current));
  for (const { of, type, baseline, current } of changedFirst.slice(0, SHOWN.types)) {
    const counts = [grouped(baseline), grouped(current), signed(current - baseline, of)];
    table.add([[name(of.tenant)], [name(type)], ...counts.map((text) => [piece(text)])]);
  }
  others(sheet, rows.length - SHOWN.types, 'more row');
}

/** Pictures and tables of all tenants; what did not hold comes first. */
export function drawTenants(sheet: Sheet, report: ContinuityReport): void {
  const tenants = worstFirst(report.tenants);
  sheet.heading(`Tenants: ${tenants.length === 0 ? 'none' : `${grouped(tenants.length)} (${tally(tenants)})`}`, 1, 140);
  const bars = tenants.map((tenant) => ({
    name: tenant.tenant,
    before: sizeOf(tenant, 'baseline'),
    after: sizeOf(tenant, 'current'),
  }));
  const legend = { before: 'records before', after: 'records after', what: 'tenant', where: 'all in the table below' };
  drawBars(sheet, bars, legend);
  if (tenants.length === 0) return;
  drawTenantTable(sheet, tenants);
  drawStreams(sheet, tenants);
  drawTypes(sheet, tenants);
}
