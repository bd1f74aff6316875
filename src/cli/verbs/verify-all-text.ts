/** What verify-all prints besides what every audit does: what was written. */
import type { ResumedCapture } from '../../index.ts';
import { counted, grouped, type Page } from '../../reports/text-page.ts';
import { auditHeadline, auditText } from './audit-text.ts';

function writeResumed(page: Page, { takenOver, startedOver }: ResumedCapture): void {
  if (takenOver > 0) page.line(`  ${counted(takenOver, 'record')} taken over from the interrupted run`);
  if (startedOver !== null) page.line(`  read from the beginning, nothing was taken over: ${startedOver}`, 'doubt');
}

function writeWritten(page: Page, capture: ResumedCapture, asked: string): void {
  const { verdict, written, hidden, resumable } = capture;
  page.title('Snapshot');
  writeResumed(page, capture);
  if (written !== null) {
    const roots = written.roots ? 'its trailer states the roots' : 'its trailer states no roots';
    page.line(`  written to ${written.path}: depth ${written.depth}, ${grouped(written.bytes)} bytes, ${roots}`);
    page.line(`  its digest, to be kept apart from it and given as --expect-digest: sha256:${written.sha256}`);
    if (verdict === 'FAIL') page.line('  it shows the same faults to whoever reads it', 'bad');
    return;
  }
  if (resumable > 0) page.line(`  ${counted(resumable, 'record')} need not be read again: repeat it with --resume`);
  page.line(`  not written: what is at ${asked} is what was there before`, 'doubt');
  if (hidden.length > 0) page.line(`  a snapshot of that depth would no longer show ${hidden.join(', ')}`, 'doubt');
}

/**
 * The text for `capture`.
 *
 * @param asked - the file that was to be written, if one was
 */
export function captureText(capture: ResumedCapture, asked: string | undefined, color: boolean): string {
  const writing = asked === undefined ? {} : { writeResult: (page: Page) => writeWritten(page, capture, asked) };
  return auditText({ audit: capture, headline: auditHeadline(capture), ...writing }, color);
}
