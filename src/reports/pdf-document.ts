/** The continuity report as PDF, drawn from the outline of the report and from nothing else. */
import type { ContinuityReport } from '../core/report/report.ts';
import type { Fact } from './facts.ts';
import { jsonDigestOf } from './json.ts';
import { type Outline, outlineOf } from './outline.ts';
import {
  brief,
  drawChanges,
  drawChecks,
  drawCountedBy,
  drawCounts,
  drawDemands,
  drawFacts,
  drawFindings,
  drawList,
  drawRepeat,
  drawSides,
  drawVerdict,
  keepSignatures,
} from './pdf-parts.ts';
import { Sheet } from './pdf-sheet.ts';
import { drawTenants } from './pdf-tenants.ts';

const SIGNED =
  'I have read this report: its verdict, what was compared, what was demanded and what was not checked, with all pages ' +
  'that follow. The SHA-256 above ties it to the JSON report of the same run.';

/** Counts beside each other: the tally, and below them what could not be compared. */
export function drawTally(sheet: Sheet, tally: readonly Fact[]): void {
  const unjudged = tally.filter(({ key }) => key.startsWith('totals.unjudged.'));
  drawCounts(
    sheet,
    tally.filter((fact) => !unjudged.includes(fact)),
  );
  if (unjudged.length > 0) drawCounts(sheet, unjudged);
}

/** What an auditor signs: verdict, scope, what was demanded and held, what was not checked, and room for names. */
function drawFirstPage(sheet: Sheet, outline: Outline, digest: string): void {
  const { title, verdict, headline, meaning, result, sides, migration, tally, demands, notChecked, run } = outline;
  keepSignatures(sheet, SIGNED);
  drawVerdict(sheet, title, verdict, headline);
  const said = (facts: readonly Fact[]): string => facts.map(({ label, value }) => `${label} ${value}`).join(', ');
  drawFacts(sheet, [
    { key: 'meaning', label: 'meaning', value: meaning, as: 'words' },
    { key: 'result', label: 'result', value: said(result), as: 'words' },
    { key: 'run', label: 'run', value: said(run), as: 'words' },
    { key: 'sha256', label: 'sha256 of the JSON report', value: digest, as: 'hash' },
  ]);
  sheet.heading('What was compared', 1);
  const isSigned = ({ key }: Fact): boolean => key.startsWith('baseline.signature');
  drawSides(
    sheet,
    sides.map((side) => ({ ...side, facts: side.facts.filter((fact) => !isSigned(fact)) })),
  );
  drawDemands(sheet, demands);
  if (outline.declared !== undefined) drawList(sheet, outline.declared, 2);
  drawList(sheet, notChecked, 2);
  sheet.space(6);
  drawFacts(sheet, sides.flatMap(({ facts }) => facts).filter(isSigned));
  if (migration.length > 0) {
    sheet.heading('Migration', 2);
    drawFacts(sheet, migration);
  }
  sheet.space(4);
  drawTally(sheet, tally);
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
  const outline = outlineOf(report);
  const sheet = new Sheet({
    title: `${outline.title}: ${report.verdict}`,
    foot: footOf(report),
    time: report.run.finishedAt,
    creator: report.run.tool,
  });
  drawFirstPage(sheet, outline, jsonDigestOf(report));
  sheet.endFirstPage();
  drawChanges(sheet, outline.changes);
  drawTenants(sheet, report, outline.tenants);
  if (outline.countedBy !== undefined) drawCountedBy(sheet, outline.countedBy);
  drawFindings(sheet, report);
  drawChecks(sheet, outline.checks);
  drawList(sheet, { title: 'What to do now', items: outline.steps });
  drawRepeat(sheet, outline.repeat);
  sheet.paragraph(outline.identity);
  return sheet.finish();
}
