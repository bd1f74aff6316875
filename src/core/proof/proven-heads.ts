/** What consistency proofs say of ordered streams whose records neither side has: their history, if the proof holds. */

import type { StreamHead } from '../audit/side-audit.ts';
import { ProofError, verifyConsistency } from '../merkle/proof.ts';
import type { Hash, Platform } from '../platform.ts';
import { placeKey } from '../snapshot/place-key.ts';
import type { SnapshotSummary, StreamSummary } from '../snapshot/summary.ts';
import type { StreamGrowth } from './growth-proof.ts';

function streamsOf({ tenants }: SnapshotSummary): ReadonlyMap<string, StreamSummary> {
  return new Map(
    tenants.flatMap(({ tenant, streams }) =>
      streams.map((stream) => [placeKey({ tenant, stream: stream.stream }), stream] as const),
    ),
  );
}

/**
 * The heads that the current streams had at the baseline's sizes, as far as `growth` proves them.
 *
 * Roots and sizes are those of the two sides, never those that the proof itself states.
 *
 * @returns by tenant and stream; undefined where there is no proof that holds
 */
export function provenHeads(
  platform: Platform,
  growth: readonly StreamGrowth[],
  baseline: SnapshotSummary,
  current: SnapshotSummary,
): (tenant: string, stream: string) => StreamHead | undefined {
  const paths: ReadonlyMap<string, readonly Hash[]> = new Map(growth.map((one) => [placeKey(one), one.path]));
  const before = streamsOf(baseline);
  const after = streamsOf(current);
  return (tenant, stream) => {
    const key = placeKey({ tenant, stream });
    const [path, was, is] = [paths.get(key), before.get(key), after.get(key)];
    if (path === undefined || was?.ordered !== true || is?.ordered !== true) return undefined;
    // A stream that did not grow is judged by what both sides say of it, its head among that.
    if (was.size === is.size) return undefined;
    try {
      verifyConsistency(platform, { size1: was.size, size2: is.size, root1: was.root, root2: is.root, path });
    } catch (fault) {
      if (fault instanceof ProofError) return undefined;
      throw fault;
    }
    // The records up to there are the same, and so is the hash of the last of them.
    return { root: was.root, head: was.head };
  };
}
