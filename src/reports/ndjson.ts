/**
 * The report as NDJSON, for log pipelines: a summary, one finding a line, a trailer (docs/continuity-report.md).
 *
 * The trailer has the number of findings, so that a cut file is noticed, and `run`: all lines before it are the same on
 * every machine.
 */
import type { ContinuityReport } from '../core/report/report.ts';
import { findingMembers, reportMembers } from './json.ts';
import { printableJson } from './printable.ts';

function line(value: object): string {
  return `${printableJson(JSON.stringify(value))}\n`;
}

/** The report, line by line: a pure function of `report`, the same bytes on every machine. */
export function renderNdjson(report: ContinuityReport): string {
  const { kind: _, version, tenants: __, findings: ___, run, ...rest } = reportMembers(report);
  const { verdict, tenants, findings } = report;
  const summary = { kind: 'evidence-continuity-summary', version, ...rest, tenants: tenants.length };
  const trailer = { kind: 'evidence-continuity-trailer', verdict, findings: findings.length, run };
  return [summary, ...findings.map(findingMembers), trailer].map(line).join('');
}
