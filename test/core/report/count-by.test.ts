/** Counts by attribute are exact, add up, and do not depend on the order of the records. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/core/json/utf8.ts';
import {
  AttributeCounts,
  type CountedBy,
  countByOf,
  countedBy,
  countFaults,
  LONGEST,
  MOST_VALUES,
} from '../../../src/core/report/count-by.ts';
import { runs } from '../../long.ts';

type Values = readonly (string | undefined)[];

function sideOf(values: Values): AttributeCounts {
  const counts = new AttributeCounts(['status']);
  for (const value of values) {
    counts.take({ attrs: value === undefined ? undefined : JSON.stringify({ a: 'x', status: value }) });
  }
  return counts;
}

function both(baseline: Values, current: Values): CountedBy {
  const [first] = countedBy(['status'], sideOf(baseline).counts, sideOf(current).counts);
  if (first === undefined) throw new RangeError('nothing was counted');
  return first;
}

/** The simple way: all values of both sides in a table, whatever they cost. */
function simply(baseline: Values, current: Values): CountedBy {
  const isValue = (value: string | undefined): value is string => value !== undefined && value.length <= LONGEST;
  const told = [...new Set([...baseline, ...current].filter(isValue))].sort(compareUtf8).slice(0, MOST_VALUES);
  const of = (fits: (value: string | undefined) => boolean) => ({
    baseline: baseline.filter(fits).length,
    current: current.filter(fits).length,
  });
  return {
    attribute: 'status',
    values: told.map((value) => ({ value, ...of((one) => one === value) })),
    others: of((one) => one !== undefined && !told.includes(one)),
    absent: of((one) => one === undefined),
  };
}

describe('counts by attribute', () => {
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 400 }).map((n) => `v${n}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(undefined, '', '__proto__', '\u{1f600}', '\uffee', 'x'.repeat(LONGEST + 1)),
    },
  );
  const values = fc.array(value, { maxLength: 600, size: 'max' });

  it('are those of the simple way, whatever the order', () => {
    fc.assert(
      fc.property(values, values, (baseline, current) => {
        const counted = both(baseline, current);
        expect(counted).toEqual(simply(baseline, current));
        expect(both([...baseline].reverse(), [...current].sort())).toEqual(counted);
        const report = { baseline: { records: baseline.length }, current: { records: current.length } };
        expect(countFaults({ ...report, countBy: [counted] })).toEqual([]);
      }),
      { numRuns: runs(60, 2000) },
    );
  });

  it('keep no more values than that, however many come', () => {
    const counts = sideOf(Array.from({ length: 5000 }, (_, at) => `v${(at * 7919) % 5000}`)).counts.get('status');
    expect([counts?.values.size, counts?.others]).toEqual([MOST_VALUES, 5000 - MOST_VALUES]);
  });

  it('of a side that is not known are null, never 0', () => {
    const [counted] = countedBy(['status'], undefined, sideOf(['a', undefined]).counts);
    expect(counted).toEqual({
      attribute: 'status',
      values: [{ value: 'a', baseline: null, current: 1 }],
      others: { baseline: null, current: 0 },
      absent: { baseline: null, current: 1 },
    });
  });

  it('that do not add up are named', () => {
    const counted = both(['a', 'b'], ['a']);
    const records = { baseline: { records: 3 }, current: { records: 1 } };
    expect(countFaults({ ...records, countBy: [counted] })).toEqual([
      'the counts by "status" do not add up to the records of the baseline',
    ]);
    const half = { ...counted, absent: { baseline: null, current: 0 } };
    expect(countFaults({ ...records, baseline: { records: 2 }, countBy: [half] })).toHaveLength(1);
  });

  it.each([
    [
      ['a', 'b', 'a'],
      ['a', 'b'],
    ],
    [[1, null, 'a', 'x'.repeat(LONGEST + 1)], ['a']],
    ['status', []],
    [undefined, []],
    [Array.from({ length: 20 }, (_, at) => `a${at}`), ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7']],
  ])('of a header that names %j are by %j', (countBy, names) => {
    expect(countByOf(countBy === undefined ? {} : { countBy })).toEqual(names);
  });
});
