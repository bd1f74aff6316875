/** A side whose streams come in any order, or torn apart: it fails for that, and what is there is not called gone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { compareTexts, countsOf } from '../../in-memory.ts';
import { runs } from '../../long.ts';
import { bundles, chained, ndjson, type PlainRecord, referenceRoot } from '../../store.ts';

/** Two tenants of three streams; one of them is a chain. */
const STORE = ['a', 'b'].flatMap((tenant) => [
  ...bundles(3, { tenant, stream: 'bundles/1' }),
  ...bundles(2, { tenant, stream: 'bundles/2' }),
  ...chained([1, 2, 3], { tenant, stream: 'ledger/1' }),
]);
const right = ndjson(STORE);

/** `records` as they come, below the trailer of the store in order. */
function text(records: readonly PlainRecord[]): string {
  const [trailer = ''] = right.trimEnd().split('\n').slice(-1);
  return [...ndjson(records).trimEnd().split('\n').slice(0, -1), trailer, ''].join('\n');
}

/** The store torn into runs of records at `cuts`, which are put in another order. */
const torn = fc
  .record({
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: STORE.length - 1 }), { minLength: 1, maxLength: 5 }),
    ranks: fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
  })
  .map(({ cuts, ranks }) => {
    const edges = [0, ...cuts.toSorted((a, b) => a - b), STORE.length];
    const parts = edges.slice(1).map((to, at) => STORE.slice(edges[at], to));
    const ranked = parts.map((part, at) => ({ part, rank: ranks[at] ?? 0 }));
    return ranked.sort((a, b) => a.rank - b.rank).flatMap(({ part }) => part);
  })
  .filter((records) => records.some((record, at) => record !== STORE[at]));

const WRONG_NAMES = ['record-missing', 'record-added', 'stream-missing', 'tenant-missing', 'tenant-added'].concat([
  'count-decreased',
]);

function sizes(report: ContinuityReport, side: 'baseline' | 'current'): readonly unknown[] {
  return report.tenants.flatMap(({ tenant, streams }) =>
    streams.map((stream) => [tenant, stream.stream, stream[side]?.size]),
  );
}

async function holds(records: readonly PlainRecord[], mode: 'append' | 'frozen'): Promise<void> {
  const wrong = text(records);
  for (const [was, is] of [
    [right, wrong],
    [wrong, right],
    [wrong, wrong],
  ] as const) {
    const report = await compareTexts(was, is, { mode });
    expect(report.verdict).toBe('FAIL');
    const counts = countsOf(report);
    expect(counts['record-reordered']).toBeGreaterThan(0);
    for (const kind of WRONG_NAMES) expect(counts).not.toHaveProperty(kind);
    expect(sizes(report, 'baseline')).toEqual(sizes(report, 'current'));
    for (const { counts } of report.tenants) for (const one of counts) expect(one.current).toBe(one.baseline);
    expect(report.totals).toMatchObject({ missing: 0, added: 0 });
  }
}

describe('a side out of order', () => {
  it('is FAIL, and nothing of it is called missing, gone, new or fewer', async () => {
    await fc.assert(fc.asyncProperty(torn, fc.constantFrom('append', 'frozen'), holds), { numRuns: runs(25, 3000) });
  });

  it('has the roots of what it holds, where no stream was torn: its tenants, in whatever order', async () => {
    const turned = [...STORE.slice(8), ...STORE.slice(3, 5), ...STORE.slice(5, 8), ...STORE.slice(0, 3)];
    const report = await compareTexts(right, text(turned));
    expect(countsOf(report)).toEqual({ 'record-reordered': 2 });
    expect(report.current.globalRoot).toBe(report.baseline.globalRoot);
  });

  it('names a stream that is truly not there, and no other', async () => {
    const without = STORE.filter(({ tenant, stream }) => tenant === 'a' || stream !== 'bundles/2');
    const report = await compareTexts(right, ndjson([...without.slice(8), ...without.slice(0, 8)]));
    expect(report.verdict).toBe('FAIL');
    expect(report.tenants.map(({ counts }) => counts.map(({ current }) => current))).not.toEqual(
      report.tenants.map(({ counts }) => counts.map(({ baseline }) => baseline)),
    );
    const gone = report.tenants.flatMap(({ tenant, streams }) =>
      streams.filter(({ current }) => current === null).map(({ stream }) => [tenant, stream]),
    );
    expect(gone).toEqual([['b', 'bundles/2']]);
  });

  it('never passes for other content, though a stream in parts has a root of its own making', async () => {
    const [first, second, third] = bundles(3, { tenant: 'a', stream: 's' });
    const other = bundles(1, { tenant: 'b', stream: 's' });
    if (first === undefined || second === undefined || third === undefined) throw new Error('no store');
    const parts = [first, second, ...other, { ...third, body: { other: true } }];
    const report = await compareTexts(ndjson([first, second, third, ...other]), ndjson(parts), { mode: 'frozen' });
    expect([report.verdict, report.relation]).toEqual(['FAIL', 'broken']);
    const [tenant] = report.tenants;
    expect(tenant?.streams[0]?.current?.size).toBe(3);
    expect(tenant?.streams[0]?.current?.root).not.toBe(tenant?.streams[0]?.baseline?.root);
    expect(tenant?.streams[0]?.baseline?.root).not.toBe(referenceRoot([]));
  });
});
