/**
 * The formats a report is drawn in. To add one is to add its file and one line here. What draws is loaded when it is
 * needed: a run draws in one format or two, and a script that compares starts this many times.
 */
import { flag, type OptionTable, oneOf, readOptions, wholeNumber } from '../core/options.ts';
import type { ContinuityReport } from '../core/report/report.ts';
import type { ListOptions } from './ndjson.ts';
import { renderPdf } from './pdf.ts';
import type { TextOptions } from './text.ts';

/** How a report is drawn, whatever the format. */
export type DrawOptions = TextOptions & ListOptions;

export interface ReportFormat {
  /** What `--format` calls it. */
  readonly name: string;
  /** Endings of file names that mean it, lower-case, with the dot. */
  readonly extensions: readonly string[];
  readonly mediaType: string;
  /** Draws the report, as text or as the bytes of a file; options that a format has no use for are ignored. */
  readonly render: (report: ContinuityReport, options: DrawOptions) => Promise<string | Uint8Array>;
  /** The same bytes piece by piece, where they may be more than memory holds. */
  readonly pieces?: (report: ContinuityReport, options: DrawOptions) => Promise<AsyncIterable<Uint8Array>>;
}

export const REPORT_FORMATS: readonly ReportFormat[] = [
  {
    name: 'text',
    extensions: ['.txt', '.text'],
    mediaType: 'text/plain; charset=utf-8',
    render: async (report, options) => (await import('./text.ts')).renderText(report, options),
  },
  {
    name: 'brief',
    extensions: [],
    mediaType: 'text/plain; charset=utf-8',
    render: async (report) => (await import('./brief.ts')).renderBrief(report),
  },
  {
    name: 'json',
    extensions: ['.json'],
    mediaType: 'application/json',
    render: async (report) => (await import('./json.ts')).renderJson(report),
    pieces: async (report) => (await import('./json.ts')).jsonBytes(report),
  },
  {
    name: 'ndjson',
    extensions: ['.ndjson', '.jsonl'],
    mediaType: 'application/x-ndjson',
    render: async (report, options) => (await import('./ndjson.ts')).renderNdjson(report, options),
    pieces: async (report, options) => (await import('./ndjson.ts')).ndjsonBytes(report, options),
  },
  {
    name: 'junit',
    extensions: ['.xml'],
    mediaType: 'application/xml',
    render: async (report) => (await import('./junit.ts')).renderJunit(report),
  },
  {
    name: 'markdown',
    extensions: ['.md', '.markdown'],
    mediaType: 'text/markdown; charset=utf-8',
    render: async (report) => (await import('./markdown.ts')).renderMarkdown(report),
  },
  {
    name: 'html',
    extensions: ['.html', '.htm'],
    mediaType: 'text/html; charset=utf-8',
    render: async (report) => (await import('./html.ts')).renderHtml(report),
  },
  {
    name: 'pdf',
    extensions: ['.pdf'],
    mediaType: 'application/pdf',
    render: (report) => renderPdf(report),
  },
];

/** What `--format` may say for a comparison. */
export const FORMAT_NAMES: readonly string[] = REPORT_FORMATS.map(({ name }) => name);

/** How a report is drawn: a text, and its list. */
export const DRAW_OPTIONS = {
  color: flag,
  details: flag,
  width: wholeNumber(1),
  list: oneOf(['all']),
} satisfies OptionTable<DrawOptions>;

/** A format that is text. */
export interface TextFormat extends ReportFormat {
  readonly render: (report: ContinuityReport, options: DrawOptions) => Promise<string>;
}

/**
 * The format of texts that `--format` names, if there is one; what draws it throws a TypeError for an option that there is
 * not.
 */
export function formatNamed(name: string): TextFormat | undefined {
  const format = REPORT_FORMATS.find((known) => known.name === name && known.name !== 'pdf');
  if (format === undefined) return undefined;
  const render: TextFormat['render'] = async (report, options) => {
    const drawn = await format.render(report, readOptions(options, DRAW_OPTIONS, `render of ${name}`));
    if (typeof drawn !== 'string') throw new TypeError(`${name} is no text`);
    return drawn;
  };
  return { ...format, render };
}

/** The format that the ending of `path` means, if any; letter case is ignored. */
export function formatForFile(path: string): ReportFormat | undefined {
  const name = path.toLowerCase();
  return REPORT_FORMATS.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension)));
}
