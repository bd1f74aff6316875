/** What was checked, how often, and what was not: a PASS is worth as much as this list. */

import type { SideAudit } from '../audit/side-audit.ts';
import type { Check } from '../report/report.ts';
import type { Tally } from './tally.ts';

/** How many leaves went into roots that were compared, and how many records had roots that could not be. */
export interface LegacyTally {
  done: number;
  skipped: number;
}

/** One side, as far as its checks go. */
export interface CheckedSide {
  /** Undefined where the side has no records to audit. */
  readonly audit: SideAudit | undefined;
  /** Whether its trailer was compared with what was recomputed. */
  readonly manifestChecked: boolean;
  /** Whether its trailer states roots. */
  readonly rootsStated: boolean;
}

function check(name: string, done: number, skipped = 0, why: Iterable<string> = []): Check {
  return { check: name, done, ...(skipped === 0 ? {} : { skipped, why: [...why].sort().join('; ') }) };
}

/** By what the segments say of themselves, in the order in which they were met. */
function segmentsOf(audits: readonly SideAudit[]): readonly Check[] {
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
  const sum = (of: (audit: SideAudit) => number): number => audits.reduce((total, audit) => total + of(audit), 0);
  const records = sum((audit) => audit.records);
  const bodies = sum((audit) => audit.bodiesHashed);
  const judged = totals.matched + totals.modified + totals.relinked + totals.missing + totals.added + totals.movedOut;
  const unjudged = totals.unjudgedBaseline + totals.unjudgedCurrent;
  const manifests = sides.filter(({ manifestChecked }) => manifestChecked).length;
  const withoutRoots = sides.filter((side) => side.manifestChecked && !side.rootsStated).length;
  const derived = sum((audit) => audit.tally.derived);
  const why = audits.flatMap((audit) => [...audit.tally.why]);
  const segments = segmentsOf(audits);
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
    ...segments,
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
