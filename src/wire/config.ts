/** The config file: which source a namespace stands for, and how sources are read. */
import { z } from 'zod';
import type { Json } from '../core/json/value.ts';
import { parseDocument } from './document.ts';
import { plainOf } from './plain.ts';

const text = z.string().min(1);
const positive = z.int().min(1);

/* What the config file says of the gate of the cutover: limits with their units in the names, and where figures are. */

const figures = z.strictObject({
  errorRate: text.optional(),
  p99LatencySeconds: text.optional(),
  store: text.optional(),
  verdict: text.optional(),
  soundness: text.optional(),
  inProgress: text.optional(),
  evidenceFailures: text.optional(),
  lastVerification: text.optional(),
});

const cutoverSchema = z.strictObject({
  errorRate: z.number().min(0).lt(1, 'a ratio from 0 up to 1, not a percentage: 1 % is 0.01').optional(),
  p99LatencySeconds: z.number().positive().optional(),
  evidenceFailures: z.int().min(0).optional(),
  maxReportAgeSeconds: z.int().min(1).optional(),
  maxMetricsAgeSeconds: z.int().min(1).optional(),
  /** PromQL for each figure. */
  queries: figures.optional(),
  /** Series in a file for each figure. */
  samples: figures.optional(),
});

/** A source, or the variable of the environment that holds it: so no password need be in a file. */
const sourceSchema = z.union([text, z.strictObject({ env: text })], {
  error: 'expected a source, or { "env": "NAME OF A VARIABLE" }',
});

/** How a database is read. What makes a check weaker is not among it: that is said on the command line each time. */
const reading = {
  profile: text.optional(),
  schema: text.optional(),
  workers: positive.optional(),
  batchSize: positive.optional(),
  stallTimeoutSeconds: positive.optional(),
  lockTimeoutSeconds: positive.optional(),
};

const isBare = (value: unknown): boolean =>
  typeof value === 'string' || (typeof value === 'object' && value !== null && Object.hasOwn(value, 'env'));

const namespaceSchema = z.strictObject({ source: sourceSchema, ...reading });

const configSchema = z.strictObject({
  source: sourceSchema.optional(),
  namespaces: z
    .record(
      text,
      z.preprocess((value) => (isBare(value) ? { source: value } : value), namespaceSchema),
    )
    .optional(),
  gates: z
    .strictObject({ cutover: cutoverSchema.extend({ metricsUrl: sourceSchema.optional() }).optional() })
    .optional(),
  trustedKeys: z.array(text).min(1).optional(),
  signatureThreshold: positive.optional(),
  requireSignature: z.literal(true).optional(),
  /** Files with the keys of HMACs, by the names that recipes have for them. */
  chainKeys: z.record(text, text).optional(),
  ...reading,
});

export type ConfiguredSource = z.output<typeof sourceSchema>;
export type ConfiguredNamespace = z.output<typeof namespaceSchema>;
export type Config = z.output<typeof configSchema>;
export type ConfiguredCutover = NonNullable<NonNullable<Config['gates']>['cutover']>;

/**
 * The config file.
 *
 * @throws EvidenceError `schema-violation` that names the first member that is wrong
 */
export function parseConfig(json: Json): Config {
  return parseDocument(configSchema, 'a config file', plainOf(json));
}
