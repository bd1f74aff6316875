/**
 * Pages of a PDF report: where the next thing goes, what stands at their feet, and how text gets there.
 *
 * All text is tagged (ISO 32000-1, 14.8): a reader that shows no pages gets headings, lists and tables in their order. What
 * only decorates or repeats, rules, boxes and feet, is an artifact.
 */
import PDFDocument from 'pdfkit';
import { drawnAs, type Face, type FontName, fontBytes, runsOf } from './pdf-fonts.ts';
import { printable } from './printable.ts';

/** A4, in points. */
const PAGE = { width: 595.28, height: 841.89 } as const;
const MARGIN = { side: 46, top: 42, bottom: 60 } as const;
const FOOT_SIZE = 7;

export const COLOR = {
  ink: '#1b1f24',
  faint: '#5b6570',
  rule: '#c9d0d6',
  band: '#eef1f4',
  good: '#1a7f4b',
  bad: '#b3261e',
  doubt: '#9a6700',
  before: '#9aa7b4',
  after: '#2b6cb0',
} as const;

export type Color = (typeof COLOR)[keyof typeof COLOR] | '#ffffff';

export interface TextStyle {
  readonly face: Face;
  readonly size: number;
  readonly color: Color;
}

export const BODY: TextStyle = { face: 'text', size: 9, color: COLOR.ink };
/** What a stretch of text is: a standard structure type. */
export type Role = 'H1' | 'H2' | 'H3' | 'P' | 'L' | 'LI' | 'Lbl' | 'LBody' | 'Table' | 'TR' | 'TH' | 'TD' | 'Figure';

/** An element of the structure; text is put into it. */
export type Element = PDFKit.PDFStructureElement;

const HEADING: Readonly<Record<1 | 2, TextStyle>> = {
  1: { face: 'bold', size: 14, color: COLOR.ink },
  2: { face: 'bold', size: 10, color: COLOR.ink },
};

/** What a document says of itself. */
export interface Identity {
  readonly title: string;
  /** Stands at the foot of each page, before "Page x of y". */
  readonly foot: string;
  /** RFC 3339; the only time in the file. */
  readonly time: string;
  readonly creator: string;
}

/** Distance of two lines of text, in points. */
export function leading(size: number): number {
  return size * 1.35;
}

/** What is kept free at the end of a page, and drawn there when the page ends. */
interface Kept {
  readonly height: number;
  readonly draw: () => void;
}

export class Sheet {
  left: number = MARGIN.side;
  width: number = PAGE.width - 2 * MARGIN.side;
  /** Top of what comes next. */
  y: number = MARGIN.top;
  readonly #doc: PDFKit.PDFDocument;
  readonly #identity: Identity;
  readonly #known: Set<FontName> = new Set();
  readonly #bytes: Promise<Uint8Array>;
  readonly #root: Element;
  /** The element that text goes into; undefined while what is drawn is no part of the text. */
  #element: Element | undefined;
  #kept: Kept | undefined;

  constructor(identity: Identity) {
    this.#identity = identity;
    const time = new Date(identity.time);
    this.#doc = new PDFDocument({
      size: [PAGE.width, PAGE.height],
      margin: 0,
      bufferPages: true,
      pdfVersion: '1.7',
      lang: 'en',
      tagged: true,
      displayTitle: true,
      info: { Title: identity.title, Creator: identity.creator, Producer: 'pdfkit', CreationDate: time, ModDate: time },
    });
    const chunks: Buffer[] = [];
    this.#doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.#bytes = new Promise((resolve, reject) => {
      this.#doc.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
      this.#doc.on('error', reject);
    });
    this.#root = this.#doc.struct('Document');
    this.#doc.addStructure(this.#root);
    this.#element = this.#root;
  }

  /** How much is left of this page, in points. */
  get room(): number {
    return PAGE.height - MARGIN.bottom - (this.#kept?.height ?? 0) - this.y;
  }

  get isFresh(): boolean {
    return this.y === MARGIN.top;
  }

  newPage(): void {
    this.endPage();
    this.#doc.addPage();
    this.y = MARGIN.top;
  }

  /** Draws what was kept for the end of this page, if it is not drawn yet. */
  endPage(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) this.within(this.#root, kept.draw);
  }

  /** Goes on on a new page, unless the first page is behind already. */
  endFirstPage(): void {
    if (this.#kept !== undefined) this.newPage();
  }

  /** Keeps `height` points of this page free; `draw` fills them, and what else is left, when the page ends. */
  keep(height: number, draw: () => void): void {
    this.#kept = { height, draw };
  }

  /** Begins a new page unless `height` points are left on this one. */
  require(height: number): void {
    if (this.room < height && !this.isFresh) this.newPage();
  }

  space(points: number): void {
    if (!this.isFresh) this.y += points;
  }

  /** Draws in a column of the page; `y` stands below it afterwards. */
  column(x: number, width: number, draw: () => void): void {
    const { left, width: whole } = this;
    [this.left, this.width] = [x, width];
    draw();
    [this.left, this.width] = [left, whole];
  }

  /** A new element in the one that is open. */
  element(role: Role, options: { readonly alt?: string; readonly scope?: 'Column' | 'Row' } = {}): Element {
    const element = this.#doc.struct(role, options);
    (this.#element ?? this.#root).add(element);
    return element;
  }

  /** What `draw` puts down belongs to `element`; to none without one. */
  within(element: Element | undefined, draw: () => void): void {
    const outer = this.#element;
    this.#element = element;
    draw();
    this.#element = outer;
  }

  /** What `draw` puts down is one new element. */
  inside(role: Role, draw: () => void, alt?: string): void {
    this.within(this.element(role, alt === undefined ? {} : { alt }), draw);
  }

  /** Ink, marked as a part of the open element or as none. */
  #mark(role: 'text' | 'Layout' | 'Pagination', draw: () => void): void {
    const element = role === 'text' ? this.#element : undefined;
    if (element === undefined) {
      this.#doc.markContent('Artifact', { type: role === 'text' ? 'Pagination' : role });
      draw();
    } else {
      const content = this.#doc.markStructureContent('Span');
      draw();
      element.add(content);
    }
    this.#doc.endMarkedContent();
  }

  /** One line of text, whose top left corner is at `x`, `y`; it is made printable here, whatever it holds. */
  put(text: string, x: number, y: number, { face, size, color }: TextStyle): void {
    if (text === '') return;
    this.#mark('text', () => {
      let at = x;
      this.#doc.fontSize(size).fillColor(color);
      const runs = runsOf(face, printable(text));
      for (const [index, run] of runs.entries()) {
        this.#font(run.font);
        this.#doc.text(run.text, at, y + size, { lineBreak: false, baseline: 'alphabetic' });
        // Most lines are one run, and nothing stands behind the last.
        if (index < runs.length - 1) at += this.#doc.widthOfString(run.text);
      }
    });
  }

  #font(name: FontName): void {
    if (!this.#known.has(name)) this.#doc.registerFont(name, fontBytes(name));
    this.#known.add(name);
    this.#doc.font(name);
  }

  box(x: number, y: number, width: number, height: number, color: Color): void {
    this.#mark('Layout', () => {
      this.#doc.rect(x, y, width, height).fill(color);
    });
  }

  rule(y: number, color: Color = COLOR.rule): void {
    this.#mark('Layout', () => {
      this.#doc
        .lineWidth(0.5)
        .strokeColor(color)
        .moveTo(this.left, y)
        .lineTo(this.left + this.width, y)
        .stroke();
    });
  }

  /** A heading, which stays with at least `keep` points of what follows; the first level is in the outline, too. */
  heading(text: string, level: 1 | 2, keep = 60): void {
    const style = HEADING[level];
    this.require(keep);
    this.space(level === 1 ? 14 : 8);
    if (level === 1) this.#doc.outline.addItem(printable(text));
    this.text(text, style, level === 1 ? 'H2' : 'H3');
    if (level === 1) this.rule(this.y);
    this.y += level === 1 ? 5 : 2;
  }

  /** Text from margin to margin, or from `indent` points further in. */
  text(text: string, style: TextStyle, role: Role, indent = 0): void {
    this.inside(role, () => {
      for (const line of linesOf(style.face, style.size, printable(text), this.width - indent)) {
        this.require(leading(style.size));
        this.put(line, this.left + indent, this.y, style);
        this.y += leading(style.size);
      }
    });
  }

  paragraph(text: string, style: TextStyle = BODY, indent = 0): void {
    this.text(text, style, 'P', indent);
  }

  bullets(texts: readonly string[]): void {
    if (texts.length === 0) return;
    this.inside('L', () => {
      for (const text of texts) {
        this.require(leading(BODY.size));
        this.inside('LI', () => {
          this.inside('Lbl', () => this.put('•', this.left + 4, this.y, BODY));
          this.text(text, BODY, 'LBody', 14);
        });
        this.y += 2;
      }
    });
  }

  #foot(page: number, pages: number): void {
    const y = PAGE.height - MARGIN.bottom + 22;
    const style: TextStyle = { face: 'text', size: FOOT_SIZE, color: COLOR.faint };
    const count = `Page ${page} of ${pages}`;
    this.rule(y - 6);
    this.put(this.#identity.foot, this.left, y, style);
    this.put(count, this.left + this.width - widthOf('text', FOOT_SIZE, count), y, style);
  }

  /** Ends the document; to be called once. */
  finish(): Promise<Uint8Array> {
    this.endPage();
    const { count } = this.#doc.bufferedPageRange();
    this.within(undefined, () => {
      for (let page = 0; page < count; page++) {
        this.#doc.switchToPage(page);
        this.#foot(page + 1, count);
      }
    });
    this.#root.end();
    this.#doc.end();
    return this.#bytes;
  }
}

/* Text broken into lines of a given width: between words, and within one that is longer than a line. */

/** Where a line may end besides at a space: after these. Long ids and pointers have them; a comma stands in numbers. */
const BREAK_AFTER: ReadonlySet<string> = new Set(['/', '-', ':', '.', '_', ';', '=']);
/** A line that is broken there must be at least this full: else a long word is simply cut. */
const FULL_ENOUGH = 0.6;

/** SHA-1 and longer in hexadecimal; a shorter word is broken as any other. */
const DIGEST = /^[0-9a-f]{40,}$/;
const DIGESTS = /((?<![0-9a-f])[0-9a-f]{40,}(?![0-9a-f]))/;

/** Width of `text` in points. */
export function widthOf(face: Face, size: number, text: string): number {
  let width = 0;
  for (const character of text) width += drawnAs(face, character).advance;
  return width * size;
}

/** A line as it fills up. */
class Filling {
  readonly #most: number;
  text = '';
  width = 0;
  /** Length of `text`, and its width, up to the last place where it may end. */
  #breakAt = 0;
  #breakWidth = 0;

  constructor(most: number) {
    this.#most = most;
  }

  fits(advance: number): boolean {
    return this.text === '' || this.width + advance <= this.#most;
  }

  add(character: string, advance: number): void {
    this.text += character;
    this.width += advance;
    const worthIt = character === ' ' || (BREAK_AFTER.has(character) && this.width >= FULL_ENOUGH * this.#most);
    if (!worthIt) return;
    this.#breakAt = this.text.length;
    this.#breakWidth = this.width;
  }

  /** Ends the line; what stands behind its last break begins the next one. */
  end(): string {
    const at = this.#breakAt === 0 ? this.text.length : this.#breakAt;
    const line = this.text.slice(0, at);
    this.text = this.text.slice(at);
    this.width = this.text === '' ? 0 : this.width - this.#breakWidth;
    this.#breakAt = 0;
    this.#breakWidth = 0;
    return line.replace(/ $/, '');
  }

  /** Ends the line after its last character. */
  whole(): string {
    this.#breakAt = 0;
    return this.end();
  }
}

/** Puts one piece of text into lines; the last one is still filling. */
function fill(filling: Filling, lines: string[], face: Face, piece: string): void {
  for (const character of piece) {
    const { advance } = drawnAs(face, character);
    if (character === ' ' && !filling.fits(advance)) {
      lines.push(filling.whole());
      continue;
    }
    while (!filling.fits(advance)) lines.push(filling.end());
    filling.add(character, advance);
  }
}

/**
 * @param width - in points
 * @returns at least one line; together they hold every character of `text` but the one space at which each was broken
 */
export function linesOf(face: Face, size: number, text: string, width: number): readonly string[] {
  const filling = new Filling(width / size);
  const lines: string[] = [];
  for (const piece of text.split(DIGESTS)) {
    // A digest that is cut in two cannot be copied: it begins a line of its own, if it fits into one.
    const whole = DIGEST.test(piece) ? widthOf(face, 1, piece) : 0;
    if (whole <= width / size && !filling.fits(whole)) lines.push(filling.whole());
    fill(filling, lines, face, piece);
  }
  if (filling.text !== '' || lines.length === 0) lines.push(filling.text);
  return lines;
}
