/** A migration by the name of its file: read, held to the files that it names, and to whoever signed it. */
import { dirname, join } from 'node:path';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { isDraftName } from '../core/migration/draft-names.ts';
import { type Migration, needsSignature } from '../core/migration/migration.ts';
import type { MigrationSignature } from '../core/report/migration-report.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { type GivenMigration, type MigrationFault, underMigration } from '../engine/run-migration.ts';
import { readOnce } from '../files/read-small-file.ts';
import type { VerifiedMigration } from '../trust/signed-migration.ts';
import { TrustError } from '../trust/trust-error.ts';
import { filesNamedIn, NamedFileMismatch, parseMigration } from '../wire/migration.ts';
import { reasonOf, shownPath } from './file-words.ts';
import type { TrustOptions } from './open-trust.ts';

/** Of a migration, and of each file that it names. */
const MOST_BYTES = 64 * 2 ** 20;

export interface ReadMigration {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly migration: Migration;
}

/**
 * The migration in a file.
 *
 * @throws EvidenceError if it, or a file that it names, cannot be read or is none
 * @throws NamedFileMismatch if a file that it names is another one
 */
async function readMigration(path: string): Promise<ReadMigration> {
  const { bytes } = await bytesAt(path, 'a migration');
  try {
    const folder = dirname(path);
    const files = new Map<string, Uint8Array>();
    for (const name of filesNamedIn(nodePlatform, bytes)) {
      files.set(name, (await bytesAt(join(folder, name), 'a file of a migration')).bytes);
    }
    const read = (name: string): Uint8Array => files.get(name) ?? new Uint8Array(0);
    return { bytes, sha256: nodePlatform.sha256(bytes), migration: parseMigration(nodePlatform, bytes, read) };
  } catch (fault) {
    throw fault instanceof EvidenceError && fault.where.file === undefined
      ? fault.at({ file: shownPath(path) })
      : fault;
  }
}

/**
 * The same for whoever makes something of it.
 *
 * @throws EvidenceError as {@link readMigration}, `input-changed` if a file that it names is another one
 */
export async function migrationAt(path: string): Promise<ReadMigration> {
  return readMigration(path).catch((fault: unknown) => {
    if (!(fault instanceof NamedFileMismatch)) throw fault;
    throw new EvidenceError('input-changed', fault.message, { where: { file: shownPath(path) }, cause: fault });
  });
}

async function bytesAt(path: string, what: string): Promise<{ readonly bytes: Uint8Array }> {
  try {
    return await readOnce(path, what, MOST_BYTES);
  } catch (fault) {
    if (fault instanceof EvidenceError) throw fault;
    throw new EvidenceError('source-incomplete', reasonOf(fault), { where: { file: shownPath(path) }, cause: fault });
  }
}

/** Where the signature of a migration is. */
export function migrationSignaturePath(path: string): string {
  return `${path}.dsse.json`;
}

async function envelopeAt(path: string): Promise<Uint8Array | undefined> {
  try {
    return (await readOnce(path, 'a signature', MOST_BYTES)).bytes;
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return undefined;
    throw new TrustError('signature-missing', `the signature ${shownPath(path)}: ${reasonOf(fault)}`);
  }
}

interface Vouched {
  readonly signature: MigrationSignature | null;
  readonly faults: readonly MigrationFault[];
  readonly notes: readonly string[];
}

/** Whether somebody demands that the baseline be signed: then the migration must be, too. */
function demandsSigned({
  trustedKeys = [],
  requireSignature,
  threshold,
  signature,
  expectUpgrade,
}: TrustOptions): boolean {
  const named = [threshold, signature, expectUpgrade].some((one) => one !== undefined);
  return trustedKeys.length > 0 || requireSignature === true || named;
}

/** What nobody has named in a draft: a proposal that a program made. */
function unnamedIn({ upgrade, from, to }: Migration): readonly string[] {
  return Object.entries({ upgrade, from, to }).flatMap(([name, text]) =>
    text !== undefined && isDraftName(text) ? [name] : [],
  );
}

/**
 * Why a migration can be used for nothing yet: made of what changed, a draft fits whatever that was, until somebody has
 * read it and says for which upgrade it is.
 *
 * @returns undefined if it is no draft
 */
export function draftFault(path: string, migration: Migration): EvidenceError | undefined {
  const unnamed = unnamedIn(migration).join(', ');
  if (unnamed === '') return undefined;
  return new EvidenceError('schema-violation', `it is still a draft: nobody has said its ${unnamed}`, {
    where: { file: shownPath(path) },
    advice: `made of what changed, it fits whatever that was: read its rules, keep those that were meant, and fill in ${unnamed}`,
  });
}

async function vouchedFor(path: string, read: ReadMigration, trust: TrustOptions): Promise<Vouched> {
  const needed = needsSignature(read.migration);
  const demanded = demandsSigned(trust);
  if (!needed && !demanded) {
    const note = 'the migration is not signed by a trusted key: that it says what was meant is its own word';
    return { signature: null, faults: [], notes: [note] };
  }
  try {
    const { signature, damaged } = await verified(path, read, trust);
    const notes = damaged.map((one) => `beside what has signed the migration there is ${one}`);
    return { signature, faults: [], notes };
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    const why = needed ? ' (it retires, erases or calls faults known: a trusted key must have signed it)' : '';
    return { signature: null, faults: [{ kind: fault.kind, message: `migration: ${fault.message}${why}` }], notes: [] };
  }
}

async function verified(path: string, read: ReadMigration, trust: TrustOptions): Promise<VerifiedMigration> {
  const { publicKeyAt } = await import('./key-file.ts');
  const { verifyMigration } = await import('../trust/signed-migration.ts');
  const keys = [];
  for (const key of trust.trustedKeys ?? []) keys.push(await publicKeyAt(key));
  if (keys.length === 0) throw new TrustError('key-untrusted', 'a signature is needed, and no key is trusted');
  const envelope = await envelopeAt(migrationSignaturePath(path));
  if (envelope === undefined) {
    throw new TrustError('signature-missing', `there is no ${shownPath(migrationSignaturePath(path))}`);
  }
  const { upgrade, baseline } = read.migration;
  return verifyMigration(nodePlatform, envelope, keys, {
    threshold: trust.threshold ?? 1,
    sha256: read.sha256,
    upgrade,
    baseline,
    expectUpgrade: trust.expectUpgrade,
  });
}

/**
 * The migration at `path`, as a comparison takes it.
 *
 * @param trust - what is demanded of the baseline: the same keys vouch for both
 * @returns what is wrong with it is a fault in it, never an exception
 */
export async function openMigration(path: string, trust: TrustOptions = {}): Promise<GivenMigration> {
  const asked = shownPath(path);
  const nothing = { asked, sha256: null, migration: undefined, signature: null, notes: [] };
  try {
    const read = await readMigration(path);
    const vouched = await vouchedFor(path, read, trust);
    const draft = draftFault(path, read.migration);
    const faults = draft === undefined ? [] : [{ kind: draft.kind, message: `migration: ${draft.message}` }];
    return {
      asked,
      sha256: read.sha256,
      migration: read.migration,
      ...vouched,
      isDraft: draft !== undefined,
      faults: [...faults, ...vouched.faults],
    };
  } catch (fault) {
    if (fault instanceof NamedFileMismatch) {
      return { ...nothing, faults: [{ kind: 'migration-map-mismatch', message: `migration: ${fault.message}` }] };
    }
    if (!(fault instanceof EvidenceError)) throw fault;
    return { ...nothing, faults: [{ kind: fault.kind, message: `migration: ${fault.message}` }] };
  }
}

/** The migration at `path`, to be handed to a comparison: as {@link openMigration}. */
export async function migrationOf(path: string, trust?: TrustOptions): Promise<ReturnType<typeof underMigration>> {
  return underMigration(await openMigration(path, trust));
}

/** Whether the file at `path` is a migration: by its `kind`. What cannot be read, or is larger than one, is none. */
export async function isMigration(path: string): Promise<boolean> {
  try {
    const { bytes } = await readOnce(path, 'a migration', MOST_BYTES);
    // Most files are snapshots, and need not be read twice. Members have no order: it may be the last word, and escaped.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!text.includes('evidence-migration') && !text.includes('\\u00')) return false;
    const json = parseJson(nodePlatform, bytes);
    return json instanceof Map && json.get('kind') === 'evidence-migration';
  } catch {
    return false;
  }
}
