/** Sentences that the audit report has in each format. */

import { unbelieved } from '../core/report/headline.ts';
import type { Verdict } from '../core/report/report.ts';
import { counted, grouped } from '../reports/facts.ts';
import { heldSentence } from '../reports/next-steps.ts';
import type { AddedRecords, AuditReport, TimeCounts } from './tally.ts';

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
