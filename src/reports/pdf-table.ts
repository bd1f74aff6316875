/** Tables that break over pages: the header comes again on each, and a row that is longer than a page goes on. */

import { BODY, COLOR, type Element, leading, linesOf, type Sheet, type TextStyle, widthOf } from './pdf-sheet.ts';
import { printable } from './printable.ts';

const PADDING = { x: 4, y: 3 } as const;
/** Rows of at most so many lines are kept together: longer ones would leave much of a page empty. */
const MOST_LINES_KEPT = 12;
const HEAD: TextStyle = { face: 'bold', size: 7.5, color: COLOR.ink };

export const CELL: TextStyle = { ...BODY, size: 7.5 };
export const CODE: TextStyle = { face: 'mono', size: 6.8, color: COLOR.ink };

export interface Column {
  readonly title: string;
  /** Share of the width of the page; the shares of all columns add up to 1. */
  readonly share: number;
  readonly right?: boolean;
}

/** Text in a cell; each piece begins on a line of its own. */
export interface Piece extends TextStyle {
  readonly text: string;
}

export type Row = readonly (readonly Piece[])[];

export function piece(text: string, style: TextStyle = CELL): Piece {
  return { ...style, text };
}

/** Cells of plain text. */
export function plainRow(...texts: readonly string[]): Row {
  return texts.map((text) => [piece(text)]);
}

interface Line {
  readonly text: string;
  readonly style: TextStyle;
}

function cellLines(pieces: readonly Piece[], width: number): readonly Line[] {
  return pieces.flatMap((style) =>
    linesOf(style.face, style.size, printable(style.text), width - 2 * PADDING.x).map((text) => ({ text, style })),
  );
}

export class Table {
  readonly #sheet: Sheet;
  readonly #columns: readonly Column[];
  readonly #element: Element;

  /** @param keep - points that must be left for it on this page, else it begins on the next */
  constructor(sheet: Sheet, columns: readonly Column[], keep = 60) {
    this.#sheet = sheet;
    this.#columns = columns;
    sheet.require(keep);
    this.#element = sheet.element('Table');
    this.#head(this.#row('TH'));
  }

  /** The elements of a row, one for each cell: a row that goes on on the next page is still one. */
  #row(role: 'TH' | 'TD'): readonly Element[] {
    let cells: readonly Element[] = [];
    this.#sheet.within(this.#element, () => {
      this.#sheet.inside('TR', () => {
        const options = role === 'TH' ? ({ scope: 'Column' } as const) : {};
        cells = this.#columns.map(() => this.#sheet.element(role, options));
      });
    });
    return cells;
  }

  /** @param elements - none where it is drawn again on another page */
  #head(elements: readonly Element[]): void {
    const sheet = this.#sheet;
    const cells = this.#columns.map(({ title, share }) => cellLines([piece(title, HEAD)], share * sheet.width));
    const rows = Math.max(...cells.map((lines) => lines.length));
    sheet.box(sheet.left, sheet.y, sheet.width, rows * leading(HEAD.size) + 2 * PADDING.y, COLOR.band);
    this.#lines(cells, elements, 0, rows);
  }

  /** Draws lines `from` to `to` of every cell as one band, and goes on behind it. */
  #lines(cells: readonly (readonly Line[])[], elements: readonly Element[], from: number, to: number): void {
    const sheet = this.#sheet;
    const step = leading(CELL.size);
    const top = sheet.y + PADDING.y;
    let x = sheet.left;
    for (const [index, { share, right = false }] of this.#columns.entries()) {
      const width = share * sheet.width;
      sheet.within(elements[index], () => {
        for (const [row, { text, style }] of (cells[index] ?? []).slice(from, to).entries()) {
          const free = right ? width - 2 * PADDING.x - widthOf(style.face, style.size, text) : 0;
          sheet.put(text, x + PADDING.x + free, top + row * step, style);
        }
      });
      x += width;
    }
    sheet.y = top + (to - from) * step + PADDING.y;
    sheet.rule(sheet.y);
  }

  #nextPage(): void {
    this.#sheet.newPage();
    this.#head([]);
  }

  /** An empty row, to be written into by hand. */
  space(height: number): void {
    this.#row('TD');
    this.#sheet.y += height;
    this.#sheet.rule(this.#sheet.y);
  }

  /** A row; it is moved to the next page if it fits there, else it is broken. */
  add(row: Row): void {
    const sheet = this.#sheet;
    const cells = this.#columns.map(({ share }, index) => cellLines(row[index] ?? [], share * sheet.width));
    const total = Math.max(1, ...cells.map((lines) => lines.length));
    const step = leading(CELL.size);
    const fitting = (): number => Math.floor((sheet.room - 2 * PADDING.y) / step);
    if (total > fitting() && total <= MOST_LINES_KEPT) this.#nextPage();
    const elements = this.#row('TD');
    for (let from = 0; from < total; ) {
      if (fitting() < 1) this.#nextPage();
      const to = Math.min(total, from + fitting());
      this.#lines(cells, elements, from, to);
      from = to;
    }
  }
}
