/**
 * A file of roots, as a trailer that stands alone: what `roots-export` writes, in full or cut down to bare roots.
 *
 * Of a document without `kind`, which is not ours, the members `globalRoot` and `nulls` are taken and nothing else.
 */
import { z } from 'zod';
import type { Json } from '../core/json/value.ts';
import { isHash } from '../core/platform.ts';
import type { StatedTenant, Trailer } from '../core/snapshot/trailer.ts';
import { parseDocument } from './document.ts';
import { strictPlainOf } from './plain.ts';

const hash = z.string().refine(isHash, { message: 'expected 64 lower-case hexadecimal digits' });
const name = z.string().min(1).max(256);
const count = z.int().min(0);

const streamSchema = z.strictObject({
  stream: name,
  ordered: z.boolean(),
  size: count,
  root: hash,
  head: z.string().nullable(),
});

const tenantSchema = z
  .strictObject({
    tenant: name,
    records: count.optional(),
    root: hash.optional(),
    streams: z.array(streamSchema).optional(),
  })
  .refine(({ root, streams }) => root !== undefined || streams !== undefined, {
    message: 'a tenant needs `root` or `streams`: without them nothing is stated',
  });

const rootsSchema = z.strictObject({
  kind: z.literal('evidence-roots'),
  version: z.literal(1),
  globalRoot: hash,
  records: count.optional(),
  tenants: z.array(tenantSchema).optional(),
  nulls: z.literal('distinct').optional(),
});

const foreignSchema = z.object({ globalRoot: hash, nulls: z.literal('distinct').optional() });

type Roots = z.output<typeof rootsSchema>;

const WHAT = 'a file of roots';
const ADVICE = 'give what `roots-export --format json` has written';

function statedTenant({ tenant, records, root, streams }: NonNullable<Roots['tenants']>[number]): StatedTenant {
  if (streams === undefined) return { tenant, records: records ?? 0, root, streams: [], rootOnly: true };
  const sizes = streams.reduce((sum, { size }) => sum + size, 0);
  return { tenant, records: records ?? sizes, root, streams };
}

function trailerOf({ globalRoot, records, tenants: stated }: Roots): Trailer {
  if (stated === undefined) return { globalRoot, records: records ?? 0, tenants: [], rootOnly: true };
  const tenants = stated.map(statedTenant);
  const sum = tenants.reduce((total, tenant) => total + tenant.records, 0);
  // A tenant whose records are not stated makes the sum worth nothing.
  const known = stated.every(({ records: own, streams }) => own !== undefined || streams !== undefined);
  return { globalRoot, records: known ? (records ?? sum) : sum, tenants };
}

/** What a file of roots states: sizes and roots, and how SQL NULL stands in what they were made from. */
export interface StatedRoots {
  readonly trailer: Trailer;
  readonly nulls: 'distinct' | undefined;
}

/**
 * The roots that `json` states.
 *
 * @throws EvidenceError `unsupported-version` or `schema-violation`
 */
export function parseRoots(json: Json): StatedRoots {
  const value = strictPlainOf(json);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || !Object.hasOwn(value, 'kind')) {
    const { globalRoot, nulls } = parseDocument(foreignSchema, WHAT, value, { advice: ADVICE });
    return { trailer: { globalRoot, records: 0, tenants: [], rootOnly: true }, nulls };
  }
  // Whoever gives one has another verb in mind.
  const isSnapshot = (value as { readonly kind: unknown }).kind === 'evidence-snapshot';
  const advice = isSnapshot ? 'compare with a snapshot by verify-continuity' : ADVICE;
  const roots = parseDocument(rootsSchema, WHAT, value, { kind: 'evidence-roots', advice });
  return { trailer: trailerOf(roots), nulls: roots.nulls };
}
