/** Captures in parts, on the command line: which part, and of which snapshot that somebody holds. */
import { isPostgresUrl } from '../../core/database-url.ts';
import { present } from '../../core/present.ts';
import { MOST_SHARDS, type Shard } from '../../core/snapshot/shard.ts';
import { heldSnapshotOf } from '../../sources/postgres/held-name.ts';
import { UsageError } from '../terminal/exit.ts';
import type { Environment } from '../terminal/session.ts';
import { grouped, type Values, value } from './define.ts';
import { InvalidArgumentError } from './readers.ts';

/** The variable in which an Indexed Job of Kubernetes gives each of its pods its index. */
const INDEX = 'JOB_COMPLETION_INDEX';

/** Which part is asked for. */
export interface ShardRequest {
  /** Undefined where the environment says it. */
  readonly index: number | undefined;
  readonly count: number;
}

function shard(text: string): ShardRequest {
  const [, index = '', count = ''] = /^([0-9]{0,4})\/([1-9][0-9]{0,3})$/.exec(text) ?? [];
  const asked = { index: index === '' ? undefined : Number(index), count: Number(count) };
  if (count === '') throw new InvalidArgumentError(`Give I/N, 0/16 to 15/16; or /16, and I is that of ${INDEX}.`);
  if (asked.count > MOST_SHARDS) throw new InvalidArgumentError(`There are at most ${MOST_SHARDS} shards.`);
  if ((asked.index ?? 0) >= asked.count) throw new InvalidArgumentError('Shards are counted from 0.');
  return asked;
}

function heldName(text: string): string {
  if (heldSnapshotOf(text) !== undefined) return text;
  throw new InvalidArgumentError('It is no name of a snapshot that `snapshot hold` has printed.');
}

const READ_HELD = 'read the snapshot that `snapshot hold` has printed the name of';

export const SHARD_OPTIONS = grouped('One of many readers:', {
  shard: value('<i/n>', `capture one part of n, from 0; /n takes i from ${INDEX}`, shard, {
    page: 'to be [merged](#merge); Kubernetes sets `JOB_COMPLETION_INDEX` in the pods of an Indexed Job',
  }),
  snapshotId: value('<name>', READ_HELD, heldName, {
    page: 'in place of one of this moment: see [snapshot](#snapshot); `--shard` of a database needs it',
  }),
});

export type ShardOptions = Values<typeof SHARD_OPTIONS>;

/** Likewise of a comparison. */
export const COMPARED_SHARD_OPTIONS = grouped('One of many comparisons:', {
  shard: value('<i/n>', `compare one part of n, from 0; /n takes i from ${INDEX}`, shard, {
    page: 'its report is to be [merged](#merge): alone it is INCOMPLETE, exit code 2, or worse',
  }),
  snapshotId: value('<name>', READ_HELD, heldName, {
    page: 'of the side that is a database: then `--shard` needs it',
  }),
});

/** Which part of both sides is compared, as the library takes it. */
export function comparedShardOf(wanted: ShardOptions | undefined, env: Environment) {
  const { shard: asked, snapshotId } = wanted ?? {};
  const part = asked && { index: asked.index ?? indexIn(env, asked.count), count: asked.count };
  return present({ shard: part, snapshotId });
}

/** Which part is captured, and of what, as the library takes it. */
export function shardOf({ shard: asked, snapshotId }: ShardOptions, env: Environment, source: string) {
  const isLive = isPostgresUrl(source);
  if (snapshotId !== undefined && !isLive) throw new UsageError('--snapshot-id is about a database');
  if (asked === undefined) return snapshotId === undefined ? {} : { snapshotId };
  if (isLive && snapshotId === undefined) {
    throw new UsageError('--shard of a database needs --snapshot-id: what is read at two moments is no whole');
  }
  const part: Shard = { index: asked.index ?? indexIn(env, asked.count), count: asked.count };
  return snapshotId === undefined ? { shard: part } : { shard: part, snapshotId };
}

function indexIn(env: Environment, count: number): number {
  const said = env[INDEX];
  if (said === undefined || said === '')
    throw new UsageError(`--shard /${count}: ${INDEX} is not set; give I/${count}`);
  if (!/^[0-9]{1,4}$/.test(said) || Number(said) >= count) {
    throw new UsageError(
      `--shard /${count}: ${INDEX} is ${JSON.stringify(said.slice(0, 32))}, not from 0 to ${count - 1}`,
    );
  }
  return Number(said);
}
