/** A migration: a function over records, declared by rules (docs/migration.md). */
import type { Json } from '../json/value.ts';
import type { Hash } from '../platform.ts';
import type { ChainRule } from '../snapshot/header.ts';
import type { NamedRecords, RenamedPlaces, RenamedRecords } from './named-files.ts';
import type { PatchOperation } from './patch.ts';
import type { Pointer } from './pointer.ts';

/** Which records a rule is for. Names are texts, or a prefix followed by `*`; what is not stated fits all. */
export interface Match {
  readonly tenant: string;
  readonly stream: string;
  readonly type: string;
  /** All of them must hold, as the operation `test` of RFC 6902 does. */
  readonly where: readonly { readonly test: Pointer; readonly value: Json }[];
}

/** What one name of a record becomes. */
export type Naming = { readonly from: string; readonly to: string } | { readonly value: string };

/** Where a record goes. */
export interface Place {
  readonly tenant?: Naming | { readonly places: RenamedPlaces } | undefined;
  readonly stream?: Naming | { readonly places: RenamedPlaces } | undefined;
  readonly id?: { readonly from: string; readonly to: string } | { readonly records: RenamedRecords } | undefined;
}

/** Links and hashes made anew. */
export interface Rechain {
  /** One that is recomputed for every record. */
  readonly recipe: ChainRule['recipe'];
  readonly genesis: ChainRule['genesis'];
  /** Attributes that follow from the new hash, by the names of their recipes. */
  readonly derived: Readonly<Record<string, string>> | undefined;
}

export interface Retire {
  readonly ids: NamedRecords;
  /** `head`: they are gone, in an ordered stream the first ones of it. `stubs`: each leaves its place and its links. */
  readonly leave: 'head' | 'stubs';
  readonly reason: string;
}

export interface Erase {
  readonly ids: NamedRecords;
  readonly paths: readonly Pointer[];
  readonly reason: string;
}

export interface SplitChain {
  /** Records from this position on go to the new chain. */
  readonly from: number;
  readonly to: string;
  /** Their positions are counted from here; undefined keeps them. */
  readonly firstSeq: number | undefined;
}

export interface MigrationRule {
  readonly name: string;
  readonly match: Match;
  readonly place: Place;
  readonly patch: readonly PatchOperation[];
  readonly rechain: Rechain | undefined;
  readonly retire: Retire | undefined;
  readonly erase: Erase | undefined;
  readonly splitChain: SplitChain | undefined;
}

/** Faults of one record by itself, which a migration may call known. */
export const KNOWN_KINDS = [
  'hash-missing',
  'hash-malformed',
  'hash-mismatch',
  'body-digest-mismatch',
  'chain-break',
  'chain-fork',
  'chain-genesis-changed',
  'seq-gap',
] as const;

export type KnownKind = (typeof KNOWN_KINDS)[number];

/** A fault that the baseline has had before, at one record. */
export interface KnownFault {
  readonly kind: KnownKind;
  readonly tenant: string;
  readonly stream: string;
  /** Stated to be read by people; where it is there, the record must have it. */
  readonly id: string | undefined;
  readonly seq: number | undefined;
  /** Leaf hash of the record. */
  readonly record: Hash;
  readonly reason: string;
}

export interface Migration {
  readonly upgrade: string;
  readonly from: string;
  readonly to: string;
  /** SHA-256 of the baseline that it was made for. */
  readonly baseline: Hash;
  readonly rules: readonly MigrationRule[];
  readonly known: readonly KnownFault[];
}

/** Whether only a trusted signature lets it be used: it takes something away, or lets a fault pass. */
export function needsSignature({ rules, known }: Migration): boolean {
  return known.length > 0 || rules.some(({ retire, erase }) => retire !== undefined || erase !== undefined);
}

/** Whether records stay in the order in which they are read: then they stream. */
export function keepsOrder({ rules }: Migration): boolean {
  const placed = ({ place, splitChain }: MigrationRule): boolean =>
    splitChain !== undefined || [place.tenant, place.stream, place.id].some((placing) => placing !== undefined);
  return !rules.some(placed);
}
