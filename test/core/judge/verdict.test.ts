/** PASS is what is left over last: where something was not done and no finding says so, there is no verdict at all. */
import { expect, it } from 'vitest';
import { Findings } from '../../../src/core/judge/findings.ts';
import { type Completeness, verdictOf } from '../../../src/core/judge/verdict.ts';

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
