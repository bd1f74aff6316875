/** One file of an archive as bytes that are read once: what reads a file reads it. */
import { createHash, type Hash as Digest } from 'node:crypto';
import type { Hash } from '../../core/platform.ts';
import type { ByteSource } from '../bytes.ts';

export class EntryBytes implements ByteSource {
  readonly name: string;
  readonly bytesTotal: number | null;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #digest: Digest = createHash('sha256');
  bytesRead = 0;

  /**
   * @param name - of the archive and the file
   * @param size - length of the file, as the archive states it
   * @param chunks - its bytes; they say what is wrong with them
   */
  constructor(name: string, size: number, chunks: AsyncIterable<Uint8Array>) {
    this.name = name;
    this.bytesTotal = size;
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async read(): Promise<Uint8Array | undefined> {
    const next = await this.#chunks.next();
    if (next.done === true) return undefined;
    this.#digest.update(next.value);
    this.bytesRead += next.value.length;
    return next.value;
  }

  async finish(): Promise<Hash | null> {
    while ((await this.read()) !== undefined);
    return this.#digest.digest('hex');
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
