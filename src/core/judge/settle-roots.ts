/**
 * A baseline that states bare roots, set against a current side that was recomputed: where a root is the same, what is
 * behind it is the same, sizes and all, since the leaves under it hold them. Where it is another one, nothing can be
 * said: a store that grew has another root too.
 */
import type { Platform } from '../platform.ts';
import type { FindingValue } from '../report/changes.ts';
import type { TenantReport } from '../report/report.ts';
import { hasBareRoots, type SnapshotSummary, summaryOf, type TenantSummary } from '../snapshot/summary.ts';
import type { Findings } from './findings.ts';
import { nameCountedGrowth } from './stream-roots.ts';
import { addTally, emptyTally, type Tally, unjudgedOf } from './tally.ts';

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
  contradicts(findings, was.tenant, `states ${was.records} records, its root stands for ${is}`, was.records);
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
  const message = `${was} records, now ${is}`;
  findings.add('both', { kind: 'count-decreased', ...place, message, baseline: was, current: is });
}

/** The tenant's report; its records are judged in no way, or missing with the tenant. */
export function judgeBareTenant(
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
export function judgeBareWhole(findings: Findings, totals: Tally, was: SnapshotSummary, is: SnapshotSummary): void {
  totals.unjudgedBaseline += was.records;
  const message = `the global root is another one, and it alone cannot tell loss from growth: ${ADVICE}`;
  findings.add('both', { kind: 'proof-unavailable', message, baseline: was.globalRoot, current: is.globalRoot });
  nameDecrease(findings, undefined, was.records, is.records);
  if (was.records > 0) nameCountedGrowth(findings, {}, was.records, is.records);
}
