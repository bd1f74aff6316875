/**
 * HTML that is safe by construction: a tagged template in which every text is made printable and then escaped. What has
 * been through it is a {@link Markup}; nothing else gets into a page without being escaped.
 */
import type { Verdict } from '../core/report/report.ts';
import { type Fact, shownFact } from './facts.ts';
import { printable, printableParts, shortened } from './printable.ts';

const ENTITY: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** `text` with the five characters escaped that mean something in HTML, between tags and in quoted attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITY.get(character) ?? '');
}

/** HTML that was written by this project. */
export class Markup {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** Takes `text` as HTML: only for text that is written in the source of this project. */
  static trusted(text: string): Markup {
    return new Markup(text);
  }

  toString(): string {
    return this.#text;
  }
}

/** What can stand in a template: HTML, pieces of HTML one after another, or text and numbers, which are escaped. */
export type Piece = Markup | readonly Markup[] | string | number;

function written(piece: Piece): string {
  if (piece instanceof Markup) return piece.toString();
  if (typeof piece === 'string' || typeof piece === 'number') return escaped(printable(String(piece)));
  return piece.map((markup) => markup.toString()).join('');
}

/** Builds HTML; every piece that is no Markup is escaped, for text and for attribute values in quotes alike. */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let text = literals[0] ?? '';
  for (const [at, piece] of pieces.entries()) text += written(piece) + (literals[at + 1] ?? '');
  return Markup.trusted(text);
}

/** Nothing. */
export const NOTHING: Markup = Markup.trusted('');

/**
 * Untrusted prose. Characters that would not be seen are shown as escapes, and marked, so that they are not taken for
 * text that looks like an escape.
 */
export function shown(text: string): Markup {
  const marks = printableParts(text).map((part) =>
    part.escaped ? html`<span class="escape">${part.text}</span>` : html`${part.text}`,
  );
  return html`${marks}`;
}

/** An untrusted name, long ones cut in their middle. It has a box of its own, so that spaces at its ends are seen. */
export function named(text: string, maxCodeUnits = 240): Markup {
  return text === '' ? html`<i>empty</i>` : html`<code>${shown(shortened(text, maxCodeUnits))}</code>`;
}

/** One shape for each verdict, so that they can be told apart without colour: path data in a box of 48 by 48. */
export const SHAPE_OF: Readonly<Record<Verdict, string>> = {
  PASS: 'M12 25l8 8 17-18',
  FAIL: 'M14 14l20 20M34 14L14 34',
  INCOMPLETE: 'M15 24h.1M24 24h.1M33 24h.1',
  UNTRUSTED: 'M24 13v14M24 34v.1',
};

function valueMarkup(fact: Fact): Markup {
  const text = shownFact(fact);
  switch (fact.as) {
    case 'hash':
      return html`<code class="hash">${text}</code>`;
    case 'name':
      return named(text, 2000);
    case 'json':
      return html`<code>${text}</code>`;
    case 'absent':
      return html`<span class="doubt">${text}</span>`;
    default:
      return shown(text);
  }
}

/** A fact as one entry of a description list; a hash has the whole width. */
export function factMarkup(fact: Fact): Markup {
  const begin = fact.as === 'hash' ? html`<div class="wide">` : html`<div>`;
  return html`${begin}<dt>${shown(fact.label)}</dt><dd>${valueMarkup(fact)}</dd></div>`;
}

/** A part of the page that the list of contents leads to. */
export function section(id: string, title: string, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}

export function bullets(texts: readonly string[]): Markup {
  const items = texts.map(
    (text) => html`<li>${shown(text)}</li>
`,
  );
  return html`<ul>
${items}</ul>
`;
}

/** Room for so many bytes of a page. */
export class Room {
  left: number;

  constructor(bytes: number) {
    this.left = bytes;
  }

  /** Takes as much as `markup` is long; whether there was so much left. */
  take(markup: Markup): boolean {
    this.left -= bytesOf(markup);
    return this.left >= 0;
  }
}

export function bytesOf(markup: Markup): number {
  return new TextEncoder().encode(markup.toString()).length;
}

/** The first of `items` that there is room for, and `least` at least; those after are not even made. */
export function within<T>(
  items: readonly T[],
  room: Room,
  markupOf: (item: T, at: number) => Markup,
  least = 1,
): readonly Markup[] {
  const made: Markup[] = [];
  for (const [at, item] of items.entries()) {
    if (room.left <= 0 && made.length >= least) break;
    const markup = markupOf(item, at);
    if (!room.take(markup) && made.length >= least) break;
    made.push(markup);
  }
  return made;
}
