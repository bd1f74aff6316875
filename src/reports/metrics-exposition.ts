/**
 * Metrics in Prometheus' text exposition format 0.0.4, for the textfile collector of the node exporter.
 *
 * A run writes the file twice. At its start it says that a run is in progress, with the verdict INCOMPLETE and nothing
 * that was counted; at its end, the result. So a run that is killed leaves no PASS of an older one behind.
 */
import { momentOf } from '../core/instant.ts';
import { classOf, FINDING_KINDS } from '../core/kinds.ts';
import type { CountPair } from '../core/report/count-by.ts';
import type { Verdict } from '../core/report/report.ts';
import { METRICS, type MetricName } from '../wire/metric-names.ts';
import type { MetricsFacts } from './metrics.ts';

/** Labels that every series gets, besides its own. */
export type ConstantLabels = readonly (readonly [name: string, value: string])[];

const VERDICTS: readonly Verdict[] = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'];

/** The three escapes of the format; the rest is as it is. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function sampleLine(name: MetricName, { labels, value }: Sample, constant: ConstantLabels): string {
  const pairs = [...Object.entries(labels), ...constant].map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
}

function family(name: MetricName, samples: readonly Sample[], constant: ConstantLabels): string {
  if (samples.length === 0) return '';
  const { help, type } = METRICS[name];
  const lines = samples.map((sample) => sampleLine(name, sample, constant));
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function secondsOf(instant: string | null): number | undefined {
  const milliseconds = momentOf(instant);
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

/** To milliseconds: what doubles add to a difference is noise. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function plain(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}

function verdictSamples(verdict: Verdict): readonly Sample[] {
  return VERDICTS.map((name) => ({ labels: { verdict: name }, value: Number(name === verdict) }));
}

function storeSamples(store: MetricsFacts['store']): readonly Sample[] {
  if (store === undefined) return [];
  const { system, database, systemIdentifier } = store;
  const labels = { store_system: system, store_database: database, store_system_identifier: systemIdentifier };
  return [{ labels, value: 1 }];
}

function verdictName(about: MetricsFacts['about']): MetricName {
  return about === 'continuity' ? 'evidence_continuity_verdict' : 'evidence_soundness_verdict';
}

/** What a file of metrics holds while a run is in progress, and after it if it never ends. */
export function metricsOfUnfinishedRun(
  about: MetricsFacts['about'],
  startedAt: string,
  constant: ConstantLabels = [],
): string {
  const text = (name: MetricName, samples: readonly Sample[]): string => family(name, samples, constant);
  return [
    text(verdictName(about), verdictSamples('INCOMPLETE')),
    text('evidence_verify_in_progress', plain(1)),
    text('evidence_verify_started_timestamp_seconds', plain(secondsOf(startedAt))),
  ].join('');
}

/** The metrics of a run that ended. */
export function renderMetrics(facts: MetricsFacts, constant: ConstantLabels = []): string {
  const series = new Series(facts);
  const captured = secondsOf(facts.baselineCapturedAt);
  const finished = secondsOf(facts.finishedAt);
  const age = captured === undefined || finished === undefined ? undefined : rounded(finished - captured);
  const text = (name: MetricName, samples: readonly Sample[]): string => family(name, samples, constant);
  return [
    text('evidence_store_info', storeSamples(facts.store)),
    text(verdictName(facts.about), verdictSamples(facts.verdict)),
    text('evidence_failures_total', series.failures()),
    text('evidence_findings_total', series.findings()),
    text('evidence_records', series.records()),
    text('evidence_records_by_attribute', series.byAttribute()),
    text('evidence_tenants_unlisted', plain(series.unlisted)),
    text('evidence_tenants_untold', plain(series.unlisted)),
    text('evidence_baseline_captured_timestamp_seconds', plain(captured)),
    text('evidence_baseline_age_seconds', plain(age)),
    text('evidence_verify_in_progress', plain(0)),
    text('evidence_verify_started_timestamp_seconds', plain(secondsOf(facts.startedAt))),
    text('evidence_verify_last_run_timestamp_seconds', plain(finished)),
    text('evidence_verify_duration_seconds', plain(facts.durationMs / 1000)),
  ].join('');
}

/* The samples of one run. Names of tenants and types come from the evidence: how many series they make is bounded. */

/** Tenants with series of their own; the others are summed up under the empty one, which no tenant is called. */
export const MOST_TENANTS = 100;

/** Types with series of their own, likewise. */
export const MOST_TYPES = 50;

/** The name for what is not listed. */
const UNLISTED = '';

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
class Series {
  readonly #facts: MetricsFacts;
  readonly #tenants: ReadonlySet<string>;
  readonly #types: ReadonlySet<string>;
  /** Tenants that are summed up. */
  readonly unlisted: number;

  constructor(facts: MetricsFacts) {
    this.#facts = facts;
    const failed = facts.findings.flatMap(({ class: forced, tenant }) =>
      forced === 'FAIL' && tenant !== undefined ? [tenant] : [],
    );
    // Those with failures first: they are what an alert must be able to name.
    const all = new Set([...failed, ...facts.records.map(({ tenant }) => tenant)]);
    this.#tenants = new Set([...all].slice(0, MOST_TENANTS));
    this.unlisted = all.size - this.#tenants.size;
    this.#types = new Set([...new Set(facts.records.map(({ type }) => type))].slice(0, MOST_TYPES));
  }

  #tenant(name: string | undefined): string {
    return name !== undefined && this.#tenants.has(name) ? name : UNLISTED;
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
      const listed = own.filter(({ tenant }) => this.#tenant(tenant) !== UNLISTED);
      sums.add({ tenant: UNLISTED, kind }, Math.max(this.#countOf(kind), own.length) - listed.length);
      for (const { tenant } of listed) sums.add({ tenant: this.#tenant(tenant), kind }, 1);
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
      sums.add({ tenant: this.#tenant(tenant), type: this.#types.has(type) ? type : UNLISTED, side }, count);
    }
    return sums.list();
  }

  /** Of a side of which they are not known there is no sample. */
  byAttribute(): readonly Sample[] {
    const sums = new Sums();
    for (const { attribute, values, others, absent } of this.#facts.countBy ?? []) {
      const add = (what: string, value: string, pair: CountPair): void => {
        for (const side of ['baseline', 'current'] as const) {
          const records = pair[side];
          if (records !== null) sums.add({ attribute, value, what, side }, records);
        }
      };
      for (const pair of values) add('value', pair.value, pair);
      add('others', UNLISTED, others);
      add('absent', UNLISTED, absent);
    }
    return sums.list();
  }
}
