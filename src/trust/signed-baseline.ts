/**
 * Who vouched for the very bytes of a baseline, and whether that is what was then read.
 *
 * The signature is verified before the baseline is read, over the bytes of the envelope; what it vouches for is set
 * against what was read, through the one opening that the comparison itself was made from. Loaded where a signature is
 * demanded.
 */

import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Platform } from '../core/platform.ts';
import type { SignatureReport, TrustFinding, TrustOutcome } from '../core/report/report.ts';
import { PREDICATE_TYPE, parseStatement, type SnapshotStatement, STATEMENT_PAYLOAD_TYPE } from '../wire/statement.ts';
import { parseEnvelope, verifyEnvelope } from './dsse.ts';
import type { PublicKey } from './keys.ts';
import { type BaselineDemands, type ReadBaseline, reasonIn, type SignatureState } from './trust-demands.ts';
import { TrustError } from './trust-error.ts';
import { statementDifference } from './voucher.ts';

/** A signature that was verified, and what it vouches for. */
export interface VerifiedSignature {
  readonly keys: readonly PublicKey[];
  readonly statement: SnapshotStatement;
  /** Signatures beside the good ones that should count and do not, each in words. */
  readonly damaged: readonly string[];
}

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
    const { body, keys, damaged } = verifyEnvelope(envelope, STATEMENT_PAYLOAD_TYPE, trusted, threshold);
    return { keys, damaged, statement: parseStatement(parseJson(platform, body)) };
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new TrustError('signature-invalid', fault.message, { cause: fault });
    throw fault;
  }
}

function signedFinding(baseline: ReadBaseline, { statement }: VerifiedSignature): TrustFinding | undefined {
  if (baseline.sha256 === null && baseline.complete) {
    return { kind: 'signature-invalid', message: 'baseline: the signature is for a file, and this is none' };
  }
  if (baseline.sha256 !== null && statement.sha256 !== baseline.sha256) {
    const message = `baseline: the signature is for a file with the SHA-256 ${statement.sha256}, this one has ${baseline.sha256}`;
    return { kind: 'signature-invalid', message };
  }
  const difference = baseline.complete ? statementDifference(statement, baseline) : undefined;
  if (difference !== undefined) {
    return { kind: 'subject-mismatch', message: `baseline: what was signed does not fit the file: ${difference}` };
  }
  return undefined;
}

function upgradeFinding({ statement }: VerifiedSignature, { upgrade }: BaselineDemands): TrustFinding | undefined {
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

/** What came of a signature, and of the demands on it. */
export interface SignedOutcome extends TrustOutcome {
  readonly state: SignatureState;
}

/**
 * Sets `signature` against the baseline, now that it was read.
 *
 * @returns what is wrong, if anything is; the signature for the report if what it vouches for is what was read
 */
export function judgeSignature(
  baseline: ReadBaseline,
  signature: VerifiedSignature,
  demands: BaselineDemands,
): SignedOutcome {
  const damaged = signature.damaged.map((one) => `beside what has signed the baseline there is ${one}`);
  const fault = signedFinding(baseline, signature);
  if (fault !== undefined)
    return { findings: [fault], signature: null, damaged, state: { verified: false, fault: reasonIn(fault) } };
  if (!baseline.complete || baseline.sha256 === null) {
    return { findings: [], signature: null, damaged, state: { verified: false, unseen: baseline.unseen } };
  }
  const other = upgradeFinding(signature, demands);
  if (other === undefined) {
    return { findings: [], signature: reportOf(signature, demands.threshold), damaged, state: { verified: true } };
  }
  return { findings: [other], signature: null, damaged, state: { verified: true, upgradeFault: reasonIn(other) } };
}
