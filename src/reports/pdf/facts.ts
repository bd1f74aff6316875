/** What stands on the first page: the verdict, the headline, and facts as names and values. */
import { createHash } from 'node:crypto';
import type { SideReport, Verdict } from '../../core/continuity/report.ts';
import { printable, quoted, shortened } from '../printable.ts';
import { grouped } from '../text/page.ts';
import { linesOf, widthOf } from './lines.ts';
import { COLOR, type Color, leading, type Sheet, type TextStyle } from './sheet.ts';
import { CODE } from './table.ts';

const COLOR_OF: Readonly<Record<Verdict, Color>> = {
  PASS: COLOR.good,
  FAIL: COLOR.bad,
  INCOMPLETE: COLOR.doubt,
  UNTRUSTED: COLOR.bad,
};

const KIND: TextStyle = { face: 'text', size: 10, color: COLOR.faint };
const VERDICT: TextStyle = { face: 'bold', size: 26, color: '#ffffff' };
const HEADLINE: TextStyle = { face: 'bold', size: 12, color: COLOR.ink };
const NAME: TextStyle = { face: 'text', size: 8, color: COLOR.faint };
const VALUE: TextStyle = { face: 'text', size: 8, color: COLOR.ink };
const NAME_WIDTH = 112;

/** A name and its value; a digest is set in the fixed width. */
export type Fact = readonly [name: string, value: string, code?: 'code'];

/** SHA-256 of the UTF-8 bytes of `text`, as 64 hexadecimal digits. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The verdict in a box, and the headline under it. */
export function drawVerdict(sheet: Sheet, kind: string, verdict: Verdict, headline: string): void {
  sheet.paragraph(kind, KIND);
  sheet.space(8);
  const width = widthOf(VERDICT.face, VERDICT.size, verdict) + 36;
  const height = leading(VERDICT.size) + 14;
  sheet.box(sheet.left, sheet.y, width, height, COLOR_OF[verdict]);
  sheet.put(verdict, sheet.left + 18, sheet.y + 8, VERDICT);
  sheet.y += height + 14;
  // A headline may quote a message of the input, and the whole of it stands under the findings.
  sheet.paragraph(shortened(headline, 1200), HEADLINE);
  sheet.space(6);
}

export function drawFacts(sheet: Sheet, facts: readonly Fact[]): void {
  for (const [name, value, code] of facts) {
    const style = code === undefined ? VALUE : { ...CODE, size: 7.5 };
    const lines = linesOf(style.face, style.size, printable(value), sheet.width - NAME_WIDTH);
    sheet.require(leading(8));
    sheet.put(name, sheet.left, sheet.y, NAME);
    for (const line of lines) {
      sheet.require(leading(8));
      sheet.put(line, sheet.left + NAME_WIDTH, sheet.y, style);
      sheet.y += leading(8);
    }
    sheet.y += 1.5;
  }
}

/** What was read of one side. */
export function sideFacts(side: SideReport): readonly Fact[] {
  const system = side.subject?.['system'];
  return [
    ['name', shortened(side.name, 1000)],
    ['sha256 of its bytes', side.sha256 ?? 'unknown: not all bytes were read, or it is no file', 'code'],
    ['global root', side.globalRoot ?? 'unknown: not read to its end', 'code'],
    ['records', grouped(side.records)],
    ['depth', side.depth ?? 'unknown'],
    ['captured', side.capturedAt ?? 'unknown'],
    ['system', system === undefined ? 'not named' : quoted(shortened(String(system), 300))],
  ];
}

/** The first digits of a digest, for the foot of a page. */
export function brief(hash: string | null): string {
  return hash === null ? 'unknown' : hash.slice(0, 12);
}
