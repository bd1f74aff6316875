/**
 * What a PASS is made of: the tally, in which every record stands once, and the verdict, drawn from everything that was
 * found and everything that was done. PASS is what is left over last.
 */

import { compareUtf8 } from '../json/utf8.ts';
import { gravest } from '../kinds.ts';
import type { Relation, TypeCount, Unjudged, Verdict } from '../report/report.ts';
import type { TenantSummary } from '../snapshot/summary.ts';
import type { Findings } from './findings.ts';

/* The tally: every record that was read is judged in exactly one way, in each stream and so in each tenant and in all. */

export interface Tally {
  matched: number;
  modified: number;
  relinked: number;
  missing: number;
  added: number;
  movedOut: number;
  movedIn: number;
  /** Read but not compared, since the comparison had to stop. */
  unjudgedBaseline: number;
  unjudgedCurrent: number;
}

export function emptyTally(): Tally {
  return {
    matched: 0,
    modified: 0,
    relinked: 0,
    missing: 0,
    added: 0,
    movedOut: 0,
    movedIn: 0,
    unjudgedBaseline: 0,
    unjudgedCurrent: 0,
  };
}

/** What of `tally` was not compared, as a report states it: the member is there only if there are such records. */
export function unjudgedOf({ unjudgedBaseline, unjudgedCurrent }: Readonly<Tally>): { readonly unjudged?: Unjudged } {
  if (unjudgedBaseline + unjudgedCurrent === 0) return {};
  return { unjudged: { baseline: unjudgedBaseline, current: unjudgedCurrent } };
}

/** Adds the entries of `part` to `sum`. */
export function addTally(sum: Tally, part: Readonly<Tally>): void {
  sum.matched += part.matched;
  sum.modified += part.modified;
  sum.relinked += part.relinked;
  sum.missing += part.missing;
  sum.added += part.added;
  sum.movedOut += part.movedOut;
  sum.movedIn += part.movedIn;
  sum.unjudgedBaseline += part.unjudgedBaseline;
  sum.unjudgedCurrent += part.unjudgedCurrent;
}

/**
 * Checks that a tally accounts for all records that were read.
 *
 * @throws RangeError if it does not: then the program is wrong, and no verdict may come of it
 */
export function requireBalance(
  where: string,
  tally: Readonly<Tally>,
  baselineRecords: number,
  currentRecords: number,
): void {
  const both = tally.matched + tally.modified + tally.relinked;
  const baseline = both + tally.movedOut + tally.missing + tally.unjudgedBaseline;
  const current = both + tally.movedIn + tally.added + tally.unjudgedCurrent;
  if (baseline !== baselineRecords || current !== currentRecords) {
    throw new RangeError(
      `the tally of ${where} does not balance: judged ${baseline} and ${current}, read ${baselineRecords} and ${currentRecords}`,
    );
  }
}

const WORST_FIRST: readonly Relation[] = ['broken', 'unknown', 'migrated', 'extended', 'identical'];

/** The relation of a whole of which two parts have these. */
export function worse(a: Relation, b: Relation): Relation {
  return WORST_FIRST.indexOf(a) <= WORST_FIRST.indexOf(b) ? a : b;
}

/* Records of a tenant by type, as its summaries have them. */

/** None where the baseline has records and states no counts: to call them 0 would be wrong. */
function countsOf(was: TenantSummary | undefined, is: TenantSummary | undefined): readonly TypeCount[] {
  if (was !== undefined && was.records > 0 && was.counts.size === 0) return [];
  const types = [...new Set([...(was?.counts.keys() ?? []), ...(is?.counts.keys() ?? [])])].sort(compareUtf8);
  return types.map((type) => ({ type, baseline: was?.counts.get(type) ?? 0, current: is?.counts.get(type) ?? 0 }));
}

function isSameCounts(a: readonly TypeCount[], b: readonly TypeCount[]): boolean {
  const isSame = (one: TypeCount, at: number): boolean =>
    one.type === b[at]?.type && one.baseline === b[at].baseline && one.current === b[at].current;
  return a.length === b.length && a.every(isSame);
}

/** Of tenants one after the other: most have as many records of each type as the one before, and share its list. */
export class TypeCounts {
  #last: readonly TypeCount[] = [];

  of(was: TenantSummary | undefined, is: TenantSummary | undefined): readonly TypeCount[] {
    const counts = countsOf(was, is);
    if (!isSameCounts(counts, this.#last)) this.#last = counts;
    return this.#last;
  }
}

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
  const forced = gravest((verdict) => findings.has(verdict));
  if (forced !== undefined) return forced;
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
