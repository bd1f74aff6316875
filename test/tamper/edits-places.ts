/** Edits of where records stand: reordered, swapped, moved, inserted, appended. */
import { type Draft, type Edit, GROWN, type Level, UNLINKED } from './edit.ts';
import { aChain, anyStream, aSet, at, edit, type Found, next, putBehind, swapPlaces } from './edits-records.ts';
import { copyRecord, makeRecord, type StoreRecord, sorted, streamsOf } from './store.ts';
import type { Chance } from './value.ts';

const ORDER: readonly Edit[] = [
  edit(
    'two records of a chain change places',
    ['A10'],
    ['record-reordered'],
    (draft, chance) => {
      const chain = aChain(draft, chance);
      const place = chance.below(chain.length - 1);
      swapPlaces(draft, at(chain, place), at(chain, place + 1));
      return [at(chain, place), at(chain, place + 1)];
    },
    [0, 1, 3],
  ),
  edit('two records of a chain change places and positions', ['A10'], ['record-reordered'], (draft, chance) => {
    const chain = aChain(draft, chance);
    const [a, b] = [at(chain, 1), at(chain, 2)];
    swapPlaces(draft, a, b);
    [a.seq, b.seq] = [b.seq as number, a.seq as number];
    return [a, b];
  }),
  edit(
    'the first record of a chain moves to its end',
    ['A10'],
    ['record-reordered'],
    (draft, chance) => {
      const chain = aChain(draft, chance);
      draft.records.splice(draft.records.indexOf(at(chain, -1)) + 1, 0, at(chain, 0));
      draft.records.splice(draft.records.indexOf(at(chain, 0)), 1);
      return [at(chain, 0)];
    },
    [0, 1, 3],
  ),
  edit(
    'a chain is turned round',
    ['A10'],
    ['record-reordered'],
    (draft, chance) => {
      const chain = aChain(draft, chance);
      draft.records.splice(draft.records.indexOf(at(chain, 0)), chain.length, ...[...chain].reverse());
      return [];
    },
    [0, 1, 3],
  ),
  edit(
    'two records of a set change places',
    ['A10'],
    ['record-reordered'],
    (draft, chance) => {
      const set = aSet(draft, chance);
      swapPlaces(draft, at(set, 0), at(set, -1));
      return [];
    },
    UNLINKED,
  ),
  edit(
    'two streams change places',
    ['A10'],
    ['record-reordered'],
    (draft, chance) => {
      const streams = streamsOf(draft.records);
      const place = chance.below(streams.length - 1);
      const [a = [], b = []] = streams.slice(place, place + 2);
      draft.records.splice(draft.records.indexOf(at(a, 0)), a.length + b.length, ...b, ...a);
      return [];
    },
    UNLINKED,
  ),
  edit(
    'a stream comes in two parts',
    ['A10'],
    ['record-reordered'],
    (draft, chance) => {
      const stream = streamsOf(draft.records)[chance.below(streamsOf(draft.records).length - 1)] ?? [];
      draft.records = [...draft.records.filter((record) => record !== stream.at(-1)), at(stream, -1)];
      return [];
    },
    UNLINKED,
  ),
];

const SWAPS: readonly Edit[] = [
  edit('two records of a stream swap bodies', ['A13', 'B16'], ['record-modified'], (draft, chance) => {
    const [a, b] = chance.some(anyStream(draft, chance), 2) as [StoreRecord, StoreRecord];
    [a.body, b.body] = [b.body as NonNullable<typeof a.body>, a.body as NonNullable<typeof a.body>];
    return [a, b];
  }),
  edit('two records of a stream swap ids', ['A13'], ['record-modified'], (draft, chance) => {
    const [a, b] = chance.some(anyStream(draft, chance), 2) as [StoreRecord, StoreRecord];
    [a.id, b.id] = [b.id, a.id];
    return [a, b];
  }),
  edit('two tenants swap bodies', ['B16', 'A13'], ['record-modified'], (draft, chance) => {
    const a = chance.pick(draft.records);
    const b = chance.pick(draft.records.filter(({ tenant }) => tenant !== a.tenant));
    [a.body, b.body] = [b.body as NonNullable<typeof a.body>, a.body as NonNullable<typeof a.body>];
    return [a, b];
  }),
  edit('two tenants swap names', ['B16', 'A15'], ['record-moved|record-modified'], (draft, chance) => {
    const [a = '', b = ''] = chance.some([...new Set(draft.records.map(({ tenant }) => tenant))], 2);
    for (const record of draft.records) {
      if (record.tenant === a) record.tenant = b;
      else if (record.tenant === b) record.tenant = a;
    }
    draft.records = sorted(draft.records);
    return [];
  }),
  edit(
    'a tenant gets another name',
    ['B16', 'B17'],
    ['tenant-missing', 'tenant-added', 'record-moved'],
    (draft, chance) => {
      const { tenant } = chance.pick(draft.records);
      for (const record of draft.records) if (record.tenant === tenant) record.tenant = `${tenant}.`;
      draft.records = sorted(draft.records);
      return [];
    },
  ),
  edit('a stream gets another name', ['A13'], ['stream-missing', 'record-moved'], (draft, chance) => {
    const stream = anyStream(draft, chance);
    for (const record of stream) record.stream = `${record.stream}.`;
    draft.records = sorted(draft.records);
    return [];
  }),
];

/** Takes one record out of a stream and puts it at the end of another. */
function move(draft: Draft, chance: Chance, fits: (from: StoreRecord, to: StoreRecord) => boolean): Found {
  const record = chance.pick(draft.records);
  const isFree = (stream: readonly StoreRecord[]): boolean => stream.every(({ id }) => id !== record.id);
  const targets = streamsOf(draft.records).filter((stream) => fits(record, at(stream, 0)) && isFree(stream));
  if (targets.length === 0) return undefined;
  const last = at(chance.pick(targets), -1);
  draft.records = draft.records.filter((other) => other !== record);
  record.tenant = last.tenant;
  record.stream = last.stream;
  if (last.seq !== undefined) record.seq = last.seq + 1;
  draft.records.splice(draft.records.indexOf(last) + 1, 0, record);
  if (last.seq === undefined) draft.records = sorted(draft.records);
  return [record];
}

const MOVES: readonly Edit[] = [
  edit('a record moves to another tenant', ['B16'], ['record-moved'], (draft, chance) =>
    move(draft, chance, (from, to) => (from.seq === undefined) === (to.seq === undefined) && from.tenant !== to.tenant),
  ),
  edit('a record moves to another stream of its tenant', ['B16', 'A13'], ['record-moved'], (draft, chance) =>
    move(
      draft,
      chance,
      (from, to) =>
        (from.seq === undefined) === (to.seq === undefined) && from.tenant === to.tenant && from.stream !== to.stream,
    ),
  ),
  edit('a record of a set moves into a chain', ['B16'], ['record-moved'], (draft, chance) =>
    move(draft, chance, (from, to) => from.seq === undefined && to.seq !== undefined),
  ),
  edit('a record is inserted into history', ['B19'], ['record-inserted-in-history'], (draft, chance) => {
    const chain = aChain(draft, chance);
    const before = at(chain, chance.below(chain.length - 1));
    return putBehind(draft, before, next(draft, before, chance));
  }),
  edit('a record is inserted before all history', ['B19'], ['record-inserted-in-history'], (draft, chance) => {
    const first = at(aChain(draft, chance), 0);
    const added = { ...copyRecord(first), ...makeRecord(chance, first.tenant, first.stream, chance.hex(9)) };
    draft.records.splice(draft.records.indexOf(first), 0, added);
    return [added];
  }),
];

function grown(
  name: string,
  threats: readonly string[],
  kinds: readonly string[],
  apply: Edit['apply'],
  honest: readonly Level[] = [1, ...GROWN],
): Edit {
  return { ...edit(name, threats, kinds, apply), honest };
}

const GROWTH: readonly Edit[] = [
  grown('a chain grows by a well-linked record', ['B20', 'B21'], ['record-added'], (draft, chance) => {
    const last = at(aChain(draft, chance), -1);
    return putBehind(draft, last, next(draft, last, chance));
  }),
  grown('a set grows anywhere', ['B20', 'B21'], ['record-added'], (draft, chance) => {
    const first = at(aSet(draft, chance), 0);
    const added = next(draft, first, chance);
    added.id = `${chance.pick(['!', 'C', '~'])}${added.id}`;
    draft.records = sorted([...draft.records, added]);
    return [added];
  }),
  grown('a ghost tenant is added, a copy of another', ['B18'], ['tenant-added', 'record-added'], (draft, chance) => {
    const { tenant } = chance.pick(draft.records);
    const ghosts = draft.records.filter((record) => record.tenant === tenant).map(copyRecord);
    for (const ghost of ghosts) ghost.tenant = `${tenant}~`;
    draft.records = sorted([...draft.records, ...ghosts]);
    return [];
  }),
  grown(
    'a ghost stream is added, a copy of another',
    ['B18'],
    ['record-added'],
    (draft, chance) => {
      const ghosts = aSet(draft, chance).map(copyRecord);
      for (const ghost of ghosts) ghost.stream = `${ghost.stream}~`;
      draft.records = sorted([...draft.records, ...ghosts]);
      return [];
    },
    [1, ...GROWN],
  ),
];

export const PLACE_EDITS: readonly Edit[] = [...ORDER, ...SWAPS, ...MOVES, ...GROWTH];
