/* Every option of every exported function, once. A new one is a line in its type and one here, or it does not compile. */
import type { ExportOptions } from '../bundle/write.ts';
import { SNAPSHOT_OPTIONS } from '../core/audit/envelope-text.ts';
import { instantOrDay, momentOf } from '../core/instant.ts';
import type { Mode } from '../core/kinds.ts';
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
  textLike,
  textMembers,
  wholeNumber,
} from '../core/options.ts';
import type { Hash } from '../core/platform.ts';
import { MOST_SHARDS, type Shard } from '../core/snapshot/shard.ts';
import type { AuditOptions } from '../engine/audit-run.ts';
import type { CaptureOptions } from '../engine/capture.ts';
import type { CompareOptions } from '../engine/compare.ts';
import type { HandedIn } from '../engine/compare-options.ts';
import type { WriteOptions } from '../engine/write-snapshot.ts';
import type { LegacyRoot } from '../legacy-roots/check.ts';
import { heldSnapshotOf } from '../sources/postgres/held-name.ts';
import type { ProfileInput } from '../wire/profile.ts';
import type { ProfileInput2 } from '../wire/profile-items.ts';
import type { SourceOptions } from './open-source.ts';
import type { TrustOptions } from './open-trust.ts';

export { oneOf, readOptions, text };

const anObject: Reader<object> = (value, place) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${place} must be an object`);
  return value;
};

/** By what is asked of it: a signal may come from another realm, or a library that makes its own. */
export const abortSignal: Reader<AbortSignal> = (value, place) => {
  const signal = value as Partial<AbortSignal> | null;
  if (typeof signal?.aborted !== 'boolean' || typeof signal.addEventListener !== 'function') {
    throw new TypeError(`${place} must be an AbortSignal`);
  }
  return value as AbortSignal;
};

/** The members of a profile are checked where it is read, as those of a file are. */
const profile: Reader<ProfileInput | ProfileInput2 | string> = (value, place) =>
  typeof value === 'string' ? text(value, place) : (anObject(value, place) as ProfileInput | ProfileInput2);

/** A JSON Pointer: the empty one is the whole. */
const pointer = textLike((value) => value === '' || value.startsWith('/'), 'a JSON Pointer: empty, or /member');

export const SOURCE_OPTIONS = {
  profile,
  profileNamed: flag,
  records: pointer,
  map: mapOf(text),
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

export const TRUST_OPTIONS = {
  trustedKeys: listOf(text),
  signature: text,
  threshold: wholeNumber(1),
  requireSignature: flag,
  maxBaselineAgeMs: wholeNumber(0),
  expectSubject: textMembers,
  expectUpgrade: text,
  tsaCertificates: listOf(text),
  witnessPolicy: text,
  baselineCheckpoints: listOf(text),
} satisfies OptionTable<TrustOptions>;

const bytes: Reader<Uint8Array> = (value, place) => {
  if (!(value instanceof Uint8Array) || value.length === 0) throw new TypeError(`${place} must be bytes: a Uint8Array`);
  return value;
};

export const READING_OPTIONS = {
  chainKeys: mapOf(bytes),
  maxFindings: wholeNumber(0),
  signal: abortSignal,
  onProgress: callback,
} satisfies OptionTable<AuditOptions>;

/** How a bundle is checked. */
export interface BundleOptions extends AuditOptions {
  /** Paths of public keys (PEM): with any of them each signature in the bundle must be by one of them. */
  readonly trustedKeys?: readonly string[];
  /** Paths of certificates (PEM): with any an authority with or by one of them must have stamped the manifest (RFC 3161). */
  readonly tsaCertificates?: readonly string[];
}

export const BUNDLE_OPTIONS = {
  ...READING_OPTIONS,
  trustedKeys: listOf(text),
  tsaCertificates: listOf(text),
} satisfies OptionTable<BundleOptions>;

/** How one source is read record by record. */
export interface ReadOptions extends SourceOptions, Pick<AuditOptions, 'chainKeys'> {}

export const READ_OPTIONS = {
  ...SOURCE_OPTIONS,
  chainKeys: READING_OPTIONS.chainKeys,
} satisfies OptionTable<ReadOptions>;

/** How one source is read and audited. */
export interface AuditByNameOptions extends AuditOptions {
  readonly source?: SourceOptions;
}

export const AUDIT_OPTIONS = {
  ...READING_OPTIONS,
  source: nested<SourceOptions>(SOURCE_OPTIONS),
} satisfies OptionTable<AuditByNameOptions>;

/** Which part of a whole: there is no other than those that are counted. */
const shardIndex: OptionTable<Shard> = { index: wholeNumber(0), count: wholeNumber(1) };

const shard: Reader<Shard> = (value, place) => {
  const read = nested<Shard>(shardIndex, ['index', 'count'])(value, place);
  if (read.index < read.count && read.count <= MOST_SHARDS) return read;
  throw new TypeError(`${place}: the index is from 0 to count - 1, and count at most ${MOST_SHARDS}`);
};

const heldName = textLike((value) => heldSnapshotOf(value) !== undefined, 'the name that `snapshot hold` has given');

interface PartOptions {
  /** The part that is read: streams by the hash of their names; of a database it needs `snapshotId`. */
  readonly shard?: Shard;
  /** What `snapshot hold` has given: the snapshot that is read, in place of one of this moment. Databases only. */
  readonly snapshotId?: string;
}

const PART_OPTIONS = { shard, snapshotId: heldName } satisfies OptionTable<PartOptions>;

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
export interface ComparisonOptions extends Omit<CompareOptions, keyof HandedIn>, PartOptions {
  readonly source?: SourceOptions;
  /** How the baseline is read, in place of `source.profile`. */
  readonly baselineProfile?: SourceOptions['profile'];
  /** How the current side is read, in place of `source.profile`. */
  readonly currentProfile?: SourceOptions['profile'];
  readonly trust?: TrustOptions;
  /** External roots by weaker schemes, to be recomputed: they can fail a comparison, never save one. */
  readonly legacyRoots?: readonly LegacyRoot[];
  /** Path of a proof file, as `prove --from --to` writes it, for two sides without records. */
  readonly consistencyProof?: string;
  /** Path of a digest index of the baseline, as `digestIndex` writes it: shows how its sets grew where it has no records. */
  readonly digestIndex?: string;
  /** Path of a migration: the current side must be what it makes of the baseline, and growth. */
  readonly migration?: string;
}

export const COMPARISON_OPTIONS = {
  ...AUDIT_OPTIONS,
  mode: oneOf(['append', 'frozen']),
  expectDigest: sha256,
  allowSame: flag,
  allowLaterBaseline: flag,
  legacyRoots: listOf(nested<LegacyRoot>(LEGACY_ROOT, ['scheme', 'root'])),
  baselineProfile: profile,
  currentProfile: profile,
  trust: nested<TrustOptions>(TRUST_OPTIONS),
  consistencyProof: text,
  digestIndex: text,
  migration: text,
  ...PART_OPTIONS,
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

export const FILE_OPTIONS = {
  container: oneOf(['json', 'ndjson']),
  gzip: flag,
  roots: flag,
} satisfies OptionTable<Pick<WriteOptions, 'container' | 'gzip' | 'roots'>>;

export interface CaptureByNameOptions extends Omit<CaptureOptions, 'journal' | 'bodies'>, PartOptions {
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
  ...PART_OPTIONS,
} satisfies OptionTable<CaptureByNameOptions>;

/** How a source is read and audited, and where a snapshot of it goes. */
export interface VerifyAllOptions extends Omit<CaptureByNameOptions, 'roots'> {
  /** The file to write; without it the source is audited, and nothing is written. */
  readonly output?: string;
  /** Whether the trailer of the snapshot states the roots, which are recomputed anyway; a summary needs them. */
  readonly includeMerkleRoots?: boolean;
}

const { roots: _, ...VERIFY_ALL_FILE } = CAPTURE_OPTIONS;

export const VERIFY_ALL_OPTIONS = {
  ...VERIFY_ALL_FILE,
  output: text,
  includeMerkleRoots: flag,
} satisfies OptionTable<VerifyAllOptions>;

/** How foreign evidence becomes a snapshot. */
export interface ImportRecordsOptions extends Omit<CaptureByNameOptions, 'source' | 'resume' | 'shard' | 'snapshotId'> {
  /** The snapshot to write, whole or not at all; without it the evidence is audited alone. */
  readonly output?: string;
}

const { source: __, resume: ___, shard: ____, snapshotId: _____, ...IMPORT_FILE } = CAPTURE_OPTIONS;

export const IMPORT_OPTIONS = { ...IMPORT_FILE, output: text } satisfies OptionTable<ImportRecordsOptions>;

export interface StatsOptions extends AuditByNameOptions {
  /** Also streams with their sizes, and the roots, so that changed content shows even where no count changed. */
  readonly detailed?: boolean;
}

export const STATS_OPTIONS = { ...AUDIT_OPTIONS, detailed: flag } satisfies OptionTable<StatsOptions>;

export interface SignOptions extends AuditOptions {
  /** Paths of private keys in PEM (PKCS #8). */
  readonly keys: readonly string[];
  /** The upgrade that the snapshot was made for. */
  readonly upgrade?: string;
  /** Also what was read to its end and is not sound: the signature vouches for the bytes. Default false. */
  readonly allowUnsound?: boolean;
}

export const SIGN_OPTIONS = {
  ...READING_OPTIONS,
  keys: listOf(text),
  upgrade: text,
  allowUnsound: flag,
} satisfies OptionTable<SignOptions>;

/** What is made of a baseline by a migration, or whether that is needed. */
export interface MigrateOptions extends AuditOptions {
  /** From before: path of a snapshot or a bundle, or `postgres://…`. Without one a dry run can say nothing. */
  readonly baseline?: string;
  /** Path of the migration. */
  readonly migration?: string;
  /** The snapshot to write: the expected state. */
  readonly output?: string;
  /** Says whether evidence has to be migrated, and writes nothing. */
  readonly dryRun?: boolean;
  /** Of a dry run: what is there now. */
  readonly current?: string;
  /** SHA-256 that the baseline file must have. */
  readonly expectDigest?: Hash;
  readonly source?: SourceOptions;
}

/** How two sides of a reindex are read, and what is demanded of the baseline. */
export interface ReindexOptions extends AuditByNameOptions {
  /** `append` (default): what is new is counted. `frozen`: it is a FAIL. */
  readonly mode?: Mode;
  /** SHA-256 that the baseline file must have. */
  readonly expectDigest?: Hash;
  readonly trust?: TrustOptions;
}

export const REINDEX_OPTIONS = {
  ...AUDIT_OPTIONS,
  mode: oneOf(['append', 'frozen']),
  expectDigest: sha256,
  trust: nested<TrustOptions>(TRUST_OPTIONS),
} satisfies OptionTable<ReindexOptions>;

export interface KeygenOptions {
  /** The file of the private key, which must not be there yet; the public one goes to `<output>.pub`. */
  readonly output: string;
}

export const MIGRATE_OPTIONS = {
  ...AUDIT_OPTIONS,
  baseline: text,
  migration: text,
  output: text,
  dryRun: flag,
  current: text,
  expectDigest: sha256,
} satisfies OptionTable<MigrateOptions>;

export const KEYGEN_OPTIONS = { output: text } satisfies OptionTable<KeygenOptions>;

/** Where a proposed profile goes. */
export interface InitOptions {
  /** The file that it is written to, whole or not at all. */
  readonly output?: string;
}

export const INIT_OPTIONS = { output: text } satisfies OptionTable<InitOptions>;

/** What metrics need that what they are of does not say. */
export interface MetricsOptions {
  /** Labels of every metric, by name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** When the run began, RFC 3339: of an audit, and of a run in progress. */
  readonly startedAt?: string;
  /** When it ended, RFC 3339: of an audit. */
  readonly finishedAt?: string;
}

const time = textLike((value) => momentOf(value) !== undefined, 'an RFC 3339 time, as 2027-03-01T10:00:00Z');

export const METRICS_OPTIONS = {
  labels: mapOf(text),
  startedAt: time,
  finishedAt: time,
} satisfies OptionTable<MetricsOptions>;

/** What an audit report is about. */
export interface AuditReportOptions extends AuditOptions {
  /** RFC 3339, or a day, which begins at midnight UTC. */
  readonly since: string;
  /** From before: path of a snapshot, `postgres://…`, or `-`; then the report has the comparison, too. */
  readonly baseline?: string;
  /** Path of the journal of the upgrade: its entries are listed. */
  readonly journal?: string;
  /** SHA-256 that the baseline file must have. */
  readonly expectDigest?: Hash;
  /** Path of a migration: what is there now must be what it makes of the baseline, and growth. */
  readonly migration?: string;
  readonly source?: SourceOptions;
  /** What is demanded of the baseline. */
  readonly trust?: TrustOptions;
  /** Path of a signed verdict of what is read here: the report contains it, verified or not, and is no PASS if not. */
  readonly verdict?: string;
  /** Paths of public keys in PEM that may have signed it; default: `trust.trustedKeys`. */
  readonly verdictKeys?: readonly string[];
}

export const AUDIT_REPORT_OPTIONS = {
  ...AUDIT_OPTIONS,
  since: textLike((value) => instantOrDay(value) !== undefined, 'RFC 3339, as 2027-03-01T10:00:00Z, or a day'),
  baseline: text,
  journal: text,
  migration: text,
  expectDigest: sha256,
  trust: nested<TrustOptions>(TRUST_OPTIONS),
  verdict: text,
  verdictKeys: listOf(text),
} satisfies OptionTable<AuditReportOptions>;

export const WRITE_OPTIONS = { ...SNAPSHOT_OPTIONS, ...FILE_OPTIONS } satisfies OptionTable<WriteOptions>;
