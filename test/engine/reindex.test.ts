/** What a reindex has kept: records by their identifiers, set against each other one by one. */
import { afterEach, expect, it, vi } from 'vitest';
import { Findings } from '../../src/core/judge/findings.ts';
import { RecordSort } from '../../src/engine/record-sort.ts';
import { compareIndexes, indexSide } from '../../src/engine/reindex.ts';
import { sourceOf } from '../in-memory.ts';
import { bundles, ndjson, type PlainRecord } from '../store.ts';

afterEach(() => vi.restoreAllMocks());

const side = (records: readonly PlainRecord[]) => indexSide(sourceOf(ndjson(records)), {});

it('counts each record once, wherever it is missing, changed or new', async () => {
  const before = bundles(6);
  const [a, b, c, d, e, f] = before as [PlainRecord, PlainRecord, PlainRecord, PlainRecord, PlainRecord, PlainRecord];
  const after = [a, { ...b, body: 'other' }, { ...d, type: 'vex' }, e, ...bundles(2, { from: 7 })];
  const findings = new Findings('append', 100, 100_000);
  const tally = await compareIndexes(await side(before), await side(after), findings);
  expect(tally).toEqual({ kept: 2, missing: 2, changed: 2, added: 2 });
  const named = findings.list().map(({ kind, id }) => `${kind} ${id}`);
  expect(named.sort()).toEqual([
    'record-added b000007',
    'record-added b000008',
    `record-missing ${c.id}`,
    `record-missing ${f.id}`,
    `record-modified ${b.id}`,
    `record-modified ${d.id}`,
  ]);
});

it('lets go of what it has written down to sort it, also where it fails', async () => {
  const close = vi.spyOn(RecordSort.prototype, 'close');
  const broken = new Error('nobody listens');
  const onProgress = (): never => {
    throw broken;
  };
  await expect(indexSide(sourceOf(ndjson(bundles(3))), { onProgress })).rejects.toBe(broken);
  expect(close).toHaveBeenCalledTimes(1);
  const { close: closeSorted } = await side(bundles(3));
  expect(close).toHaveBeenCalledTimes(1);
  await closeSorted();
  expect(close).toHaveBeenCalledTimes(2);
});
