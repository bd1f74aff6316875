/** The formats a report is drawn in. To add one is to add its file and one line here. */
import type { AuditReport } from '../core/continuity/audit-report.ts';
import type { ContinuityReport } from '../core/continuity/report.ts';
import { renderAuditJson } from './audit/json.ts';
import { renderAuditPdf } from './audit/pdf.ts';
import { renderAuditText } from './audit/text.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderNdjson } from './ndjson.ts';
import { renderPdf } from './pdf.ts';
import { renderText, type TextOptions } from './text.ts';

export { annotationsOf, workflowCommand } from './github/annotations.ts';
export { stepSummary } from './github/step-summary.ts';
export { metricsOfUnfinishedRun, renderMetrics } from './metrics/exposition.ts';
export { factsOfReport } from './metrics/facts.ts';

export interface ReportFormat {
  /** What `--format` calls it. */
  readonly name: string;
  /** Endings of file names that mean it, lower-case, with the dot. */
  readonly extensions: readonly string[];
  readonly mediaType: string;
  /** Draws the report; options that a format has no use for are ignored. */
  readonly render: (report: ContinuityReport, options: TextOptions) => string;
}

export const REPORT_FORMATS: readonly ReportFormat[] = [
  { name: 'text', extensions: ['.txt', '.text'], mediaType: 'text/plain; charset=utf-8', render: renderText },
  { name: 'json', extensions: ['.json'], mediaType: 'application/json', render: renderJson },
  { name: 'ndjson', extensions: ['.ndjson', '.jsonl'], mediaType: 'application/x-ndjson', render: renderNdjson },
  { name: 'junit', extensions: ['.xml'], mediaType: 'application/xml', render: renderJunit },
  { name: 'html', extensions: ['.html', '.htm'], mediaType: 'text/html; charset=utf-8', render: renderHtml },
];

/** A format that is no text, and takes a while to draw: it is written to files as it is. */
export interface ReportFileFormat extends Omit<ReportFormat, 'render'> {
  /** Draws the report as the bytes of a file. */
  readonly renderBytes: (report: ContinuityReport) => Promise<Uint8Array>;
}

const REPORT_FILE_FORMATS: readonly ReportFileFormat[] = [
  { name: 'pdf', extensions: ['.pdf'], mediaType: 'application/pdf', renderBytes: renderPdf },
];

/** What `--format` may say for a comparison. */
export const FORMAT_NAMES: readonly string[] = [...REPORT_FORMATS, ...REPORT_FILE_FORMATS].map(({ name }) => name);

/** The format of texts that `--format` names, if there is one. */
export function formatNamed(name: string): ReportFormat | undefined {
  return REPORT_FORMATS.find((format) => format.name === name);
}

/** The format of files that `--format` names, if there is one. */
export function fileFormatNamed(name: string): ReportFileFormat | undefined {
  return REPORT_FILE_FORMATS.find((format) => format.name === name);
}

/** The format that the ending of `path` means, if any; letter case is ignored. */
export function formatForFile(path: string): ReportFormat | ReportFileFormat | undefined {
  const name = path.toLowerCase();
  return [...REPORT_FORMATS, ...REPORT_FILE_FORMATS].find(({ extensions }) =>
    extensions.some((extension) => name.endsWith(extension)),
  );
}

/** A format of the audit report; its name and endings are those of a format of the comparison. */
export interface AuditFormat {
  readonly name: string;
  readonly render: (report: AuditReport, options: TextOptions) => string | Promise<Uint8Array>;
}

export const AUDIT_FORMATS: readonly AuditFormat[] = [
  { name: 'pdf', render: renderAuditPdf },
  { name: 'text', render: renderAuditText },
  { name: 'json', render: renderAuditJson },
];
