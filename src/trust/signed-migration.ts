/**
 * Who vouched for the very bytes of a migration: an in-toto Statement v1 about the file, in a DSSE envelope beside it,
 * with the upgrade and the baseline that it was made for. What files it names, with their digests, stands in it.
 */
import { EvidenceError } from '../core/errors.ts';
import { Fields, type Reading } from '../core/json/fields.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json, PlainJson } from '../core/json/value.ts';
import type { Hash, Platform } from '../core/platform.ts';
import type { MigrationSignature } from '../core/report/migration-report.ts';
import { STATEMENT_PAYLOAD_TYPE, STATEMENT_TYPE } from '../wire/statement.ts';
import { parseEnvelope, type VerifiedPayload, verifyEnvelope } from './dsse.ts';
import type { PublicKey } from './keys.ts';
import { TrustError } from './trust-error.ts';

export const MIGRATION_PREDICATE_TYPE = 'urn:evidence-diff:migration:v1';

const STATEMENT: Reading = { what: 'not a statement about a migration', path: '' };

export interface MigrationStatement {
  /** Name of the file when it was signed; nothing is decided by it. */
  readonly name: string;
  readonly sha256: Hash;
  readonly upgrade: string;
  /** SHA-256 of the baseline. */
  readonly baseline: Hash;
  /** RFC 3339, by the clock of whoever signed: a claim. */
  readonly signedAt: string;
}

/** The statement as plain JSON. */
export function migrationStatementJson({ name, sha256, ...predicate }: MigrationStatement): PlainJson {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256 } }],
    predicateType: MIGRATION_PREDICATE_TYPE,
    predicate: { ...predicate },
  };
}

function subjectOf(json: Json, reading: Reading): Pick<MigrationStatement, 'name' | 'sha256'> {
  const fields = new Fields(json, reading);
  const name = fields.text('name');
  const digest = fields.object('digest');
  const sha256 = digest.hash('sha256');
  digest.end();
  fields.end();
  return { name, sha256 };
}

/**
 * The statement that `json` is.
 *
 * @throws EvidenceError `schema-violation` for anything else, also for a statement of another kind
 */
export function parseMigrationStatement(json: Json): MigrationStatement {
  const fields = new Fields(json, STATEMENT);
  fields.literal('_type', STATEMENT_TYPE);
  fields.literal('predicateType', MIGRATION_PREDICATE_TYPE);
  const [file, ...others] = fields.array('subject', subjectOf);
  const predicate = fields.object('predicate');
  const says = {
    upgrade: predicate.text('upgrade'),
    baseline: predicate.hash('baseline'),
    signedAt: predicate.text('signedAt'),
  };
  predicate.end();
  fields.end();
  if (file === undefined || others.length > 0) {
    throw new EvidenceError('schema-violation', `${STATEMENT.what}: it is about another number of files than one`);
  }
  return { ...file, ...says };
}

/** What a signed migration must be. */
export interface MigrationDemands {
  readonly threshold: number;
  /** SHA-256 of the file. */
  readonly sha256: Hash;
  /** The upgrade and the baseline that the file itself names. */
  readonly upgrade: string;
  readonly baseline: Hash;
  /** The upgrade that the signer must have named. */
  readonly expectUpgrade?: string | undefined;
}

/** Who has signed a migration. */
export interface VerifiedMigration {
  readonly signature: MigrationSignature;
  /** Signatures beside the good ones that should count and do not, each in words. */
  readonly damaged: readonly string[];
}

/**
 * Verifies the envelope of a migration.
 *
 * @param bytes - the file `<migration>.dsse.json`
 * @throws TrustError `signature-missing`, `signature-invalid`, `key-untrusted`, or `subject-mismatch` for another upgrade
 */
export function verifyMigration(
  platform: Platform,
  bytes: Uint8Array,
  trusted: readonly PublicKey[],
  demands: MigrationDemands,
): VerifiedMigration {
  const { statement, keys, damaged } = signedStatement(platform, bytes, trusted, demands.threshold);
  if (statement.sha256 !== demands.sha256) {
    const is = `the signature is for a file with the SHA-256 ${statement.sha256}, this one has ${demands.sha256}`;
    throw new TrustError('signature-invalid', is);
  }
  if (statement.upgrade !== demands.upgrade || statement.baseline !== demands.baseline) {
    throw new TrustError('subject-mismatch', 'what was signed names another upgrade or baseline than the file itself');
  }
  const { expectUpgrade } = demands;
  if (expectUpgrade !== undefined && statement.upgrade !== expectUpgrade) {
    const named = `signed for the upgrade ${JSON.stringify(statement.upgrade)}`;
    throw new TrustError('subject-mismatch', `${named}, expected is ${JSON.stringify(expectUpgrade)}`);
  }
  const signers = keys.map(({ id, algorithm }) => ({ sha256: id, algorithm }));
  return { signature: { keys: signers, signedAt: statement.signedAt }, damaged };
}

function signedStatement(
  platform: Platform,
  bytes: Uint8Array,
  trusted: readonly PublicKey[],
  threshold: number,
): Omit<VerifiedPayload, 'body'> & { readonly statement: MigrationStatement } {
  try {
    const envelope = parseEnvelope(parseJson(platform, bytes));
    const { body, ...verified } = verifyEnvelope(envelope, STATEMENT_PAYLOAD_TYPE, trusted, threshold);
    return { statement: parseMigrationStatement(parseJson(platform, body)), ...verified };
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new TrustError('signature-invalid', fault.message, { cause: fault });
    throw fault;
  }
}
