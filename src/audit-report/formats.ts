/** The formats that an audit report is drawn in, each loaded when it is needed. */

import { guarded, pdfDrawing } from '../reports/pdf.ts';
import type { TextOptions } from '../reports/text.ts';
import type { AuditReport } from './tally.ts';
/** A format of the audit report; its name and endings are those of a format of the comparison. */
export interface AuditFormat {
  readonly name: string;
  readonly render: (report: AuditReport, options: TextOptions) => Promise<string | Uint8Array>;
}

export const AUDIT_FORMATS: readonly AuditFormat[] = [
  { name: 'pdf', render: renderAuditPdf },
  {
    name: 'text',
    render: async (report, options) => (await import('./text.ts')).renderAuditText(report, options),
  },
  { name: 'json', render: async (report) => (await import('./text.ts')).renderAuditJson(report) },
];

/**
 * @returns the bytes of the PDF: the same for the same report
 * @throws RangeError if `report.run.finishedAt` is no RFC 3339 time
 * @throws EvidenceError `report-write-failed` where what draws it is not installed
 */
async function renderAuditPdf(report: AuditReport): Promise<Uint8Array> {
  await pdfDrawing();
  const { drawAudit } = await import('./pdf.ts');
  return guarded(async () => drawAudit(report));
}
