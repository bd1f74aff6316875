/** Who vouches for the global root of a proof: a signed checkpoint, or a signed statement about the snapshot. */
import { EvidenceError } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import type { Platform } from '../core/platform.ts';
import type { VouchedRoot } from '../core/proof/proof-check.ts';
import type { Voucher } from '../core/proof/proof-document.ts';
import type { PlainJson } from '../core/snapshot/header.ts';
import { jsonOf } from '../wire/plain.ts';
import {
  parseStatement,
  type SignedTenant,
  type SnapshotStatement,
  STATEMENT_PAYLOAD_TYPE,
} from '../wire/statement.ts';
import { parseEnvelope, verifyEnvelope } from './dsse.ts';
import type { PublicKey } from './keys.ts';
import { parseCheckpoint, parseNote, verifyNote } from './signed-note.ts';
import { type ReadBaseline, systemOfOrigin } from './trust-demands.ts';
import { TrustError } from './trust-error.ts';

/** What the documents of a voucher result in. */
export interface Vouching {
  /** Each document that enough trusted keys have signed; at least one. */
  readonly roots: readonly VouchedRoot[];
  /** Signatures and documents beside them that should count and do not, each in words. */
  readonly damaged: readonly string[];
}

type Way = (trusted: readonly PublicKey[], threshold: number) => Vouching;

function byStatement(platform: Platform, dsse: Json): Way {
  return (trusted, threshold) => {
    const { body, keys, damaged } = verifyEnvelope(parseEnvelope(dsse), STATEMENT_PAYLOAD_TYPE, trusted, threshold);
    const { globalRoot, tenants, name, subject, capturedAt, upgrade } = parseStatement(parseJson(platform, body));
    const { system } = subject;
    const root = {
      globalRoot,
      tenants: tenants.length,
      keys,
      by: 'statement',
      name,
      system: typeof system === 'string' ? system : undefined,
      says: { subject, capturedAt, upgrade },
    } as const;
    return { roots: [root], damaged };
  };
}

function byCheckpoint(checkpoint: string): Way {
  return (trusted, threshold) => {
    const note = parseNote(checkpoint);
    const { origin, size, root } = parseCheckpoint(note.text);
    // Under the name of the origin: a key may sign for other logs as well.
    const { keys } = verifyNote(note, trusted, origin);
    if (keys.length < threshold) {
      throw new TrustError('key-untrusted', `${keys.length} of the trusted keys have signed, ${threshold} are needed`);
    }
    const system = systemOfOrigin(origin);
    const vouched = {
      globalRoot: root,
      tenants: size,
      keys,
      by: 'checkpoint',
      name: origin,
      system,
      says: undefined,
    } as const;
    return { roots: [vouched], damaged: [] };
  };
}

/** @returns what the document results in, or why it counts for nothing */
function tried(way: Way, trusted: readonly PublicKey[], threshold: number): Vouching | TrustError {
  try {
    return way(trusted, threshold);
  } catch (fault) {
    if (fault instanceof TrustError) return fault;
    if (fault instanceof EvidenceError) return new TrustError('signature-invalid', fault.message, { cause: fault });
    throw fault;
  }
}

/**
 * The root that `voucher` vouches for, by each of its documents.
 *
 * @param what - which root, for the message
 * @throws TrustError if no document in it is signed by enough trusted keys
 */
export function verifyVoucher(
  platform: Platform,
  { dsse, checkpoint }: Voucher,
  what: string,
  trusted: readonly PublicKey[],
  threshold: number,
): Vouching {
  const ways = [
    ...(dsse === undefined ? [] : [byStatement(platform, dsse)]),
    ...(checkpoint === undefined ? [] : [byCheckpoint(checkpoint)]),
  ];
  const outcomes = ways.map((way) => tried(way, trusted, threshold));
  const held = outcomes.filter((outcome): outcome is Vouching => !(outcome instanceof TrustError));
  const refused = outcomes.filter((outcome) => outcome instanceof TrustError);
  if (held.length === 0) {
    const last = refused.at(-1) ?? new TrustError('signature-missing', 'nobody has signed it');
    throw new TrustError(last.kind, `${what}: ${last.message}`);
  }
  // That another document is signed by others is none of our business; that it is damaged is.
  const broken = refused.filter(({ kind }) => kind === 'signature-invalid').map(({ message }) => message);
  const besides = [...held.flatMap(({ damaged }) => damaged.map((one) => `there is ${one}`)), ...broken];
  return {
    roots: held.flatMap(({ roots }) => roots),
    damaged: besides.map((one) => `${what}: beside what has signed it, ${one}`),
  };
}

/* Whether a signed statement and the file that it is about say the same. */

function same(one: unknown, other: unknown): boolean {
  return canonicalText(jsonOf(one as PlainJson)) === canonicalText(jsonOf(other as PlainJson));
}

/** The tenants as a statement names them. */
export function signedTenants({ summary }: Pick<ReadBaseline, 'summary'>): readonly SignedTenant[] {
  return summary.tenants.map(({ tenant, records, root, counts }) => {
    // A null prototype: `__proto__` is a type like any other.
    const byType: Record<string, number> = Object.create(null);
    for (const [type, count] of counts) byType[type] = count;
    return { tenant, records, root, counts: byType };
  });
}

/**
 * The first thing that `statement` says otherwise than `file` turned out to be; undefined if there is none.
 *
 * With equal digests there cannot be one, unless the signer signed what he had not looked at.
 */
export function statementDifference(statement: SnapshotStatement, file: ReadBaseline): string | undefined {
  const { summary, header } = file;
  if (statement.globalRoot !== summary.globalRoot)
    return `global root ${statement.globalRoot}, not ${summary.globalRoot}`;
  if (statement.records !== summary.records) return `${statement.records} records, not ${summary.records}`;
  if (!same(statement.tenants, signedTenants(file))) return 'other tenants, counts or roots';
  if (statement.depth !== header?.depth) return `depth ${statement.depth}, not ${header?.depth}`;
  if (statement.capturedAt !== header.capturedAt)
    return `captured at ${statement.capturedAt}, not ${header.capturedAt}`;
  return same(statement.subject, header.subject) ? undefined : 'another subject';
}
