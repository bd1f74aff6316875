/**
 * A folder as it was when it was listed: its names, and the state of the files that are read. Each file is watched while
 * it is read; that none changes while the others are, only a look at the end can tell.
 */
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as othersRan } from 'node:timers/promises';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import type { Hash } from '../../core/platform.ts';
import { filesUnder } from './file-tree.ts';

/** Numbers that tell one state of a file from another. When it was last read is none of them. */
const NUMBERS = 5;
/** Which of them is the length. */
const SIZE = 2;
/** After so many files others may run. */
const AT_ONCE = 256;

function digestOf(paths: readonly string[]): Hash {
  const digest = createHash('sha256');
  for (const path of paths) digest.update(`${path}\0`);
  return digest.digest('hex');
}

function changed(file: string, reason: string, cause?: unknown): EvidenceError {
  return new EvidenceError('input-changed', reason, {
    where: { file },
    advice: 'read a folder that nobody writes to',
    cause,
  });
}

export class FolderListing {
  readonly #folder: string;
  readonly #names: Hash;
  /** Those that are read. */
  readonly #paths: readonly string[];
  /** Of each of them `NUMBERS` numbers, without objects: there may be as many files as records. */
  readonly #states: BigInt64Array;

  private constructor(folder: string, names: Hash, paths: readonly string[]) {
    this.#folder = folder;
    this.#names = names;
    this.#paths = paths;
    this.#states = new BigInt64Array(paths.length * NUMBERS);
  }

  /**
   * To be called before any of the files is opened.
   *
   * @param all - the paths of all files under `folder`, as `filesUnder` gives them
   * @param read - those whose content is evidence; of others the names alone must stay
   * @throws EvidenceError `input-changed` for a file that is no longer there, `source-incomplete`
   */
  static async of(folder: string, all: readonly string[], read: readonly string[]): Promise<FolderListing> {
    const listing = new FolderListing(folder, digestOf(all), read);
    await listing.#look((state, at) => listing.#states.set(state, at * NUMBERS));
    return listing;
  }

  /** @throws EvidenceError `input-changed` if a file came, went, or is not what it was */
  async requireSame(): Promise<void> {
    await this.#look((state, at) => {
      if (state.every((number, of) => number === this.#states[at * NUMBERS + of])) return;
      throw changed(this.#nameOf(at), 'the file changed while the folder was read');
    });
    if (digestOf(await filesUnder(this.#folder)) !== this.#names)
      throw changed(this.#folder, 'files came or went while the folder was read');
  }

  /** Length in bytes of the file that is the `at`th of those that are read. */
  sizeOf(at: number): number {
    return Number(this.#states[at * NUMBERS + SIZE] ?? 0);
  }

  #nameOf(at: number): string {
    return join(this.#folder, this.#paths[at] ?? '');
  }

  async #look(take: (state: readonly bigint[], at: number) => void): Promise<void> {
    for (const at of this.#paths.keys()) {
      if (at % AT_ONCE === AT_ONCE - 1) await othersRan();
      take(this.#stateOf(at), at);
    }
  }

  #stateOf(at: number): readonly bigint[] {
    const file = this.#nameOf(at);
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = lstatSync(file, { bigint: true });
      // An inode may be any 64 bits, and is so on some file systems.
      return [dev, ino, size, mtimeNs, ctimeNs].map((number) => BigInt.asIntN(64, number));
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error)))
        throw changed(file, 'the file went away while the folder was read', error);
      throw new EvidenceError('source-incomplete', `cannot be looked at (${codeOf(error)})`, {
        where: { file },
        advice: 'check its permissions, and the disk',
        cause: error,
      });
    }
  }
}
