/** Functions of verbs about keys, signatures, proofs and logs; loaded when one is called, as those of on-demand.ts. */

import type { ProofCheck } from '../core/proof/proof-check.ts';
import type { AuditOptions } from '../engine/audit-run.ts';
import type { VerdictCheck } from '../trust/check-verdict.ts';
import type { Attestation } from './attest.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { DigestIndex } from './digest-index.ts';
import type { TilesExport } from './export-tiles.ts';
import type { WrittenKeyPair } from './keygen.ts';
import type { TrustOptions } from './open-trust.ts';
import type { KeygenOptions, SignOptions } from './options.ts';
import type {
  CheckpointOptions,
  DigestIndexOptions,
  ProveOptions,
  TilesOptions,
  TimestampOptions,
  WitnessOptions,
} from './proof-options.ts';
import type { Proof } from './prove.ts';
import type { SignedSnapshot } from './sign-snapshot.ts';
import type { TimestampCheck } from './timestamp.ts';
import type { AttestOptions, VerifyVerdictOptions } from './verdict-options.ts';
import type { VerifyProofOptions } from './verify-proof.ts';
import type { SignatureCheck } from './verify-signature.ts';
import type { WitnessCheck } from './witness.ts';
/**
 * Makes a pair of Ed25519 keys: a private one (PKCS #8, readable by its owner alone) and the public one beside it.
 *
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError `report-write-failed` if there is something of that name already, which is never replaced, or the
 *   keys cannot be written
 */
export async function keygen(options: KeygenOptions): Promise<WrittenKeyPair> {
  return (await import('./keygen.ts')).keygen(options);
}

/**
 * Signs a snapshot, or a file of roots: an in-toto Statement v1 about the file, in a DSSE envelope beside it.
 *
 * The file is read and audited first; what is not sound is not signed, unless `allowUnsound` says so: then the result says
 * FAIL, and names the signature. If it was signed before, the same statement is signed again and the signatures are added.
 *
 * @param path - the file; the envelope is written to `<path>.dsse.json`, whole or not at all
 * @throws TypeError without a key, for an option that there is not, or that is not what it must be
 * @throws TrustError for a key that cannot be used, or an earlier statement that does not fit the file
 * @throws EvidenceError if there is a signature of another file, or the envelope cannot be written
 */
export async function sign(path: string, options: SignOptions): Promise<SignedSnapshot> {
  return (await import('./sign-snapshot.ts')).signSnapshot(path, options);
}

/**
 * Verifies the signature of a snapshot or a file of roots, and that the file is the one that was signed.
 *
 * @param path - the file
 * @param trust - the trusted keys, and what else is demanded; at least one key
 * @throws TypeError for an option that there is not, or that is not what it must be
 */
export async function verifySignature(
  path: string,
  trust: TrustOptions,
  options: AuditOptions = {},
): Promise<SignatureCheck> {
  return (await import('./verify-signature.ts')).verifySnapshotSignature(path, trust, options);
}

/**
 * Signs the verdict of a continuity report: one signature over an in-toto Statement v1 in a Sigstore bundle v0.3.
 *
 * The report must be the one that a comparison has made: by the digest that was noted (`expectReport`), or since comparing
 * what it names again, with what it demands, gives the same.
 *
 * @param path - the report as JSON
 * @returns what was signed: also FAIL, INCOMPLETE and UNTRUSTED are
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws TrustError for a key that cannot be used; `digest-mismatch` for another report; `same-input` for a PASS of one
 *   input beside itself. Nothing is written then
 * @throws EvidenceError if the report cannot be read or compared again, or the bundle not be written
 */
export async function attest(path: string, options: AttestOptions): Promise<Attestation> {
  return (await import('./attest.ts')).attest(path, options);
}

/**
 * Verifies a signed verdict with nothing but a key: neither the store nor a snapshot is read.
 *
 * @param path - the Sigstore bundle
 * @returns the verdict that was signed, if it counts; what is wrong with it, the keys, or what it is of is a finding and
 *   makes it UNTRUSTED, never an exception
 * @throws TypeError without a key, for an option that there is not, or that is not what it must be
 */
export async function verifyVerdict(path: string, options: VerifyVerdictOptions): Promise<VerdictCheck> {
  return (await import('./verify-verdict.ts')).verifyVerdict(path, options);
}

/**
 * Outside time (RFC 3161) for a file, or for the signature of a signed verdict. Without options the query is written to
 * `<path>.tsq`; with certificates alone the time stamp that is there is verified. A reply is verified before it is kept: beside a file in `<path>.tsr`, of a signed verdict in its bundle.
 *
 * @param path - a baseline, a signature, a signed verdict, or any other file
 * @returns the time, if it was verified; what is wrong with the time stamp is a finding, and nothing is written then
 * @throws TypeError for both of `timestampUrl` and `reply`, for one of them without a certificate, for an option
 *   that there is not, or that is not what it must be
 * @throws EvidenceError if a file cannot be read or written, or the authority not be asked
 */
export async function timestamp(path: string, options: TimestampOptions = {}): Promise<TimestampCheck> {
  return (await import('./timestamp.ts')).timestamp(path, options);
}

/**
 * Signs each ordered stream of a source, or an upgrade journal, as a checkpoint (c2sp.org/tlog-checkpoint): all of them,
 * or none. What was signed is remembered first, so that no two trees of one origin and size are ever signed.
 *
 * @param of - path of a snapshot or a bundle, `postgres://…` or `-`, which is audited first; or a journal
 * @returns what was signed, or why nothing
 * @throws TypeError for a journal without `origin`, an option that is missing, that there is not, or that is not what it
 *   must be
 * @throws TrustError for a key that cannot be used
 * @throws EvidenceError if the state or the journal cannot be used, or a file not be written
 */
export async function checkpoint(
  of: string | { readonly journal: string },
  options: CheckpointOptions,
): Promise<Checkpoints> {
  return (await import('./checkpoints.ts')).checkpoint(of, options);
}

/**
 * Writes ordered streams, or an upgrade journal, as tiled logs (c2sp.org/tlog-tiles), each under a checkpoint that was signed
 * before: one folder a log, by the hash of its origin. A log that lies there is only ever extended. Each log is written whole
 * or stays as it was, and none is unless all can be.
 *
 * @param of - path of a snapshot or a bundle, `postgres://…` or `-`, which is audited; or a journal
 * @param folder - where the folders of the logs go; made if it is not there
 * @returns what was written, or why nothing
 * @throws TypeError for an option that is missing, that there is not, or that is not what it must be
 * @throws TrustError if there is no checkpoint where one was named, it is none, or two are of one origin
 * @throws EvidenceError if something else lies where a log goes, or a file cannot be written
 */
export async function exportTiles(
  of: string | { readonly journal: string },
  folder: string,
  options: TilesOptions,
): Promise<TilesExport> {
  return (await import('./export-tiles.ts')).exportTiles(of, folder, options);
}

/**
 * `verify` says whether a checkpoint is signed by a log of a policy and cosigned by its quorum of witnesses. `add-checkpoint`
 * first submits it to each witness of the policy that has a URL, proves to it that the log grew, and adds what it has
 * cosigned to the file of the checkpoint (c2sp.org/tlog-witness, tlog-cosignature, tlog-policy).
 *
 * @param path - of a checkpoint, as `checkpoint` writes it
 * @throws TypeError unless `add-checkpoint` has either `snapshot` or `journal`, and `verify` neither; for an option that is
 *   missing, that there is not, or that is not what it must be
 * @throws EvidenceError if the evidence cannot be read, or is not that of the checkpoint; if the file cannot be written
 */
export async function witness(
  action: 'add-checkpoint' | 'verify',
  path: string,
  options: WitnessOptions,
): Promise<WitnessCheck> {
  return (await import('./witness.ts')).witness(action, path, options);
}

/**
 * Writes the leaf hashes of the sets of a source, 32 bytes a record. The source is audited first; of what is not sound no
 * index is made. Beside a baseline without records it shows a comparison (`digestIndex`) how the sets grew.
 *
 * @param name - path of a snapshot or a bundle, `postgres://…`, or `-`
 * @returns what was written; nothing if the source is not sound, or has no records
 * @throws TypeError for an output that is the source, for an option that is missing, that there is not, or that is not what
 *   it must be
 * @throws EvidenceError if a profile cannot be read, or the file not be written
 */
export async function digestIndex(name: string, options: DigestIndexOptions): Promise<DigestIndex> {
  return (await import('./digest-index.ts')).digestIndex(name, options);
}

/**
 * Proves that a record is in a snapshot (`snapshot`, `tenant`, `stream`, `id`), or that a store grew (`from`, `to`): paths
 * to the global root, and what vouches for it. Sources are audited first; of what is not sound nothing is proven.
 *
 * @returns the text of a proof file, and what was written if `output` names one
 * @throws TypeError unless it is one of the two; for a key where no file is proven; for an option that there is not, or
 *   that is not what it must be
 * @throws TrustError for a key that cannot be used
 * @throws ProofError if the side from before is not the beginning of the other: a comparison says where
 * @throws EvidenceError if there is a signature of another file beside one, or the proof cannot be written
 */
export async function prove(options: ProveOptions): Promise<Proof> {
  return (await import('./prove.ts')).prove(options);
}

/**
 * Checks a proof file: every hash on every path, and that trusted keys, or roots that are known already, vouch for where
 * the paths lead. Nothing else is read: neither the store nor a snapshot.
 *
 * @param path - the proof file
 * @returns the verdict; what is wrong with the proof, its signatures or the keys is a finding, never an exception
 * @throws TypeError for `expectSubject` or `expectOrigin` without a key, for an option that there is not, or that is not
 *   what it must be
 */
export async function verifyProof(path: string, options: VerifyProofOptions = {}): Promise<ProofCheck> {
  return (await import('./verify-proof.ts')).verifyProof(path, options);
}
