/** Proof files, checked with nothing but a key. */
import { EvidenceError } from '../core/errors.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import type { Hash } from '../core/platform.ts';
import type { ProofCheck } from '../core/proof/proof-check.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { readOnce } from '../files/read-small-file.ts';
import { checkProof } from '../trust/check-proof.ts';
import type { PublicKey } from '../trust/keys.ts';
import { requireThreshold } from '../trust/trust-demands.ts';
import { TrustError } from '../trust/trust-error.ts';
import { reasonOf } from './file-words.ts';
import { publicKeyAt } from './key-file.ts';

export interface VerifyProofOptions {
  /** Paths of public keys in PEM that may vouch for a root. */
  readonly trustedKeys?: readonly string[];
  /** How many distinct ones must have signed; default 1. */
  readonly threshold?: number;
  /** Global roots that are known from elsewhere, e.g. from a report, and need nobody to vouch for them. */
  readonly knownRoots?: readonly Hash[];
  /** Members of the subject that must have been signed, and the texts that they must have. */
  readonly expectSubject?: Readonly<Record<string, string>>;
  /** The origin of the checkpoint that must have been signed. */
  readonly expectOrigin?: string;
}

async function contentOf(path: string): Promise<Uint8Array | EvidenceError> {
  try {
    return (await readOnce(path, 'a proof', MOST_ENVELOPE_BYTES)).bytes;
  } catch (fault) {
    if (fault instanceof EvidenceError) return fault;
    return new EvidenceError('source-incomplete', reasonOf(fault), { cause: fault });
  }
}

async function keyAt(path: string): Promise<PublicKey | TrustError> {
  try {
    return await publicKeyAt(path);
  } catch (fault) {
    if (fault instanceof TrustError) return fault;
    throw fault;
  }
}

/**
 * Checks a proof file: every hash on every path, and that trusted keys, or roots that are known already, vouch for where
 * the paths lead.
 *
 * @param path - the proof file
 * @returns the verdict; what is wrong with the proof, its signatures or the keys is a finding, never an exception
 * @throws RangeError for a threshold that is no whole number from 1
 */
export async function verifyProof(path: string, options: VerifyProofOptions = {}): Promise<ProofCheck> {
  const { trustedKeys = [], threshold = 1, knownRoots = [], expectSubject, expectOrigin } = options;
  requireThreshold(threshold);
  const trusted: (PublicKey | TrustError)[] = [];
  for (const keyPath of trustedKeys) trusted.push(await keyAt(keyPath));
  const demands = {
    ...(expectSubject === undefined ? {} : { subject: new Map(Object.entries(expectSubject)) }),
    ...(expectOrigin === undefined ? {} : { origin: expectOrigin }),
  };
  const content = await contentOf(path);
  return checkProof(nodePlatform, { name: path, content, trusted, threshold, knownRoots, demands });
}
