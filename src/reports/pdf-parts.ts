/** Text broken into lines of a given width: between words, and within one that is longer than a line. */
import { drawnAs, type Face } from './pdf-glyphs.ts';

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
