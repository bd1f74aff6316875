/**
 * A folder as it was when it was listed: its names, and the state of the files that are read. Each file is watched while
 * it is read; that none changes while the others are, only a look at the end can show.
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as othersRan } from 'node:timers/promises';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import type { Hash } from '../../core/platform.ts';
import { eachFileUnder } from './file-tree.ts';
import { PathList, type Paths } from './path-list.ts';

/** After so many files others may run. */
const AT_ONCE = 256;

/** The paths of all files of a folder as one digest. */
async function digestOf(folder: string, take: (path: string) => void): Promise<Hash> {
  const digest = createHash('sha256');
  await eachFileUnder(folder, (path) => {
    digest.update(`${path}\0`);
    take(path);
  });
  return digest.digest('hex');
}

function changed(file: string, reason: string, cause?: unknown): EvidenceError {
  return new EvidenceError('input-changed', reason, {
    where: { file },
    advice: 'read a folder that nobody writes to',
    cause,
  });
}

/** What distinguishes one state of a file from another: eight bytes of a digest. When it was last read is none of it. */
function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): bigint {
  // An inode may be any 64 bits, and is so on some file systems.
  const numbers = BigInt64Array.of(dev, ino, size, mtimeNs, ctimeNs);
  return createHash('sha256').update(numbers).digest().readBigUInt64BE();
}

/** The paths that fit, which may be all of them. */
function partOf(all: PathList, fits: (path: string) => boolean): PathList {
  const part = new PathList();
  for (const path of all) if (fits(path)) part.add(path);
  return part.length === all.length ? all : part;
}

export class FolderListing {
  /** The paths of all files. */
  readonly all: Paths;
  readonly #folder: string;
  readonly #names: Hash;
  readonly #read: PathList;
  /** Of each that is read its state and its length, without objects: there may be as many files as records. */
  readonly #states: BigUint64Array;
  readonly #sizes: Float64Array;

  private constructor(folder: string, names: Hash, all: Paths, read: PathList) {
    this.#folder = folder;
    this.#names = names;
    this.all = all;
    this.#read = read;
    this.#states = new BigUint64Array(read.length);
    this.#sizes = new Float64Array(read.length);
  }

  /**
   * To be called before any of the files is opened.
   *
   * @param isRead - whether the content of a file is evidence; of others the names alone must stay
   * @throws EvidenceError `input-changed` for a file that is no longer there, `source-incomplete` as `eachFileUnder`
   */
  static async of(folder: string, isRead: (path: string) => boolean): Promise<FolderListing> {
    const all = new PathList();
    const names = await digestOf(folder, (path) => all.add(path));
    const listing = new FolderListing(folder, names, all, partOf(all, isRead));
    await listing.#look((stats, at) => {
      listing.#states[at] = stateOf(stats);
      listing.#sizes[at] = Number(stats.size);
    });
    return listing;
  }

  /** The paths of those that are read. */
  get read(): Paths {
    return this.#read;
  }

  /** @throws EvidenceError `input-changed` if a file came, went, or is not what it was */
  async requireSame(): Promise<void> {
    await this.#look((stats, at) => {
      if (stateOf(stats) === this.#states[at]) return;
      throw changed(this.#nameOf(at), 'the file changed while the folder was read');
    });
    if ((await digestOf(this.#folder, () => {})) !== this.#names)
      throw changed(this.#folder, 'files came or went while the folder was read');
  }

  /** Length in bytes of the file that is the `at`th of those that are read. */
  sizeOf(at: number): number {
    return this.#sizes[at] ?? 0;
  }

  #nameOf(at: number): string {
    return join(this.#folder, this.#read.at(at) ?? '');
  }

  async #look(take: (stats: BigIntStats, at: number) => void): Promise<void> {
    for (let at = 0; at < this.#read.length; at++) {
      if (at % AT_ONCE === AT_ONCE - 1) await othersRan();
      take(this.#statsOf(at), at);
    }
  }

  #statsOf(at: number): BigIntStats {
    const file = this.#nameOf(at);
    try {
      return lstatSync(file, { bigint: true });
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
