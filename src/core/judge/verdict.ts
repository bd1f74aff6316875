/**
 * What a PASS is made of: the tally, in which every record stands once, what tenants and the whole are, the list of what was
 * checked, and the verdict, drawn from everything that was found and everything that was done. PASS is what is left over last.
 */

import type { ChainSums } from '../custody/chain-tally.ts';
import { compareUtf8 } from '../json/utf8.ts';
import { gravest } from '../kinds.ts';
import type { SideCounts } from '../report/count-by.ts';
import type { Check, Finding, Relation, TypeCount, Unjudged, Verdict } from '../report/report.ts';
import type { SnapshotSummary, TenantSummary } from '../snapshot/summary.ts';
import { counted } from '../words.ts';
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

/** Counts by type. Consecutive tenants often have equal ones: they share one list. */
export class TypeCounts {
  #last: readonly TypeCount[] = [];

  of(was: TenantSummary | undefined, is: TenantSummary | undefined): readonly TypeCount[] {
    const counts = countsOf(was, is);
    if (!isSameCounts(counts, this.#last)) this.#last = counts;
    return this.#last;
  }
}

/** What is found of a side without a record. */
export function emptySideFinding(side: 'baseline' | 'current', label = `${side}: `): Omit<Finding, 'class'> {
  const kind = side === 'baseline' ? 'empty-baseline' : 'empty-current';
  return { kind, message: `${label}there is not one record in it` };
}

/* What only the whole shows: tenants that came or went, counts that fell, roots over tenants and over all. */

type Tenant = TenantSummary | undefined;

/** Judges what is known of tenants, and of all of them, once their streams have been judged. */
export class WholeJudge {
  readonly #findings: Findings;
  readonly #complete: boolean;
  readonly #isPart: boolean;

  /**
   * @param complete - whether both sides were read to their end, and in order
   * @param isPart - whether they are one shard of their wholes: then of tenants and of all nothing can be said
   */
  constructor(findings: Findings, complete: boolean, isPart: boolean) {
    this.#findings = findings;
    this.#complete = complete;
    this.#isPart = isPart;
  }

  /** Says so of a tenant that came or went. */
  nameTenant(tenant: string, was: Tenant, is: Tenant): void {
    if (!this.#complete || this.#isPart) return;
    if (is === undefined && was !== undefined) {
      const message = `the tenant${was.records === 0 ? ' is' : ` and its ${counted(was.records, 'record')} are`} gone`;
      this.#findings.add('both', { kind: 'tenant-missing', tenant, message, baseline: was.root, current: null });
    }
    if (was === undefined && is !== undefined) {
      const message = `new tenant with ${counted(is.records, 'record')}`;
      this.#findings.add('both', { kind: 'tenant-added', tenant, message, baseline: null, current: is.root });
    }
  }

  /**
   * Reports counts that fell and a root that differs, and gives the relation of the tenant.
   *
   * @param ofStreams - the worst relation of its streams
   * @param counts - its records by type
   */
  tenant(tenant: string, was: Tenant, is: Tenant, ofStreams: Relation, counts: readonly TypeCount[]): Relation {
    const canJudge = this.#complete && !this.#isPart;
    if (canJudge && is !== undefined) this.#nameDecreased(tenant, counts);
    const relation = this.#findings.isBroken(tenant) ? 'broken' : ofStreams;
    if (canJudge && relation === 'broken' && was !== undefined && is !== undefined && was.root !== is.root) {
      const message = "the tenant's root differs, and not by growth alone";
      this.#findings.add('both', {
        kind: 'tenant-root-mismatch',
        tenant,
        message,
        baseline: was.root,
        current: is.root,
      });
    }
    return !this.#complete && relation !== 'broken' ? 'unknown' : relation;
  }

  #nameDecreased(tenant: string, counts: readonly TypeCount[]): void {
    for (const { type, baseline, current } of counts) {
      if (current >= baseline) continue;
      const message = `records of type ${JSON.stringify(type)}: ${baseline}, now ${current}`;
      this.#findings.add('both', { kind: 'count-decreased', tenant, message, baseline, current });
    }
  }

  /**
   * Holds what the tenants are against the roots over all of them.
   *
   * @throws RangeError if all are called identical and the roots are not the same
   */
  whole(ofTenants: Relation, was: SnapshotSummary, is: SnapshotSummary): void {
    if (!this.#complete || this.#isPart || was.globalRoot === is.globalRoot) return;
    if (ofTenants === 'identical') {
      throw new RangeError('both sides are called identical, but their global roots differ');
    }
    if (ofTenants !== 'broken') return;
    this.#findings.add('both', {
      kind: 'global-root-mismatch',
      message: 'the root over all tenants differs, and not by growth alone',
      baseline: was.globalRoot,
      current: is.globalRoot,
    });
  }
}

/* What was checked, how often, and what was not: a PASS is worth as much as this list. */

/** How many leaves went into roots that were compared, and how many records had roots that could not be. */
export interface LegacyTally {
  done: number;
  skipped: number;
}

/** What the audit of one side adds up to, as far as a report speaks of it. */
export interface AuditSums {
  readonly records: number;
  readonly bodiesHashed: number;
  /** Its records by the attributes that were named. */
  readonly counted: SideCounts;
  readonly tally: ChainSums;
}

/** One side, as far as its checks go. */
export interface CheckedSide {
  /** Undefined where the side has no records to audit. */
  readonly audit: AuditSums | undefined;
  /** Whether its trailer was compared with what was recomputed. */
  readonly manifestChecked: boolean;
  /** Whether its trailer states roots. */
  readonly rootsStated: boolean;
}

function check(name: string, done: number, skipped = 0, why: Iterable<string> = []): Check {
  return { check: name, done, ...(skipped === 0 ? {} : { skipped, why: [...why].sort().join('; ') }) };
}

/** By what the segments say of themselves, in the order in which they were met. */
function segmentsOf(audits: readonly AuditSums[]): readonly Check[] {
  const sums = new Map<string, { done: number; skipped: number }>();
  for (const { tally } of audits) {
    for (const [label, { done, skipped }] of tally.segments) {
      const sum = sums.get(label) ?? { done: 0, skipped: 0 };
      sums.set(label, { done: sum.done + done, skipped: sum.skipped + skipped });
    }
  }
  // Which one it is stands in `why`, also where none was skipped.
  return [...sums].map(([why, { done, skipped }]) => ({ ...check('hash-segment', done, skipped), why }));
}

const LEGACY_SKIPPED = 'the root could not be recomputed: the findings say why';

/** The list of checks of a comparison. */
export function checksOf(
  sides: readonly CheckedSide[],
  totals: Tally,
  prefixes: { readonly compared: number; readonly unproven: number },
  legacy?: LegacyTally,
): readonly Check[] {
  const audits = sides.flatMap(({ audit }) => (audit === undefined ? [] : [audit]));
  const sum = (of: (audit: AuditSums) => number): number => audits.reduce((total, audit) => total + of(audit), 0);
  const records = sum((audit) => audit.records);
  const bodies = sum((audit) => audit.bodiesHashed);
  const judged = totals.matched + totals.modified + totals.relinked + totals.missing + totals.added + totals.movedOut;
  const unjudged = totals.unjudgedBaseline + totals.unjudgedCurrent;
  const manifests = sides.filter(({ manifestChecked }) => manifestChecked).length;
  const withoutRoots = sides.filter((side) => side.manifestChecked && !side.rootsStated).length;
  const derived = sum((audit) => audit.tally.derived);
  const why = audits.flatMap((audit) => [...audit.tally.why]);
  return [
    check('record-comparison', judged, unjudged, ['the comparison had to stop, or could prove nothing']),
    check('leaf-hash', records),
    check('body-digest', bodies, records - bodies, ['the body is not in the snapshot']),
    check('order', records),
    check(
      'sequence',
      sum((audit) => audit.tally.sequence),
    ),
    check(
      'chain-links',
      sum((audit) => audit.tally.links),
    ),
    check(
      'hash-recipe',
      sum((audit) => audit.tally.recipes),
      sum((audit) => audit.tally.recipesSkipped),
      new Set(why),
    ),
    // Only where a chain has segments: under which the hashes were recomputed, or looked at.
    ...segmentsOf(audits),
    // Only a live source knows them: a report about files has no such line.
    ...(derived === 0 ? [] : [check('derived-hash', derived)]),
    check('history-prefix', prefixes.compared, prefixes.unproven, ['no records to compute the root at that size']),
    check('manifest', manifests, sides.length - manifests, [
      'the side states no totals of its own, or could not be read to its end',
    ]),
    check('manifest-roots', manifests - withoutRoots, withoutRoots, [
      'the trailer states no roots; they were recomputed',
    ]),
    // Only where somebody asked.
    ...(legacy === undefined ? [] : [check('legacy-root', legacy.done, legacy.skipped, [LEGACY_SKIPPED])]),
  ];
}

/* The verdict. */

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
