/**
 * The continuity report, version 1: the one object from which every format is drawn (docs/continuity-report.md).
 *
 * Behind each type stands its form, of which types demand the same members: a report that is read is checked by it, the
 * JSON Schema is made from it, and JSON has its members in its order.
 */
import {
  anything,
  count,
  described,
  type Form,
  flag,
  hash,
  listOf,
  type MembersOf,
  mapOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  textOrNull,
  wholeFrom,
} from '../json/form.ts';
import { FINDING_KINDS, type FindingClass, type FindingKind, type Mode, type UntrustedKind } from '../kinds.ts';
import type { Hash } from '../platform.ts';
import type { Depth, Subject } from '../snapshot/header.ts';
import {
  type ChangedPlace,
  type ChangeGroup,
  changedPlaceForm,
  changeGroupForm,
  type FindingValue,
  findingValue,
} from './changes.ts';
import { type CountedBy, countedByForm } from './count-by.ts';
import { type Demand, demandForm } from './demands.ts';
import { type MigrationReport, migrationForm, signingKeyForm } from './migration-report.ts';
import { type PartReport, partForm } from './part-report.ts';
import { type MappingReport, mappingForm } from './subjects.ts';

export type Verdict = 'PASS' | 'FAIL' | 'INCOMPLETE' | 'UNTRUSTED';

/**
 * How a stream, a tenant or the whole relates to the baseline.
 *
 * - `identical`: nothing changed, nothing was added.
 * - `extended`: the baseline is a verified prefix (ordered) or a verified subset (unordered).
 * - `migrated`: continuous under a declared migration map.
 * - `broken`: evidence is missing, changed, re-linked, reordered or, in frozen mode, added.
 * - `unknown`: it could not be established.
 */
export type Relation = 'identical' | 'extended' | 'migrated' | 'broken' | 'unknown';

const verdict = oneOf('PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED');
const relation = oneOf('identical', 'extended', 'migrated', 'broken', 'unknown');

/** One fault, or one growth. A finding about one side alone carries only that side's value. */
export interface Finding {
  readonly kind: FindingKind;
  readonly class: FindingClass;
  readonly tenant?: string;
  readonly stream?: string;
  readonly id?: string;
  readonly seq?: number;
  /** JSON Pointer (RFC 6901) into the record, where both records are at hand. */
  readonly path?: string;
  readonly baseline?: FindingValue;
  readonly current?: FindingValue;
  readonly message: string;
  /** Whether both sides show the same fault at the same record: it was there before. Absent if not. */
  readonly alreadyInBaseline?: true;
  /** Of a modified record every place that differs, where both bodies are at hand: the first 100, other values before notations. */
  readonly places?: readonly ChangedPlace[];
  /** How many more places differ; absent if none. */
  readonly placesOmitted?: number;
}

export const findingForm: Form = object({
  kind: oneOf(...FINDING_KINDS),
  class: oneOf('UNTRUSTED', 'FAIL', 'INCOMPLETE', 'info'),
  tenant: optional(text),
  stream: optional(text),
  id: optional(text),
  seq: optional(count),
  path: optional(text, 'JSON Pointer (RFC 6901) into the record'),
  baseline: optional(findingValue),
  current: optional(findingValue),
  message: text,
  alreadyInBaseline: optional(oneOf(true), 'both sides show the same fault at the same record: counted once'),
  places: optional(listOf(changedPlaceForm), 'every place of a modified record that differs, at most 100'),
  placesOmitted: optional(count, 'how many more places differ'),
} satisfies MembersOf<Finding>);

/** What was read of one side. `sha256` is the digest of the bytes as they lie in the file, null if not all were read. */
export interface SideReport {
  readonly name: string;
  readonly sha256: Hash | null;
  readonly depth: Depth | null;
  readonly records: number;
  /** Recomputed; null where the side could not be read to its end. */
  readonly globalRoot: Hash | null;
  readonly subject: Subject | null;
  readonly capturedAt: string | null;
}

const SIDE_MEMBERS = {
  name: text,
  sha256: nullable(hash),
  depth: nullable(oneOf('full', 'digest', 'summary')),
  records: count,
  globalRoot: nullable(hash),
  subject: nullable(mapOf(anything)),
  capturedAt: textOrNull,
} satisfies MembersOf<SideReport>;

export const sideForm: Form = object(SIDE_MEMBERS);

/** A key that has signed, by the SHA-256 of its SubjectPublicKeyInfo. */
export interface SigningKey {
  readonly sha256: Hash;
  readonly algorithm: string;
}

/** A signature of the baseline that was verified: over its very bytes, by trusted keys. */
export interface SignatureReport {
  readonly keys: readonly SigningKey[];
  /** How many distinct keys were demanded. */
  readonly threshold: number;
  readonly payloadType: string;
  readonly predicateType: string;
  readonly signedSha256: Hash;
  /** By the signer's clock: a claim. */
  readonly signedAt: string;
  /** The upgrade that the signer named. */
  readonly upgrade: string | null;
}

const signatureForm = object({
  keys: listOf(signingKeyForm),
  threshold: wholeFrom(1),
  payloadType: text,
  predicateType: text,
  signedSha256: hash,
  signedAt: text,
  upgrade: textOrNull,
} satisfies MembersOf<SignatureReport>);

/** An outside time of the baseline that was verified (RFC 3161): its very bytes were there by then. */
export interface TimestampReport {
  /** RFC 3339. */
  readonly time: string;
  /** SHA-256 of the certificate of the authority, and its subject, as it names itself. */
  readonly authority: { readonly sha256: Hash; readonly subject: string };
}

const timestampForm = object({
  time: text,
  authority: object({ sha256: hash, subject: text } satisfies MembersOf<TimestampReport['authority']>),
} satisfies MembersOf<TimestampReport>);

export interface BaselineReport extends SideReport {
  /** Null if none was verified. */
  readonly signature: SignatureReport | null;
  /** Only where one was demanded, and holds. */
  readonly timestamp?: TimestampReport;
}

const baselineForm = object({
  ...SIDE_MEMBERS,
  signature: nullable(signatureForm),
  timestamp: optional(timestampForm, 'an outside time that was demanded, and holds'),
} satisfies MembersOf<BaselineReport>);

/** Records of each side that were read and not compared. */
export interface Unjudged {
  readonly baseline: number;
  readonly current: number;
}

const unjudged = optional(
  object({ baseline: count, current: count } satisfies MembersOf<Unjudged>),
  'records that were read and could not be compared',
);

/**
 * Every record in exactly one place: `matched + modified + relinked + moved + missing (+ retired + unjudged)` are the baseline's
 * records, `matched + modified + relinked + moved + added (+ unjudged)` the current side's.
 */
export interface Totals {
  readonly matched: number;
  readonly added: number;
  readonly missing: number;
  readonly modified: number;
  readonly relinked: number;
  readonly moved: number;
  /** Records that a migration has retired, and that left nothing; only there if there are any. */
  readonly retired?: number;
  /** Records that were read and could not be compared, by side; only there if there are any. */
  readonly unjudged?: Unjudged;
}

const totalsForm = object({
  matched: count,
  added: count,
  missing: count,
  modified: count,
  relinked: count,
  moved: count,
  retired: optional(count, 'records that a migration has retired, and that left nothing'),
  unjudged,
} satisfies MembersOf<Totals>);

export interface StreamSide {
  readonly size: number;
  readonly root: Hash | null;
  readonly head: Hash | null;
}

const streamSideForm = nullable(
  object({ size: count, root: nullable(hash), head: textOrNull } satisfies MembersOf<StreamSide>),
);

export interface StreamReport {
  readonly stream: string;
  readonly ordered: boolean;
  readonly relation: Relation;
  readonly baseline: StreamSide | null;
  readonly current: StreamSide | null;
  /** Root of the current stream at the baseline's size (ordered streams); null where there is none. */
  readonly rootAtBaselineSize: Hash | null;
  /** As in the totals: where there are such records, what is not seen here is not known to be lost. */
  readonly unjudged?: Unjudged;
}

export const STREAM_MEMBERS = {
  stream: text,
  ordered: flag,
  relation,
  baseline: streamSideForm,
  current: streamSideForm,
  rootAtBaselineSize: nullable(hash),
  unjudged,
} satisfies MembersOf<StreamReport>;

export const streamForm: Form = object(STREAM_MEMBERS);

export interface TypeCount {
  readonly type: string;
  readonly baseline: number;
  readonly current: number;
}

export interface TenantReport {
  readonly tenant: string;
  readonly relation: Relation;
  readonly baselineRoot: Hash | null;
  readonly currentRoot: Hash | null;
  readonly unjudged?: Unjudged;
  readonly counts: readonly TypeCount[];
  readonly streams: readonly StreamReport[];
}

export const TENANT_MEMBERS = {
  tenant: text,
  relation,
  baselineRoot: nullable(hash),
  currentRoot: nullable(hash),
  unjudged,
  counts: listOf(object({ type: text, baseline: count, current: count } satisfies MembersOf<TypeCount>)),
  streams: listOf(streamForm),
} satisfies MembersOf<TenantReport>;

export const tenantForm: Form = object(TENANT_MEMBERS);

/** One kind of check, how often it was made, and how often it could not be. */
export interface Check {
  readonly check: string;
  readonly done: number;
  readonly skipped?: number;
  readonly why?: string;
}

const checkForm = object({
  check: text,
  done: count,
  skipped: optional(count),
  why: optional(text),
} satisfies MembersOf<Check>);

/** When and where the comparison ran: the only part that differs between two runs on the same inputs. */
export interface Run {
  readonly tool: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  readonly peakRssBytes: number;
}

export const runForm: Form = object({
  tool: text,
  startedAt: text,
  finishedAt: text,
  durationMs: number,
  peakRssBytes: count,
} satisfies MembersOf<Run>);

export interface ContinuityReport {
  readonly kind: 'evidence-continuity-report';
  readonly version: 1;
  readonly verdict: Verdict;
  readonly relation: Relation;
  readonly mode: Mode;
  readonly headline: string;
  readonly baseline: BaselineReport;
  readonly current: SideReport;
  readonly totals: Totals;
  /** All modified records by what changed in them, rarest first: at most 1,000 groups. */
  readonly changes: readonly ChangeGroup[];
  /** Modified records that are in none of these groups; absent if none. */
  readonly changesOmitted?: number;
  /** Everything that was demanded, and what came of it. */
  readonly demands: readonly Demand[];
  /** How both sides were read, and what of that differs. */
  readonly mapping: MappingReport;
  /** The migration under which both were compared; null if there was none. */
  readonly migration: MigrationReport | null;
  /** Records by the attributes that a profile names; absent where none does. No verdict comes of it. */
  readonly countBy?: readonly CountedBy[];
  readonly tenants: readonly TenantReport[];
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  readonly checks: readonly Check[];
  readonly notChecked: readonly string[];
  /** Only there where one shard of both sides was compared: then the verdict is never PASS. */
  readonly shard?: PartReport;
  readonly run: Run;
}

/**
 * Members that are no function of the two sides and of what was asked for: of a machine, of a moment. Whoever makes a report anew,
 * to compare it or to join it, leaves them out.
 */
export const OUTSIDE_THE_SIDES: ReadonlySet<string> = new Set<keyof ContinuityReport>(['run']);

export const REPORT_MEMBERS = {
  kind: oneOf('evidence-continuity-report'),
  version: oneOf(1),
  verdict,
  relation,
  mode: oneOf('append', 'frozen'),
  headline: text,
  baseline: baselineForm,
  current: sideForm,
  totals: totalsForm,
  changes: described(listOf(changeGroupForm), 'modified records by what changed in them, rarest first'),
  changesOmitted: optional(count, 'modified records that are in none of these groups'),
  demands: listOf(demandForm),
  mapping: mappingForm,
  migration: nullable(migrationForm),
  countBy: optional(listOf(countedByForm), 'records by the attributes that a profile names: information alone'),
  tenants: listOf(tenantForm),
  findings: listOf(findingForm),
  findingCounts: mapOf(count),
  checks: listOf(checkForm),
  notChecked: listOf(text),
  shard: optional(partForm, 'which part of both sides was compared; it is never a PASS, and is there to be merged'),
  run: runForm,
} satisfies MembersOf<ContinuityReport>;

export const reportForm: Form = object(REPORT_MEMBERS);

/* What was found out about who vouches for the baseline: made outside of the core, which knows no keys. */

export interface TrustFinding {
  readonly kind: UntrustedKind;
  readonly message: string;
}

export interface TrustOutcome {
  readonly findings: readonly TrustFinding[];
  /** The signature, if every demand on it was met. */
  readonly signature: SignatureReport | null;
  /** An outside time, if one was demanded and holds. */
  readonly timestamp?: TimestampReport;
  /** Why there is none, for the list of what was not checked. */
  readonly note?: string;
  /** Signatures that should count and do not, beside those that do: each in words, for the same list. */
  readonly damaged?: readonly string[];
}
