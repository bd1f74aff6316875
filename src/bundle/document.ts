/** The manifest of an evidence bundle: its form, and from strictly read JSON to a core value. */
import { z } from 'zod';
import type { Json } from '../core/json/value.ts';
import { parseDocument } from '../wire/document.ts';
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

/**
 * The manifest that `json` states.
 *
 * @throws EvidenceError `unsupported-version` for another kind or version, `schema-violation` for a wrong form
 */
export function parseManifest(json: Json): BundleManifest {
  return parseDocument(bundleSchema, 'the manifest of a bundle', plainOf(json), { kind: 'evidence-bundle' });
}
