/** What metrics are made of, from whatever kind of run. */
import type { Mode } from '../core/kinds.ts';
import { present } from '../core/present.ts';
import type { CountedBy } from '../core/report/count-by.ts';
import type { ContinuityReport, Finding, Verdict } from '../core/report/report.ts';
import { type StoreIdentity, storeOf } from '../core/report/store-identity.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';

/** Records of one type in one tenant. */
export interface RecordCount {
  readonly tenant: string;
  readonly type: string;
  readonly side: 'baseline' | 'current';
  readonly count: number;
}

export interface MetricsFacts {
  /** `continuity`: compared with a baseline. `soundness`: one source by itself. */
  readonly about: 'continuity' | 'soundness';
  readonly verdict: Verdict;
  /** The store that was verified; undefined if it names none. */
  readonly store: StoreIdentity | undefined;
  readonly mode: Mode;
  readonly findings: readonly Finding[];
  /** All of them, listed or not. */
  readonly findingCounts: Readonly<Record<string, number>>;
  readonly records: readonly RecordCount[];
  /** Records by the attributes that a profile names. */
  readonly countBy?: readonly CountedBy[];
  /** RFC 3339; null if there is no baseline, or if it does not say. */
  readonly baselineCapturedAt: string | null;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
}

/** The facts of a comparison. */
export function factsOfReport(report: ContinuityReport): MetricsFacts {
  const { verdict, mode, findings, findingCounts, tenants, baseline, run, countBy } = report;
  const { startedAt, finishedAt, durationMs } = run;
  const records = tenants.flatMap(({ tenant, counts }) =>
    counts.flatMap(({ type, ...sides }) =>
      (['baseline', 'current'] as const).map((side) => ({ tenant, type, side, count: sides[side] })),
    ),
  );
  return {
    about: 'continuity',
    verdict,
    store: storeOf(report.current.subject),
    mode,
    findings,
    findingCounts,
    records,
    ...present({ countBy }),
    baselineCapturedAt: baseline.capturedAt,
    startedAt,
    finishedAt,
    durationMs,
  };
}

/** What an audit of one source says by itself, as far as metrics need it. */
export interface AuditedSource extends Pick<MetricsFacts, 'verdict' | 'findings' | 'findingCounts' | 'countBy'> {
  readonly header: Pick<SnapshotHeader, 'subject'> | null;
  readonly summary: SnapshotSummary | null;
}

/** The facts of one source by itself: its records count as those of the current side. */
export function factsOfAudit(
  { verdict, header, findings, findingCounts, summary, countBy }: AuditedSource,
  { startedAt, finishedAt, durationMs }: Pick<MetricsFacts, 'startedAt' | 'finishedAt' | 'durationMs'>,
): Omit<MetricsFacts, 'about'> {
  const records = (summary?.tenants ?? []).flatMap(({ tenant, counts }) =>
    [...counts].map(([type, count]) => ({ tenant, type, side: 'current' as const, count })),
  );
  const store = storeOf(header?.subject);
  const found = { verdict, store, mode: 'append', findings, findingCounts, records } as const;
  return { ...found, ...present({ countBy }), baselineCapturedAt: null, startedAt, finishedAt, durationMs };
}
