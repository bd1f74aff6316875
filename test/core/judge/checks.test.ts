/** The counts of checks are the truth: each is what a reader of the two inputs would count. */
import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/core/report/report.ts';
import { compareTexts, findingsOf } from '../../in-memory.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord } from '../../store.ts';

const CHAINS = { chains: LEDGER_RULE };

/** Two chains and two sets, in the order of a snapshot; `more` grows one of each. */
const store = (more: number): PlainRecord[] => [
  ...bundles(3 + more),
  ...chained(bodies(4 + more)),
  ...chained(bodies(2), { stream: 'ledger/2' }),
  ...bundles(1, { tenant: 'beta' }),
];

function madeOf(checks: readonly Check[]): Record<string, readonly [number, number]> {
  return Object.fromEntries(checks.map(({ check, done, skipped = 0 }) => [check, [done, skipped]]));
}

describe('the checks of a comparison', () => {
  it('of two snapshots with bodies are counted over both sides', async () => {
    const report = await compareTexts(ndjson(store(0), CHAINS), ndjson(store(2), CHAINS));
    expect(report.verdict).toBe('PASS');
    expect(madeOf(report.checks)).toEqual({
      // 10 matched and 4 added.
      'record-comparison': [14, 0],
      'leaf-hash': [24, 0],
      'body-digest': [24, 0],
      order: [24, 0],
      sequence: [14, 0],
      'chain-links': [14, 0],
      'hash-recipe': [14, 0],
      'history-prefix': [2, 0],
      manifest: [2, 0],
      'manifest-roots': [2, 0],
    });
  });

  it('of a summary are those of the side with records', async () => {
    const report = await compareTexts(ndjson(store(0), { ...CHAINS, depth: 'summary' }), ndjson(store(0), CHAINS));
    expect(report.verdict).toBe('PASS');
    expect(madeOf(report.checks)).toEqual({
      'record-comparison': [10, 0],
      'leaf-hash': [10, 0],
      'body-digest': [10, 0],
      order: [10, 0],
      sequence: [6, 0],
      'chain-links': [6, 0],
      'hash-recipe': [6, 0],
      'history-prefix': [2, 0],
      manifest: [2, 0],
      'manifest-roots': [2, 0],
    });
  });

  it('that could not be made are counted as skipped, with the reason', async () => {
    const summaries = [store(0), store(2)].map((records) => ndjson(records, { ...CHAINS, depth: 'summary' })) as [
      string,
      string,
    ];
    const report = await compareTexts(...summaries);
    const made = madeOf(report.checks);
    // One chain grew, and neither side has its records; the other is equal.
    expect(made['history-prefix']).toEqual([1, 1]);
    expect(made['record-comparison']).toEqual([3, 7 + 11]);
    expect(report.checks.find(({ check }) => check === 'history-prefix')?.why).toContain('no records');
    const digests = await compareTexts(ndjson(store(0), { depth: 'digest' }), ndjson(store(0)));
    expect(madeOf(digests.checks)).toMatchObject({ 'body-digest': [10, 10], 'hash-recipe': [0, 0] });
    const plain = await compareTexts(
      ndjson(store(0), { chains: { 'ledger/*': { recipe: 'none' } } }),
      ndjson(store(0), { trailer: undefined }).replace(/undefined\n$/, ''),
    );
    expect(madeOf(plain.checks)['manifest']?.[1]).toBe(1);
  });
});

describe('a finding', () => {
  it('of a changed record says where, also in its message', async () => {
    const changed = bundles(3).map((record, at) =>
      at === 1 ? { ...record, body: { ...(record.body as object), of: 'x' } } : record,
    );
    const [finding] = findingsOf(await compareTexts(ndjson(bundles(3)), ndjson(changed)), 'record-modified');
    expect(finding).toMatchObject({ path: '/body/of', baseline: 'acme', current: 'x' });
    expect(finding?.message).toBe('content changed at /body/of');
  });

  it.each([
    [['x'], 'content changed at /body/of'],
    [['x', 1], 'content changed at /body/of (and 1 other place)'],
    [['x', 1, true], 'content changed at /body/of (and 2 other places)'],
  ])('of a record changed in places counts them: %j', async ([of, n, other], message) => {
    const changed = bundles(3).map((record, at) =>
      at !== 1
        ? record
        : {
            ...record,
            body: {
              ...(record.body as object),
              of: of as string,
              ...(n === undefined ? {} : { n: 1e9 }),
              ...(other === undefined ? {} : { zz: 1 }),
            },
          },
    );
    const [finding] = findingsOf(await compareTexts(ndjson(bundles(3)), ndjson(changed)), 'record-modified');
    expect(finding?.message).toBe(message);
  });
});
