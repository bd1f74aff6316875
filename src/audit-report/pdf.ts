/** The audit report as PDF, drawn from the report object and from nothing else. */

import { counted, EXIT_CODE_OF, grouped } from '../reports/facts.ts';
import { sha256Of } from '../reports/json.ts';
import { notCheckedOf, outlineOf, runFacts, sideFacts } from '../reports/outline.ts';
import { drawTally } from '../reports/pdf-document.ts';
import {
  brief,
  drawDemands,
  drawFacts,
  drawFindings,
  drawList,
  drawRepeat,
  drawSides,
  drawVerdict,
  keepSignatures,
} from '../reports/pdf-parts.ts';
import { BODY, COLOR, Sheet } from '../reports/pdf-sheet.ts';
import { CODE, piece, plainRow, Table } from '../reports/pdf-table.ts';
import { drawBars, drawTenants } from '../reports/pdf-tenants.ts';
import { quoted, shortened } from '../reports/printable.ts';
import { signedVerdictFacts } from './signed-verdict.ts';
import type { AddedRecords, AuditReport, JournalEntry, RecordedTenant } from './tally.ts';
import { agreementText, meaningOf, renderAuditJson, timesText } from './text.ts';

/** Rows of a table that somebody reads; all of them are in the JSON report. */
const SHOWN_ROWS = 2000;

const SIGNED =
  'I have read this report, with all pages that follow. The SHA-256 above ties it to the JSON report of the same run.';

function drawFirstPage(sheet: Sheet, report: AuditReport): void {
  const { verdict, headline, since, source, comparison, times } = report;
  keepSignatures(sheet, SIGNED);
  drawVerdict(sheet, 'Evidence audit report', verdict, headline);
  drawFacts(sheet, [
    { key: 'since', label: 'since', value: since, as: 'words' },
    { key: 'exitCode', label: 'exit code', value: String(EXIT_CODE_OF[verdict]), as: 'words' },
    ...runFacts(report).slice(0, 3),
    { key: 'sha256', label: 'sha256 of the JSON report', value: sha256Of(renderAuditJson(report)), as: 'hash' },
  ]);
  sheet.heading('What was read', 1);
  const read = { role: 'current', label: 'Source', facts: sideFacts('source', source) } as const;
  if (comparison === null) drawSides(sheet, [read]);
  else {
    const { sides, tally, demands } = outlineOf(comparison);
    drawSides(sheet, [...sides.slice(0, 1), read]);
    sheet.heading('Records, as the comparison says', 2);
    drawTally(sheet, tally);
    drawDemands(sheet, demands);
  }
  sheet.heading('Times of all records of the source', 2);
  sheet.paragraph(timesText(times));
  sheet.heading('What it means', 2);
  sheet.paragraph(meaningOf(report));
  drawList(sheet, notCheckedOf(report.notChecked), 2);
}

/** A row for each tenant, type and day. */
function drawDays(sheet: Sheet, tenants: readonly RecordedTenant[]): void {
  const rows = tenants.flatMap(({ tenant, types }) =>
    types.flatMap(({ type, days }) => days.map(({ day, records }) => [tenant, type, day, records] as const)),
  );
  if (rows.length === 0) return;
  const table = new Table(sheet, [
    { title: 'Tenant', share: 0.35 },
    { title: 'Type', share: 0.35 },
    { title: 'Day (UTC)', share: 0.15 },
    { title: 'Records', share: 0.15, right: true },
  ]);
  for (const [tenant, type, day, records] of rows.slice(0, SHOWN_ROWS)) {
    table.add(plainRow(quoted(tenant), quoted(type), day, grouped(records)));
  }
  const left = rows.length - SHOWN_ROWS;
  if (left > 0) sheet.paragraph(`and ${counted(left, 'more row')}; all in the JSON report`);
}

function drawApart(sheet: Sheet, tenants: readonly RecordedTenant[]): void {
  const odd = tenants.filter(({ times }) => times.absent + times.infinite + times.unparsable > 0);
  if (odd.length === 0) return;
  sheet.heading('Records whose time has no place', 2);
  const titles = ['Without a time', 'Infinite', 'Not RFC 3339'];
  const columns = titles.map((title) => ({ title, share: 0.18, right: true }));
  const table = new Table(sheet, [{ title: 'Tenant', share: 0.46 }, ...columns]);
  for (const { tenant, times } of odd.slice(0, SHOWN_ROWS)) {
    table.add(plainRow(quoted(tenant), ...[times.absent, times.infinite, times.unparsable].map(grouped)));
  }
}

function drawBackDated(sheet: Sheet, { records, listed }: AddedRecords['backDated']): void {
  sheet.heading(`Back-dated additions: ${records === 0 ? 'none' : grouped(records)}`, 2, 90);
  sheet.paragraph(
    'Records that are new, and say that they were recorded before that time or before the baseline was captured.',
  );
  if (listed.length === 0) return;
  const table = new Table(sheet, [
    { title: 'Which', share: 0.5 },
    { title: 'Recorded at', share: 0.26 },
    { title: 'Before that time', share: 0.11 },
    { title: 'Before the baseline', share: 0.13 },
  ]);
  const word = (value: boolean | null): string => (value === null ? 'unknown' : value ? 'yes' : 'no');
  for (const { tenant, stream, id, type, recordedAt, beforeSince, beforeBaseline } of listed) {
    const which = [`tenant ${quoted(tenant)}`, `stream ${quoted(stream)}`, `id ${quoted(id)}`, `type ${quoted(type)}`];
    const cells = [[piece(recordedAt, CODE)], [piece(word(beforeSince))], [piece(word(beforeBaseline))]];
    table.add([which.map((text) => piece(text)), ...cells]);
  }
  const left = records - listed.length;
  if (left > 0) sheet.paragraph(`and ${grouped(left)} more; --max-findings lists more`);
}

function drawAdded(sheet: Sheet, added: AddedRecords): void {
  sheet.heading(`Added, as the comparison says: ${counted(added.records, 'record')}`, 1);
  sheet.paragraph(`Their times: ${timesText(added.times)}.`);
  const color = added.agrees === true ? COLOR.ink : COLOR.doubt;
  sheet.paragraph(agreementText(added), { ...BODY, face: 'bold', color });
  sheet.space(4);
  drawDays(sheet, added.tenants);
  drawApart(sheet, added.tenants);
  drawBackDated(sheet, added.backDated);
}

function drawJournal(sheet: Sheet, journal: readonly JournalEntry[]): void {
  sheet.heading(`Journal of the upgrade: ${counted(journal.length, 'entry', 'entries')}`, 1);
  const table = new Table(sheet, [
    { title: 'When', share: 0.22 },
    { title: 'What', share: 0.24 },
    { title: 'Who', share: 0.16 },
    { title: 'Note and files', share: 0.38 },
  ]);
  for (const { seq, recordedAt, type, step, actor, note, files } of journal) {
    const what = [piece(`${seq} ${type}`), ...(step === null ? [] : [piece(`step ${step}`)])];
    const notes = [...(note === null ? [] : [piece(shortened(note, 2000))]), ...files.map((file) => piece(file, CODE))];
    table.add([[piece(recordedAt, CODE)], what, [piece(actor ?? '')], notes]);
  }
}

/**
 * Draws `report`.
 *
 * @returns the bytes of the PDF: the same for the same report
 * @throws RangeError if its `run.finishedAt` is no time
 */
export function drawAudit(report: AuditReport): Promise<Uint8Array> {
  const { verdict, since, source, comparison, run, tenants, times, added, journal, signedVerdict } = report;
  const sheet = new Sheet({
    title: `Evidence audit report: ${verdict}`,
    foot: `Evidence audit report: ${verdict}; since ${shortened(since, 40)}; source ${brief(source.sha256 ?? source.globalRoot)}`,
    time: run.finishedAt,
    creator: run.tool,
  });
  drawFirstPage(sheet, report);
  sheet.endFirstPage();
  sheet.heading(`Recorded since ${since}: ${counted(times.since, 'record')}`, 1);
  const bars = tenants.map((tenant) => ({ name: tenant.tenant, after: tenant.times.since }));
  drawBars(sheet, bars, { after: 'records since then', what: 'tenant', where: 'all in the table below' });
  drawDays(sheet, tenants);
  drawApart(sheet, tenants);
  if (added !== null) drawAdded(sheet, added);
  const outline = comparison === null ? undefined : outlineOf(comparison);
  if (comparison !== null && outline !== undefined) drawTenants(sheet, comparison, outline.tenants);
  drawFindings(sheet, { ...report, mode: comparison?.mode ?? 'append' });
  if (signedVerdict !== undefined) {
    sheet.heading('Signed verdict', 1);
    drawFacts(sheet, signedVerdictFacts(signedVerdict, comparison !== null));
  }
  if (journal !== null) drawJournal(sheet, journal);
  if (outline !== undefined) drawRepeat(sheet, outline.repeat);
  return sheet.finish();
}
