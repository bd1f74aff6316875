/** The part of the text report that says what was compared. */
import type { BaselineReport, ContinuityReport, SideReport } from '../../core/continuity/report.ts';
import { quoted, shortened } from '../printable.ts';
import { counted, grouped, type Page } from './page.ts';

function systemOf(side: SideReport): string {
  const system = side.subject?.['system'];
  return system === undefined ? 'system not named' : `system ${quoted(shortened(String(system), 120))}`;
}

function writeSide(page: Page, role: string, side: SideReport): void {
  page.line(`  ${role} ${side.name}`);
  page.line(`    sha256       ${side.sha256 ?? 'unknown: not all bytes were read'}`);
  page.line(`    global root  ${side.globalRoot ?? 'unknown: not read to its end'}`);
  const depth = side.depth === null ? 'depth unknown' : `depth ${side.depth}`;
  const captured = side.capturedAt === null ? 'time of capture unknown' : `captured ${side.capturedAt}`;
  page.line(`    ${counted(side.records, 'record')}, ${depth}, ${captured}, ${systemOf(side)}`);
}

function writeSignature(page: Page, { signature }: BaselineReport): void {
  if (signature === null) return;
  const upgrade = signature.upgrade === null ? '' : ` for the upgrade ${quoted(signature.upgrade)}`;
  page.line(`    signed       at ${signature.signedAt} by the signer's clock${upgrade}`);
  for (const { sha256, algorithm } of signature.keys) page.line(`    trusted key  ${sha256} (${algorithm})`);
}

/** Names, digests, roots, depths and subjects of both sides, then the books. */
export function writeCompared(page: Page, report: ContinuityReport): void {
  page.title('Compared');
  writeSide(page, 'baseline', report.baseline);
  writeSignature(page, report.baseline);
  writeSide(page, 'current ', report.current);
  const { matched, added, missing, modified, relinked, moved, unjudged } = report.totals;
  const unchanged = `matched ${grouped(matched)}, added ${grouped(added)}, missing ${grouped(missing)}`;
  const changed = `modified ${grouped(modified)}, relinked ${grouped(relinked)}, moved ${grouped(moved)}`;
  page.line(`  records  ${unchanged}, ${changed}`);
  if (unjudged === undefined) return;
  const sides = `${grouped(unjudged.baseline)} of the baseline, ${grouped(unjudged.current)} of the current side`;
  page.line(`  records read and not compared: ${sides}`, 'doubt');
}
