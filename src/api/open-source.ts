/** From what a user names to a source of evidence: the file, or standard input for `-`. */
import { nodePlatform } from '../engine/node-platform.ts';
import { FileBytes } from '../sources/file-bytes.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import { StdinBytes } from '../sources/stdin-bytes.ts';

export interface OpenedSource {
  readonly source: SnapshotSource;
  /** The same for two names of one file, once it has been read. */
  readonly identity: () => string | undefined;
}

/** The source that `name` stands for. Nothing is opened until it is read. */
export function openSource(name: string): OpenedSource {
  const bytes = name === '-' ? new StdinBytes() : new FileBytes(name);
  return {
    source: new SnapshotSource(bytes, { platform: nodePlatform }),
    identity: () => bytes.identity,
  };
}
