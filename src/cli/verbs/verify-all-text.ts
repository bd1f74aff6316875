/** What verify-all prints: the headline first, then what it rests on, then what was written. */
import type { Finding, Verdict } from '../../core/continuity/report.ts';
import { filterNotes } from '../../core/continuity/subjects.ts';
import type { SnapshotSummary } from '../../core/snapshot/summary.ts';
import type { ResumedCapture } from '../../index.ts';
import { EXIT_CODE_OF } from '../../reports/exit-codes.ts';
import { quoted, shortened } from '../../reports/printable.ts';
import { type Listing, writeFindings } from '../../reports/text/findings.ts';
import { counted, grouped, Page, type Style } from '../../reports/text/page.ts';

const SHOWN_TENANTS = 50;
const WIDTH = 100;

/** There is no other place where they are listed. */
const LISTING: Listing = { shown: Number.POSITIVE_INFINITY, others: () => '--max-findings lists more' };

const STYLE_OF: Readonly<Record<Verdict, Style>> = { PASS: 'good', FAIL: 'bad', INCOMPLETE: 'doubt', UNTRUSTED: 'bad' };

function extentOf(summary: SnapshotSummary | null): string {
  if (summary === null) return 'not read to its end';
  return `${counted(summary.records, 'record')} in ${counted(summary.tenants.length, 'tenant')}`;
}

function firstOf(findings: readonly Finding[], forced: Finding['class']): string {
  const found = findings.filter((finding) => finding.class === forced);
  const more = found.length > 1 ? ` (and ${counted(found.length - 1, 'other finding')})` : '';
  const [one] = found;
  return one === undefined ? 'see the findings' : `${one.kind}: ${one.message}${more}`;
}

/** The one line that must be right if nothing else is read. */
export function captureHeadline({ verdict, summary, findings, findingCounts }: ResumedCapture): string {
  if (verdict === 'INCOMPLETE') return `INCOMPLETE: nothing is proven; ${firstOf(findings, 'INCOMPLETE')}`;
  const extent = extentOf(summary);
  if (verdict === 'PASS') return `PASS: ${extent.replace(' in ', ' sound in ')}`;
  const kinds = Object.entries(findingCounts).map(([kind, count]) => `${grouped(count)} ${kind}`);
  return `${verdict}: ${kinds.join(', ')}; ${extent}`;
}

function writeSource(page: Page, { name, sha256, header, summary }: ResumedCapture): void {
  page.title('Read');
  page.line(`  source       ${name}`);
  if (sha256 !== null) page.line(`  sha256       ${sha256}`);
  page.line(`  global root  ${summary?.globalRoot ?? 'unknown: not read to its end'}`);
  if (header === null) return;
  const captured = header.capturedAt === null ? 'time of capture unknown' : `captured ${header.capturedAt}`;
  const system = header.subject['system'];
  const named = system === undefined ? 'system not named' : `system ${quoted(shortened(String(system), 120))}`;
  page.line(`  ${extentOf(summary)}, depth ${header.depth}, ${captured}, ${named}`);
  for (const note of filterNotes(header.subject)) page.line(`  not read: ${note}`, 'doubt');
}

function writeTenants(page: Page, { tenants }: SnapshotSummary): void {
  page.title(`Tenants: ${grouped(tenants.length)}`);
  for (const { tenant, records, streams, root } of tenants.slice(0, SHOWN_TENANTS)) {
    const size = `${counted(records, 'record')} in ${counted(streams.length, 'stream')}`;
    page.line(`  ${quoted(shortened(tenant, 200))}: ${size}, root ${root}`);
  }
  const left = tenants.length - SHOWN_TENANTS;
  if (left > 0) page.line(`  and ${counted(left, 'more tenant')}; roots-export lists all`);
}

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

const STEPS: Readonly<Record<Verdict, string>> = {
  PASS: 'Go on. The evidence does not contradict itself; that nothing was lost only a comparison with a baseline can show.',
  FAIL: 'Do not go on. The evidence contradicts itself. Let nothing more be written to the store until that is explained.',
  INCOMPLETE:
    'This is not a PASS: something could not be read or written. Mend what is named here, then repeat the command.',
  UNTRUSTED: 'Do not go on.',
};

/**
 * The text for `capture`.
 *
 * @param asked - the file that was to be written, if one was
 */
export function captureText(capture: ResumedCapture, asked: string | undefined, color: boolean): string {
  const page = new Page(color, WIDTH);
  const { verdict, summary, findings, findingCounts } = capture;
  page.line(captureHeadline(capture), STYLE_OF[verdict]);
  writeSource(page, capture);
  if (summary !== null) writeTenants(page, summary);
  writeFindings(page, { findings, findingCounts, mode: 'append' }, LISTING);
  if (asked !== undefined) writeWritten(page, capture, asked);
  page.title('What to do now');
  page.bullet(STEPS[verdict]);
  const stopped = Object.hasOwn(findingCounts, 'interrupted');
  page.title(`Exit code ${EXIT_CODE_OF[verdict]}${stopped ? ' (130 or 143 if a signal stopped it)' : ''}`);
  return page.text();
}
