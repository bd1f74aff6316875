/** The audit report as JSON: members in the order of the contract, two spaces, one line feed at the end. */
import type { AuditReport } from '../../core/continuity/audit-report.ts';
import { printableJson } from '../printable.ts';

/** The audit report, version 1, as JSON text; the report is built in one place, in the order of the contract. */
export function renderAuditJson(report: AuditReport): string {
  return `${printableJson(JSON.stringify(report, null, 2))}\n`;
}
