/** What the config file says of the gate of the cutover: limits with their units in the names, and where figures are. */
import { z } from 'zod';

const text = z.string().min(1);

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

export const cutoverSchema = z.strictObject({
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
