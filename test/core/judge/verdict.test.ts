/**
 * The tally has every record once, or the program stops; and PASS is what is left over last: where something was not
 * done and no finding says so, there is no verdict at all.
 */
import { describe, expect, it } from 'vitest';
import { Findings } from '../../../src/core/judge/findings.ts';
import {
  addTally,
  type Completeness,
  emptyTally,
  requireBalance,
  type Tally,
  verdictOf,
} from '../../../src/core/judge/verdict.ts';

const tally = (part: Partial<Tally>): Tally => ({ ...emptyTally(), ...part });

describe('the tally', () => {
  it('balance when both sides are accounted for, column by column', () => {
    const all = tally({
      matched: 1,
      modified: 2,
      relinked: 4,
      missing: 8,
      added: 16,
      movedOut: 32,
      movedIn: 64,
      unjudgedBaseline: 128,
      unjudgedCurrent: 256,
    });
    expect(() => requireBalance('x', all, 1 + 2 + 4 + 8 + 32 + 128, 1 + 2 + 4 + 16 + 64 + 256)).not.toThrow();
  });

  it.each([
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
    [1, -1],
  ])('that are off by %i and %i stop the program', (baseline, current) => {
    expect(() => requireBalance('acme', tally({ matched: 5 }), 5 + baseline, 5 + current)).toThrow(RangeError);
    expect(() => requireBalance('acme', tally({ matched: 5 }), 5 + baseline, 5 + current)).toThrow(/acme/);
  });

  it('add up, column by column', () => {
    const sum = emptyTally();
    const names = Object.keys(sum) as (keyof Tally)[];
    for (const [at, name] of names.entries()) addTally(sum, tally({ [name]: at + 1 }));
    expect(names.map((name) => sum[name])).toEqual(names.map((_, at) => at + 1));
    expect(names.length).toBe(9);
  });
});

const DONE: Completeness = {
  complete: true,
  baselineRecords: 1,
  currentRecords: 1,
  unjudged: 0,
  relation: 'identical',
};
const nothing = (): Findings => new Findings('append', 10);

it.each(['identical', 'extended'] as const)('everything was done, and both are %s: PASS', (relation) => {
  expect(verdictOf(nothing(), { ...DONE, relation })).toBe('PASS');
});

it.each<Partial<Completeness>>([
  { complete: false },
  { baselineRecords: 0 },
  { currentRecords: 0 },
  { unjudged: 1 },
  { relation: 'broken' },
  { relation: 'unknown' },
])('no verdict of %o', (missing) => {
  expect(() => verdictOf(nothing(), { ...DONE, ...missing })).toThrow(RangeError);
  expect(() => verdictOf(nothing(), { ...DONE, ...missing })).toThrow(
    'the comparison is not complete, but no finding says so',
  );
});
