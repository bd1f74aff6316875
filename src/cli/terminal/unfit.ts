/** Why nothing was made of a source that was audited first, in two or three words. */
import { FINDING_KINDS, type FindingKind } from '../../core/kinds.ts';
import type { Verdict } from '../../core/report/report.ts';

/** What was read says nothing of the evidence: it is of another form, it broke off, or it was not to be had. */
const UNREAD: ReadonlySet<FindingKind> = new Set(
  FINDING_KINDS.filter((kind) => /^(input|source)-|^(schema-violation|unsupported-version)$/.test(kind)),
);

/**
 * @param audit - an audit that did not end with PASS
 * @returns what follows the name of the source, e.g. `could not be read`
 */
export function unfitWords({
  verdict,
  findings,
}: {
  readonly verdict: Verdict;
  readonly findings: readonly { readonly kind: FindingKind }[];
}): string {
  if (verdict !== 'INCOMPLETE') return 'is not sound';
  return findings.some(({ kind }) => UNREAD.has(kind)) ? 'could not be read' : 'could not be checked';
}
