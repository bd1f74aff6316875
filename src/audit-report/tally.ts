/** The audit report, version 1: what was recorded since a time, and whether the evidence holds (docs/audit-report.md). */

import { compareInstants, dayOf, type Instant, instantOf, isInfinite } from '../core/instant.ts';
import { compareUtf8 } from '../core/json/utf8.ts';
import { present } from '../core/present.ts';
import type { ContinuityReport, Finding, Run, SideReport, Verdict } from '../core/report/report.ts';
import { grouped } from '../core/words.ts';
import { headlineBeside, type SignedVerdict, verdictBeside } from './signed-verdict.ts';

/** One entry of the journal of an upgrade. */
export interface JournalEntry {
  readonly seq: number;
  readonly recordedAt: string;
  readonly type: string;
  readonly step: string | null;
  readonly actor: string | null;
  readonly note: string | null;
  readonly files: readonly string[];
}

export interface AuditReport {
  readonly kind: 'evidence-audit-report';
  readonly version: 1;
  readonly verdict: Verdict;
  readonly headline: string;
  /** As it was given. */
  readonly since: string;
  readonly source: SideReport;
  /** Recomputed roots and records by tenant; empty where the source could not be read to its end. */
  readonly roots: readonly { readonly tenant: string; readonly records: number; readonly root: string }[];
  /** All records that were read, by their time. */
  readonly times: TimeCounts;
  readonly tenants: readonly RecordedTenant[];
  /** Null without a baseline. */
  readonly added: AddedRecords | null;
  /** Null without a baseline; else the whole report of the comparison. */
  readonly comparison: ContinuityReport | null;
  /** Those of the comparison, or what the source shows by itself. */
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  /** Null if no journal was given. */
  readonly journal: readonly JournalEntry[] | null;
  /** Only where one was given. */
  readonly signedVerdict?: SignedVerdict;
  readonly notChecked: readonly string[];
  readonly run: Run;
}

export interface AuditReportParts extends Omit<AuditReport, 'kind' | 'version' | 'headline' | 'notChecked'> {
  /** Whether the source was read to its end. */
  readonly complete: boolean;
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function ownHeadline({ verdict, source, roots, findings, findingCounts }: AuditReportParts): string {
  if (verdict === 'PASS') {
    return `PASS: ${counted(source.records, 'record')} sound in ${counted(roots.length, 'tenant')}`;
  }
  if (verdict === 'FAIL') {
    return `FAIL: ${Object.entries(findingCounts)
      .map(([kind, count]) => `${grouped(count)} ${kind}`)
      .join(', ')}`;
  }
  const first = findings.find((finding) => finding.class === verdict);
  return `${verdict}: nothing is proven; ${first === undefined ? 'see the findings' : `${first.kind}: ${first.message}`}`;
}

function headlineOf(parts: AuditReportParts): string {
  const { comparison, added, times, since, verdict, signedVerdict } = parts;
  const back =
    added === null || added.backDated.records === 0 ? '' : `; ${grouped(added.backDated.records)} back-dated`;
  const own = headlineBeside(comparison?.headline ?? ownHeadline(parts), verdict, signedVerdict);
  return `${own}; ${grouped(times.since)} recorded since ${since}${back}`;
}

function notChecked({ comparison, times, added, complete }: AuditReportParts): readonly string[] {
  const notes = [
    ...(comparison?.notChecked ?? ['that nothing was lost: without a baseline there is nothing to compare with']),
  ];
  notes.push('that the times of the records are right: they are what the records say of themselves');
  const apart = times.infinite + times.absent + times.unparsable;
  if (apart > 0) {
    const kinds = `${grouped(times.absent)} without a time, ${grouped(times.infinite)} infinite, ${grouped(times.unparsable)} not RFC 3339`;
    notes.push(`when ${counted(apart, 'record')} ${apart === 1 ? 'was' : 'were'} recorded: ${kinds}`);
  }
  if (!complete) notes.push('the source was not read to its end: the counts are of what was read');
  if (added !== null && added.agrees === null) notes.push('whether what was added is what was recorded since then');
  return notes;
}

/** Draws the report together. Everything in it but `run` is a function of the inputs and the options. */
export function buildAuditReport(parts: AuditReportParts): AuditReport {
  const { since, source, verdict, roots, times, tenants, added, comparison, findings, findingCounts } = parts;
  const { journal, signedVerdict, run } = parts;
  return {
    kind: 'evidence-audit-report',
    version: 1,
    verdict: verdictBeside(verdict, signedVerdict),
    headline: headlineOf(parts),
    since,
    source,
    roots,
    times,
    tenants,
    added,
    comparison,
    findings,
    findingCounts,
    journal,
    ...present({ signedVerdict }),
    notChecked: notChecked(parts),
    run,
  };
}

/* Counts records by the time that they say they were recorded at: since a given time by tenant, type and UTC day. */

/** Where the time of a record lies. What has no place on the line of time is counted apart. */
export type TimeClass = 'since' | 'before' | 'infinite' | 'absent' | 'unparsable';

/** Every record in exactly one place. */
export type TimeCounts = Readonly<Record<TimeClass, number>>;

export interface DayCount {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly records: number;
}

export interface RecordedTenant {
  readonly tenant: string;
  readonly times: TimeCounts;
  /** Records since then, by type and day. */
  readonly types: readonly { readonly type: string; readonly records: number; readonly days: readonly DayCount[] }[];
}

/** What is looked at of a record. */
export interface TimedRecord {
  readonly tenant: string;
  readonly type: string;
  readonly recordedAt: string | undefined;
}

interface OpenTenant {
  readonly times: Record<TimeClass, number>;
  readonly types: Map<string, Map<string, number>>;
}

function noTimes(): Record<TimeClass, number> {
  return { since: 0, before: 0, infinite: 0, absent: 0, unparsable: 0 };
}

/** Where `recordedAt` lies, and the instant that it says. */
export function timeClassOf(recordedAt: string | undefined, since: Instant): readonly [TimeClass, Instant | undefined] {
  if (recordedAt === undefined) return ['absent', undefined];
  if (isInfinite(recordedAt)) return ['infinite', undefined];
  const instant = instantOf(recordedAt);
  if (instant === undefined) return ['unparsable', undefined];
  return [compareInstants(instant, since) >= 0 ? 'since' : 'before', instant];
}

function inOrder<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => compareUtf8(a, b));
}

/** Memory grows with tenants, types and days, not with records. */
export class RecordedTally {
  readonly #since: Instant;
  readonly #tenants: Map<string, OpenTenant> = new Map();

  constructor(since: Instant) {
    this.#since = since;
  }

  add({ tenant, type, recordedAt }: TimedRecord): TimeClass {
    const open = this.#tenants.get(tenant) ?? { times: noTimes(), types: new Map<string, Map<string, number>>() };
    this.#tenants.set(tenant, open);
    const [where, instant] = timeClassOf(recordedAt, this.#since);
    open.times[where]++;
    if (where !== 'since' || instant === undefined) return where;
    const days = open.types.get(type) ?? new Map<string, number>();
    open.types.set(type, days);
    const day = dayOf(instant);
    days.set(day, (days.get(day) ?? 0) + 1);
    return where;
  }

  /** All tenants of which there are records, in UTF-8 order. */
  tenants(): readonly RecordedTenant[] {
    return inOrder(this.#tenants).map(([tenant, { times, types }]) => ({
      tenant,
      times: { ...times },
      types: inOrder(types).map(([type, days]) => ({
        type,
        records: [...days.values()].reduce((sum, records) => sum + records, 0),
        days: inOrder(days).map(([day, records]) => ({ day, records })),
      })),
    }));
  }

  total(): TimeCounts {
    const total = noTimes();
    for (const { times } of this.#tenants.values()) {
      for (const where of Object.keys(total) as TimeClass[]) total[where] += times[where];
    }
    return total;
  }
}

/*
 * What was added, as the comparison says it, set against the times that the added records carry. A record that is new
 * and says that it is old was back-dated, or came late: an auditor wants to see it.
 */

export interface BackDated {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq?: number;
  readonly type: string;
  readonly recordedAt: string;
  /** Before the time that the report begins at. */
  readonly beforeSince: boolean;
  /** Before the baseline was captured; null if that time is not known. */
  readonly beforeBaseline: boolean | null;
}

export interface AddedRecords {
  readonly records: number;
  readonly times: TimeCounts;
  readonly tenants: readonly RecordedTenant[];
  readonly backDated: { readonly records: number; readonly listed: readonly BackDated[] };
  /** Records since then that were in the baseline already; null if not all records were compared. */
  readonly sinceNotAdded: number | null;
  /** Whether what was added is what was recorded since then; null if that could not be established. */
  readonly agrees: boolean | null;
}

/** What is looked at of a record that was added. */
export interface AddedRecord {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq: number | undefined;
  readonly type: string;
  readonly recordedAt: string | undefined;
}

export interface AddedOptions {
  readonly since: Instant;
  /** How many back-dated records are listed; all are counted. */
  readonly most: number;
}

export class AddedTally {
  readonly #options: AddedOptions;
  readonly #tally: RecordedTally;
  readonly #listed: BackDated[] = [];
  #backDated = 0;
  #records = 0;

  constructor(options: AddedOptions) {
    this.#options = options;
    this.#tally = new RecordedTally(options.since);
  }

  /** @param baselineCapturedAt - as the baseline says it, if it does */
  add(record: AddedRecord, baselineCapturedAt: string | undefined): void {
    this.#records++;
    const where = this.#tally.add(record);
    const { tenant, stream, id, seq, type, recordedAt } = record;
    const instant = recordedAt === undefined ? undefined : instantOf(recordedAt);
    if (instant === undefined || recordedAt === undefined) return;
    const beforeSince = where === 'before';
    const captured = baselineCapturedAt === undefined ? undefined : instantOf(baselineCapturedAt);
    const beforeBaseline = captured === undefined ? null : compareInstants(instant, captured) < 0;
    if (!beforeSince && beforeBaseline !== true) return;
    this.#backDated++;
    if (this.#listed.length >= this.#options.most) return;
    const place = { tenant, stream, id, ...present({ seq }) };
    this.#listed.push({ ...place, type, recordedAt, beforeSince, beforeBaseline });
  }

  /**
   * @param recordedSince - records of the current side since then; undefined if it cannot be said which of them are new
   * @param added - records that the comparison counts as added
   */
  conclude(recordedSince: number | undefined, added: number): AddedRecords {
    const times = this.#tally.total();
    const known = recordedSince !== undefined && added === this.#records;
    const sinceNotAdded = known ? recordedSince - times.since : null;
    return {
      records: added,
      times,
      tenants: this.#tally.tenants(),
      backDated: { records: this.#backDated, listed: this.#listed },
      sinceNotAdded,
      agrees: known ? sinceNotAdded === 0 && times.since === added : null,
    };
  }
}
