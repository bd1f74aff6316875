/** Two stores on disk, of which one came of the other, compared by one process and in parts. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { type ComparisonOptions, compare, renderReport } from '../../../src/index.ts';
import { type Edit, forge, forgedText, type Level, writtenText } from '../../tamper/edit.ts';
import { EDITS } from '../../tamper/edits.ts';
import { snapshotOf } from '../../tamper/snapshot-text.ts';
import { makeStore, type Store, type StoreRecord } from '../../tamper/store.ts';
import type { Chance } from '../../tamper/value.ts';

/** What becomes of a whole tenant, stream or store: what no single part shows. */
const OF_THE_WHOLE: readonly Edit[] = [
  ['a tenant is gone', ({ tenant }: StoreRecord, one: StoreRecord) => tenant !== one.tenant],
  [
    'a stream is gone',
    ({ tenant, stream }: StoreRecord, one: StoreRecord) => tenant !== one.tenant || stream !== one.stream,
  ],
  ['a type is gone', ({ type }: StoreRecord, one: StoreRecord) => type !== one.type],
  ['all of it is gone', () => false],
].map(([name, keeps]) => ({
  name: name as string,
  levels: [2],
  apply: (draft, chance) => {
    const one = chance.pick(draft.records);
    draft.records = draft.records.filter((record) =>
      (keeps as (a: StoreRecord, b: StoreRecord) => boolean)(record, one),
    );
    return [];
  },
  kinds: [],
  threats: [],
}));

/** Paths of both sides, and what was done to the current one. */
export interface Pair {
  readonly baseline: string;
  readonly current: string;
  readonly edit: string;
}

/** Nothing, growth, or something that was done to it. */
function currentText(store: Store, chance: Chance): readonly [string, string | Uint8Array] {
  const untouched = writtenText(snapshotOf(store, store.records, 'full'), 'ndjson');
  if (chance.below(12) === 0) return ['nothing', untouched];
  const edit = chance.pick([...EDITS, ...OF_THE_WHOLE, ...OF_THE_WHOLE, ...OF_THE_WHOLE]);
  const level = chance.pick(edit.levels) as Level;
  const forgery = forge(edit, level, store, 'full', chance);
  return forgery === undefined ? ['nothing', untouched] : [`${edit.name} (${level})`, forgedText(forgery, 'ndjson')];
}

export function pairOf(folder: string, seed: number, chance: Chance): Pair {
  const into = mkdtempSync(join(folder, 'pair-'));
  const [baseline, current] = [join(into, 'baseline.ndjson'), join(into, 'current.ndjson')];
  const store = makeStore(seed);
  const before = writtenText(snapshotOf(store, store.records, 'full'), 'ndjson');
  const [edit, after] = currentText(store, chance);
  // Read backwards, what came is what is gone.
  const [was, is] = chance.below(3) === 0 ? [after, before] : [before, after];
  writeFileSync(baseline, was);
  writeFileSync(current, is);
  return { baseline, current, edit };
}

/** The reports of all parts, as they are written. */
export async function partsOf(
  { baseline, current }: Pair,
  count: number,
  options: ComparisonOptions = {},
): Promise<readonly { readonly path: string; readonly report: ContinuityReport }[]> {
  const parts: { path: string; report: ContinuityReport }[] = [];
  for (let index = 0; index < count; index++) {
    const report = await compare(baseline, current, { ...options, shard: { index, count } });
    const path = `${current}.report-${index}.json`;
    writeFileSync(path, (await renderReport(report, 'json')) as string);
    parts.push({ path, report });
  }
  return parts;
}
