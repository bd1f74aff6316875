/** What a gate can say, and which of several answers holds (docs/gates.md). */
/**
 * From the mildest to the gravest; of several the gravest holds.
 *
 * `unknown` outranks `pause`: who cannot see one of the inputs does not know that a pause is enough. `rollback` outranks
 * `unknown`: evidence that is known to be lost is not found again by looking at the rest.
 */
export const DECISIONS = ['proceed', 'investigate', 'pause', 'unknown', 'rollback'] as const;

export type Decision = (typeof DECISIONS)[number];

/** The gravest of `decisions`; of none, `unknown`: who has looked at nothing knows nothing. */
export function gravest(decisions: readonly Decision[]): Decision {
  const rank = Math.max(...decisions.map((decision) => DECISIONS.indexOf(decision)));
  return DECISIONS[rank] ?? 'unknown';
}

/* The limits of the cutover, and where its figures are found: the defaults of docs/gates.md, once. */

export interface CutoverLimits {
  /** Failed requests of all, as a ratio from 0 to 1: more is `pause`. */
  readonly errorRate: number;
  /** 99th percentile of the latency in seconds: more is `investigate`. */
  readonly p99LatencySeconds: number;
  /** Evidence failures: more is `rollback`. */
  readonly evidenceFailures: number;
  /** Age of a verification, by its report and by the metrics, in seconds: older is `unknown`. */
  readonly maxReportAgeSeconds: number;
  /** Age of a sample in seconds: older is `unknown`. */
  readonly maxMetricsAgeSeconds: number;
}

/** What is known of the service: one number each. */
export const SERVICE_FIGURES = ['errorRate', 'p99LatencySeconds'] as const;

/** What the runs of evidence-diff say of themselves: series, which belong to a run by the labels that they share. */
export const RUN_FIGURES = [
  'store',
  'verdict',
  'soundness',
  'inProgress',
  'evidenceFailures',
  'lastVerification',
] as const;

/** All figures that come from metrics. */
export const FIGURES = [...SERVICE_FIGURES, ...RUN_FIGURES] as const;

export type ServiceFigure = (typeof SERVICE_FIGURES)[number];
export type RunFigure = (typeof RUN_FIGURES)[number];
export type Figure = (typeof FIGURES)[number];

/** The thresholds of the upgrade runbook, and how old what they are held against may be. */
export const DEFAULT_LIMITS: CutoverLimits = {
  errorRate: 0.01,
  p99LatencySeconds: 5,
  evidenceFailures: 0,
  maxReportAgeSeconds: 3600,
  maxMetricsAgeSeconds: 300,
};

/**
 * PromQL for each figure.
 *
 * A service without a single failure has no series of failed requests: `or vector(0)` makes that 0. So that a label of
 * another name does not look like that, the requests that are divided by must have the label `code`, too.
 *
 * What runs say is asked for as it is: a sum or a minimum over all of them would let one store answer for another.
 */
export const DEFAULT_QUERIES: Readonly<Record<Figure, string>> = {
  errorRate:
    '(sum(rate(http_requests_total{code=~"5.."}[5m])) or vector(0)) / sum(rate(http_requests_total{code=~".+"}[5m]))',
  p99LatencySeconds: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))',
  store: 'evidence_store_info',
  verdict: 'evidence_continuity_verdict',
  soundness: 'evidence_soundness_verdict',
  inProgress: 'evidence_verify_in_progress',
  evidenceFailures: 'sum without (tenant, kind) (evidence_failures_total)',
  lastVerification: 'evidence_verify_last_run_timestamp_seconds',
};

/** The same figures in a file, which has no queries: series by name and labels. */
export const DEFAULT_SAMPLES: Readonly<Record<Figure, string>> = {
  errorRate: 'http_requests_error_ratio',
  p99LatencySeconds: 'http_request_duration_seconds{quantile="0.99"}',
  store: 'evidence_store_info',
  verdict: 'evidence_continuity_verdict',
  soundness: 'evidence_soundness_verdict',
  inProgress: 'evidence_verify_in_progress',
  evidenceFailures: 'evidence_failures_total',
  lastVerification: 'evidence_verify_last_run_timestamp_seconds',
};

/** `3600` as `1h`: the largest unit that it is a whole number of. */
export function durationText(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const;
  const unit = units.find(([, size]) => seconds >= size && seconds % size === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`;
}
