/** What a report says of the migration under which two sides were compared. */
import {
  count,
  described,
  hash,
  listOf,
  type MembersOf,
  nullable,
  object,
  oneOf,
  optional,
  text,
  textOrNull,
} from '../json/form.ts';
import type { Hash } from '../platform.ts';

/** Something that a rule took away. */
export interface DroppedValue {
  readonly rule: string;
  /** JSON Pointer into the record; empty for the whole of it. */
  readonly path: string;
  readonly loss: 'removed' | 'overwritten' | 'merged' | 'respelled' | 'erased' | 'retired';
  /** Of how many records. */
  readonly count: number;
}

/** Who vouches for a migration. */
export interface MigrationSignature {
  /** By the SHA-256 of its SubjectPublicKeyInfo. */
  readonly keys: readonly { readonly sha256: Hash; readonly algorithm: string }[];
  readonly signedAt: string;
}

export interface MigrationReport {
  /** The name by which it was given. */
  readonly name: string;
  readonly sha256: Hash | null;
  readonly upgrade: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Null if no trusted signature was verified. */
  readonly signature: MigrationSignature | null;
  /** What it makes of the baseline: the side that the current one was held against. */
  readonly expected: { readonly records: number; readonly globalRoot: Hash } | null;
  /** Each rule, with how many records it was for, and what it does; older reports do not say that. */
  readonly rules: readonly {
    readonly name: string;
    readonly records: number;
    readonly operations?: readonly string[];
  }[];
  /** Records that are gone; those that left a stub are not among them. */
  readonly retired: number;
  readonly stubs: number;
  readonly erased: { readonly records: number; readonly hashesNotRecomputed: number };
  /** Records that have another tenant, stream or id. */
  readonly moved: number;
  readonly dropped: readonly DroppedValue[];
  /** Known faults: listed, and shown by either side. */
  readonly known: { readonly listed: number; readonly baseline: number; readonly current: number };
}

export const signingKeyForm = object({ sha256: hash, algorithm: text });

const droppedForm = object({
  rule: text,
  path: described(text, 'JSON Pointer (RFC 6901) into the record; empty for the whole of it'),
  loss: oneOf('removed', 'overwritten', 'merged', 'respelled', 'erased', 'retired'),
  count,
} satisfies MembersOf<DroppedValue>);

const signatureForm = object({
  keys: listOf(signingKeyForm),
  signedAt: text,
} satisfies MembersOf<MigrationSignature>);

export const migrationForm = object({
  name: text,
  sha256: nullable(hash),
  upgrade: textOrNull,
  from: textOrNull,
  to: textOrNull,
  signature: nullable(signatureForm),
  expected: described(
    nullable(object({ records: count, globalRoot: hash })),
    'what it makes of the baseline: the side that the current one was held against',
  ),
  rules: listOf(
    object({
      name: text,
      records: count,
      operations: optional(described(listOf(text), 'what the rule does, in words: each operation, in order')),
    }),
  ),
  retired: count,
  stubs: count,
  erased: object({ records: count, hashesNotRecomputed: count }),
  moved: count,
  dropped: listOf(droppedForm),
  known: object({ listed: count, baseline: count, current: count }),
} satisfies MembersOf<MigrationReport>);
