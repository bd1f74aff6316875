/** The audit report as PDF. What draws it is loaded when it is needed. */
import type { AuditReport } from './tally.ts';

/**
 * @returns the bytes of the PDF: the same for the same report
 * @throws RangeError if `report.run.finishedAt` is no RFC 3339 time
 */
export async function renderAuditPdf(report: AuditReport): Promise<Uint8Array> {
  const { drawAudit } = await import('./pdf.ts');
  return drawAudit(report);
}
