/** The continuity report as PDF, drawn from the report object and from nothing else. */
import type { ContinuityReport } from '../../core/continuity/report.ts';
import { demandLine } from '../demand-lines.ts';
import { EXIT_CODE_OF } from '../exit-codes.ts';
import { renderJson } from '../json.ts';
import { nextSteps } from '../text/next-steps.ts';
import { grouped } from '../text/page.ts';
import { brief, drawFacts, drawVerdict, sha256Of, sideFacts } from './facts.ts';
import { drawFindings } from './findings.ts';
import { Sheet } from './sheet.ts';
import { CODE, plainRow, Table } from './table.ts';
import { drawTenants } from './tenants.ts';

/** The books: every record of both sides in one place. */
export function drawTotals(sheet: Sheet, { totals }: ContinuityReport): void {
  const { matched, added, missing, modified, relinked, moved, unjudged } = totals;
  const table = new Table(sheet, [
    ...['Matched', 'Added', 'Missing', 'Modified', 'Re-linked', 'Moved'].map((title) => ({
      title,
      share: 1 / 6,
      right: true,
    })),
  ]);
  table.add(plainRow(...[matched, added, missing, modified, relinked, moved].map(grouped)));
  if (unjudged === undefined) return;
  const sides = `${grouped(unjudged.baseline)} of the baseline, ${grouped(unjudged.current)} of the current side`;
  sheet.paragraph(`Records read and not compared: ${sides}.`);
}

function drawFirstPage(sheet: Sheet, report: ContinuityReport): void {
  const { verdict, headline, relation, mode, run } = report;
  drawVerdict(sheet, 'Evidence continuity report', verdict, headline);
  drawFacts(sheet, [
    ['relation, mode', `${relation}, ${mode}`],
    ['exit code', String(EXIT_CODE_OF[verdict])],
    ['run', `${run.startedAt} to ${run.finishedAt}, ${run.tool}`],
    ['sha256 of the JSON report', sha256Of(renderJson(report)), 'code'],
  ]);
  sheet.heading('What was compared', 1);
  sheet.heading('Baseline (before)', 2);
  drawFacts(sheet, [...sideFacts(report.baseline), ['signature', 'none: this version reads no signatures']]);
  sheet.heading('Current side (after)', 2);
  drawFacts(sheet, sideFacts(report.current));
  sheet.heading('Demanded', 2);
  if (report.demands.length === 0) sheet.paragraph('Nothing.');
  for (const demand of report.demands) sheet.bullet(demandLine(demand));
  sheet.heading('Records', 2);
  drawTotals(sheet, report);
}

/** What was checked, what was not, and what to do. */
function drawChecks(sheet: Sheet, report: ContinuityReport): void {
  sheet.heading('Checks', 1, 100);
  const table = new Table(sheet, [
    { title: 'Check', share: 0.24 },
    { title: 'Made', share: 0.14, right: true },
    { title: 'Skipped', share: 0.14, right: true },
    { title: 'Why', share: 0.48 },
  ]);
  for (const { check, done, skipped = 0, why = '' } of report.checks) {
    table.add(plainRow(check, grouped(done), grouped(skipped), why));
  }
  sheet.heading(report.notChecked.length === 0 ? 'Not checked: nothing was left out' : 'Not checked', 1);
  for (const what of report.notChecked) sheet.bullet(what);
  sheet.heading('What to do now', 1);
  for (const step of nextSteps(report)) sheet.bullet(step);
}

/** `text` as one word of a shell. */
function shellWord(text: string): string {
  return /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function drawRepeat(sheet: Sheet, { baseline, current, mode }: ContinuityReport): void {
  sheet.heading('How to repeat it', 1);
  sheet.paragraph(
    'The same inputs give the same report, but for the times of the run. The digests say which inputs these are:',
  );
  const pinned = baseline.sha256 === null ? '' : ` --expect-digest sha256:${baseline.sha256}`;
  sheet.space(3);
  const sides = `${shellWord(baseline.name)} ${shellWord(current.name)}`;
  sheet.paragraph(`evidence-diff ${sides} --mode ${mode}${pinned} --output again.pdf --output again.json`, CODE, 10);
  sheet.space(3);
  sheet.paragraph(
    'A file of roots is compared with verify-roots --baseline. A database goes on after a report; what it held then can ' +
      'be compared again only if it was captured to a file.',
  );
}

function footOf({ verdict, baseline, current }: ContinuityReport): string {
  const sides = `baseline ${brief(baseline.sha256 ?? baseline.globalRoot)}, current ${brief(current.sha256 ?? current.globalRoot)}`;
  return `Evidence continuity report: ${verdict}; ${sides}`;
}

/**
 * Draws `report`.
 *
 * @returns the bytes of the PDF: the same for the same report
 * @throws RangeError if its `run.finishedAt` is no time
 */
export function drawContinuity(report: ContinuityReport): Promise<Uint8Array> {
  const sheet = new Sheet({
    title: `Evidence continuity report: ${report.verdict}`,
    foot: footOf(report),
    time: report.run.finishedAt,
    creator: report.run.tool,
  });
  drawFirstPage(sheet, report);
  sheet.newPage();
  drawTenants(sheet, report);
  drawFindings(sheet, report);
  drawChecks(sheet, report);
  drawRepeat(sheet, report);
  return sheet.finish();
}
