import { listOf, type OptionTable, readOptions, sha256, text, textMembers, wholeNumber } from '../core/options.ts';
import type { Hash } from '../core/platform.ts';
import { present } from '../core/present.ts';
import type { ProofCheck } from '../core/proof/proof-check.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { checkProof, type ProofPolicy } from '../trust/check-proof.ts';
import type { PublicKey } from '../trust/keys.ts';
import { TrustError } from '../trust/trust-error.ts';
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
  /**
   * Path of a policy (c2sp.org/tlog-policy) that the checkpoint of a tlog-proof must meet. Without `trustedKeys` the keys of its
   * logs are trusted.
   */
  readonly witnessPolicy?: string;
}

/** Here and not with the others: to check a proof starts fast, and loads nothing of sources. */
export const VERIFY_PROOF_OPTIONS = {
  trustedKeys: listOf(text),
  threshold: wholeNumber(1),
  roots: listOf(sha256),
  expectSubject: textMembers,
  expectOrigin: text,
  witnessPolicy: text,
} satisfies OptionTable<VerifyProofOptions>;

/** The policy at `path`, or why there is none. */
async function proofPolicyAt(path: string, keys: readonly PublicKey[]): Promise<ProofPolicy | TrustError> {
  const [{ policyAt }, { judgeCheckpoint, logKeysOf }] = await Promise.all([
    import('./key-file.ts'),
    import('../trust/witness-policy.ts'),
  ]);
  try {
    const policy = await policyAt(path);
    return {
      keysOf: (origin) => logKeysOf(policy, origin),
      judge: (checkpoint) => {
        const { witnesses, fault } = judgeCheckpoint(policy, checkpoint, Date.now(), keys);
        const notes = witnesses.map(
          ({ name, time }) =>
            `cosigned by the witness ${JSON.stringify(name)} at ${new Date(time * 1000).toISOString()}`,
        );
        return { notes, fault };
      },
    };
  } catch (fault) {
    if (fault instanceof TrustError) return fault;
    throw fault;
  }
}

/** @throws as `verifyProof` of on-demand-trust.ts says */
export async function verifyProof(path: string, given: VerifyProofOptions = {}): Promise<ProofCheck> {
  const options = readOptions<VerifyProofOptions>(given, VERIFY_PROOF_OPTIONS, 'verifyProof');
  text(path, 'verifyProof: path');
  const { trustedKeys = [], roots: knownRoots = [], expectSubject, expectOrigin } = options;
  // Each demands something of a signature, which nobody looks for without a key: passed over, it would seem to hold.
  const unasked = (['threshold', 'expectSubject', 'expectOrigin'] as const).find((name) => options[name] !== undefined);
  const { threshold, witnessPolicy } = options;
  if (trustedKeys.length === 0 && witnessPolicy === undefined && unasked !== undefined) {
    throw new TypeError(`verifyProof: ${unasked} has no meaning without trustedKeys`);
  }
  const trusted = await trustedKeysAt(trustedKeys);
  const keys = trusted.flatMap((key) => (key instanceof TrustError ? [] : [key]));
  // A policy that cannot be read vouches for nothing, as a key that cannot.
  const policy = witnessPolicy === undefined ? undefined : await proofPolicyAt(witnessPolicy, keys);
  const demands = {
    ...(expectSubject === undefined ? {} : { subject: new Map(Object.entries(expectSubject)) }),
    ...(expectOrigin === undefined ? {} : { origin: expectOrigin }),
  };
  const content = await signedContentAt(path, 'a proof');
  const unread = policy instanceof TrustError ? [policy] : [];
  const more = present({ threshold, policy: policy instanceof TrustError ? undefined : policy });
  return checkProof(nodePlatform, {
    name: path,
    content,
    trusted: [...trusted, ...unread],
    ...more,
    knownRoots,
    demands,
  });
}
