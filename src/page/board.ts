/** The top of the page: the verdict. Nothing but a finished check makes it say PASS. */
import type { Verdict } from '../core/report/report.ts';
import { SHAPE_OF } from '../reports/html-markup.ts';
import { byId, type Child } from './elements.ts';

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
