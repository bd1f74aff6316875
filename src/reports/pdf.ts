/**
 * The report as PDF. What draws it is loaded when it is needed: most runs have no use for fonts. It is optional, too: who
 * installs without optional packages has everything but PDF.
 */
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { ContinuityReport } from '../core/report/report.ts';

type Drawing = typeof import('./pdf-document.ts');

/**
 * What draws PDF, once it is sure to be there.
 *
 * @throws EvidenceError `report-write-failed` where pdfkit or a font is not installed, or was left behind by a bundler
 */
export async function pdfDrawing(): Promise<Drawing> {
  try {
    const { requireFonts } = await import('./pdf-fonts.ts');
    requireFonts();
    return await import('./pdf-document.ts');
  } catch (fault) {
    throw withoutPackages(fault);
  }
}

/**
 * The report as a PDF document: nothing in it is fetched, no script, no link, all fonts embedded.
 *
 * @returns its bytes: the same for the same report
 * @throws RangeError if `report.run.finishedAt` is no RFC 3339 time
 * @throws EvidenceError `report-write-failed` where what draws it is not installed
 */
export async function renderPdf(report: ContinuityReport): Promise<Uint8Array> {
  const { drawContinuity } = await pdfDrawing();
  return guarded(() => drawContinuity(report));
}

/**
 * What `draw` gives. pdfkit looks for files of its own while it draws: a bundler may have left those behind.
 *
 * @throws EvidenceError `report-write-failed` then
 */
export async function guarded(draw: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await draw();
  } catch (fault) {
    throw isMissingModule(fault) ? withoutPackages(fault) : fault;
  }
}

function isMissingModule(fault: unknown): boolean {
  const code = codeOf(fault);
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
}

function withoutPackages(cause: unknown): EvidenceError {
  const reason = 'a PDF needs pdfkit, fontkit and fonts, which are not installed beside this program';
  const advice =
    'install evidence-diff without --omit=optional, or ask for HTML; where it is bundled, leave pdfkit external and install evidence-diff beside the bundle';
  return new EvidenceError('report-write-failed', reason, { advice, cause });
}
