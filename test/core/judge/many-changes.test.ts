/** More changes than are kept track of: counted all the same, said, and never a PASS. */
import { describe, expect, it } from 'vitest';
import { PENDING_LIMIT } from '../../../src/core/judge/waiting.ts';
import { compareTexts, countsOf } from '../../in-memory.ts';
import { bundles, chained, ndjson, type PlainRecord, relinked } from '../../store.ts';

describe('more changes than can be kept track of', () => {
  const MANY = PENDING_LIMIT + 500;
  const named = (prefix: string): PlainRecord[] =>
    bundles(MANY).map((record) => ({ ...record, id: `${prefix}${record.id}`, body: 0 }));

  it('in an unordered stream are still a FAIL, counted exactly, and said', async () => {
    const report = await compareTexts(ndjson(named('a')), ndjson(named('b')));
    expect(report.verdict).toBe('FAIL');
    expect(report.totals).toMatchObject({ matched: 0, missing: MANY, added: MANY });
    expect(countsOf(report)).toMatchObject({ 'record-missing': MANY, 'record-added': MANY });
    expect(report.findings.filter(({ kind }) => kind === 'record-missing').length).toBe(1000);
    expect(report.notChecked).toContain('whether all missing records were moved: too many changed to keep track of');
  });

  it('in an ordered stream are still a FAIL, counted exactly, and said', async () => {
    const order = (records: PlainRecord[]): PlainRecord[] => records.map((record, at) => ({ ...record, seq: at + 1 }));
    const report = await compareTexts(ndjson(order(named('a'))), ndjson(order(named('b'))));
    expect(report.verdict).toBe('FAIL');
    expect(report.totals).toMatchObject({ missing: MANY, added: MANY });
    expect(report.notChecked).toContain('whether all missing records were moved: too many changed to keep track of');
  });

  it('in a stream that was renamed are moved as far as there is room, and missing beyond', async () => {
    const moved = named('a').map((record) => ({ ...record, stream: 'renamed' }));
    const report = await compareTexts(ndjson(named('a')), ndjson(moved));
    expect(report.verdict).toBe('FAIL');
    expect(report.totals.moved).toBeGreaterThan(0);
    expect(report.totals.moved + report.totals.missing).toBe(MANY);
    expect(report.totals.moved + report.totals.added).toBe(MANY);
    expect([report.baseline.records, report.current.records]).toEqual([MANY, MANY]);
    expect(report.totals).toMatchObject({ modified: 0, relinked: 0, matched: 0 });
  });

  it('a stream of which only the first record is gone needs no room for the rest', async () => {
    const chain = chained(Array.from({ length: MANY }, (_, n) => n));
    const report = await compareTexts(ndjson(chain), ndjson(relinked(chain.slice(1))), { maxFindings: 5 });
    expect(report.totals).toMatchObject({ missing: 1, added: 0, relinked: MANY - 1 });
    expect(report.notChecked.filter((note) => note.includes('too many'))).toEqual([]);
    expect(report.findings.length).toBeLessThan(20);
  });
});
