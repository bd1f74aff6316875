/** What a server answers to one statement, message by message (PostgreSQL, "Extended Query"). */

import type { RowBytes } from './row-cells.ts';

/** What a statement must be answered with. */
export interface Asked {
  /** Values of each row; 0 for a statement that gives none. */
  readonly columns: number;
  /** The word or words that its CommandComplete begins with. */
  readonly command: string;
  /** Rows that are fetched at once; undefined if all come together. */
  readonly batchRows?: number;
  /** Whether rows are kept here, as they came, until they are fetched with `nextRow`. Default false. */
  readonly keepsRows?: boolean;
}

/** What came for a statement so far. */
export interface Answer {
  readonly rows: number;
  /** Whether the server has said all that it has to say. */
  readonly done: boolean;
  /** The next of the rows that are kept; undefined if there is none. */
  nextRow(): RowBytes | undefined;
}

/** The server said something that is no answer to what it was asked. */
export class UnexpectedAnswer extends Error {
  override readonly name: string = 'UnexpectedAnswer';
}

/** @throws UnexpectedAnswer */
export function refuse(reason: string): never {
  throw new UnexpectedAnswer(reason);
}

/** What is waited for: the answer to that message of ours, rows, or that all is done. */
type Stage = 'parse' | 'bind' | 'describe' | 'rows' | 'close' | 'ready' | 'failed' | 'done';

/** The names of what may come, by its first byte (PostgreSQL, "Message Formats"). */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['1', 'ParseComplete'],
  ['2', 'BindComplete'],
  ['3', 'CloseComplete'],
  ['A', 'NotificationResponse'],
  ['C', 'CommandComplete'],
  ['D', 'DataRow'],
  ['E', 'ErrorResponse'],
  ['G', 'CopyInResponse'],
  ['H', 'CopyOutResponse'],
  ['I', 'EmptyQueryResponse'],
  ['K', 'BackendKeyData'],
  ['N', 'NoticeResponse'],
  ['R', 'Authentication'],
  ['S', 'ParameterStatus'],
  ['T', 'RowDescription'],
  ['W', 'CopyBothResponse'],
  ['Z', 'ReadyForQuery'],
  ['c', 'CopyDone'],
  ['d', 'CopyData'],
  ['n', 'NoData'],
  ['s', 'PortalSuspended'],
  ['t', 'ParameterDescription'],
]);

/** What the message is called whose first byte is `code`. */
export function nameOf(code: string): string {
  return NAMES.get(code) ?? `a message of the unknown kind ${JSON.stringify(code)}`;
}

/**
 * The texts of `body`, each ended by a zero byte, which must fill it.
 *
 * @throws UnexpectedAnswer
 */
export function textsOf(body: Buffer, count: number, name: string): readonly string[] {
  const texts = body.toString('latin1').split('\0');
  if (texts.length !== count + 1 || texts[count] !== '') refuse(`${name} has another form than it must have`);
  return texts;
}

function countOf(body: Buffer): number {
  return body.length < 2 ? -1 : body.readInt16BE(0);
}

/** Whether the lengths of the values of a DataRow add up to its own; -1 stands for NULL. */
function isFilled(body: Buffer, columns: number): boolean {
  let at = 2;
  for (let column = 0; column < columns; column++) {
    if (at + 4 > body.length) return false;
    const bytes = body.readInt32BE(at);
    if (bytes < -1) return false;
    at += 4 + (bytes === -1 ? 0 : bytes);
  }
  return at === body.length;
}

/** Behind a column's name: table, column, type, size, modifier, and the format, which is 0 for text. */
const BYTES_BEHIND_NAME = 18;

function requireTextColumns(body: Buffer, columns: number): void {
  let at = 2;
  for (let column = 0; column < columns; column++) {
    const end = body.indexOf(0, at) + 1 + BYTES_BEHIND_NAME;
    if (end <= at + BYTES_BEHIND_NAME || end > body.length) refuse('RowDescription has another form than it must have');
    if (body.readInt16BE(end - 2) !== 0) refuse('a column comes in binary form, text was asked for');
    at = end;
  }
  if (at !== body.length) refuse('RowDescription has another form than it must have');
}

/** Rows that were fetched are let go of when so many are. */
const MOST_FETCHED = 1024;

export class Exchange implements Answer {
  readonly asked: Asked;
  #stage: Stage = 'parse';
  #rows = 0;
  /** Rows since the last Execute: it is these that CommandComplete counts. */
  #rowsOfFetch = 0;
  #kept: (RowBytes | undefined)[] = [];
  #fetched = 0;

  constructor(asked: Asked) {
    this.asked = asked;
  }

  get rows(): number {
    return this.#rows;
  }

  get done(): boolean {
    return this.#stage === 'done';
  }

  nextRow(): RowBytes | undefined {
    const row = this.#kept[this.#fetched];
    if (row === undefined) return undefined;
    this.#kept[this.#fetched++] = undefined;
    if (this.#fetched === this.#kept.length || this.#fetched === MOST_FETCHED) {
      this.#kept = this.#kept.slice(this.#fetched);
      this.#fetched = 0;
    }
    return row;
  }

  /**
   * Takes one message.
   *
   * @returns how the statement has ended, with ReadyForQuery, whose state is the caller's to judge; undefined before
   * @throws UnexpectedAnswer
   */
  take(code: string, body: Buffer): 'done' | 'failed' | undefined {
    switch (`${this.#stage} ${code}`) {
      case 'parse 1':
        this.#stage = 'bind';
        return undefined;
      case 'bind 2':
        this.#stage = 'describe';
        return undefined;
      case 'describe T':
      case 'describe n':
        this.#describe(code, body);
        return undefined;
      case 'rows D':
        this.#row(body);
        return undefined;
      case 'rows s':
        this.#suspend();
        return undefined;
      case 'rows C':
        this.#complete(body);
        return undefined;
      case 'close 3':
        this.#stage = 'ready';
        return undefined;
      case 'failed 3':
        return undefined;
      case 'ready Z':
        this.#stage = 'done';
        return 'done';
      case 'failed Z':
        return 'failed';
      default:
        if (code !== 'E') refuse(`${nameOf(code)} came in the place of another answer`);
        this.#stage = 'failed';
        return undefined;
    }
  }

  #describe(code: string, body: Buffer): void {
    const { columns } = this.asked;
    const announced = code === 'n' ? 0 : countOf(body);
    if (announced !== columns) refuse(`${announced} columns are announced, ${columns} were asked for`);
    if (code === 'T') requireTextColumns(body, columns);
    this.#stage = 'rows';
  }

  #row(body: Buffer): void {
    const { columns, batchRows, keepsRows } = this.asked;
    const count = countOf(body);
    if (columns === 0) refuse('a row came for a statement that gives none');
    if (count !== columns) refuse(`a row has ${count} values, ${columns} columns were asked for`);
    if (!isFilled(body, columns)) refuse('the values of a row do not fill its message');
    this.#rows++;
    this.#rowsOfFetch++;
    if (batchRows !== undefined && this.#rowsOfFetch > batchRows) refuse('more rows came than were fetched');
    if (keepsRows === true) this.#kept.push(body);
  }

  /** A portal is suspended when all rows of a fetch have come, and never before. */
  #suspend(): void {
    const { batchRows } = this.asked;
    if (batchRows === undefined) refuse('a portal was suspended, and all rows were asked for at once');
    if (this.#rowsOfFetch !== batchRows) {
      refuse(`a portal was suspended after ${this.#rowsOfFetch} rows, ${batchRows} were fetched`);
    }
    this.#rowsOfFetch = 0;
  }

  #complete(body: Buffer): void {
    const { columns, command, batchRows } = this.asked;
    const [tag = ''] = textsOf(body, 1, 'CommandComplete');
    const wanted = columns === 0 ? command : `${command} ${this.#rowsOfFetch}`;
    if (tag !== wanted) refuse(`the command is said to be done as ${JSON.stringify(tag)}, what came is ${wanted}`);
    this.#stage = batchRows === undefined ? 'ready' : 'close';
  }
}
