/** What both sides show in the same way at the same record was there before: counted once, called old, excused by nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings } from '../../../src/core/judge/findings.ts';
import { SideFaults } from '../../../src/core/judge/side-faults.ts';
import type { ContinuityReport, Finding } from '../../../src/core/report/report.ts';
import { renderReport } from '../../../src/index.ts';
import { auditText, compareTexts, countsOf } from '../../in-memory.ts';
import { runs, seed } from '../../long.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, trailerOf } from '../../store.ts';

const OPTIONS = { chains: LEDGER_RULE };
const text = (records: readonly PlainRecord[]): string => ndjson(records, OPTIONS);
const old = ({ findings }: ContinuityReport): readonly Finding[] => findings.filter((one) => one.alreadyInBaseline);

/** `records` with something wrong at some of them, by what is done there. */
function faulty(records: readonly PlainRecord[], faults: ReadonlyMap<number, string>): PlainRecord[] {
  return records.map((record, at) => {
    const what = faults.get(at);
    if (what === 'link') return { ...record, prev: 'd'.repeat(64) };
    if (what === 'hash') return { ...record, hash: 'e'.repeat(64) };
    if (what === 'form') return { ...record, hash: 'XYZ' };
    return record;
  });
}

const BROKEN = faulty(chained(bodies(9)), new Map([[4, 'link']]));

describe('an old fault', () => {
  it('is named once, keeps its class, and breaks no root by growth', async () => {
    const report = await compareTexts(text(BROKEN.slice(0, 8)), text(BROKEN));
    expect([report.verdict, countsOf(report)]).toEqual(['FAIL', { 'record-added': 1, 'chain-break': 1 }]);
    expect(report.relation).toBe('extended');
    expect(report.tenants.map(({ relation }) => relation)).toEqual(['extended']);
    for (const { baseline, current, message, class: forced } of old(report)) {
      expect([forced, current]).toEqual(['FAIL', baseline]);
      expect(message).toMatch(/^already in the baseline, unchanged: /);
    }
  });

  it('is named before what follows from it: a trailer that was not made anew', async () => {
    const twice = [...chained(bodies(3)), ...chained(bodies(3)).slice(2)];
    const stale = ndjson(twice, { chains: LEDGER_RULE, trailer: trailerOf(chained(bodies(3))) });
    const { headline } = await compareTexts(stale, stale);
    expect(headline).toMatch(/^FAIL: 1 duplicate-id already in the baseline, .*[1-9]\d* manifest-mismatch; /);
  });

  it('is said in every format', async () => {
    const report = await compareTexts(text(BROKEN.slice(0, 8)), text(BROKEN));
    expect(report.headline).toMatch(/^FAIL: .*already in the baseline; 8 of 8 baseline records/);
    for (const format of ['text', 'markdown', 'html', 'junit', 'brief', 'json', 'ndjson'] as const) {
      expect(await renderReport(report, format), format).toMatch(/already.in.(?:the.)?baseline/i);
    }
  });

  it('is none where the record, or what is wrong with it, is another one', async () => {
    const was = faulty(chained(bodies(9)), new Map([[4, 'link']]));
    const other = was.map((record, at) => (at === 4 ? { ...record, prev: 'e'.repeat(64) } : record));
    const later = was.map((record, at) => (at === 4 ? { ...record, type: 'other' } : record));
    for (const is of [other, later]) {
      const report = await compareTexts(text(was), text(is));
      expect(report.verdict).toBe('FAIL');
      expect(report.relation).toBe('broken');
      expect(old(report).filter(({ id }) => id === was[4]?.id)).toEqual([]);
    }
  });

  it('of the current side alone is a new one, also of the same kind', async () => {
    const is = faulty(BROKEN, new Map([[7, 'link']]));
    const report = await compareTexts(text(BROKEN), text(is));
    expect(report.relation).toBe('broken');
    const breaks = report.findings.filter(({ kind }) => kind === 'chain-break');
    expect(breaks.map(({ seq, alreadyInBaseline = false }) => [seq, alreadyInBaseline])).toContainEqual([8, false]);
    expect(report.headline).toMatch(/modified|relinked/);
    expect(report.headline).toMatch(/already in the baseline/);
  });

  it('does not hide that a chain was made anew behind it', async () => {
    const rewritten = chained(bodies(9).map((body, at) => (at >= 6 ? { ...body, seen: true } : body)));
    const now = rewritten.map((record, at) => (at <= 4 ? (BROKEN[at] as PlainRecord) : record));
    const report = await compareTexts(text(BROKEN), text(now));
    expect(countsOf(report)).toHaveProperty('chain-rewritten');
  });

  it('may be an id that comes twice', async () => {
    const [first, ...rest] = bundles(4);
    const twice = [first, first, ...rest] as PlainRecord[];
    const report = await compareTexts(ndjson(twice), ndjson(twice));
    expect([report.verdict, countsOf(report), old(report).length]).toEqual(['FAIL', { 'duplicate-id': 1 }, 1]);
    const thrice = [first, first, first, ...rest] as PlainRecord[];
    const more = await compareTexts(ndjson(twice), ndjson(thrice));
    expect(more.findings.filter(({ kind }) => kind === 'duplicate-id').map((one) => one.alreadyInBaseline)).toEqual(
      expect.arrayContaining([true, undefined]),
    );
    expect(more.relation).toBe('broken');
  });
});

describe('of random faults and random growth', () => {
  const faults = fc.dictionary(fc.integer({ min: 0, max: 19 }).map(String), fc.constantFrom('link', 'hash', 'form'));

  it('all are old and counted once, the verdict is the same, and nothing else is found', async () => {
    await fc.assert(
      fc.asyncProperty(faults, fc.integer({ min: 0, max: 3 }), async (where, growth) => {
        const all = faulty(
          chained(bodies(20 + growth)),
          new Map(Object.entries(where).map(([k, v]) => [Number(k), v])),
        );
        const was = all.slice(0, 20);
        const [audited, report] = [await auditText(text(was)), await compareTexts(text(was), text(all))];
        const { 'record-added': added = 0, ...counts } = countsOf(report);
        // A record that was damaged last breaks the link of the one that was added after it: that is new.
        const fresh = report.findings.filter((one) => one.class === 'FAIL' && one.alreadyInBaseline !== true);
        expect(fresh.every(({ seq = 21 }) => seq === 21)).toBe(true);
        expect(added).toBe(growth);
        const sum = (of: Record<string, number>): number => Object.values(of).reduce((total, one) => total + one, 0);
        expect(old(report).length).toBe(sum(countsOf(audited)));
        if (fresh.length === 0) expect(counts).toEqual(countsOf(audited));
        expect(report.verdict).toBe(sum(countsOf(audited)) + fresh.length === 0 ? 'PASS' : 'FAIL');
      }),
      { seed, numRuns: runs(20, 2000) },
    );
  });
});

describe('of more faults than memory is kept for', () => {
  it('what has waited longest is named for its side alone, and nothing is lost', () => {
    const findings = new Findings('append', 1000);
    const faults = new SideFaults(findings, () => false, 2);
    const fault = (leaf: string) => ({
      kind: 'chain-break' as const,
      message: 'm',
      found: null,
      record: { tenant: 't', stream: 's', id: leaf, leaf, type: 'x', bodyDigest: '' } as never,
    });
    for (const leaf of ['a', 'b', 'c']) faults.add('baseline', fault(leaf));
    expect(findings.countOf('chain-break')).toBe(1);
    for (const leaf of ['a', 'b', 'c']) faults.add('current', fault(leaf));
    faults.settle();
    expect(findings.countOf('chain-break')).toBe(4);
    expect(findings.list().filter((one) => one.alreadyInBaseline)).toHaveLength(2);
    expect(findings.isAnythingBroken).toBe(true);
  });
});
