/**
 * Metrics in Prometheus' text exposition format 0.0.4, for the textfile collector of the node exporter.
 *
 * A run writes the file twice. At its start it says that a run is in progress, with the verdict INCOMPLETE and nothing
 * that was counted; at its end, the result. So a run that is killed leaves no PASS of an older one behind.
 */
import { momentOf } from '../core/instant.ts';
import type { Verdict } from '../core/report/report.ts';
import { METRICS, type MetricName } from '../wire/metric-names.ts';
import type { MetricsFacts } from './metrics.ts';
import { type Sample, Series } from './metrics-series.ts';

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
    text('evidence_tenants_untold', plain(series.untold)),
    text('evidence_baseline_captured_timestamp_seconds', plain(captured)),
    text('evidence_baseline_age_seconds', plain(age)),
    text('evidence_verify_in_progress', plain(0)),
    text('evidence_verify_started_timestamp_seconds', plain(secondsOf(facts.startedAt))),
    text('evidence_verify_last_run_timestamp_seconds', plain(finished)),
    text('evidence_verify_duration_seconds', plain(facts.durationMs / 1000)),
  ].join('');
}
