/** The comparisons, one function a verb. */
import type { ContinuityReport } from '../core/report/report.ts';
import { compareSnapshots, compareWithRoots } from './compare-snapshots.ts';
import type { ComparisonOptions } from './options.ts';

/**
 * Compares two snapshots, a snapshot with a live database, or what standard input gives (`-`) with either.
 *
 * Both are untrusted and streamed: memory does not grow with the number of records.
 *
 * @param baseline - from before: path of a snapshot or a bundle, `postgres://…`, or `-`
 * @param current - from after, likewise
 * @returns the report. What is missing, malformed or cut off is a finding in it and makes it INCOMPLETE; it is never an
 *   exception
 * @throws TypeError for an option that there is not, or that is not what it must be; if both sides are `-`, or one of
 *   `legacyRoots` names a scheme or a leaf that there is not
 * @throws EvidenceError if a profile cannot be read
 * @throws RangeError if the program itself is wrong: no verdict may come of it
 */
export async function compare(
  baseline: string,
  current: string,
  options: ComparisonOptions = {},
): Promise<ContinuityReport> {
  return compareSnapshots(baseline, current, options, undefined, 'compare');
}

/**
 * The comparison of a baseline with what is there now: `compare`, by the name of its verb.
 *
 * @param baseline - from before: path of a snapshot or a bundle, `postgres://…`, or `-`
 * @param source - what is there now, likewise
 * @throws as `compare`
 */
export async function verifyContinuity(
  baseline: string,
  source: string,
  options: ComparisonOptions = {},
): Promise<ContinuityReport> {
  return compareSnapshots(baseline, source, options, undefined, 'verifyContinuity');
}

/**
 * Compares a file of roots, as `roots-export` writes it, with a snapshot or a live database.
 *
 * Ordered streams that grew are proven by their roots; where the file states bare tenant or global roots, equal ones
 * prove what is behind them, and other ones prove nothing: the report is INCOMPLETE then.
 *
 * @param roots - path of the file from before, or `-`
 * @param source - what is there now: path of a snapshot or a bundle, `postgres://…`, or `-`
 * @throws as `compare`
 */
export async function verifyRoots(
  roots: string,
  source: string,
  options: ComparisonOptions = {},
): Promise<ContinuityReport> {
  return compareWithRoots(roots, source, options, undefined, 'verifyRoots');
}
