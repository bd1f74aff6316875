/** One file of an archive as bytes that are read once: what reads a file reads it. */
import { createHash, type Hash as Digest } from 'node:crypto';
import type { Hash } from '../../core/platform.ts';
import type { ByteSource } from '../bytes.ts';
import type { ArchiveTree } from './archive-tree.ts';
import { placeIn } from './tree.ts';

export class EntryBytes implements ByteSource {
  readonly name: string;
  readonly bytesTotal: number | null;
  readonly #chunks: AsyncGenerator<Uint8Array>;
  readonly #digest: Digest = createHash('sha256');
  bytesRead = 0;

  /** @param size - length of the file, as the archive states it */
  constructor(tree: ArchiveTree, path: string, size: number) {
    this.name = placeIn(tree.name, path);
    this.bytesTotal = size;
    this.#chunks = tree.stream(path);
  }

  async read(): Promise<Uint8Array | undefined> {
    const next = await this.#chunks.next();
    if (next.done === true) return undefined;
    this.#digest.update(next.value);
    this.bytesRead += next.value.length;
    return next.value;
  }

  /** The end is reached when the archive was read to its own, and was the same. */
  async finish(): Promise<Hash | null> {
    while ((await this.read()) !== undefined);
    return this.#digest.digest('hex');
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }
}
