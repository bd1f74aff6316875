/** Pages of a PDF report: where the next thing goes, what stands at their feet, and how text gets there. */
import PDFDocument from 'pdfkit';
import { printable } from '../printable.ts';
import { type Face, type FontName, fontBytes, runsOf } from './fonts.ts';
import { linesOf, widthOf } from './lines.ts';

/** A4, in points. */
const PAGE = { width: 595.28, height: 841.89 } as const;
const MARGIN = { side: 46, top: 50, bottom: 60 } as const;
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

export class Sheet {
  readonly left: number = MARGIN.side;
  readonly width: number = PAGE.width - 2 * MARGIN.side;
  /** Top of what comes next. */
  y: number = MARGIN.top;
  readonly #doc: PDFKit.PDFDocument;
  readonly #identity: Identity;
  readonly #known: Set<FontName> = new Set();
  readonly #bytes: Promise<Uint8Array>;

  constructor(identity: Identity) {
    this.#identity = identity;
    const time = new Date(identity.time);
    this.#doc = new PDFDocument({
      size: [PAGE.width, PAGE.height],
      margin: 0,
      bufferPages: true,
      pdfVersion: '1.7',
      lang: 'en',
      displayTitle: true,
      info: { Title: identity.title, Creator: identity.creator, Producer: 'pdfkit', CreationDate: time, ModDate: time },
    });
    const chunks: Buffer[] = [];
    this.#doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.#bytes = new Promise((resolve, reject) => {
      this.#doc.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
      this.#doc.on('error', reject);
    });
  }

  /** How much is left of this page, in points. */
  get room(): number {
    return PAGE.height - MARGIN.bottom - this.y;
  }

  get isFresh(): boolean {
    return this.y === MARGIN.top;
  }

  newPage(): void {
    this.#doc.addPage();
    this.y = MARGIN.top;
  }

  /** Begins a new page unless `height` points are left on this one. */
  require(height: number): void {
    if (this.room < height && !this.isFresh) this.newPage();
  }

  space(points: number): void {
    if (!this.isFresh) this.y += points;
  }

  /** One line of text, whose top left corner is at `x`, `y`; it is made printable here, whatever it holds. */
  put(text: string, x: number, y: number, { face, size, color }: TextStyle): void {
    let at = x;
    this.#doc.fontSize(size).fillColor(color);
    for (const run of runsOf(face, printable(text))) {
      this.#font(run.font);
      this.#doc.text(run.text, at, y + size, { lineBreak: false, baseline: 'alphabetic' });
      at += this.#doc.widthOfString(run.text);
    }
  }

  #font(name: FontName): void {
    if (!this.#known.has(name)) this.#doc.registerFont(name, fontBytes(name));
    this.#known.add(name);
    this.#doc.font(name);
  }

  box(x: number, y: number, width: number, height: number, color: Color): void {
    this.#doc.rect(x, y, width, height).fill(color);
  }

  rule(y: number, color: Color = COLOR.rule): void {
    this.#doc
      .lineWidth(0.5)
      .strokeColor(color)
      .moveTo(this.left, y)
      .lineTo(this.left + this.width, y)
      .stroke();
  }

  /** A heading, which stays with at least `keep` points of what follows; it is in the outline, too. */
  heading(text: string, level: 1 | 2, keep = 60): void {
    const style = HEADING[level];
    this.require(keep);
    this.space(level === 1 ? 18 : 10);
    if (level === 1) this.#doc.outline.addItem(printable(text));
    this.paragraph(text, style);
    if (level === 1) this.rule(this.y);
    this.y += level === 1 ? 6 : 2;
  }

  /** Text from margin to margin, or from `indent` points further in. */
  paragraph(text: string, style: TextStyle = BODY, indent = 0): void {
    for (const line of linesOf(style.face, style.size, printable(text), this.width - indent)) {
      this.require(leading(style.size));
      this.put(line, this.left + indent, this.y, style);
      this.y += leading(style.size);
    }
  }

  bullet(text: string): void {
    this.require(leading(BODY.size));
    this.put('•', this.left + 4, this.y, BODY);
    this.paragraph(text, BODY, 14);
    this.y += 2;
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
    const { count } = this.#doc.bufferedPageRange();
    for (let page = 0; page < count; page++) {
      this.#doc.switchToPage(page);
      this.#foot(page + 1, count);
    }
    this.#doc.end();
    return this.#bytes;
  }
}
