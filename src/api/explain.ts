/** What changed, alone: of a report that was written, or of two sources, which are compared first. */

import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Mode } from '../core/kinds.ts';
import type { OptionTable } from '../core/options.ts';
import type { Hash } from '../core/platform.ts';
import type { ChangeGroup } from '../core/report/changes.ts';
import type { Relation, Verdict } from '../core/report/report.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { readSmallFile } from '../files/read-small-file.ts';
import {
  CONCENTRATIONS,
  type Concentration,
  type ConcentrationBy,
  concentrationsOf,
} from '../reports/concentration.ts';
import { MOST_REPORT_BYTES, parseContinuityReport } from '../wire/continuity-report.ts';
import { compareSnapshots } from './compare-snapshots.ts';
import type { TrustOptions } from './open-trust.ts';
import { AUDIT_OPTIONS, type AuditByNameOptions, COMPARISON_OPTIONS, oneOf, readOptions, text } from './options.ts';

const BOTH = 'compare again: evidence-diff explain BASELINE CURRENT';
const NO_REPORT: ReadonlySet<string> = new Set(['unsupported-version', 'input-malformed', 'schema-violation']);
const OR_BOTH = 'give the JSON report of a comparison, or both sides: evidence-diff explain BASELINE CURRENT';

/** Reports list findings with their places: the longest of a thousand a kind is far shorter. */

export interface Explained {
  /** Of the comparison: that of a report is what the report says, which nobody has verified here. */
  readonly verdict: Verdict;
  readonly relation: Relation;
  readonly headline: string;
  /** Records that were modified. */
  readonly modified: number;
  /** The rarest first. */
  readonly changes: readonly ChangeGroup[];
  /** Modified records that are in none of the groups. */
  readonly changesOmitted: number;
  /** Where they are concentrated; null where that was not asked. */
  readonly by: ConcentrationBy | null;
  readonly concentrations: readonly Concentration[];
}

type Explainable = Pick<Explained, 'verdict' | 'relation' | 'headline'> & {
  readonly totals: { readonly modified: number };
  readonly changes?: readonly ChangeGroup[];
  readonly changesOmitted?: number;
};

async function readReport(path: string): Promise<Explainable> {
  const where = { file: path };
  try {
    const { bytes } = await readSmallFile(path, MOST_REPORT_BYTES);
    const report = parseContinuityReport(nodePlatform, parseJson(nodePlatform, bytes));
    if (report.changes !== undefined) return report;
    const reason = 'a report from before there were groups of changes';
    throw new EvidenceError('unsupported-version', reason, { advice: BOTH });
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    // What is no report is most often one of two sides.
    const isNone = NO_REPORT.has(fault.kind) && fault.advice !== BOTH;
    throw (isNone ? fault.advising(OR_BOTH) : fault).at(where);
  }
}

/** @throws as `explain` of on-demand.ts says */
export async function explain(
  name: string,
  current: string | undefined,
  given: ExplainOptions = {},
): Promise<Explained> {
  const { by, ...options } = readOptions<ExplainOptions>(given, EXPLAIN_OPTIONS, 'explain');
  text(name, 'explain: the report or baseline');
  const [idle] = current === undefined ? Object.keys(options) : [];
  if (idle !== undefined) throw new TypeError(`explain: ${idle} is for two sources, and a report was given`);
  const report = current === undefined ? await readReport(name) : await compareSnapshots(name, current, options);
  const { verdict, relation, headline, totals, changes = [], changesOmitted = 0 } = report;
  return {
    verdict,
    relation,
    headline,
    modified: totals.modified,
    changes,
    changesOmitted,
    by: by ?? null,
    concentrations: by === undefined ? [] : concentrationsOf(changes, by),
  };
}

/** Where changes are looked for, and how two sources are compared. */
export interface ExplainOptions extends AuditByNameOptions {
  readonly by?: ConcentrationBy;
  readonly mode?: Mode;
  /** SHA-256 that the baseline file must have. */
  readonly expectDigest?: Hash;
  /** What is demanded of the baseline. */
  readonly trust?: TrustOptions;
}

export const EXPLAIN_OPTIONS = {
  ...AUDIT_OPTIONS,
  by: oneOf(CONCENTRATIONS),
  mode: oneOf(['append', 'frozen']),
  expectDigest: COMPARISON_OPTIONS.expectDigest,
  trust: COMPARISON_OPTIONS.trust,
} satisfies OptionTable<ExplainOptions>;
