/** Reports drawn, in whatever format and of whatever kind. */

import { auditReportSchema } from '../audit-report/document.ts';
import { AUDIT_FORMATS } from '../audit-report/formats.ts';
import type { AuditReport } from '../audit-report/tally.ts';
import { EvidenceError } from '../core/errors.ts';
import type { PlainJson } from '../core/json/value.ts';
import { type ContinuityReport, reportForm } from '../core/report/report.ts';
import { DRAW_OPTIONS, type DrawOptions, REPORT_FORMATS } from '../reports/index.ts';
import { parseDocument, requireDocument } from '../wire/document.ts';
import { oneOf, readOptions } from './options.ts';

/** How a report is drawn. */
export type RenderOptions = Partial<DrawOptions>;

/** The format that heeds an option, if it is not text. */
const HEEDED_BY: Readonly<Record<string, string>> = { list: 'ndjson' };

function isAuditReport(report: ContinuityReport | AuditReport): report is AuditReport {
  return report.kind === 'evidence-audit-report';
}

function requireAuditReport(report: unknown): void {
  const kind = 'evidence-audit-report';
  orMisuse(() => void parseDocument(auditReportSchema, 'an audit report', report, { kind }), 'renderReport');
}

/** @throws as `renderReport` of on-demand.ts says */
export async function renderReport(
  report: ContinuityReport | AuditReport,
  format: string,
  given: RenderOptions = {},
): Promise<string | Uint8Array> {
  if (typeof report !== 'object' || report === null) throw new TypeError('renderReport: there is no report');
  const formats: readonly { readonly name: string }[] = isAuditReport(report) ? AUDIT_FORMATS : REPORT_FORMATS;
  oneOf(formats.map(({ name }) => name))(format, 'renderReport: the format');
  const asked = readOptions<RenderOptions>(given, DRAW_OPTIONS, 'renderReport');
  const stray = Object.entries(asked).find(
    ([name, value]) => value !== false && format !== (HEEDED_BY[name] ?? 'text'),
  )?.[0];
  if (stray !== undefined) throw new TypeError(`renderReport: ${stray} has no meaning with the format ${format}`);
  if (isAuditReport(report)) requireAuditReport(report);
  else requireReport(report, 'renderReport');
  const options = { color: false, ...asked };
  const drawn = isAuditReport(report)
    ? AUDIT_FORMATS.find(({ name }) => name === format)?.render(report, options)
    : REPORT_FORMATS.find(({ name }) => name === format)?.render(report, options);
  if (drawn === undefined) throw new TypeError(`no renderer for the format ${format}`);
  return drawn;
}

/* Whether what a program gives as a report is one: what draws it takes that for granted, and would fall over its insides. */

/** @throws TypeError in the place of the EvidenceError of `check` */
export function orMisuse(check: () => void, place: string): void {
  try {
    check();
  } catch (fault) {
    throw fault instanceof EvidenceError ? new TypeError(`${place}: ${fault.message}`) : fault;
  }
}

/**
 * @param place - whose argument it is, for the message
 * @throws TypeError that names the first member that is wrong by its JSON Pointer
 */
export function requireReport(given: unknown, place: string): void {
  const kind = 'evidence-continuity-report';
  orMisuse(() => requireDocument(reportForm, 'a continuity report', given as PlainJson, { kind }), place);
}
