/**
 * Whether a report of a PASS agrees with itself down to streams, sizes, roots, times and subjects: what a reader of a
 * report that somebody hands him can recompute of it. It cannot show that the report is true, only that it was not edited
 * in one place and forgotten in another.
 */

import { momentOf } from '../instant.ts';
import type { Platform } from '../platform.ts';
import { type StreamLeaf, summaryOf, tenantRoot } from '../snapshot/summary.ts';
import type { ChangeGroup } from './changes.ts';
import type { Demand } from './demands.ts';
import type { ContinuityReport, StreamReport, StreamSide, TenantReport } from './report.ts';
import { compareSubjects, LATER_ALLOWED } from './subjects.ts';

type Newer = 'demands' | 'changes' | 'mapping' | 'migration';

/** Of an older report the demands and changes are not known, and there was no migration. */
type Facts = Omit<ContinuityReport, Newer> & Partial<Pick<ContinuityReport, Newer>>;

type SideName = 'baseline' | 'current';

const SIDES: readonly SideName[] = ['baseline', 'current'];

/** By how much two clocks may differ, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;

/** The streams of `tenant` that a side has; undefined if it states some of them without a root. */
function leavesOf({ streams }: TenantReport, side: SideName): readonly StreamLeaf[] | undefined {
  const leaves: StreamLeaf[] = [];
  for (const stream of streams) {
    const own: StreamSide | null = stream[side];
    if (own === null) continue;
    if (own.root === null) return undefined;
    leaves.push({ stream: stream.stream, ordered: stream.ordered, size: own.size, root: own.root, head: own.head });
  }
  return leaves;
}

function recordsOf({ streams }: TenantReport, side: SideName): number {
  return streams.reduce((sum, stream) => sum + (stream[side]?.size ?? 0), 0);
}

function countedOf({ counts }: TenantReport, side: SideName): number {
  return counts.reduce((sum, count) => sum + count[side], 0);
}

function rootOf(tenant: TenantReport, side: SideName): string | null {
  return side === 'baseline' ? tenant.baselineRoot : tenant.currentRoot;
}

function tenantFaults(platform: Platform, tenant: TenantReport, side: SideName): readonly string[] {
  const leaves = leavesOf(tenant, side);
  const stated = rootOf(tenant, side);
  if (leaves === undefined) return [`a stream of the ${side} has no root`];
  if (leaves.length === 0) return stated === null ? [] : [`a tenant of the ${side} has a root and no streams`];
  const faults: string[] = [];
  if (tenantRoot(platform, leaves) !== stated) faults.push(`the streams of a tenant do not give its root (${side})`);
  const counted = countedOf(tenant, side);
  // A baseline may state no counts by type at all; a current side that was read has them.
  const isSilent = counted === 0 && side === 'baseline';
  if (!isSilent && counted !== recordsOf(tenant, side)) {
    faults.push(`the counts by type of a tenant do not add up to the sizes of its streams (${side})`);
  }
  return faults;
}

/** What the streams of a side must add up to: under a migration those of the baseline are what it makes of them. */
function wholeOf(
  { migration, ...report }: Facts,
  side: SideName,
): { readonly records: number; readonly globalRoot: string | null } {
  return side === 'baseline' ? (migration?.expected ?? report.baseline) : report.current;
}

/** What is taken away, and faults that are let pass, are somebody's signed word; what is retired is counted once. */
function migrationFaults({
  migration,
  relation,
  totals,
  baseline,
  findingCounts,
  demands = [],
}: Facts): readonly string[] {
  const { retired = 0 } = totals;
  if (migration === undefined || migration === null) {
    const isSaid = retired > 0 || relation === 'migrated' || Object.hasOwn(findingCounts, 'known-fault');
    return isSaid ? ['it speaks of a migration, and names none'] : [];
  }
  const { expected, stubs, erased, known, signature } = migration;
  if (expected === null) return ['its migration was not applied'];
  const faults: string[] = [];
  if (migration.retired !== retired || expected.records + retired !== baseline.records) {
    faults.push('what its migration has retired does not add up');
  }
  const needsSignature = retired + stubs + erased.records + known.listed > 0;
  if (needsSignature && signature === null) faults.push('its migration takes away what only a signed one may');
  if (!demands.some(({ demand, state }) => demand === 'migration' && state === 'held')) {
    faults.push('its migration is no demand that held');
  }
  return faults;
}

function sideFaults(platform: Platform, report: Facts, side: SideName): readonly string[] {
  const faults = report.tenants.flatMap((tenant) => tenantFaults(platform, tenant, side));
  if (faults.length > 0) return faults;
  const tenants = report.tenants.flatMap((tenant) => {
    const root = rootOf(tenant, side);
    const streams = leavesOf(tenant, side) ?? [];
    if (root === null) return [];
    return [{ tenant: tenant.tenant, records: recordsOf(tenant, side), root, counts: new Map(), streams }];
  });
  const { records, globalRoot } = summaryOf(platform, tenants);
  const whole = wholeOf(report, side);
  if (records !== whole.records) faults.push(`the sizes of the streams do not add up to the records (${side})`);
  if (globalRoot !== whole.globalRoot) faults.push(`the tenants do not give the global root (${side})`);
  return faults;
}

function streamFaults({ ordered, relation, baseline, current, rootAtBaselineSize }: StreamReport): readonly string[] {
  if (baseline === null) return [];
  if (current === null) return ['a stream of the baseline is not in the current side'];
  const isSame = baseline.root === current.root && baseline.head === current.head && baseline.size === current.size;
  const faults: string[] = [];
  if (relation === 'identical' && !isSame) faults.push('a stream is called identical, and is not');
  if (current.size < baseline.size) faults.push('a stream has become shorter');
  if (current.size === baseline.size && !isSame) faults.push('a stream of the same size has another root or head');
  if (ordered && rootAtBaselineSize !== baseline.root) {
    faults.push('a stream does not begin with that of the baseline');
  }
  return faults;
}

/**
 * Whether the current side says that it was captured after the comparison had ended. A comparison passes over that, since the
 * clock of a store may be ahead; who decides by a report cannot distinguish it from one that was edited.
 */
export function isCapturedAfterwards({ current, run }: Pick<Facts, 'current' | 'run'>): boolean {
  const [is, finished] = [momentOf(current.capturedAt), momentOf(run.finishedAt)];
  return is !== undefined && finished !== undefined && is > finished + CLOCK_SKEW_MS;
}

function timeFaults({ baseline, current, run, notChecked }: Facts): readonly string[] {
  const started = momentOf(run.startedAt);
  const finished = momentOf(run.finishedAt);
  const was = momentOf(baseline.capturedAt);
  const is = momentOf(current.capturedAt);
  if (started === undefined || finished === undefined) return ['it does not say when it was made'];
  const faults: string[] = [];
  if (started > finished + CLOCK_SKEW_MS) faults.push('it ended before it began');
  const isSaid = notChecked.includes(LATER_ALLOWED);
  if (was !== undefined && is !== undefined && was > is + CLOCK_SKEW_MS && !isSaid) {
    faults.push('its baseline was captured after its current side');
  }
  return faults;
}

function subjectFaults({ baseline, current, demands = [] }: Facts): readonly string[] {
  if (baseline.subject === null || current.subject === null) return ['a side has no subject'];
  // Whoever names the profile of a side has said how it is to be read.
  if (demands.some(({ demand }) => demand === 'profile')) return [];
  const { findings } = compareSubjects(baseline.subject, current.subject);
  return findings.map(({ kind }) => `the subjects of its sides are ${kind}, which it does not say`);
}

const ON_SIGNATURE: ReadonlySet<string> = new Set(['trusted-key', 'require-signature', 'signature']);

/** What a demand that is said to have held must find in the report. */
function demandFaults({ demands = [], baseline }: Facts): readonly string[] {
  const { signature, subject, sha256, timestamp } = baseline;
  const fits = ({ demand, asked }: Demand): boolean => {
    if (demand === 'expect-digest') return asked.replace(/^sha256:/, '') === sha256;
    if (ON_SIGNATURE.has(demand)) return signature !== null;
    if (demand === 'threshold') return signature !== null && signature.keys.length >= Number(asked);
    if (demand === 'expect-upgrade') return signature?.upgrade === asked;
    if (demand === 'tsa-certificate') return timestamp !== undefined;
    if (demand !== 'expect-subject') return true;
    const at = asked.indexOf('=');
    const value = subject?.[asked.slice(0, at)];
    return (typeof value === 'string' ? value : JSON.stringify(value)) === asked.slice(at + 1);
  };
  return demands
    .filter((one) => one.state === 'held' && !fits(one))
    .map(({ demand }) => `the demand ${demand} is said to have held, and its own facts deny it`);
}

/** A PASS says that every check was made. */
function checkFaults({ checks, baseline, current }: Facts): readonly string[] {
  const faults: string[] = [];
  if (!checks.some(({ done }) => done > 0)) faults.push('it says PASS, and no check was made');
  if (baseline.sha256 !== null && baseline.sha256 === current.sha256 && baseline.globalRoot !== current.globalRoot) {
    faults.push('its sides are the same bytes, and have two roots');
  }
  return faults;
}

/** A record of a group is of one tenant, one type and one day: of none can there be more than there are records. */
function isShared({ count, tenants = [], types = [], days = [] }: ChangeGroup): boolean {
  return [tenants, types, days].every((shares) => {
    const names = new Set(shares.map(({ name }) => name));
    return names.size === shares.length && shares.reduce((all, share) => all + share.count, 0) <= count;
  });
}

/** Every modified record is in one group, or counted beside them. */
export function changeFaults({
  totals,
  changes,
  changesOmitted = 0,
}: Pick<ContinuityReport, 'totals' | 'changes' | 'changesOmitted'>): readonly string[] {
  const sum = changes.reduce((all, { count }) => all + count, changesOmitted);
  if (sum !== totals.modified) return ['the groups of changes do not add up to the modified records'];
  if (changes.every(isShared)) return [];
  return ['the tenants, types or days of a group of changes have more records than the group'];
}

/** What in `report`, which says PASS, denies that; nothing if it agrees with itself. */
export function imbalancesOf(platform: Platform, report: Facts): readonly string[] {
  return [
    ...SIDES.flatMap((side) => sideFaults(platform, report, side)),
    ...report.tenants.flatMap(({ streams }) => streams.flatMap(streamFaults)),
    ...timeFaults(report),
    ...migrationFaults(report),
    ...subjectFaults(report),
    ...demandFaults(report),
    ...checkFaults(report),
  ];
}
