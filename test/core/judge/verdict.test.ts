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
  TypeCounts,
  verdictOf,
  worse,
} from '../../../src/core/judge/verdict.ts';
import type { TenantSummary } from '../../../src/core/snapshot/summary.ts';

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

describe('the relation of a whole', () => {
  const WORST_FIRST = ['broken', 'unknown', 'migrated', 'extended', 'identical'] as const;
  const pairs = WORST_FIRST.flatMap((worst, at) => WORST_FIRST.slice(at).map((other) => [worst, other] as const));

  it.each(pairs)('of which one part is %s and another %s is the first of them', (worst, other) => {
    expect([worse(worst, other), worse(other, worst)]).toEqual([worst, worst]);
  });
});

describe('records by type', () => {
  const summary = (records: number, counts: Readonly<Record<string, number>>): TenantSummary => {
    return { tenant: 'a', records, root: '0'.repeat(64), counts: new Map(Object.entries(counts)), streams: [] };
  };
  const count = (type: string, baseline: number, current: number) => ({ type, baseline, current });

  it.each([
    ['of a tenant that came', undefined, summary(2, { b: 1, a: 1 }), [count('a', 0, 1), count('b', 0, 1)]],
    ['of one that had no record', summary(0, {}), summary(1, { a: 1 }), [count('a', 0, 1)]],
    ['of one that is gone', summary(3, { a: 3 }), undefined, [count('a', 3, 0)]],
    ['of both sides', summary(3, { a: 3 }), summary(2, { b: 2 }), [count('a', 3, 0), count('b', 0, 2)]],
    ['are none where the baseline states none of one record', summary(1, {}), summary(1, { a: 1 }), []],
  ])('%s', (_, was, is, counts) => {
    expect(new TypeCounts().of(was, is)).toEqual(counts);
  });

  it('are one list for tenants that have the same, and another where anything differs', () => {
    const counts = new TypeCounts();
    const [was, is] = [summary(1, { a: 1 }), summary(2, { a: 2 })];
    const first = counts.of(was, is);
    expect(counts.of(was, is)).toBe(first);
    for (const [before, after] of [
      [summary(1, { a: 1 }), summary(3, { a: 3 })],
      [summary(2, { a: 2 }), summary(3, { a: 3 })],
      [summary(2, { b: 2 }), summary(3, { b: 3 })],
      [summary(2, { b: 2 }), summary(4, { b: 3, c: 1 })],
      [summary(2, { b: 2 }), summary(3, { b: 3 })],
    ] as const) {
      expect(counts.of(before, after)).toEqual(new TypeCounts().of(before, after));
    }
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

it('everything was done, and a migration was declared: PASS where the relation is migrated', () => {
  expect(verdictOf(nothing(), { ...DONE, relation: 'migrated', migration: true })).toBe('PASS');
});

it.each<Partial<Completeness>>([
  { complete: false },
  { baselineRecords: 0 },
  { currentRecords: 0 },
  { unjudged: 1 },
  { relation: 'broken' },
  { relation: 'unknown' },
  { relation: 'migrated' },
  { relation: 'migrated', migration: false },
  { relation: 'broken', migration: true },
])('no verdict of %o', (missing) => {
  expect(() => verdictOf(nothing(), { ...DONE, ...missing })).toThrow(RangeError);
  expect(() => verdictOf(nothing(), { ...DONE, ...missing })).toThrow(
    'the comparison is not complete, but no finding says so',
  );
});
