/** A capture ends where the server has said so and every row that it sent was handed on, and nowhere else. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { RowReader } from '../../../src/sources/postgres/row-reader.ts';
import type { Session } from '../../../src/sources/postgres/session.ts';

/** Reads to the end rows that a driver hands on of `sent`, where the answer is said to be `done` or is cut off. */
async function readAll(handedOn: number, sent: number, done: boolean): Promise<string> {
  const stream = Readable.from(Array.from({ length: handedOn }, (_, at) => [String(at)]));
  const answer = { done, rows: sent, nextRow: () => new Uint8Array(1) };
  const session = { begin: () => ({ stream, answer }), failure: undefined, guard: (work: Promise<void>) => work };
  const query = { text: 'SELECT 1', values: [], columns: 1 };
  const reader = new RowReader(session as unknown as Session, query, 2, 'public.t');
  let rows = 0;
  try {
    while (!reader.ended) {
      if (reader.read() === undefined) await reader.wait();
      else rows++;
    }
  } catch (fault) {
    return String(fault);
  }
  return `${rows} rows`;
}

describe('rows of a query', () => {
  it('are all read, however many', async () => {
    for (const rows of [0, 1, 3, 200]) expect(await readAll(rows, rows, true)).toBe(`${rows} rows`);
  });

  it.each([
    ['the answer was cut off, though no row is missing', 3, 3, false],
    ['a row that came was not handed on', 2, 3, true],
    ['a row was handed on that never came', 3, 2, true],
    ['nothing came, and nobody said that there is nothing', 0, 0, false],
  ])('are no whole capture where %s', async (_, handedOn, sent, done) => {
    expect(await readAll(handedOn, sent, done)).toMatch(
      /public\.t: \d rows? came, and \d handed on; run the capture again/,
    );
  });
});
