/** Reports and metrics as this program writes them, of stores and runs that a test names: what a gate is given. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContinuityReport, Verdict } from '../../src/core/report/report.ts';
import { type ComparisonOptions, compareSnapshots } from '../../src/index.ts';
import { factsOfReport, type MetricsFacts } from '../../src/reports/metrics.ts';
import { metricsOfUnfinishedRun, renderMetrics } from '../../src/reports/metrics-exposition.ts';

const QUICKSTART = fileURLToPath(new URL('../../fixtures/quickstart', import.meta.url));

/** Captured at `now`, of `system`, in `folder`. */
function refreshed(folder: string, name: string, system: string, now: string): string {
  const text = readFileSync(join(QUICKSTART, `${name}.json`), 'utf8')
    .replace(/"capturedAt": *"[^"]*"/, `"capturedAt": "${now}"`)
    .replaceAll('"evidence-prod"', JSON.stringify(system));
  const path = join(folder, `${system}-${name}.json`);
  writeFileSync(path, text);
  return path;
}

/** The report of a comparison over `system` that was made now. */
export async function reportOf(
  folder: string,
  system: string,
  current: 'current' | 'tampered' | 'cut' = 'current',
  options: ComparisonOptions = {},
): Promise<ContinuityReport> {
  const now = new Date().toISOString();
  const baseline = refreshed(folder, 'baseline', system, now);
  const is = refreshed(folder, current === 'cut' ? 'current' : current, system, now);
  if (current === 'cut') writeFileSync(is, readFileSync(is).subarray(0, 5000));
  return compareSnapshots(baseline, is, options);
}

/** What is changed of the metrics of a run. */
export interface RunOver {
  readonly verdict?: Verdict;
  readonly about?: MetricsFacts['about'];
  readonly inProgress?: boolean;
  readonly finishedAt?: string;
  readonly labels?: readonly (readonly [string, string])[];
}

/** The metrics that the run of `report` writes, or would have written. */
export function metricsOf(report: ContinuityReport, over: RunOver = {}): string {
  const { labels = [], about = 'continuity', inProgress = false } = over;
  if (inProgress) return metricsOfUnfinishedRun(about, report.run.startedAt, labels);
  const facts = factsOfReport(report);
  const { verdict = facts.verdict, finishedAt = facts.finishedAt } = over;
  return renderMetrics({ ...facts, about, verdict, finishedAt }, labels);
}

/** A service that is well. */
export const TRAFFIC = 'http_requests_error_ratio 0.001\nhttp_request_duration_seconds{quantile="0.99"} 0.8\n';
