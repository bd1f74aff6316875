/**
 * How many values each column has: counted by the server in one answer, counted again while the rows are read. A value
 * that is lost on the way, as one that was NULL, makes a difference.
 */
import { EvidenceError } from '../../core/errors.ts';
import type { Row } from './session.ts';

export class ValueCount {
  readonly #columns: readonly string[];
  readonly #counted: readonly number[];
  readonly #seen: number[];
  readonly #place: string;

  /**
   * @param columns - by the places that their values have in a row
   * @param counted - how many values the server says that each has, NULL left out
   * @param place - the table, for the message of a fault
   */
  constructor(columns: readonly string[], counted: readonly number[], place: string) {
    this.#columns = columns;
    this.#counted = counted;
    this.#seen = columns.map(() => 0);
    this.#place = place;
  }

  take(row: Row): void {
    const seen = this.#seen;
    for (let at = 0; at < seen.length; at++) if (row[at] !== null) seen[at] = (seen[at] ?? 0) + 1;
  }

  /** @throws EvidenceError `source-incomplete` if other values came than were counted; after the last row */
  requireAll(): void {
    const at = this.#seen.findIndex((count, column) => count !== this.#counted[column]);
    if (at < 0) return;
    const reason = `${this.#seen[at]} values of the column ${this.#columns[at]} were read, ${this.#counted[at]} were counted`;
    throw new EvidenceError('source-incomplete', reason, {
      where: { file: this.#place },
      advice: 'connect to the server itself, and run the capture again',
    });
  }
}
