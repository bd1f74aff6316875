/**
 * What a report must say of two lists of records, worked out from the words of the contract with everything in memory:
 * slow, plain, and nothing from src.
 */
import { leafOf, rootOf } from './snapshot-text.ts';
import { bodyDigestOf, genesisOf, hashOf, ruleOf, type Store, type StoreRecord, streamsOf } from './store.ts';
import { fromPlain, jsonText, type Value } from './value.ts';

export interface Books {
  matched: number;
  modified: number;
  relinked: number;
  missing: number;
  added: number;
  moved: number;
}

export interface Facts {
  /** Kinds that must be named, each of them; `a|b` is one or the other. */
  readonly kinds: readonly string[];
  /** Undefined where an id comes twice in a stream, so that pairs are not defined. */
  readonly books: Books | undefined;
  /** Tenants on both sides whose root differs, and not by growth alone. */
  readonly brokenTenants: readonly string[];
}

function key(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

const CONTENTS = new WeakMap<StoreRecord, string>();

/** What a record says, without its custody members. */
function contentOf(record: StoreRecord): string {
  const known = CONTENTS.get(record);
  if (known !== undefined) return known;
  const { type, recordedAt, attrs, body, bodyDigest } = record;
  const digest = body === undefined ? (bodyDigest ?? '') : bodyDigestOf(body);
  const columns = attrs === undefined ? null : new Map<string, Value>(attrs);
  const content = jsonText(fromPlain([type, recordedAt ?? null, columns, digest]));
  CONTENTS.set(record, content);
  return content;
}

function byPlace(records: readonly StoreRecord[]): Map<string, readonly StoreRecord[]> {
  return new Map(streamsOf(records).map((stream) => [key(stream[0]?.tenant ?? '', stream[0]?.stream ?? ''), stream]));
}

function sameLeaf(a: StoreRecord, b: StoreRecord): boolean {
  return leafOf(a).equals(leafOf(b));
}

function tallyOf(baseline: readonly StoreRecord[], current: readonly StoreRecord[]): Books | undefined {
  const books: Books = { matched: 0, modified: 0, relinked: 0, missing: 0, added: 0, moved: 0 };
  const left = new Map(current.map((record) => [key(record.tenant, record.stream, record.id), record]));
  if (left.size < current.length) return undefined;
  const missing: StoreRecord[] = [];
  for (const was of baseline) {
    const place = key(was.tenant, was.stream, was.id);
    const is = left.get(place);
    if (is === undefined) missing.push(was);
    else if (sameLeaf(was, is)) books.matched++;
    else if (contentOf(was) === contentOf(is)) books.relinked++;
    else books.modified++;
    left.delete(place);
  }
  const added = [...left.values()].map((record) => key(record.id, contentOf(record)));
  for (const was of missing) {
    const found = added.indexOf(key(was.id, contentOf(was)));
    if (found < 0) books.missing++;
    else {
      books.moved++;
      added.splice(found, 1);
    }
  }
  books.added = added.length;
  return books;
}

/** Whether the stream still holds the baseline: as a prefix, or as a subset. */
function holds(was: readonly StoreRecord[], is: readonly StoreRecord[]): boolean {
  const ordered = was[0]?.seq !== undefined;
  if (ordered !== (is[0]?.seq !== undefined)) return false;
  if (ordered) return rootOf(was.map(leafOf)) === rootOf(is.slice(0, was.length).map(leafOf));
  const leaves = new Set(is.map((record) => leafOf(record).toString('hex')));
  return was.every((record) => leaves.has(leafOf(record).toString('hex')));
}

const HASH = /^[0-9a-f]{64}$/;

/** Faults of a chain in itself: docs/snapshot.md, "Custody chains". */
function chainKinds(store: Store, chain: readonly StoreRecord[], hasBodies: boolean): string[] {
  const kinds: string[] = [];
  const [first] = chain;
  if (first?.seq === undefined) return kinds;
  const rule = ruleOf(store, first.stream);
  const linked = rule !== undefined || first.prev !== undefined;
  const recomputed = rule?.recipe === 'sha256-jcs-body' || (rule?.recipe === 'sha256-prev-body' && hasBodies);
  if (rule !== undefined && first.seq !== rule.firstSeq) kinds.push('seq-gap');
  const geneses = rule === undefined ? [null, '0'.repeat(64)] : [genesisOf(store, first.stream)];
  if (linked && first.prev !== undefined && !geneses.includes(first.prev)) kinds.push('chain-genesis-changed');
  for (const [place, record] of chain.entries()) {
    const before = chain[place - 1];
    if (before !== undefined && record.seq !== (before.seq ?? 0) + 1) kinds.push('seq-gap');
    if (before !== undefined && linked && (record.prev === undefined || record.prev !== before.hash))
      kinds.push('chain-break|chain-fork');
    if (record.hash !== undefined && !HASH.test(record.hash)) kinds.push('hash-malformed');
    if (record.hash === undefined && rule !== undefined) kinds.push('hash-missing');
    if (record.hash !== undefined && recomputed && record.hash !== hashOf(store, record)) kinds.push('hash-mismatch');
  }
  return kinds;
}

function pairKinds(was: readonly StoreRecord[], is: readonly StoreRecord[], sound: boolean): string[] {
  const kinds: string[] = [];
  // The first of an id, if it comes twice.
  const ids = new Map([...is].reverse().map((record) => [record.id, record]));
  const ordered = was[0]?.seq !== undefined && is[0]?.seq !== undefined;
  if (!holds(was, is)) kinds.push('stream-root-mismatch', ...(ordered ? ['history-not-prefix'] : []));
  if (!ordered) return kinds;
  if (is.length < was.length && !ids.has(was.at(-1)?.id ?? '')) kinds.push('chain-truncated');
  const rehashed = was.some(({ id, hash }) => ids.has(id) && ids.get(id)?.hash !== hash);
  if (rehashed && sound) kinds.push('chain-rewritten');
  return kinds;
}

function countBy(records: readonly StoreRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { tenant } of records) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  return counts;
}

/** @param hasBodies - whether the bodies of the current side are in its snapshot */
export function factsOf(store: Store, current: readonly StoreRecord[], hasBodies: boolean): Facts {
  const kinds = new Set<string>();
  const was = byPlace(store.records);
  const is = byPlace(current);
  const before = countBy(store.records);
  const after = countBy(current);
  const broken = new Set<string>();
  const faults = new Map([...is].map(([place, stream]) => [place, chainKinds(store, stream, hasBodies)]));
  for (const kind of [...faults.values()].flat()) kinds.add(kind);
  for (const [place, stream] of was) {
    const tenant = stream[0]?.tenant ?? '';
    const now = is.get(place);
    if (now === undefined) kinds.add('stream-missing');
    else for (const kind of pairKinds(stream, now, faults.get(place)?.length === 0)) kinds.add(kind);
    if (after.has(tenant) && (now === undefined || !holds(stream, now))) broken.add(tenant);
  }
  for (const [tenant, count] of before) {
    if (!after.has(tenant)) kinds.add('tenant-missing');
    else if ((after.get(tenant) ?? 0) < count) kinds.add('count-decreased');
  }
  for (const tenant of after.keys()) if (!before.has(tenant)) kinds.add('tenant-added');
  const books = tallyOf(store.records, current);
  for (const [book, count] of Object.entries(books ?? {})) {
    if (book !== 'matched' && count > 0)
      kinds.add(book === 'added' ? 'record-added|record-inserted-in-history' : `record-${book}`);
  }
  if (broken.size > 0) kinds.add('tenant-root-mismatch');
  if (broken.size > 0 || kinds.has('tenant-missing')) kinds.add('global-root-mismatch');
  return { kinds: [...kinds], books, brokenTenants: [...broken] };
}
