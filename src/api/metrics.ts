/** Metrics by what they are of: what `--metrics` writes. */

import { momentOf } from '../core/instant.ts';
import type { ContinuityReport } from '../core/report/report.ts';
import type { SnapshotAudit } from '../engine/audit-run.ts';
import { factsOfAudit, factsOfReport, type MetricsFacts } from '../reports/metrics.ts';
import { type ConstantLabels, metricsOfUnfinishedRun, renderMetrics } from '../reports/metrics-exposition.ts';
import { metricLabelFault } from '../wire/metric-names.ts';
import { METRICS_OPTIONS, type MetricsOptions, oneOf, readOptions } from './options.ts';
import { requireReport } from './render-report.ts';
/** What metrics can be of: a comparison, one source by itself, or a run of either that is in progress. */
export type MetricsOf = ContinuityReport | SnapshotAudit | MetricsFacts['about'];

function labelsOf({ labels = {} }: MetricsOptions): ConstantLabels {
  for (const name of Object.keys(labels)) {
    const fault = metricLabelFault(name);
    if (fault !== undefined) throw new TypeError(`metrics: labels: ${JSON.stringify(name)}: ${fault}`);
  }
  return Object.entries(labels);
}

/** @throws TypeError where the time is not needed: it would be passed over */
function withoutTimes({ startedAt, finishedAt }: MetricsOptions): void {
  if (startedAt === undefined && finishedAt === undefined) return;
  throw new TypeError('metrics: startedAt and finishedAt: a report of a comparison says them itself');
}

/** @throws TypeError for what one shard shows */
function requireWhole({ shard }: ContinuityReport): void {
  if (shard !== undefined) throw new TypeError('metrics: one shard proves nothing: give the merged report');
}

/** @throws TypeError for an object that is no audit */
function requireAudit({ verdict, findings, findingCounts, header, summary }: SnapshotAudit): void {
  oneOf(['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'])(verdict, 'metrics: verdict');
  const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
  if (!Array.isArray(findings) || !isObject(findingCounts)) {
    throw new TypeError('metrics: findings and findingCounts are missing: give a report, or what verifyAll gives');
  }
  if (header !== null && !isObject(header?.subject)) throw new TypeError('metrics: header is no header of a snapshot');
  if (summary !== null && !Array.isArray(summary?.tenants)) throw new TypeError('metrics: summary is no summary');
}

/** @throws as `metrics` of on-demand.ts says */
export function metrics(of: MetricsOf, given: MetricsOptions): string {
  const options = readOptions<MetricsOptions>(given, METRICS_OPTIONS, 'metrics');
  const { startedAt, finishedAt } = options;
  const labels = labelsOf(options);
  if (typeof of === 'string') {
    const about = oneOf<MetricsFacts['about']>(['continuity', 'soundness'])(of, 'metrics: of what');
    if (startedAt === undefined) throw new TypeError('metrics: startedAt is missing: when the run began');
    if (finishedAt !== undefined) throw new TypeError('metrics: finishedAt: the run has not ended');
    return metricsOfUnfinishedRun(about, startedAt, labels);
  }
  if (typeof of !== 'object' || of === null || ('kind' in of && of.kind !== 'evidence-continuity-report')) {
    throw new TypeError('metrics: it must be of a report of a comparison, of an audit, "continuity" or "soundness"');
  }
  if ('kind' in of) {
    withoutTimes(options);
    requireReport(of, 'metrics');
    requireWhole(of);
    return renderMetrics(factsOfReport(of), labels);
  }
  requireAudit(of);
  const [from, to] = [momentOf(startedAt ?? null), momentOf(finishedAt ?? null)];
  if (startedAt === undefined || finishedAt === undefined || from === undefined || to === undefined) {
    throw new TypeError('metrics: startedAt and finishedAt are missing: an audit does not say when it was made');
  }
  if (to < from) throw new TypeError('metrics: finishedAt is before startedAt');
  const facts = factsOfAudit(of, { startedAt, finishedAt, durationMs: to - from });
  return renderMetrics({ about: 'soundness', ...facts }, labels);
}
