/**
 * Every option of every exported function, once: its name and what it must be. A new option is one line in its type and
 * one here; without the second it does not compile.
 */

import type { ExportOptions } from '../bundle/write.ts';
import { SNAPSHOT_OPTIONS } from '../core/audit/envelope-text.ts';
import {
  callback,
  flag,
  listOf,
  mapOf,
  nested,
  type OptionTable,
  oneOf,
  type Reader,
  readOptions,
  sha256,
  text,
  wholeNumber,
} from '../core/options.ts';
import type { AuditOptions } from '../engine/audit-run.ts';
import type { CaptureOptions } from '../engine/capture.ts';
import type { CompareOptions } from '../engine/compare.ts';
import type { WriteOptions } from '../engine/write-snapshot.ts';
import type { LegacyRoot } from '../legacy-roots/check.ts';
import type { ProfileInput } from '../wire/profile.ts';
import type { SourceOptions } from './open-source.ts';
import type { TrustOptions } from './open-trust.ts';

export { readOptions, text };

const anObject: Reader<object> = (value, place) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${place} must be an object`);
  return value;
};

/** By what is asked of it: a signal may come from another realm, or a library that makes its own. */
const abortSignal: Reader<AbortSignal> = (value, place) => {
  const signal = value as Partial<AbortSignal> | null;
  if (typeof signal?.aborted !== 'boolean' || typeof signal.addEventListener !== 'function') {
    throw new TypeError(`${place} must be an AbortSignal`);
  }
  return value as AbortSignal;
};

/** The members of a profile are checked where it is read, as those of a file are. */
const profile: Reader<ProfileInput | string> = (value, place) =>
  typeof value === 'string' ? text(value, place) : (anObject(value, place) as ProfileInput);

export const SOURCE_OPTIONS = {
  profile,
  schema: text,
  workers: wholeNumber(1),
  batchSize: wholeNumber(1),
  stallMs: wholeNumber(1),
  lockTimeoutMs: wholeNumber(1),
  allowViews: flag,
  allowReplica: flag,
  allowPlaintext: flag,
  environment: anObject as Reader<NonNullable<SourceOptions['environment']>>,
} satisfies OptionTable<SourceOptions>;

/** A text that may be empty: a member of a subject may be. */
const anyText: Reader<string> = (value, place) => {
  if (typeof value !== 'string') throw new TypeError(`${place} must be a string, not ${typeof value}`);
  return value;
};

function subjectMembers(value: unknown, place: string): Readonly<Record<string, string>> {
  const members = mapOf(anyText)(value, place);
  if (Object.keys(members).length === 0)
    throw new TypeError(`${place} must have a member: without one it demands nothing`);
  return members;
}

export const TRUST_OPTIONS = {
  trustedKeys: listOf(text),
  signature: text,
  threshold: wholeNumber(1),
  requireSignature: flag,
  maxBaselineAgeMs: wholeNumber(0),
  expectSubject: subjectMembers,
  expectUpgrade: text,
} satisfies OptionTable<TrustOptions>;

export const READING_OPTIONS = {
  maxFindings: wholeNumber(0),
  signal: abortSignal,
  onProgress: callback,
} satisfies OptionTable<AuditOptions>;

/** How one source is read and audited. */
export interface AuditByNameOptions extends AuditOptions {
  readonly source?: SourceOptions;
}

export const AUDIT_OPTIONS = {
  ...READING_OPTIONS,
  source: nested<SourceOptions>(SOURCE_OPTIONS),
} satisfies OptionTable<AuditByNameOptions>;

const LEGACY_ROOT = {
  scheme: text,
  root: sha256,
  leaf: text,
  hashLeaves: oneOf(['bytes', 'text']),
  side: oneOf(['baseline', 'current']),
  tenant: text,
  stream: text,
} satisfies OptionTable<LegacyRoot>;

/** How a comparison is made, and how a side of it is read that is a database. */
export interface ComparisonOptions extends Omit<CompareOptions, 'growth' | 'demands'> {
  readonly source?: SourceOptions;
  readonly trust?: TrustOptions;
  /** Path of a proof file, as `prove --from --to` writes it, for two sides without records. */
  readonly consistencyProof?: string;
}

export const COMPARISON_OPTIONS = {
  ...AUDIT_OPTIONS,
  mode: oneOf(['append', 'frozen']),
  expectDigest: sha256,
  allowSame: flag,
  allowLaterBaseline: flag,
  legacyRoots: listOf(nested<LegacyRoot>(LEGACY_ROOT, ['scheme', 'root'])),
  trust: nested<TrustOptions>(TRUST_OPTIONS),
  consistencyProof: text,
} satisfies OptionTable<ComparisonOptions>;

/** How a bundle is written, and how its source is read. */
export interface ExportByNameOptions extends ExportOptions {
  readonly source?: SourceOptions;
}

export const EXPORT_OPTIONS = {
  ...AUDIT_OPTIONS,
  resume: flag,
  includeProofs: flag,
} satisfies OptionTable<ExportByNameOptions>;

const FILE_OPTIONS = {
  container: oneOf(['json', 'ndjson']),
  gzip: flag,
  roots: flag,
} satisfies OptionTable<Pick<WriteOptions, 'container' | 'gzip' | 'roots'>>;

export interface CaptureByNameOptions extends Omit<CaptureOptions, 'journal' | 'bodies'> {
  readonly source?: SourceOptions;
  /** Takes over what a capture to the same file has done that was broken off. Databases only. */
  readonly resume?: boolean;
}

export const CAPTURE_OPTIONS = {
  ...AUDIT_OPTIONS,
  ...FILE_OPTIONS,
  depth: SNAPSHOT_OPTIONS.depth,
  tool: text,
  resume: flag,
} satisfies OptionTable<CaptureByNameOptions>;

export interface SignOptions extends AuditOptions {
  /** Paths of private keys in PEM (PKCS #8). */
  readonly keys: readonly string[];
  /** The upgrade that the snapshot was made for. */
  readonly upgrade?: string;
}

export const SIGN_OPTIONS = {
  ...READING_OPTIONS,
  keys: listOf(text),
  upgrade: text,
} satisfies OptionTable<SignOptions>;

export const WRITE_OPTIONS = {
  ...SNAPSHOT_OPTIONS,
  ...FILE_OPTIONS,
} satisfies OptionTable<WriteOptions>;
