import { listOf, type OptionTable, readOptions, sha256, text, textMembers, wholeNumber } from '../core/options.ts';
import type { Hash } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { ProofCheck } from '../core/proof/proof-check.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { checkProof } from '../trust/check-proof.ts';
import { signedContentAt, trustedKeysAt } from './key-file.ts';

/** What a proof must be vouched for by. */
export interface VerifyProofOptions {
  /** Paths of public keys in PEM that may vouch for a root. */
  readonly trustedKeys?: readonly string[];
  /** How many distinct ones must have signed, a root that is known as well; default 1, of those that are not known. */
  readonly threshold?: number;
  /** Global roots that are known from elsewhere, e.g. from a report, and need nobody to vouch for them, unless `threshold` says so. */
  readonly roots?: readonly Hash[];
  /** Members of the subject that must have been signed, and the texts that they must have. */
  readonly expectSubject?: Readonly<Record<string, string>>;
  /** The origin of the checkpoint that must have been signed. */
  readonly expectOrigin?: string;
}

/** Here and not with the others: to check a proof starts fast, and loads nothing of sources. */
export const VERIFY_PROOF_OPTIONS = {
  trustedKeys: listOf(text),
  threshold: wholeNumber(1),
  roots: listOf(sha256),
  expectSubject: textMembers,
  expectOrigin: text,
} satisfies OptionTable<VerifyProofOptions>;

/** @throws as `verifyProof` of on-demand-trust.ts says */
export async function verifyProof(path: string, given: VerifyProofOptions = {}): Promise<ProofCheck> {
  const options = readOptions<VerifyProofOptions>(given, VERIFY_PROOF_OPTIONS, 'verifyProof');
  text(path, 'verifyProof: path');
  const { trustedKeys = [], roots: knownRoots = [], expectSubject, expectOrigin } = options;
  // Each demands something of a signature, which nobody looks for without a key: passed over, it would seem to hold.
  const unasked = (['threshold', 'expectSubject', 'expectOrigin'] as const).find((name) => options[name] !== undefined);
  if (trustedKeys.length === 0 && unasked !== undefined) {
    throw new TypeError(`verifyProof: ${unasked} has no meaning without trustedKeys`);
  }
  const { threshold } = options;
  const trusted = await trustedKeysAt(trustedKeys);
  const demands = {
    ...(expectSubject === undefined ? {} : { subject: new Map(Object.entries(expectSubject)) }),
    ...(expectOrigin === undefined ? {} : { origin: expectOrigin }),
  };
  const content = await signedContentAt(path, 'a proof');
  return checkProof(nodePlatform, { name: path, content, trusted, ...present({ threshold }), knownRoots, demands });
}
