/** What happened to records, named by its own kind: missing, added, modified, re-linked, moved, reordered, twice. */
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import type { CompareOptions } from '../../../src/engine/compare.ts';
import { compareTexts, countsOf, findingsOf } from '../../in-memory.ts';
import { bodies, bundles, chained, LEDGER_RULE, LINKED_RULE, ndjson, type PlainRecord, relinked } from '../../store.ts';

const CHAINS = { chains: LEDGER_RULE };

function compared(
  was: readonly PlainRecord[],
  is: readonly PlainRecord[],
  options: CompareOptions = {},
): Promise<ContinuityReport> {
  return compareTexts(ndjson(was, CHAINS), ndjson(is, CHAINS), options);
}

const SET = bundles(6);
const CHAIN = chained(bodies(8));

function without<T>(list: readonly T[], at: number): T[] {
  return list.filter((_, index) => index !== at);
}

function changed(list: readonly PlainRecord[], at: number, change: Partial<PlainRecord>): PlainRecord[] {
  return list.map((record, index) => (index === at ? { ...record, ...change } : record));
}

describe('an unordered stream', () => {
  it('that is untouched is identical', async () => {
    const report = await compared(SET, SET);
    expect([report.verdict, report.relation, countsOf(report)]).toEqual(['PASS', 'identical', {}]);
  });

  it('that grew anywhere is extended, and each addition is named (B20)', async () => {
    const report = await compared(without(without(SET, 5), 2), SET);
    expect([report.verdict, report.relation, countsOf(report)]).toEqual(['PASS', 'extended', { 'record-added': 2 }]);
    expect(findingsOf(report, 'record-added').map(({ id, class: forced }) => [id, forced])).toEqual([
      ['b000002', 'info'],
      ['b000005', 'info'],
    ]);
    expect(report.headline).toContain('2 added');
  });

  it('that grew is a FAIL in frozen mode (B18, B20)', async () => {
    const report = await compared(without(SET, 2), SET, { mode: 'frozen' });
    expect([report.verdict, report.relation]).toEqual(['FAIL', 'broken']);
    expect(findingsOf(report, 'record-added')).toMatchObject([{ class: 'FAIL', id: 'b000002' }]);
  });

  it('B09: in which one record stands for another has one missing and one added', async () => {
    const report = await compared(SET, changed(SET, 5, { id: 'b000007' }));
    expect(countsOf(report)).toMatchObject({
      'record-missing': 1,
      'record-added': 1,
      'stream-root-mismatch': 1,
      'global-root-mismatch': 1,
    });
    expect(report.verdict).toBe('FAIL');
  });

  it('B10: in which a copy of a neighbour stands for a missing record has a duplicate and one missing', async () => {
    const masked = SET.map((record, at) => (at === 3 ? (SET[2] as PlainRecord) : record));
    const report = await compared(SET, masked);
    expect(countsOf(report)).toMatchObject({ 'duplicate-id': 1, 'record-missing': 1 });
    expect(report.verdict).toBe('FAIL');
  });

  it('B10: in which copies stand far behind, where they are out of order, has each named as one that comes twice', async () => {
    const far = [...SET, SET[0] as PlainRecord, SET[2] as PlainRecord];
    for (const baseline of [SET, far]) {
      const report = await compared(baseline, far);
      expect([report.verdict, countsOf(report)]).toEqual(['FAIL', expect.objectContaining({ 'duplicate-id': 2 })]);
    }
    const report = await compared(far, SET);
    expect([report.verdict, countsOf(report)]).toEqual(['FAIL', expect.objectContaining({ 'duplicate-id': 2 })]);
  });

  it('B11: in which an id comes twice on both sides is a FAIL, and an old one', async () => {
    const twice = [...SET.slice(0, 3), SET[2] as PlainRecord, ...SET.slice(3)];
    const report = await compared(twice, twice);
    expect([report.verdict, countsOf(report)]).toEqual(['FAIL', { 'duplicate-id': 1 }]);
    expect(report.totals.matched).toBe(7);
  });

  it.each<readonly [string, Partial<PlainRecord>, string]>([
    ['body', { body: { name: 'x' } }, '/body/name'],
    ['type', { type: 'vex' }, '/type'],
    ['attrs', { attrs: { status: 'x' } }, '/attrs'],
    ['recordedAt', { recordedAt: '2027-03-01T10:00:00Z' }, '/recordedAt'],
  ])('of which a record has another %s has it modified, at a path', async (_, change, path) => {
    const report = await compared(SET, changed(SET, 4, change));
    expect(findingsOf(report, 'record-modified')).toMatchObject([{ id: 'b000004', tenant: 'acme', stream: 'bundles' }]);
    expect(findingsOf(report, 'record-modified')[0]?.path).toMatch(new RegExp(`^${path}`));
    expect(report.totals).toMatchObject({ matched: 5, modified: 1, missing: 0, added: 0 });
  });

  it('out of order on one side is reordered, and its records are still found', async () => {
    const shuffled = [SET[0], SET[4], SET[2], SET[3], SET[1], SET[5]] as PlainRecord[];
    const report = await compared(SET, shuffled);
    expect(report.verdict).toBe('FAIL');
    expect(countsOf(report)['record-reordered']).toBeGreaterThan(0);
    expect(report.totals).toMatchObject({ matched: 6, missing: 0, added: 0 });
  });
});

describe('an ordered stream', () => {
  it('B02: that lost its tail is truncated, and each record is missing', async () => {
    const report = await compared(CHAIN, CHAIN.slice(0, 5));
    expect(countsOf(report)).toMatchObject({
      'record-missing': 3,
      'chain-truncated': 1,
      'history-not-prefix': 1,
      'count-decreased': 1,
    });
    expect(countsOf(report)).not.toHaveProperty('chain-break');
    expect(report.verdict).toBe('FAIL');
  });

  it('B01: that was rolled back and has grown since lost what is gone', async () => {
    const rolledBack = relinked([
      ...CHAIN.slice(0, 5),
      ...chained([{ n: 'new' }, { n: 'other' }, { n: 'third' }]).map((record, at) => ({ ...record, id: `f${at}` })),
    ]);
    const report = await compared(CHAIN, rolledBack);
    expect(countsOf(report)).toMatchObject({
      'record-missing': 3,
      'record-inserted-in-history': 3,
      'history-not-prefix': 1,
    });
  });

  it('B03: that lost a record in the middle, linked anew, has one missing and the rest re-linked', async () => {
    const report = await compared(CHAIN, relinked(without(CHAIN, 3)));
    expect(report.totals).toEqual({ matched: 3, added: 0, missing: 1, modified: 0, relinked: 4, moved: 0 });
    expect(countsOf(report)).toMatchObject({ 'record-missing': 1, 'record-relinked': 4, 'history-not-prefix': 1 });
    expect(countsOf(report)).not.toHaveProperty('record-reordered');
  });

  it('B04: that was made anew after an edit is named rewritten, though its links hold', async () => {
    const chain = chained(bodies(8), { recipe: 'sha256-prev-body' });
    const forged = relinked(changed(chain, 3, { body: 'edited' }), 'sha256-prev-body');
    const report = await compareTexts(ndjson(chain, { chains: LINKED_RULE }), ndjson(forged, { chains: LINKED_RULE }));
    expect(report.totals).toEqual({ matched: 3, added: 0, missing: 0, modified: 1, relinked: 4, moved: 0 });
    expect(countsOf(report)).toEqual({
      'record-modified': 1,
      'record-relinked': 4,
      'chain-rewritten': 1,
      'history-not-prefix': 1,
      'stream-root-mismatch': 1,
      'tenant-root-mismatch': 1,
      'global-root-mismatch': 1,
    });
    expect(findingsOf(report, 'record-modified')).toMatchObject([{ id: 'e3', seq: 4, path: '/body' }]);
  });

  it('B19: that has a record inserted in its history, linked anew, says so', async () => {
    const [extra] = chained(['late']) as [PlainRecord];
    const report = await compared(CHAIN, relinked([...CHAIN.slice(0, 4), { ...extra, id: 'late' }, ...CHAIN.slice(4)]));
    expect(findingsOf(report, 'record-inserted-in-history')).toMatchObject([{ id: 'late', seq: 5, class: 'FAIL' }]);
    expect(report.totals).toMatchObject({ added: 1, missing: 0 });
  });

  it('A10: of which two records change places, linked anew, is reordered', async () => {
    const swapped = CHAIN.map((record, at) => CHAIN[at === 2 ? 5 : at === 5 ? 2 : at] ?? record);
    const report = await compared(CHAIN, relinked(swapped));
    expect(report.verdict).toBe('FAIL');
    expect(findingsOf(report, 'record-reordered')[0]).toMatchObject({
      tenant: 'acme',
      stream: 'ledger/1',
      class: 'FAIL',
    });
    expect(report.totals).toMatchObject({ missing: 0, added: 0, modified: 0 });
  });

  it('whose order was turned round is reordered, with nothing missing', async () => {
    const report = await compared(CHAIN, relinked(CHAIN.toReversed()));
    expect(countsOf(report)['record-reordered']).toBe(7);
    expect(report.totals).toMatchObject({ missing: 0, added: 0 });
  });

  it('that grew at its end is extended, and its root at the old size is proven', async () => {
    const report = await compared(CHAIN.slice(0, 5), CHAIN);
    expect([report.verdict, report.relation, countsOf(report)]).toEqual(['PASS', 'extended', { 'record-added': 3 }]);
    const [stream] = report.tenants[0]?.streams ?? [];
    expect(stream?.rootAtBaselineSize).toBe(stream?.baseline?.root);
  });

  it('that became unordered is a FAIL', async () => {
    const set = CHAIN.map(({ seq, prev, hash, ...record }) => record);
    const report = await compared(CHAIN, set);
    expect(report.verdict).toBe('FAIL');
    expect(report.totals.relinked).toBe(8);
  });
});

describe('several streams and tenants', () => {
  const STORE = [...bundles(3), ...bundles(3, { stream: 'c', from: 10 }), ...bundles(3, { tenant: 'b', from: 20 })];

  it('B17: of which one tenant is gone name the tenant and its records', async () => {
    const report = await compared(STORE, STORE.slice(0, 6));
    expect(countsOf(report)).toMatchObject({
      'tenant-missing': 1,
      'stream-missing': 1,
      'record-missing': 3,
      'global-root-mismatch': 1,
    });
  });

  it('of which one stream is gone name the stream', async () => {
    const report = await compared(STORE, [...STORE.slice(0, 3), ...STORE.slice(6)]);
    expect(findingsOf(report, 'stream-missing')).toMatchObject([{ tenant: 'acme', stream: 'c' }]);
    expect(countsOf(report)).toMatchObject({ 'record-missing': 3, 'count-decreased': 1 });
  });

  it('B18: that have a new tenant pass in append mode and fail in frozen mode', async () => {
    const [append, frozen] = [
      await compared(STORE.slice(0, 6), STORE),
      await compared(STORE.slice(0, 6), STORE, { mode: 'frozen' }),
    ];
    expect([append.verdict, countsOf(append)]).toEqual(['PASS', { 'record-added': 3, 'tenant-added': 1 }]);
    expect(frozen.verdict).toBe('FAIL');
    expect(findingsOf(frozen, 'tenant-added')).toMatchObject([{ class: 'FAIL', tenant: 'b' }]);
  });

  it('B16: of which a record changed its tenant name it moved, and both places', async () => {
    const [moved, ...rest] = STORE;
    const report = await compared(STORE, [
      ...rest.slice(0, 5),
      { ...(moved as PlainRecord), tenant: 'b' },
      ...rest.slice(5),
    ]);
    expect(report.totals).toMatchObject({ moved: 1, missing: 0, added: 0, matched: 8 });
    expect(findingsOf(report, 'record-moved')).toMatchObject([
      {
        id: 'b000000',
        tenant: 'acme',
        stream: 'bundles',
        baseline: expect.stringMatching(/acme.*bundles/),
        current: expect.stringMatching(/b.*bundles/),
      },
    ]);
  });

  it('B16: of which a record changed its tenant name the roots of both tenants', async () => {
    const [moved, ...rest] = STORE;
    const report = await compared(STORE, [
      ...rest.slice(0, 5),
      { ...(moved as PlainRecord), tenant: 'b' },
      ...rest.slice(5),
    ]);
    expect(findingsOf(report, 'tenant-root-mismatch').map(({ tenant }) => tenant)).toEqual(['acme', 'b']);
  });

  it('of which a record changed its stream and its content has one missing and one added', async () => {
    const [moved, ...rest] = STORE;
    const report = await compared(STORE, [
      ...rest.slice(0, 2),
      { ...(moved as PlainRecord), stream: 'c', body: 'x' },
      ...rest.slice(2),
    ]);
    expect(report.totals).toMatchObject({ moved: 0, missing: 1, added: 1 });
  });

  it.each([
    ['a stream in two parts', [...STORE.slice(0, 2), ...STORE.slice(3, 6), ...STORE.slice(2, 3), ...STORE.slice(6)]],
    ['a tenant in two parts', [...STORE.slice(0, 3), ...STORE.slice(6), ...STORE.slice(3, 6)]],
    ['its tenants turned round', [...STORE.slice(6), ...STORE.slice(0, 6)]],
    ['its records turned round', STORE.toReversed()],
  ])('a side that has %s is reordered, on whichever side it is', async (_, list) => {
    const right = ndjson(STORE);
    const wrong = ndjson(list);
    for (const [was, is] of [
      [right, wrong],
      [wrong, right],
      [wrong, wrong],
    ] as const) {
      const report = await compareTexts(was, is);
      expect(report.verdict).toBe('FAIL');
      expect(countsOf(report)['record-reordered']).toBeGreaterThan(0);
    }
  });

  it('with the same ids in each stream are no duplicates: an id is unique in its stream', async () => {
    const ledgers = [
      ...chained(bodies(5), { stream: 'ledger/1' }),
      ...chained(bodies(5), { stream: 'ledger/2' }),
      ...chained(bodies(2), { tenant: 'b' }),
    ];
    const report = await compared(ledgers, ledgers);
    expect([report.verdict, countsOf(report)]).toEqual(['PASS', {}]);
  });
});

describe('a record that is missing, and one like it that is new', () => {
  const messages = (report: ContinuityReport): string[] =>
    [...findingsOf(report, 'record-missing'), ...findingsOf(report, 'record-added')].map(({ message }) => message);
  const reId = (at: number, id: string, change: Partial<PlainRecord> = {}): PlainRecord[] =>
    changed(SET, at, { id, ...change }).toSorted((a, b) => (a.id < b.id ? -1 : 1));

  it.each([
    ['letter case', 'B000005', '"b000005"', '"B000005"'],
    ['space around it', 'b000005 ', '"b000005"', '"b000005 "'],
    ['what nobody sees', 'b000005\u200b', '"b000005"', '"b000005\\u200b"'],
  ])('are said to look alike: %s', async (_, id, was, is) => {
    const report = await compared(SET, reId(5, id));
    expect(countsOf(report)).toMatchObject({ 'record-missing': 1, 'record-added': 1 });
    expect(report.verdict).toBe('FAIL');
    const [missing, added] = messages(report);
    expect(missing).toContain(`; a record of equal content was added whose id looks like ${was}: it is ${is}`);
    expect(added).toContain(`; a record of equal content is missing whose id looks like ${is}: it is ${was}`);
  });

  it('show characters that cannot be told apart as escapes', async () => {
    const was = changed(SET, 5, { id: 'caf\u00e9' });
    const is = changed(SET, 5, { id: 'cafe\u0301', attrs: { status: 'other' } });
    const [missing, added] = messages(await compared(was, is));
    expect(missing).toContain('; a record was added whose id looks like "caf\\u00e9": it is "cafe\\u0301"');
    expect(added).toContain('; a record is missing whose id looks like "cafe\\u0301": it is "caf\\u00e9"');
    const [cyrillic] = messages(await compared(SET, reId(5, '\u0432000005')));
    expect(cyrillic).toContain('; a record of equal content was added under another id: "\\u0432000005"');
  });

  it('are said to be of equal content under another id, in their stream alone', async () => {
    const [missing, added] = messages(await compared(SET, reId(5, 'other')));
    expect(missing).toContain('; a record of equal content was added under another id: "other"');
    expect(added).toContain('; a record of equal content is missing under another id: "b000005"');
    const elsewhere = messages(await compared(SET, reId(5, 'other', { stream: 'zz' })));
    expect(elsewhere.join()).not.toContain('equal content');
  });

  it('are paired one to one, the likest first, and nothing is said of others', async () => {
    const is = [...without(SET, 5), { ...SET[5], id: 'B000005' }, { ...SET[5], id: 'c' }] as PlainRecord[];
    const texts = messages(
      await compared(
        SET,
        is.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      ),
    );
    expect(texts.filter((text) => text.includes('equal content'))).toHaveLength(2);
    expect(texts[0]).toContain('it is "B000005"');
    expect(messages(await compared(SET, without(SET, 5)))[0]).not.toContain('; a record');
  });

  it('in a chain as well', async () => {
    const is = changed(CHAIN, 4, { id: 'renamed' });
    const report = await compared(CHAIN, is);
    const [inserted] = findingsOf(report, 'record-inserted-in-history');
    expect(messages(report)[0]).toContain('; a record of equal content was added under another id: "renamed"');
    expect(inserted?.message).toContain('; a record of equal content is missing under another id: ');
  });
});
