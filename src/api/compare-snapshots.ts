/** The main job by names. */
import type { ContinuityReport } from '../core/continuity/report.ts';
import type { ReadSide } from '../core/continuity/report-builder.ts';
import type { TrustOutcome } from '../core/continuity/trust-outcome.ts';
import { auditSource, type SnapshotAudit } from '../engine/audit-source.ts';
import { type CompareOptions, compareSources } from '../engine/compare.ts';
import { openRoots, openSource, sameInputOf } from './open-source.ts';
import type { TrustOptions } from './open-trust.ts';
import {
  AUDIT_OPTIONS,
  type AuditByNameOptions,
  COMPARISON_OPTIONS,
  type ComparisonOptions,
  readOptions,
  text,
} from './options.ts';

function requireSides(baseline: string, current: string, place: string): void {
  text(baseline, `${place}: the baseline`);
  text(current, `${place}: the current side`);
  if (baseline === '-' && current === '-') throw new TypeError('standard input can be one side only');
}

/** Loaded when a comparison is made: importing this package must stay cheap. */
async function trustIn(baseline: string, options?: TrustOptions): Promise<(baseline: ReadSide) => TrustOutcome> {
  const { openTrust } = await import('./open-trust.ts');
  return openTrust(baseline, options);
}

async function withProof({ consistencyProof, ...options }: ComparisonOptions): Promise<CompareOptions> {
  if (consistencyProof === undefined) return options;
  const { growthIn } = await import('./growth-in.ts');
  return { ...options, growth: await growthIn(consistencyProof) };
}

/**
 * Compares two snapshots, a snapshot with a live database, or what standard input gives (`-`) with either.
 *
 * Both are untrusted and streamed: memory does not grow with the number of records.
 *
 * @param baseline - from before: path of a snapshot, `postgres://…`, or `-`
 * @param current - from after, likewise
 * @returns the report. What is missing, malformed or cut off is a finding in it and makes it INCOMPLETE; it is never an
 *   exception
 * @throws TypeError for an option that there is not, or that is not what it must be; if both sides are `-`, or one of
 *   `legacyRoots` names a scheme or a leaf that there is not
 * @throws EvidenceError if a profile or a proof cannot be read
 * @throws RangeError if the program itself is wrong: no verdict may come of it
 */
export async function compareSnapshots(
  baseline: string,
  current: string,
  given: ComparisonOptions = {},
): Promise<ContinuityReport> {
  const options = readOptions<ComparisonOptions>(given, COMPARISON_OPTIONS, 'compareSnapshots');
  requireSides(baseline, current, 'compareSnapshots');
  const was = await openSource(baseline, options.source);
  const is = await openSource(current, options.source);
  const trust = await trustIn(baseline, options.trust);
  const sameInput = sameInputOf(was, is);
  return compareSources(was.source, is.source, await withProof(options), { sameInput, trust });
}

/**
 * Compares a file of roots, as `roots-export` writes it, with a snapshot or a live database.
 *
 * Ordered streams that grew are proven by their roots; where the file states bare tenant or global roots, equal ones
 * prove what is behind them, and other ones prove nothing: the report is INCOMPLETE then.
 *
 * @param roots - path of the file from before, or `-`
 * @param current - from after: path of a snapshot, `postgres://…`, or `-`
 * @throws as `compareSnapshots`
 */
export async function compareWithRoots(
  roots: string,
  current: string,
  given: ComparisonOptions = {},
): Promise<ContinuityReport> {
  const options = readOptions<ComparisonOptions>(given, COMPARISON_OPTIONS, 'compareWithRoots');
  requireSides(roots, current, 'compareWithRoots');
  const was = openRoots(roots);
  const is = await openSource(current, options.source);
  const trust = await trustIn(roots, options.trust);
  const sameInput = sameInputOf(was, is);
  return compareSources(was.source, is.source, await withProof(options), { sameInput, trust });
}

/**
 * Reads one source and recomputes everything in it.
 *
 * @param name - path of the snapshot, `postgres://…`, or `-`
 * @returns counts, roots and every fault that it shows by itself. Soundness says nothing about the past.
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if a profile cannot be read
 * @throws RangeError if the program itself is wrong
 */
export async function auditSnapshot(name: string, given: AuditByNameOptions = {}): Promise<SnapshotAudit> {
  const { source, ...options } = readOptions<AuditByNameOptions>(given, AUDIT_OPTIONS, 'auditSnapshot');
  return auditSource((await openSource(text(name, 'auditSnapshot: name'), source)).source, options);
}
