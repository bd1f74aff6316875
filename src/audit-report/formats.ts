/** The formats that an audit report is drawn in, each loaded when it is needed. */
import type { TextOptions } from '../reports/text.ts';
import type { AuditReport } from './tally.ts';

/** A format of the audit report; its name and endings are those of a format of the comparison. */
export interface AuditFormat {
  readonly name: string;
  readonly render: (report: AuditReport, options: TextOptions) => Promise<string | Uint8Array>;
}

export const AUDIT_FORMATS: readonly AuditFormat[] = [
  { name: 'pdf', render: async (report) => (await import('./pdf-part.ts')).renderAuditPdf(report) },
  {
    name: 'text',
    render: async (report, options) => (await import('./text.ts')).renderAuditText(report, options),
  },
  { name: 'json', render: async (report) => (await import('./json.ts')).renderAuditJson(report) },
];
