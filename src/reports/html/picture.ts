/** What the picture of counts shows, and to which scale: decisions about content, drawn by others. */
import type { Relation, TenantReport } from '../../core/continuity/report.ts';

/** Records before and after. */
export interface Sizes {
  readonly baseline: number;
  readonly current: number;
}

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

/** Records of a tenant, over its streams. */
export function sizesOf({ streams }: Pick<TenantReport, 'streams'>): Sizes {
  let baseline = 0;
  let current = 0;
  for (const stream of streams) {
    baseline += stream.baseline?.size ?? 0;
    current += stream.current?.size ?? 0;
  }
  return { baseline, current };
}

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
