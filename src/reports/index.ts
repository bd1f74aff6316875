/** The formats a report is drawn in. To add one is to add its file and one line here. */
import type { ContinuityReport } from '../core/continuity/report.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderNdjson } from './ndjson.ts';
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
