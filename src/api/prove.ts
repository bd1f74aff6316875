/** Proofs by the names of files. */
import { codeOf, EvidenceError } from '../core/errors.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import { verifyGrowthProof } from '../core/proof/growth-proof.ts';
import type { ProofDocument, Voucher } from '../core/proof/proof-document.ts';
import { verifyRecordProof } from '../core/proof/record-proof.ts';
import { hasBareRoots } from '../core/snapshot/summary.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { proveGrowth, proveRecord, type RecordName } from '../engine/prove.ts';
import { readOnce } from '../files/read-small-file.ts';
import { fromBase64 } from '../trust/base64.ts';
import { parseEnvelope } from '../trust/dsse.ts';
import type { PrivateKey } from '../trust/keys.ts';
import { parseStatement } from '../wire/statement.ts';
import { privateKeyAt } from './key-file.ts';
import { openSource, type SourceOptions } from './open-source.ts';
import { signaturePath } from './open-trust.ts';
import { signedEnvelope } from './sign-snapshot.ts';

export interface ProveOptions extends AuditOptions {
  readonly source?: SourceOptions;
  /** Path of a private key that signs the (newer) file, as `signSnapshot` does, into the proof. */
  readonly key?: string;
  /** The upgrade that the signer names. */
  readonly upgrade?: string;
  /** Whether the record in the proof has its body, where the source has it. */
  readonly withBody?: boolean;
}

export interface MadeProof {
  /** Of the source that the proof was made from. */
  readonly audit: SnapshotAudit;
  /** Undefined if there is nothing to prove, or the source is not sound. */
  readonly document: ProofDocument | undefined;
}

/** The envelope beside a file, if it is one over this very file. */
async function envelopeBeside(name: string, sha256: string | null): Promise<Json | undefined> {
  const path = signaturePath(name, {});
  if (path === undefined) return undefined;
  try {
    const json = parseJson(
      nodePlatform,
      Uint8Array.from((await readOnce(path, 'a signature', MOST_ENVELOPE_BYTES)).bytes),
    );
    const body = fromBase64(parseEnvelope(json).payload);
    const signed = body === undefined ? undefined : parseStatement(parseJson(nodePlatform, body)).sha256;
    if (signed === sha256) return json;
    throw new EvidenceError('input-changed', 'it is a signature of another file', { advice: 'sign the file again' });
  } catch (fault) {
    // A name that is too long to be one is nobody's, just as one that is not there.
    if (['ENOENT', 'ENAMETOOLONG'].includes(codeOf(fault))) return undefined;
    throw fault instanceof EvidenceError ? fault.at({ file: path }) : fault;
  }
}

/** Who signs the root of a proof, and for which upgrade. */
interface Signer {
  readonly key: PrivateKey;
  readonly upgrade: string | undefined;
}

/** @throws TypeError for a source that is no file: what is signed is a file */
async function signerOf(name: string, { key, upgrade }: ProveOptions): Promise<Signer | undefined> {
  if (key === undefined) return undefined;
  if (signaturePath(name, {}) === undefined) throw new TypeError('only what is proven of a file can be signed');
  return { key: await privateKeyAt(key), upgrade };
}

async function voucherOf(name: string, audit: SnapshotAudit, signer: Signer | undefined): Promise<Voucher> {
  if (signer !== undefined) {
    return { dsse: jsonFrom(await signedEnvelope(name, audit, [signer.key], signer.upgrade)) };
  }
  const dsse = await envelopeBeside(name, audit.sha256);
  return dsse === undefined ? {} : { dsse };
}

/**
 * Proves that one record is in a source: its path to the global root, and what vouches for that.
 *
 * The source is read once and audited; of what is not sound nothing is proven.
 *
 * @param name - path of a snapshot with records, `postgres://…`, or `-`
 * @throws TrustError for a key that cannot be used
 * @throws EvidenceError if there is a signature of another file beside it
 */
export async function proveInclusion(name: string, record: RecordName, options: ProveOptions = {}): Promise<MadeProof> {
  const signer = await signerOf(name, options);
  const { source } = await openSource(name, options.source);
  const { audit, found } = await proveRecord(source, record, options);
  if (found === undefined) return { audit, document: undefined };
  verifyRecordProof(nodePlatform, found.proof);
  const voucher = await voucherOf(name, audit, signer);
  return { audit, document: { proves: 'inclusion', record: found.record, proof: found.proof, voucher } };
}

/**
 * Proves that the ordered streams of one source are the beginning of those of another.
 *
 * @param from - from before: a snapshot, also a summary
 * @param to - from after: a snapshot with records, or `postgres://…`
 * @returns the audit of the side that stands in the way, or of `to`
 * @throws ProofError if it is not so: a comparison says where
 * @throws as `proveInclusion`
 */
export async function proveConsistency(from: string, to: string, options: ProveOptions = {}): Promise<MadeProof> {
  const signer = await signerOf(to, options);
  const before = await auditSource((await openSource(from, options.source)).source, options);
  if (before.verdict !== 'PASS' || before.summary === null || hasBareRoots(before.summary)) {
    return { audit: before, document: undefined };
  }
  const { source } = await openSource(to, options.source);
  const { audit, proof } = await proveGrowth(before.summary, source, options);
  if (proof === undefined) return { audit, document: undefined };
  verifyGrowthProof(nodePlatform, proof);
  const vouchers = { from: await voucherOf(from, before, undefined), to: await voucherOf(to, audit, signer) };
  return { audit, document: { proves: 'consistency', proof, vouchers } };
}
