/** Two summaries by themselves: what is called identical has one root, or the program is wrong and says so. */
import { expect, it } from 'vitest';
import { SnapshotBuilder } from '../../../src/core/audit/builder.ts';
import { Findings } from '../../../src/core/judge/findings.ts';
import { SummaryJudge, type SummaryVerdict } from '../../../src/core/judge/summary-judge.ts';
import { portable } from '../../../src/core/platform.ts';
import type { SnapshotSummary } from '../../../src/core/snapshot/summary.ts';
import { bodies, bundles, chained } from '../../store.ts';

const builder = new SnapshotBuilder(portable);
for (const record of [...bundles(3), ...chained(bodies(2))]) builder.append(record);
const SUMMARY = builder.finish();

function judge(
  current: SnapshotSummary,
  complete = true,
  more: { readonly migrated?: () => 'migrated' } = {},
): SummaryVerdict {
  return new SummaryJudge(new Findings('append', 10), {
    baseline: SUMMARY,
    current,
    complete,
    inOrder: true,
    records: undefined,
    watchedHead: () => undefined,
    bodyFaults: () => 0,
    faultyChains: new Set(),
    ...more,
  }).judge();
}

it('two that are equal are identical', () => {
  expect(judge(SUMMARY)).toMatchObject({ relation: 'identical', totals: { matched: 5 } });
});

it('two with equal tenants and different roots over all of them are no verdict at all', () => {
  const other = { ...SUMMARY, globalRoot: 'e'.repeat(64) };
  expect(() => judge(other)).toThrow(RangeError);
  expect(() => judge(other)).toThrow('both sides are called identical, but their global roots differ');
  // Of what was not read to its end the root says nothing.
  expect(judge(other, false).relation).toBe('unknown');
});

it('what was migrated, and did not grow, has the root that the migration expects, or there is no verdict', () => {
  const migrated = () => 'migrated' as const;
  expect(judge(SUMMARY, true, { migrated }).relation).toBe('migrated');
  const other = { ...SUMMARY, globalRoot: 'e'.repeat(64) };
  expect(() => judge(other, true, { migrated })).toThrow(RangeError);
  expect(() => judge(other, true, { migrated })).toThrow('the migration expects, but the global roots differ');
  expect(judge(other, false, { migrated }).relation).toBe('unknown');
});
