/**
 * Records that have not found their counterpart yet: first within their stream (it may stand at another position),
 * then in any other stream or tenant (it may have been moved). Both tables are bounded; what does not fit is called
 * missing or added at once, which can cost the better name, never the verdict.
 */
import { type Platform, utf8 } from '../platform.ts';
import { contentOf, type EvidenceRecord, isSameContent } from '../snapshot/record.ts';
import { shortText } from '../words.ts';

/** How many records a table holds. */
export const PENDING_LIMIT = 16_384;

/** And how much text of theirs, in UTF-16 code units: 500 for each, far more than the ids and times of honest ones. */
export const PENDING_UNITS: number = 512 * PENDING_LIMIT;

/** Attributes whose text is longer than this are kept as its digest. */
const LONGEST_ATTRS = 512;

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
  /** As in the record, or the digest of a long text, which no other text of attributes is. */
  readonly attrs: string | undefined;
  readonly bodyDigest: string;
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

function attrsOf(platform: Platform, { attrs }: EvidenceRecord): string | undefined {
  return attrs === undefined || attrs.length <= LONGEST_ATTRS ? attrs : platform.sha256(utf8(attrs));
}

export function waitingOf(platform: Platform, record: EvidenceRecord, position: number, bodyFaulty: boolean): Waiting {
  const { tenant, stream, id, seq, type, recordedAt, leaf, hash, foundAt, bodyDigest } = record;
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
    attrs: attrsOf(platform, record),
    bodyDigest,
    ...(foundAt === undefined ? {} : { foundAt }),
  };
}

/** How much text a record keeps while it waits, in UTF-16 code units. */
function unitsOf({
  id,
  type,
  recordedAt = '',
  leaf,
  hash = '',
  attrs = '',
  bodyDigest,
  foundAt = '',
}: Waiting): number {
  const own = id.length + type.length + recordedAt.length + leaf.length + hash.length;
  return own + attrs.length + bodyDigest.length + foundAt.length;
}

/** How much may wait. */
class Room {
  size = 0;
  #units = 0;
  /** Whether something was ever turned away. */
  overflowed = false;

  /** @returns false if there is no room left */
  enter(units: number): boolean {
    if (this.size >= PENDING_LIMIT || this.#units + units > PENDING_UNITS) {
      this.overflowed = true;
      return false;
    }
    this.size++;
    this.#units += units;
    return true;
  }

  leave(units: number): void {
    this.size--;
    this.#units -= units;
  }

  empty(): void {
    this.size = 0;
    this.#units = 0;
  }
}

/** Waiting records of one side, in the order in which they came. */
export class WaitingList {
  readonly #room: Room = new Room();
  #all: Waiting[] = [];

  /** Whether something was ever turned away. */
  get overflowed(): boolean {
    return this.#room.overflowed;
  }

  /** @returns false if the list is full */
  put(waiting: Waiting): boolean {
    if (!this.#room.enter(unitsOf(waiting))) return false;
    this.#all.push(waiting);
    return true;
  }

  /** Takes out all; nothing is to be put there any more. */
  drain(): readonly Waiting[] {
    const all = this.#all;
    this.#all = [];
    return all;
  }
}

/** Waiting records of one side, by a key that may come more than once (an id given twice is a finding, not a crash). */
export class WaitingTable {
  /** Made when they are needed: most streams have nothing that waits, and there may be many. */
  #byKey: Map<string, Waiting[]> | undefined;
  #room: Room | undefined;

  get size(): number {
    return this.#room?.size ?? 0;
  }

  /** Whether something was ever turned away. */
  get overflowed(): boolean {
    return this.#room?.overflowed === true;
  }

  /** @returns false if the table is full */
  put(key: string, waiting: Waiting): boolean {
    this.#room ??= new Room();
    if (!this.#room.enter(key.length + unitsOf(waiting))) return false;
    this.#byKey ??= new Map();
    const same = this.#byKey.get(key);
    if (same === undefined) this.#byKey.set(key, [waiting]);
    else same.push(waiting);
    return true;
  }

  /** Takes out the first that waits under `key`. */
  take(key: string): Waiting | undefined {
    const same = this.#byKey?.get(key);
    const first = same?.shift();
    if (first === undefined) return undefined;
    if (same?.length === 0) this.#byKey?.delete(key);
    this.#room?.leave(key.length + unitsOf(first));
    return first;
  }

  /** Takes out all, in the order in which their keys came. */
  drain(): readonly Waiting[] {
    const all = [...(this.#byKey?.values() ?? [])].flat();
    this.#byKey = undefined;
    this.#room?.empty();
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
  (record) => (record.bodyFaulty ? undefined : JSON.stringify([looksOf(record.id), contentOf(record)])),
  (record) => (record.bodyFaulty ? undefined : contentOf(record)),
  ({ id }) => looksOf(id),
];

/**
 * Pairs each of `missing` with the first of `added` that has the same key, each with one.
 *
 * @param keyOf - undefined for one that is like no other
 */
function pairsOf(
  missing: readonly Waiting[],
  added: readonly Waiting[],
  keyOf: (record: Waiting) => string | undefined,
): ReadonlyMap<Waiting, Waiting> {
  const pairs = new Map<Waiting, Waiting>();
  // Keys are long texts: where only one side has something, as where a store has grown, none is made.
  if (missing.length === 0 || added.length === 0) return pairs;
  const byKey = new Map<string, Waiting[]>();
  for (const [key, record] of keyed(added, keyOf)) {
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [record]);
    else same.push(record);
  }
  for (const same of byKey.values()) same.reverse();
  for (const [key, record] of keyed(missing, keyOf)) {
    const other = byKey.get(key)?.pop();
    if (other !== undefined) pairs.set(record, other);
  }
  return pairs;
}

function* keyed(
  records: readonly Waiting[],
  keyOf: (record: Waiting) => string | undefined,
): Generator<readonly [string, Waiting]> {
  for (const record of records) {
    const key = keyOf(record);
    if (key !== undefined) yield [key, record];
  }
}

/** By id and content, wherever they are. */
export function movesOf(missing: readonly Waiting[], added: readonly Waiting[]): ReadonlyMap<Waiting, Waiting> {
  return pairsOf(missing, added, (record) => JSON.stringify([record.id, contentOf(record)]));
}

/** Pairs each of `missing` with one of `added` in its stream of equal content or a look-alike id; both ways. */
export function twinsOf(missing: readonly Waiting[], added: readonly Waiting[]): ReadonlyMap<Waiting, Waiting> {
  const twins = new Map<Waiting, Waiting>();
  for (const traitOf of TRAITS) {
    const keyOf = (record: Waiting): string | undefined => {
      const trait = twins.has(record) ? undefined : traitOf(record);
      return trait === undefined ? undefined : JSON.stringify([record.tenant, record.stream, trait]);
    };
    for (const [one, other] of pairsOf(missing, added, keyOf)) twins.set(one, other).set(other, one);
  }
  return twins;
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
  const isEqual = isSameContent(record, twin) && !record.bodyFaulty && !twin.bodyFaulty;
  const content = isEqual ? ' of equal content' : '';
  const [mine, theirs] = [distinguishable(record.id, twin.id), distinguishable(twin.id, record.id)];
  const id = looksOf(record.id) === looksOf(twin.id) ? `whose id looks like ${mine}: it is` : 'under another id:';
  return `; a record${content} ${became} ${id} ${theirs}`;
}
