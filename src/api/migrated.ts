/** What `migrate` answers with, and the comparisons that it makes. */
import type { Unexplained } from '../core/migration/draft.ts';
import { present } from '../core/present.ts';
import type { ContinuityReport, Finding, Verdict } from '../core/report/report.ts';
import { compareSources } from '../engine/compare.ts';
import type { SourceFacts } from '../engine/compare-options.ts';
import type { Expectation } from '../engine/migrate.ts';
import { openSource } from './open-source.ts';
import type { MigrateOptions } from './options.ts';

/** What was found out, or done. */
export interface Migrated {
  /** PASS: what was asked could be said or done. */
  readonly verdict: Verdict;
  /** Of a dry run: whether evidence has to be migrated; null where that cannot be said, or nobody asked. */
  readonly needed: boolean | null;
  /** Why, in one line. */
  readonly because: string;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  /** What the rules of the migration that was given are for. */
  readonly migration: Expectation['did'];
  readonly written: Expectation['written'];
  /** A migration that was drafted: a proposal, which nobody has signed. A number that no double holds is a text here. */
  readonly draft: object | null;
  /** The same as the text of a file, every digit kept. */
  readonly draftText: string | null;
  /** How many of the records that differ the draft explains; null without a draft. */
  readonly explained: { readonly records: number; readonly of: number } | null;
  /** What no rule of the draft explains. */
  readonly unexplained: readonly Unexplained[];
  /** What was not looked at for the draft, for want of memory; null if all was. */
  readonly beyond: string | null;
}

export const NOTHING = {
  findings: [],
  findingCounts: {},
  migration: null,
  written: null,
  draft: null,
  draftText: null,
  explained: null,
  unexplained: [],
  beyond: null,
};

export function unknown(because: string): Migrated {
  return { ...NOTHING, verdict: 'INCOMPLETE', needed: null, because };
}

/** One comparison, its sources opened anew. */
export async function compared(
  baseline: string,
  current: string,
  options: MigrateOptions,
  facts: SourceFacts,
): Promise<ContinuityReport> {
  const { source, signal, onProgress, maxFindings, chainKeys, expectDigest } = options;
  const [was, is] = [await openSource(baseline, source), await openSource(current, source)];
  return compareSources(
    was.source,
    is.source,
    present({ signal, onProgress, maxFindings, chainKeys, expectDigest }),
    facts,
  );
}

export function outcome({
  verdict,
  findings,
  findingCounts,
}: ContinuityReport): Pick<Migrated, 'verdict' | 'findings' | 'findingCounts'> {
  return { verdict, findings, findingCounts };
}

export function grave({ findings }: ContinuityReport): readonly Finding[] {
  return findings.filter(({ class: forced }) => forced === 'FAIL');
}

export function isOld({ alreadyInBaseline }: Finding): boolean {
  return alreadyInBaseline === true;
}
