/** Single values of what the server says of itself and of its tables: each has a form, and nothing else is believed. */
import { EvidenceError } from '../../core/errors.ts';
import type { Row } from './session.ts';

const WHOLE = /^(?:0|[1-9][0-9]{0,15})$/;
const SHOWN_CHARACTERS = 80;

/** Reads the cells of one row of an answer. */
export class Cells {
  readonly #row: Row;
  readonly #place: string;

  /** @param place - what was asked about, for the message of a fault */
  constructor(row: Row, place: string) {
    this.#row = row;
    this.#place = place;
  }

  #refuse(what: string, cell: string | null | undefined): never {
    const shown = cell === null || cell === undefined ? 'nothing' : JSON.stringify(cell.slice(0, SHOWN_CHARACTERS));
    throw new EvidenceError('source-incomplete', `the server gave ${shown} for ${what}`, {
      where: { file: this.#place },
      advice: 'connect to the server itself, and run the capture again',
    });
  }

  /** @throws EvidenceError `source-incomplete` if it is NULL, empty, or of another form than `form` */
  text(at: number, what: string, form: RegExp = /./): string {
    const cell = this.#row[at];
    return typeof cell === 'string' && form.test(cell) ? cell : this.#refuse(what, cell);
  }

  textOrNull(at: number): string | null {
    return this.#row[at] ?? null;
  }

  /** @throws EvidenceError `source-incomplete` if it is neither `true` nor `false` */
  flag(at: number, what: string): boolean {
    return this.text(at, what, /^(?:true|false)$/) === 'true';
  }

  /** @throws EvidenceError `source-incomplete` if it is no count that a number holds exactly */
  count(at: number, what: string): number {
    const count = Number(this.text(at, what, WHOLE));
    return Number.isSafeInteger(count) ? count : this.#refuse(what, this.#row[at]);
  }
}
