/**
 * The judgement of a signed verdict, for the command, the gates and the page in the browser: it reads nothing and waits for
 * nothing. A verdict counts if a trusted key has signed it and it is about what was demanded; then it is what it says.
 */
import { EvidenceError } from '../core/errors.ts';
import { momentOf } from '../core/instant.ts';
import { parseJson } from '../core/json/parse.ts';
import { classOf, type IncompleteKind, type UntrustedKind } from '../core/kinds.ts';
import type { Hash, Platform } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { Verdict } from '../core/report/report.ts';
import { parseVerdictStatement } from '../wire/read-verdict-statement.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../wire/statement.ts';
import type { AttestedSide, NamedDigest, VerdictStatement } from '../wire/verdict-statement.ts';
import { verifyEnvelope } from './dsse.ts';
import type { PublicKey } from './keys.ts';
import { readBundle, type SigstoreBundle } from './sigstore-bundle.ts';
import { subjectDifferences } from './trust-demands.ts';
import { TrustError } from './trust-error.ts';

/** What the statement must be about. */
export interface VerdictDemands {
  /** SHA-256 of the baseline. */
  readonly digest?: Hash;
  /** Members of the subject of both sides, and the texts that they must have. */
  readonly subject?: ReadonlyMap<string, string>;
  /** Each must be among its subjects, by name and digest. */
  readonly artifacts?: readonly NamedDigest[];
  /** A report of the comparison, in whatever format: it must be one that the statement names. */
  readonly reportSha256?: Hash;
  /** Verifies that an authority has stamped the signature: throws TrustError if none has. Undefined where nobody asks. */
  readonly timestamp?: (timestamps: readonly Uint8Array[], signature: Uint8Array) => SignedTime;
  /** The greatest age of the verification, in seconds, and the time by our own clock, in milliseconds since 1970. */
  readonly age?: { readonly mostSeconds: number; readonly nowMs: number };
}

/** What a verdict is checked with. */
export interface VerdictInput {
  /** How the user called the file. */
  readonly name: string;
  /** The bytes of the file, or why they could not be read. */
  readonly content: Uint8Array | EvidenceError;
  /** The keys that may have signed it, each as it was read, or why it was not. */
  readonly trusted: readonly (PublicKey | TrustError)[];
  readonly demands: VerdictDemands;
}

/** When an authority has stamped a signature. */
export interface SignedTime {
  /** RFC 3339. */
  readonly time: string;
  readonly authority: { readonly sha256: Hash; readonly subject: string };
}

export interface VerdictFinding {
  readonly kind: UntrustedKind | IncompleteKind;
  readonly message: string;
}

export interface VerdictCheck {
  /**
   * What was signed, if it counts; UNTRUSTED if it does not, INCOMPLETE if it could not be read. Never PASS where anything
   * that was demanded does not hold.
   */
  readonly verdict: Verdict;
  /** What a trusted key has signed; undefined where none has, or it could not be read. */
  readonly statement?: VerdictStatement;
  /** SHA-256 of the SubjectPublicKeyInfo of each trusted key that has signed it. */
  readonly signedBy: readonly { readonly sha256: Hash; readonly algorithm: string }[];
  /** When it was signed at the latest, by an authority that is trusted; only where that was demanded, and held. */
  readonly timestamp?: SignedTime;
  readonly findings: readonly VerdictFinding[];
}

/** Clocks of two machines may differ by this much before a time counts as one of the future. */
const CLOCK_SKEW_SECONDS = 60;

function digestFaults({ baseline }: VerdictStatement, digest: Hash | undefined): readonly VerdictFinding[] {
  if (digest === undefined || baseline?.sha256 === digest) return [];
  const is = baseline?.sha256 ?? 'not stated';
  return [{ kind: 'digest-mismatch', message: `the SHA-256 of the baseline is ${is}, expected is ${digest}` }];
}

function sideFaults(
  called: string,
  side: AttestedSide | undefined,
  expected: ReadonlyMap<string, string>,
): readonly VerdictFinding[] {
  return subjectDifferences(side?.subject ?? {}, expected).map((fault) => ({
    kind: 'subject-mismatch',
    message: `of the ${called}, ${fault}`,
  }));
}

function artifactFaults({ artifacts }: VerdictStatement, expected: readonly NamedDigest[]): readonly VerdictFinding[] {
  return expected.flatMap(({ name, sha256 }): readonly VerdictFinding[] => {
    const named = artifacts.filter((artifact) => artifact.name === name);
    if (named.some((artifact) => artifact.sha256 === sha256)) return [];
    const quoted = JSON.stringify(name);
    const [other] = named;
    const is = other === undefined ? 'no such artefact' : `one with the SHA-256 ${other.sha256}`;
    const message = `expected is the artefact ${quoted} with the SHA-256 ${sha256}, and it is about ${is}`;
    return [{ kind: other === undefined ? 'subject-mismatch' : 'digest-mismatch', message }];
  });
}

function reportFaults({ reports }: VerdictStatement, sha256: Hash | undefined): readonly VerdictFinding[] {
  if (sha256 === undefined || reports.some((report) => report.sha256 === sha256)) return [];
  const named = reports.map((report) => report.sha256).join(', ');
  const message = `the report has the SHA-256 ${sha256}, and the verdict is of ${named}`;
  return [{ kind: 'digest-mismatch', message }];
}

function ageFaults({ verifiedAt }: VerdictStatement, age: VerdictDemands['age']): readonly VerdictFinding[] {
  if (age === undefined) return [];
  const seconds = (age.nowMs - (momentOf(verifiedAt) ?? Number.NaN)) / 1000;
  if (seconds >= -CLOCK_SKEW_SECONDS && seconds <= age.mostSeconds) return [];
  const how = seconds < 0 ? 'which is in the future' : `longer ago than ${age.mostSeconds} s`;
  return [{ kind: 'baseline-stale', message: `verified at ${verifiedAt}, ${how}` }];
}

/** What of the statement is not what was demanded. */
function unmet(statement: VerdictStatement, demands: VerdictDemands): readonly VerdictFinding[] {
  const { subject = new Map() } = demands;
  return [
    ...digestFaults(statement, demands.digest),
    ...sideFaults('baseline', statement.baseline, subject),
    ...sideFaults('current side', statement.current, subject),
    ...artifactFaults(statement, demands.artifacts ?? []),
    ...reportFaults(statement, demands.reportSha256),
    ...ageFaults(statement, demands.age),
  ];
}

type Signed = Pick<VerdictCheck, 'signedBy'> & {
  readonly statement: VerdictStatement;
  readonly bundle: SigstoreBundle;
};

/** @throws EvidenceError where it is no bundle; TrustError where no trusted key has signed such a statement */
function signedStatement(platform: Platform, bytes: Uint8Array, trusted: readonly PublicKey[]): Signed {
  const bundle = readBundle(parseJson(platform, bytes));
  if (trusted.length === 0) throw new TrustError('key-untrusted', 'no key is trusted: anybody can sign a verdict');
  const { body, keys } = verifyEnvelope(bundle.envelope, STATEMENT_PAYLOAD_TYPE, trusted);
  const signedBy = keys.map(({ id, algorithm }) => ({ sha256: id, algorithm }));
  try {
    return { statement: parseVerdictStatement(parseJson(platform, body)), signedBy, bundle };
  } catch (fault) {
    // A trusted key has signed it, and it is no verdict.
    if (fault instanceof EvidenceError) throw new TrustError('signature-invalid', fault.message, { cause: fault });
    throw fault;
  }
}

const ADVICE = 'give the bundle that --attest or attest has written';

function findingOf(fault: unknown, name: string): VerdictFinding {
  if (fault instanceof TrustError) return { kind: fault.kind, message: fault.message };
  if (fault instanceof EvidenceError) {
    const placed = fault.at({ file: name });
    return { kind: fault.kind, message: (placed.advice === undefined ? placed.advising(ADVICE) : placed).message };
  }
  throw fault;
}

interface Timed {
  readonly timestamp?: SignedTime;
  readonly findings: readonly VerdictFinding[];
}

/** The outside time of a signature, where it is demanded. What was verified after that is not what was signed. */
function timeOf({ bundle, statement }: Signed, { timestamp: verified }: VerdictDemands, name: string): Timed {
  if (verified === undefined) return { findings: [] };
  try {
    const timestamp = verified(bundle.timestamps, bundle.signature ?? new Uint8Array());
    const ahead = (momentOf(statement.verifiedAt) ?? Number.NaN) - (momentOf(timestamp.time) ?? Number.NaN);
    if (ahead <= CLOCK_SKEW_SECONDS * 1000) return { timestamp, findings: [] };
    const message = `verified at ${statement.verifiedAt} by the verifier's clock, and stamped before that, at ${timestamp.time}`;
    return { findings: [{ kind: 'baseline-stale', message }] };
  } catch (fault) {
    return { findings: [findingOf(fault, name)] };
  }
}

/**
 * Checks a signed verdict.
 *
 * @throws RangeError if the program itself is wrong
 */
export function checkVerdict(platform: Platform, { name, content, trusted, demands }: VerdictInput): VerdictCheck {
  const refused = trusted.filter((key) => key instanceof TrustError).map((fault) => findingOf(fault, name));
  const keys = trusted.filter((key): key is PublicKey => !(key instanceof TrustError));
  try {
    if (content instanceof EvidenceError) throw content;
    const signed = signedStatement(platform, content, keys);
    const { statement, signedBy } = signed;
    const { timestamp, findings: timely } = timeOf(signed, demands, name);
    const findings = [...refused, ...unmet(statement, demands), ...timely];
    const verdict = findings.length > 0 ? 'UNTRUSTED' : statement.verdict;
    return { verdict, statement, signedBy, ...present({ timestamp }), findings };
  } catch (fault) {
    const finding = findingOf(fault, name);
    const findings = [...refused, finding];
    const isUntrusted = findings.some(({ kind }) => classOf(kind, 'append') === 'UNTRUSTED');
    return { verdict: isUntrusted ? 'UNTRUSTED' : 'INCOMPLETE', signedBy: [], findings };
  }
}
