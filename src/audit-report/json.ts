/** The audit report as JSON: members in the order of the contract, two spaces, one line feed at the end. */

import { printableJson } from '../reports/printable.ts';
import type { AuditReport } from './tally.ts';

/** The audit report, version 1, as JSON text; the report is built in one place, in the order of the contract. */
export function renderAuditJson(report: AuditReport): string {
  return `${printableJson(JSON.stringify(report, null, 2))}\n`;
}
