/** Edits of which records there are, and where: deleted, doubled, moved, reordered, inserted, appended. */
import { ALL, type Draft, type Edit, GROWN, type Level, UNLINKED } from './edit.ts';
import { copyRecord, hashOf, makeRecord, type StoreRecord, sorted, streamsOf } from './store.ts';
import type { Chance } from './value.ts';

type Found = readonly StoreRecord[] | undefined;

function edit(
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

function aSet({ records }: Draft, chance: Chance): StoreRecord[] {
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
function putBehind(draft: Draft, record: StoreRecord, added: StoreRecord): Found {
  draft.records.splice(draft.records.indexOf(record) + 1, 0, added);
  return [added];
}

function swapPlaces(draft: Draft, a: StoreRecord, b: StoreRecord): void {
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

export const RECORD_EDITS: readonly Edit[] = [...DELETIONS, ...DOUBLES, ...ORDER, ...SWAPS, ...MOVES, ...GROWTH];
