/** The audit report as JSON, and as text: the headline first, then what was recorded since, what was added, what was found. */

import { unbelieved } from '../core/report/headline.ts';
import type { Verdict } from '../core/report/report.ts';
import { count, counted, EXIT_CODE_OF, grouped } from '../reports/facts.ts';
import { heldSentence } from '../reports/next-steps.ts';
import { notCheckedOf, outlineOf, sideFacts, toneOf } from '../reports/outline.ts';
import { printableJson, quoted, shortened } from '../reports/printable.ts';
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
import type { AddedRecords, AuditReport, BackDated, JournalEntry, RecordedTenant, TimeCounts } from './tally.ts';

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

/* Sentences that the audit report has in each format. */

/** What the times of records result in, e.g. for all records of a source. */
export function timesText({ since, before, infinite, absent, unparsable }: TimeCounts): string {
  const placed = `since then ${grouped(since)}, before ${grouped(before)}`;
  return `${placed}, without a time ${grouped(absent)}, infinite ${grouped(infinite)}, not RFC 3339 ${grouped(unparsable)}`;
}

/** Whether the comparison and the times of the records say the same of what is new. */
export function agreementText({ records, times, sinceNotAdded, agrees }: AddedRecords): string {
  if (agrees === null) {
    return 'Whether what was added is what was recorded since then could not be established: not all records were compared.';
  }
  if (agrees) return `They agree: the ${counted(records, 'added record')} are those that were recorded since then.`;
  const old = `${grouped(records - times.since)} of the ${counted(records, 'added record')} were not recorded since then`;
  return `They DIFFER: ${old}; ${grouped(sinceNotAdded ?? 0)} recorded since then were in the baseline already.`;
}

const STEPS: Readonly<Record<Exclude<Verdict, 'UNTRUSTED'>, string>> = {
  PASS: 'The evidence does not contradict itself; that nothing was lost only a comparison with a baseline can show.',
  FAIL: 'The evidence does not hold. Keep the source and this report as they are, and let nothing more be written to it.',
  INCOMPLETE:
    'This is not a PASS: something could not be read or checked. Mend what is named here, then repeat the command.',
};

/** What the verdict means for whoever reads the report. */
export function meaningOf({ verdict, comparison, signedVerdict }: AuditReport): string {
  if (verdict !== 'PASS' && signedVerdict !== undefined && comparison?.verdict !== verdict) {
    return 'This is not a PASS: the signed verdict that the report contains is not verified, or says something else than PASS.';
  }
  if (verdict === 'PASS' && comparison !== null) {
    return heldSentence(comparison, 'the source');
  }
  if (verdict !== 'UNTRUSTED') return STEPS[verdict];
  const which = unbelieved(comparison?.findings ?? []).join(' and the ');
  return `Do not judge by this comparison: the ${which} cannot be believed.`;
}

/* The audit report as JSON: members in the order of the contract, two spaces, one line feed at the end. */

/** The audit report, version 1, as JSON text; the report is built in one place, in the order of the contract. */
export function renderAuditJson(report: AuditReport): string {
  return `${printableJson(JSON.stringify(report, null, 2))}\n`;
}
