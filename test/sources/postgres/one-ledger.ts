/** What the tests of one ledger share: its plan, its source, and the two ways of looking at it. */
import { type AuditOptions, auditSource, type SnapshotAudit } from '../../../src/engine/audit-run.ts';
import { type CompareOptions, compareSources } from '../../../src/engine/compare.ts';
import type { ContinuityReport } from '../../../src/index.ts';
import type { PostgresOptions } from '../../../src/sources/postgres/connection-url.ts';
import { openPostgres } from '../../../src/sources/postgres/index.ts';
import { PROFILES } from '../../../src/sources/postgres/profiles.ts';
import type { Profile1 } from '../../../src/wire/profile-tables.ts';

export function builtIn(name: string): Profile1 {
  const profile = PROFILES.get(name);
  if (profile === undefined) throw new RangeError(`there is no profile ${name}`);
  return profile;
}

export type HowToRead = Partial<PostgresOptions>;

export function ledgerAt(url: string, how: HowToRead = {}) {
  return openPostgres(url, { profile: builtIn('stella-ledger'), ...how });
}

export function auditLedger(url: string, how: HowToRead = {}, options: AuditOptions = {}): Promise<SnapshotAudit> {
  return auditSource(ledgerAt(url, how), options);
}

export function compareLedgers(
  baseline: string,
  current: string,
  options: CompareOptions = {},
): Promise<ContinuityReport> {
  return compareSources(ledgerAt(baseline), ledgerAt(current), options);
}
