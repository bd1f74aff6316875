/** Comparisons of one shard: what can be shared out, and how a shard of either side is opened. */
import { isPostgresUrl } from '../core/database-url.ts';
import { heldSnapshotOf } from '../sources/postgres/held-name.ts';
import type { InternalSourceOptions } from './open-source.ts';
import type { ComparisonOptions } from './options.ts';

/** What takes both wholes, each with why. */
const NEEDS_THE_WHOLE = {
  migration: 'rules move records from stream to stream, so from shard to shard',
  legacyRoots: 'they are roots over records of the whole',
  consistencyProof: 'it is of both wholes',
  digestIndex: 'it is of the whole baseline',
  baselineProfile: 'what is read by a profile has to be made a snapshot first (import)',
  currentProfile: 'what is read by a profile has to be made a snapshot first (import)',
} satisfies Partial<Record<keyof ComparisonOptions, string>>;

type NeedsTheWhole = keyof typeof NEEDS_THE_WHOLE;

/**
 * Why a comparison cannot be shared out as it is asked for; undefined if it can.
 *
 * @param nameOf - what the caller calls an option
 */
export function unshareable(
  baseline: string,
  current: string,
  options: ComparisonOptions,
  nameOf: (option: NeedsTheWhole | 'shard' | 'snapshotId') => string,
): string | undefined {
  const { shard, snapshotId, source = {} } = options;
  const isLive = [baseline, current].some(isPostgresUrl);
  if (snapshotId !== undefined && !isLive)
    return `${nameOf('snapshotId')} is about a database, and neither side is one`;
  if (snapshotId !== undefined && isPostgresUrl(baseline) && isPostgresUrl(current))
    return `${nameOf('snapshotId')} is of one database: capture one of both sides first`;
  if (shard === undefined) return undefined;
  const asked = nameOf('shard');
  if (isLive && snapshotId === undefined)
    return `${asked} of a database needs ${nameOf('snapshotId')}: what is read at two moments is no whole`;
  if (baseline === '-' || current === '-') return `${asked}: standard input is read once, and has no shards`;
  if (source.records !== undefined || (source.profile !== undefined && !isLive))
    return `${asked}: only snapshots and databases can be shared out: make a snapshot of each side first (import, verify-all --output)`;
  const [needs] = (Object.keys(NEEDS_THE_WHOLE) as NeedsTheWhole[]).filter((name) => options[name] !== undefined);
  return needs === undefined ? undefined : `${nameOf(needs)}: ${NEEDS_THE_WHOLE[needs]}: it cannot be shared out`;
}

/**
 * How one shard of each side is opened.
 *
 * @throws TypeError if what is asked for cannot be shared out
 */
export function openingPart(
  baseline: string,
  current: string,
  options: ComparisonOptions,
): (name: string) => Partial<InternalSourceOptions> {
  const why = unshareable(baseline, current, options, (name) => name);
  if (why !== undefined) throw new TypeError(why);
  const { shard, snapshotId } = options;
  const held = snapshotId === undefined ? undefined : heldSnapshotOf(snapshotId);
  const part = shard === undefined ? {} : { shard };
  return (name) => ({ ...part, ...(held !== undefined && isPostgresUrl(name) ? { held } : {}) });
}
