/**
 * A file of roots, as a trailer that stands alone: what `roots-export` writes, in full or cut down to bare roots.
 *
 * Of a document without `kind`, which is not ours, the members `globalRoot` and `nulls` are taken and nothing else.
 */
import { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { isHash } from '../core/platform.ts';
import type { StatedTenant, Trailer } from '../core/snapshot/trailer.ts';
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

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? '' : ` at /${issue.path.map(String).join('/')}`;
  throw new EvidenceError('schema-violation', `not a file of roots${path}: ${issue?.message ?? 'wrong form'}`, {
    advice: 'give what `roots-export --format json` has written',
  });
}

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

/** What another kind of document is, in words; undefined for one that may be a file of roots. */
function otherKind(kind: unknown, version: unknown): string | undefined {
  if (kind === 'evidence-snapshot') return 'a snapshot: compare with it by verify-continuity';
  if (kind !== 'evidence-roots') return `of kind ${JSON.stringify(kind).slice(0, 80)}, not a file of roots`;
  return version === 1 ? undefined : 'a file of roots of another version: this one reads version 1';
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
    const { globalRoot, nulls } = checked(foreignSchema, value);
    return { trailer: { globalRoot, records: 0, tenants: [], rootOnly: true }, nulls };
  }
  const { kind, version } = value as { readonly kind: unknown; readonly version?: unknown };
  const other = otherKind(kind, version);
  if (other !== undefined) throw new EvidenceError('unsupported-version', `it is ${other}`);
  const roots = checked(rootsSchema, value);
  return { trailer: trailerOf(roots), nulls: roots.nulls };
}
