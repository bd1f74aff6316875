/** The audit report as PDF. What draws it is loaded when it is needed. */
import { guarded, pdfDrawing } from '../reports/pdf.ts';
import type { AuditReport } from './tally.ts';

/**
 * @returns the bytes of the PDF: the same for the same report
 * @throws RangeError if `report.run.finishedAt` is no RFC 3339 time
 * @throws EvidenceError `report-write-failed` where what draws it is not installed
 */
export async function renderAuditPdf(report: AuditReport): Promise<Uint8Array> {
  await pdfDrawing();
  const { drawAudit } = await import('./pdf.ts');
  return guarded(async () => drawAudit(report));
}
