/** The audit report, version 1: what was recorded since a time, and whether the evidence holds (docs/audit-report.md). */

import { grouped } from '../core/report/headline.ts';
import type { ContinuityReport, Finding, Run, SideReport, Verdict } from '../core/report/report.ts';
import type { AddedRecords } from './added.ts';
import type { RecordedTenant, TimeCounts } from './recorded.ts';

/** One entry of the journal of an upgrade. */
export interface JournalEntry {
  readonly seq: number;
  readonly recordedAt: string;
  readonly type: string;
  readonly step: string | null;
  readonly actor: string | null;
  readonly note: string | null;
  readonly files: readonly string[];
}

export interface AuditReport {
  readonly kind: 'evidence-audit-report';
  readonly version: 1;
  readonly verdict: Verdict;
  readonly headline: string;
  /** As it was given. */
  readonly since: string;
  readonly source: SideReport;
  /** Recomputed roots and records by tenant; empty where the source could not be read to its end. */
  readonly roots: readonly { readonly tenant: string; readonly records: number; readonly root: string }[];
  /** All records that were read, by their time. */
  readonly times: TimeCounts;
  readonly tenants: readonly RecordedTenant[];
  /** Null without a baseline. */
  readonly added: AddedRecords | null;
  /** Null without a baseline; else the whole report of the comparison. */
  readonly comparison: ContinuityReport | null;
  /** Those of the comparison, or what the source shows by itself. */
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  /** Null if no journal was given. */
  readonly journal: readonly JournalEntry[] | null;
  readonly notChecked: readonly string[];
  readonly run: Run;
}

export interface AuditReportParts extends Omit<AuditReport, 'kind' | 'version' | 'headline' | 'notChecked'> {
  /** Whether the source was read to its end. */
  readonly complete: boolean;
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function ownHeadline({ verdict, source, roots, findings, findingCounts }: AuditReportParts): string {
  if (verdict === 'PASS') {
    return `PASS: ${counted(source.records, 'record')} sound in ${counted(roots.length, 'tenant')}`;
  }
  if (verdict === 'FAIL') {
    return `FAIL: ${Object.entries(findingCounts)
      .map(([kind, count]) => `${grouped(count)} ${kind}`)
      .join(', ')}`;
  }
  const first = findings.find((finding) => finding.class === verdict);
  return `${verdict}: nothing is proven; ${first === undefined ? 'see the findings' : `${first.kind}: ${first.message}`}`;
}

function headlineOf(parts: AuditReportParts): string {
  const { comparison, added, times, since } = parts;
  const back =
    added === null || added.backDated.records === 0 ? '' : `; ${grouped(added.backDated.records)} back-dated`;
  return `${comparison?.headline ?? ownHeadline(parts)}; ${grouped(times.since)} recorded since ${since}${back}`;
}

function notChecked({ comparison, times, added, complete }: AuditReportParts): readonly string[] {
  const notes = [
    ...(comparison?.notChecked ?? ['that nothing was lost: without a baseline there is nothing to compare with']),
  ];
  notes.push('that the times of the records are right: they are what the records say of themselves');
  const apart = times.infinite + times.absent + times.unparsable;
  if (apart > 0) {
    const kinds = `${grouped(times.absent)} without a time, ${grouped(times.infinite)} infinite, ${grouped(times.unparsable)} not RFC 3339`;
    notes.push(`when ${counted(apart, 'record')} ${apart === 1 ? 'was' : 'were'} recorded: ${kinds}`);
  }
  if (!complete) notes.push('the source was not read to its end: the counts are of what was read');
  if (added !== null && added.agrees === null) notes.push('whether what was added is what was recorded since then');
  return notes;
}

/** Draws the report together. Everything in it but `run` is a function of the inputs and the options. */
export function buildAuditReport(parts: AuditReportParts): AuditReport {
  const { since, source, verdict, roots, times, tenants, added, comparison, findings, findingCounts, journal, run } =
    parts;
  return {
    kind: 'evidence-audit-report',
    version: 1,
    verdict,
    headline: headlineOf(parts),
    since,
    source,
    roots,
    times,
    tenants,
    added,
    comparison,
    findings,
    findingCounts,
    journal,
    notChecked: notChecked(parts),
    run,
  };
}
