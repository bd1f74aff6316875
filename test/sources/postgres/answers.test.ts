/**
 * What a server may say to what it was asked, without a server: a session of every kind of statement, as PostgreSQL
 * answers it, and every lie in the place of every message of it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Answers } from '../../../src/sources/postgres/answers.ts';
import { type Asked, UnexpectedAnswer } from '../../../src/sources/postgres/exchange.ts';
import { codeOf, LIES, Liar, type Message, message, rowOf } from '../../postgres/liar.ts';

const row = (...values: (string | null)[]): Message =>
  rowOf(values.map((value) => (value === null ? null : Buffer.from(value))));

function described(columns: number): Message {
  const count = Buffer.alloc(2);
  count.writeInt16BE(columns, 0);
  const column = Buffer.concat([Buffer.from('name\0'), Buffer.alloc(18)]);
  return message('T', Buffer.concat([count, ...Array.from({ length: columns }, () => column)]));
}

const done = (tag: string): Message => message('C', `${tag}\0`);
const ready = (state: string): Message => message('Z', state);
const begun = [message('1'), message('2')];
const plain = (tag: string, state = 'T'): readonly Message[] => [...begun, message('n'), done(tag), ready(state)];

const LOGIN = [
  message('R', Buffer.alloc(4)),
  message('S', 'client_encoding\0UTF8\0'),
  message('K', Buffer.alloc(8)),
  ready('I'),
];

interface Statement {
  readonly asked: Asked;
  readonly answer: readonly Message[];
  readonly rows: number;
}

const STATEMENTS: readonly Statement[] = [
  { asked: { columns: 0, command: 'BEGIN' }, answer: plain('BEGIN'), rows: 0 },
  { asked: { columns: 0, command: 'SET' }, answer: plain('SET'), rows: 0 },
  { asked: { columns: 0, command: 'LOCK TABLE' }, answer: plain('LOCK TABLE'), rows: 0 },
  {
    asked: { columns: 3, command: 'SELECT' },
    answer: [...begun, described(3), row('a', null, 'b'), row('', 'ü', null), done('SELECT 2'), ready('T')],
    rows: 2,
  },
  { asked: { columns: 1, command: 'SELECT' }, answer: [...begun, described(1), done('SELECT 0'), ready('T')], rows: 0 },
  {
    asked: { columns: 2, command: 'SELECT', batchRows: 2 },
    answer: [
      ...[...begun, described(2), row('1', 'x'), row('2', 'x'), message('s'), row('3', 'x'), row('4', 'x')],
      ...[message('s'), row('5', null), done('SELECT 1'), message('3'), ready('T')],
    ],
    rows: 5,
  },
  { asked: { columns: 0, command: 'COMMIT' }, answer: plain('COMMIT', 'I'), rows: 0 },
];

const SESSION: readonly Message[] = [...LOGIN, ...STATEMENTS.flatMap(({ answer }) => answer)];

/** Takes `said` in pieces; how many rows came for each statement that was answered to its end, or why it was refused. */
function heard(pieces: readonly Buffer[]): { readonly rows: readonly number[]; readonly refused: string } {
  const answers = new Answers();
  const asked = STATEMENTS.map((statement) => answers.expect(statement.asked));
  let refused = '';
  try {
    for (const piece of pieces) answers.take(piece);
  } catch (fault) {
    if (!(fault instanceof UnexpectedAnswer)) throw fault;
    refused = fault.message;
  }
  return { rows: asked.filter(({ done }) => done).map(({ rows }) => rows), refused };
}

const TRUTH = { rows: STATEMENTS.map(({ rows }) => rows), refused: '' };

describe('answers of a server', () => {
  it('are taken when they are what was asked for', () => {
    expect(heard(SESSION)).toEqual(TRUTH);
  });

  it('that are cut off are not said to be whole, wherever the cut is', () => {
    const ends = [...SESSION.entries()].filter(([at, one]) => at >= LOGIN.length && codeOf(one) === 'Z');
    for (let length = 0; length <= SESSION.length; length++) {
      const answered = ends.filter(([at]) => at < length).length;
      expect(heard(SESSION.slice(0, length)), `${length} messages`).toEqual({
        ...{ rows: TRUTH.rows.slice(0, answered), refused: '' },
      });
    }
  });

  it('do not depend on how they are cut into pieces', () => {
    const whole = Buffer.concat(SESSION);
    const cuts = fc.array(fc.nat(whole.length), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (places) => {
        const ends = [...new Set([...places, whole.length])].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
        expect(heard(pieces)).toEqual(TRUTH);
      }),
    );
    expect(heard([...whole].map((byte) => Buffer.of(byte)))).toEqual(TRUTH);
  });

  it('are handed on whole, at once, and rows that are kept without their values', () => {
    const answers = new Answers();
    answers.take(Buffer.concat(LOGIN));
    answers.expect({ columns: 2, command: 'SELECT', keepsRows: true });
    const handed = (...said: readonly Message[]): Buffer => Buffer.concat(answers.take(Buffer.concat(said)));
    expect(handed(message('1'))).toEqual(message('1'));
    const head = [message('2'), described(2)];
    const rows = Array.from({ length: 600 }, (_, at) => row(String(at), null));
    const empty = message('D', Buffer.alloc(2));
    expect(handed(...head, ...rows)).toEqual(Buffer.concat([...head, ...rows.map(() => empty)]));
    const end = [done('SELECT 600'), ready('I')];
    expect(handed(...end)).toEqual(Buffer.concat(end));
  });

  it.each(LIES.map((lie) => [lie.name, lie] as const))('every message: %s', (_, lie) => {
    let told = 0;
    for (const [at, one] of SESSION.entries()) {
      if (!lie.at.test(codeOf(one)) || one.length === 0) continue;
      const liar = new Liar(lie, at);
      const said = SESSION.flatMap((each) => liar.hear(each));
      const { rows, refused } = heard(said);
      told++;
      // What is answered to its end has just the rows that there are, or agrees with itself about other ones.
      if (refused === '' && rows.length === STATEMENTS.length && lie.agrees !== true) {
        expect(rows, `${lie.name} at ${at}, ${codeOf(one)}`).toEqual(TRUTH.rows);
      }
    }
    expect(told).toBeGreaterThan(0);
  });

  it.each([
    ['fewer values', 'D', /a row has 2 values, 3 columns were asked for/],
    ['a value more', 'D', /a row has 4 values, 3 columns were asked for/],
    ['drop', 'D', /said to be done as "SELECT 2", what came is SELECT 1/],
    ['say twice', 'D', /said to be done as "SELECT 2", what came is SELECT 3/],
    ['suspended after it', 'D', /a portal was suspended, and all rows were asked for at once/],
    ['an empty query', 'D', /EmptyQueryResponse came in the place of another answer/],
    ['cut its end off', 'D', /do not fill its message/],
    ['a column less is announced', 'T', /2 columns are announced, 3 were asked for/],
    ['data to copy', 'D', /CopyOutResponse came/],
    ['an unknown kind', 'D', /unknown kind "x"/],
    ['outside of a transaction', 'Z', /state of the transaction is "I", not T/],
    ['done as a ROLLBACK', 'C', /done as "ROLLBACK\\u0000"|done as "ROLLBACK"/],
  ] as const)('a SELECT: %s at %s', (name, code, says) => {
    const before = LOGIN.length + 15;
    const at = SESSION.findIndex((one, index) => index >= before && codeOf(one) === code);
    const lie = LIES.find((each) => each.name === name);
    if (lie === undefined) throw new RangeError(name);
    const liar = new Liar(lie, at);
    const { refused } = heard(SESSION.flatMap((each) => liar.hear(each)));
    expect(refused).toMatch(says);
  });

  it('a portal that is suspended before all rows of a fetch have come is refused', () => {
    const at = SESSION.findLastIndex((one) => codeOf(one) === 's') - 1;
    const said = SESSION.filter((_, index) => index !== at);
    expect(heard(said).refused).toBe('a portal was suspended after 1 rows, 2 were fetched');
  });

  it('a message that is longer than any is refused at its first bytes', () => {
    const endless = Buffer.from([0x44, 0xff, 0xff, 0xff, 0xff]);
    expect(heard([...LOGIN, endless]).refused).toBe('DataRow says that it is 4294967295 bytes long');
  });

  it('a change of the encoding is refused', () => {
    const latin = message('S', 'client_encoding\0LATIN1\0');
    expect(heard([...LOGIN, latin]).refused).toMatch(/text as LATIN1/);
  });

  it('an answer that nobody asked for is refused', () => {
    expect(heard([...SESSION, row('x')]).refused).toBe('DataRow came, and nothing was asked');
  });
});

describe('a login', () => {
  const step = (kind: number): Message => {
    const body = Buffer.alloc(4);
    body.writeInt32BE(kind, 0);
    return message('R', body);
  };
  const SCRAM = [10, 11, 12, 0];

  it('goes step by step, and no step comes twice: the driver would wait for ever', () => {
    const whole = new Answers();
    for (const kind of SCRAM) whole.take(step(kind));
    for (const again of SCRAM) {
      const answers = new Answers();
      for (const kind of SCRAM.slice(0, SCRAM.indexOf(again) + 1)) answers.take(step(kind));
      expect(() => answers.take(step(again))).toThrow(UnexpectedAnswer);
    }
  });
});
