/** The main job by file names. */
import type { ContinuityReport } from '../core/continuity/report.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from '../engine/audit-source.ts';
import { type CompareOptions, compareSources } from '../engine/compare.ts';
import { openSource } from './open-source.ts';

/**
 * Compares two snapshots, or what standard input gives (`-`) with a snapshot.
 *
 * Both are untrusted and streamed: memory does not grow with the number of records.
 *
 * @param baseline - path of the snapshot from before, or `-`
 * @param current - path of the snapshot from after, or `-`
 * @returns the report. What is missing, malformed or cut off is a finding in it and makes it INCOMPLETE; it is never an
 *   exception
 * @throws TypeError if both are `-`
 * @throws RangeError if the program itself is wrong: no verdict may come of it
 */
export async function compareSnapshots(
  baseline: string,
  current: string,
  options: CompareOptions = {},
): Promise<ContinuityReport> {
  if (baseline === '-' && current === '-') throw new TypeError('standard input can be one side only');
  const was = openSource(baseline);
  const is = openSource(current);
  const sameInput = (): boolean => was.identity() !== undefined && was.identity() === is.identity();
  return compareSources(was.source, is.source, options, { sameInput });
}

/**
 * Reads one snapshot and recomputes everything in it.
 *
 * @param path - path of the snapshot, or `-`
 * @returns counts, roots and every fault that it shows by itself. Soundness says nothing about the past.
 * @throws RangeError if the program itself is wrong
 */
export async function auditSnapshot(path: string, options: AuditOptions = {}): Promise<SnapshotAudit> {
  return auditSource(openSource(path).source, options);
}
