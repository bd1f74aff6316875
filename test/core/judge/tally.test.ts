/** The books: every record in exactly one column, or the program stops. */
import { describe, expect, it } from 'vitest';
import { addTally, emptyTally, requireBalance, type Tally } from '../../../src/core/judge/tally.ts';

const tally = (part: Partial<Tally>): Tally => ({ ...emptyTally(), ...part });

describe('the books', () => {
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
