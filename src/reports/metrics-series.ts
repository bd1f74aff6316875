/** The samples of one run. Names of tenants and types come from the evidence: how many series they make is bounded. */
import { classOf, FINDING_KINDS } from '../core/kinds.ts';
import type { MetricsFacts } from './metrics.ts';

/** Tenants with series of their own; the others are summed up under the empty one, which no tenant is called. */
export const MOST_TENANTS = 100;

/** Types with series of their own, likewise. */
export const MOST_TYPES = 50;

/** The name for what is not told apart. */
const UNTOLD = '';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** `text` as UTF-8 can say it. Done before it is summed up by: what reads alike must be one series. */
function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}

/** Sums by labels: no series comes twice, since a file in which one does is refused as a whole. */
class Sums {
  readonly #samples: Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }> = new Map();

  add(given: Readonly<Record<string, string>>, value: number): void {
    const labels = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, wellFormed(text)]));
    const key = JSON.stringify(Object.values(labels));
    const sample = this.#samples.get(key);
    if (sample === undefined) this.#samples.set(key, { labels, value });
    else sample.value += value;
  }

  list(): readonly Sample[] {
    return [...this.#samples.values()];
  }
}

/** The samples of what was found, and of what was read. */
export class Series {
  readonly #facts: MetricsFacts;
  readonly #tenants: ReadonlySet<string>;
  readonly #types: ReadonlySet<string>;
  /** Tenants that are summed up. */
  readonly untold: number;

  constructor(facts: MetricsFacts) {
    this.#facts = facts;
    const failed = facts.findings.flatMap(({ class: forced, tenant }) =>
      forced === 'FAIL' && tenant !== undefined ? [tenant] : [],
    );
    // Those with failures first: they are what an alert must be able to name.
    const all = new Set([...failed, ...facts.records.map(({ tenant }) => tenant)]);
    this.#tenants = new Set([...all].slice(0, MOST_TENANTS));
    this.untold = all.size - this.#tenants.size;
    this.#types = new Set([...new Set(facts.records.map(({ type }) => type))].slice(0, MOST_TYPES));
  }

  #tenant(name: string | undefined): string {
    return name !== undefined && this.#tenants.has(name) ? name : UNTOLD;
  }

  #countOf(kind: string): number {
    const { findingCounts } = this.#facts;
    return Object.hasOwn(findingCounts, kind) ? (findingCounts[kind] ?? 0) : 0;
  }

  /**
   * For every kind of the class FAIL one sample without a tenant, also if it is 0: an alert on absence and one on more
   * than 0 both work. It has what is about the whole, and what was counted and not listed; the sum over all tenants is
   * what was counted.
   */
  failures(): readonly Sample[] {
    const { findings, mode, verdict } = this.#facts;
    const isWhole = verdict === 'PASS' || verdict === 'FAIL';
    const sums = new Sums();
    for (const kind of FINDING_KINDS) {
      if (classOf(kind, mode) !== 'FAIL') continue;
      const own = findings.filter((finding) => finding.kind === kind);
      const told = own.filter(({ tenant }) => this.#tenant(tenant) !== UNTOLD);
      sums.add({ tenant: UNTOLD, kind }, Math.max(this.#countOf(kind), own.length) - told.length);
      for (const { tenant } of told) sums.add({ tenant: this.#tenant(tenant), kind }, 1);
    }
    return sums.list().filter(({ value }) => isWhole || value > 0);
  }

  /** One for every kind there is, also if it is 0. */
  findings(): readonly Sample[] {
    const { mode } = this.#facts;
    return FINDING_KINDS.map((kind) => ({ labels: { class: classOf(kind, mode), kind }, value: this.#countOf(kind) }));
  }

  records(): readonly Sample[] {
    const sums = new Sums();
    for (const { tenant, type, side, count } of this.#facts.records) {
      sums.add({ tenant: this.#tenant(tenant), type: this.#types.has(type) ? type : UNTOLD, side }, count);
    }
    return sums.list();
  }
}
