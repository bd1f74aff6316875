/** What can be told when one side, or both, have no bodies or no records: never more than was seen. */
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import type { CompareOptions } from '../../../src/engine/compare.ts';
import { compareTexts, countsOf, findingsOf } from '../../in-memory.ts';
import {
  bodies,
  bundles,
  chained,
  LEDGER_RULE,
  LINKED_RULE,
  ndjson,
  type PlainRecord,
  relinked,
  trailerOf,
} from '../../store.ts';

type Depth = 'full' | 'digest' | 'summary';
const text = (records: readonly PlainRecord[], depth: Depth): string => ndjson(records, { depth, chains: LEDGER_RULE });

/** Reports of `was` against `is` for each pair of depths of which at least one is a summary. */
async function bySummary(
  was: readonly PlainRecord[],
  is: readonly PlainRecord[],
  options: CompareOptions = {},
): Promise<Record<string, ContinuityReport>> {
  const pairs = [
    ['summary', 'full'],
    ['summary', 'digest'],
    ['full', 'summary'],
    ['digest', 'summary'],
    ['summary', 'summary'],
  ] as const;
  const reports: Record<string, ContinuityReport> = {};
  for (const [a, b] of pairs) reports[`${a}-${b}`] = await compareTexts(text(was, a), text(is, b), options);
  return reports;
}

async function verdicts(
  was: readonly PlainRecord[],
  is: readonly PlainRecord[],
  options: CompareOptions = {},
): Promise<Record<string, string>> {
  const reports = await bySummary(was, is, options);
  return Object.fromEntries(
    Object.entries(reports).map(([name, { verdict, relation }]) => [name, `${verdict} ${relation}`]),
  );
}

const each = (outcome: string): Record<string, string> =>
  Object.fromEntries(
    ['summary-full', 'summary-digest', 'full-summary', 'digest-summary', 'summary-summary'].map((name) => [
      name,
      outcome,
    ]),
  );

const CHAIN = chained(bodies(9));
const SET = bundles(5);
const STORE = [...SET, ...CHAIN];

describe('a digest', () => {
  it.each([
    ['full', 'digest'],
    ['digest', 'full'],
    ['digest', 'digest'],
  ] as const)('%s against %s proves identity and growth', async (a, b) => {
    const same = await compareTexts(text(STORE, a), text(STORE, b));
    expect([same.verdict, same.relation, same.baseline.globalRoot]).toEqual([
      'PASS',
      'identical',
      trailerOf(STORE).globalRoot,
    ]);
    const grown = await compareTexts(text(STORE.slice(0, 10), a), text(STORE, b));
    expect([grown.verdict, grown.relation, grown.totals.added]).toEqual(['PASS', 'extended', 4]);
    expect(same.notChecked).toContain(
      `the ${a === 'digest' ? 'baseline' : 'current side'} holds body digests only: its bodies were not seen`,
    );
  });

  it('against full: an edit and a re-link are told apart, at the right path', async () => {
    const edited = relinked(CHAIN.map((record, at) => (at === 3 ? { ...record, body: 'edited' } : record)));
    const report = await compareTexts(text(CHAIN, 'full'), text(edited, 'digest'));
    expect(countsOf(report)).toMatchObject({ 'record-modified': 1, 'record-relinked': 1 });
    expect(findingsOf(report, 'record-modified')).toMatchObject([{ id: 'e3', path: '/bodyDigest' }]);
    expect(findingsOf(report, 'record-relinked')).toMatchObject([{ id: 'e4', path: '/prev' }]);
  });

  it('cannot have its recipe checked where that needs the body, and says so', async () => {
    const chains = { 'ledger/*': { recipe: 'sha256-prev-body' } };
    const report = await compareTexts(
      ndjson(CHAIN, { depth: 'digest', chains }),
      ndjson(CHAIN, { depth: 'digest', chains }),
    );
    expect(report.checks.find(({ check }) => check === 'hash-recipe')).toEqual({
      check: 'hash-recipe',
      done: 0,
      skipped: 18,
      why: 'recipe sha256-prev-body needs the bodies, and they are not in the snapshot',
    });
    expect(report.notChecked.filter((note) => note.includes('compared by value only')).length).toBe(2);
  });
});

describe('a summary', () => {
  it('of the same store is identical', async () => {
    expect(await verdicts(STORE, STORE)).toEqual(each('PASS identical'));
  });

  it('proves the growth of an ordered stream where the current side has records', async () => {
    const reports = await bySummary(CHAIN.slice(0, 6), CHAIN);
    for (const name of ['summary-full', 'summary-digest']) {
      const report = reports[name] as ContinuityReport;
      expect([report.verdict, report.relation, report.totals.matched, report.totals.added]).toEqual([
        'PASS',
        'extended',
        6,
        3,
      ]);
      expect(countsOf(report)).toEqual({ 'record-added': 3 });
    }
    for (const name of ['full-summary', 'digest-summary', 'summary-summary']) {
      const report = reports[name] as ContinuityReport;
      expect([report.verdict, report.relation, countsOf(report)]).toEqual([
        'INCOMPLETE',
        'unknown',
        { 'proof-unavailable': 1 },
      ]);
    }
  });

  it('never proves the growth of an unordered stream: proof-unavailable', async () => {
    const reports = await bySummary(SET.slice(0, 4), SET);
    for (const report of Object.values(reports)) {
      expect([report.verdict, report.relation, countsOf(report)]).toEqual([
        'INCOMPLETE',
        'unknown',
        { 'proof-unavailable': 1 },
      ]);
      expect(report.totals).toMatchObject({ matched: 0, unjudged: { baseline: 4, current: 5 } });
    }
  });

  it('shows that a stream became smaller', async () => {
    expect(await verdicts(CHAIN, CHAIN.slice(0, 6))).toEqual(each('FAIL broken'));
    for (const report of Object.values(await bySummary(CHAIN, CHAIN.slice(0, 6)))) {
      expect(countsOf(report)).toMatchObject({ 'chain-truncated': 1, 'history-not-prefix': 1 });
    }
    expect(await verdicts(SET, SET.slice(1))).toEqual(each('FAIL broken'));
  });

  it('shows an edit, even when the chain was made anew after it', async () => {
    const edited = relinked(CHAIN.map((record, at) => (at === 2 ? { ...record, body: 'edited' } : record)));
    expect(await verdicts(CHAIN, edited)).toEqual(each('FAIL broken'));
    const report = (await bySummary(CHAIN, edited))['summary-full'] as ContinuityReport;
    expect(countsOf(report)).toMatchObject({
      'history-not-prefix': 1,
      'stream-root-mismatch': 1,
      'tenant-root-mismatch': 1,
      'global-root-mismatch': 1,
    });
    expect(
      await verdicts(
        SET,
        SET.map((record, at) => (at === 2 ? { ...record, body: 'edited' } : record)),
      ),
    ).toEqual(each('FAIL broken'));
  });

  it('shows an edit in the history of an ordered stream that grew', async () => {
    const chain = chained(bodies(9), { recipe: 'sha256-prev-body' });
    const edited = relinked(
      chain.map((record, at) => (at === 2 ? { ...record, body: 'edited' } : record)),
      'sha256-prev-body',
    );
    const chains = LINKED_RULE;
    const report = await compareTexts(
      ndjson(chain.slice(0, 6), { depth: 'summary', chains }),
      ndjson(edited, { chains }),
    );
    expect([report.verdict, report.relation]).toEqual(['FAIL', 'broken']);
    expect(countsOf(report)).toMatchObject({ 'history-not-prefix': 1, 'chain-rewritten': 1 });
  });

  it('shows a stream, and a tenant, that are gone', async () => {
    for (const report of Object.values(await bySummary(STORE, CHAIN))) {
      expect(report.verdict).toBe('FAIL');
      expect(countsOf(report)).toMatchObject({ 'stream-missing': 1 });
    }
    for (const report of Object.values(await bySummary([...STORE, ...bundles(2, { tenant: 'b' })], STORE))) {
      expect(countsOf(report)).toMatchObject({ 'tenant-missing': 1, 'stream-missing': 1 });
      expect(report.totals.missing).toBe(2);
    }
  });

  it('lets a new stream pass in append mode, and no growth in frozen mode', async () => {
    expect(await verdicts(CHAIN, STORE.slice(5).concat(bundles(2, { stream: 'new' })))).toEqual(each('PASS extended'));
    expect(await verdicts(CHAIN, [...CHAIN, ...bundles(2, { tenant: 'b' })], { mode: 'frozen' })).toEqual(
      each('FAIL broken'),
    );
    const grown = await compareTexts(text(CHAIN.slice(0, 6), 'summary'), text(CHAIN, 'full'), { mode: 'frozen' });
    expect([grown.verdict, countsOf(grown)]).toMatchObject(['FAIL', { 'record-added': 3 }]);
  });

  it('without the roots of its streams proves nothing: proof-unavailable', async () => {
    const { globalRoot, ...trailer } = trailerOf(STORE);
    const tenants = trailer.tenants.map(({ root, ...tenant }) => ({
      ...tenant,
      streams: tenant.streams.map(({ root: _, ...stream }) => stream),
    }));
    const bare = ndjson(STORE, { depth: 'summary', trailer: { ...trailer, tenants } });
    for (const [was, is] of [
      [bare, text(STORE, 'full')],
      [text(STORE, 'full'), bare],
      [bare, bare],
    ] as const) {
      const report = await compareTexts(was, is);
      expect([report.verdict, report.findingCounts['proof-unavailable']]).toEqual(['INCOMPLETE', was === is ? 2 : 1]);
    }
    expect(globalRoot).toHaveLength(64);
  });

  it('whose own roots do not fit together is a FAIL', async () => {
    const trailer = trailerOf(STORE);
    const lying = ndjson(STORE, { depth: 'summary', trailer: { ...trailer, globalRoot: 'f'.repeat(64) } });
    const report = await compareTexts(lying, text(STORE, 'full'));
    expect([report.verdict, countsOf(report)]).toMatchObject(['FAIL', { 'manifest-mismatch': 1 }]);
  });

  it('that names a tenant or a stream twice is a FAIL, not a crash', async () => {
    const trailer = trailerOf(SET);
    const [tenant] = trailer.tenants;
    const twice = { ...trailer, records: 10, tenants: [tenant, tenant] };
    const streams = {
      ...trailer,
      records: 10,
      tenants: [{ ...tenant, records: 10, streams: [tenant?.streams[0], tenant?.streams[0]] }],
    };
    for (const wrong of [twice, streams].map((value) => ndjson(SET, { depth: 'summary', trailer: value }))) {
      for (const [was, is] of [
        [wrong, text(SET, 'full')],
        [text(SET, 'full'), wrong],
        [wrong, wrong],
      ] as const) {
        const report = await compareTexts(was, is);
        expect([report.verdict, countsOf(report)]).toMatchObject(['FAIL', { 'manifest-mismatch': expect.any(Number) }]);
      }
    }
  });

  it('A16: whose sizes add up to more than 2^53 is refused, not miscounted', async () => {
    const trailer = trailerOf(SET);
    const [tenant] = trailer.tenants;
    const big = Number.MAX_SAFE_INTEGER;
    const streams = ['a', 'b', 'c'].map((stream) => ({ ...tenant?.streams[0], stream, size: big }));
    const tenants = ['x', 'y'].map((name) => ({ ...tenant, tenant: name, streams }));
    const huge = ndjson(SET, { depth: 'summary', trailer: { ...trailer, tenants } });
    for (const other of [huge, text(SET, 'full')]) expect((await compareTexts(huge, other)).verdict).not.toBe('PASS');
  });

  it('against a side whose tenants or streams come in two parts is a FAIL, not a crash', async () => {
    const store = [...bundles(2, { tenant: 'a' }), ...bundles(2, { tenant: 'b' })];
    const parted = [store[0], store[2], store[3], store[1]] as PlainRecord[];
    for (const [was, is] of [
      [text(store, 'summary'), text(parted, 'full')],
      [text(parted, 'full'), text(store, 'summary')],
    ] as const) {
      const report = await compareTexts(was, is);
      expect([report.verdict, countsOf(report)]).toMatchObject(['FAIL', { 'record-reordered': 1 }]);
    }
  });
});
