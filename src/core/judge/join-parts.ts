/**
 * The report of a whole, of the reports of all its shards: what only the whole shows is judged here, of sums, by the functions
 * that judge it where one process compares all. Records, links and hashes were each seen by one part alone, and are believed.
 */
import type { ChainSums } from '../custody/chain-tally.ts';
import { compareUtf8 } from '../json/utf8.ts';
import { classOf, type FindingKind } from '../kinds.ts';
import type { Platform } from '../platform.ts';
import { present } from '../present.ts';
import type { ChangeGroup } from '../report/changes.ts';
import type { SideCount } from '../report/count-by.ts';
import { type Demand, DemandLedger, type DemandState } from '../report/demands.ts';
import { partFinding } from '../report/headline.ts';
import { PARTS_BELIEVED, type PartReport, type PartStatement, type SideSums } from '../report/part-report.ts';
import type { ContinuityReport, Finding, Relation, StreamReport, TenantReport } from '../report/report.ts';
import { placeKey, type SnapshotSummary, summaryOf, type TenantSummary, tenantRoot } from '../snapshot/summary.ts';
import { Findings } from './findings.ts';
import { buildReport, type ReadSide } from './report-builder.ts';
import type { SummaryVerdict } from './summary-judge.ts';
import {
  type AuditSums,
  addTally,
  emptySideFinding,
  emptyTally,
  requireBalance,
  type Tally,
  TypeCounts,
  unjudgedOf,
  WholeJudge,
  worse,
} from './verdict.ts';

/** The report of one shard. */
export type ShardReport = ContinuityReport & { readonly shard: PartReport };

type SideName = 'baseline' | 'current';
const SIDES: readonly SideName[] = ['baseline', 'current'];

/** How parts become one report. */
export interface Joining {
  readonly platform: Platform;
  /** About how much memory the findings that are listed may take. */
  readonly findingsBytes: number;
  /** Undefined for the report of the whole; else that of this part is made anew. */
  readonly part?: PartStatement;
  /** What else is demanded of this run, all of it settled or to be settled here. */
  readonly demands?: DemandLedger;
}

/* Tenants: each has some of its streams in each part. */

interface JoinedTenant {
  readonly name: string;
  readonly relation: Relation;
  readonly streams: readonly StreamReport[];
  readonly tally: Tally;
  readonly was: TenantSummary | undefined;
  readonly is: TenantSummary | undefined;
}

function countsOf(reports: readonly TenantReport[], side: SideName): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { counts } of reports) {
    for (const count of counts) if (count[side] > 0) sums.set(count.type, (sums.get(count.type) ?? 0) + count[side]);
  }
  return sums;
}

function sideOfTenant(
  platform: Platform,
  tenant: string,
  streams: readonly StreamReport[],
  counts: ReadonlyMap<string, number>,
  side: SideName,
  turned: ReadonlySet<string>,
): TenantSummary | undefined {
  const own = streams.flatMap((report) => {
    const { [side]: one, stream, ordered: was } = report;
    if (one === null) return [];
    const ordered = side === 'current' && turned.has(placeKey({ tenant, stream })) ? !was : was;
    return [{ stream, ordered, size: one.size, root: one.root ?? '', head: one.head }];
  });
  if (own.length === 0) return undefined;
  const records = own.reduce((sum, { size }) => sum + size, 0);
  return { tenant, records, root: tenantRoot(platform, own), counts, streams: own };
}

function joinTenant(
  platform: Platform,
  name: string,
  reports: readonly TenantReport[],
  turned: ReadonlySet<string>,
): JoinedTenant {
  const streams = reports.flatMap((report) => report.streams).sort((a, b) => compareUtf8(a.stream, b.stream));
  const tally = emptyTally();
  for (const { unjudged } of reports) {
    tally.unjudgedBaseline += unjudged?.baseline ?? 0;
    tally.unjudgedCurrent += unjudged?.current ?? 0;
  }
  const sideOf = (side: SideName): TenantSummary | undefined =>
    sideOfTenant(platform, name, streams, countsOf(reports, side), side, turned);
  const relation = reports.reduce<Relation>((worst, one) => worse(worst, one.relation), 'identical');
  return { name, relation, streams, tally, was: sideOf('baseline'), is: sideOf('current') };
}

function joinTenants(platform: Platform, parts: readonly ShardReport[]): readonly JoinedTenant[] {
  const reports = new Map<string, TenantReport[]>();
  for (const { tenants } of parts) {
    for (const tenant of tenants) reports.set(tenant.tenant, [...(reports.get(tenant.tenant) ?? []), tenant]);
  }
  const names = [...reports.keys()].sort(compareUtf8);
  const turned = new Set(parts.flatMap(({ shard }) => shard.sums.turned.map(placeKey)));
  return names.map((name) => joinTenant(platform, name, reports.get(name) ?? [], turned));
}

function summaryOfSide(platform: Platform, tenants: readonly JoinedTenant[], side: 'was' | 'is'): SnapshotSummary {
  return summaryOf(
    platform,
    tenants.flatMap((tenant) => tenant[side] ?? []),
  );
}

/* Findings: those about the whole are the same in each part, and are one. */

function isOfWhole({ tenant, kind }: Finding, mode: ContinuityReport['mode']): boolean {
  return tenant === undefined && classOf(kind, mode) !== 'FAIL';
}

function takeFindings(findings: Findings, parts: readonly ShardReport[], isPart: boolean): void {
  const known = new Set<string>();
  for (const part of parts) {
    const counts = new Map(Object.entries(part.findingCounts) as [FindingKind, number][]);
    const less = (kind: FindingKind): unknown => counts.set(kind, (counts.get(kind) ?? 0) - 1);
    const own = partFinding(part.shard);
    // That it is a part is counted, whether it is listed or not.
    if (!isPart) less(own.kind);
    const listed = part.findings.filter((finding) => {
      if (isPart || !isOfWhole(finding, part.mode)) return true;
      if (finding.message === own.message) return false;
      const text = JSON.stringify(finding);
      const isNew = !known.has(text);
      known.add(text);
      if (!isNew) less(finding.kind);
      return isNew;
    });
    findings.join(listed, counts, part.shard.sums.alreadyInBaseline);
  }
}

/** In the order in which one process would have met them: what a group shows is of the first. */
function takeChanges({ changes }: Findings, parts: readonly ShardReport[]): void {
  const place = ({ examples: [first] }: ChangeGroup) => first ?? { tenant: '', stream: '' };
  const groups = parts.flatMap((part) => part.changes);
  const inOrder = groups.toSorted(
    (a, b) => compareUtf8(place(a).tenant, place(b).tenant) || compareUtf8(place(a).stream, place(b).stream),
  );
  const omitted = parts.reduce((sum, { changesOmitted = 0 }) => sum + changesOmitted, 0);
  changes.join(inOrder, omitted);
}

/* Sides: figures add up. */

function segmentsOf(sides: readonly SideSums[]): ChainSums['segments'] {
  const sums = new Map<string, { done: number; skipped: number }>();
  for (const { segments } of sides) {
    for (const { label, done, skipped } of segments) {
      const sum = sums.get(label) ?? { done: 0, skipped: 0 };
      sums.set(label, { done: sum.done + done, skipped: sum.skipped + skipped });
    }
  }
  return sums;
}

function countedOf(parts: readonly ShardReport[], side: SideName): AuditSums['counted'] {
  const sums = new Map<string, SideCount>();
  for (const { attribute, values, others, absent } of parts.flatMap(({ countBy = [] }) => countBy)) {
    const sum = sums.get(attribute) ?? { values: new Map(), others: 0, absent: 0 };
    const all = new Map(sum.values);
    for (const { value, ...pair } of values) {
      const records = (all.get(value) ?? 0) + (pair[side] ?? 0);
      if (records > 0) all.set(value, records);
    }
    sums.set(attribute, {
      values: all,
      others: sum.others + (others[side] ?? 0),
      absent: sum.absent + (absent[side] ?? 0),
    });
  }
  return sums;
}

function auditOf(parts: readonly ShardReport[], side: SideName): AuditSums {
  const sides = parts.map(({ shard }) => shard.sums[side]);
  const sum = (of: (one: SideSums) => number): number => sides.reduce((total, one) => total + of(one), 0);
  const union = (of: (one: SideSums) => readonly string[]): ReadonlySet<string> => new Set(sides.flatMap(of));
  return {
    records: parts.reduce((total, part) => total + part[side].records, 0),
    bodiesHashed: sum(({ bodies }) => bodies),
    counted: countedOf(parts, side),
    tally: {
      links: sum(({ links }) => links),
      sequence: sum(({ sequence }) => sequence),
      recipes: sum(({ recipes }) => recipes),
      recipesSkipped: sum(({ recipesSkipped }) => recipesSkipped),
      derived: sum(({ derived }) => derived),
      textOnly: sum(({ textOnly }) => textOnly),
      why: union(({ why }) => why),
      segments: segmentsOf(sides),
      unfit: sides.flatMap(({ unfit }) => unfit),
      fit: union(({ fit }) => fit),
    },
  };
}

/** What all parts agree on, or that it was several: each shard may lie in a file of its own. */
function common<T>(values: readonly T[], other: T): T {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : other;
}

function readSide(
  parts: readonly ShardReport[],
  first: ShardReport,
  side: SideName,
  summary: SnapshotSummary,
): ReadSide {
  const { depth, subject, capturedAt } = first[side];
  const stated = parts.map(({ shard }) => shard.sums[side].stated);
  const chains = new Map(first.shard.sums[side].gaps.map((name) => [name, { gaps: 'allowed' as const }]));
  const sha256 = common(
    parts.map((part) => part[side].sha256),
    null,
  );
  return {
    name: common(
      parts.map((part) => part[side].name),
      // Copies of one file may lie in several places: any of them is it.
      sha256 === null ? `${parts.length} shards` : first[side].name,
    ),
    sha256,
    header: depth === null ? undefined : { depth, subject: subject ?? {}, capturedAt, chains },
    summary,
    complete: true,
    audit: auditOf(parts, side),
    manifestChecked: !stated.includes('nothing'),
    rootsStated: stated.every((what) => what === 'roots'),
  };
}

/* Demands. */

/** What a demand to write something says is of the run that has written it. */
export function isOwnOfRun({ demand }: Pick<Demand, 'demand'>): boolean {
  return demand === 'output' || demand === 'metrics';
}

const WORST_FIRST: readonly DemandState[] = ['refuted', 'impossible', 'held'];

/** Of all parts the worst; but a key that one of them has used was used. */
function stateOf(one: Demand, all: readonly Demand[]): Demand {
  const best = one.demand === 'chain-key' ? all.find(({ state }) => state === 'held') : undefined;
  if (best !== undefined) return best;
  const worst = WORST_FIRST.find((state) => all.some((other) => other.state === state));
  return all.find(({ state }) => state === worst) ?? one;
}

function settleDemands(ledger: DemandLedger, parts: readonly ShardReport[], findings: Findings, isPart: boolean): void {
  const lists = parts.map(({ demands }) => (isPart ? demands : demands.filter((one) => !isOwnOfRun(one))));
  for (const [at, one] of (lists[0] ?? []).entries()) {
    const { demand, asked, state, why } = stateOf(
      one,
      lists.flatMap((list) => list[at] ?? []),
    );
    ledger.open(demand, asked).settle(state, why);
    // A key that no part has used: in none of them was that a finding.
    if (!isPart && demand === 'chain-key' && state !== 'held')
      findings.add('both', { kind: 'proof-unavailable', message: why ?? asked });
  }
}

/* The whole. */

function tallyOf(parts: readonly ShardReport[]): Tally {
  const sum = emptyTally();
  for (const { totals } of parts) {
    const { matched, modified, relinked, missing, added, moved, unjudged } = totals;
    const [unjudgedBaseline, unjudgedCurrent] = [unjudged?.baseline ?? 0, unjudged?.current ?? 0];
    const changed = { modified, relinked, missing, added, movedOut: moved, movedIn: moved };
    addTally(sum, { matched, ...changed, unjudgedBaseline, unjudgedCurrent });
  }
  return sum;
}

function checkedOf({ checks }: ShardReport, name: string): { readonly done: number; readonly skipped: number } {
  const { done = 0, skipped = 0 } = checks.find(({ check }) => check === name) ?? {};
  return { done, skipped };
}

function judgedOf(
  parts: readonly ShardReport[],
  tenants: readonly JoinedTenant[],
  sides: readonly [SnapshotSummary, SnapshotSummary],
  findings: Findings,
  isPart: boolean,
): SummaryVerdict {
  const [baseline, current] = sides;
  const judge = new WholeJudge(findings, true, isPart);
  const counts = new TypeCounts();
  let relation = 'identical' as Relation;
  const reports = tenants.map(({ name, was, is, streams, tally, relation: ofStreams }): TenantReport => {
    judge.nameTenant(name, was, is);
    const types = counts.of(was, is);
    const own = judge.tenant(name, was, is, ofStreams, types);
    relation = worse(relation, own);
    const roots = { baselineRoot: was?.root ?? null, currentRoot: is?.root ?? null };
    return { tenant: name, relation: own, ...roots, ...unjudgedOf(tally), counts: types, streams };
  });
  judge.whole(relation, baseline, current);
  if (findings.isAnythingBroken) relation = 'broken';
  else if (isPart && relation !== 'broken') relation = 'unknown';
  const totals = tallyOf(parts);
  requireBalance('the whole', totals, baseline.records, current.records);
  const prefixes = parts.map((part) => checkedOf(part, 'history-prefix'));
  return {
    relation,
    tenants: reports,
    totals,
    prefixesCompared: prefixes.reduce((sum, { done }) => sum + done, 0),
    prefixesUnproven: prefixes.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}

/**
 * The report of the whole that `parts` are of, or with `part` that of the one part that is given.
 *
 * @param parts - reports of comparisons that were read to their end; of the whole all of them, each once, in order
 * @throws RangeError if the sums do not balance
 */
export function joinParts(
  [first, ...others]: readonly [ShardReport, ...ShardReport[]],
  { platform, findingsBytes, part, demands = new DemandLedger() }: Joining,
): Omit<ContinuityReport, 'run'> {
  const parts = [first, ...others] as const;
  const isPart = part !== undefined;
  const { maxFindings, notes } = first.shard.sums;
  const findings = new Findings(first.mode, maxFindings, findingsBytes);
  takeFindings(findings, parts, isPart);
  takeChanges(findings, parts);
  const tenants = joinTenants(platform, parts);
  const summaries = [summaryOfSide(platform, tenants, 'was'), summaryOfSide(platform, tenants, 'is')] as const;
  for (const [at, side] of SIDES.entries()) {
    if (!isPart && summaries[at]?.records === 0) findings.add(side, emptySideFinding(side));
  }
  settleDemands(demands, parts, findings, isPart);
  const judged = judgedOf(parts, tenants, summaries, findings, isPart);
  const { signature, timestamp } = first.baseline;
  const unsigned = signature === null ? notes.trust.slice(0, 1) : [];
  return buildReport({
    mode: first.mode,
    part,
    baseline: readSide(parts, first, 'baseline', summaries[0]),
    current: readSide(parts, first, 'current', summaries[1]),
    overflowed: parts.some(({ shard }) => shard.sums.notes.overflowed),
    judged,
    findings,
    subjectNotes: isPart ? notes.subject : [...notes.subject, PARTS_BELIEVED],
    trust: {
      findings: [],
      signature,
      damaged: notes.trust.slice(unsigned.length),
      ...present({ timestamp, note: unsigned[0] }),
    },
    demands,
    sameAllowed: notes.sameAllowed,
  });
}
