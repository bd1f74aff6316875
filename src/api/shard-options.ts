/** Options of what is made of many parts of a capture, and of what holds still for them. */
import { callback, flag, listOf, type OptionTable, type Reader, text, wholeNumber } from '../core/options.ts';
import type { SourceOptions } from './open-source.ts';
import { AUDIT_OPTIONS, abortSignal, type CaptureByNameOptions, FILE_OPTIONS, READING_OPTIONS } from './options.ts';

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
  /** Told of the name of the snapshot, once it is held. */
  readonly onHeld: (name: string) => unknown;
}

export const HOLD_OPTIONS = {
  source: AUDIT_OPTIONS.source,
  signal: abortSignal,
  holdMs: wholeNumber(1),
  onHeld: callback,
} satisfies OptionTable<HoldOptions>;
