/**
 * Records that have not found their counterpart yet: first within their stream (it may stand at another position),
 * then in any other stream or tenant (it may have been moved). Both tables are bounded; what does not fit is called
 * missing or added at once, which can cost the better name, never the verdict.
 */
import { type Platform, utf8 } from '../platform.ts';
import { contentOf, type EvidenceRecord } from '../snapshot/record.ts';
import { shortText } from '../words.ts';

/** How many records a table holds. */
export const PENDING_LIMIT = 16_384;

/** And how much text of theirs, in UTF-16 code units: 500 for each, far more than the ids and times of honest ones. */
export const PENDING_UNITS: number = 512 * PENDING_LIMIT;

/** Content texts longer than this are kept as their digest. */
const LONGEST_CONTENT = 512;

/** What is kept of a record that waits. */
export interface Waiting {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq: number | undefined;
  readonly type: string;
  readonly recordedAt: string | undefined;
  readonly leaf: string;
  readonly hash: string | undefined;
  readonly content: string;
  /** Whether its body is gone, or is not the one that its digest says. */
  readonly bodyFaulty: boolean;
  /** Index in its stream, from 0. */
  readonly position: number;
  readonly foundAt?: string | undefined;
}

/** What a person knows a record by, beside its id: what it is, and when it was recorded. */
export function describe({ type, recordedAt }: Waiting): string {
  return recordedAt === undefined ? `${type}, of no stated time` : `${type}, recorded ${recordedAt}`;
}

/** Equal if and only if the content is (see `contentOf`): a digest never begins with a bracket. */
function contentKeyOf(platform: Platform, record: EvidenceRecord): string {
  const content = contentOf(record);
  return content.length <= LONGEST_CONTENT ? content : platform.sha256(utf8(content));
}

export function waitingOf(platform: Platform, record: EvidenceRecord, position: number, bodyFaulty: boolean): Waiting {
  const { tenant, stream, id, seq, type, recordedAt, leaf, hash, foundAt } = record;
  return {
    tenant,
    stream,
    id,
    seq,
    type,
    recordedAt,
    leaf,
    hash,
    position,
    bodyFaulty,
    content: contentKeyOf(platform, record),
    ...(foundAt === undefined ? {} : { foundAt }),
  };
}

/** How much text a record keeps while it waits under `key`, in UTF-16 code units. */
function unitsOf(key: string, waiting: Waiting): number {
  const { id, type, recordedAt = '', leaf, hash = '', content, foundAt = '' } = waiting;
  return (
    foundAt.length +
    key.length +
    id.length +
    type.length +
    recordedAt.length +
    leaf.length +
    hash.length +
    content.length
  );
}

/** Waiting records of one side, by a key that may come more than once (an id given twice is a finding, not a crash). */
export class WaitingTable {
  /** Made when it is needed: most streams have nothing that waits, and there may be many. */
  #byKey: Map<string, Waiting[]> | undefined;
  #size = 0;
  #units = 0;
  #overflowed = false;

  get size(): number {
    return this.#size;
  }

  /** Whether something was ever turned away. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** @returns false if the table is full */
  put(key: string, waiting: Waiting): boolean {
    const units = unitsOf(key, waiting);
    if (this.#size >= PENDING_LIMIT || this.#units + units > PENDING_UNITS) {
      this.#overflowed = true;
      return false;
    }
    this.#byKey ??= new Map();
    const same = this.#byKey.get(key);
    if (same === undefined) this.#byKey.set(key, [waiting]);
    else same.push(waiting);
    this.#size++;
    this.#units += units;
    return true;
  }

  /** Takes out the first that waits under `key`. */
  take(key: string): Waiting | undefined {
    const same = this.#byKey?.get(key);
    const first = same?.shift();
    if (first === undefined) return undefined;
    if (same?.length === 0) this.#byKey?.delete(key);
    this.#size--;
    this.#units -= unitsOf(key, first);
    return first;
  }

  /** Takes out all, in the order in which their keys came. */
  drain(): readonly Waiting[] {
    const all = [...(this.#byKey?.values() ?? [])].flat();
    this.#byKey = undefined;
    this.#size = 0;
    this.#units = 0;
    return all;
  }
}

/*
 * What is missing and what is new in one stream may be one record under another id. It stays missing and added, since ids
 * are compared code unit by code unit; that it is so is said of both.
 */

/** How an id looks: one that is equal in this is told apart by its letter case, its normal form or what nobody sees. */
function looksOf(id: string): string {
  const seen = id
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim()
    .normalize('NFC');
  return seen.toUpperCase().toLowerCase();
}

/** What a record and its twin have in common, the surest first; undefined where nothing can be said of this one. */
const TRAITS: readonly ((record: Waiting) => string | undefined)[] = [
  ({ id, content, bodyFaulty }) => (bodyFaulty ? undefined : JSON.stringify([looksOf(id), content])),
  ({ content, bodyFaulty }) => (bodyFaulty ? undefined : content),
  ({ id }) => looksOf(id),
];

/** Pairs each of `missing` with one of `added` in its stream of equal content or a look-alike id; both ways. */
export function twinsOf(missing: readonly Waiting[], added: readonly Waiting[]): ReadonlyMap<Waiting, Waiting> {
  const twins = new Map<Waiting, Waiting>();
  if (missing.length === 0 || added.length === 0) return twins;
  for (const traitOf of TRAITS) {
    const table = new WaitingTable();
    for (const [key, record] of keyed(added, traitOf, twins)) table.put(key, record);
    for (const [key, record] of keyed(missing, traitOf, twins)) {
      const twin = table.take(key);
      if (twin !== undefined) twins.set(record, twin).set(twin, record);
    }
  }
  return twins;
}

/** Those of `records` that have no twin yet, each by its trait in its stream. */
function* keyed(
  records: readonly Waiting[],
  traitOf: (record: Waiting) => string | undefined,
  twins: ReadonlyMap<Waiting, Waiting>,
): Generator<readonly [string, Waiting]> {
  for (const record of records) {
    const trait = twins.has(record) ? undefined : traitOf(record);
    if (trait !== undefined) yield [JSON.stringify([record.tenant, record.stream, trait]), record];
  }
}

/** An id of which every character that `other` has not, and that may look like one of it, is shown as an escape. */
function distinguishable(id: string, other: string): string {
  const escaped = JSON.stringify(shortText(id, 200)).replaceAll(/[^\x20-\x7e]/gu, (character) => {
    if (other.includes(character)) return character;
    return [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join('');
  });
  return escaped;
}

/**
 * What is added to the message about `record`, of which `twin` is on the other side.
 *
 * @param became - what happened to the twin: `was added`, `is missing`
 */
export function twinWords(record: Waiting, twin: Waiting, became: string): string {
  const isEqual = record.content === twin.content && !record.bodyFaulty && !twin.bodyFaulty;
  const content = isEqual ? ' of equal content' : '';
  const [mine, theirs] = [distinguishable(record.id, twin.id), distinguishable(twin.id, record.id)];
  const id = looksOf(record.id) === looksOf(twin.id) ? `whose id looks like ${mine}: it is` : 'under another id:';
  return `; a record${content} ${became} ${id} ${theirs}`;
}
