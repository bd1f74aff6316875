/** Whether a comparison can be made in parts, as a command line asks for it. */
import { present } from '../../core/present.ts';
import type { ComparisonOptions } from '../../index.ts';
import { UsageError } from '../terminal/exit.ts';
import type { ComparisonRequest } from './comparison.ts';

/** What an option of the library is called here. */
const CALLED = {
  shard: '--shard',
  snapshotId: '--snapshot-id',
  migration: '--migration',
  legacyRoots: '--legacy-root',
  consistencyProof: '--consistency-proof',
  digestIndex: '--digest-index',
  baselineProfile: '--baseline-profile',
  currentProfile: '--current-profile',
} as const;

/**
 * Checks that two sides can be compared in parts, where that is asked for.
 *
 * @throws UsageError if not
 */
export async function checkShareable(
  baseline: string,
  current: string,
  { part, legacyRoots, ...wanted }: ComparisonRequest,
  source: NonNullable<ComparisonOptions['source']>,
): Promise<void> {
  if (part === undefined) return;
  const { shard, snapshotId } = part;
  const { migration, consistencyProof, digestIndex, baselineProfile, currentProfile } = wanted;
  const options = {
    ...present({ snapshotId, migration, consistencyProof, digestIndex, baselineProfile, currentProfile }),
    ...(shard === undefined ? {} : { shard: { index: 0, count: shard.count } }),
    ...(legacyRoots.length === 0 ? {} : { legacyRoots }),
    source,
  };
  const { unshareable } = await import('../../api/compare-shards.ts');
  const why = unshareable(baseline, current, options, (option) => CALLED[option]);
  if (why !== undefined) throw new UsageError(why);
}
