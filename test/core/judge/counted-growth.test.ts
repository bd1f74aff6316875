/** Where nothing may be added, a count is proof enough; swapped sides; bodies that are gone; sizes that no store has. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodyPath } from '../../../src/bundle/layout.ts';
import { isLaterBaseline } from '../../../src/core/report/subjects.ts';
import { compareSnapshots } from '../../../src/index.ts';
import { bundleOf } from '../../bundles.ts';
import { put } from '../../faults/files.ts';
import { compareTexts, countsOf, findingsOf } from '../../in-memory.ts';
import { bodies, bundles, chained, ndjson, referenceDigest, trailerOf } from '../../store.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const frozen = { mode: 'frozen' } as const;

describe('growth that a count alone shows, in frozen mode', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a set beside its summary', ndjson(bundles(1), { depth: 'summary' }), ndjson(bundles(2))],
    ['two summaries of a set', ndjson(bundles(1), { depth: 'summary' }), ndjson(bundles(2), { depth: 'summary' })],
    [
      'two summaries of a chain',
      ndjson(chained(bodies(3)), { depth: 'summary' }),
      ndjson(chained(bodies(4)), { depth: 'summary' }),
    ],
    ['a current summary', ndjson(bundles(1)), ndjson(bundles(2), { depth: 'summary' })],
  ];

  it.each(cases)('of %s is a FAIL, counted, and in append mode a question', async (_, was, is) => {
    const report = await compareTexts(was, is, frozen);
    expect([report.verdict, report.relation, report.totals.added]).toEqual(['FAIL', 'broken', 1]);
    expect(countsOf(report)).toMatchObject({ 'record-added': 1, 'proof-unavailable': 1 });
    expect(report.headline).toMatch(/^FAIL: 1 record-added, /);
    const append = await compareTexts(was, is);
    expect([append.verdict, countsOf(append)]).toEqual(['INCOMPLETE', { 'proof-unavailable': 1 }]);
  });

  it('is none where nothing was added', async () => {
    const report = await compareTexts(ndjson(bundles(2), { depth: 'summary' }), ndjson(bundles(2)), frozen);
    expect([report.verdict, report.totals.added]).toEqual(['PASS', 0]);
  });
});

describe('a baseline that was captured after the current side', () => {
  const at = (capturedAt: string): string => ndjson(bundles(2), { header: { capturedAt } });
  const LATER = at('2027-03-01T10:01:00.001Z');
  const EARLIER = at('2027-03-01T10:00:00Z');

  it('is UNTRUSTED, and the question is whether the sides are swapped', async () => {
    const report = await compareTexts(LATER, EARLIER);
    expect([report.verdict, countsOf(report)]).toEqual(['UNTRUSTED', { 'baseline-stale': 1 }]);
    expect(report.headline).toContain('are the sides swapped?');
  });

  it('is let through where that is allowed, and the report says so', async () => {
    const report = await compareTexts(LATER, EARLIER, { allowLaterBaseline: true });
    expect(report.verdict).toBe('PASS');
    expect(report.notChecked.join()).toContain('--allow-later-baseline');
    expect((await compareTexts(EARLIER, LATER)).notChecked.join()).not.toContain('later');
  });

  it.each([
    ['2027-03-01T10:01:00Z', '2027-03-01T10:00:00Z', false],
    ['2027-03-01T10:01:00.000001Z', '2027-03-01T10:00:00Z', true],
    ['2027-03-01T12:00:30+02:00', '2027-03-01T10:00:00Z', false],
    [null, '2027-03-01T10:00:00Z', false],
    ['2027-03-01T10:01:00Z', null, false],
  ])('%s against %s: %s', (was, is, later) => {
    expect(isLaterBaseline(was, is)).toBe(later);
  });
});

describe('a record of a bundle whose body is gone or altered', () => {
  const folder = temporaryFolder();
  const SET = [...bundles(3), ...chained(bodies(2))];
  const snapshot = (depth: 'full' | 'summary'): string => put(folder, `${depth}.ndjson`, ndjson(SET, { depth }));
  const damages: readonly (readonly [string, (path: string) => void])[] = [
    ['gone', (path) => rmSync(path)],
    ['altered', (path) => writeFileSync(path, '"another"')],
  ];

  it.each(damages)('(%s) does not match, though its leaf is the same', async (name, damage) => {
    const bundle = await bundleOf(snapshot('full'), join(folder, `bundle-${name}`));
    const [digest = ''] = [referenceDigest(SET[1]?.body).slice('sha256:'.length)];
    damage(join(bundle, bodyPath(digest)));
    const faulty = await compareSnapshots(snapshot('full'), bundle);
    expect([faulty.verdict, faulty.totals]).toMatchObject(['FAIL', { matched: 4, modified: 1 }]);
    expect(findingsOf(faulty, 'record-modified')).toMatchObject([{ id: 'b000001' }]);
    const bySummary = await compareSnapshots(snapshot('summary'), bundle);
    expect([bySummary.verdict, bySummary.totals]).toMatchObject(['FAIL', { matched: 4, modified: 1 }]);
    // Where it is the baseline's, there is nothing to hold the current side to.
    const was = await compareSnapshots(bundle, snapshot('full'));
    expect([was.verdict, was.totals]).toMatchObject(['FAIL', { matched: 4, unjudged: { baseline: 1, current: 1 } }]);
  });

  it('is not one that has its body, and a wrong digest beside it', async () => {
    const wrong = SET.map((record, at) => (at === 1 ? { ...record, bodyDigest: referenceDigest('other') } : record));
    const report = await compareTexts(ndjson(SET), ndjson(wrong, { trailer: trailerOf(SET) }));
    expect([report.totals.matched, countsOf(report)]).toMatchObject([5, { 'body-digest-mismatch': 1 }]);
  });
});

describe('a summary that states more records than can be counted', () => {
  const stated = trailerOf(bundles(2));
  const [tenant] = stated.tenants;
  const huge = (size: number) => ({
    ...stated,
    tenants: [{ ...tenant, streams: tenant?.streams.map((stream) => ({ ...stream, size })) }],
  });

  it.each([2 ** 52 + 1, 2 ** 53 - 1])(
    '%d: is input-limit on either side, not an end without a report',
    async (size) => {
      const text = ndjson([], { depth: 'summary', trailer: huge(size) });
      for (const [was, is] of [
        [text, ndjson(bundles(2))],
        [ndjson(bundles(2)), text],
        [text, text.replace('test/1', 'test/2')],
      ] as const) {
        const report = await compareTexts(was, is);
        expect(report.verdict).toBe('INCOMPLETE');
        expect(countsOf(report)).toHaveProperty('input-limit');
      }
    },
  );

  it('and one that states as many as can be is a contradiction', async () => {
    const report = await compareTexts(ndjson([], { depth: 'summary', trailer: huge(2 ** 52) }), ndjson(bundles(2)));
    expect(report.verdict).toBe('FAIL');
    expect(countsOf(report)).toHaveProperty('manifest-mismatch');
  });

  it('beside records is a contradiction of them', async () => {
    const report = await compareTexts(ndjson(bundles(2), { trailer: huge(2 ** 53 - 1) }), ndjson(bundles(2)));
    expect(countsOf(report)).toEqual({ 'manifest-mismatch': 1 });
  });
});
