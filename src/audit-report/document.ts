/** The form of docs/audit-report.md: what the published JSON Schema of the audit report is made from. */
import { z } from 'zod';
import { findingForm, reportForm, runForm, sideForm } from '../core/report/report.ts';
import { zodOf } from '../wire/zod-of.ts';

const count = z.int().min(0);

const timesSchema = z.strictObject({
  since: count,
  before: count,
  infinite: count,
  absent: count,
  unparsable: count,
});

const tenantsSchema = z.array(
  z.strictObject({
    tenant: z.string(),
    times: timesSchema,
    types: z.array(
      z.strictObject({
        type: z.string(),
        records: count,
        days: z.array(z.strictObject({ day: z.string().describe('YYYY-MM-DD, in UTC'), records: count })),
      }),
    ),
  }),
);

const backDatedSchema = z.strictObject({
  tenant: z.string(),
  stream: z.string(),
  id: z.string(),
  seq: count.optional(),
  type: z.string(),
  recordedAt: z.string(),
  beforeSince: z.boolean(),
  beforeBaseline: z.boolean().nullable(),
});

const addedSchema = z.strictObject({
  records: count,
  times: timesSchema,
  tenants: tenantsSchema,
  backDated: z.strictObject({ records: count, listed: z.array(backDatedSchema) }),
  sinceNotAdded: count.nullable(),
  agrees: z.boolean().nullable(),
});

const journalSchema = z.strictObject({
  seq: count,
  recordedAt: z.string(),
  type: z.string(),
  step: z.string().nullable(),
  actor: z.string().nullable(),
  note: z.string().nullable(),
  files: z.array(z.string()),
});

const verdict = z.enum(['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED']);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const signedVerdictSchema = z.strictObject({
  file: z.string(),
  sha256: sha256.nullable(),
  verified: z.boolean(),
  says: z
    .strictObject({
      verdict,
      relation: z.enum(['identical', 'extended', 'migrated', 'broken', 'unknown']),
      mode: z.enum(['append', 'frozen']),
      verifiedAt: z.string(),
    })
    .nullable(),
  signedBy: z.array(z.strictObject({ sha256, algorithm: z.string() })),
  findings: z.array(z.strictObject({ kind: z.string(), message: z.string() })),
});

export const auditReportSchema = z.strictObject({
  kind: z.literal('evidence-audit-report'),
  version: z.literal(1),
  verdict,
  headline: z.string(),
  since: z.string(),
  source: zodOf(sideForm),
  roots: z.array(z.strictObject({ tenant: z.string(), records: count, root: z.string() })),
  times: timesSchema,
  tenants: tenantsSchema,
  added: addedSchema.nullable(),
  comparison: zodOf(reportForm).nullable(),
  findings: z.array(zodOf(findingForm)),
  findingCounts: z.record(z.string(), count),
  journal: z.array(journalSchema).nullable(),
  signedVerdict: signedVerdictSchema.optional(),
  notChecked: z.array(z.string()),
  run: zodOf(runForm),
});
