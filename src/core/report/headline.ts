/** The one line that must be right if nothing else is read. */
import { classOf, type FindingKind, isConsequence, type Mode } from '../kinds.ts';
import type { Finding, Totals, Verdict } from './report.ts';

/** Where reading of a side stopped. */
export interface ReadingStop {
  /** At its header, at the record that could not be read, or behind the last one that was. */
  readonly at: 'header' | 'record' | 'behind';
  /** Position of that record in the input, from 1. */
  readonly record: number;
}

export interface SideStop extends ReadingStop {
  readonly side: 'baseline' | 'current side';
}

/** `count` with commas at the thousands, the same in every locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export interface HeadlineFacts {
  readonly verdict: Verdict;
  readonly mode: Mode;
  readonly totals: Totals;
  /** Records that a migration had a rule for; undefined where there was none. */
  readonly migrated?: number | undefined;
  readonly baselineRecords: number;
  readonly baselineTenants: number;
  /** Sides that were not read to their end. */
  readonly stops: readonly SideStop[];
  /** A recipe that is probably wrong itself, in words. */
  readonly wrongRecipe?: string | undefined;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  /** Of these, what was already in the baseline. */
  readonly oldCounts: Readonly<Record<string, number>>;
  /** Members that nothing reads, where nobody said how the sides are read. */
  readonly unread: readonly string[];
}

const CHANGES = ['missing', 'modified', 'relinked', 'moved'] as const;

function pass({ totals, migrated, baselineRecords, baselineTenants }: HeadlineFacts): string {
  const growth = totals.added === 0 ? 'nothing added' : `${grouped(totals.added)} added`;
  if (migrated !== undefined && migrated > 0) {
    const retired = totals.retired === undefined ? '' : `, ${grouped(totals.retired)} of them retired`;
    const under = `intact under the migration (${grouped(migrated)} by its rules${retired})`;
    return `PASS: ${counted(baselineRecords, 'baseline record')} ${under} in ${counted(baselineTenants, 'tenant')}; ${growth}`;
  }
  return `PASS: ${counted(baselineRecords, 'baseline record')} intact in ${counted(baselineTenants, 'tenant')}; ${growth}`;
}

const DECIDING = ['FAIL', 'INCOMPLETE'] as const;

/** Kinds that force a verdict: the gravest class first, and in it causes before what follows from them. */
function decidingKinds({ findingCounts, mode }: HeadlineFacts): readonly FindingKind[] {
  const kinds = Object.keys(findingCounts) as FindingKind[];
  return DECIDING.flatMap((forced) => {
    const ofClass = kinds.filter((kind) => classOf(kind, mode) === forced);
    return [...ofClass.filter((kind) => !isConsequence(kind)), ...ofClass.filter(isConsequence)];
  });
}

/** Faults that were already in the baseline, by kind, those that force no verdict left out. */
function oldKinds({ oldCounts, mode }: HeadlineFacts): readonly string[] {
  const kinds = Object.keys(oldCounts) as FindingKind[];
  return kinds
    .filter((kind) => classOf(kind, mode) === 'FAIL')
    .map((kind) => `${grouped(oldCounts[kind] ?? 0)} ${kind} already in the baseline`);
}

function fail(facts: HeadlineFacts): string {
  const { totals, baselineRecords, baselineTenants, findingCounts, oldCounts } = facts;
  const changes = CHANGES.filter((change) => totals[change] > 0).map(
    (change) => `${grouped(totals[change])} ${change}`,
  );
  const of = `of ${counted(baselineRecords, 'baseline record')} in ${counted(baselineTenants, 'tenant')}`;
  const added = totals.added === 0 ? '' : `; ${grouped(totals.added)} added`;
  const doubt = facts.wrongRecipe === undefined ? '' : `${facts.wrongRecipe}; `;
  const old = oldKinds(facts);
  const also = old.length === 0 ? '' : `; ${old.join(', ')}`;
  if (changes.length > 0) return `FAIL: ${doubt}${changes.join(', ')} ${of}${added}${also}`;
  const kinds = decidingKinds(facts).flatMap((kind) => {
    const count = (findingCounts[kind] ?? 0) - (oldCounts[kind] ?? 0);
    return count > 0 ? [`${grouped(count)} ${kind}`] : [];
  });
  const all = [...kinds, ...old].join(', ');
  return `FAIL: ${doubt}${all}; ${grouped(totals.matched)} ${of} matched${added}`;
}

function first(findings: readonly Finding[], forced: Finding['class']): string {
  const found = findings.filter((finding) => finding.class === forced);
  const more = found.length > 1 ? ` (and ${counted(found.length - 1, 'other finding')})` : '';
  // What is not there at all explains the rest: of two sides it is the one to look for.
  const one = found.find(({ kind }) => kind === 'source-incomplete') ?? found[0];
  return one === undefined ? 'see the findings' : `${one.kind}: ${one.message}${more}`;
}

function stopped({ side, at, record }: SideStop): string {
  if (at === 'header') return `nothing of the ${side} could be read`;
  if (at === 'record') return `reading of the ${side} stopped at record ${grouped(record)}`;
  return record === 0
    ? `reading of the ${side} stopped before its first record`
    : `reading of the ${side} stopped after record ${grouped(record)}`;
}

/** How far the sides were read, and what could not be compared for it: what was not read is not lost. */
function notRead({ stops, totals: { unjudged } }: HeadlineFacts): string {
  if (stops.length === 0) return '';
  const reasons = stops.map(stopped).join(', ');
  if (unjudged === undefined) return `; ${reasons}`;
  const { baseline, current } = unjudged;
  return `; ${reasons}: ${counted(baseline, 'record')} of the baseline and ${grouped(current)} of the current side not compared`;
}

const MOST_NAMED = 3;

function passedOver({ unread }: HeadlineFacts): string {
  if (unread.length === 0) return '';
  return `; nothing reads ${unread.slice(0, MOST_NAMED).join(', ')}${unread.length > MOST_NAMED ? ', …' : ''}`;
}

/** The headline; begins with the verdict. */
export function headlineOf(facts: HeadlineFacts): string {
  return `${verdictLine(facts)}${notRead(facts)}${passedOver(facts)}`;
}

function verdictLine(facts: HeadlineFacts): string {
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
