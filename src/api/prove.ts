/** Proofs by the names of files. */

import { fromBase64 } from '../core/base64.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import { verifyInclusion } from '../core/merkle/proof.ts';
import { verifyGrowthProof } from '../core/proof/growth-proof.ts';
import { type ProofDocument, proofText, type Voucher } from '../core/proof/proof-document.ts';
import { verifyRecordProof } from '../core/proof/record-proof.ts';
import { hasBareRoots } from '../core/snapshot/summary.ts';
import { auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { proveGrowth, proveInLog, proveRecord, type RecordName } from '../engine/prove.ts';
import { readOnce } from '../files/read-small-file.ts';
import { WholeFile, type Written } from '../files/write-whole-file.ts';
import { parseEnvelope } from '../trust/dsse.ts';
import type { PrivateKey } from '../trust/keys.ts';
import { parseStatement } from '../wire/statement.ts';
import { requireOwnOutput } from './file-words.ts';
import { heldTo, openBaseline } from './held-baseline.ts';
import { privateKeyAt } from './key-file.ts';
import { openSource } from './open-source.ts';
import { signaturePath, type TrustOptions } from './open-trust.ts';
import { readOptions } from './options.ts';
import { PROVE_OPTIONS, type ProveOptions } from './proof-options.ts';
import { signedEnvelope } from './sign-snapshot.ts';

/** How a proof is made, whatever it proves. */
type MakingOptions = Omit<ProveOptions, 'snapshot' | keyof RecordName | 'from' | 'to' | 'output' | 'checkpoint'>;

export interface MadeProof {
  /** Of the source that the proof was made from. */
  readonly audit: SnapshotAudit;
  /** Undefined if there is nothing to prove, or the source is not sound. */
  readonly document: ProofDocument | undefined;
}

/** The envelope of a file, if there is one; it must be over this very file. */
async function envelopeOf(path: string | undefined, sha256: string | null): Promise<Json | undefined> {
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
async function signerOf(name: string, { key, upgrade }: MakingOptions): Promise<Signer | undefined> {
  if (key === undefined) return undefined;
  if (signaturePath(name, {}) === undefined) throw new TypeError('only what is proven of a file can be signed');
  return { key: await privateKeyAt(key), upgrade };
}

async function voucherOf(
  name: string,
  audit: SnapshotAudit,
  signer: Signer | undefined,
  trust: TrustOptions = {},
): Promise<Voucher> {
  if (signer !== undefined) {
    return { dsse: jsonFrom(await signedEnvelope(name, audit, [signer.key], signer.upgrade)) };
  }
  const dsse = await envelopeOf(signaturePath(name, trust), audit.sha256);
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
export async function proveInclusion(
  name: string,
  record: RecordName,
  options: MakingOptions = {},
): Promise<MadeProof> {
  const signer = await signerOf(name, options);
  const judge = await openBaseline(name, options);
  const { source } = await openSource(name, options.source);
  const { audit: read, found } = await proveRecord(source, record, options);
  const audit = heldTo(read, judge(read));
  if (found === undefined || audit.verdict !== 'PASS') return { audit, document: undefined };
  verifyRecordProof(nodePlatform, found.proof);
  const voucher = await voucherOf(name, audit, signer, options.trust);
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
export async function proveConsistency(from: string, to: string, options: MakingOptions = {}): Promise<MadeProof> {
  const signer = await signerOf(to, options);
  const judge = await openBaseline(from, options);
  const read = await auditSource((await openSource(from, options.source)).source, options);
  const before = heldTo(read, judge(read));
  if (before.verdict !== 'PASS' || before.summary === null || hasBareRoots(before.summary)) {
    return { audit: before, document: undefined };
  }
  const { source } = await openSource(to, options.source);
  const { audit, proof } = await proveGrowth(before.summary, source, options);
  if (proof === undefined) return { audit, document: undefined };
  verifyGrowthProof(nodePlatform, proof);
  const vouchers = {
    from: await voucherOf(from, before, undefined, options.trust),
    to: await voucherOf(to, audit, signer),
  };
  return { audit, document: { proves: 'consistency', proof, vouchers } };
}

/** What `prove` has made. */
export interface Proof {
  /** Of the side that stands in the way, or of the one that the proof was made from. */
  readonly audit: SnapshotAudit;
  /** The text of a proof file; null if the source is not sound, has no such record, or no records to prove with. */
  readonly proof: string | null;
  /** Null if no file was asked for, or there is nothing to write. */
  readonly written: (Written & { readonly path: string }) | null;
}

/**
 * Proves that a record is in the growing log of its stream, under a checkpoint that was signed before.
 *
 * @param checkpoint - path of the checkpoint, cosigned or not: it is in the proof as it is
 * @returns no bytes if the source is not sound
 * @throws EvidenceError `proof-unavailable` if the checkpoint is not of that stream, or the record not under it
 * @throws TrustError for what is no checkpoint
 */
async function proveUnderCheckpoint(
  name: string,
  record: RecordName,
  checkpoint: string,
  options: MakingOptions,
): Promise<{ readonly audit: SnapshotAudit; readonly bytes: Uint8Array | undefined }> {
  const [{ noteAt }, { logProofText, parseLogProof }, { isOriginOf }, { parseCheckpoint, parseNote }] =
    await Promise.all([
      import('./key-file.ts'),
      import('../trust/log-proof.ts'),
      import('../trust/origin.ts'),
      import('../trust/signed-note.ts'),
    ]);
  const note = await noteAt(checkpoint);
  const { origin, size, root } = parseCheckpoint(parseNote(note).text);
  const refuse = (reason: string): never => {
    throw new EvidenceError('proof-unavailable', reason, { where: { file: checkpoint } });
  };
  if (!isOriginOf(origin, record.tenant, record.stream)) refuse(`it is a checkpoint of ${origin}, another stream`);
  const judge = await openBaseline(name, options);
  const { source } = await openSource(name, options.source);
  const proven = await proveInLog(source, record, size, options);
  const { found } = proven;
  const audit = heldTo(proven.audit, judge(proven.audit));
  if (audit.verdict !== 'PASS') return { audit, bytes: undefined };
  if (proven.root !== root)
    refuse(`the stream did not have its root at size ${size}: ${proven.root ?? 'it is shorter'}`);
  if (found === undefined)
    return refuse(
      `the record is not among the first ${size} of the stream, of which the checkpoint is; is its id right?`,
    );
  const bytes = Buffer.from(logProofText(found.leafInput, { ...found, checkpoint: note }));
  const { leafHash, index, path } = parseLogProof(nodePlatform, bytes);
  verifyInclusion(nodePlatform, { leafHash, leafIndex: index, treeSize: size, path, root });
  return { audit, bytes };
}

type What = { readonly snapshot: string; readonly record: RecordName } | { readonly from: string; readonly to: string };

/** @throws TypeError unless it is one record of one snapshot, or two sides */
function whatOf({ snapshot, tenant, stream, id, from, to, withBody, checkpoint }: ProveOptions): What {
  const record = [snapshot, tenant, stream, id].filter((value) => value !== undefined).length;
  if (from !== undefined && to !== undefined && record === 0) {
    if (withBody === true) throw new TypeError('prove: withBody: a proof of growth holds no records');
    if (checkpoint !== undefined) throw new TypeError('prove: checkpoint: it is for the proof of a record');
    if (from === '-' && to === '-') throw new TypeError('prove: standard input can be one side only');
    return { from, to };
  }
  const isRecord = snapshot !== undefined && tenant !== undefined && stream !== undefined && id !== undefined;
  if (isRecord && from === undefined && to === undefined) return { snapshot, record: { tenant, stream, id } };
  throw new TypeError('prove: give snapshot, tenant, stream and id, or from and to');
}

/** The proof as it lies in its file; undefined if there is nothing to prove, or the source is not sound. */
async function made(
  what: What,
  checkpoint: string | undefined,
  making: MakingOptions,
): Promise<{ readonly audit: SnapshotAudit; readonly bytes: Uint8Array | undefined }> {
  if (checkpoint !== undefined && 'record' in what) {
    return proveUnderCheckpoint(what.snapshot, what.record, checkpoint, making);
  }
  const { audit, document } =
    'from' in what
      ? await proveConsistency(what.from, what.to, making)
      : await proveInclusion(what.snapshot, what.record, making);
  return { audit, bytes: document === undefined ? undefined : proofText(document) };
}

/** @throws as `prove` of on-demand-trust.ts says */
export async function prove(given: ProveOptions): Promise<Proof> {
  const options = readOptions<ProveOptions>(given, PROVE_OPTIONS, 'prove');
  const what = whatOf(options);
  const { output, ...rest } = options;
  const { snapshot: _, tenant: __, stream: ___, id: ____, from: _____, to: ______, checkpoint, ...making } = rest;
  if (making.upgrade !== undefined && making.key === undefined) {
    throw new TypeError('prove: upgrade has no meaning without key');
  }
  if (checkpoint !== undefined && (making.key !== undefined || making.withBody === true)) {
    throw new TypeError(
      'prove: checkpoint: what it says is signed, and the record is without its body: no key, no withBody',
    );
  }
  const inputs = 'from' in what ? [what.from, what.to] : [what.snapshot];
  const read = [...inputs, making.key, checkpoint].filter((name) => name !== undefined);
  if (output !== undefined) requireOwnOutput('prove: output', output, read);
  // Open before anything is read: what cannot be written is found first.
  const file = output === undefined ? undefined : await WholeFile.open(output);
  try {
    const { audit, bytes } = await made(what, checkpoint, making);
    if (bytes === undefined) return { audit, proof: null, written: null };
    const proof = new TextDecoder().decode(bytes);
    if (file === undefined) return { audit, proof, written: null };
    const written = await file.fill(bytes);
    await file.commit();
    return { audit, proof, written: { ...written, path: file.path } };
  } finally {
    await file?.close();
  }
}
