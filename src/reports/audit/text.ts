/** The audit report as text: the headline first, then what was recorded since, what was added, what was found. */
import type { AddedRecords, BackDated } from '../../core/continuity/added.ts';
import type { AuditReport } from '../../core/continuity/audit-report.ts';
import type { RecordedTenant } from '../../core/continuity/recorded.ts';
import type { Verdict } from '../../core/continuity/report.ts';
import { EXIT_CODE_OF } from '../exit-codes.ts';
import { quoted, shortened } from '../printable.ts';
import { writeFindings } from '../text/findings.ts';
import { counted, grouped, Page, type Style } from '../text/page.ts';
import type { TextOptions } from '../text.ts';
import { agreementText, meaningOf, timesText } from './words.ts';

const SHOWN = { tenants: 50, backDated: 20 } as const;
const STYLE_OF: Readonly<Record<Verdict, Style>> = { PASS: 'good', FAIL: 'bad', INCOMPLETE: 'doubt', UNTRUSTED: 'bad' };

function writeSource(page: Page, { source, roots }: AuditReport): void {
  page.title('Read');
  page.line(`  source       ${source.name}`);
  page.line(`  sha256       ${source.sha256 ?? 'unknown: not all bytes were read, or it is no file'}`);
  page.line(`  global root  ${source.globalRoot ?? 'unknown: not read to its end'}`);
  page.line(
    `  ${counted(source.records, 'record')} in ${counted(roots.length, 'tenant')}, captured ${source.capturedAt ?? 'unknown'}`,
  );
}

function writeTenants(page: Page, tenants: readonly RecordedTenant[]): void {
  for (const { tenant, times, types } of tenants.slice(0, SHOWN.tenants)) {
    page.line(`  tenant ${quoted(shortened(tenant, 200))}: ${timesText(times)}`);
    for (const { type, records, days } of types) {
      const byDay = days.map(({ day, records: count }) => `${day} ${grouped(count)}`);
      page.line(`    type ${quoted(shortened(type, 200))}: ${grouped(records)} (${shortened(byDay.join(', '), 400)})`);
    }
  }
  const left = tenants.length - SHOWN.tenants;
  if (left > 0) page.line(`  and ${counted(left, 'more tenant')}; all in the JSON report`);
}

function writeBackDated(
  page: Page,
  { tenant, stream, id, type, recordedAt, beforeSince, beforeBaseline }: BackDated,
): void {
  const name = (text: string): string => quoted(shortened(text, 160));
  const before = [
    ...(beforeSince ? ['that time'] : []),
    ...(beforeBaseline === true ? ["the baseline's capture"] : []),
  ];
  page.line(`    - recorded at ${quoted(recordedAt)}, before ${before.join(' and ')}; type ${name(type)}`);
  page.line(`      tenant ${name(tenant)}, stream ${name(stream)}, id ${name(id)}`);
}

function writeAdded(page: Page, added: AddedRecords): void {
  page.title(`Added, as the comparison says: ${counted(added.records, 'record')}`);
  page.line(`  their times: ${timesText(added.times)}`);
  page.line(`  ${agreementText(added)}`, added.agrees === true ? 'plain' : 'doubt');
  const { records, listed } = added.backDated;
  if (records === 0) return;
  page.line(`  back-dated: ${grouped(records)}`, 'doubt');
  for (const one of listed.slice(0, SHOWN.backDated)) writeBackDated(page, one);
  const left = records - Math.min(listed.length, SHOWN.backDated);
  if (left > 0) page.line(`    and ${grouped(left)} more; the JSON report lists ${grouped(listed.length)}`);
}

/** The audit report as text; line 1 is the headline. */
export function renderAuditText(report: AuditReport, options: TextOptions): string {
  const page = new Page(options.color, options.width ?? 100);
  page.line(report.headline, STYLE_OF[report.verdict]);
  writeSource(page, report);
  page.title(`Recorded since ${report.since}: ${counted(report.times.since, 'record')}`);
  page.line(`  all records: ${timesText(report.times)}`);
  writeTenants(page, report.tenants);
  if (report.added !== null) writeAdded(page, report.added);
  writeFindings(page, { ...report, mode: report.comparison?.mode ?? 'append' });
  page.title('Not checked');
  for (const what of report.notChecked) page.bullet(what);
  page.title('What it means');
  page.bullet(meaningOf(report));
  page.title(`Exit code ${EXIT_CODE_OF[report.verdict]}`);
  page.line(`${report.run.tool}, ${grouped(Math.round(report.run.durationMs))} ms`, 'faint');
  return page.text();
}
