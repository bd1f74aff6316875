/** Roots by tenant and in all, against an implementation of the contract that shares no code with this one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotBuilder } from '../../../src/core/audit/builder.ts';
import { portable } from '../../../src/core/platform.ts';
import type { SnapshotSummary } from '../../../src/core/snapshot/summary.ts';
import {
  summaryOfTrailer,
  type Trailer,
  type TrailerDifference,
  trailerDifferences,
} from '../../../src/core/snapshot/trailer.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { auditText } from '../../in-memory.ts';
import { runs } from '../../long.ts';
import { bodies, bundles, chained, ndjson, type PlainRecord, trailerOf } from '../../store.ts';

function summaryOf(records: readonly PlainRecord[]): SnapshotSummary {
  const builder = new SnapshotBuilder(nodePlatform);
  for (const record of records) builder.append(record);
  return builder.finish();
}

/** The summary in the form of the reference trailer. */
function plain({ records, globalRoot, tenants }: SnapshotSummary): unknown {
  const entries = tenants.map((tenant) => ({ ...tenant, counts: Object.fromEntries(tenant.counts) }));
  return { kind: 'evidence-snapshot-trailer', records, globalRoot, tenants: entries };
}

function stated(records: readonly PlainRecord[]): Trailer {
  const { globalRoot, tenants, records: count } = trailerOf(records);
  return {
    records: count,
    globalRoot,
    tenants: tenants.map((tenant) => ({ ...tenant, counts: new Map(Object.entries(tenant.counts)) })),
  };
}

const STORE = [
  ...bundles(5),
  ...chained(bodies(3), { stream: 'ledger/é' }),
  ...bundles(1, { tenant: 'b', stream: 'x', from: 70 }),
  ...chained(bodies(6), { tenant: 'é', stream: 'ledger' }).map((record) => ({ ...record, id: `é-${record.id}` })),
];

it('a summary is the same as one JSON object, with its trailer inside and no records', async () => {
  const lines = ndjson(STORE, { depth: 'summary', header: { capturedAt: '2027-03-01T12:00:00Z' } });
  const [header = '', trailer = ''] = lines.split('\n');
  const { sha256: _, ...asLines } = await auditText(lines);
  const { sha256: __, ...asOne } = await auditText(`${header.slice(0, -1)},"trailer":${trailer}}`);
  expect(asLines).toMatchObject({ verdict: 'PASS', header: { depth: 'summary' }, summary: { records: STORE.length } });
  expect(asOne).toEqual(asLines);
});

describe('the roots of a store', () => {
  it('are those of the reference', () => {
    expect(plain(summaryOf(STORE))).toEqual(trailerOf(STORE));
    expect(plain(summaryOf([]))).toEqual(trailerOf([]));
  });

  it('are those of the reference for stores of any shape', () => {
    const place = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c'),
      stream: fc.constantFrom('s', 't'),
      count: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(place, { selector: ({ tenant, stream }) => tenant + stream, maxLength: 6 }),
        (places) => {
          const sorted = places.toSorted((a, b) => (a.tenant + a.stream < b.tenant + b.stream ? -1 : 1));
          const records = sorted.flatMap(({ count, ...at }) => bundles(count, at));
          expect(plain(summaryOf(records))).toEqual(trailerOf(records));
        },
      ),
      { numRuns: runs(200, 5000) },
    );
  });

  it('A13, A15: change when two tenants, two streams or two records swap their names', () => {
    const root = summaryOf(STORE).globalRoot;
    const swap = (member: 'tenant' | 'stream' | 'id' | 'type', a: string, b: string): string => {
      const swapped = STORE.map((record) => ({
        ...record,
        [member]: record[member] === a ? b : record[member] === b ? a : record[member],
      }));
      const order = (record: PlainRecord): string =>
        JSON.stringify([record.tenant, record.stream, record.seq ?? record.id]);
      return trailerOf(swapped.toSorted((x, y) => (order(x) < order(y) ? -1 : 1))).globalRoot;
    };
    const others = [
      swap('tenant', 'acme', 'b'),
      swap('stream', 'bundles', 'x'),
      swap('id', 'b000000', 'b000001'),
      swap('type', 'sbom', 'event'),
    ];
    expect(new Set([root, ...others]).size).toBe(5);
  });

  it('A06: of nothing is SHA-256 of nothing, and no other store has it', () => {
    expect(summaryOf([]).globalRoot).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

describe('a trailer', () => {
  const is = summaryOf(STORE);
  const right = stated(STORE);
  const [first, ...others] = right.tenants;
  if (first === undefined) throw new Error('the store has tenants');
  const found = (trailer: Trailer): readonly TrailerDifference[] => trailerDifferences(trailer, is);
  const withFirst = (change: object): Trailer => ({ ...right, tenants: [{ ...first, ...change }, ...others] });
  const withStream = (change: object): Trailer =>
    withFirst({ streams: first.streams.map((s, at) => (at === 1 ? { ...s, ...change } : s)) });

  it('that is right has no differences, with its roots or without', () => {
    expect(found(right)).toEqual([]);
    const bare = right.tenants.map(({ root, ...tenant }) => ({
      ...tenant,
      streams: tenant.streams.map(({ root: _, ...rest }) => rest),
    }));
    expect(found({ records: right.records, tenants: bare })).toEqual([]);
  });

  it.each<readonly [string, Trailer, object]>([
    ['the number of all records (A05)', { ...right, records: 16 }, { what: '/records', stated: 16, recomputed: 15 }],
    ['the global root', { ...right, globalRoot: 'f'.repeat(64) }, { what: '/globalRoot' }],
    [
      'the records of a tenant',
      withFirst({ records: 9 }),
      { tenant: 'acme', what: '/records', stated: 9, recomputed: 8 },
    ],
    ['the root of a tenant', withFirst({ root: 'f'.repeat(64) }), { tenant: 'acme', what: '/root' }],
    [
      'a count',
      withFirst({
        counts: new Map([
          ['sbom', 4],
          ['event', 3],
        ]),
      }),
      { what: '/counts/sbom', stated: 4, recomputed: 5 },
    ],
    [
      'no count of a type',
      withFirst({ counts: new Map([['sbom', 5]]) }),
      { what: '/counts/event', stated: 0, recomputed: 3 },
    ],
    [
      'a type that is not there',
      withFirst({
        counts: new Map([
          ['sbom', 5],
          ['event', 3],
          ['a/b~c', 1],
        ]),
      }),
      { what: '/counts/a~1b~0c' },
    ],
    [
      'the size of a stream (A05)',
      withStream({ size: 4 }),
      { stream: 'ledger/é', what: '/size', stated: 4, recomputed: 3 },
    ],
    ['the root of a stream', withStream({ root: 'f'.repeat(64) }), { stream: 'ledger/é', what: '/root' }],
    ['the head of a stream', withStream({ head: null }), { what: '/head', stated: null }],
    [
      'whether a stream is ordered',
      withStream({ ordered: false }),
      { what: '/ordered', stated: false, recomputed: true },
    ],
    ['the first seq', withStream({ firstSeq: 0 }), { what: '/firstSeq', stated: 0, recomputed: 1 }],
    ['the last seq', withStream({ lastSeq: 4 }), { what: '/lastSeq', stated: 4, recomputed: 3 }],
    [
      'a stream less',
      withFirst({ streams: first.streams.slice(1) }),
      { stream: 'bundles', what: '/size', stated: null, recomputed: 5 },
    ],
    ['a tenant less', { ...right, tenants: others }, { tenant: 'acme', what: '/records', stated: null, recomputed: 8 }],
  ])('that states %s wrongly has that one difference', (_, trailer, difference) => {
    expect(found(trailer)).toEqual([expect.objectContaining(difference)]);
  });

  it('that names a tenant, or a stream, that has no records says so', () => {
    const ghost = { ...first, tenant: 'ghost' };
    expect(found({ ...right, tenants: [...right.tenants, ghost] }).map(({ what }) => what)).toContain('/records');
    const streams = [...first.streams, { ...first.streams[0], stream: 'zzz', ordered: false, size: 1, head: null }];
    expect(found(withFirst({ streams }))).toEqual([
      { tenant: 'acme', stream: 'zzz', what: '/size', stated: 1, recomputed: null },
    ]);
  });

  it('that has its tenants or streams out of order, or one twice, says so', () => {
    expect(found({ ...right, tenants: right.tenants.toReversed() }).map(({ what }) => what)).toEqual([
      '/order',
      '/order',
    ]);
    expect(found(withFirst({ streams: first.streams.toReversed() })).map(({ what }) => what)).toEqual(['/order']);
    expect(found({ ...right, tenants: [first, ...right.tenants] }).map(({ what }) => what)).toEqual(['/order']);
  });

  it('without records comes to the roots that its streams give', () => {
    expect(summaryOfTrailer(portable, right)).toEqual(is);
    const lying = {
      ...right,
      globalRoot: 'f'.repeat(64),
      tenants: right.tenants.map((tenant) => ({ ...tenant, root: 'f'.repeat(64) })),
    };
    expect(summaryOfTrailer(portable, lying)).toEqual(is);
  });

  it('without records and without the root of a stream comes to nothing', () => {
    expect(summaryOfTrailer(portable, withStream({ root: undefined }))).toBeUndefined();
  });
});

it('a size that is stated wrong is a difference, also where neither root nor positions are stated beside it', () => {
  const is = summaryOf(STORE);
  const { tenants, ...rest } = stated(STORE);
  const trailer = (more: number): Trailer => ({
    ...rest,
    tenants: tenants.map((tenant) => ({
      ...tenant,
      streams: tenant.streams.map(({ stream, ordered, size, head }) => ({ stream, ordered, size: size + more, head })),
    })),
  });
  expect(trailerDifferences(trailer(0), is)).toEqual([]);
  const streams = tenants.reduce((sum, tenant) => sum + tenant.streams.length, 0);
  expect(trailerDifferences(trailer(1), is).filter(({ what }) => what.endsWith('/size'))).toHaveLength(streams);
});
