/**
 * A baseline that states bare roots, set against a current side that was recomputed: where a root is the same, what is
 * behind it is the same, sizes and all, since the leaves under it hold them. Where it is another one, nothing can be
 * said: a store that grew has another root too.
 */
import type { Platform } from '../platform.ts';
import type { FindingValue } from '../report/report.ts';
import { hasBareRoots, type SnapshotSummary, summaryOf, type TenantSummary } from '../snapshot/summary.ts';
import type { Findings } from './findings.ts';

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

/** What `was` comes to, as far as the roots of `is` prove it; what they do not prove keeps its bare root. */
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
