/** The report as the Markdown that GitHub shows on the page of a run: short, and whole only in the other formats. */
import type { FindingClass } from '../../core/continuity/kinds.ts';
import type { ContinuityReport, Finding, SideReport } from '../../core/continuity/report.ts';
import { demandLine } from '../demand-lines.ts';
import { printable, shortened } from '../printable.ts';
import { placeOf } from '../text/findings.ts';
import { grouped } from '../text/page.ts';

/** GitHub drops a summary of more than 1 MiB: this many lines of at most some 2 KB stay far below it. */
const MOST_FINDINGS = 50;
const MOST_NOTES = 20;
const MAX_TEXT = 300;

const GRAVEST_FIRST: readonly FindingClass[] = ['UNTRUSTED', 'FAIL', 'INCOMPLETE', 'info'];

/**
 * `text` as Markdown that shows just that text, on one line: every ASCII punctuation mark could begin something (a link,
 * a mention, HTML, a cell), and CommonMark lets each be escaped. `@` and `&`, `<`, `>` are given by number, for what is
 * done to a text after Markdown; so is `:`, which would make a link of an address.
 */
function markdown(text: string): string {
  return printable(shortened(text, MAX_TEXT)).replace(/[!-/:-@[-`{-~]/g, (mark) =>
    '@&<>:'.includes(mark) ? `&#${mark.charCodeAt(0)};` : `\\${mark}`,
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function sideRow(label: string, { name, records, sha256, globalRoot }: SideReport): string {
  return row([label, markdown(name), grouped(records), sha256 ?? 'unknown', globalRoot ?? 'unknown']);
}

function writeTotals({ totals, baseline, current }: ContinuityReport): readonly string[] {
  const { unjudged, ...books } = totals;
  const names = Object.keys(books);
  return [
    row(['', 'input', 'records', 'SHA-256', 'global root']),
    row(['---', '---', '---:', '---', '---']),
    sideRow('baseline', baseline),
    sideRow('current', current),
    '',
    row(names),
    row(names.map(() => '---:')),
    row(Object.values(books).map(grouped)),
    '',
    ...(unjudged === undefined
      ? []
      : [
          `Not compared: ${grouped(unjudged.baseline)} of the baseline, ${grouped(unjudged.current)} of the current side.`,
          '',
        ]),
  ];
}

function findingRow(finding: Finding): string {
  return row([finding.class, finding.kind, markdown(placeOf(finding)), markdown(finding.message)]);
}

function writeFindings({ findings, findingCounts }: ContinuityReport): readonly string[] {
  const total = Math.max(
    Object.values(findingCounts).reduce((sum, count) => sum + count, 0),
    findings.length,
  );
  if (total === 0) return [];
  const gravest = [...findings].sort((a, b) => GRAVEST_FIRST.indexOf(a.class) - GRAVEST_FIRST.indexOf(b.class));
  const shown = gravest.slice(0, MOST_FINDINGS);
  const left = total - shown.length;
  return [
    row(['class', 'kind', 'place', 'finding']),
    row(['---', '---', '---', '---']),
    ...shown.map(findingRow),
    '',
    ...(left > 0 ? [`and ${grouped(left)} more`, ''] : []),
  ];
}

function writeDemands({ demands }: ContinuityReport): readonly string[] {
  if (demands.length === 0) return [];
  return ['Demanded:', '', ...demands.map((demand) => `- ${markdown(demandLine(demand))}`), ''];
}

function writeNotes({ notChecked }: ContinuityReport): readonly string[] {
  if (notChecked.length === 0) return [];
  return ['Not checked:', '', ...notChecked.slice(0, MOST_NOTES).map((what) => `- ${markdown(what)}`), ''];
}

/** Markdown for the page of a run: headline, totals, findings with the gravest first, what was not checked. */
export function stepSummary(report: ContinuityReport): string {
  const { headline, relation, mode } = report;
  const lines = [
    `### ${markdown(headline)}`,
    '',
    `relation ${relation}, mode ${mode}`,
    '',
    ...writeTotals(report),
    ...writeDemands(report),
    ...writeFindings(report),
    ...writeNotes(report),
  ];
  return `${lines.join('\n')}\n`;
}
