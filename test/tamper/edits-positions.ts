/** Edits of positions, and of digests beside bodies or in their place. */
import { ALL, type Edit, UNNUMBERED } from './edit.ts';
import { custody, inside } from './edits-links.ts';
import { aChain, anyStream, at } from './edits-records.ts';
import { hashOf, type StoreRecord, streamsOf } from './store.ts';
import { RawNumber } from './value.ts';

function renumbered(records: readonly StoreRecord[], from: (was: number, place: number) => number): void {
  for (const [place, record] of records.entries()) record.seq = from(record.seq ?? 0, place);
}

const POSITIONS: readonly Edit[] = [
  custody(
    'positions have a gap',
    ['B23'],
    ['seq-gap', 'record-relinked'],
    (draft, chance) => {
      const chain = aChain(draft, chance);
      renumbered(chain.slice(chance.between(1, chain.length - 1)), (was) => was + 1);
      return [];
    },
    UNNUMBERED,
  ),
  custody(
    'a position comes twice',
    ['B23'],
    ['seq-gap', 'record-relinked'],
    (draft, chance) => {
      const chain = aChain(draft, chance);
      renumbered(chain.slice(chance.between(1, chain.length - 1)), (was) => was - 1);
      return [];
    },
    UNNUMBERED,
  ),
  custody(
    'positions begin anew within a chain',
    ['B23'],
    ['seq-gap|record-reordered', 'record-relinked'],
    (draft, chance) => {
      const chain = aChain(draft, chance);
      renumbered(chain.slice(chance.between(2, chain.length - 1)), (_, place) => place);
      return [];
    },
    UNNUMBERED,
  ),
  custody(
    'all positions of a chain are moved on by one',
    ['B23'],
    ['record-relinked', 'history-not-prefix'],
    (draft, chance) => {
      renumbered(aChain(draft, chance), (was) => was + 1);
      return [];
    },
    UNNUMBERED,
  ),
  custody(
    'a chain becomes a set',
    ['B23', 'B14'],
    ['stream-root-mismatch'],
    (draft, chance) => {
      for (const record of aChain(draft, chance)) delete record.seq;
      return [];
    },
    [0, 1, 3],
  ),
  custody('a record of a chain loses its position', ['B23'], ['schema-violation'], (draft, chance) => {
    delete inside(draft, chance).seq;
    return [];
  }),
  custody('a record of a set gets a position', ['B23'], ['schema-violation'], (draft, chance) => {
    const set = chance.pick(streamsOf(draft.records).filter(([first]) => first?.seq === undefined));
    at(set, 1).seq = 1;
    return [];
  }),
  {
    ...custody(
      'a position is a text',
      ['D21'],
      ['schema-violation'],
      (draft, chance) => {
        const record = inside(draft, chance);
        record.extra = [['seq', String(record.seq)]];
        delete record.seq;
        return [];
      },
      [0],
    ),
  },
  custody(
    'a position is a fraction',
    ['D21'],
    ['schema-violation'],
    (draft, chance) => {
      const record = inside(draft, chance);
      record.extra = [['seq', new RawNumber(`${record.seq}.5`)]];
      delete record.seq;
      return [];
    },
    [0],
  ),
];

const DIGESTS: readonly Edit[] = [
  {
    ...custody(
      'a body is left out, its digest stays',
      ['B14'],
      ['schema-violation'],
      (draft, chance) => {
        const record = chance.pick(draft.records);
        record.bodyDigest = `sha256:${hashOf({ rules: new Map() }, { ...record, seq: undefined } as unknown as StoreRecord)}`;
        delete record.body;
        return [];
      },
      [0],
    ),
    depth: 'full',
  },
  {
    ...custody('a digest beside its body is wrong', ['B13'], ['body-digest-mismatch'], (draft, chance) => {
      chance.pick(draft.records).bodyDigest = `sha256:${chance.hex(64)}`;
      return [];
    }),
    depth: 'full',
  },
  {
    ...custody(
      'a body changes beside its old digest',
      ['B13'],
      ['body-digest-mismatch', 'record-modified'],
      (draft, chance) => {
        const record = chance.pick(draft.records);
        record.bodyDigest = `sha256:${hashOf({ rules: new Map() }, { ...record, seq: undefined } as unknown as StoreRecord)}`;
        record.body?.set('count', -1);
        return [record];
      },
      ALL,
    ),
    depth: 'full',
  },
  {
    ...custody('a digest in the place of a body is wrong', ['B13'], ['record-modified'], (draft, chance) => {
      const record = at(anyStream(draft, chance), 0);
      delete record.body;
      record.bodyDigest = `sha256:${chance.hex(64)}`;
      return [];
    }),
    depth: 'digest',
  },
  {
    ...custody(
      'a digest in the place of a body is malformed',
      ['B15', 'A17'],
      ['hash-malformed|schema-violation'],
      (draft, chance) => {
        const record = chance.pick(draft.records);
        delete record.body;
        record.bodyDigest = `sha256:${chance.hex(63)}`;
        return [];
      },
    ),
    depth: 'digest',
  },
  {
    ...custody(
      'a record has neither body nor digest',
      ['B14'],
      ['schema-violation'],
      (draft, chance) => {
        delete chance.pick(draft.records).body;
        return [];
      },
      [0],
    ),
    depth: 'digest',
  },
  {
    ...custody(
      'a body becomes null',
      ['B25'],
      ['record-modified'],
      (draft, chance) => {
        const record = chance.pick(draft.records);
        delete record.body;
        record.extra = [['body', null]];
        return [];
      },
      [0],
    ),
    depth: 'full',
  },
];

export const POSITION_EDITS: readonly Edit[] = [...POSITIONS, ...DIGESTS];
