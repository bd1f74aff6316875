/** A folder of foreign evidence, read file by file in the order of their paths. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Hash } from '../../core/platform.ts';
import { type ByteSource, FileBytes } from '../bytes.ts';
import { SmallFileBytes } from '../small-file.ts';
import { FolderListing } from './folder-listing.ts';
import type { ItemsInput, TakeFile } from './input.ts';
import type { Paths } from './path-list.ts';

/** A file below this is read at one go. */
const SMALL_BYTES = 256 * 1024;

export class FolderInput implements ItemsInput {
  readonly kind = 'folder';
  readonly name: string;
  readonly bytesTotal = null;
  readonly #isRead: (path: string) => boolean;
  readonly #digest = createHash('sha256');
  /** Small files are read into this, one after another. */
  readonly #room: Buffer = Buffer.allocUnsafeSlow(SMALL_BYTES);
  #listing: FolderListing | undefined;
  #sha256: Hash | null = null;

  /** @param isRead - whether the content of a file is evidence; of others the names alone must stay */
  constructor(name: string, isRead: (path: string) => boolean) {
    this.name = name;
    this.#isRead = isRead;
  }

  async list(): Promise<Paths> {
    this.#listing = await FolderListing.of(this.name, this.#isRead);
    return this.#listing.all;
  }

  nameOf(path: string): string {
    return join(this.name, path);
  }

  /** The digest of a folder is that of what `sha256sum` prints for the files that are read first, which are all. */
  async read(isWanted: (path: string) => boolean, take: TakeFile): Promise<void> {
    const isFirst = this.#sha256 === null;
    let at = -1;
    for (const path of this.#listing?.read ?? []) {
      at++;
      if (!isWanted(path)) continue;
      const sha256 = await take(path, this.#bytesOf(path, at));
      if (isFirst) this.#digest.update(`${sha256}  ${path}\n`);
    }
    this.#sha256 ??= this.#digest.digest('hex');
  }

  /** A file that is no longer as long as it was is another one, which the listing finds; if it grew, reading it does. */
  #bytesOf(path: string, at: number): ByteSource {
    const name = this.nameOf(path);
    const size = this.#listing?.sizeOf(at) ?? SMALL_BYTES;
    return size < SMALL_BYTES ? new SmallFileBytes(name, this.#room) : new FileBytes(name, { followLinks: false });
  }

  async finish(): Promise<Hash | null> {
    await this.#listing?.requireSame();
    return this.#sha256;
  }

  async close(): Promise<void> {}
}
