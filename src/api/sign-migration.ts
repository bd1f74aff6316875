/** Signs a migration: an in-toto statement about the file, with the upgrade and the baseline that it names. */
import { basename } from 'node:path';
import { fromBase64 } from '../core/base64.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { readOnce } from '../files/read-small-file.ts';
import { WholeFile } from '../files/write-whole-file.ts';
import { parseEnvelope, signEnvelope } from '../trust/dsse.ts';
import type { PrivateKey } from '../trust/keys.ts';
import { migrationStatementJson, parseMigrationStatement } from '../trust/signed-migration.ts';
import { TrustError } from '../trust/trust-error.ts';
import { jsonOf } from '../wire/plain.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../wire/statement.ts';
import { draftFault, migrationAt, migrationSignaturePath, type ReadMigration } from './open-migration.ts';

const MOST_ENVELOPE_BYTES = 2 ** 20;

interface Earlier {
  readonly body: Uint8Array;
  readonly signatures: ReturnType<typeof parseEnvelope>['signatures'];
}

export interface SignedMigration {
  readonly sha256: string;
  /** Path of the envelope. */
  readonly signature: string;
  /** SHA-256 of the SubjectPublicKeyInfo of each key that has signed it, also before. */
  readonly keys: readonly string[];
}

/** What was signed before, if it was this very file. */
async function earlierAt(path: string, { sha256, migration }: ReadMigration): Promise<Earlier | undefined> {
  try {
    const { bytes } = await readOnce(path, 'a signature', MOST_ENVELOPE_BYTES);
    const { payload, payloadType, signatures } = parseEnvelope(parseJson(nodePlatform, bytes));
    const body = fromBase64(payload);
    const statement = body === undefined ? undefined : parseMigrationStatement(parseJson(nodePlatform, body));
    const { upgrade, baseline } = migration;
    const isOfIt = statement?.sha256 === sha256 && statement.upgrade === upgrade && statement.baseline === baseline;
    if (body !== undefined && isOfIt && payloadType === STATEMENT_PAYLOAD_TYPE) return { body, signatures };
    const advice = 'remove it, or give the file that it belongs to';
    throw new EvidenceError('input-changed', 'there is a signature of another file', { where: { file: path }, advice });
  } catch (fault) {
    if (['ENOENT', 'ENAMETOOLONG'].includes(codeOf(fault))) return undefined;
    throw fault instanceof EvidenceError ? fault.at({ file: path }) : fault;
  }
}

/**
 * Signs the migration at `path`, with the files that it names looked at; a further signature is added to those there.
 *
 * @param upgrade - as the migration itself names it, or undefined
 * @throws TrustError `subject-mismatch` for another upgrade
 * @throws EvidenceError if it, or a file that it names, cannot be read or is another one, or the envelope not be written
 */
export async function signMigration(
  path: string,
  keys: readonly PrivateKey[],
  upgrade: string | undefined,
): Promise<SignedMigration> {
  const target = migrationSignaturePath(path);
  const file = await WholeFile.open(target);
  try {
    const read = await migrationAt(path);
    const { migration, sha256 } = read;
    const draft = draftFault(path, migration);
    if (draft !== undefined) throw draft;
    if (upgrade !== undefined && upgrade !== migration.upgrade) {
      const named = `it is for the upgrade ${JSON.stringify(migration.upgrade)}`;
      throw new TrustError('subject-mismatch', `${path}: ${named}, not ${JSON.stringify(upgrade)}`);
    }
    const earlier = await earlierAt(target, read);
    const about = { name: basename(path), sha256, upgrade: migration.upgrade, baseline: migration.baseline };
    const statement = migrationStatementJson({ ...about, signedAt: new Date().toISOString() });
    const body = earlier?.body ?? canonicalBytes(jsonOf(statement));
    const envelope = signEnvelope(STATEMENT_PAYLOAD_TYPE, body, keys);
    const own = new Set(envelope.signatures.map(({ keyid }) => keyid));
    const others = earlier?.signatures.filter(({ keyid }) => !own.has(keyid)) ?? [];
    const signatures = [...others, ...envelope.signatures];
    await file.fill(Buffer.from(`${JSON.stringify({ ...envelope, signatures }, null, 2)}\n`));
    await file.commit();
    const ids = signatures.flatMap(({ keyid }) => (keyid === undefined ? [] : [keyid]));
    return { sha256, signature: target, keys: ids };
  } finally {
    await file.close();
  }
}
