/** The one line that most people read: what it counts is there, and what is not there is not counted. */
import { expect, it } from 'vitest';
import { doneBy, type HeadlineFacts, headlineOf } from '../../../src/core/report/headline.ts';

const NOTHING = { identical: 0, added: 0, missing: 0, modified: 0, relinked: 0, reordered: 0, inserted: 0 };

const failed = (over: Partial<HeadlineFacts>): string =>
  headlineOf({
    ...{ verdict: 'FAIL', mode: 'append', totals: NOTHING as never, baselineRecords: 3, baselineTenants: 1 },
    ...{ stops: [], findings: [], findingCounts: {}, oldCounts: {}, isUnlooked: false, unread: [], ...over },
  } as HeadlineFacts);

it('tells new faults from those that were already in the baseline, and names none that is neither', () => {
  expect(failed({ findingCounts: { 'hash-mismatch': 3 }, oldCounts: { 'hash-mismatch': 1 } })).toMatch(
    /2 hash-mismatch, 1 hash-mismatch already in the baseline/,
  );
  expect(failed({ findingCounts: { 'hash-mismatch': 3 } })).not.toMatch(/already in the baseline/);
  const old = failed({ findingCounts: { 'hash-mismatch': 2 }, oldCounts: { 'hash-mismatch': 2 } });
  expect(old).toMatch(/2 hash-mismatch already in the baseline/);
  expect(old).not.toMatch(/\b0 /);
});

it('counts each record that a migration has changed once, by what was done to it, and nothing that was done to none', () => {
  const done = (ruled: number, retired: number, stubs: number, erased: number): readonly string[] =>
    doneBy({
      rules: [{ name: 'a', records: ruled, operations: [] }],
      ...{ retired, stubs, erased: { records: erased, hashesNotRecomputed: 0 } },
    }).map(({ records, what }) => `${records} ${what}`);
  expect(done(0, 0, 0, 0)).toEqual([]);
  expect(done(7, 1, 2, 3)).toEqual([
    ...[expect.stringMatching(/^1 /), '1 retired', '2 retired to a stub', '3 erased in part'],
  ]);
  expect(done(6, 1, 2, 3)).toEqual(['1 retired', '2 retired to a stub', '3 erased in part']);
  expect(done(2, 2, 0, 0)).toEqual(['2 retired']);
});
