/** Signatures, loaded when they are used: what reads statements takes a while to load, and most programs sign nothing. */
import type { AuditOptions } from '../engine/audit-run.ts';
import type { TrustOptions } from './open-trust.ts';
import type { SignOptions } from './options.ts';
import type { SignedSnapshot } from './sign-snapshot.ts';
import type { SignatureCheck } from './verify-signature.ts';

/**
 * Signs a snapshot, or a file of roots: an in-toto Statement v1 about the file, in a DSSE envelope beside it.
 *
 * The file is read and audited first; what is not sound is not signed. If it was signed before, the same statement is
 * signed again and the signatures are added.
 *
 * @param path - the file; the envelope is written to `<path>.dsse.json`, whole or not at all
 * @throws TypeError without a key, for an option that there is not, or that is not what it must be
 * @throws TrustError for a key that cannot be used, or an earlier statement that does not fit the file
 * @throws EvidenceError if there is a signature of another file, or the envelope cannot be written
 */
export async function signSnapshot(path: string, options: SignOptions): Promise<SignedSnapshot> {
  const { signSnapshot: sign } = await import('./sign-snapshot.ts');
  return sign(path, options);
}

/**
 * Verifies the signature of a snapshot or a file of roots, and that the file is the one that was signed.
 *
 * @param path - the file
 * @param trust - the trusted keys, and what else is demanded; at least one key
 * @throws TypeError for an option that there is not, or that is not what it must be
 */
export async function verifySnapshotSignature(
  path: string,
  trust: TrustOptions,
  options: AuditOptions = {},
): Promise<SignatureCheck> {
  const { verifySnapshotSignature: verify } = await import('./verify-signature.ts');
  return verify(path, trust, options);
}
