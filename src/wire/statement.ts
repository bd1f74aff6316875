/**
 * The in-toto Statement v1 that a signature of a snapshot is over: which file, and what it comes to.
 *
 * The subject is the file by its SHA-256. The predicate repeats what the file comes to (roots, sizes, counts), so that a
 * reader who has the statement alone knows it, and a verifier who has the file finds out if the two disagree.
 */
import { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { isHash } from '../core/platform.ts';
import type { PlainJson, Subject } from '../core/snapshot/header.ts';
import { plainOf } from './plain.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** DSSE payload type of in-toto statements. */
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';
export const PREDICATE_TYPE = 'urn:evidence-diff:snapshot-summary:v1';

const hash = z.string().refine(isHash, { message: 'expected 64 lower-case hexadecimal digits' });
const count = z.int().min(0);

const tenantSchema = z.strictObject({
  tenant: z.string(),
  records: count,
  root: hash,
  counts: z.record(z.string(), count),
});

const predicateSchema = z.strictObject({
  depth: z.enum(['full', 'digest', 'summary']),
  subject: z.record(z.string(), z.unknown()),
  capturedAt: z.string().nullable(),
  signedAt: z.string(),
  upgrade: z.string().min(1).max(256).optional(),
  records: count,
  globalRoot: hash,
  tenants: z.array(tenantSchema),
});

const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hash }) })).length(1),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: predicateSchema,
});

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
    predicate: { ...others, ...(upgrade === undefined ? {} : { upgrade }) } as unknown as PlainJson,
  };
}

/**
 * The statement that `json` is.
 *
 * @throws EvidenceError `schema-violation` for anything else, also for a statement of another kind
 */
export function parseStatement(json: Json): SnapshotStatement {
  const plain = plainOf(json);
  const result = statementSchema.safeParse(plain);
  if (!result.success) {
    const [issue] = result.error.issues;
    const path = issue === undefined || issue.path.length === 0 ? '' : ` at /${issue.path.map(String).join('/')}`;
    throw new EvidenceError(
      'schema-violation',
      `not a statement about a snapshot${path}: ${issue?.message ?? 'wrong form'}`,
    );
  }
  // Not what the schema gives back: that has lost what is called `__proto__`.
  const { subject, predicate } = plain as unknown as z.output<typeof statementSchema>;
  const [file] = subject;
  if (file === undefined) throw new RangeError('a statement without its subject');
  return { name: file.name, sha256: file.digest.sha256, ...predicate, subject: predicate.subject as Subject };
}
