/** The verdict, drawn from everything that was found and everything that was done. PASS is what is left over last. */

import type { Relation, Verdict } from '../report/report.ts';
import type { Findings } from './findings.ts';

/** What must be true for a PASS besides the absence of findings. */
export interface Completeness {
  /** Both sides were read to their end. */
  readonly complete: boolean;
  readonly baselineRecords: number;
  readonly currentRecords: number;
  /** Records that were read and not compared. */
  readonly unjudged: number;
  readonly relation: Relation;
  /** Whether a migration was declared: without one nothing is continuous under it. */
  readonly migration?: boolean;
}

/**
 * Precedence: UNTRUSTED, FAIL, INCOMPLETE, PASS.
 *
 * @throws RangeError if nothing was found and yet something was not done: then a finding is missing, and the program wrong
 */
export function verdictOf(findings: Findings, done: Completeness): Verdict {
  if (findings.has('UNTRUSTED')) return 'UNTRUSTED';
  if (findings.has('FAIL')) return 'FAIL';
  if (findings.has('INCOMPLETE')) return 'INCOMPLETE';
  const everythingDone =
    done.complete &&
    done.baselineRecords > 0 &&
    done.currentRecords > 0 &&
    done.unjudged === 0 &&
    (done.relation === 'identical' ||
      done.relation === 'extended' ||
      (done.relation === 'migrated' && done.migration === true));
  if (!everythingDone) throw new RangeError('the comparison is not complete, but no finding says so');
  return 'PASS';
}
