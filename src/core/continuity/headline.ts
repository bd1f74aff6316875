/** The one line that must be right if nothing else is read. */
import { classOf, type FindingKind } from './kinds.ts';
import type { Finding, Totals, Verdict } from './report.ts';

/** `count` with commas at the thousands, the same in every locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export interface HeadlineFacts {
  readonly verdict: Verdict;
  readonly totals: Totals;
  readonly baselineRecords: number;
  readonly baselineTenants: number;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
}

const CHANGES = ['missing', 'modified', 'relinked', 'moved'] as const;

function pass({ totals, baselineRecords, baselineTenants }: HeadlineFacts): string {
  const growth = totals.added === 0 ? 'nothing added' : `${grouped(totals.added)} added`;
  return `PASS: ${counted(baselineRecords, 'baseline record')} intact in ${counted(baselineTenants, 'tenant')}; ${growth}`;
}

function fail({ totals, baselineRecords, baselineTenants, findingCounts }: HeadlineFacts): string {
  const changes = CHANGES.filter((change) => totals[change] > 0).map(
    (change) => `${grouped(totals[change])} ${change}`,
  );
  const of = `of ${counted(baselineRecords, 'baseline record')} in ${counted(baselineTenants, 'tenant')}`;
  const added = totals.added === 0 ? '' : `; ${grouped(totals.added)} added`;
  if (changes.length > 0) return `FAIL: ${changes.join(', ')} ${of}${added}`;
  const kinds = Object.entries(findingCounts)
    .filter(([kind]) => classOf(kind as FindingKind, 'frozen') !== 'info')
    .map(([kind, count]) => `${grouped(count)} ${kind}`);
  return `FAIL: ${kinds.join(', ')}; ${grouped(totals.matched)} ${of} matched${added}`;
}

function first(findings: readonly Finding[], forced: Finding['class']): string {
  const found = findings.filter((finding) => finding.class === forced);
  const more = found.length > 1 ? ` (and ${counted(found.length - 1, 'other finding')})` : '';
  const [one] = found;
  return one === undefined ? 'see the findings' : `${one.kind}: ${one.message}${more}`;
}

/** The headline; begins with the verdict. */
export function headlineOf(facts: HeadlineFacts): string {
  switch (facts.verdict) {
    case 'PASS':
      return pass(facts);
    case 'FAIL':
      return fail(facts);
    case 'INCOMPLETE':
      return `INCOMPLETE: nothing is proven; ${first(facts.findings, 'INCOMPLETE')}`;
    case 'UNTRUSTED':
      return `UNTRUSTED: the baseline cannot be believed; ${first(facts.findings, 'UNTRUSTED')}`;
  }
}
