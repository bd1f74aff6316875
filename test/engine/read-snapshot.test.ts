/** A snapshot as a program reads it: every record, and at the end a word of what it contradicts itself in. */
import { expect, it } from 'vitest';
import { SnapshotReading, UnsoundSnapshotError } from '../../src/engine/prove.ts';
import { sourceOf } from '../in-memory.ts';
import { bundles, ndjson, trailerOf } from '../store.ts';

const RECORDS = bundles(3);

async function idsOf(reading: SnapshotReading): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of reading) ids.push(id);
  return ids;
}

it('gives every record in order, and what they sum up to once all were read', async () => {
  const reading = await SnapshotReading.open(sourceOf(ndjson(RECORDS)));
  expect(await idsOf(reading)).toEqual(RECORDS.map(({ id }) => id));
  expect(reading.summary).toMatchObject({ records: 3, globalRoot: trailerOf(RECORDS).globalRoot });
});

it.each([
  [{ ...trailerOf(RECORDS), globalRoot: 'a'.repeat(64) }, 1],
  [trailerOf(bundles(4)), 7],
])('says of one that contradicts itself in what, and in how much more', async (trailer, count) => {
  const reading = await SnapshotReading.open(sourceOf(ndjson(RECORDS, { trailer })));
  const fault = await idsOf(reading).catch((thrown: unknown) => thrown);
  expect(fault).toBeInstanceOf(UnsoundSnapshotError);
  const { name, message, findings } = fault as UnsoundSnapshotError;
  expect([name, findings.length]).toEqual(['UnsoundSnapshotError', count]);
  const more = count === 1 ? '' : ` (and ${count - 1} more)`;
  expect(message).toBe(`the snapshot is unsound: ${findings[0]?.message}${more}`);
  expect(reading.summary).toBeUndefined();
});
