/** Which part of a capture, and of which snapshot that somebody holds: options of a program, read. */
import { nested, type OptionTable, type Reader, textLike, wholeNumber } from '../core/options.ts';
import { MOST_SHARDS, type Shard } from '../core/snapshot/shard.ts';
import { heldSnapshotOf } from '../sources/postgres/held-name.ts';

const shardIndex: OptionTable<Shard> = { index: wholeNumber(0), count: wholeNumber(1) };

const shard: Reader<Shard> = (value, place) => {
  const read = nested<Shard>(shardIndex, ['index', 'count'])(value, place);
  if (read.index < read.count && read.count <= MOST_SHARDS) return read;
  throw new TypeError(`${place}: the index is from 0 to count - 1, and count at most ${MOST_SHARDS}`);
};

const heldName = textLike((value) => heldSnapshotOf(value) !== undefined, 'the name that `snapshot hold` has given');

export interface PartOptions {
  /** The part that is captured: streams by the hash of their names; of a database it needs `snapshotId`. */
  readonly shard?: Shard;
  /** What `snapshot hold` has given: the snapshot that is read, in place of one of this moment. Databases only. */
  readonly snapshotId?: string;
}

export const PART_OPTIONS = { shard, snapshotId: heldName } satisfies OptionTable<PartOptions>;
