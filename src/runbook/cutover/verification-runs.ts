/**
 * What the runs of evidence-diff say in the metrics, taken apart by run: series belong together that have the same labels
 * besides their own, such as `instance`, or what `--metrics-label` gave them. So no store's zero failures serve another.
 */
import type { Verdict } from '../../core/report/report.ts';
import type { StoreIdentity } from '../../core/report/store-identity.ts';
import { METRICS } from '../../wire/metric-names.ts';
import { RUN_FIGURES, type RunFigure } from './limits.ts';

/** One sample: a number, and what distinguishes its series from others. */
export interface LabelledSample {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** The samples of each figure, as they were read. */
export type RunSeries = Readonly<Record<RunFigure, readonly LabelledSample[]>>;

/** What one run says of itself. Undefined is what it does not say, or says twice. */
export interface VerificationRun {
  /** What its series have in common: `{instance="green-1:9100"}`. */
  readonly labels: string;
  readonly store: StoreIdentity | undefined;
  /** Verdict of a comparison with a baseline. */
  readonly verdict: Verdict | undefined;
  /** Verdict of an audit of one source by itself. */
  readonly soundness: Verdict | undefined;
  readonly isContinuity: boolean;
  readonly inProgress: boolean | undefined;
  /** Findings of the class FAIL, over all tenants and kinds. */
  readonly failures: number | undefined;
  /** When it ended, in seconds since 1970. */
  readonly endedAtSeconds: number | undefined;
}

const OWN_LABELS: Readonly<Record<RunFigure, readonly string[]>> = {
  store: METRICS.evidence_store_info.labels,
  verdict: METRICS.evidence_continuity_verdict.labels,
  soundness: METRICS.evidence_soundness_verdict.labels,
  inProgress: METRICS.evidence_verify_in_progress.labels,
  evidenceFailures: METRICS.evidence_failures_total.labels,
  lastVerification: METRICS.evidence_verify_last_run_timestamp_seconds.labels,
};

const VERDICTS: ReadonlyMap<string, Verdict> = new Map(
  (['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'] as const).map((verdict) => [verdict, verdict]),
);

/** What is left of the labels of a series when those are taken away that distinguish its samples. */
function sharedLabels(figure: RunFigure, { labels }: LabelledSample): string {
  const own = OWN_LABELS[figure];
  const shared = [...labels].filter(([name]) => name !== '__name__' && !own.includes(name));
  const pairs = shared.map(([name, value]) => `${name}=${JSON.stringify(value)}`).sort();
  return `{${pairs.join(',')}}`;
}

/** A verdict is known where exactly one of them is 1 and all others are 0; FAIL is, wherever it is not 0. */
function verdictOf(samples: readonly LabelledSample[]): Verdict | undefined {
  const said = samples.filter(({ value }) => value !== 0);
  const names = said.map(({ labels }) => VERDICTS.get(labels.get('verdict') ?? ''));
  if (names.includes('FAIL')) return 'FAIL';
  return said.length === 1 && said[0]?.value === 1 ? names[0] : undefined;
}

function onlyValue(samples: readonly LabelledSample[]): number | undefined {
  const [one, ...more] = samples;
  return more.length > 0 || one === undefined || Number.isNaN(one.value) ? undefined : one.value;
}

function flagOf(samples: readonly LabelledSample[]): boolean | undefined {
  const value = onlyValue(samples);
  return value === 0 || value === 1 ? value === 1 : undefined;
}

function storeIn(samples: readonly LabelledSample[]): StoreIdentity | undefined {
  const [one, ...more] = samples;
  if (one === undefined || more.length > 0 || one.value !== 1) return undefined;
  const text = (label: (typeof METRICS)['evidence_store_info']['labels'][number]): string =>
    one.labels.get(label) ?? '';
  return {
    system: text('store_system'),
    database: text('store_database'),
    systemIdentifier: text('store_system_identifier'),
  };
}

/** No nonsense in one sample hides the failures in another. */
function failuresIn(samples: readonly LabelledSample[]): number | undefined {
  if (samples.length === 0) return undefined;
  let sum = 0;
  for (const { value } of samples) if (value > 0) sum += value;
  const isNonsense = samples.some(({ value }) => !(value >= 0) || !Number.isFinite(value));
  return isNonsense && sum === 0 ? undefined : sum;
}

function runOf(labels: string, series: RunSeries): VerificationRun {
  return {
    labels,
    store: storeIn(series.store),
    verdict: verdictOf(series.verdict),
    soundness: verdictOf(series.soundness),
    isContinuity: series.verdict.length > 0 || series.soundness.length === 0,
    inProgress: flagOf(series.inProgress),
    failures: failuresIn(series.evidenceFailures),
    endedAtSeconds: onlyValue(series.lastVerification),
  };
}

function noSeries(): Record<RunFigure, LabelledSample[]> {
  return { store: [], verdict: [], soundness: [], inProgress: [], evidenceFailures: [], lastVerification: [] };
}

/** The runs that `series` speak of, by their labels. */
export function runsIn(series: RunSeries): readonly VerificationRun[] {
  const byLabels = new Map<string, Record<RunFigure, LabelledSample[]>>();
  for (const figure of RUN_FIGURES) {
    for (const sample of series[figure]) {
      const labels = sharedLabels(figure, sample);
      const own = byLabels.get(labels) ?? noSeries();
      byLabels.set(labels, own);
      own[figure].push(sample);
    }
  }
  return [...byLabels].map(([labels, own]) => runOf(labels, own));
}
