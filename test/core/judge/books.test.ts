/** For any two stores, at any depth: a report, never an exception; every record in one column; never PASS for a change. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport, StreamReport } from '../../../src/core/report/report.ts';
import { compareTexts, countsOf } from '../../in-memory.ts';
import { runs } from '../../long.ts';
import { json, ndjson, type PlainRecord, relinked } from '../../store.ts';

/** Few names, so that what one store has the other often has too, in the same place or another. */
const stream = fc.record({
  tenant: fc.constantFrom('a', 'b', '\ufb33', '😀'),
  stream: fc.constantFrom('s', 't'),
  ordered: fc.boolean(),
  ids: fc.array(fc.constantFrom('1', '2', '3', '4', '5'), { minLength: 1, maxLength: 6 }),
  bodies: fc.infiniteStream(fc.constantFrom(0, 1)),
  links: fc.boolean(),
});

const byUtf8 = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const placeOrder = (a: PlainRecord, b: PlainRecord): number => byUtf8(a.tenant, b.tenant) || byUtf8(a.stream, b.stream);

type Drawn = typeof stream extends fc.Arbitrary<infer T> ? T : never;

function recordsOf({ tenant, stream: name, ordered, ids, bodies, links }: Drawn): PlainRecord[] {
  const held = ordered ? ids : [...ids].sort();
  const list = held.map(
    (id, at): PlainRecord => ({
      tenant,
      stream: name,
      id,
      type: id,
      body: bodies.next().value,
      ...(ordered ? { seq: at + 1 } : {}),
    }),
  );
  return ordered && links ? relinked(list) : list;
}

/** Mostly in order; `disorder` leaves the streams as they were drawn, so that they may come in any order and in parts. */
const store = fc
  .record({
    streams: fc.array(stream, { maxLength: 5 }),
    disorder: fc.constantFrom(false, false, false, true),
    unique: fc.constantFrom(true, true, false),
  })
  .map(({ streams, disorder, unique }) => {
    const places = new Set<string>();
    const kept = disorder
      ? streams
      : streams.filter(({ tenant, stream: name }) => !places.has(tenant + name) && places.add(tenant + name));
    const records = kept.flatMap((drawn) => recordsOf(unique ? { ...drawn, ids: [...new Set(drawn.ids)] } : drawn));
    return disorder ? records : records.toSorted(placeOrder);
  });

const side = fc.record({
  records: store,
  depth: fc.constantFrom('full' as const, 'full' as const, 'digest' as const, 'summary' as const),
  container: fc.constantFrom(json, ndjson),
});

function sizesOf(report: ContinuityReport, which: 'baseline' | 'current'): number {
  return report.tenants
    .flatMap(({ streams }) => streams)
    .reduce((sum, of: StreamReport) => sum + (of[which]?.size ?? 0), 0);
}

function expectBalanced({ totals, baseline, current }: ContinuityReport): void {
  const both = totals.matched + totals.modified + totals.relinked + totals.moved;
  expect(both + totals.missing + (totals.unjudged?.baseline ?? 0)).toBe(baseline.records);
  expect(both + totals.added + (totals.unjudged?.current ?? 0)).toBe(current.records);
}

describe('the books of any two stores', () => {
  it('balance, and no pair of inputs ends in an exception', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, fc.constantFrom('append' as const, 'frozen' as const), async (was, is, mode) => {
        const report = await compareTexts(was.container(was.records, was), is.container(is.records, is), { mode });
        expectBalanced(report);
        if (report.verdict === 'PASS') expect(['identical', 'extended']).toContain(report.relation);
        if (report.verdict !== 'PASS') expect(Object.keys(report.findingCounts).length).toBeGreaterThan(0);
        expect(report.findings.length).toBeLessThanOrEqual(
          Object.values(countsOf(report)).reduce((sum, count) => sum + count, 0),
        );
      }),
      { numRuns: runs(150, 50_000, 60) },
    );
  });

  it('are PASS only where every record of the baseline is in the current side, in its place', async () => {
    await fc.assert(
      fc.asyncProperty(store, store, async (was, is) => {
        const report = await compareTexts(ndjson(was), ndjson(is));
        if (report.verdict !== 'PASS') return;
        const texts = new Set(is.map((record) => JSON.stringify(record)));
        expect(was.every((record) => texts.has(JSON.stringify(record)))).toBe(true);
        expect(report.totals).toEqual({
          matched: was.length,
          added: is.length - was.length,
          missing: 0,
          modified: 0,
          relinked: 0,
          moved: 0,
        });
        expect([sizesOf(report, 'baseline'), sizesOf(report, 'current')]).toEqual([was.length, is.length]);
      }),
      { numRuns: runs(150, 50_000, 60) },
    );
  });

  it('are PASS and identical for a store and itself, if it is sound', async () => {
    await fc.assert(
      fc.asyncProperty(store, async (records) => {
        const report = await compareTexts(ndjson(records), json(records));
        const isSound = Object.keys(report.findingCounts).length === 0;
        expect([report.verdict, report.relation]).toEqual(
          isSound ? ['PASS', 'identical'] : [report.verdict, report.relation],
        );
        // A side that cannot be read on was read in part.
        const read = isSound ? records.length : report.baseline.records;
        expect(report.totals.matched + (report.totals.unjudged?.baseline ?? 0)).toBe(read);
      }),
      { numRuns: runs(100, 10_000, 50) },
    );
  });

  it('G38: are the same at any chunk size and in either container', async () => {
    const chunk = fc.integer({ min: 1, max: 300 });
    await fc.assert(
      fc.asyncProperty(store, store, chunk, async (was, is, chunkBytes) => {
        const { run: _, baseline: __, current: ___, ...whole } = await compareTexts(ndjson(was), ndjson(is));
        const {
          run: ____,
          baseline: _____,
          current: ______,
          ...parts
        } = await compareTexts(json(was), json(is), { chunkBytes });
        const hasPlaces = whole.findings.some(({ message }) => / byte \d+/.test(message));
        if (!hasPlaces) expect(parts).toEqual(whole);
      }),
      { numRuns: runs(60, 5000, 30) },
    );
  });
});
