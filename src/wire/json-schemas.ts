/** The published JSON Schemas (draft 2020-12), made from the definitions that the reader uses. */
import { z } from 'zod';
import { auditReportSchema } from './audit-report.ts';
import { recordSchema, reportSchema, snapshotSchema } from './schemas.ts';

export type SchemaName = 'snapshot' | 'record' | 'report' | 'audit-report';

/** A JSON Schema for each of the forms. */
export function jsonSchemas(): Readonly<Record<SchemaName, object>> {
  return {
    snapshot: { title: 'Evidence snapshot, version 1 (JSON container)', ...z.toJSONSchema(snapshotSchema) },
    record: { title: 'Evidence record, version 1', ...z.toJSONSchema(recordSchema) },
    report: { title: 'Evidence continuity report, version 1', ...z.toJSONSchema(reportSchema) },
    'audit-report': { title: 'Evidence audit report, version 1', ...z.toJSONSchema(auditReportSchema) },
  };
}
