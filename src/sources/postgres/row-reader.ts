/**
 * The one place where pg-query-stream is read. It says when a row has come, and asks for more of them; what the row holds
 * was kept on its way there, so that no text is made of it. Its stream is pulled row by row without a promise; every wait is guarded
 * by the session, so that a dead or silent connection is an error within the stall limit.
 */
import { setImmediate } from 'node:timers/promises';
import QueryStream from 'pg-query-stream';
import { EvidenceError } from '../../core/errors.ts';
import { counted } from '../../core/words.ts';
import type { Answer } from './exchange.ts';
import { postgresFault } from './faults.ts';
import type { RowBytes } from './row-cells.ts';
import { AS_TEXT, type Session } from './session.ts';

/**
 * Rows that are handed out before the event loop gets its turn: a socket's buffer holds a fraction of a batch, and the
 * server stands still whenever nobody empties it.
 */
const ROWS_A_TURN = 256;

export interface Query {
  readonly text: string;
  readonly values: readonly string[];
  /** How many values a row has. */
  readonly columns: number;
}

export class RowReader {
  readonly #session: Session;
  readonly #stream: QueryStream;
  readonly #answer: Answer;
  readonly #place: string;
  #rows = 0;
  #ended = false;
  #fault: EvidenceError | undefined;
  #wake: (() => void) | undefined;
  #turn = ROWS_A_TURN;
  /** Set by 'readable', cleared when there was nothing to read: only then is another 'readable' sure to come. */
  #readable = false;

  /**
   * Starts the query; the session must be free until this reader has ended.
   *
   * @param batchSize - rows that are asked for at once; up to twice as many are held
   * @param place - what is being read, for the message of a fault
   */
  constructor(session: Session, query: Query, batchSize: number, place: string) {
    this.#session = session;
    this.#place = place;
    const config = { batchSize, rowMode: 'array' as const, types: AS_TEXT };
    const asked = { columns: query.columns, batchRows: batchSize, keepsRows: true };
    const begun = session.begin(new QueryStream(query.text, [...query.values], config), asked);
    this.#stream = begun.stream;
    this.#answer = begun.answer;
    this.#stream.on('readable', () => {
      this.#readable = true;
      this.#wake?.();
    });
    this.#stream.on('end', () => {
      if (this.#answer.done && this.#rows === this.#answer.rows) this.#ended = true;
      else this.#fault = this.#lost();
      this.#wake?.();
    });
    this.#stream.on('error', (fault) => {
      this.#fault = postgresFault(fault, place);
      this.#wake?.();
    });
  }

  /** Whether the server has said that there are no more rows. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The next row if it is at hand; undefined when it must be waited for, and at the end.
   *
   * @throws EvidenceError
   */
  read(): RowBytes | undefined {
    const fault = this.#fault ?? this.#session.failure;
    if (fault !== undefined) throw fault;
    if (this.#turn === 0) return undefined;
    this.#turn--;
    if (this.#stream.read() === null) {
      this.#readable = false;
      return undefined;
    }
    this.#rows++;
    const row = this.#answer.nextRow();
    if (row === undefined) throw new RangeError('the driver has made a row');
    return row;
  }

  #lost(): EvidenceError {
    const reason = `${counted(this.#answer.rows, 'row')} came, and ${this.#rows} handed on`;
    return new EvidenceError('source-incomplete', reason, {
      where: { file: this.#place },
      advice: 'run the capture again',
    });
  }

  /**
   * Waits until there is something to read, or the end.
   *
   * @throws EvidenceError if the query or the connection failed, or nothing came within the stall limit
   */
  async wait(): Promise<void> {
    this.#turn = ROWS_A_TURN;
    await setImmediate();
    if (this.#ended || this.#readable) return;
    if (this.#fault !== undefined) throw this.#fault;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await this.#session.guard(woken, this.#place);
    this.#wake = undefined;
    if (this.#fault !== undefined) throw this.#fault;
  }
}
