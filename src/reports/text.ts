/** The report as text, to be read in a terminal: the headline first, then what it rests on, then what to do. */
import type { ContinuityReport, Verdict } from '../core/continuity/report.ts';
import { demandLine } from './demand-lines.ts';
import { EXIT_CODE_OF } from './exit-codes.ts';
import { writeFindings } from './text/findings.ts';
import { nextSteps } from './text/next-steps.ts';
import { grouped, Page, type Style } from './text/page.ts';
import { writeCompared } from './text/sides.ts';
import { writeTenants } from './text/tenants.ts';

export interface TextOptions {
  /** Whether to colour. Nothing is said by colour alone. */
  readonly color: boolean;
  /** Columns at which prose is broken; 100 if not given. Lines of data are never broken. */
  readonly width?: number;
}

const STYLE_OF: Readonly<Record<Verdict, Style>> = { PASS: 'good', FAIL: 'bad', INCOMPLETE: 'doubt', UNTRUSTED: 'bad' };

function writeDemands(page: Page, { demands }: ContinuityReport): void {
  page.title(demands.length === 0 ? 'Demanded: nothing' : 'Demanded');
  for (const demand of demands) page.line(`  ${demandLine(demand)}`, demand.state === 'held' ? 'plain' : 'bad');
}

function writeChecks(page: Page, report: ContinuityReport): void {
  page.title('Checks');
  for (const { check, done, skipped = 0, why } of report.checks) {
    const reason = why === undefined ? '' : ` (${why})`;
    const left = skipped === 0 ? '' : `, SKIPPED ${grouped(skipped)}${reason}`;
    page.line(`  ${check}: made ${grouped(done)}${left}`, skipped === 0 ? 'plain' : 'doubt');
  }
  page.title(report.notChecked.length === 0 ? 'Not checked: nothing was left out' : 'Not checked');
  for (const what of report.notChecked) page.bullet(what);
}

/**
 * The report as text. Line 1 is the headline; the lines after it depend on the report alone, and of `run` only the
 * tool and the duration are told, in the last line.
 *
 * @returns lines that end in a line feed; no character in them but those line feeds and, with `color`, the renderer's
 *   own colour sequences can control a terminal
 */
export function renderText(report: ContinuityReport, options: TextOptions): string {
  const page = new Page(options.color, options.width ?? 100);
  page.line(report.headline, STYLE_OF[report.verdict]);
  page.line(`verdict ${report.verdict}, relation ${report.relation}, mode ${report.mode}`);
  writeCompared(page, report);
  writeDemands(page, report);
  writeTenants(page, report);
  writeFindings(page, report);
  writeChecks(page, report);
  page.title('What to do now');
  for (const step of nextSteps(report)) page.bullet(step);
  const stopped = Object.hasOwn(report.findingCounts, 'interrupted');
  page.title(`Exit code ${EXIT_CODE_OF[report.verdict]}${stopped ? ' (130 or 143 if a signal stopped it)' : ''}`);
  page.line(`${report.run.tool}, ${grouped(Math.round(report.run.durationMs))} ms`, 'faint');
  return page.text();
}
