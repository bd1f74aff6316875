/**
 * Opens the two sides of a comparison, so that both have SQL NULL by one rule.
 *
 * Bodies made of columns had JSON null in the place of SQL NULL once; since then a NULL column is left out and named
 * (`nulls: distinct` in the header). A live side is read by the rule of the other side. Of two files with two rules, the
 * records that have a NULL column cannot be compared: that is said, and they are not called changed.
 */
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import type { Side } from './side.ts';

/** A live side is opened last: what the other one says decides how it is read. */
function inOrder(baseline: Side, current: Side): readonly [Side, Side] {
  const isLive = ({ source }: Side): boolean => source.writeNulls !== undefined;
  return isLive(baseline) && !isLive(current) ? [current, baseline] : [baseline, current];
}

/** Whether there may be SQL NULL in its records: it says so, or was made from a database before that was said. */
function mayHaveNulls(header: SnapshotHeader | undefined): boolean {
  return header?.nulls !== undefined || header?.subject['source'] === 'postgres';
}

/**
 * @returns what the records do not show for want of a rule, for the list of what was not checked
 */
export async function openSides(baseline: Side, current: Side): Promise<readonly string[]> {
  const [first, second] = inOrder(baseline, current);
  await first.open();
  if (first.source.writeNulls === undefined && first.header !== undefined) {
    second.source.writeNulls?.(first.header.nulls ?? 'as-null');
  }
  await second.open();
  const [one, other] = [first.header, second.header];
  if (one === undefined || other === undefined) return [];
  if (one.nulls !== other.nulls) (one.nulls === undefined ? second : first).refuseNulls();
  if (one.nulls !== undefined && other.nulls !== undefined) return [];
  if (!mayHaveNulls(one) && !mayHaveNulls(other)) return [];
  return ['whether a column changed between SQL NULL and JSON null: a side was written before they were told apart'];
}
