/** Edits of which records there are: deleted, doubled, replaced. */
import { ALL, type Draft, type Edit, type Level } from './edit.ts';
import { copyRecord, hashOf, makeRecord, type StoreRecord, streamsOf } from './store.ts';
import type { Chance } from './value.ts';

export type Found = readonly StoreRecord[] | undefined;

export function edit(
  name: string,
  threats: readonly string[],
  kinds: readonly string[],
  apply: Edit['apply'],
  levels: readonly Level[] = ALL,
): Edit {
  return { name, threats, levels, apply, kinds };
}

export function anyStream({ records }: Draft, chance: Chance): StoreRecord[] {
  return chance.pick(streamsOf(records));
}

export function aChain({ records }: Draft, chance: Chance): StoreRecord[] {
  return chance.pick(streamsOf(records).filter(([first]) => first?.seq !== undefined));
}

export function aSet({ records }: Draft, chance: Chance): StoreRecord[] {
  return chance.pick(streamsOf(records).filter(([first]) => first?.seq === undefined));
}

export function at(records: readonly StoreRecord[], index: number): StoreRecord {
  const record = records.at(index);
  if (record === undefined) throw new Error('no such record');
  return record;
}

function remove(draft: Draft, gone: readonly StoreRecord[]): Found {
  draft.records = draft.records.filter((record) => !gone.includes(record));
  return [];
}

/** Puts `added` behind `record`. */
export function putBehind(draft: Draft, record: StoreRecord, added: StoreRecord): Found {
  draft.records.splice(draft.records.indexOf(record) + 1, 0, added);
  return [added];
}

export function swapPlaces(draft: Draft, a: StoreRecord, b: StoreRecord): void {
  const from = draft.records.indexOf(a);
  const to = draft.records.indexOf(b);
  draft.records[from] = b;
  draft.records[to] = a;
}

/** A further record of the stream of `last`, linked to it as its source would do. */
export function next(draft: Pick<Draft, 'store'>, last: StoreRecord, chance: Chance): StoreRecord {
  const record = makeRecord(chance, last.tenant, last.stream, `~${chance.hex(12)}`);
  if (last.seq !== undefined) {
    record.seq = last.seq + 1;
    record.prev = last.hash ?? null;
  }
  if (last.hash !== undefined) record.hash = hashOf(draft.store, record);
  return record;
}

function renamed(name: string, change: (id: string) => string): Edit {
  return edit(name, ['B12', 'B09'], ['record-missing', 'record-added|record-inserted-in-history'], (draft, chance) => {
    const record = chance.pick(draft.records);
    record.id = change(record.id);
    return [record];
  });
}

const DELETIONS: readonly Edit[] = [
  edit('the first record is deleted', ['B03', 'B09'], ['record-missing'], (draft, chance) =>
    remove(draft, [at(anyStream(draft, chance), 0)]),
  ),
  edit('a middle record is deleted', ['B03'], ['record-missing'], (draft, chance) => {
    const stream = anyStream(draft, chance);
    return remove(draft, [at(stream, chance.between(1, stream.length - 2))]);
  }),
  edit('the last record is deleted', ['B02'], ['record-missing'], (draft, chance) =>
    remove(draft, [at(anyStream(draft, chance), -1)]),
  ),
  edit('several records are deleted', ['B03'], ['record-missing'], (draft, chance) =>
    remove(draft, chance.some(draft.records, 5)),
  ),
  edit('every second record of a stream is deleted', ['B03'], ['record-missing'], (draft, chance) =>
    remove(
      draft,
      anyStream(draft, chance).filter((_, place) => place % 2 === 0),
    ),
  ),
  edit('a chain loses its tail', ['B02', 'D13'], ['chain-truncated', 'record-missing'], (draft, chance) =>
    remove(draft, aChain(draft, chance).slice(-chance.between(2, 3))),
  ),
  edit(
    'every chain goes back to an older state',
    ['B01'],
    ['chain-truncated', 'record-missing', 'history-not-prefix', 'count-decreased'],
    (draft) =>
      remove(
        draft,
        streamsOf(draft.records).flatMap((stream) => stream.slice(-1)),
      ),
  ),
  edit('a whole stream is deleted', ['B17'], ['stream-missing', 'record-missing'], (draft, chance) =>
    remove(draft, anyStream(draft, chance)),
  ),
  edit('a whole tenant is deleted', ['B17'], ['tenant-missing', 'record-missing'], (draft, chance) => {
    const { tenant } = chance.pick(draft.records);
    return remove(
      draft,
      draft.records.filter((record) => record.tenant === tenant),
    );
  }),
  edit('everything is deleted', ['A06', 'D16'], ['empty-current'], (draft) => remove(draft, draft.records)),
];

const DOUBLES: readonly Edit[] = [
  edit('the last record comes twice', ['A02', 'B11'], ['duplicate-id'], (draft, chance) => {
    const last = at(anyStream(draft, chance), -1);
    return putBehind(draft, last, copyRecord(last));
  }),
  edit('a record comes twice, side by side', ['B11'], ['duplicate-id'], (draft, chance) => {
    const record = chance.pick(draft.records);
    return putBehind(draft, record, copyRecord(record));
  }),
  edit('an early record comes again at the end', ['B11', 'A02'], ['duplicate-id'], (draft, chance) => {
    const stream = anyStream(draft, chance);
    return putBehind(draft, at(stream, -1), copyRecord(at(stream, 0)));
  }),
  edit('an early record of a set comes again at its end', ['B11'], ['duplicate-id'], (draft, chance) => {
    const set = aSet(draft, chance);
    return putBehind(draft, at(set, -1), copyRecord(at(set, 0)));
  }),
  edit('an id comes twice, with another body', ['B11'], ['duplicate-id'], (draft, chance) => {
    const record = chance.pick(draft.records);
    const twin = copyRecord(record);
    twin.body?.set('count', -1);
    return putBehind(draft, record, twin);
  }),
  edit('the tail of a chain comes twice', ['A02', 'B11'], ['duplicate-id'], (draft, chance) => {
    const tail = aChain(draft, chance).slice(-2);
    draft.records.splice(draft.records.indexOf(at(tail, -1)) + 1, 0, ...tail.map(copyRecord));
    return [];
  }),
  edit(
    'a copy of its neighbour masks a deleted record',
    ['B10'],
    ['duplicate-id', 'record-missing'],
    (draft, chance) => {
      const stream = anyStream(draft, chance);
      const gone = at(stream, 1);
      const mask = copyRecord(at(stream, 0));
      if (gone.seq !== undefined) mask.seq = gone.seq;
      draft.records.splice(draft.records.indexOf(gone), 1, mask);
      return [mask];
    },
  ),
  edit(
    'a new record takes the place of another',
    ['B09'],
    ['record-missing', 'record-added|record-inserted-in-history'],
    (draft, chance) => {
      const stream = anyStream(draft, chance);
      const gone = chance.pick(stream);
      const added = { ...gone, ...makeRecord(chance, gone.tenant, gone.stream, `${gone.id}0`) };
      draft.records.splice(draft.records.indexOf(gone), 1, added);
      return [added];
    },
  ),
  renamed('an id changes its case', (id) => id.replace('k', 'K')),
  renamed('an id gets a space at its end', (id) => `${id} `),
  renamed('an id changes by a homoglyph', (id) => id.replace('k', '\u043a')),
  renamed('an id changes to the Kelvin sign, which normalises to the same letter', (id) => id.replace('k', '\u212a')),
  edit(
    'a character moves from the id to the type',
    ['A14'],
    ['record-missing', 'record-added|record-inserted-in-history'],
    (draft, chance) => {
      const record = chance.pick(draft.records);
      record.type = `${record.id.slice(-1)}${record.type}`;
      record.id = record.id.slice(0, -1);
      return [record];
    },
  ),
];

export const RECORD_EDITS: readonly Edit[] = [...DELETIONS, ...DOUBLES];
