/** The part of a PDF report that lists what was found, a table for each kind. */
import type { FindingClass } from '../../core/continuity/kinds.ts';
import type { Finding, FindingValue } from '../../core/continuity/report.ts';
import { quoted, shortened } from '../printable.ts';
import { type Found, type Group, groupsOf } from '../text/findings.ts';
import { counted, grouped } from '../text/page.ts';
import { BODY, COLOR, type Color, type Sheet } from './sheet.ts';
import { CELL, CODE, type Piece, piece, Table } from './table.ts';

/** What was only added is counted; a few show what it is like. What forces a verdict is listed as far as the report does. */
const SHOWN_INFO = 100;

const COLOR_OF: Readonly<Record<FindingClass, Color>> = {
  UNTRUSTED: COLOR.bad,
  FAIL: COLOR.bad,
  INCOMPLETE: COLOR.doubt,
  info: COLOR.faint,
};

const FAINT = { ...CELL, color: COLOR.faint };

/** Where a finding lies, from the outside in. Ids are given in full: they are what is looked for. */
function placeOf({ tenant, stream, seq, id }: Finding): readonly Piece[] {
  const pieces: Piece[] = [];
  if (tenant !== undefined) pieces.push(piece(`tenant ${quoted(tenant)}`));
  if (stream !== undefined) pieces.push(piece(`stream ${quoted(stream)}`));
  if (seq !== undefined) pieces.push(piece(`seq ${seq}`));
  if (id !== undefined) pieces.push(piece(`id ${quoted(id)}`, { ...CELL, face: 'bold' }));
  return pieces.length === 0 ? [piece('the whole', FAINT)] : pieces;
}

/** As JSON, so that the text "5" is not taken for the number 5. */
function shownValue(value: FindingValue): string {
  return typeof value === 'string' ? quoted(value) : String(value);
}

function whatOf({ message, path, baseline, current }: Finding): readonly Piece[] {
  const pieces = [piece(shortened(message, 2000))];
  if (path !== undefined) pieces.push(piece(`at ${quoted(path)}`, CODE));
  if (baseline !== undefined) pieces.push(piece(`before ${shownValue(baseline)}`, CODE));
  if (current !== undefined) pieces.push(piece(`after  ${shownValue(current)}`, CODE));
  return pieces;
}

function leftOut(left: number, all: boolean): string {
  const where = all ? 'all in the JSON report' : 'not all are in the JSON report: --max-findings lists more';
  return `and ${grouped(left)} more; ${where}`;
}

function drawGroup(sheet: Sheet, { kind, forced, count, listed }: Group): void {
  const shown = listed.slice(0, forced === 'info' ? SHOWN_INFO : listed.length);
  sheet.require(90);
  sheet.space(10);
  sheet.paragraph(`${kind} (${forced}): ${grouped(count)}`, {
    ...BODY,
    face: 'bold',
    size: 10,
    color: COLOR_OF[forced],
  });
  sheet.y += 2;
  if (shown.length > 0) {
    const table = new Table(sheet, [
      { title: `Where (${kind})`, share: 0.38 },
      { title: 'What; at which JSON Pointer; value before and after', share: 0.62 },
    ]);
    for (const finding of shown) table.add([placeOf(finding), whatOf(finding)]);
  }
  const left = count - shown.length;
  if (left > 0) sheet.paragraph(leftOut(left, listed.length >= count), FAINT);
}

/** Every kind with its count, and what is listed of each. */
export function drawFindings(sheet: Sheet, found: Found): void {
  const groups = groupsOf(found);
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  sheet.heading(total === 0 ? 'Findings: none' : `Findings: ${grouped(total)} of ${counted(groups.length, 'kind')}`, 1);
  if (total === 0) sheet.paragraph('No difference and no fault was found by the checks named below.');
  for (const group of groups) drawGroup(sheet, group);
}
