/** What was not read is not lost: a side that cannot be read on leaves the other side's records unjudged. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { compareTexts, countsOf, findingsOf } from '../../in-memory.ts';
import { runs } from '../../long.ts';
import { bodies, bundles, chained, ndjson, type PlainRecord } from '../../store.ts';

const STORE: readonly PlainRecord[] = [
  ...bundles(4),
  ...chained(bodies(5)),
  ...bundles(3, { tenant: 'beta' }),
  ...bundles(2, { tenant: 'beta', stream: 'other' }),
];

/** `text` with line `at` (from 0: the header) made unreadable. */
function brokenAt(text: string, at: number): string {
  const lines = text.split('\n');
  lines[at] = `{"n":1,"n":2,${lines[at]?.slice(1)}`;
  return lines.join('\n');
}

function cutAfter(text: string, at: number): string {
  return `${text.split('\n').slice(0, at).join('\n')}\n`;
}

/** Books by stream, by tenant and in total: each sum is that of its parts. */
function expectWhole({ tenants, totals }: ContinuityReport): void {
  const sum = (of: readonly { unjudged?: { baseline: number; current: number } }[]) => ({
    baseline: of.reduce((all, { unjudged }) => all + (unjudged?.baseline ?? 0), 0),
    current: of.reduce((all, { unjudged }) => all + (unjudged?.current ?? 0), 0),
  });
  const none = { baseline: 0, current: 0 };
  for (const tenant of tenants) expect(sum(tenant.streams)).toEqual(tenant.unjudged ?? none);
  expect(sum(tenants)).toEqual(totals.unjudged ?? none);
}

it('a side that was not read to its end has no root: that of a part would be taken for its own', async () => {
  const [whole, cut] = [ndjson(STORE), cutAfter(ndjson(STORE), 5)];
  for (const [was, is, side] of [
    [cut, whole, 'baseline'],
    [whole, cut, 'current'],
  ] as const) {
    const report = await compareTexts(was, is);
    const other = side === 'baseline' ? report.current : report.baseline;
    expect([report[side].globalRoot, report[side].records < STORE.length]).toEqual([null, true]);
    expect(other).toMatchObject({ globalRoot: expect.stringMatching(/^[0-9a-f]{64}$/), records: STORE.length });
  }
});

describe('a current side that cannot be read on', () => {
  it('has nothing missing: the headline says where it stopped and how many were not compared', async () => {
    const report = await compareTexts(ndjson(STORE), brokenAt(ndjson(STORE), 3));
    expect(report.verdict).toBe('INCOMPLETE');
    expect(countsOf(report)).toEqual({ 'input-malformed': 1 });
    expect(report.totals).toEqual({
      matched: 2,
      added: 0,
      missing: 0,
      modified: 0,
      relinked: 0,
      moved: 0,
      unjudged: { baseline: 12, current: 0 },
    });
    expect(report.headline).toMatch(
      /reading of the current side stopped at record 3: 12 records of the baseline and 0 of the current side not compared$/,
    );
    const [acme, beta] = report.tenants;
    expect(acme).toMatchObject({ tenant: 'acme', relation: 'unknown', unjudged: { baseline: 7, current: 0 } });
    expect(acme?.streams).toMatchObject([
      { stream: 'bundles', unjudged: { baseline: 2, current: 0 } },
      { stream: 'ledger/1', unjudged: { baseline: 5, current: 0 }, current: null },
    ]);
    expect(beta).toMatchObject({ unjudged: { baseline: 5, current: 0 } });
  });

  it('stopped after the last record that was read, where the file was cut', async () => {
    const report = await compareTexts(ndjson(STORE), cutAfter(ndjson(STORE), 8));
    expect(countsOf(report)).toEqual({ 'input-truncated': 1 });
    // The root of a part is the root of another store.
    const { baseline } = await compareTexts(ndjson(STORE), ndjson(STORE));
    expect([report.baseline.globalRoot, report.current.globalRoot]).toEqual([baseline.globalRoot, null]);
    // The last line that is there might be a trailer: it is not taken for a record.
    expect(report.headline).toContain('reading of the current side stopped after record 6: 8 records of the baseline');
  });

  it('of which not even the header can be read leaves everything unjudged', async () => {
    const report = await compareTexts(ndjson(STORE), brokenAt(ndjson(STORE), 0));
    expect(report.totals).toMatchObject({ matched: 0, missing: 0, unjudged: { baseline: 14, current: 0 } });
    expect(report.headline).toContain('nothing of the current side could be read');
  });

  it('still shows a record of a set that was lost before it stopped, and says so with its type', async () => {
    const without = STORE.filter((_, at) => at !== 1);
    const report = await compareTexts(ndjson(STORE), brokenAt(ndjson(without), 3));
    expect([report.verdict, report.totals.missing, report.totals.unjudged]).toEqual([
      'FAIL',
      1,
      { baseline: 11, current: 0 },
    ]);
    expect(findingsOf(report, 'record-missing')).toMatchObject([{ id: 'b000001' }]);
    expect(findingsOf(report, 'record-missing')[0]?.message).toMatch(
      /whose rest was not compared: sbom, of no stated time$/,
    );
    expect(report.headline).toMatch(/^FAIL: 1 missing of 14 baseline records in 2 tenants; reading of the current/);
  });

  it('does not count growth by half, but calls an addition a FAIL where none is allowed', async () => {
    const grown = [...STORE.slice(0, 1), { ...(STORE[0] as PlainRecord), id: 'b000000x' }, ...STORE.slice(1)];
    const text = brokenAt(ndjson(grown), 4);
    const append = await compareTexts(ndjson(STORE), text);
    expect([append.verdict, append.totals.added, append.totals.unjudged?.current]).toEqual(['INCOMPLETE', 0, 1]);
    const frozen = await compareTexts(ndjson(STORE), text, { mode: 'frozen' });
    expect([frozen.verdict, frozen.totals.added]).toEqual(['FAIL', 1]);
  });
});

describe('a baseline that cannot be read on', () => {
  it('makes nothing of the current side an addition, in frozen mode either', async () => {
    const report = await compareTexts(brokenAt(ndjson(STORE), 7), ndjson(STORE), { mode: 'frozen' });
    expect([report.verdict, report.totals.added]).toEqual(['INCOMPLETE', 0]);
    expect(report.headline).toContain(
      'reading of the baseline stopped at record 7: 0 records of the baseline and 8 of',
    );
    expectWhole(report);
  });
});

describe('for any honest store, broken or cut in any line on either side', () => {
  it('nothing is lost, nothing is added that was not compared, and the books balance down to streams', async () => {
    const text = ndjson(STORE);
    const line = fc.integer({ min: 0, max: STORE.length + 1 });
    const damage = fc.constantFrom(brokenAt, cutAfter);
    const mode = fc.constantFrom('append' as const, 'frozen' as const);
    await fc.assert(
      fc.asyncProperty(line, damage, fc.boolean(), mode, async (at, damaged, isBaseline, of) => {
        const other = damaged(text, at);
        const report = await compareTexts(isBaseline ? other : text, isBaseline ? text : other, { mode: of });
        expect(report.verdict).toBe('INCOMPLETE');
        expect(report.totals).toMatchObject({ missing: 0, added: 0, modified: 0, relinked: 0, moved: 0 });
        expect(report.totals.matched + (report.totals.unjudged?.[isBaseline ? 'current' : 'baseline'] ?? 0)).toBe(14);
        expect(report.headline).toMatch(/reading of the|could be read/);
        expectWhole(report);
      }),
      { numRuns: runs(50, 3000, 25) },
    );
  });
});
