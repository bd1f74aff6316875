/**
 * The in-toto Statement v1 that a signature of a snapshot is over: which file, and its summary.
 *
 * The subject is the file by its SHA-256. The predicate repeats the summary of the file (roots, sizes, counts), so that a
 * reader who has the statement alone knows it, and a verifier who has the file finds out if the two disagree.
 */
import { EvidenceError } from '../core/errors.ts';
import { Fields, type Reading } from '../core/json/fields.ts';
import type { Json } from '../core/json/value.ts';
import { present } from '../core/present.ts';
import type { PlainJson, Subject } from '../core/snapshot/header.ts';
import { plainOf } from './plain.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** DSSE payload type of in-toto statements. */
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';
export const PREDICATE_TYPE = 'urn:evidence-diff:snapshot-summary:v1';

const STATEMENT: Reading = { what: 'not a statement about a snapshot', path: '' };
const MOST_UPGRADE_CHARACTERS = 256;

export interface SignedTenant {
  readonly tenant: string;
  readonly records: number;
  readonly root: string;
  readonly counts: Readonly<Record<string, number>>;
}

export interface SnapshotStatement {
  /** Name of the file when it was signed; nothing is decided by it. */
  readonly name: string;
  readonly sha256: string;
  readonly depth: string;
  readonly subject: Subject;
  readonly capturedAt: string | null;
  /** RFC 3339, by the clock of whoever signed: a claim. */
  readonly signedAt: string;
  /** The upgrade that this baseline was made for. */
  readonly upgrade?: string | undefined;
  readonly records: number;
  readonly globalRoot: string;
  readonly tenants: readonly SignedTenant[];
}

/** The statement as plain JSON, members in the order in which they are read. */
export function statementJson({ name, sha256, ...predicate }: SnapshotStatement): PlainJson {
  const { upgrade, ...others } = predicate;
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256 } }],
    predicateType: PREDICATE_TYPE,
    predicate: { ...others, ...present({ upgrade }) } as unknown as PlainJson,
  };
}

function refuse(path: string, expected: string): never {
  throw new EvidenceError('schema-violation', `${STATEMENT.what} at ${path}: expected ${expected}`);
}

function fileOf(json: Json, reading: Reading): Pick<SnapshotStatement, 'name' | 'sha256'> {
  const fields = new Fields(json, reading);
  const name = fields.text('name');
  const digest = fields.object('digest');
  const sha256 = digest.hash('sha256');
  digest.end();
  fields.end();
  return { name, sha256 };
}

function tenantOf(json: Json, reading: Reading): SignedTenant {
  const fields = new Fields(json, reading);
  const tenant = {
    tenant: fields.text('tenant'),
    records: fields.count('records'),
    root: fields.hash('root'),
    counts: fields.object('counts').counts(),
  };
  fields.end();
  return tenant;
}

function subjectOf(fields: Fields): Subject {
  const subject = fields.json('subject');
  return subject instanceof Map ? (plainOf(subject) as Subject) : refuse('/predicate/subject', 'an object');
}

function upgradeOf(fields: Fields): { readonly upgrade?: string } {
  if (!fields.has('upgrade')) return {};
  const upgrade = fields.text('upgrade');
  if (upgrade !== '' && upgrade.length <= MOST_UPGRADE_CHARACTERS) return { upgrade };
  return refuse('/predicate/upgrade', `1 to ${MOST_UPGRADE_CHARACTERS} characters`);
}

function predicateOf(fields: Fields): Omit<SnapshotStatement, 'name' | 'sha256'> {
  const predicate = {
    depth: fields.oneOf('depth', ['full', 'digest', 'summary']),
    subject: subjectOf(fields),
    capturedAt: fields.textOrNull('capturedAt'),
    signedAt: fields.text('signedAt'),
    ...upgradeOf(fields),
    records: fields.count('records'),
    globalRoot: fields.hash('globalRoot'),
    tenants: fields.array('tenants', tenantOf),
  };
  fields.end();
  return predicate;
}

/**
 * The statement that `json` is.
 *
 * @throws EvidenceError `schema-violation` for anything else, also for a statement of another kind
 */
export function parseStatement(json: Json): SnapshotStatement {
  const fields = new Fields(json, STATEMENT);
  fields.literal('_type', STATEMENT_TYPE);
  fields.literal('predicateType', PREDICATE_TYPE);
  const [file, ...others] = fields.array('subject', fileOf);
  if (file === undefined || others.length > 0) return refuse('/subject', 'one file');
  const predicate = predicateOf(fields.object('predicate'));
  fields.end();
  return { ...file, ...predicate };
}
