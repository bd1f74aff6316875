/** What is said of a tenant whose baseline is a bare root that the current side does not have. */

import type { TenantReport } from '../report/report.ts';
import type { SnapshotSummary, TenantSummary } from '../snapshot/summary.ts';
import type { Findings } from './findings.ts';
import { nameCountedGrowth } from './stream-roots.ts';
import { addTally, emptyTally, type Tally, unjudgedOf } from './tally.ts';

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
