/** The report as PDF. What draws it is loaded when it is needed: most runs have no use for fonts. */

import { EvidenceError } from '../core/errors.ts';
import type { ContinuityReport } from '../core/report/report.ts';

/**
 * The report as a PDF document: nothing in it is fetched, no script, no link, all fonts embedded.
 *
 * @returns its bytes: the same for the same report
 * @throws RangeError if `report.run.finishedAt` is no RFC 3339 time
 * @throws EvidenceError `report-write-failed` in a bundle that has left behind the files of fonts
 */
export async function renderPdf(report: ContinuityReport): Promise<Uint8Array> {
  const { drawContinuity } = await import('./pdf-document.ts').catch((fault: unknown) => {
    throw withoutFonts(fault);
  });
  try {
    return await drawContinuity(report);
  } catch (fault) {
    throw isMissingModule(fault) ? withoutFonts(fault) : fault;
  }
}

function isMissingModule(fault: unknown): boolean {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
}

function withoutFonts(cause: unknown): EvidenceError {
  const reason = 'a PDF needs files of pdfkit and of its fonts, which are not beside this program';
  const advice = 'where it is bundled, leave pdfkit external, and install evidence-diff beside the bundle';
  return new EvidenceError('report-write-failed', reason, { advice, cause });
}
