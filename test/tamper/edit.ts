/** What an edit is, and the four levels of care with which a forger makes it. */
import { type Container, type Depth, headerOf, type Snapshot, snapshotText, trailerOf } from './snapshot-text.ts';
import { copyRecord, genesisOf, hashOf, ruleOf, type Store, type StoreRecord, sorted, streamsOf } from './store.ts';
import { AS_IT_CAME, CANONICAL, type Chance, type Members, type Value } from './value.ts';

/**
 * 0: the bare edit; hashes, links and trailer stay those of the original.
 * 1: the edited records' own hashes are recomputed, and the trailer; links stay.
 * 2: every chain is linked and hashed anew, and the trailer is; positions stay.
 * 3: everything is rebuilt: order, gapless positions, links, hashes, trailer. Perfect in itself.
 */
export type Level = 0 | 1 | 2 | 3;

export const ALL: readonly Level[] = [0, 1, 2, 3];
/** For edits of links and hashes, which a chain linked anew would undo. */
export const UNLINKED: readonly Level[] = [0, 1];
/** For edits of positions, which only a rebuilt chain would undo. */
export const UNNUMBERED: readonly Level[] = [0, 1, 2];
/** For edits of header, trailer or text, which have no records to make good. */
export const BARE: readonly Level[] = [0];
/** For additions, which are honest once hashes, links and trailer are made good; level 0 is a trailer out of date. */
export const GROWN: readonly Level[] = [2, 3];

/** A copy of the store that is being forged. */
export interface Draft {
  readonly store: Store;
  records: StoreRecord[];
  readonly header: Members;
  /** The first link of each chain stays as the edit made it. */
  keepGenesis: boolean;
  spoilTrailer: (trailer: Members) => Value | undefined;
  spoilText: (text: string, container: Container) => string | Uint8Array;
}

export interface Edit {
  readonly name: string;
  /** Ids of the threats that it stands for. */
  readonly threats: readonly string[];
  readonly levels: readonly Level[];
  /**
   * Makes the edit at a place that `chance` picks.
   *
   * @returns the records whose own hash level 1 recomputes; undefined if this store has no place for the edit
   */
  readonly apply: (draft: Draft, chance: Chance) => readonly StoreRecord[] | undefined;
  /** Kinds that the report must name, all of them; `a|b` is one or the other. What `facts.ts` demands comes on top. */
  readonly kinds: readonly string[];
  /** Kinds that `facts.ts` would demand by the baseline's rules, and the edit talks its way out of. */
  readonly waives?: readonly string[];
  /** Levels at which append mode rightly takes it for growth. */
  readonly honest?: readonly Level[];
  /** Where the edit is about bodies in the snapshot, or about their absence; else the seed chooses. */
  readonly depth?: Depth;
}

/** A forged snapshot, before it becomes text. */
export interface Forgery {
  readonly draft: Draft;
  readonly snapshot: Snapshot;
}

function relink(draft: Draft, renumber: boolean): void {
  for (const stream of streamsOf(draft.records)) {
    const [first] = stream;
    if (first?.seq === undefined) continue;
    const rule = ruleOf(draft.store, first.stream);
    const firstSeq = rule?.firstSeq ?? firstSeqOf(draft.store, first) ?? first.seq;
    for (const [at, record] of stream.entries()) {
      if (renumber) record.seq = firstSeq + at;
      if (at > 0) record.prev = stream[at - 1]?.hash ?? null;
      else if (!draft.keepGenesis) record.prev = genesisOf(draft.store, first.stream);
      record.hash = hashOf(draft.store, record);
    }
  }
}

function firstSeqOf(store: Store, { tenant, stream }: StoreRecord): number | undefined {
  return store.records.find((record) => record.tenant === tenant && record.stream === stream)?.seq;
}

function rehash(draft: Draft, records: readonly StoreRecord[]): void {
  for (const record of records) if (record.hash !== undefined) record.hash = hashOf(draft.store, record);
}

/** The forgery of `edit` at `level`, or undefined if the store has no place for it. */
export function forge(edit: Edit, level: Level, store: Store, depth: Depth, chance: Chance): Forgery | undefined {
  const draft: Draft = {
    store,
    records: store.records.map(copyRecord),
    header: headerOf(store, depth),
    keepGenesis: false,
    spoilTrailer: (trailer) => trailer,
    spoilText: (text) => text,
  };
  const edited = edit.apply(draft, chance);
  if (edited === undefined) return undefined;
  if (level >= 1) rehash(draft, edited);
  if (level === 3) draft.records = sorted(draft.records);
  if (level >= 2) relink(draft, level === 3);
  const stated = draft.spoilTrailer(trailerOf(level === 0 ? store.records : draft.records));
  return { draft, snapshot: { header: draft.header, records: draft.records, trailer: stated } };
}

export function forgedText({ draft, snapshot }: Forgery, container: Container): string | Uint8Array {
  return draft.spoilText(writtenText(snapshot, container), container);
}

/** NDJSON in canonical form, as the program writes it, and JSON as others do: the reader has a short way and a long one. */
export function writtenText(snapshot: Snapshot, container: Container): string {
  return snapshotText(snapshot, container, container === 'ndjson' ? CANONICAL : AS_IT_CAME);
}
