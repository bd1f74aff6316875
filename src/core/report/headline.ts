/** The one line that must be right if nothing else is read. */
import { classOf, type FindingKind, isConsequence, type Mode } from '../kinds.ts';
import { counted, grouped, shardName } from '../words.ts';
import type { MigrationReport } from './migration-report.ts';
import type { PartStatement } from './part-report.ts';
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

export interface HeadlineFacts {
  readonly verdict: Verdict;
  readonly mode: Mode;
  readonly totals: Totals;
  /** What a migration did; undefined where there was none. */
  readonly migration?: RuledRecords | undefined;
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
  /** Whether what was demanded of the baseline could not be looked at, and nothing of it is refuted. */
  readonly unlooked?: boolean;
  /** Which part of both sides was compared; undefined where all was. */
  readonly part?: PartStatement | undefined;
  /** Members that nothing reads, where nobody said how the sides are read. */
  readonly unread: readonly string[];
}

const CHANGES = ['missing', 'modified', 'relinked', 'moved'] as const;

/** Records that the rules of a migration were for, as a report counts them. */
export type RuledRecords = Pick<MigrationReport, 'rules' | 'retired' | 'stubs' | 'erased'>;

/** What a migration did to records, by how many: each is of one rule at most. Nothing of what it did to none. */
export function doneBy({ rules, retired, stubs, erased }: RuledRecords): readonly Done[] {
  const ruled = rules.reduce((sum, { records }) => sum + records, 0);
  const gone = [
    { records: retired, what: 'retired' },
    { records: stubs, what: 'retired to a stub' },
    { records: erased.records, what: 'erased in part' },
  ];
  const rewritten = gone.reduce((left, { records }) => left - records, ruled);
  const done = [{ records: Math.max(0, rewritten), what: REWRITTEN }, ...gone];
  return done.filter(({ records }) => records > 0);
}

interface Done {
  readonly records: number;
  readonly what: string;
}

const REWRITTEN = 'rewritten';

function pass({ totals, migration, baselineRecords, baselineTenants }: HeadlineFacts): string {
  const growth = totals.added === 0 ? 'nothing added' : `${grouped(totals.added)} added`;
  const records = counted(baselineRecords, 'baseline record');
  const where = `in ${counted(baselineTenants, 'tenant')}; ${growth}`;
  const done = migration === undefined ? [] : doneBy(migration);
  if (done.length === 0) return `PASS: ${records} intact ${where}`;
  const gone = done.filter(({ what }) => what !== REWRITTEN);
  const rewritten = done.find(({ what }) => what === REWRITTEN);
  const by = rewritten === undefined ? '' : ` (${grouped(rewritten.records)} by its rules)`;
  if (gone.length === 0) return `PASS: ${records} intact under the migration${by} ${where}`;
  // What was retired or erased is as it was to be, and is not intact.
  const intact = gone.reduce((left, one) => left - one.records, baselineRecords);
  const others = gone.map((one) => `${grouped(one.records)} ${one.what}`).join(', ');
  return `PASS: ${grouped(intact)} of ${records} intact under the migration${by}, ${others}, ${where}`;
}

const DECIDING = ['FAIL', 'INCOMPLETE'] as const;

/** Before each message about a migration. */
const OF_MIGRATION = 'migration: ';

/** Before each message about the current side. */
const OF_CURRENT = 'current: ';

/** What cannot be believed, by the findings that say so: the baseline, the current side, the migration, or several. */
export function unbelieved(findings: readonly Finding[]): readonly ('baseline' | 'current side' | 'migration')[] {
  const untrusted = findings.filter(({ class: forced }) => forced === 'UNTRUSTED');
  const ofMigration = untrusted.filter(({ message }) => message.startsWith(OF_MIGRATION));
  const ofCurrent = untrusted.filter(({ message }) => message.startsWith(OF_CURRENT));
  const others = untrusted.length - ofMigration.length - ofCurrent.length;
  return [
    ...(others > 0 || untrusted.length === 0 ? (['baseline'] as const) : []),
    ...(ofCurrent.length > 0 ? (['current side'] as const) : []),
    ...(ofMigration.length > 0 ? (['migration'] as const) : []),
  ];
}

/** What forces a verdict, by kind and count: the gravest class first, and in it causes before what follows from them. */
function decidingCounts({ findingCounts, oldCounts, mode }: HeadlineFacts): readonly string[] {
  const kinds = Object.keys(findingCounts) as FindingKind[];
  const texts = (some: readonly FindingKind[]): readonly string[] => [
    ...some.flatMap((kind) => {
      const count = (findingCounts[kind] ?? 0) - (oldCounts[kind] ?? 0);
      return count > 0 ? [`${grouped(count)} ${kind}`] : [];
    }),
    ...oldTexts(some, oldCounts),
  ];
  return DECIDING.flatMap((forced) => {
    const ofClass = kinds.filter((kind) => classOf(kind, mode) === forced);
    return [...texts(ofClass.filter((kind) => !isConsequence(kind))), ...texts(ofClass.filter(isConsequence))];
  });
}

/** Those of `kinds` that were already in the baseline. */
function oldTexts(kinds: readonly FindingKind[], oldCounts: HeadlineFacts['oldCounts']): readonly string[] {
  return kinds.flatMap((kind) => {
    const count = oldCounts[kind] ?? 0;
    return count > 0 ? [`${grouped(count)} ${kind} already in the baseline`] : [];
  });
}

function fail(facts: HeadlineFacts): string {
  const { totals, baselineRecords, baselineTenants, oldCounts, mode } = facts;
  const changes = CHANGES.filter((change) => totals[change] > 0).map(
    (change) => `${grouped(totals[change])} ${change}`,
  );
  const of = `of ${counted(baselineRecords, 'baseline record')} in ${counted(baselineTenants, 'tenant')}`;
  const added = totals.added === 0 ? '' : `; ${grouped(totals.added)} added`;
  const doubt = facts.wrongRecipe === undefined ? '' : `${facts.wrongRecipe}; `;
  if (changes.length > 0) {
    const kinds = (Object.keys(oldCounts) as FindingKind[]).filter((kind) => classOf(kind, mode) === 'FAIL');
    const old = oldTexts(kinds, oldCounts);
    const also = old.length === 0 ? '' : `; ${old.join(', ')}`;
    return `FAIL: ${doubt}${changes.join(', ')} ${of}${added}${also}`;
  }
  return `FAIL: ${doubt}${decidingCounts(facts).join(', ')}; ${grouped(totals.matched)} ${of} matched${added}`;
}

/** @param about - with what the messages begin that come before all others */
function first(findings: readonly Finding[], forced: Finding['class'], about = ''): string {
  const found = findings.filter((finding) => finding.class === forced);
  const named = found.filter(({ message }) => message.startsWith(about));
  const more = found.length > 1 ? ` (and ${counted(found.length - 1, 'other finding')})` : '';
  // What is not there at all explains the rest: of two sides it is the one to look for.
  const among = named.length > 0 ? named : found;
  const one = among.find(({ kind }) => kind === 'source-incomplete') ?? among[0];
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
  return `${facts.part === undefined ? verdictLine(facts) : partLine(facts, facts.part)}${notRead(facts)}${passedOver(facts)}`;
}

/** What is found in each part: so nothing that goes by findings can take one for the whole. */
export function partFinding(part: Pick<PartStatement, 'index' | 'count'>): Pick<Finding, 'kind' | 'message'> {
  const message = `${shardName(part)} proves nothing by itself: merge the reports of all shards`;
  return { kind: 'source-incomplete', message };
}

function partLine(facts: HeadlineFacts, part: PartStatement): string {
  const { message: own } = partFinding(part);
  const findings = facts.findings.filter(({ message }) => message !== own);
  const name = shardName(part);
  // By the counts, since what is found need not be listed.
  const doubts = Object.entries(facts.findingCounts).reduce(
    (sum, [kind, count]) => sum + (classOf(kind as FindingKind, facts.mode) === 'INCOMPLETE' ? count : 0),
    0,
  );
  const isWell = facts.verdict === 'INCOMPLETE' && doubts <= 1;
  if (isWell) return `INCOMPLETE: ${name}, nothing found in it: merge the reports of all`;
  return `${facts.verdict}: ${name}: ${verdictLine({ ...facts, findings }).slice(facts.verdict.length + 2)}`;
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
      if (facts.unlooked === true && facts.findings.some((finding) => finding.class === 'INCOMPLETE'))
        return `UNTRUSTED: what was demanded of the baseline could not be checked; ${first(facts.findings, 'INCOMPLETE', 'baseline: ')}`;
      return `UNTRUSTED: the ${unbelieved(facts.findings).join(' and the ')} cannot be believed; ${first(facts.findings, 'UNTRUSTED')}`;
  }
}
