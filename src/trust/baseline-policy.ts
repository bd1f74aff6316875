/**
 * Whether a baseline can be believed: who vouched for its very bytes, when it was captured, and of what.
 *
 * Nothing here reads a file. The signature is verified before the baseline is read, over the bytes of the envelope; what
 * it vouches for is set against what was then read, through the one opening that the comparison itself was made from.
 */

import type { SignatureReport } from '../core/continuity/report.ts';
import type { TrustFinding, TrustOutcome } from '../core/continuity/trust-outcome.ts';
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Platform } from '../core/platform.ts';
import { parseEnvelope } from '../wire/dsse.ts';
import { PREDICATE_TYPE, parseStatement, type SnapshotStatement, STATEMENT_PAYLOAD_TYPE } from '../wire/statement.ts';
import { verifyEnvelope } from './dsse.ts';
import type { PublicKey } from './keys.ts';
import { type ReadBaseline, statementDifference } from './statement-difference.ts';
import { TrustError } from './trust-error.ts';

export type { ReadBaseline };

/** What is demanded of a baseline. */
export interface BaselineDemands {
  /** How many distinct trusted keys must have signed, from 1. */
  readonly threshold: number;
  /** The greatest age of `capturedAt`, in milliseconds. */
  readonly maxAgeMs?: number;
  /** Members of the header's `subject` and the texts that they must have. */
  readonly subject?: ReadonlyMap<string, string>;
  /** The upgrade that the signer must have named. */
  readonly upgrade?: string;
  /** The time by our own clock, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** A signature that was verified, and what it vouches for. */
export interface VerifiedSignature {
  readonly keys: readonly PublicKey[];
  readonly statement: SnapshotStatement;
}

/** Clocks of two machines may differ by this much before a time counts as one of the future. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Verifies the envelope of a baseline, and reads what it vouches for.
 *
 * @param bytes - the file `<baseline>.dsse.json`
 * @throws TrustError `signature-missing`, `signature-invalid` or `key-untrusted`
 */
export function verifySignature(
  platform: Platform,
  bytes: Uint8Array,
  trusted: readonly PublicKey[],
  threshold: number,
): VerifiedSignature {
  try {
    const envelope = parseEnvelope(parseJson(platform, bytes));
    const { body, keys } = verifyEnvelope(envelope, STATEMENT_PAYLOAD_TYPE, trusted, threshold);
    return { keys, statement: parseStatement(parseJson(platform, body)) };
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new TrustError('signature-invalid', fault.message, { cause: fault });
    throw fault;
  }
}

function ageFinding(baseline: ReadBaseline, { maxAgeMs, nowMs }: BaselineDemands): TrustFinding | undefined {
  if (maxAgeMs === undefined || baseline.header === undefined) return undefined;
  const { capturedAt } = baseline.header;
  const stale = (reason: string): TrustFinding => ({ kind: 'baseline-stale', message: `baseline: ${reason}` });
  const capturedMs = capturedAt === null ? Number.NaN : Date.parse(capturedAt);
  if (Number.isNaN(capturedMs)) return stale('it does not say when it was captured');
  if (capturedMs > nowMs + CLOCK_SKEW_MS) return stale(`captured at ${capturedAt}, which is in the future`);
  if (capturedMs >= nowMs - maxAgeMs) return undefined;
  return stale(`captured at ${capturedAt}, longer ago than ${Math.floor(maxAgeMs / 1000)} s`);
}

function subjectFindings(baseline: ReadBaseline, { subject }: BaselineDemands): readonly TrustFinding[] {
  const found = baseline.header?.subject;
  if (found === undefined) return [];
  return [...(subject ?? [])].flatMap(([member, expected]): readonly TrustFinding[] => {
    const value = Object.hasOwn(found, member) ? found[member] : undefined;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text === expected) return [];
    const told = text === undefined ? 'it has no' : `it has ${JSON.stringify(text).slice(0, 200)} as`;
    const message = `baseline: ${told} ${JSON.stringify(member)}, expected is ${JSON.stringify(expected)}`;
    return [{ kind: 'subject-mismatch', message }];
  });
}

function signedFinding(
  baseline: ReadBaseline,
  { statement }: VerifiedSignature,
  { upgrade }: BaselineDemands,
): TrustFinding | undefined {
  if (baseline.sha256 === null && baseline.complete) {
    return { kind: 'signature-invalid', message: 'baseline: signed was a file, and this is none' };
  }
  if (baseline.sha256 !== null && statement.sha256 !== baseline.sha256) {
    const message = `baseline: signed was a file with the SHA-256 ${statement.sha256}, this one has ${baseline.sha256}`;
    return { kind: 'signature-invalid', message };
  }
  const difference = baseline.complete ? statementDifference(statement, baseline) : undefined;
  if (difference !== undefined) {
    return { kind: 'subject-mismatch', message: `baseline: what was signed does not fit the file: ${difference}` };
  }
  if (upgrade === undefined || statement.upgrade === upgrade) return undefined;
  const signed = statement.upgrade === undefined ? 'no upgrade' : `the upgrade ${JSON.stringify(statement.upgrade)}`;
  const message = `baseline: signed for ${signed}, expected is ${JSON.stringify(upgrade)}`;
  return { kind: 'subject-mismatch', message };
}

function reportOf({ keys, statement }: VerifiedSignature, threshold: number): SignatureReport {
  const { sha256, signedAt, upgrade } = statement;
  return {
    keys: keys.map(({ id, algorithm }) => ({ sha256: id, algorithm })),
    threshold,
    payloadType: STATEMENT_PAYLOAD_TYPE,
    predicateType: PREDICATE_TYPE,
    signedSha256: sha256,
    signedAt,
    upgrade: upgrade ?? null,
  };
}

/**
 * What is to be said of the trust in `baseline`, now that it was read.
 *
 * @param signature - undefined if none was verified
 */
export function judgeBaseline(
  baseline: ReadBaseline,
  signature: VerifiedSignature | undefined,
  demands: BaselineDemands,
): TrustOutcome {
  const signed = signature === undefined ? undefined : signedFinding(baseline, signature, demands);
  const findings = [signed, ageFinding(baseline, demands), ...subjectFindings(baseline, demands)];
  const holds = signature !== undefined && signed === undefined && baseline.complete && baseline.sha256 !== null;
  return {
    findings: findings.filter((finding) => finding !== undefined),
    signature: holds ? reportOf(signature, demands.threshold) : null,
  };
}
