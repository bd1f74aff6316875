/** The formats a report is drawn in. To add one is to add its file and one line here. */
import type { ContinuityReport } from '../core/continuity/report.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderText, type TextOptions } from './text.ts';

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
  { name: 'html', extensions: ['.html', '.htm'], mediaType: 'text/html; charset=utf-8', render: renderHtml },
];

/** The format that `--format` names, if there is one. */
export function formatNamed(name: string): ReportFormat | undefined {
  return REPORT_FORMATS.find((format) => format.name === name);
}

/** The format that the ending of `path` means, if any; letter case is ignored. */
export function formatForFile(path: string): ReportFormat | undefined {
  const name = path.toLowerCase();
  return REPORT_FORMATS.find((format) => format.extensions.some((extension) => name.endsWith(extension)));
}
