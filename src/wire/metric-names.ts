/**
 * Every metric that is exported, by name: what alerts, dashboards and gates are written against. docs/monitoring.md says
 * how to read them; to rename one is a breaking change.
 */

export interface Metric {
  /** `counter` for what a run counts from zero; `gauge` for the rest. */
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** Names of the labels. */
  readonly labels: readonly string[];
}

export const METRICS = {
  evidence_store_info: {
    type: 'gauge',
    help: 'Always 1; its labels name the store that was verified, as the subject of the current side does.',
    labels: ['store_system', 'store_database', 'store_system_identifier'],
  },
  evidence_continuity_verdict: {
    type: 'gauge',
    help: 'Verdict of the last comparison with a baseline: 1 for the one that holds, 0 for the others.',
    labels: ['verdict'],
  },
  evidence_soundness_verdict: {
    type: 'gauge',
    help: 'Verdict of the last audit of one source by itself, which says nothing about the past: 1 for the one that holds.',
    labels: ['verdict'],
  },
  evidence_failures_total: {
    type: 'counter',
    help: 'Findings of the class FAIL in the last run. An empty tenant stands for what is not told by tenant.',
    labels: ['tenant', 'kind'],
  },
  evidence_findings_total: {
    type: 'counter',
    help: 'Findings of every kind in the last run, with the class that each forces.',
    labels: ['class', 'kind'],
  },
  evidence_records: {
    type: 'gauge',
    help: 'Records that were read. An empty tenant or type stands for what is not told apart.',
    labels: ['tenant', 'type', 'side'],
  },
  evidence_records_by_attribute: {
    type: 'gauge',
    help: 'Records by an attribute that the profile names. what: value, or others and absent, which have no value.',
    labels: ['attribute', 'value', 'what', 'side'],
  },
  evidence_tenants_unlisted: {
    type: 'gauge',
    help: 'Tenants without series of their own: they are summed up under the empty tenant.',
    labels: [],
  },
  evidence_tenants_untold: {
    type: 'gauge',
    help: 'The old name of evidence_tenants_unlisted, for one more release.',
    labels: [],
  },
  evidence_baseline_captured_timestamp_seconds: {
    type: 'gauge',
    help: 'When the baseline says that it was captured, in seconds since 1970.',
    labels: [],
  },
  evidence_baseline_age_seconds: {
    type: 'gauge',
    help: 'How old the baseline was when the last run ended.',
    labels: [],
  },
  evidence_verify_in_progress: {
    type: 'gauge',
    help: '1 from the start of a run until it writes its result, also if it never does; else 0.',
    labels: [],
  },
  evidence_verify_started_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last run began, in seconds since 1970.',
    labels: [],
  },
  evidence_verify_last_run_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last run ended, in seconds since 1970. Absent while one is in progress.',
    labels: [],
  },
  evidence_verify_duration_seconds: {
    type: 'gauge',
    help: 'How long the last run took.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

const OWN_LABELS: ReadonlySet<string> = new Set(Object.values(METRICS).flatMap(({ labels }) => [...labels]));

/** Why no label of every metric can be called `name`, in words; undefined if one can. */
export function metricLabelFault(name: string): string | undefined {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name.startsWith('__')) {
    return 'a name has letters, digits and underscores';
  }
  return OWN_LABELS.has(name) ? `the label ${name} is taken` : undefined;
}
