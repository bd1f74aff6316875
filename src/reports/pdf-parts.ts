/** What the PDF of every report is made of: the verdict, facts, lists, findings, and room for those who sign. */
import type { Finding, Verdict } from '../core/report/report.ts';
import { type ChangeLine, morePlaces } from './changes.ts';
import type { CountedLine } from './counted-by.ts';
import { counted, type Fact, grouped, type Listed, shownFact, type Tone } from './facts.ts';
import {
  type Found,
  findingsOf,
  findingText,
  type Group,
  leftOutText,
  placeFacts,
  toneOfClass,
  valueFacts,
} from './found.ts';
import { type CheckLine, type DemandLine, type SideOutline, toneOf } from './outline.ts';
import { BODY, COLOR, type Color, leading, type Sheet, type TextStyle, widthOf } from './pdf-sheet.ts';
import { CELL, CODE, type Piece, piece, plainRow, Table } from './pdf-table.ts';
import { printable, quoted, shortened } from './printable.ts';
import type { Repeat } from './repeat.ts';

const COLOR_OF: Readonly<Record<Tone, Color>> = {
  plain: COLOR.ink,
  good: COLOR.good,
  bad: COLOR.bad,
  doubt: COLOR.doubt,
  faint: COLOR.faint,
};

export function colorOf(tone: Tone): Color {
  return COLOR_OF[tone];
}

const KIND: TextStyle = { face: 'text', size: 10, color: COLOR.faint };
const VERDICT: TextStyle = { face: 'bold', size: 22, color: '#ffffff' };
const HEADLINE: TextStyle = { face: 'bold', size: 11, color: COLOR.ink };
const NAME: TextStyle = { face: 'text', size: 8, color: COLOR.faint };
const VALUE: TextStyle = { face: 'text', size: 8, color: COLOR.ink };
const NAME_WIDTH = 112;
/** 64 digits of it fit into half a page: a digest that is broken cannot be copied. */
export const HASH: TextStyle = { ...CODE, size: 6.3 };
const FAINT: TextStyle = { ...CELL, color: COLOR.faint };

/** The verdict in a box, the headline and what it means under it. */
export function drawVerdict(sheet: Sheet, kind: string, verdict: Verdict, headline: string): void {
  sheet.text(kind, KIND, 'H1');
  sheet.space(6);
  const width = widthOf(VERDICT.face, VERDICT.size, verdict) + 36;
  const height = leading(VERDICT.size) + 10;
  sheet.box(sheet.left, sheet.y, width, height, colorOf(toneOf(verdict)));
  sheet.inside('P', () => sheet.put(verdict, sheet.left + 18, sheet.y + 5, VERDICT));
  sheet.y += height + 10;
  // A headline may quote a message of the input, and the whole of it stands under the findings.
  sheet.paragraph(shortened(headline, 1200), HEADLINE);
  sheet.space(4);
}

function styleOf({ as }: Fact): TextStyle {
  if (as === 'hash') return HASH;
  return as === 'absent' ? { ...VALUE, color: COLOR.doubt } : VALUE;
}

/** A name and its value, beside each other if both fit: a hash is never broken, and no name is cut. */
function drawFact(sheet: Sheet, fact: Fact, nameWidth: number): void {
  const style = styleOf(fact);
  const text = printable(shortened(shownFact(fact), 1000));
  const label = printable(fact.label);
  const wide = fact.as === 'hash' && widthOf(style.face, style.size, text) > sheet.width - nameWidth;
  const own = wide || widthOf(NAME.face, NAME.size, label) > nameWidth - 4;
  sheet.require(leading(NAME.size) * (own ? 2 : 1));
  sheet.inside('LI', () => {
    if (own) sheet.text(label, NAME, 'Lbl');
    else sheet.inside('Lbl', () => sheet.put(label, sheet.left, sheet.y, NAME));
    sheet.text(text, style, 'LBody', own ? 0 : nameWidth);
  });
  sheet.y += 1.5;
}

export function drawFacts(sheet: Sheet, facts: readonly Fact[], nameWidth: number = NAME_WIDTH): void {
  sheet.inside('L', () => {
    for (const fact of facts) drawFact(sheet, fact, nameWidth);
  });
}

const NARROW_NAMES = 74;
const GAP = 12;
/** Two columns are drawn only where they surely fit on the first page. */
const MOST_IN_COLUMNS = 18;

/** Both sides, beside each other if neither is long. */
export function drawSides(sheet: Sheet, sides: readonly SideOutline[]): void {
  const isShort = sides.every(({ facts }) => facts.length <= MOST_IN_COLUMNS);
  const width = isShort ? (sheet.width - GAP) / 2 : sheet.width;
  const top = sheet.y;
  let bottom = top;
  for (const [at, { label, facts }] of sides.entries()) {
    if (isShort) sheet.y = top;
    sheet.column(sheet.left + (isShort ? at * (width + GAP) : 0), width, () => {
      sheet.text(label, { ...BODY, face: 'bold' }, 'H3');
      drawFacts(sheet, facts, isShort ? NARROW_NAMES : NAME_WIDTH);
    });
    bottom = Math.max(bottom, sheet.y);
  }
  if (isShort) sheet.y = bottom;
}

/** Counts beside each other, each under its name. */
export function drawCounts(sheet: Sheet, facts: readonly Fact[]): void {
  const columns = facts.map(({ label }) => ({ title: label, share: 1 / facts.length, right: true }));
  new Table(sheet, columns).add(plainRow(...facts.map(shownFact)));
}

/** What was demanded, and what came of it. */
export function drawDemands(sheet: Sheet, { title, items }: Listed<DemandLine>): void {
  sheet.heading(title, 2, 40);
  if (items.length === 0) return;
  const table = new Table(sheet, [
    { title: 'State', share: 0.12 },
    { title: 'What was demanded', share: 0.88 },
  ]);
  for (const { state, what, why, tone } of items) {
    const reason = why === '' ? [] : [piece(shortened(why, 2000))];
    table.add([[piece(state, { ...CELL, face: 'bold', color: colorOf(tone) })], [piece(what, CODE), ...reason]]);
  }
}

export function drawList(sheet: Sheet, { title, items }: Listed<string>, level: 1 | 2 = 1): void {
  sheet.heading(title, level, 40);
  sheet.bullets(items);
}

/** Records by attribute, before and after. */
export function drawCountedBy(sheet: Sheet, { title, items }: Listed<CountedLine>): void {
  sheet.heading(title, 1, 60);
  const table = new Table(sheet, [
    { title: 'Attribute', share: 0.58 },
    { title: 'Before', share: 0.14, right: true },
    { title: 'After', share: 0.14, right: true },
    { title: 'Change', share: 0.14, right: true },
  ]);
  for (const { what, baseline, current, difference } of items) {
    table.add(plainRow(what, baseline, current, difference));
  }
}

/** Every check, how often it was made, and why it was not. */
export function drawChecks(sheet: Sheet, checks: readonly CheckLine[]): void {
  sheet.heading('Checks', 1, 100);
  const table = new Table(sheet, [
    { title: 'Check', share: 0.24 },
    { title: 'Made', share: 0.12, right: true },
    { title: 'Skipped', share: 0.12, right: true },
    { title: 'What one is, or why it was skipped', share: 0.52 },
  ]);
  for (const { check, done, skipped, about } of checks) {
    table.add(plainRow(check, grouped(done), grouped(skipped), about));
  }
}

/** A command whose lines end as a shell wants it: it can be copied in one piece. */
function commandLines(words: readonly string[], fits: (line: string) => boolean): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && !fits(`${longer} \\`)) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

export function drawRepeat(sheet: Sheet, { words, digests, notes }: Repeat): void {
  sheet.heading('How to repeat it', 1, 100);
  const fits = (line: string): boolean => widthOf(CODE.face, CODE.size, line) <= sheet.width - 10;
  for (const line of [...digests, ...commandLines(words, fits)]) sheet.paragraph(line, CODE, 10);
  sheet.space(3);
  sheet.bullets(notes);
}

/** Characters of findings in a PDF, some 10 pages: who has to read more reads the NDJSON, with a program. */
const MOST_CHARACTERS = 40_000;

/** What a row takes that has but a few words: where it is takes four lines. */
const LEAST_CHARACTERS = 250;

/** Places of one record that are shown. */
const SHOWN_PLACES = 5;

/** The first of `items` whose texts are no longer than that, and one at least: the JSON report has them all. */
function fewEnough<T>(items: readonly T[], mostCharacters: number, textOf: (item: T) => string): readonly T[] {
  let left = mostCharacters;
  const end = items.findIndex((item) => {
    left -= Math.max(LEAST_CHARACTERS, printable(textOf(item)).length);
    return left < 0;
  });
  return end < 0 ? items : items.slice(0, Math.max(1, end));
}

function rowText(finding: Finding): string {
  return [findingText(finding), ...morePlaces(finding, SHOWN_PLACES)].join(' ');
}

function drawGroup(sheet: Sheet, group: Group, shownInfo: number, mostCharacters: number): void {
  const { kind, forced, count, listed } = group;
  // What was only added is counted; a few show what it is like.
  const shown = fewEnough(listed.slice(0, forced === 'info' ? shownInfo : listed.length), mostCharacters, rowText);
  sheet.require(90);
  sheet.space(8);
  sheet.text(
    `${kind} (${forced}): ${grouped(count)}`,
    { ...BODY, face: 'bold', size: 10, color: colorOf(toneOfClass(forced)) },
    'H3',
  );
  sheet.y += 2;
  if (shown.length > 0) {
    const table = new Table(sheet, [
      { title: `Where (${kind})`, share: 0.38 },
      { title: 'What; value before and after', share: 0.62 },
    ]);
    for (const finding of shown) {
      // Ids are given in full: they are what is looked for.
      const places = placeFacts(finding).map(({ label, value, as }): Piece => {
        const text = `${label} ${as === 'name' ? quoted(String(value)) : value}`;
        return piece(text, label === 'id' ? { ...CELL, face: 'bold' } : label === 'at' ? CODE : CELL);
      });
      const values = valueFacts(finding).map(({ label, value }) => piece(`${label.padEnd(6)} ${value}`, CODE));
      const where = places.length === 0 ? [piece('the whole', FAINT)] : places;
      const more = morePlaces(finding, SHOWN_PLACES).map((line) => piece(line, CODE));
      table.add([where, [piece(shortened(finding.message, 2000)), ...values, ...more]]);
    }
  }
  const more = leftOutText(group, shown.length);
  if (more !== '') sheet.paragraph(more, FAINT);
}

/** Every kind with its count, and what is listed of each. */
export function drawFindings(sheet: Sheet, found: Found, shownInfo = 100): void {
  const { title, items } = findingsOf(found);
  sheet.heading(title, 1, 120);
  if (items.length === 0) sheet.paragraph('No difference and no fault was found by the checks named below.');
  for (const group of items) drawGroup(sheet, group, shownInfo, MOST_CHARACTERS / items.length);
}

/** Characters of changes in a PDF, some 3 pages, and the places of one that it shows. */
const MOST_CHANGE_CHARACTERS = 12_000;
const MOST_CHANGE_PLACES = 12;

/** What is said of a change: its places, then what is known of the records. */
function changeLines({ places, more, examples, held }: ChangeLine): readonly Piece[] {
  const lines = places.slice(0, MOST_CHANGE_PLACES).map(({ what, values }) => piece(`${what} ${values}`.trim(), CODE));
  const left = places.length - MOST_CHANGE_PLACES;
  const rest = [
    ...(left > 0 ? [`and ${grouped(left)} more places, in the JSON report`] : []),
    ...(more === '' ? [] : [more]),
    ...(held === '' ? [] : [`concentrated in: ${held}`]),
    ...(examples.length === 0 ? [] : [`for example ${examples.join('; ')}`]),
  ];
  return [...lines, ...rest.map((line) => piece(line, FAINT))];
}

/** Modified records by what changed in them. */
export function drawChanges(sheet: Sheet, { title, items }: Listed<ChangeLine>): void {
  if (items.length === 0) return;
  sheet.heading(title, 1, 80);
  const table = new Table(sheet, [
    { title: 'Records', share: 0.1, right: true },
    { title: 'What changed in each; examples', share: 0.9 },
  ]);
  const rows = items.map((item) => ({ count: item.count, lines: changeLines(item) }));
  const shown = fewEnough(rows, MOST_CHANGE_CHARACTERS, ({ lines }) => lines.map(({ text }) => text).join(' '));
  for (const { count, lines } of shown) table.add([[piece(grouped(count))], lines]);
  const left = rows.slice(shown.length);
  const records = left.reduce((sum, { count }) => sum + count, 0);
  if (left.length > 0) {
    const text = `and ${counted(left.length, 'more kind')} of change in ${counted(records, 'record')}, in the JSON report`;
    sheet.paragraph(text, FAINT);
  }
}

const ROW_HEIGHT = 30;
const SIGN_HEIGHT = 104;
const SIGNS = ['Name', 'Role', 'Date', 'Signature'] as const;
const MOST_SIGNATURES = 6;

/**
 * Keeps room on this page for those who sign it, and fills the page with it: they sign the page that they have read.
 *
 * @param pages - what they sign for, in words
 */
export function keepSignatures(sheet: Sheet, pages: string): void {
  sheet.keep(SIGN_HEIGHT, () => {
    sheet.heading('Signatures', 2, 0);
    sheet.paragraph(pages, { ...BODY, size: 8 });
    sheet.y += 4;
    const columns = SIGNS.map((title, at) => ({ title, share: at === 2 ? 0.16 : 0.28 }));
    const table = new Table(sheet, columns, 0);
    for (let drawn = 0; drawn < MOST_SIGNATURES && sheet.room >= ROW_HEIGHT; drawn++) {
      table.space(ROW_HEIGHT);
    }
    const left = sheet.room;
    if (left > 40) sheet.inside('P', () => sheet.put('Remarks', sheet.left, sheet.y + 6, NAME));
    for (let y = sheet.y + ROW_HEIGHT; left > 40 && y <= sheet.y + left; y += ROW_HEIGHT) sheet.rule(y);
  });
}

/** The first digits of a digest, for the foot of a page. */
export function brief(hash: string | null): string {
  return hash === null ? 'unknown' : hash.slice(0, 12);
}
