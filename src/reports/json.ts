/** The report as JSON: members in the order of the contract, two spaces, one line feed at the end. */
import { createHash } from 'node:crypto';
import { type Form, inOrder } from '../core/json/form.ts';
import type { PlainJson } from '../core/json/value.ts';
import { FINDING_KINDS } from '../core/kinds.ts';
import { type ContinuityReport, type Finding, findingForm, reportForm } from '../core/report/report.ts';
import { printableJson } from './printable.ts';

function ordered<T extends object>(form: Form, value: T): T {
  return inOrder(form, value as unknown as PlainJson) as unknown as T;
}

function countsOf(counts: ContinuityReport['findingCounts']): Record<string, number> {
  const known: ReadonlySet<string> = new Set(FINDING_KINDS);
  const kinds = [
    ...FINDING_KINDS,
    ...Object.keys(counts)
      .filter((kind) => !known.has(kind))
      .sort(),
  ];
  return Object.fromEntries(
    kinds.filter((kind) => Object.hasOwn(counts, kind)).map((kind) => [kind, counts[kind] ?? 0]),
  );
}

/** The members of `report` in the order of the contract, and so those of everything in it. */
export function reportMembers(report: ContinuityReport): ContinuityReport {
  return { ...ordered(reportForm, report), findingCounts: countsOf(report.findingCounts) };
}

/** The members of `finding` likewise. */
export function findingMembers(finding: Finding): Finding {
  return ordered(findingForm, finding);
}

/** The report, version 1, as JSON text: a pure function of `report`, the same bytes on every machine. */
export function renderJson(report: ContinuityReport): string {
  return `${printableJson(JSON.stringify(reportMembers(report), null, 2))}\n`;
}

/** SHA-256 of the UTF-8 bytes of `text`, as 64 hexadecimal digits. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** What ties another format to the JSON report of the same run: the digest of its bytes. */
export function jsonDigestOf(report: ContinuityReport): string {
  return sha256Of(renderJson(report));
}

/*
 * The report as NDJSON, for log pipelines: a summary, one finding a line, a trailer (docs/continuity-report.md).
 *
 * The trailer has the number of findings, so that a cut file is noticed, and `run`: all lines before it are the same on
 * every machine.
 */

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
