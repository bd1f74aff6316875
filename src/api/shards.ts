/** Captures in parts: which part a source can be asked for, and what is made of all of them. */
import { isPostgresUrl } from '../core/database-url.ts';
import { EvidenceError } from '../core/errors.ts';
import { captureSource, type SnapshotCapture } from '../engine/capture.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { FileBytes } from '../sources/bytes.ts';
import { MergedSource } from '../sources/shards/merged-source.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import { type CaptureByNameOptions, readOptions } from './options.ts';
import { requireOwnOutput } from './own-output.ts';
import { listOfNames, MERGE_OPTIONS, type MergeOptions } from './shard-options.ts';

/**
 * @param output - whether a snapshot is written
 * @throws TypeError if what is asked for can be no part of a whole
 */
export function requireShardable(
  name: string,
  output: string | undefined,
  { shard, snapshotId, resume, depth }: CaptureByNameOptions,
): void {
  const isLive = isPostgresUrl(name);
  if (snapshotId !== undefined && !isLive)
    throw new TypeError('snapshotId is about a database, and the source is none');
  if ((shard ?? snapshotId) !== undefined && resume === true) {
    throw new TypeError('resume goes on in a snapshot of another moment: take the shard again in its place');
  }
  if (shard === undefined) return;
  if (isLive && snapshotId === undefined) {
    throw new TypeError('a shard of a database needs a snapshotId: what is read at two moments is no whole');
  }
  if (output === undefined) throw new TypeError('a shard is there to be merged: give output with it');
  if (depth === 'summary') throw new TypeError('shard: a summary has no records that could be merged');
}

/**
 * Joins the shards of one capture, and writes the snapshot that one process would have written: the same bytes.
 *
 * @throws as `merge` of on-demand.ts says
 */
export async function merge(shards: readonly string[], given: MergeOptions): Promise<SnapshotCapture> {
  const options = readOptions<MergeOptions>(given, MERGE_OPTIONS, 'merge');
  const names = listOfNames(shards, 'merge: shards');
  const { output, includeMerkleRoots = false, ...capturing } = options;
  if (output !== undefined) requireOwnOutput('output', output, names);
  const sources = names.map(
    (name) => new SnapshotSource(new FileBytes(name), { platform: nodePlatform, mayBeShard: true }),
  );
  const depth = await depthOf(names[0] ?? '');
  return captureSource(new MergedSource(sources, nodePlatform), output, {
    ...capturing,
    depth,
    roots: includeMerkleRoots,
  });
}

/** As deep as the first shard: another one of another depth is refused. What cannot be read says so when it is. */
async function depthOf(name: string): Promise<'digest' | 'full'> {
  const source = new SnapshotSource(new FileBytes(name), { platform: nodePlatform, mayBeShard: true });
  try {
    return (await source.open()).depth === 'full' ? 'full' : 'digest';
  } catch (fault) {
    if (fault instanceof EvidenceError) return 'digest';
    throw fault;
  } finally {
    await source.close();
  }
}
