/** The manifest of an evidence bundle: its form, and from strictly read JSON to a core value. */
import { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { plainOf } from '../wire/plain.ts';
import { type BundleManifest, CHECKSUMS_NAME, SNAPSHOT_NAME } from './layout.ts';

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('64 lower-case hexadecimal digits');
const count = z.int().min(0);

const totals = z.strictObject({ count, bytes: count });
const file = <T extends string>(path: T) => z.strictObject({ path: z.literal(path), bytes: count, sha256: hash });

const bundleSchema = z.strictObject({
  kind: z.literal('evidence-bundle'),
  version: z.literal(1),
  records: count,
  globalRoot: hash,
  tenants: z.array(z.strictObject({ tenant: z.string().min(1).max(256), records: count, root: hash })),
  bodies: totals,
  proofs: totals.optional(),
  snapshot: file(SNAPSHOT_NAME),
  checksums: file(CHECKSUMS_NAME),
});

/** What another kind of document is, in words; undefined for one that may be a manifest. */
function otherKind(kind: unknown, version: unknown): string | undefined {
  if (kind !== 'evidence-bundle') return `of kind ${JSON.stringify(kind)?.slice(0, 80) ?? 'none'}, not of a bundle`;
  return version === 1 ? undefined : 'of another version of bundles: this program reads version 1';
}

/**
 * The manifest that `json` states.
 *
 * @throws EvidenceError `unsupported-version` for another kind or version, `schema-violation` for a wrong form
 */
export function parseManifest(json: Json): BundleManifest {
  const value = plainOf(json);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const { kind, version } = (isObject ? value : {}) as { readonly kind?: unknown; readonly version?: unknown };
  const other = otherKind(kind, version);
  if (other !== undefined) throw new EvidenceError('unsupported-version', `the manifest is ${other}`);
  const result = bundleSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? '' : ` at /${issue.path.map(String).join('/')}`;
  throw new EvidenceError('schema-violation', `the manifest${path}: ${issue?.message ?? 'wrong form'}`);
}
