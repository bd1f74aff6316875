/** The report as PDF. What draws it is loaded when it is needed: most runs have no use for fonts. */
import type { ContinuityReport } from '../core/continuity/report.ts';

/**
 * The report as a PDF document: nothing in it is fetched, no script, no link, all fonts embedded.
 *
 * @returns its bytes: the same for the same report
 * @throws RangeError if `report.run.finishedAt` is no RFC 3339 time
 */
export async function renderPdf(report: ContinuityReport): Promise<Uint8Array> {
  const { drawContinuity } = await import('./pdf/continuity.ts');
  return drawContinuity(report);
}
