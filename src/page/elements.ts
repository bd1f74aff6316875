/** Elements made one by one: no text that came from outside is ever read as HTML. */

import type { Verdict } from '../core/report/report.ts';
import { SHAPE_OF } from '../reports/html-markup.ts';
import { printableParts } from '../reports/printable.ts';

/** What can stand in an element; a string is text. */
export type Child = Node | string;

/** An element with its class (which may be empty) and what is in it. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

/** Untrusted text; characters that would not be seen are shown as escapes, and marked, as in the HTML report. */
export function untrusted(text: string): readonly Child[] {
  return printableParts(text).map((part) => (part.escaped ? element('span', 'escape', part.text) : part.text));
}

/** An untrusted name. It has a box of its own, so that spaces at its ends are seen. */
export function named(text: string): HTMLElement {
  return text === '' ? element('i', '', 'empty') : element('code', '', ...untrusted(text));
}

export function hashed(hash: string): HTMLElement {
  return element('code', 'hash', hash);
}

/** A section with its heading. */
export function section(heading: string, ...children: readonly Child[]): HTMLElement {
  return element('section', '', element('h2', '', heading), ...children);
}

/** A list of names and values. */
export function facts(...pairs: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  const rows = pairs.map(([name, value]) => element('div', '', element('dt', '', name), element('dd', '', value)));
  return element('dl', 'facts', ...rows);
}

export type Column = readonly [name: string, className: string];

/** A table that scrolls by itself where the page is narrow; the first cell of a row names it. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Child[])[]): HTMLElement {
  const headings = columns.map(([name, className]) => {
    const heading = element('th', className, name);
    heading.scope = 'col';
    return heading;
  });
  const body = rows.map((cells) =>
    element('tr', '', ...cells.map((cell, at) => element('td', columns[at]?.[1] ?? '', cell))),
  );
  const made = element(
    'table',
    '',
    element('caption', '', caption),
    element('thead', '', element('tr', '', ...headings)),
    element('tbody', '', ...body),
  );
  const scroll = element('div', 'scroll', made);
  // What scrolls can be reached by keyboard, and says what it is.
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'group');
  scroll.setAttribute('aria-label', caption);
  return scroll;
}

/**
 * The element with that id.
 *
 * @throws TypeError if the page has none of that kind
 */
export function byId<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new TypeError(`the page has no ${kind.name} with the id ${id}`);
}

/* The top of the page: the verdict. Nothing but a finished check makes it say PASS. */

/** An open circle: no verdict. */
const NO_SHAPE = 'M24 24h.1';

export class Board {
  readonly #banner: HTMLElement = byId('banner', HTMLElement);
  readonly #shape: SVGPathElement = byId('shape', SVGPathElement);
  readonly #word: HTMLElement = byId('word', HTMLElement);
  readonly #said: HTMLElement = byId('said', HTMLElement);
  readonly #result: HTMLElement = byId('result', HTMLElement);

  #say(kind: Verdict | 'NONE', word: string, said: string, result: readonly Child[]): void {
    // What was there goes first: no fault on the way leaves an old verdict above new words.
    this.#result.replaceChildren();
    this.#banner.className = `banner ${kind}`;
    this.#shape.setAttribute('d', kind === 'NONE' ? NO_SHAPE : SHAPE_OF[kind]);
    this.#word.textContent = word;
    this.#said.textContent = said;
    document.title = `${word} – evidence-diff proof verifier`;
    this.#result.append(...result);
  }

  /** No verdict. */
  nothing(said: string): void {
    this.#say('NONE', 'Nothing checked yet', said, []);
  }

  verdict(verdict: Verdict, said: string, result: readonly Child[]): void {
    this.#say(verdict, verdict, said, result);
    this.#banner.scrollIntoView({ block: 'start' });
  }

  /** Our own mistake: nothing is known of the proof. */
  internalError(fault: unknown): void {
    const reason = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
    this.#say('INCOMPLETE', 'INCOMPLETE', `internal error, nothing was checked (${reason})`, []);
  }
}
