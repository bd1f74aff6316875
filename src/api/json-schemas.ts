/** The published JSON Schemas (draft 2020-12), made from the definitions that the reader uses. */
import { z } from 'zod';
import { auditReportSchema } from '../audit-report/document.ts';
import { listOf, object, optional } from '../core/json/form.ts';
import { reportForm } from '../core/report/report.ts';
import { HEADER_MEMBERS } from '../core/snapshot/header.ts';
import { recordForm } from '../core/snapshot/record-members.ts';
import { trailerForm } from '../core/snapshot/trailer.ts';
import { reportLineSchema } from '../wire/continuity-report.ts';
import { migrationSchema } from '../wire/migration.ts';
import { oneOf } from './options.ts';

export const SCHEMA_NAMES = ['snapshot', 'record', 'report', 'report-line', 'audit-report', 'migration'] as const;

export type SchemaName = (typeof SCHEMA_NAMES)[number];

/** The JSON container as a whole; the NDJSON container has the same parts on lines of their own. */
const snapshotForm = object({ ...HEADER_MEMBERS, records: optional(listOf(recordForm)), trailer: trailerForm });

const $schema = 'https://json-schema.org/draft/2020-12/schema';

/** A JSON Schema for each of the forms. */
export function jsonSchemas(): Readonly<Record<SchemaName, object>> {
  return {
    snapshot: { title: 'Evidence snapshot, version 1 (JSON container)', $schema, ...snapshotForm.schema },
    record: { title: 'Evidence record, version 1', $schema, ...recordForm.schema },
    report: { title: 'Evidence continuity report, version 1', $schema, ...reportForm.schema },
    'report-line': { title: 'Line of the NDJSON report, version 1', $schema, ...reportLineSchema },
    'audit-report': { title: 'Evidence audit report, version 1', ...z.toJSONSchema(auditReportSchema) },
    migration: { title: 'Evidence migration, version 1', ...z.toJSONSchema(migrationSchema, { io: 'input' }) },
  };
}

/** @throws as `schema` of on-demand.ts says */
export function schema(name: SchemaName | undefined): object {
  const schemas = jsonSchemas();
  return name === undefined ? schemas : schemas[oneOf(SCHEMA_NAMES)(name, 'schema: the format')];
}
