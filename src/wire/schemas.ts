/**
 * The form of docs/continuity-report.md, once: what is read is checked against it, and the published JSON Schema is made
 * from it. Those of docs/snapshot.md stand in src/core/snapshot.
 *
 * zod only looks. What is hashed and compared is the strictly read value itself, never what a schema gives back: it
 * would drop members (`__proto__`, for one), and two different records would become equal.
 */
import { z } from 'zod';
import { FINDING_KINDS } from '../core/kinds.ts';
import { CHANGE_CLASSES, CHANGES } from '../core/report/changes.ts';
import { DEMANDS } from '../core/report/demands.ts';

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('64 lower-case hexadecimal digits');
const count = z.int().min(0);

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const relation = z.enum(['identical', 'extended', 'migrated', 'broken', 'unknown']);

const placeSchema = z.strictObject({
  pointer: z.string().describe('JSON Pointer (RFC 6901); in a group with * for the index of each list'),
  from: z.string().optional().describe('pointer into the record of the baseline, where it is another one'),
  change: z.enum(CHANGES),
  class: z.enum(CHANGE_CLASSES),
  element: z.string().optional().describe('what a person knows the element of a list by'),
  baseline: value.optional(),
  current: value.optional(),
});

export const findingSchema = z.strictObject({
  kind: z.enum(FINDING_KINDS),
  class: z.enum(['UNTRUSTED', 'FAIL', 'INCOMPLETE', 'info']),
  tenant: z.string().optional(),
  stream: z.string().optional(),
  id: z.string().optional(),
  seq: count.optional(),
  path: z.string().optional().describe('JSON Pointer (RFC 6901) into the record'),
  baseline: value.optional(),
  current: value.optional(),
  message: z.string(),
  alreadyInBaseline: z
    .literal(true)
    .optional()
    .describe('both sides show the same fault at the same record: counted once'),
  places: z.array(placeSchema).optional().describe('every place of a modified record that differs, at most 100'),
  placesOmitted: count.optional().describe('how many more places differ'),
});

const shares = z.array(z.strictObject({ name: z.string(), count })).optional();

const changeGroupSchema = z.strictObject({
  count,
  places: z.array(placeSchema.omit({ from: true })),
  placesOmitted: count.optional(),
  examples: z.array(
    z.strictObject({
      tenant: z.string(),
      stream: z.string(),
      id: z.string().optional(),
      seq: count.optional(),
    }),
  ),
  tenants: shares,
  types: shares,
  days: shares,
});

export const sideSchema = z.strictObject({
  name: z.string(),
  sha256: hash.nullable(),
  depth: z.enum(['full', 'digest', 'summary']).nullable(),
  records: count,
  globalRoot: hash.nullable(),
  subject: z.record(z.string(), z.json()).nullable(),
  capturedAt: z.string().nullable(),
});

const signatureSchema = z.strictObject({
  keys: z.array(z.strictObject({ sha256: hash, algorithm: z.string() })),
  threshold: z.int().min(1),
  payloadType: z.string(),
  predicateType: z.string(),
  signedSha256: hash,
  signedAt: z.string(),
  upgrade: z.string().nullable(),
});

const unjudged = z
  .strictObject({ baseline: count, current: count })
  .optional()
  .describe('records that were read and could not be compared');

const demandSchema = z.strictObject({
  demand: z.enum(DEMANDS),
  asked: z.string().describe('as it would stand on a command line behind the option'),
  state: z.enum(['held', 'refuted', 'impossible']),
  why: z.string().optional(),
});

const streamSideSchema = z.strictObject({ size: count, root: hash.nullable(), head: z.string().nullable() }).nullable();

const migrationReportSchema = z.strictObject({
  name: z.string(),
  sha256: hash.nullable(),
  upgrade: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  signature: z
    .strictObject({
      keys: z.array(z.strictObject({ sha256: hash, algorithm: z.string() })),
      signedAt: z.string(),
    })
    .nullable(),
  expected: z
    .strictObject({ records: count, globalRoot: hash })
    .nullable()
    .describe('what it makes of the baseline: the side that the current one was held against'),
  rules: z.array(z.strictObject({ name: z.string(), records: count })),
  retired: count,
  stubs: count,
  erased: z.strictObject({ records: count, hashesNotRecomputed: count }),
  moved: count,
  dropped: z.array(
    z.strictObject({
      rule: z.string(),
      path: z.string().describe('JSON Pointer (RFC 6901) into the record; empty for the whole of it'),
      loss: z.enum(['removed', 'overwritten', 'merged', 'respelled', 'erased', 'retired']),
      count,
    }),
  ),
  known: z.strictObject({ listed: count, baseline: count, current: count }),
});

export const runSchema = z.strictObject({
  tool: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  durationMs: z.number(),
  peakRssBytes: count,
});

export const reportSchema = z.strictObject({
  kind: z.literal('evidence-continuity-report'),
  version: z.literal(1),
  verdict: z.enum(['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED']),
  relation,
  mode: z.enum(['append', 'frozen']),
  headline: z.string(),
  baseline: sideSchema.extend({ signature: signatureSchema.nullable() }),
  current: sideSchema,
  totals: z.strictObject({
    matched: count,
    added: count,
    missing: count,
    modified: count,
    relinked: count,
    moved: count,
    retired: count.optional().describe('records that a migration has retired, and that left nothing'),
    unjudged,
  }),
  changes: z.array(changeGroupSchema).describe('modified records by what changed in them, rarest first'),
  changesOmitted: count.optional().describe('modified records that are in none of these groups'),
  demands: z.array(demandSchema),
  mapping: z.strictObject({
    baseline: z.string().nullable().describe('the profile by which it was read; its SHA-256 is in the subject'),
    current: z.string().nullable(),
    declared: z.array(z.string()).describe('differences of the two mappings, none of which is a finding by itself'),
  }),
  migration: migrationReportSchema.nullable(),
  tenants: z.array(
    z.strictObject({
      tenant: z.string(),
      relation,
      baselineRoot: hash.nullable(),
      currentRoot: hash.nullable(),
      unjudged,
      counts: z.array(z.strictObject({ type: z.string(), baseline: count, current: count })),
      streams: z.array(
        z.strictObject({
          stream: z.string(),
          ordered: z.boolean(),
          relation,
          baseline: streamSideSchema,
          current: streamSideSchema,
          rootAtBaselineSize: hash.nullable(),
          unjudged,
        }),
      ),
    }),
  ),
  findings: z.array(findingSchema),
  findingCounts: z.record(z.string(), count),
  checks: z.array(
    z.strictObject({ check: z.string(), done: count, skipped: count.optional(), why: z.string().optional() }),
  ),
  notChecked: z.array(z.string()),
  run: runSchema,
});
