/** The picture of counts: what it shows, to which scale, and how it is drawn. */
import type { Relation, TenantReport } from '../core/report/report.ts';
import { counted, grouped } from './facts.ts';
import { html, type Markup, NOTHING } from './html-markup.ts';
import { shortened } from './printable.ts';
import { holds, type Sizes, sizesOf, wordOf } from './relations.ts';

/** Sizes in CSS pixels. Widths are parts of the whole, so that text keeps its size on every screen. */
const ROW = { height: 56, text: 15, baseline: 23, current: 37, bar: 11 } as const;

export interface Bar extends Sizes {
  readonly tenant: string;
  readonly relation: Relation;
}

export interface Picture {
  /** The largest tenants, largest first. */
  readonly bars: readonly Bar[];
  /** Records at which a line is drawn, from 0 to the end of the scale. */
  readonly ticks: readonly number[];
  /** The tenants that are too small to be in it, and their records. */
  readonly leftOut: Sizes & { readonly tenants: number };
}

/** More bars than this are not compared at a glance. */
const MOST_BARS = 12;

/** Steps between lines: four at most, so that the numbers below them fit on a telephone. */
const MOST_STEPS = 4;

/**
 * Whole numbers from 0 in equal steps of 1, 2 or 5 times a power of ten, the last at or beyond `largest`.
 *
 * @param largest - records, 0 or more
 */
export function ticksFor(largest: number): readonly number[] {
  let power = 1;
  for (;;) {
    for (const step of [power, 2 * power, 5 * power]) {
      const steps = Math.max(1, Math.ceil(largest / step));
      if (steps <= MOST_STEPS) return Array.from({ length: steps + 1 }, (_, at) => at * step);
    }
    power *= 10;
  }
}

function larger({ baseline, current }: Sizes): number {
  return Math.max(baseline, current);
}

/** Chooses the largest tenants; equal ones stay in the order of the report. */
export function pictureOf(tenants: readonly TenantReport[], mostBars: number = MOST_BARS): Picture {
  const all = tenants.map((tenant) => ({ tenant: tenant.tenant, relation: tenant.relation, ...sizesOf(tenant) }));
  all.sort((a, b) => larger(b) - larger(a));
  const bars = all.slice(0, mostBars);
  const rest = all.slice(mostBars);
  const sum = (side: keyof Sizes): number => rest.reduce((total, bar) => total + bar[side], 0);
  return {
    bars,
    ticks: ticksFor(bars.reduce((most, bar) => Math.max(most, larger(bar)), 0)),
    leftOut: { tenants: rest.length, baseline: sum('baseline'), current: sum('current') },
  };
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
  const word = holds(relation) ? NOTHING : html` <tspan class="bad">${wordOf(relation)}</tspan>`;
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

/** The picture; nothing in it is shown by colour alone. */
export function drawPicture(picture: Picture): Markup {
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
