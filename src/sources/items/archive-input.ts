/** An archive of foreign evidence, read as a stream in passes from its beginning; nothing is unpacked to the disk. */
import type { Hash } from '../../core/platform.ts';
import type { ArchiveTree } from '../tree/archive-tree.ts';
import { EntryBytes } from '../tree/entry-bytes.ts';
import { placeIn } from '../tree/tree.ts';
import type { ItemsInput, TakeFile } from './input.ts';
import type { Paths } from './path-list.ts';

export class ArchiveInput implements ItemsInput {
  readonly kind = 'archive';
  readonly bytesTotal = null;
  readonly #tree: ArchiveTree;

  /** @param tree - it is this input's from now on */
  constructor(tree: ArchiveTree) {
    this.#tree = tree;
  }

  get name(): string {
    return this.#tree.name;
  }

  get identity(): string | undefined {
    return this.#tree.identity;
  }

  async list(): Promise<Paths> {
    return (await this.#tree.list()).map(({ path }) => path);
  }

  nameOf(path: string): string {
    return placeIn(this.name, path);
  }

  /** One pass: each file is read where it lies. */
  async read(isWanted: (path: string) => boolean, take: TakeFile): Promise<void> {
    for await (const { path, size, data } of this.#tree.files()) {
      if (isWanted(path)) await take(path, new EntryBytes(this.nameOf(path), size, data()));
    }
  }

  /** Every pass has read the same bytes; this one makes sure that they are still there. */
  finish(): Promise<Hash | null> {
    return this.#tree.finish();
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }
}
