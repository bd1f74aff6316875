/** A small file that one process at a time reads and replaces whole: what a program must remember. */
import { lstat } from 'node:fs/promises';
import { oneName } from './append-only-file.ts';
import { exclusively } from './exclusive-lock.ts';
import { readSmallFile } from './read-small-file.ts';
import { ReportWriteError, writeWhole } from './write-whole-file.ts';

export interface LockedState {
  /** Undefined if there is no such file yet. */
  readonly bytes: Uint8Array | undefined;
  /**
   * Replaces the file: when this returns, it would be found after a power cut as well.
   *
   * @throws EvidenceError `report-write-failed`
   */
  readonly replace: (bytes: Uint8Array) => Promise<void>;
}

async function bytesOf(path: string, name: string, mostBytes: number): Promise<Uint8Array | undefined> {
  const entry = await lstat(name).catch(() => undefined);
  if (entry === undefined) return undefined;
  if (entry.isFile() && entry.nlink > 1) {
    // To replace one name would leave the other one with what was remembered before.
    throw new ReportWriteError(path, 'the file has a second name (a hard link)', 'give a file of its own');
  }
  return (await readSmallFile(name, mostBytes)).bytes;
}

/**
 * Runs `action` on the state `path` while no other process does the same.
 *
 * @param mostBytes - a longer file is refused
 * @throws EvidenceError if the file cannot be read or locked; and what `action` throws
 */
export async function withLockedState<T>(
  path: string,
  mostBytes: number,
  action: (state: LockedState) => Promise<T>,
): Promise<T> {
  const name = await oneName(path);
  return exclusively(`${name}.lock`, async () => {
    const bytes = await bytesOf(path, name, mostBytes);
    return action({ bytes, replace: async (next) => void (await writeWhole(name, next)) });
  });
}
