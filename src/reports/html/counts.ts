/** Records of each tenant before and after: a picture, and a table. */
import type { ContinuityReport, Relation, TenantReport } from '../../core/continuity/report.ts';
import { shortened } from '../printable.ts';
import { counted, grouped } from '../text/page.ts';
import { NOT_COMPARED, tally, worstFirst } from '../text/tenants.ts';
import { html, type Markup, NOTHING, named } from './markup.ts';
import { type Bar, type Picture, pictureOf, type Sizes, sizesOf } from './picture.ts';

/** Sizes in CSS pixels. Widths are parts of the whole, so that text keeps its size on every screen. */
const ROW = { height: 56, text: 15, baseline: 23, current: 37, bar: 11 } as const;

/** Rows of the table that are open from the start; the rest is there, and folded. */
const OPEN_ROWS = 40;

/** Relations that need no one's attention. */
export function holds(relation: Relation): boolean {
  return relation !== 'broken' && relation !== 'unknown';
}

/** The relation as a word; its colour comes from its class. */
export function relationBadge(relation: Relation): Markup {
  return html`<span class="badge ${relation}">${relation}</span>`;
}

/** `+6`, `-1` or `0`; with a true minus sign, which is as wide as the plus. None where not all was compared. */
export function difference({ baseline, current }: Sizes, { unjudged }: Pick<TenantReport, 'unjudged'>): string {
  if (unjudged !== undefined) return NOT_COMPARED;
  if (current === baseline) return '0';
  return `${current > baseline ? '+' : '\u2212'}${grouped(Math.abs(current - baseline))}`;
}

function tickLabel(value: number): string {
  return value >= 1_000_000 ? `${value / 1_000_000} M` : grouped(value);
}

/** `part` of `whole` as a percentage, to a thousandth of the width. */
function share(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.round((part / whole) * 100_000) / 1000}%`;
}

function drawBar(bar: Bar, at: number, whole: number): Markup {
  const top = at * ROW.height;
  const width = (size: number): string => share(size, whole);
  const { baseline, current, relation } = bar;
  const word = holds(relation) ? NOTHING : html` <tspan class="bad">${relation.toUpperCase()}</tspan>`;
  const sizes = `${grouped(baseline)} \u2192 ${grouped(current)}`;
  return html`<svg x="0" y="${top}" width="58%" height="${ROW.baseline}"><text x="0" y="${ROW.text}" class="who">${shortened(bar.tenant, 60)}</text></svg>
<text x="100%" y="${top + ROW.text}" text-anchor="end">${sizes}${word}</text>
<rect x="0" y="${top + ROW.baseline}" width="${width(baseline)}" height="${ROW.bar}" class="bar before" fill="url(#hatch)"/>
<rect x="0" y="${top + ROW.current}" width="${width(current)}" height="${ROW.bar}" class="bar after"/>
`;
}

function drawTick(value: number, at: number, { ticks, bars }: Picture): Markup {
  const last = ticks.length - 1;
  const x = share(at, last);
  const height = bars.length * ROW.height;
  const anchor = at === 0 ? 'start' : at === last ? 'end' : 'middle';
  return html`<line x1="${x}" x2="${x}" y1="0" y2="${height}" class="grid"/><text x="${x}" y="${height + 18}" text-anchor="${anchor}" class="tick">${tickLabel(value)}</text>
`;
}

function spoken({ bars }: Picture): string {
  const first = bars
    .slice(0, 3)
    .map((bar) => `${shortened(bar.tenant, 60)} ${bar.baseline} before, ${bar.current} after`);
  return `${first.join('; ')}${bars.length > 3 ? '; the table below has all' : ''}.`;
}

/** What the picture leaves out, in words; nothing if it has all. */
export function leftOutOf({ bars, leftOut }: Picture): string {
  if (leftOut.tenants === 0) return '';
  const records = `${grouped(leftOut.baseline)} records before and ${grouped(leftOut.current)} after`;
  return `The picture shows the ${bars.length} largest tenants. Left out: ${counted(leftOut.tenants, 'tenant')} with ${records}; they are in the tables.`;
}

const LEGEND: Markup = html`<span><svg width="28" height="12" aria-hidden="true"><rect width="28" height="12" class="bar before" fill="url(#hatch)"/></svg> baseline, before</span><span><svg width="28" height="12" aria-hidden="true"><rect width="28" height="12" class="bar after"/></svg> current, after</span>`;

function drawPicture(picture: Picture): Markup {
  const { bars, ticks } = picture;
  const whole = ticks.at(-1) ?? 0;
  const left = leftOutOf(picture);
  return html`<figure>
<p class="legend">${LEGEND}</p>
<svg role="img" aria-labelledby="picture-title picture-text" width="100%" height="${bars.length * ROW.height + 24}" class="picture">
<title id="picture-title">Records of each tenant, before and after</title>
<desc id="picture-text">${spoken(picture)}</desc>
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="hatch-ground"/><rect width="2.5" height="6" class="hatch-line"/></pattern></defs>
${ticks.map((value, at) => drawTick(value, at, picture))}${bars.map((bar, at) => drawBar(bar, at, whole))}</svg>
${left === '' ? NOTHING : html`<figcaption>${left}</figcaption>`}
</figure>
`;
}

function row(tenant: TenantReport): Markup {
  const sizes = sizesOf(tenant);
  const { baseline, current } = sizes;
  return html`<tr><th scope="row">${named(tenant.tenant, 120)}</th><td>${relationBadge(tenant.relation)}</td><td class="number">${grouped(baseline)}</td><td class="number">${grouped(current)}</td><td class="number">${difference(sizes, tenant)}</td><td class="number">${grouped(tenant.streams.length)}</td></tr>
`;
}

function table(tenants: readonly TenantReport[], label: string): Markup {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="tenants"><thead><tr><th scope="col">Tenant</th><th scope="col">Relation</th><th scope="col" class="number">Before</th><th scope="col" class="number">After</th><th scope="col" class="number">Change</th><th scope="col" class="number">Streams</th></tr></thead><tbody>
${tenants.map(row)}</tbody></table></div>
`;
}

/** Counts of every tenant, those that did not hold first. */
export function countsSection({ tenants }: ContinuityReport): Markup {
  const inOrder = worstFirst(tenants);
  const open = inOrder.filter(({ relation }, at) => !holds(relation) || at < OPEN_ROWS);
  const folded = inOrder.slice(open.length);
  const summary =
    tenants.length === 0 ? 'No tenant was read.' : `${counted(tenants.length, 'tenant')}: ${tally(tenants)}.`;
  const more =
    folded.length === 0
      ? NOTHING
      : html`<details class="bulk"><summary>${counted(folded.length, 'more tenant')}, in which everything held: ${tally(folded)}</summary>
${table(folded, 'Records of the other tenants')}</details>
`;
  return html`<section id="counts" aria-labelledby="counts-title"><h2 id="counts-title">Records before and after</h2>
<p>${summary}</p>
${tenants.length === 0 ? NOTHING : html`${drawPicture(pictureOf(tenants))}${table(open, 'Records by tenant')}${more}`}</section>
`;
}
