/** A report of a PASS that somebody edited in one place denies itself in another. */
import { describe, expect, it } from 'vitest';
import type { ChangeGroup } from '../../../src/core/report/changes.ts';
import type { ContinuityReport, StreamReport, TenantReport } from '../../../src/core/report/report.ts';
import { changeFaults, imbalancesOf, isCapturedAfterwards } from '../../../src/core/report/report-balance.ts';
import { LATER_ALLOWED } from '../../../src/core/report/subjects.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { compareTexts } from '../../in-memory.ts';
import { compareMigrated } from '../../migration/migrated.ts';
import { changeGroup, failedReport } from '../../reports/sample-report.ts';
import { bodies, bundles, chained, ndjson } from '../../store.ts';

const BEFORE = [...bundles(3), ...chained(bodies(4))];
const AFTER = [...bundles(3), ...chained(bodies(6))];

const report = await compareTexts(ndjson(BEFORE), ndjson(AFTER));
const same = await compareTexts(ndjson(BEFORE), ndjson(BEFORE));

const OTHER = 'e'.repeat(64);
const LATE = '2999-01-01T00:00:00.000Z';
const EARLY = '2001-01-01T00:00:00.000Z';

/** `of` with its chain changed. */
const withStream = (change: (stream: StreamReport) => Partial<StreamReport>, of = report): ContinuityReport => ({
  ...of,
  tenants: of.tenants.map((tenant) => ({
    ...tenant,
    streams: tenant.streams.map((stream) => (stream.ordered ? { ...stream, ...change(stream) } : stream)),
  })),
});
const withTenant = (change: (tenant: TenantReport) => Partial<TenantReport>): ContinuityReport => ({
  ...report,
  tenants: report.tenants.map((tenant) => ({ ...tenant, ...change(tenant) })),
});
const captured = (was: string, is: string, over: Partial<ContinuityReport> = {}): ContinuityReport => ({
  ...report,
  baseline: { ...report.baseline, capturedAt: was },
  current: { ...report.current, capturedAt: is },
  ...over,
});
const demanded = (
  demand: string,
  asked: string,
  over: Partial<ContinuityReport['baseline']> = {},
): ContinuityReport => ({
  ...report,
  baseline: { ...report.baseline, ...over },
  demands: [{ demand: demand as never, asked, state: 'held' }],
});
const keys = [{ keyid: 'a' }] as never;

it('agrees with itself under a migration, whose streams are those that are expected', async () => {
  const after = BEFORE.map((record) => (record.seq === undefined ? { ...record, stream: 'shelf' } : record));
  const rules = [{ name: 'r', match: { stream: 'bundles' }, place: { stream: { value: 'shelf' } } }];
  const migrated = await compareMigrated(BEFORE, [...after.slice(3), ...after.slice(0, 3)], { rules });
  expect([migrated.verdict, migrated.relation]).toEqual(['PASS', 'migrated']);
  expect(imbalancesOf(nodePlatform, migrated)).toEqual([]);
  const other = { ...migrated, migration: { ...migrated.migration, expected: { records: 7, globalRoot: OTHER } } };
  expect(imbalancesOf(nodePlatform, other as ContinuityReport)).toEqual([
    'the tenants do not give the global root (baseline)',
  ]);
});

it('agrees with itself as it was made', () => {
  for (const sound of [report, same]) {
    expect(sound.verdict).toBe('PASS');
    expect(imbalancesOf(nodePlatform, sound)).toEqual([]);
  }
  expect(imbalancesOf(nodePlatform, captured(EARLY, EARLY))).toEqual([]);
  // The clock of a store may be ahead; a gate takes that for what it may be.
  expect(imbalancesOf(nodePlatform, captured(EARLY, LATE))).toEqual([]);
  expect([captured(EARLY, EARLY), captured(EARLY, LATE)].map(isCapturedAfterwards)).toEqual([false, true]);
  const { sha256 } = report.baseline;
  for (const asked of [`${sha256}`, `sha256:${sha256}`]) {
    expect(imbalancesOf(nodePlatform, demanded('expect-digest', asked))).toEqual([]);
  }
  const { demands: _, ...older } = report;
  expect(imbalancesOf(nodePlatform, older)).toEqual([]);
});

it.each<[string, ContinuityReport, RegExp]>([
  [
    'a size',
    withStream(({ baseline }) => ({ baseline: baseline && { ...baseline, size: 3 } })),
    /do not give its root \(baseline\)/,
  ],
  [
    'a root',
    withStream(({ current }) => ({ current: current && { ...current, root: OTHER } })),
    /do not give its root \(current\)/,
  ],
  [
    'a root that is left out',
    withStream(({ baseline }) => ({ baseline: baseline && { ...baseline, root: null } })),
    /a stream of the baseline has no root/,
  ],
  [
    'streams that are left out',
    withTenant(() => ({ streams: [] })),
    /a tenant of the baseline has a root and no streams/,
  ],
  [
    'a count',
    withTenant(({ counts }) => ({
      counts: counts.map((one, at) => (at === 0 ? { ...one, current: one.current + 1 } : one)),
    })),
    /do not add up to the sizes of its streams \(current\)/,
  ],
  [
    'the records of a side',
    { ...report, current: { ...report.current, records: 8 } },
    /do not add up to the records \(current\)/,
  ],
  [
    'the root of a side',
    { ...report, baseline: { ...report.baseline, globalRoot: OTHER } },
    /do not give the global root \(baseline\)/,
  ],
  [
    'a stream that is gone',
    withStream(() => ({ current: null })),
    /a stream of the baseline is not in the current side/,
  ],
  [
    'a stream that is called identical',
    withStream(() => ({ relation: 'identical' })),
    /is called identical, and is not/,
  ],
  [
    'a stream that shrank',
    withStream(({ baseline, current }) => ({ baseline: current, current: baseline })),
    /has become shorter/,
  ],
  [
    'a head',
    withStream(({ current }) => ({ current: current && { ...current, head: OTHER } }), same),
    /of the same size has another root or head/,
  ],
  [
    'where a stream begins',
    withStream(() => ({ rootAtBaselineSize: OTHER })),
    /does not begin with that of the baseline/,
  ],
  ['when it began', { ...report, run: { ...report.run, startedAt: LATE } }, /it ended before it began/],
  ['when it was made', { ...report, run: { ...report.run, finishedAt: 'x' } }, /does not say when it was made/],
  [
    'when the baseline was captured',
    captured('2002-01-01T00:00:00.000Z', EARLY),
    /baseline was captured after its current side/,
  ],
  ['a subject', { ...report, baseline: { ...report.baseline, subject: null } }, /a side has no subject/],
  [
    'the views of a subject',
    {
      ...report,
      baseline: { ...report.baseline, subject: { columns: { t: { a: 'text' } } } },
      current: { ...report.current, subject: { columns: { t: { a: 'text' } }, views: { t: 'x' } } },
    },
    /are source-schema-changed, which it does not say/,
  ],
  ['a digest', demanded('expect-digest', OTHER), /expect-digest is said to have held/],
  ['a signature', demanded('require-signature', ''), /require-signature is said to have held/],
  ['a key', demanded('trusted-key', 'k.pub'), /trusted-key is said to have held/],
  ['the signatures', demanded('signature', 's'), /signature is said to have held/],
  [
    'how many signed',
    demanded('threshold', '2', { signature: { keys, upgrade: null } as never }),
    /threshold is said to have held/,
  ],
  [
    'the upgrade',
    demanded('expect-upgrade', 'v2', { signature: { keys, upgrade: 'v1' } as never }),
    /expect-upgrade is said to have held/,
  ],
  ['what it is about', demanded('expect-subject', 'system=other'), /expect-subject is said to have held/],
  [
    'its checks',
    { ...report, checks: report.checks.map((one) => ({ ...one, done: 0 })) },
    /it says PASS, and no check was made/,
  ],
  [
    'its digests',
    { ...report, current: { ...report.current, sha256: report.baseline.sha256 } },
    /the same bytes, and have two roots/,
  ],
])('denies itself where somebody edited %s', (_, edited, told) => {
  expect(imbalancesOf(nodePlatform, edited)).toContainEqual(expect.stringMatching(told));
});

it('finds nothing where a demand that held is borne out', () => {
  const signed = { signature: { keys, upgrade: 'v1' } as never };
  const subject = { subject: { system: 'a=b', version: 7 } };
  for (const [demand, asked, over] of [
    ['threshold', '1', signed],
    ['expect-upgrade', 'v1', signed],
    ['require-signature', '', signed],
    ['not-same-input', '', {}],
    ['expect-subject', 'system=a=b', subject],
    ['expect-subject', 'version=7', subject],
  ] as const) {
    expect(imbalancesOf(nodePlatform, demanded(demand, asked, over)), demand).toEqual([]);
  }
});

it('finds nothing in a tenant that is new, or in a baseline that states no counts', async () => {
  const grown = await compareTexts(ndjson(BEFORE), ndjson([...BEFORE, ...bundles(1, { tenant: 'beta' })]));
  expect([grown.verdict, imbalancesOf(nodePlatform, grown)]).toEqual(['PASS', []]);
  const counts = (side: 'baseline' | 'current', count: number): ContinuityReport =>
    withTenant((tenant) => ({ counts: tenant.counts.map((one) => ({ ...one, [side]: count })) }));
  expect(imbalancesOf(nodePlatform, counts('baseline', 0))).toEqual([]);
  expect(imbalancesOf(nodePlatform, counts('baseline', 1))).toHaveLength(1);
  expect(imbalancesOf(nodePlatform, counts('current', 0))).toHaveLength(1);
});

it('is told that the baseline may be later where it says so itself', () => {
  const late = (note: string) => captured('2002-01-01T00:00:00.000Z', EARLY, { notChecked: [note] });
  expect(imbalancesOf(nodePlatform, late(LATER_ALLOWED))).toEqual([]);
  // A note may quote a name from the evidence, which anybody may have chosen.
  expect(imbalancesOf(nodePlatform, late(`files that no pattern matched: "${LATER_ALLOWED}"`))).toHaveLength(1);
});

it('two clocks may differ by a minute, and by no more', () => {
  for (const [seconds, faults] of [
    [60, 0],
    [61, 1],
  ] as const) {
    const at = new Date(Date.parse(report.run.finishedAt) + seconds * 1000).toISOString();
    expect(isCapturedAfterwards(captured(EARLY, at))).toBe(faults === 1);
    expect(imbalancesOf(nodePlatform, { ...report, run: { ...report.run, startedAt: at } })).toHaveLength(faults);
    const was = new Date(Date.parse(EARLY) + seconds * 1000).toISOString();
    expect(imbalancesOf(nodePlatform, captured(was, EARLY))).toHaveLength(faults);
  }
});

describe('the groups of changes of a report', () => {
  const fault = 'the tenants, types or days of a group of changes have more records than the group';
  const faultsOf = (over: Partial<ChangeGroup>): readonly string[] => {
    const report = failedReport();
    const { modified } = report.totals;
    return changeFaults({ ...report, changes: [changeGroup(modified, over)] });
  };
  const { modified } = failedReport().totals;

  it.each(['tenants', 'types', 'days'] as const)('have no more records in their %s than in all', (member) => {
    expect(faultsOf({ [member]: [{ name: 'a', count: modified }] })).toEqual([]);
    expect(
      faultsOf({
        [member]: [
          { name: 'a', count: modified - 1 },
          { name: 'b', count: 1 },
        ],
      }),
    ).toEqual([]);
    expect(faultsOf({ [member]: [{ name: 'a', count: modified + 1 }] })).toEqual([fault]);
    expect(
      faultsOf({
        [member]: [
          { name: 'a', count: modified },
          { name: 'b', count: 1 },
        ],
      }),
    ).toEqual([fault]);
    expect(
      faultsOf({
        [member]: [
          { name: 'a', count: 1 },
          { name: 'a', count: 1 },
        ],
      }),
    ).toEqual([fault]);
    expect(faultsOf({ [member]: [{ name: 'a', count: Number.MAX_SAFE_INTEGER }] })).toEqual([fault]);
  });

  it('add up to the modified records', () => {
    const report = { ...failedReport(), changes: [changeGroup(modified - 1)] };
    expect(changeFaults(report)).toEqual(['the groups of changes do not add up to the modified records']);
    expect(changeFaults({ ...report, changesOmitted: 1 })).toEqual([]);
  });
});
