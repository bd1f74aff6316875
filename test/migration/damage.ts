/** What may have happened to a side of a migration, and how many of its records were made as bytes all the same. */
import { onTestFinished } from 'vitest';
import { Transform } from '../../src/core/migration/transform.ts';
import { type PlainRecord, referenceCanonical, ZEROS } from '../store.ts';
import { inOrder, pick, type Random, rechained } from './random-migration.ts';

/** How many records were noted that were made as bytes, from now on. */
export function recordsMade(): { records: number } {
  const sum = { records: 0 };
  const { noteMany } = Transform.prototype;
  Transform.prototype.noteMany = function (this: Transform, at, records, losses): void {
    sum.records += records;
    noteMany.call(this, at, records, losses);
  };
  onTestFinished(() => {
    Transform.prototype.noteMany = noteMany;
  });
  return sum;
}

function odd(record: PlainRecord, random: Random): PlainRecord {
  const body = record.body as Record<string, unknown>;
  return pick<() => PlainRecord>(random, [
    () => ({ ...record, body: { ...body, operation: 'unheard of' } }),
    () => ({ ...record, body: { ...body, score: null } }),
    () => ({ ...record, body: { ...body, extra: '"\\é😀' } }),
    () => ({ ...record, body: [body] }),
    () => ({ ...record, body: {} }),
    () => ({ ...record, body: { ...body, risk: 3, number: 1, resource: 'there' } }),
    () => ({ ...record, type: pick(random, ['a', 'b', 'new']) }),
    () => ({ ...record, hash: 'a'.repeat(64) }),
    () => ({ ...record, prev: 'b'.repeat(64) }),
    () => ({ ...record, bodyDigest: `sha256:${ZEROS}` }),
    () => ({ ...record, id: `${record.id}\u0001é` }),
  ])();
}

/** What may have happened to a side. */
export function damaged(records: readonly PlainRecord[], random: Random): readonly PlainRecord[] {
  const at = Math.floor(random() * records.length);
  const one = records[at] as PlainRecord;
  const id = records[Math.floor(random() * records.length)]?.id ?? '';
  return pick<() => readonly PlainRecord[]>(random, [
    () => records.filter((_, index) => index !== at),
    () => records.with(at, odd(one, random)),
    () => records.map((record) => (random() < 0.1 ? odd(record, random) : record)),
    () => records.with(at, { ...one, id }),
    () => records.toSpliced(at, 0, one),
    () => records.toSpliced(at + 1, 0, { ...one, id: `${one.id}+` }),
    () => records.toSpliced(at, 2, ...records.slice(at, at + 2).reverse()),
    () => inOrder([...records, { ...one, tenant: 'globex', stream: 'zzz', id: 'elsewhere' }]),
  ])();
}

/** As the engine takes them, but for some. */
export function spelled(records: readonly PlainRecord[]): readonly PlainRecord[] {
  return records.map((record) => JSON.parse(referenceCanonical(record)) as PlainRecord);
}

/** Chains whose links are made anew over what was done to them: the rest of the damage alone is left to be found. */
export function relinkedChains(records: readonly PlainRecord[]): readonly PlainRecord[] {
  return ['acme', 'globex'].reduce<readonly PlainRecord[]>((all, tenant) => {
    const isIn = ({ stream, tenant: of }: PlainRecord): boolean => of === tenant && stream === 'ledger/1';
    const first = all.findIndex(isIn);
    const own = all.filter(isIn);
    return first < 0 ? all : all.filter((record) => !isIn(record)).toSpliced(first, 0, ...rechained(own));
  }, records);
}
