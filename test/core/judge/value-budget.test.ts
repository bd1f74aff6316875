/** Two of the largest records, which differ everywhere: so many values are looked at and no more. Counted, not timed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/core/json/parse.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { Budget } from '../../../src/core/judge/align.ts';
import { type Difference, differenceOf } from '../../../src/core/judge/difference.ts';
import { MOST_RECORD_BYTES, RECORD_SHARE } from '../../../src/core/limits.ts';
import { portable, utf8 } from '../../../src/core/platform.ts';
import { runs } from '../../long.ts';

const MOST_VALUES = Math.floor(RECORD_SHARE * portable.maxValues);
/** Where each element that is read is counted, a part of a record shows what a whole one does. */
const SHARE = runs(1, 1, 8);
/** A second or so of alignment. */
const MOST_STEPS = 10_000_000;

const spend = Budget.prototype.spend;
let spent = 0;
beforeEach(() => {
  spent = 0;
  Budget.prototype.spend = function (this: Budget, steps: number): boolean {
    const granted = spend.call(this, steps);
    if (granted) spent += steps;
    return granted;
  };
});
afterEach(() => {
  Budget.prototype.spend = spend;
});

/** A list of as many of `item` as there is room for in a share of the largest record: at 40 bytes each some 200,000 in all. */
function recordOf(item: (at: number) => string, share = 1): Json {
  const items: string[] = [];
  const room = MOST_RECORD_BYTES / share;
  for (let left = room - 100; left > 0; ) {
    items.push(item(items.length));
    left -= (items.at(-1) ?? '').length + 1;
  }
  items.pop();
  const bytes = utf8(`{"body":[${items.join()}]}`);
  expect(bytes.length).toBeGreaterThan(0.95 * room);
  expect(bytes.length).toBeLessThanOrEqual(room);
  return parseJson(portable, bytes, 0, bytes.length, { maxValues: MOST_VALUES });
}

/** The same list, whose elements are counted as they are read. */
function counted(record: Json, onRead: () => void): Json {
  const list = (record as Map<string, Json>).get('body') as Json[];
  const get = (target: Json[], name: string | symbol): unknown => {
    if (typeof name === 'string' && name !== 'length') onRead();
    return Reflect.get(target, name);
  };
  return new Map([['body', new Proxy(list, { get })]]);
}

function between(baseline: Json, current: Json): Difference {
  return differenceOf({ baseline: () => baseline, current: () => current });
}

const text = (start: string): string => JSON.stringify(start.padEnd(37, '.'));

function expectBounded({ places, kinds }: Difference): void {
  expect(places).toHaveLength(100);
  expect(kinds.length).toBeLessThanOrEqual(1000);
  expect(spent).toBeLessThanOrEqual(MOST_STEPS);
}

describe('two records of 8 MB that differ everywhere', () => {
  it('as lists without an equal element are read a few times, element by element', () => {
    let reads = 0;
    const [was, is] = ['a', 'b'].map((side) =>
      counted(
        recordOf((at) => text(`${side}${at}`), SHARE),
        () => {
          reads++;
        },
      ),
    ) as [Json, Json];
    const found = between(was, is);
    expectBounded(found);
    expect(found.count).toBeGreaterThan(200_000 / SHARE);
    expect(reads).toBeGreaterThan(2 * found.count);
    expect(reads).toBeLessThan(16 * 2 * found.count);
  });

  it('as lists of few values are aligned in so many steps, and then paired by their places', () => {
    // Between two elements that come once nothing is cheap to find: each stretch takes many steps by itself.
    const list = (factor: number): Json =>
      recordOf((at) => text(at % 1000 === 0 ? `once ${at}` : String((at * at * factor) % 13)));
    const found = between(list(5), list(7));
    expectBounded(found);
    expect(found.unaligned).toBe(true);
    expect(spent).toBeGreaterThan(MOST_STEPS / 2);
  });

  it('are not read where they have more values than two of them may have', () => {
    const most = MOST_VALUES - 2;
    const list = (values: number): Uint8Array => utf8(`{"body":[${'0,'.repeat(values - 1)}1]}`);
    const read = (bytes: Uint8Array): Json => parseJson(portable, bytes, 0, bytes.length, { maxValues: MOST_VALUES });
    expect(() => read(list(most))).not.toThrow();
    expect(() => read(list(MOST_RECORD_BYTES / 2 - 10))).toThrow(`more than ${MOST_VALUES} values`);
  });
});
