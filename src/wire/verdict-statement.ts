/**
 * The in-toto Statement v1 about the verdict of a comparison, in one of three published predicates:
 *
 * - SLSA Verification Summary v1 (slsa.dev/verification_summary/v1), of every verdict;
 * - Simple Verification Result v0.2 (in-toto.io/attestation/svr/v0.2), which has no word for what did not pass;
 * - Test Result v0.1 (in-toto.io/attestation/test-result/v0.1).
 *
 * All members are theirs. What a predicate has no member for stands in `annotations`, which every ResourceDescriptor has:
 * those of the policy say the verdict itself, those of a side what it is of.
 */

import { canonicalBytes, canonicalText } from '../core/json/canonical.ts';
import type { Json } from '../core/json/value.ts';
import { classOf, type FindingKind, type Mode } from '../core/kinds.ts';
import type { Hash, Platform } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { BaselineReport, Relation, SideReport, Verdict } from '../core/report/report.ts';
import type { PlainJson, Subject } from '../core/snapshot/header.ts';
import type { ReadReport } from './continuity-report.ts';
import { jsonOf } from './plain.ts';
import { STATEMENT_TYPE } from './statement.ts';

/** The predicates, by the names that a user gives them. */
export const VERDICT_PREDICATES = {
  vsa: 'https://slsa.dev/verification_summary/v1',
  svr: 'https://in-toto.io/attestation/svr/v0.2',
  'test-result': 'https://in-toto.io/attestation/test-result/v0.1',
} as const;

export type VerdictPredicate = keyof typeof VERDICT_PREDICATES;

/** Who verified (`verifier.id`): a change of what PASS means changes its version. */
export const VERIFIER_ID = 'urn:evidence-diff:continuity-verifier:v1';
/** By what (`policy.uri`): docs/continuity-report.md, version 1. */
export const POLICY_URI = 'urn:evidence-diff:continuity-policy:v1';
/** Where a predicate without input attestations has them all the same: in-toto lets members be added that are URIs. */
export const INPUTS_MEMBER = 'urn:evidence-diff:input-attestations:v1';

/** The same of who verified, and when. */
export const VERIFIER_MEMBER = 'urn:evidence-diff:verifier:v1';
export const TIME_MEMBER = 'urn:evidence-diff:time-verified:v1';

/** Names of the subjects that are not the caller's. */
export const SIDE_NAMES = {
  baseline: 'evidence-baseline',
  current: 'evidence-current',
  report: 'evidence-report',
} as const;

/** The digest of a source that is no file: its global root (docs/snapshot.md). */
export const ROOT_DIGEST = 'evidenceRoot';

/** A file, an image, or whatever else has a SHA-256. */
export interface NamedDigest {
  readonly name: string;
  readonly sha256: Hash;
}

/** A report of the comparison, as it was written. */
export interface AttestedReport {
  /** Of its file, without folders; absent where none was written. */
  readonly name?: string;
  readonly mediaType: string;
  readonly sha256: Hash;
}

/** One side of the comparison. */
export interface AttestedSide {
  /** Of its bytes; null for a source that is no file. */
  readonly sha256: Hash | null;
  readonly globalRoot: Hash | null;
  readonly records: number;
  /** RFC 3339. */
  readonly capturedAt: string | null;
  /** Members of what it says that it is of: all that are one text, number or truth value. */
  readonly subject: Subject;
  /** Of a baseline whose signature was verified: the SHA-256 of the SubjectPublicKeyInfo of each key that has signed it. */
  readonly signedBy?: readonly Hash[];
}

/** What was verified, and what came of it. */
export interface VerdictStatement {
  readonly predicate: VerdictPredicate;
  readonly verdict: Verdict;
  readonly mode: Mode;
  readonly relation: Relation;
  /** Kinds of findings that stand against PASS, in alphabetical order. */
  readonly reasons: readonly string[];
  /** RFC 3339, by the clock of the comparison. */
  readonly verifiedAt: string;
  /** SHA-256 of mode and demands in canonical form. */
  readonly policySha256: Hash;
  /** Absent where it was not read to its end. */
  readonly baseline?: AttestedSide;
  readonly current?: AttestedSide;
  /** What the caller says that the verdict is about as well. */
  readonly artifacts: readonly NamedDigest[];
  /** At least one: the report as JSON. */
  readonly reports: readonly AttestedReport[];
}

/** What an attestation of a report says besides it. */
export interface Attesting {
  readonly predicate: VerdictPredicate;
  readonly artifacts: readonly NamedDigest[];
  readonly reports: readonly AttestedReport[];
  /** RFC 3339: when what the report says was found to be so. */
  readonly verifiedAt: string;
}

function isScalar(value: PlainJson): boolean {
  return value === null || typeof value !== 'object';
}

function sideOf({ sha256, globalRoot, records, capturedAt, subject }: SideReport): AttestedSide | undefined {
  if (sha256 === null && globalRoot === null) return undefined;
  const scalars = Object.entries(subject ?? {}).filter(([, value]) => isScalar(value));
  const says: Record<string, PlainJson> = Object.assign(Object.create(null), Object.fromEntries(scalars));
  return { sha256, globalRoot, records, capturedAt, subject: says };
}

function baselineOf({ signature, ...side }: BaselineReport): AttestedSide | undefined {
  const baseline = sideOf(side);
  if (baseline === undefined || signature === null) return baseline;
  return { ...baseline, signedBy: signature.keys.map(({ sha256 }) => sha256) };
}

/** Where something is written says nothing of what was verified. */
const OUTPUTS: ReadonlySet<string> = new Set(['output', 'metrics', 'attest', 'artifact']);

/** The digest of what was demanded: two comparisons by one policy have the same. */
function policyDigest(platform: Platform, { mode, demands = [] }: Pick<ReadReport, 'mode' | 'demands'>): Hash {
  const asked = demands.filter(({ demand }) => !OUTPUTS.has(demand)).map(({ demand, asked }) => ({ demand, asked }));
  return platform.sha256(canonicalBytes(jsonOf({ mode, demands: asked })));
}

/** What of the findings stands against PASS. */
function reasonsOf({ findingCounts, mode }: ReadReport): readonly string[] {
  const isReason = (kind: string): boolean => classOf(kind as FindingKind, mode) !== 'info';
  return Object.keys(findingCounts).filter(isReason).sort();
}

/**
 * What a statement about `report` says. That the report is whole, and the one that a comparison has made, is for whoever
 * calls this to know.
 */
export function verdictStatement(platform: Platform, report: ReadReport, attesting: Attesting): VerdictStatement {
  const { verdict, mode, relation } = report;
  const [baseline, current] = [baselineOf(report.baseline), sideOf(report.current)];
  // It has no member for a result: of what did not pass the summary says it.
  const predicate = attesting.predicate === 'svr' && verdict !== 'PASS' ? 'vsa' : attesting.predicate;
  const policySha256 = policyDigest(platform, report);
  const reasons = reasonsOf(report);
  return { ...attesting, predicate, verdict, mode, relation, reasons, policySha256, ...present({ baseline, current }) };
}

type LevelFacts = Pick<VerdictStatement, 'relation' | 'mode' | 'baseline'>;

/**
 * Names of what a PASS has shown, one of each kind: for `verifiedLevels` and `properties`, which policies ask for.
 */
export function levelsOf({ relation, mode, baseline }: LevelFacts): readonly string[] {
  return [
    `EVIDENCE_CONTINUITY_${relation.toUpperCase()}`,
    `EVIDENCE_MODE_${mode.toUpperCase()}`,
    ...(baseline?.signedBy === undefined ? [] : ['EVIDENCE_BASELINE_SIGNED']),
  ];
}

/** The store, as a URI: that of the current side. */
export function resourceUriOf({ baseline, current }: Pick<VerdictStatement, 'baseline' | 'current'>): string {
  const system = (current ?? baseline)?.subject['system'];
  return typeof system === 'string'
    ? `urn:evidence-diff:store:${encodeURIComponent(system)}`
    : 'urn:evidence-diff:store';
}

/* The statement as JSON. */

function sideSubject(name: string, side: AttestedSide | undefined): readonly PlainJson[] {
  if (side === undefined) return [];
  const { sha256, globalRoot, records, capturedAt, subject, signedBy } = side;
  const digest = sha256 === null ? { [ROOT_DIGEST]: globalRoot } : { sha256 };
  return [{ name, digest, annotations: { records, globalRoot, capturedAt, subject, ...present({ signedBy }) } }];
}

function reportDescriptor({ name, mediaType, sha256 }: AttestedReport): PlainJson {
  return { ...present({ name }), digest: { sha256 }, mediaType };
}

function subjectsOf({ baseline, current, artifacts, reports }: VerdictStatement): PlainJson {
  const subjects = [
    ...sideSubject(SIDE_NAMES.baseline, baseline),
    ...sideSubject(SIDE_NAMES.current, current),
    ...artifacts.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
  ];
  // A statement is about something: where nothing was read, about the report that says so.
  const [report] = reports;
  if (subjects.length > 0 || report === undefined) return subjects;
  return [{ name: SIDE_NAMES.report, digest: { sha256: report.sha256 } }];
}

function policyOf({ verdict, mode, relation, reasons, policySha256 }: VerdictStatement): Record<string, PlainJson> {
  return {
    uri: POLICY_URI,
    digest: { sha256: policySha256 },
    annotations: { result: verdict, mode, relation, reasons },
  };
}

function predicateOf(statement: VerdictStatement, version: string): PlainJson {
  const { predicate, verdict, verifiedAt, reasons, reports } = statement;
  const result = verdict === 'PASS' ? 'PASSED' : 'FAILED';
  const levels = verdict === 'PASS' ? levelsOf(statement) : ['FAILED'];
  const inputs = reports.map(reportDescriptor);
  const policy = policyOf(statement);
  switch (predicate) {
    case 'vsa':
      return {
        verifier: { id: VERIFIER_ID, version: { 'evidence-diff': version } },
        timeVerified: verifiedAt,
        resourceUri: resourceUriOf(statement),
        policy,
        inputAttestations: inputs,
        verificationResult: result,
        verifiedLevels: levels,
      };
    case 'svr':
      return {
        verifier: { id: VERIFIER_ID, policies: [policy] },
        timeCreated: verifiedAt,
        properties: levels,
        [INPUTS_MEMBER]: inputs,
      };
    case 'test-result':
      return {
        result,
        configuration: [policy],
        passedTests: verdict === 'PASS' ? levels : [],
        warnedTests: [],
        failedTests: reasons,
        [VERIFIER_MEMBER]: VERIFIER_ID,
        [TIME_MEMBER]: verifiedAt,
        [INPUTS_MEMBER]: inputs,
      };
  }
}

function statementJson(statement: VerdictStatement, version: string): Json {
  return jsonOf({
    _type: STATEMENT_TYPE,
    subject: subjectsOf(statement),
    predicateType: VERDICT_PREDICATES[statement.predicate],
    predicate: predicateOf(statement, version),
  });
}

/**
 * The statement as the bytes that are signed: canonical JSON.
 *
 * @param version - of the program that compared
 */
export function verdictStatementBytes(statement: VerdictStatement, version: string): Uint8Array {
  return canonicalBytes(statementJson(statement, version));
}

/**
 * Whether `statement` says of a comparison what `report` does: verdict, relation, demands and both sides. Its digest of the
 * report alone does not show that: whoever signs can write something else beside it.
 */
export function isStatementOf(platform: Platform, statement: VerdictStatement, report: ReadReport): boolean {
  const { predicate, artifacts, reports, verifiedAt } = statement;
  const own = verdictStatement(platform, report, { predicate, artifacts, reports, verifiedAt });
  return canonicalText(statementJson(own, '')) === canonicalText(statementJson(statement, ''));
}
