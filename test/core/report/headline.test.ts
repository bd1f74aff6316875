/** The one line that most people read: what it counts is there, and what is not there is not counted. */
import { expect, it } from 'vitest';
import { type HeadlineFacts, headlineOf } from '../../../src/core/report/headline.ts';

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
