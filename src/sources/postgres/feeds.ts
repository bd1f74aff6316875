/**
 * Rows in the order of a snapshot from several queries and several sessions.
 *
 * Parts of streams are handed out to the sessions in turn and begun ahead of the reader, one a session; a table that is
 * read as a whole has a session of its own, since its query stays open while other streams are read.
 */
import { EvidenceError } from '../../core/errors.ts';
import type { Run, ValueCount } from './census.ts';
import type { RowBytes } from './row-cells.ts';
import { type Query, RowReader } from './row-reader.ts';
import type { RowText } from './row-text.ts';
import type { Session } from './session.ts';

/** How the rows of one run are read: by queries of its own, or from that of the whole table. */
export interface RunPlan {
  readonly run: Run;
  readonly text: RowText;
  readonly batchSize: number;
  /** Undefined if the rows come from the table's own query; empty if there is nothing to read. */
  readonly parts: readonly Query[] | undefined;
  /** How many rows are to come: those that were counted, less those that were read by an earlier run. */
  readonly rows: number;
  /** Counts the values of the run's table; undefined if not all of its rows are read. */
  readonly values: ValueCount | undefined;
  /** Whether its rows come, with the whole table, and are another shard's. */
  readonly passedOver?: boolean;
}

export interface TableFeed {
  readonly session: Session;
  readonly query: Query;
}

interface Part {
  readonly plan: RunPlan;
  readonly query: Query;
}

export class Feeds {
  readonly #parts: readonly Part[];
  readonly #sessions: readonly Session[];
  readonly #tables: ReadonlyMap<string, TableFeed>;
  readonly #begun: Map<Part, RowReader> = new Map();
  readonly #whole: Map<string, RowReader> = new Map();
  readonly #plans: readonly RunPlan[];
  #plan = 0;
  #part = 0;
  #partOfRun = 0;
  #rowsOfRun = 0;
  readonly #label: string;

  /**
   * @param plans - the runs in order
   * @param sessions - for the parts; each must be free
   * @param tables - for each table that is read as a whole, by its label
   */
  constructor(
    plans: readonly RunPlan[],
    sessions: readonly Session[],
    tables: ReadonlyMap<string, TableFeed>,
    label: string,
  ) {
    this.#plans = plans;
    this.#parts = plans.flatMap((plan) => (plan.parts ?? []).map((query) => ({ plan, query })));
    this.#sessions = sessions;
    this.#tables = tables;
    this.#label = label;
    for (let at = 0; at < sessions.length; at++) this.#begin(at);
  }

  /** The run whose row was read last. */
  get plan(): RunPlan {
    const plan = this.#plans[this.#plan];
    if (plan === undefined) throw new RangeError('there are no more rows');
    return plan;
  }

  #begin(at: number): void {
    const part = this.#parts[at];
    const session = this.#sessions[at % this.#sessions.length];
    if (part === undefined || session === undefined) return;
    this.#begun.set(part, new RowReader(session, part.query, part.plan.batchSize, this.#placeOf(part.plan)));
  }

  #placeOf({ run }: RunPlan): string {
    return `${this.#label} ${run.relation.label}`;
  }

  #reader(): RowReader {
    const plan = this.plan;
    if (plan.parts === undefined) return this.#wholeReader(plan);
    const part = this.#parts[this.#part];
    const reader = part === undefined ? undefined : this.#begun.get(part);
    if (reader === undefined) throw new RangeError('a part was not begun');
    return reader;
  }

  #wholeReader(plan: RunPlan): RowReader {
    const { label } = plan.run.relation;
    const known = this.#whole.get(label);
    if (known !== undefined) return known;
    const feed = this.#tables.get(label);
    if (feed === undefined) throw new RangeError('a table has no query');
    const reader = new RowReader(feed.session, feed.query, plan.batchSize, this.#placeOf(plan));
    this.#whole.set(label, reader);
    return reader;
  }

  /**
   * The next row; `more` if it must be waited for; `end` when all runs have been read.
   *
   * @throws EvidenceError `source-incomplete` if fewer or other rows come than were counted
   */
  next(): RowBytes | 'more' | 'end' {
    for (;;) {
      const plan = this.#plans[this.#plan];
      if (plan === undefined) return this.#endOfAll();
      const isWhole = plan.parts === undefined;
      if (plan.parts?.length === 0 || (isWhole && this.#rowsOfRun === plan.rows)) {
        this.#closeRun(plan);
        continue;
      }
      const reader = this.#reader();
      const row = reader.read();
      if (row === undefined) {
        if (!this.#endsPart(plan, reader)) return 'more';
      } else if (this.#take(plan, row)) return row;
    }
  }

  #endsPart(plan: RunPlan, reader: RowReader): boolean {
    if (!reader.ended) return false;
    if (plan.parts === undefined) this.#refuseCount(plan, this.#rowsOfRun);
    this.#endPart(plan);
    return true;
  }

  /**
   * A table that was read as a whole must have come to its end too: a row more would be one that nobody judged. And of
   * every column all values must have come.
   */
  #endOfAll(): 'more' | 'end' {
    for (const [label, reader] of this.#whole) {
      if (reader.read() !== undefined) {
        throw new EvidenceError('source-incomplete', 'there are more rows than were counted', {
          where: { file: `${this.#label} ${label}` },
          advice: 'run the capture again',
        });
      }
      if (!reader.ended) return 'more';
    }
    for (const values of new Set(this.#plans.map((plan) => plan.values))) values?.requireAll();
    return 'end';
  }

  /** Whether the row is one that is read. */
  #take(plan: RunPlan, row: RowBytes): boolean {
    const { run, text } = plan;
    const cells = text.open(row);
    if (!text.isOf(run)) this.#refuseCount(plan, this.#rowsOfRun);
    this.#rowsOfRun++;
    if (plan.passedOver === true) return false;
    plan.values?.take(cells);
    return true;
  }

  #endPart(plan: RunPlan): void {
    const part = this.#parts[this.#part];
    if (part !== undefined) this.#begun.delete(part);
    this.#begin(this.#part + this.#sessions.length);
    this.#part++;
    this.#partOfRun++;
    if (this.#partOfRun === plan.parts?.length) this.#closeRun(plan);
  }

  #closeRun(plan: RunPlan): void {
    if (this.#rowsOfRun !== plan.rows) this.#refuseCount(plan, this.#rowsOfRun);
    this.#plan++;
    this.#partOfRun = 0;
    this.#rowsOfRun = 0;
  }

  #refuseCount(plan: RunPlan, read: number): never {
    const { rows } = plan;
    const { tenant, stream } = plan.run;
    const reason = `rows of ${JSON.stringify(tenant)} / ${JSON.stringify(stream)}: ${read} read, ${rows} were counted`;
    throw new EvidenceError('source-incomplete', reason, {
      where: { file: this.#placeOf(plan) },
      advice: 'look for a broken index (amcheck), then run the capture again',
    });
  }

  /** Waits for rows. */
  async wait(): Promise<void> {
    if (this.#plans[this.#plan] !== undefined) return this.#reader().wait();
    for (const reader of this.#whole.values()) if (!reader.ended) return reader.wait();
  }
}
