/** Reads one source once and says what was recorded since a time; with a baseline, also what the comparison says. */

import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { type Instant, instantOrDay } from '../core/instant.ts';
import { present } from '../core/present.ts';
import type { ContinuityReport, Run, SideReport } from '../core/report/report.ts';
import { auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { type CompareOptions, compareSources, type SourceFacts } from '../engine/compare.ts';
import { startRun } from '../engine/run.ts';
import type { SignedVerdict } from './signed-verdict.ts';
import { AddedTally, type AuditReport, buildAuditReport, type JournalEntry, RecordedTally } from './tally.ts';

export interface AuditReportOptions extends CompareOptions {
  /** RFC 3339, or a day, which begins at midnight UTC. */
  readonly since: string;
  /** Entries of the journal of the upgrade, read and verified. */
  readonly journal?: readonly JournalEntry[];
  /** Checks the signed verdict that the report contains, once it is known what it must be of. */
  readonly signedVerdict?: (of: VerdictOf) => Promise<SignedVerdict>;
}

/** What a signed verdict in the report must be of: what was read. */
export interface VerdictOf {
  readonly baseline?: SideReport;
  readonly current: SideReport;
}

function sinceOf({ since }: AuditReportOptions): Instant {
  const instant = instantOrDay(since);
  if (instant === undefined) throw new TypeError(`since: ${JSON.stringify(since)} is no RFC 3339 time and no day`);
  return instant;
}

function sourceOf({ name, sha256, header, summary }: SnapshotAudit, records: number): AuditReport['source'] {
  return {
    name,
    sha256,
    depth: header?.depth ?? null,
    records: summary?.records ?? records,
    globalRoot: summary?.globalRoot ?? null,
    subject: header?.subject ?? null,
    capturedAt: header?.capturedAt ?? null,
  };
}

/**
 * Audits `source`, counts its records by their times, and closes it.
 *
 * @returns the report; whatever could not be read is a finding in it
 * @throws TypeError if `since` is no time
 */
export async function auditReportOf(source: EvidenceSource, options: AuditReportOptions): Promise<AuditReport> {
  const tally = new RecordedTally(sinceOf(options));
  const stopRun = startRun();
  let records = 0;
  const audit = await auditSource(source, options, (record) => {
    records++;
    tally.add(record);
  });
  const read = sourceOf(audit, records);
  const signedVerdict = await options.signedVerdict?.({ current: read });
  return buildAuditReport({
    since: options.since,
    journal: options.journal ?? null,
    ...present({ signedVerdict }),
    source: read,
    roots: (audit.summary?.tenants ?? []).map(({ tenant, records: size, root }) => ({ tenant, records: size, root })),
    complete: audit.summary !== null,
    verdict: audit.verdict,
    times: tally.total(),
    tenants: tally.tenants(),
    added: null,
    comparison: null,
    findings: audit.findings,
    findingCounts: audit.findingCounts,
    run: stopRun(),
  });
}

function rootsOf({ tenants }: ContinuityReport): AuditReport['roots'] {
  return tenants.flatMap(({ tenant, currentRoot, streams }) => {
    const records = streams.reduce((sum, { current }) => sum + (current?.size ?? 0), 0);
    return currentRoot === null ? [] : [{ tenant, records, root: currentRoot }];
  });
}

/** Whether it can be said of each record of the current side if it is new. */
function comparedByRecords({ baseline, current, totals }: ContinuityReport): boolean {
  const read = baseline.globalRoot !== null && current.globalRoot !== null;
  return read && baseline.depth !== 'summary' && current.depth !== 'summary' && totals.unjudged === undefined;
}

/**
 * The same with a baseline: `current` is compared with it, and what was added is set against its times.
 *
 * @returns the report; its verdict is that of the comparison
 * @throws TypeError if `since` is no time
 */
export async function auditReportAgainst(
  baseline: EvidenceSource,
  current: EvidenceSource,
  options: AuditReportOptions,
  facts: Pick<SourceFacts, 'sameInput' | 'trust' | 'demands' | 'claim' | 'profile' | 'migration'>,
): Promise<AuditReport> {
  const since = sinceOf(options);
  const tally = new RecordedTally(since);
  const added = new AddedTally({ since, most: options.maxFindings ?? 1000 });
  const comparison = await compareSources(baseline, current, options, {
    ...facts,
    onRecord: (record) => tally.add(record),
    onAdded: (record, capturedAt) => added.add(record, capturedAt),
  });
  const times = tally.total();
  const run: Run = comparison.run;
  const signedVerdict = await options.signedVerdict?.(comparison);
  return buildAuditReport({
    since: options.since,
    journal: options.journal ?? null,
    ...present({ signedVerdict }),
    source: comparison.current,
    roots: rootsOf(comparison),
    complete: comparison.current.globalRoot !== null,
    verdict: comparison.verdict,
    times,
    tenants: tally.tenants(),
    added: added.conclude(comparedByRecords(comparison) ? times.since : undefined, comparison.totals.added),
    comparison,
    findings: comparison.findings,
    findingCounts: comparison.findingCounts,
    run,
  });
}
