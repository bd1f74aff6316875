/** A picture of counts: two bars for each row, before and after, in one scale. */
import { printable, quoted } from '../printable.ts';
import { counted, grouped } from '../text/page.ts';
import { linesOf, widthOf } from './lines.ts';
import { COLOR, type Color, leading, type Sheet, type TextStyle } from './sheet.ts';

export interface Bar {
  readonly name: string;
  /** Undefined where there is nothing to compare with. */
  readonly before?: number;
  readonly after: number;
}

export interface Legend {
  readonly before?: string;
  readonly after: string;
  /** What one row is, for the rows that are left out. */
  readonly what: string;
  readonly where: string;
}

const LABEL: TextStyle = { face: 'text', size: 7.5, color: COLOR.ink };
const FAINT: TextStyle = { ...LABEL, color: COLOR.faint };
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 70;
const BAR_HEIGHT = 6;
const MOST_BARS = 30;

/** `text`, cut at its end so that it is at most `width` points wide. */
function fitted(text: string, width: number): string {
  const [first = '', second] = linesOf(
    LABEL.face,
    LABEL.size,
    printable(text),
    width - widthOf('text', LABEL.size, '…'),
  );
  return second === undefined ? first : `${first}…`;
}

function drawLegend(sheet: Sheet, { before, after }: Legend): void {
  let x = sheet.left;
  const entries: readonly (readonly [string | undefined, Color])[] = [
    [before, COLOR.before],
    [after, COLOR.after],
  ];
  for (const [text, color] of entries) {
    if (text === undefined) continue;
    sheet.box(x, sheet.y + 2, 8, BAR_HEIGHT, color);
    sheet.put(text, x + 12, sheet.y, FAINT);
    x += 30 + widthOf(FAINT.face, FAINT.size, text);
  }
  sheet.y += leading(LABEL.size) + 3;
}

function drawBar(sheet: Sheet, { name, before, after }: Bar, most: number): void {
  const values: readonly (readonly [number, Color])[] = [
    ...(before === undefined ? [] : [[before, COLOR.before] as const]),
    [after, COLOR.after],
  ];
  const height = Math.max(values.length * (BAR_HEIGHT + 2), leading(LABEL.size)) + 4;
  sheet.require(height);
  const x = sheet.left + LABEL_WIDTH;
  const full = sheet.width - LABEL_WIDTH - VALUE_WIDTH;
  sheet.put(fitted(quoted(name), LABEL_WIDTH - 10), sheet.left, sheet.y, LABEL);
  for (const [index, [value, color]] of values.entries()) {
    const y = sheet.y + 1 + index * (BAR_HEIGHT + 2);
    // What is not nothing must not look like nothing.
    const length = value === 0 || most === 0 ? 0 : Math.max(0.75, (value / most) * full);
    if (length > 0) sheet.box(x, y, length, BAR_HEIGHT, color);
    sheet.put(grouped(value), x + length + 4, y - 1.5, { ...FAINT, size: 6.5 });
  }
  sheet.y += height;
}

/** Draws the first rows; says how many others there are. */
export function drawBars(sheet: Sheet, bars: readonly Bar[], legend: Legend): void {
  if (bars.length === 0) return;
  sheet.require(70);
  drawLegend(sheet, legend);
  const most = bars.reduce((max, { before = 0, after }) => Math.max(max, before, after), 0);
  for (const bar of bars.slice(0, MOST_BARS)) drawBar(sheet, bar, most);
  const left = bars.length - MOST_BARS;
  if (left > 0) sheet.paragraph(`and ${counted(left, `more ${legend.what}`)}; ${legend.where}`, FAINT);
  sheet.space(6);
}
