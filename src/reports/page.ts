/** Lines of a text report: every line is made printable in one place, and coloured after that. */
import { styleText } from 'node:util';
import type { Tone } from './facts.ts';
import { printable } from './printable.ts';

export type Style = Tone | 'title';

const FORMAT = {
  title: 'bold',
  good: ['bold', 'green'],
  bad: ['bold', 'red'],
  doubt: ['bold', 'yellow'],
  faint: 'dim',
} as const;

export class Page {
  readonly #lines: string[] = [];
  readonly #color: boolean;
  readonly #width: number;

  /** @param width - columns at which prose is broken; lines of data are never broken */
  constructor(color: boolean, width: number) {
    this.#color = color;
    this.#width = width;
  }

  /** One line; whatever `text` holds, it stays one line. */
  line(text: string, style: Style = 'plain'): void {
    const safe = printable(text);
    // The caller has decided about colour: what the process writes to is not asked again.
    const paint = this.#color && style !== 'plain' && safe !== '';
    this.#lines.push(paint ? styleText([FORMAT[style]].flat(), safe, { validateStream: false }) : safe);
  }

  /** A heading, with an empty line before it. */
  title(text: string): void {
    this.line('');
    this.line(text, 'title');
  }

  /** A bullet of prose, broken between words. */
  bullet(text: string, style: Style = 'plain'): void {
    let line = '  -';
    for (const word of text.split(' ')) {
      if (line.length + 1 + word.length > this.#width && line.trim() !== '-' && line.trim() !== '') {
        this.line(line, style);
        line = '   ';
      }
      line += ` ${word}`;
    }
    this.line(line, style);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
