/** The lines of the NDJSON report, made of the parts of the report itself. */
import { z } from 'zod';
import { reportSchema } from './schemas.ts';

const { tenants: _, findings, run, ...shared } = reportSchema.shape;
const count = z.int().min(0);

const summaryLineSchema = z.strictObject({
  ...shared,
  kind: z.literal('evidence-continuity-summary'),
  tenants: count.describe('how many tenants there are'),
});

const trailerLineSchema = z.strictObject({
  kind: z.literal('evidence-continuity-trailer'),
  verdict: shared.verdict,
  findings: count.describe('how many lines stand between the first line and this one'),
  run,
});

/** Any one line; which of the three it is, `kind` says. */
export const reportLineSchema = z.union([summaryLineSchema, findings.element, trailerLineSchema]);
