/** Reports drawn, in whatever format and of whatever kind. */
import { AUDIT_FORMATS } from '../audit-report/formats.ts';
import type { AuditReport } from '../audit-report/tally.ts';
import type { ContinuityReport } from '../core/report/report.ts';
import { REPORT_FORMATS, TEXT_OPTIONS } from '../reports/index.ts';
import type { TextOptions } from '../reports/text.ts';
import { oneOf, readOptions } from './options.ts';

/** How a report is drawn. */
export type RenderOptions = Partial<TextOptions>;

function isAuditReport(report: ContinuityReport | AuditReport): report is AuditReport {
  return report.kind === 'evidence-audit-report';
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
  const { color = false, width } = readOptions<RenderOptions>(given, TEXT_OPTIONS, 'renderReport');
  const options = { color, ...(width === undefined ? {} : { width }) };
  const drawn = isAuditReport(report)
    ? AUDIT_FORMATS.find(({ name }) => name === format)?.render(report, options)
    : REPORT_FORMATS.find(({ name }) => name === format)?.render(report, options);
  if (drawn === undefined) throw new TypeError(`no renderer for the format ${format}`);
  return drawn;
}
