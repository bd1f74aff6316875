/** Signatures of snapshots, by the names of their files. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fromBase64 } from '../core/base64.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import { present } from '../core/present.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { readOnce } from '../files/read-small-file.ts';
import { WholeFile } from '../files/write-whole-file.ts';
import { type DsseEnvelope, parseEnvelope, signEnvelope } from '../trust/dsse.ts';
import type { PrivateKey } from '../trust/keys.ts';
import { TrustError } from '../trust/trust-error.ts';
import { signedTenants, statementDifference } from '../trust/voucher.ts';
import { jsonOf } from '../wire/plain.ts';
import { parseStatement, STATEMENT_PAYLOAD_TYPE, statementJson } from '../wire/statement.ts';
import { privateKeyAt } from './key-file.ts';
import { isMigration } from './open-migration.ts';
import { openRoots, openSource } from './open-source.ts';
import { signaturePath } from './open-trust.ts';
import { readOptions, SIGN_OPTIONS, type SignOptions, text } from './options.ts';

export interface SignedSnapshot {
  readonly audit: SnapshotAudit;
  /** Path of the envelope; null if the snapshot is not sound, and so was not signed. */
  readonly signature: string | null;
  /** SHA-256 of the SubjectPublicKeyInfo of each key that has signed it, also before. */
  readonly keys: readonly string[];
}

/** A snapshot or a file of roots, whichever it is. */
export async function auditSigned(path: string, options: AuditOptions): Promise<SnapshotAudit> {
  const audit = await auditSource((await openSource(path)).source, options);
  if (audit.verdict !== 'INCOMPLETE') return audit;
  const roots = await auditSource(openRoots(path).source, options);
  return roots.verdict === 'PASS' ? roots : audit;
}

interface Sound {
  readonly sha256: string;
  readonly header: SnapshotHeader;
  readonly summary: SnapshotSummary;
}

/** What was signed before: the statement to the letter, and who has signed it. */
interface Earlier {
  readonly envelope: DsseEnvelope;
  readonly body: Uint8Array;
}

function earlierOf(bytes: Uint8Array, path: string, sound: Sound, upgrade: string | undefined): Earlier {
  const where = { file: path };
  const envelope = parseEnvelope(parseJson(nodePlatform, bytes));
  const body = fromBase64(envelope.payload);
  const statement = body === undefined ? undefined : parseStatement(parseJson(nodePlatform, body));
  if (body === undefined || statement?.sha256 !== sound.sha256 || envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    const advice = 'remove it, or give the file that it belongs to';
    throw new EvidenceError('input-changed', 'there is a signature of another file', { where, advice });
  }
  // Whoever adds a signature vouches for every word of the statement, not for the digest alone.
  const difference = statementDifference(statement, { ...sound, complete: true });
  if (difference !== undefined) {
    throw new TrustError('subject-mismatch', `${path}: what was signed there does not fit the file: ${difference}`);
  }
  // Also where none is named now: nobody vouches for an upgrade that he did not name.
  if (upgrade !== statement.upgrade) {
    const named = statement.upgrade === undefined ? 'no upgrade' : `the upgrade ${JSON.stringify(statement.upgrade)}`;
    throw new TrustError(
      'subject-mismatch',
      `${path}: what was signed there names ${named}: name the same, or remove it`,
    );
  }
  return { envelope, body };
}

async function earlierAt(path: string, sound: Sound, upgrade: string | undefined): Promise<Earlier | undefined> {
  try {
    return earlierOf((await readOnce(path, 'a signature', MOST_ENVELOPE_BYTES)).bytes, path, sound, upgrade);
  } catch (fault) {
    // A name that is too long to be one is nobody's, just as one that is not there.
    if (['ENOENT', 'ENAMETOOLONG'].includes(codeOf(fault))) return undefined;
    throw fault instanceof EvidenceError ? fault.at({ file: path }) : fault;
  }
}

function statementOf(path: string, { sha256, header, summary }: Sound, upgrade: string | undefined): Uint8Array {
  const { depth, subject, capturedAt } = header;
  const { records, globalRoot } = summary;
  const tenants = signedTenants({ summary });
  const signedAt = new Date().toISOString();
  const facts = { name: basename(path), sha256, depth, subject, capturedAt, signedAt, records, globalRoot, tenants };
  return canonicalBytes(jsonOf(statementJson({ ...facts, ...present({ upgrade }) })));
}

/** The envelope with the signatures of `keys` in place of older ones of theirs. */
function withSignatures(body: Uint8Array, earlier: Earlier | undefined, keys: readonly PrivateKey[]): DsseEnvelope {
  const envelope = signEnvelope(STATEMENT_PAYLOAD_TYPE, body, keys);
  const own = new Set(envelope.signatures.map(({ keyid }) => keyid));
  const others = earlier?.envelope.signatures.filter(({ keyid }) => !own.has(keyid)) ?? [];
  return { ...envelope, signatures: [...others, ...envelope.signatures] };
}

/** The envelope's file, open before the snapshot is read; undefined where there is none to be read. */
async function openBeside(path: string, target: string): Promise<WholeFile | undefined> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere ? WholeFile.open(target) : undefined;
}

/**
 * The envelope over `path` as it was audited, with the signatures of those who have signed it before.
 *
 * @param path - a file
 * @param upgrade - what the statement names; the same as the one before, if it was signed before
 * @throws TrustError for an earlier statement that does not fit the file
 * @throws EvidenceError if there is a signature of another file, or it is no file of which the digest is known
 */
export async function signedEnvelope(
  path: string,
  { sha256, header, summary }: SnapshotAudit,
  keys: readonly PrivateKey[],
  upgrade: string | undefined,
): Promise<DsseEnvelope> {
  const target = signaturePath(path, {});
  if (target === undefined || sha256 === null || header === null || summary === null) {
    const advice = 'capture a snapshot first (verify-all --output F), and sign that';
    throw new EvidenceError('source-incomplete', 'only a file can be signed', { where: { file: path }, advice });
  }
  const sound = { sha256, header, summary };
  const earlier = await earlierAt(target, sound, upgrade);
  return withSignatures(earlier?.body ?? statementOf(path, sound, upgrade), earlier, keys);
}

/** @throws as `sign` of on-demand-trust.ts says */
export async function signSnapshot(path: string, options: SignOptions): Promise<SignedSnapshot> {
  const read = readOptions<SignOptions>(options, SIGN_OPTIONS, 'sign', ['keys']);
  const { keys: keyPaths, upgrade, allowUnsound = false, ...auditing } = read;
  text(path, 'sign: path');
  const target = signaturePath(path, {});
  if (target === undefined) throw new TypeError('only a file can be signed');
  const keys: PrivateKey[] = [];
  for (const keyPath of keyPaths) keys.push(await privateKeyAt(keyPath));
  if (await isMigration(path)) {
    const { signMigration } = await import('./sign-migration.ts');
    const { sha256, ...signed } = await signMigration(path, keys, upgrade);
    const nothing = { header: null, summary: null, findings: [], findingCounts: {} };
    // There is no evidence in it that could be unsound.
    return { audit: { name: path, sha256, ...nothing, verdict: 'PASS' }, ...signed };
  }
  const file = await openBeside(path, target);
  try {
    const audit = await auditSigned(path, auditing);
    const isSigned = audit.verdict === 'PASS' || (audit.verdict === 'FAIL' && allowUnsound && audit.summary !== null);
    if (!isSigned) return { audit, signature: null, keys: [] };
    if (file === undefined) throw new TypeError('it was read, and was not there before');
    const envelope = await signedEnvelope(path, audit, keys, upgrade);
    await file.fill(Buffer.from(`${JSON.stringify(envelope, null, 2)}\n`));
    await file.commit();
    const ids = envelope.signatures.flatMap(({ keyid }) => (keyid === undefined ? [] : [keyid]));
    return { audit, signature: target, keys: ids };
  } finally {
    await file?.close();
  }
}
