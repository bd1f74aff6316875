/** The audit report by names. */

import { type AuditReportOptions, auditReportAgainst, auditReportOf } from '../audit-report/make.ts';
import type { AuditReport } from '../audit-report/tally.ts';
import { DemandLedger } from '../core/report/demands.ts';
import { openSource, type SourceOptions, sameInputOf } from './open-source.ts';
import { openTrust, type TrustOptions } from './open-trust.ts';

/**
 * What was recorded in a source since a time, and whether its evidence holds. Each source is read once.
 *
 * @param name - path of a snapshot, `postgres://…`, or `-`
 * @param baseline - from before, likewise; then the report holds the comparison with it
 * @throws TypeError if `since` is no time
 * @throws EvidenceError if a profile cannot be read
 */
export async function auditReport(
  name: string,
  baseline: string | undefined,
  options: AuditReportOptions & { readonly source?: SourceOptions; readonly trust?: TrustOptions },
  demands: DemandLedger = new DemandLedger(),
): Promise<AuditReport> {
  const is = await openSource(name, options.source);
  if (baseline === undefined) return auditReportOf(is.source, options);
  const was = await openSource(baseline, options.source);
  const trust = await openTrust(baseline, options.trust, demands);
  return auditReportAgainst(was.source, is.source, options, { sameInput: sameInputOf(was, is), trust, demands });
}
