/**
 * Judges streams, tenants and the whole by their roots and counts, and keeps the tally; bare roots are settled first.
 */
import type { StreamHead } from '../audit/side-audit.ts';
import type { Platform } from '../platform.ts';
import type { SetGrowth } from '../proof/set-growth.ts';
import type { FindingValue } from '../report/changes.ts';
import type { Relation, TenantReport } from '../report/report.ts';
import {
  byName,
  eachStream,
  hasBareRoots,
  type InBoth,
  inStep,
  placeKey,
  type SnapshotSummary,
  type StreamSummary,
  summaryOf,
  type TenantSummary,
  tenantRecords,
} from '../snapshot/summary.ts';
import { counted, grouped } from '../words.ts';
import type { Findings } from './findings.ts';
import type { RecordJudge } from './record-judge.ts';
import {
  type MigratedRelation,
  nameCountedGrowth,
  type StreamCase,
  StreamReports,
  StreamRoots,
  type StreamVerdict,
} from './stream-roots.ts';
import {
  addTally,
  emptyTally,
  requireBalance,
  type Tally,
  TypeCounts,
  unjudgedOf,
  WholeJudge,
  worse,
} from './verdict.ts';

/*
 * A baseline that states bare roots, set against a current side that was recomputed: where a root is the same, what is
 * behind it is the same, sizes and all, since the leaves under it hold them. Where it is another one, nothing can be
 * said: a store that grew has another root too.
 */

interface Settling {
  readonly platform: Platform;
  readonly findings: Findings;
}

function contradicts(findings: Findings, tenant: string | undefined, what: string, is: FindingValue): void {
  const place = tenant === undefined ? {} : { tenant };
  findings.add('baseline', { kind: 'manifest-mismatch', ...place, message: `baseline: ${what}`, baseline: is });
}

/** Under an equal root there is one number of records: another one that is stated beside it is a lie. */
function checkRecords(
  findings: Findings,
  was: { readonly records: number; readonly tenant?: string },
  is: number,
): void {
  if (was.records === 0 || was.records === is) return;
  contradicts(findings, was.tenant, `states ${counted(was.records, 'record')}, its root stands for ${is}`, was.records);
}

function settledTenant(findings: Findings, was: TenantSummary, is: TenantSummary | undefined): TenantSummary {
  if (was.rootOnly !== true || is?.root !== was.root) return was;
  checkRecords(findings, was, is.records);
  return is;
}

/** What `was` results in, as far as the roots of `is` prove it; what they do not prove keeps its bare root. */
export function settleRoots(
  { platform, findings }: Settling,
  was: SnapshotSummary,
  is: SnapshotSummary,
): SnapshotSummary {
  if (!hasBareRoots(was)) return was;
  if (was.rootOnly === true) {
    if (was.globalRoot !== is.globalRoot) return was;
    checkRecords(findings, was, is.records);
    return is;
  }
  const after = new Map(is.tenants.map((tenant) => [tenant.tenant, tenant]));
  const tenants = was.tenants.map((tenant) => settledTenant(findings, tenant, after.get(tenant.tenant)));
  const settled = summaryOf(platform, tenants);
  if (hasBareRoots(settled)) return { ...settled, globalRoot: was.globalRoot };
  if (settled.globalRoot !== was.globalRoot) {
    contradicts(findings, undefined, 'its global root is not that of the tenants that it lists', was.globalRoot);
  }
  return settled;
}

/* What is said of a tenant whose baseline is a bare root that the current side does not have. */

const ADVICE = 'compare with a baseline that has its records, or at least the roots of its streams';

/** Fewer records than the baseline states cannot come of growth. */
function nameDecrease(findings: Findings, tenant: string | undefined, was: number, is: number): void {
  if (is >= was) return;
  const place = tenant === undefined ? {} : { tenant };
  const message = `${counted(was, 'record')}, now ${grouped(is)}`;
  findings.add('both', { kind: 'count-decreased', ...place, message, baseline: was, current: is });
}

/** The tenant's report; its records are judged in no way, or missing with the tenant. */
function judgeBareTenant(
  findings: Findings,
  totals: Tally,
  tenant: string,
  was: TenantSummary | undefined,
  is: TenantSummary | undefined,
): TenantReport {
  const tally = emptyTally();
  if (is === undefined) tally.missing = was?.records ?? 0;
  else {
    tally.unjudgedBaseline = was?.records ?? 0;
    if (was !== undefined && was.records > 0)
      tally.added = nameCountedGrowth(findings, { tenant }, was.records, is.records);
    tally.unjudgedCurrent = is.records - tally.added;
  }
  addTally(totals, tally);
  if (was !== undefined && is !== undefined) {
    const message = `the tenant's root is another one, and bare roots cannot tell loss from growth: ${ADVICE}`;
    findings.add('both', { kind: 'proof-unavailable', tenant, message, baseline: was.root, current: is.root });
    nameDecrease(findings, tenant, was.records, is.records);
  }
  return {
    tenant,
    relation: findings.isBroken(tenant) ? 'broken' : 'unknown',
    baselineRoot: was?.root ?? null,
    currentRoot: is?.root ?? null,
    ...unjudgedOf(tally),
    counts: [],
    streams: [],
  };
}

/** Names what a global root that stands alone leaves open. */
function judgeBareWhole(findings: Findings, totals: Tally, was: SnapshotSummary, is: SnapshotSummary): void {
  totals.unjudgedBaseline += was.records;
  const message = `the global root is another one, and it alone cannot tell loss from growth: ${ADVICE}`;
  findings.add('both', { kind: 'proof-unavailable', message, baseline: was.globalRoot, current: is.globalRoot });
  nameDecrease(findings, undefined, was.records, is.records);
  if (was.records > 0) nameCountedGrowth(findings, {}, was.records, is.records);
}

/* Judges streams, tenants and the whole by their roots and counts, and keeps the tally. */

/** What is known of both sides when they have been read. */
export interface SummaryCase {
  readonly baseline: SnapshotSummary;
  readonly current: SnapshotSummary;
  /** Whether both sides were read to their end, and in order. */
  readonly complete: boolean;
  /** Whether both sides are one shard of their wholes. */
  readonly isPart?: boolean;
  /** Whether the streams of both sides came in order, so that each is one entry of its summary. */
  readonly inOrder: boolean;
  /** The comparison of records, if both sides have them. */
  readonly records: RecordJudge | undefined;
  /** Head of a current stream at the baseline's size, where records were not compared. */
  readonly watchedHead: (tenant: string, stream: string) => StreamHead | undefined;
  /** Records within the baseline's size of a current stream whose bodies are gone or altered, where records were not compared. */
  readonly bodyFaults: (tenant: string, stream: string) => number;
  /** What a digest index shows of a set, where records were not compared. */
  readonly indexed?: (tenant: string, stream: string) => SetGrowth | undefined;
  /** Places (see `placeKey`) where the current chain showed a fault of its own. */
  readonly faultyChains: ReadonlySet<string>;
  /** What a stream, or the whole, is where a migration has touched records of it and all else holds; else undefined. */
  readonly migrated?: (place?: { readonly tenant: string; readonly stream: string }) => MigratedRelation;
}

export interface SummaryVerdict {
  readonly relation: Relation;
  readonly tenants: readonly TenantReport[];
  readonly totals: Tally;
  /** Ordered streams of the baseline whose prefix was compared, and those where it could not be. */
  readonly prefixesCompared: number;
  readonly prefixesUnproven: number;
}

export class SummaryJudge {
  readonly #findings: Findings;
  readonly #case: SummaryCase;
  readonly #roots: StreamRoots;
  readonly #whole: WholeJudge;
  readonly #totals: Tally = emptyTally();
  readonly #counts: TypeCounts = new TypeCounts();
  #prefixesCompared = 0;
  #prefixesUnproven = 0;

  constructor(findings: Findings, summaryCase: SummaryCase) {
    this.#findings = findings;
    this.#case = summaryCase;
    this.#roots = new StreamRoots(findings);
    this.#whole = new WholeJudge(findings, summaryCase.complete, summaryCase.isPart === true);
  }

  judge(): SummaryVerdict {
    const { baseline, current, complete, isPart = false } = this.#case;
    const bare = complete && baseline.rootOnly === true;
    if (bare) judgeBareWhole(this.#findings, this.#totals, baseline, current);
    const tenants: TenantReport[] = [];
    let relation: Relation = bare ? 'unknown' : 'identical';
    for (const [name, was, is] of this.#both(baseline.tenants, current.tenants, ({ tenant }) => tenant)) {
      const tenant = this.#tenant(name, was, is);
      tenants.push(tenant);
      relation = worse(relation, tenant.relation);
    }
    this.#whole.whole(relation, baseline, current);
    relation = this.#underMigration(relation);
    if (relation !== 'broken' && this.#findings.isAnythingBroken) relation = 'broken';
    else if ((!complete || isPart) && relation !== 'broken') relation = 'unknown';
    this.#balance();
    if (complete && relation === 'migrated') this.#requireSameRoots();
    return {
      relation,
      tenants,
      totals: this.#totals,
      prefixesCompared: this.#prefixesCompared,
      prefixesUnproven: this.#prefixesUnproven,
    };
  }

  /** What was migrated, and did not grow, is what was expected to the last bit. */
  #requireSameRoots(): void {
    const { baseline, current } = this.#case;
    if (this.#totals.added > 0 || baseline.globalRoot === current.globalRoot) return;
    throw new RangeError('nothing was added to what the migration expects, but the global roots differ');
  }

  /** What is proven is migrated where a migration has touched it. */
  #underMigration(relation: Relation): Relation {
    const isProven = relation === 'identical' || relation === 'extended';
    return (isProven ? this.#case.migrated?.() : undefined) ?? relation;
  }

  #balance(): void {
    const { records, baseline, current, complete } = this.#case;
    const totals = this.#totals;
    for (const tally of records?.tallies() ?? []) addTally(totals, tally);
    const after = records?.unjudged();
    totals.unjudgedBaseline += after?.baseline ?? 0;
    totals.unjudgedCurrent += after?.current ?? 0;
    if (records === undefined && !complete) {
      // Streams that are named twice were seen once; nothing at all is judged here.
      totals.unjudgedBaseline = baseline.records;
      totals.unjudgedCurrent = current.records;
    }
    requireBalance('the whole', totals, baseline.records, current.records);
  }

  #tenant(tenant: string, was: TenantSummary | undefined, is: TenantSummary | undefined): TenantReport {
    const { complete, baseline } = this.#case;
    const bare = complete && (baseline.rootOnly === true || was?.rootOnly === true);
    if (!bare || is === undefined) this.#whole.nameTenant(tenant, was, is);
    return bare ? judgeBareTenant(this.#findings, this.#totals, tenant, was, is) : this.#byStreams(tenant, was, is);
  }

  #byStreams(tenant: string, was: TenantSummary | undefined, is: TenantSummary | undefined): TenantReport {
    const { complete } = this.#case;
    const tally = emptyTally();
    const reports = new StreamReports(was);
    let relation: Relation = 'identical';
    for (const [name, before, after] of this.#both(eachStream(was), eachStream(is), ({ stream }) => stream)) {
      const verdict = this.#stream(tenant, name, before, after);
      addTally(tally, verdict.tally);
      relation = worse(relation, verdict.report.relation);
      reports.add(verdict.report, before);
    }
    this.#requireBalance(JSON.stringify([tenant]), tally, tenantRecords(was), tenantRecords(is));
    const counts = this.#counts.of(was, is);
    return reports.of({
      tenant,
      relation: this.#whole.tenant(tenant, was, is, relation, counts),
      baselineRoot: complete ? (was?.root ?? null) : null,
      currentRoot: complete ? (is?.root ?? null) : null,
      ...unjudgedOf(tally),
      counts,
    });
  }

  /** What both sides have, in the order of the names. Out of order it is all held at once, and the last of a name counts. */
  #both<T>(was: Iterable<T>, is: Iterable<T>, nameOf: (one: T) => string): Iterable<InBoth<T>> {
    return this.#case.inOrder ? inStep(was, is, nameOf) : byName(was, is, nameOf);
  }

  #stream(
    tenant: string,
    stream: string,
    baseline: StreamSummary | undefined,
    current: StreamSummary | undefined,
  ): StreamVerdict {
    const { complete, records, watchedHead, faultyChains, bodyFaults } = this.#case;
    const judged = records?.judged(tenant, stream, current);
    const indexed = this.#indexed(tenant, stream, baseline, current);
    const streamCase: StreamCase = {
      tenant,
      stream,
      baseline,
      current,
      judged,
      headAtBaselineSize:
        judged?.judge.headAtBaselineSize ?? watchedHead(tenant, stream) ?? sameSizeHead(baseline, current),
      bodyFaults: indexed?.bodyFaults ?? bodyFaults(tenant, stream),
      indexed,
      known: complete || (judged?.complete ?? false),
      chainFaulty: faultyChains.has(placeKey({ tenant, stream })),
      migrated: this.#case.migrated?.({ tenant, stream }),
    };
    const verdict = this.#roots.judge(streamCase);
    if (records === undefined) addTally(this.#totals, verdict.tally);
    const tally = judged === undefined ? verdict.tally : this.#withUnjudged(tenant, stream, verdict.tally);
    this.#requireBalance(JSON.stringify([tenant, stream]), tally, baseline?.size ?? 0, current?.size ?? 0);
    if (baseline?.ordered === true && streamCase.known) {
      if (verdict.unproven) this.#prefixesUnproven++;
      else this.#prefixesCompared++;
    }
    return { ...verdict, tally, report: { ...verdict.report, ...unjudgedOf(tally) } };
  }

  #indexed(
    tenant: string,
    stream: string,
    baseline: StreamSummary | undefined,
    current: StreamSummary | undefined,
  ): SetGrowth | undefined {
    const areSets = baseline?.ordered === false && current?.ordered === false;
    return areSets ? this.#case.indexed?.(tenant, stream) : undefined;
  }

  /** `tally` of a stream that was compared, with what of it was read after the comparison had to stop. */
  #withUnjudged(tenant: string, stream: string, tally: Readonly<Tally>): Tally {
    const after = this.#case.records?.unjudgedAt(tenant, stream);
    return {
      ...tally,
      unjudgedBaseline: tally.unjudgedBaseline + (after?.baseline ?? 0),
      unjudgedCurrent: tally.unjudgedCurrent + (after?.current ?? 0),
    };
  }

  /** A stream that came in two parts has two entries in a summary: then only the whole can be held to its records. */
  #requireBalance(where: string, tally: Readonly<Tally>, baseline: number, current: number): void {
    if (this.#case.inOrder) requireBalance(where, tally, baseline, current);
  }
}

function sameSizeHead(baseline: StreamSummary | undefined, current: StreamSummary | undefined): StreamHead | undefined {
  if (baseline === undefined || current === undefined || !current.ordered || baseline.size !== current.size)
    return undefined;
  return { root: current.root, head: current.head };
}
