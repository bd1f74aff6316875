/**
 * Captures in parts: which part a source can be asked for, what holds a database still for all of them, and what is made of
 * them.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { isPostgresUrl } from '../core/database-url.ts';
import { EvidenceError } from '../core/errors.ts';
import { callback, flag, listOf, type OptionTable, type Reader, wholeNumber } from '../core/options.ts';
import { captureSource, type SnapshotCapture } from '../engine/capture.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { FileBytes } from '../sources/bytes.ts';
import { type HeldSnapshot, heldSnapshotOf } from '../sources/postgres/held-name.ts';
import { MergedSource } from '../sources/shards/merged-source.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import { requireOwnOutput } from './file-words.ts';
import type { SourceOptions } from './open-source.ts';
import {
  AUDIT_OPTIONS,
  abortSignal,
  type CaptureByNameOptions,
  FILE_OPTIONS,
  oneOf,
  READING_OPTIONS,
  readOptions,
  text,
} from './options.ts';
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

/** How shards are joined. */
export interface MergeOptions
  extends Omit<CaptureByNameOptions, 'source' | 'resume' | 'shard' | 'snapshotId' | 'depth' | 'roots'> {
  /** The file to write; without it the shards are joined and audited, and nothing is written. */
  readonly output?: string;
  /** Whether the trailer of the snapshot states the roots, which are recomputed anyway. */
  readonly includeMerkleRoots?: boolean;
}

export const MERGE_OPTIONS = {
  ...READING_OPTIONS,
  container: FILE_OPTIONS.container,
  gzip: FILE_OPTIONS.gzip,
  tool: text,
  output: text,
  includeMerkleRoots: flag,
} satisfies OptionTable<MergeOptions>;

/** Names of files, at least one. */
export const listOfNames: Reader<readonly string[]> = listOf(text);

/** How a snapshot of a database is held. */
export interface HoldOptions {
  readonly source?: SourceOptions;
  /** Ends the holding. */
  readonly signal?: AbortSignal;
  /** Ends it after so many milliseconds. Default: with `signal` alone. */
  readonly holdMs?: number;
  /** Called with the name of the snapshot, once it is held. */
  readonly onHeld: (name: string) => unknown;
}

export const HOLD_OPTIONS = {
  source: AUDIT_OPTIONS.source,
  signal: abortSignal,
  holdMs: wholeNumber(1),
  onHeld: callback,
} satisfies OptionTable<HoldOptions>;

/** How often the session is asked whether it is still there, in milliseconds. */
const CHECK_MS = 5000;

/** @throws as `snapshot` of on-demand.ts says */
export async function snapshot(
  action: 'hold' | 'show',
  name: string,
  given: Partial<HoldOptions>,
): Promise<HeldSnapshot | undefined> {
  oneOf(['hold', 'show'])(action, 'snapshot: the action');
  text(name, 'snapshot: name');
  if (action === 'hold') return hold(name, readOptions<HoldOptions>(given, HOLD_OPTIONS, 'snapshot', ['onHeld']));
  readOptions<object>(given, {}, 'snapshot');
  const held = heldSnapshotOf(name);
  if (held === undefined) throw new TypeError('snapshot: it is no name that `snapshot hold` gives');
  return held;
}

async function hold(url: string, { source = {}, signal, holdMs, onHeld }: HoldOptions): Promise<undefined> {
  if (!isPostgresUrl(url)) throw new TypeError('snapshot: hold needs a database: postgres://…');
  const { holdSnapshot } = await import('../sources/postgres/index.ts');
  const { loadProfile } = await import('./profiles.ts');
  const { profile, schema, records: _, map: __, profileNamed: ___, ...reading } = source;
  const holding = await holdSnapshot(url, { ...reading, profile: await loadProfile(profile, schema) });
  try {
    await onHeld(holding.name);
    const until = holdMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + holdMs;
    for (;;) {
      const left = until - performance.now();
      if (left <= 0 || (await isStopped(Math.min(left, CHECK_MS), signal))) return undefined;
      await holding.check();
    }
  } finally {
    holding.close();
  }
}

/** Whether `signal` comes within that time. */
async function isStopped(withinMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) await wait(withinMs);
  else await wait(withinMs, undefined, { signal }).catch(() => undefined);
  return signal?.aborted === true;
}
