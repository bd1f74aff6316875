/** The audit report as text: the headline first, then what was recorded since, what was added, what was found. */

import { count, counted, EXIT_CODE_OF, grouped } from '../reports/facts.ts';
import { notCheckedOf, outlineOf, sideFacts, toneOf } from '../reports/outline.ts';
import { quoted, shortened } from '../reports/printable.ts';
import {
  Page,
  type TextOptions,
  writeBullets,
  writeDemands,
  writeFacts,
  writeFindings,
  writeRepeat,
  writeRun,
  writeSide,
} from '../reports/text.ts';
import { signedVerdictFacts } from './signed-verdict.ts';
import type { AddedRecords, AuditReport, BackDated, JournalEntry, RecordedTenant } from './tally.ts';
import { agreementText, meaningOf, timesText } from './words.ts';

const SHOWN = { tenants: 50, backDated: 20 } as const;

function writeSource(page: Page, { source, roots }: AuditReport): void {
  page.title('Read');
  writeFacts(page, [...sideFacts('source', source), count('roots', 'tenants', roots.length)], '  ');
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

function writeJournal(page: Page, journal: readonly JournalEntry[]): void {
  page.title(`Journal of the upgrade: ${journal.length === 1 ? '1 entry' : `${grouped(journal.length)} entries`}`);
  for (const { seq, recordedAt, type, step, actor, note, files } of journal) {
    const who = actor === null ? '' : ` by ${quoted(shortened(actor, 100))}`;
    const place = step === null ? '' : `step ${step}, `;
    page.line(`  ${seq} ${recordedAt} ${place}${type}${who}`);
    if (note !== null) page.line(`    ${quoted(shortened(note, 400))}`);
    for (const file of files) page.line(`    file ${shortened(file, 400)}`);
  }
}

/** The audit report as text; line 1 is the headline. */
export function renderAuditText(report: AuditReport, options: TextOptions): string {
  const page = new Page(options.color, options.width ?? 100);
  page.line(report.headline, toneOf(report.verdict));
  writeSource(page, report);
  page.title(`Recorded since ${report.since}: ${counted(report.times.since, 'record')}`);
  page.line(`  all records: ${timesText(report.times)}`);
  writeTenants(page, report.tenants);
  const compared = report.comparison === null ? undefined : outlineOf(report.comparison);
  if (compared !== undefined) {
    page.title('Compared with');
    for (const side of compared.sides.slice(0, 1)) writeSide(page, side);
    writeDemands(page, compared.demands);
  }
  if (report.added !== null) writeAdded(page, report.added);
  writeFindings(page, { ...report, mode: report.comparison?.mode ?? 'append' });
  if (report.signedVerdict !== undefined) {
    page.title('Signed verdict');
    writeFacts(page, signedVerdictFacts(report.signedVerdict, compared !== undefined), '  ');
  }
  if (report.journal !== null) writeJournal(page, report.journal);
  writeBullets(page, notCheckedOf(report.notChecked));
  writeBullets(page, { title: 'What it means', items: [meaningOf(report)] });
  if (compared !== undefined) writeRepeat(page, compared.repeat);
  page.title(`Exit code ${EXIT_CODE_OF[report.verdict]}`);
  writeRun(page, report);
  return page.text();
}
