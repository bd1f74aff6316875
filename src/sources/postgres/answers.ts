/**
 * What a server says, held message by message against what it was asked (PostgreSQL, "Message Flow" and "Message
 * Formats"): every row has as many values as columns were asked for and fills its message to the byte, every command is
 * done as the one it is, with as many rows as came, and nothing comes that nobody asked for.
 *
 * The driver counts none of it: a row that is lost on the way, a row with fewer values, a command that is called done
 * too early or a portal that is suspended too early all look like fewer rows to it. So this stands before the driver,
 * which sees only what was found right. It reads bytes and knows neither sockets nor the driver.
 */

import { type Answer, type Asked, Exchange, nameOf, refuse, textsOf } from './exchange.ts';

const HEADER_BYTES = 5;
/** The server allocates no more for one message (MaxAllocSize). */
const MOST_MESSAGE_BYTES = 0x3fffffff;
const NOTHING = Buffer.alloc(0);
/** A row without values: what the driver gets in the place of one that is kept, so that it counts it and no more. */
const EMPTY_ROW = Buffer.from([0x44, 0, 0, 0, 6, 0, 0]);
/** So many at once. */
const EMPTY_ROWS = Buffer.concat(Array.from({ length: 256 }, () => EMPTY_ROW));

export class Answers {
  readonly #exchanges: Exchange[] = [];
  /** The beginning of a message whose end has not come. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #neededBytes = HEADER_BYTES;
  #isReady = false;
  #inTransaction = false;
  /** Kinds of Authentication messages that came. */
  readonly #steps = new Set<number>();

  /** Whether the server has let us in. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Says what is asked next; to be called before it is sent. */
  expect(asked: Asked): Answer {
    const exchange = new Exchange(asked);
    this.#exchanges.push(exchange);
    return exchange;
  }

  /**
   * Takes what the server has sent.
   *
   * @returns what is for the driver of it: whole messages, a row that is kept without its values
   * @throws UnexpectedAnswer if it is not what it must be; nothing of `bytes` may be believed then
   */
  take(bytes: Buffer): readonly Buffer[] {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    // Put together once it is whole, and not with every piece: a long row comes in very many.
    if (this.#heldBytes < this.#neededBytes) return [];
    const [only = NOTHING, ...more] = this.#held;
    const all = more.length === 0 ? only : Buffer.concat(this.#held, this.#heldBytes);
    const whole = new ForDriver(all);
    const rest = all.subarray(this.#messages(all, whole));
    this.#held = rest.length === 0 ? [] : [rest];
    this.#heldBytes = rest.length;
    return whole.pieces(all.length - rest.length);
  }

  /** Takes all whole messages of `all`; where the rest begins. */
  #messages(all: Buffer, whole: ForDriver): number {
    let at = 0;
    for (;;) {
      this.#neededBytes = HEADER_BYTES;
      if (all.length - at < HEADER_BYTES) return at;
      const length = all.readUInt32BE(at + 1);
      const code = String.fromCharCode(all[at] ?? 0);
      if (length < 4 || length > MOST_MESSAGE_BYTES) refuse(`${nameOf(code)} says that it is ${length} bytes long`);
      if (all.length - at <= length) {
        this.#neededBytes = length + 1;
        return at;
      }
      const isKept = this.#message(code, all.subarray(at + HEADER_BYTES, at + 1 + length));
      if (isKept) whole.leaveRow(at, at + 1 + length);
      at += 1 + length;
    }
  }

  /** Whether it is a row that is kept. */
  #message(code: string, body: Buffer): boolean {
    if (code === 'S') this.#parameter(body);
    else if (code === 'N' || (code === 'A' && this.#isReady))
      return false; // They may come at any time, and say nothing of rows.
    else if (!this.#isReady) this.#login(code, body);
    else return this.#answer(code, body);
    return false;
  }

  #login(code: string, body: Buffer): void {
    if (code === 'R') this.#step(body);
    if (code === 'R' || code === 'K' || code === 'E') return;
    if (code !== 'Z') refuse(`${nameOf(code)} came before the login was done`);
    this.#requireState(body, 'I');
    this.#isReady = true;
  }

  /** No step of a login comes twice: the driver would wait for ever, or fail where nobody hears it. */
  #step(body: Buffer): void {
    const kind = body.length < 4 ? -1 : body.readInt32BE(0);
    if (this.#steps.has(kind)) refuse('a step of the login came twice');
    this.#steps.add(kind);
  }

  /** In any other encoding the driver would read other texts; what it is after the login is asked with the settings. */
  #parameter(body: Buffer): void {
    const [name = '', value = ''] = textsOf(body, 2, 'ParameterStatus');
    if (this.#isReady && name === 'client_encoding' && value !== 'UTF8') {
      refuse(`the server now sends text as ${value}, not as UTF8`);
    }
  }

  /** Whether it is a row that is kept. */
  #answer(code: string, body: Buffer): boolean {
    const [exchange] = this.#exchanges;
    // What ends a session comes at any time, and is reported by the driver.
    if (exchange === undefined) {
      if (code !== 'E') refuse(`${nameOf(code)} came, and nothing was asked`);
      return false;
    }
    const end = exchange.take(code, body);
    const { command, keepsRows } = exchange.asked;
    if (end === undefined) return code === 'D' && keepsRows === true;
    this.#exchanges.shift();
    if (end === 'done' && command === 'BEGIN') this.#inTransaction = true;
    if (end === 'done' && (command === 'COMMIT' || command === 'ROLLBACK')) this.#inTransaction = false;
    const inside = end === 'failed' ? 'E' : 'T';
    this.#requireState(body, this.#inTransaction ? inside : 'I');
    return false;
  }

  /** `I` outside of a transaction, `T` in one, `E` in one that has failed. */
  #requireState(body: Buffer, wanted: string): void {
    const state = body.toString('latin1');
    if (state !== wanted) refuse(`the state of the transaction is ${JSON.stringify(state)}, not ${wanted}`);
  }
}

/** Whole messages for the driver, with an empty row in the place of each that is kept. */
class ForDriver {
  readonly #all: Buffer;
  readonly #pieces: Buffer[] = [];
  #from = 0;
  /** Empty rows that are not among the pieces yet. */
  #rows = 0;

  constructor(all: Buffer) {
    this.#all = all;
  }

  /** The message in `[start, end)` is a row that is kept. */
  leaveRow(start: number, end: number): void {
    if (start > this.#from || this.#rows * EMPTY_ROW.length === EMPTY_ROWS.length) this.#flush(start);
    this.#rows++;
    this.#from = end;
  }

  /** What came before `end`, once more. */
  #flush(end: number): void {
    if (this.#rows > 0) this.#pieces.push(EMPTY_ROWS.subarray(0, this.#rows * EMPTY_ROW.length));
    if (end > this.#from) this.#pieces.push(this.#all.subarray(this.#from, end));
    this.#rows = 0;
  }

  /** All of them, which end at `end`. */
  pieces(end: number): readonly Buffer[] {
    this.#flush(end);
    return this.#pieces;
  }
}
