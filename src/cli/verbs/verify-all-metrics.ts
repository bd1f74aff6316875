/** What the metrics of a capture are made of. */
import type { Run } from '../../core/report/report.ts';
import { storeOf } from '../../core/report/store-identity.ts';
import type { SnapshotCapture } from '../../index.ts';
import type { MetricsFacts } from '../../reports/metrics.ts';

/** The facts of one source by itself: its records count as those of the current side. */
export function captureFacts(capture: SnapshotCapture, run: Run): Omit<MetricsFacts, 'about'> {
  const { verdict, header, findings, findingCounts, summary } = capture;
  const { startedAt, finishedAt, durationMs } = run;
  const records = (summary?.tenants ?? []).flatMap(({ tenant, counts }) =>
    [...counts].map(([type, count]) => ({ tenant, type, side: 'current' as const, count })),
  );
  const store = storeOf(header?.subject);
  const found = { verdict, store, mode: 'append', findings, findingCounts, records } as const;
  return { ...found, baselineCapturedAt: null, startedAt, finishedAt, durationMs };
}
