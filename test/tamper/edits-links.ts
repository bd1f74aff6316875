/** Edits of links and hashes. */
import { ALL, type Draft, type Edit, type Level, UNLINKED } from './edit.ts';
import { aChain, at, next } from './edits-records.ts';
import { hashOf, ruleOf, type StoreRecord } from './store.ts';
import { type Chance, fromPlain, type Members } from './value.ts';

export function custody(
  name: string,
  threats: readonly string[],
  kinds: readonly string[],
  apply: Edit['apply'],
  levels: readonly Level[] = UNLINKED,
): Edit {
  return { name, threats, levels, apply, kinds };
}

function flipped(hash: string | null | undefined): string {
  const text = hash ?? '0'.repeat(64);
  return `${text.slice(0, -1)}${text.endsWith('7') ? '8' : '7'}`;
}

/** A record somewhere in a chain, neither its first nor its last. */
export function inside(draft: Draft, chance: Chance): StoreRecord {
  const chain = aChain(draft, chance);
  return at(chain, chance.between(1, chain.length - 2));
}

/** An edit of the `hash` of one record, which nothing makes good. */
function ofHash(
  name: string,
  threats: readonly string[],
  kinds: readonly string[],
  change: (record: StoreRecord) => void,
): Edit {
  return custody(name, threats, kinds, (draft, chance) => {
    change(inside(draft, chance));
    return [];
  });
}

const HASHES: readonly Edit[] = [
  ofHash('a hash changes by a digit', ['B13'], ['record-relinked', 'chain-break|hash-mismatch'], (record) => {
    record.hash = flipped(record.hash);
  }),
  ofHash('a hash is written in upper case', ['B15', 'A17'], ['hash-malformed'], (record) => {
    record.hash = `A${record.hash?.slice(1)}`.toUpperCase();
  }),
  ofHash('a hash is shortened', ['B15', 'A17'], ['hash-malformed'], (record) => {
    record.hash = record.hash?.slice(0, 32) ?? '';
  }),
  ofHash('a hash is emptied', ['B15', 'A17'], ['hash-malformed'], (record) => {
    record.hash = '';
  }),
  ofHash('a hash gets the name of its algorithm', ['B15', 'A18'], ['hash-malformed'], (record) => {
    record.hash = `sha256:${record.hash}`;
  }),
  ofHash('a hash is written in base64', ['B15'], ['hash-malformed'], (record) => {
    record.hash = Buffer.from(record.hash ?? '', 'hex').toString('base64');
  }),
  ofHash('a hash is removed', ['B14'], ['hash-missing'], (record) => {
    delete record.hash;
  }),
  custody('the hash of the last record changes', ['B13'], ['record-relinked'], (draft, chance) => {
    const last = at(aChain(draft, chance), -1);
    last.hash = flipped(last.hash);
    return [];
  }),
  custody(
    'all hashes of a chain are removed',
    ['B14'],
    ['hash-missing|chain-break', 'record-relinked'],
    (draft, chance) => {
      for (const record of aChain(draft, chance)) delete record.hash;
      return [];
    },
  ),
  custody('all hashes everywhere are removed', ['B14'], ['record-relinked'], (draft) => {
    for (const record of draft.records) delete record.hash;
    return [];
  }),
  custody('a chain loses its hashes and its links', ['B14', 'A20'], ['record-relinked'], (draft, chance) => {
    for (const record of aChain(draft, chance)) {
      delete record.hash;
      delete record.prev;
    }
    return [];
  }),
  custody('all hashes of a chain become the same', ['B13', 'B07'], ['record-relinked'], (draft, chance) => {
    const chain = aChain(draft, chance);
    for (const [place, record] of chain.entries()) {
      if (place > 0) record.prev = 'a'.repeat(64);
      record.hash = 'a'.repeat(64);
    }
    return [];
  }),
];

const LINKS: readonly Edit[] = [
  custody('a link changes by a digit', ['A20', 'B08'], ['chain-break', 'record-relinked'], (draft, chance) => {
    const record = inside(draft, chance);
    record.prev = flipped(record.prev);
    return [record];
  }),
  custody('a link becomes null', ['B08'], ['chain-break|chain-fork', 'record-relinked'], (draft, chance) => {
    const record = inside(draft, chance);
    record.prev = null;
    return [record];
  }),
  custody('a link is removed', ['B08', 'B25'], ['chain-break', 'record-relinked'], (draft, chance) => {
    const record = inside(draft, chance);
    delete record.prev;
    return [record];
  }),
  custody(
    'a link is written in upper case',
    ['B15'],
    ['chain-break|hash-malformed', 'record-relinked'],
    (draft, chance) => {
      const record = inside(draft, chance);
      record.prev = `A${record.prev?.slice(1)}`.toUpperCase();
      return [record];
    },
  ),
  custody(
    'a link leads into the chain of another tenant',
    ['B08'],
    ['chain-break', 'record-relinked'],
    (draft, chance) => {
      const record = inside(draft, chance);
      const other = draft.records.filter(({ seq, tenant }) => seq !== undefined && tenant !== record.tenant);
      record.prev = chance.pick(other).hash ?? null;
      return [record];
    },
  ),
  custody('a link leads to the record before the last', ['B06'], ['chain-fork', 'record-relinked'], (draft, chance) => {
    const chain = aChain(draft, chance);
    const place = chance.between(2, chain.length - 2);
    at(chain, place).prev = at(chain, place - 2).hash ?? null;
    return [at(chain, place)];
  }),
  custody('a forked record is appended', ['B06'], ['chain-fork'], (draft, chance) => {
    const chain = aChain(draft, chance);
    const fork = next(draft, at(chain, -1), chance);
    fork.prev = at(chain, chance.below(chain.length - 1)).hash ?? null;
    fork.hash = hashOf(draft.store, fork);
    draft.records.splice(draft.records.indexOf(at(chain, -1)) + 1, 0, fork);
    return [fork];
  }),
  custody('a record that hangs in the air is appended', ['B08'], ['chain-break'], (draft, chance) => {
    const last = at(aChain(draft, chance), -1);
    const orphan = next(draft, last, chance);
    orphan.prev = chance.hex(64);
    draft.records.splice(draft.records.indexOf(last) + 1, 0, orphan);
    return [orphan];
  }),
  custody(
    'the links of three records go round in a ring',
    ['B07'],
    ['chain-break|chain-fork', 'record-relinked'],
    (draft, chance) => {
      const [a, b, c] = aChain(draft, chance).slice(1, 4) as [StoreRecord, StoreRecord, StoreRecord];
      [a.prev, b.prev, c.prev] = [c.hash ?? null, a.hash ?? null, b.hash ?? null];
      return [];
    },
  ),
  custody(
    'the first link leads to the last record',
    ['B07', 'B05'],
    ['chain-genesis-changed', 'record-relinked'],
    (draft, chance) => {
      const chain = aChain(draft, chance);
      at(chain, 0).prev = at(chain, -1).hash ?? null;
      return [];
    },
  ),
  custody(
    'the beginning of a chain changes',
    ['B05'],
    ['chain-genesis-changed', 'record-relinked'],
    (draft, chance) => {
      const first = at(aChain(draft, chance), 0);
      first.prev = flipped(first.prev);
      draft.keepGenesis = true;
      return [first];
    },
    ALL,
  ),
  {
    ...custody(
      'the beginning of a chain changes, and the header with it',
      ['B05', 'A19'],
      ['record-relinked', 'history-not-prefix'],
      (draft, chance) => {
        const first = at(aChain(draft, chance), 0);
        first.prev = chance.hex(64);
        draft.keepGenesis = true;
        const rule = ruleOf(draft.store, first.stream) ?? { recipe: 'none', firstSeq: first.seq };
        const chains = (draft.header.get('chains') ?? new Map()) as Members;
        draft.header.set('chains', chains.set(first.stream, fromPlain({ ...rule, genesis: first.prev })));
        return [first];
      },
      ALL,
    ),
    // Where the baseline has no rule for the stream, the current header may bring one.
    waives: ['chain-genesis-changed'],
  },
];

export const LINK_EDITS: readonly Edit[] = [...HASHES, ...LINKS];
