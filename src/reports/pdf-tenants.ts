/** The part of a PDF report that says, tenant by tenant and stream by stream, what held and what did not; with a picture. */
import type { ContinuityReport, Relation, StreamReport, TenantReport } from '../core/report/report.ts';
import { counted, type Fact, grouped, type Listed } from './facts.ts';
import { colorOf, drawFacts, HASH } from './pdf-parts.ts';
import { COLOR, type Color, leading, linesOf, type Sheet, type TextStyle, widthOf } from './pdf-sheet.ts';
import { CELL, type Piece, piece, Table } from './pdf-table.ts';
import { printable, quoted, shortened } from './printable.ts';
import {
  aboutStream,
  aboutTenant,
  difference,
  globalRootFacts,
  sizesOf,
  streamFacts,
  tally,
  tenantRootFacts,
  toneOfRelation,
  wordOf,
  worstFirst,
} from './relations.ts';

export interface Bar {
  readonly name: string;
  /** Undefined where there is nothing to compare with. */
  readonly before?: number;
  readonly after: number;
}

export interface Legend {
  readonly before?: string;
  readonly after: string;
  /** What one row is, for the rows that are left out. */
  readonly what: string;
  readonly where: string;
}

const LABEL: TextStyle = { face: 'text', size: 7.5, color: COLOR.ink };
const FAINT: TextStyle = { ...CELL, color: COLOR.faint };
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 70;
const BAR_HEIGHT = 6;
const MOST_BARS = 30;

/** `text`, cut at its end so that it is at most `width` points wide. */
function fitted(text: string, width: number): string {
  const [first = '', second] = linesOf(
    LABEL.face,
    LABEL.size,
    printable(text),
    width - widthOf('text', LABEL.size, '…'),
  );
  return second === undefined ? first : `${first}…`;
}

function drawLegend(sheet: Sheet, { before, after }: Legend): void {
  let x = sheet.left;
  const entries: readonly (readonly [string | undefined, Color])[] = [
    [before, COLOR.before],
    [after, COLOR.after],
  ];
  for (const [text, color] of entries) {
    if (text === undefined) continue;
    sheet.box(x, sheet.y + 2, 8, BAR_HEIGHT, color);
    sheet.put(text, x + 12, sheet.y, FAINT);
    x += 30 + widthOf(FAINT.face, FAINT.size, text);
  }
  sheet.y += leading(LABEL.size) + 3;
}

function drawBar(sheet: Sheet, { name, before, after }: Bar, most: number): void {
  const values: readonly (readonly [number, Color])[] = [
    ...(before === undefined ? [] : [[before, COLOR.before] as const]),
    [after, COLOR.after],
  ];
  const height = Math.max(values.length * (BAR_HEIGHT + 2), leading(LABEL.size)) + 4;
  sheet.require(height);
  const x = sheet.left + LABEL_WIDTH;
  const full = sheet.width - LABEL_WIDTH - VALUE_WIDTH;
  sheet.put(fitted(quoted(name), LABEL_WIDTH - 10), sheet.left, sheet.y, LABEL);
  for (const [index, [value, color]] of values.entries()) {
    const y = sheet.y + 1 + index * (BAR_HEIGHT + 2);
    // What is not nothing must not look like nothing.
    const length = value === 0 || most === 0 ? 0 : Math.max(0.75, (value / most) * full);
    if (length > 0) sheet.box(x, y, length, BAR_HEIGHT, color);
    sheet.put(grouped(value), x + length + 4, y - 1.5, { ...FAINT, size: 6.5 });
  }
  sheet.y += height;
}

/** Draws the first rows; says how many others there are. */
export function drawBars(sheet: Sheet, bars: readonly Bar[], legend: Legend): void {
  if (bars.length === 0) return;
  sheet.require(70);
  const alt = `Bars: ${legend.before === undefined ? '' : `${legend.before} and `}${legend.after} of each ${legend.what}`;
  const most = bars.reduce((max, { before = 0, after }) => Math.max(max, before, after), 0);
  const draw = (): void => {
    drawLegend(sheet, legend);
    for (const bar of bars.slice(0, MOST_BARS)) drawBar(sheet, bar, most);
  };
  sheet.inside('Figure', draw, alt);
  const left = bars.length - MOST_BARS;
  if (left > 0) sheet.paragraph(`and ${counted(left, `more ${legend.what}`)}; ${legend.where}`, FAINT);
  sheet.space(6);
}

/** Rows of a table that somebody reads; all of them are in the JSON report. */
const SHOWN = { tenants: 2000, streams: 1000, types: 1000 } as const;

function name(text: string): Piece {
  return piece(quoted(shortened(text, 256)));
}

function relation(of: Relation): Piece {
  return piece(wordOf(of), { ...CELL, face: 'bold', color: colorOf(toneOfRelation(of)) });
}

/** A hash stands whole on one line: so it can be copied, and two of them can be compared by eye. */
function hashPieces(facts: readonly Fact[]): readonly Piece[] {
  return facts.flatMap(({ label, value, as }) =>
    as === 'hash' ? [piece(label, FAINT), piece(String(value), HASH)] : [piece(`${label}: ${value}`)],
  );
}

function others(sheet: Sheet, left: number, what: string): void {
  if (left > 0) sheet.paragraph(`and ${counted(left, what)}; all in the JSON report`, FAINT);
}

function drawTenantTable(sheet: Sheet, tenants: readonly TenantReport[]): void {
  const table = new Table(sheet, [
    { title: 'Tenant', share: 0.51 },
    { title: 'Relation', share: 0.1 },
    { title: 'Before', share: 0.09, right: true },
    { title: 'After', share: 0.09, right: true },
    { title: 'Change', share: 0.09, right: true },
    { title: 'Streams', share: 0.12 },
  ]);
  for (const tenant of tenants.slice(0, SHOWN.tenants)) {
    const sizes = sizesOf(tenant);
    const open = tenant.unjudged === undefined ? [] : [piece(aboutTenant(tenant), FAINT)];
    table.add([
      [name(tenant.tenant), ...open, ...hashPieces(tenantRootFacts(tenant))],
      [relation(tenant.relation)],
      ...[grouped(sizes.baseline), grouped(sizes.current), difference(sizes, tenant.unjudged)].map((text) => [
        piece(text),
      ]),
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
    { title: 'Tenant and stream', share: 0.26 },
    { title: 'Relation', share: 0.1 },
    { title: 'Records', share: 0.13 },
    { title: 'Merkle root of the stream, head of its chain', share: 0.51 },
  ]);
  for (const { tenant, stream } of changed.slice(0, SHOWN.streams)) {
    table.add([
      [name(tenant), name(stream.stream)],
      [relation(stream.relation)],
      [piece(aboutStream(stream))],
      hashPieces(streamFacts(stream)),
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
    const counts = [grouped(baseline), grouped(current), difference({ baseline, current }, of.unjudged)];
    table.add([[name(of.tenant)], [name(type)], ...counts.map((text) => [piece(text)])]);
  }
  others(sheet, rows.length - SHOWN.types, 'more row');
}

/** Pictures and tables of all tenants; what did not hold comes first. */
export function drawTenants(sheet: Sheet, report: ContinuityReport, { title, items }: Listed<TenantReport>): void {
  sheet.heading(title, 1, 140);
  const bars = items.map((tenant): Bar => {
    const { baseline, current } = sizesOf(tenant);
    return { name: tenant.tenant, before: baseline, after: current };
  });
  const legend = { before: 'records before', after: 'records after', what: 'tenant', where: 'all in the table below' };
  drawBars(sheet, bars, legend);
  drawFacts(sheet, globalRootFacts(report));
  if (items.length === 0) return;
  drawTenantTable(sheet, items);
  drawStreams(sheet, items);
  drawTypes(sheet, items);
}
