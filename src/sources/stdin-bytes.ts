/** The bytes of standard input, or of any stream. */
import { createHash, type Hash as Digest } from 'node:crypto';
import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import type { ByteSource } from './byte-source.ts';

export class StdinBytes implements ByteSource {
  readonly name: string = '-';
  readonly bytesTotal: number | null = null;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #digest: Digest = createHash('sha256');
  bytesRead = 0;
  #ended = false;

  constructor(stream: Readable = process.stdin) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** As `FileBytes.identity`, where a file was redirected to standard input. */
  get identity(): string | undefined {
    if (this.#stream !== process.stdin) return undefined;
    const stats = fstatSync(0, { bigint: true });
    return stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    let next: IteratorResult<Uint8Array>;
    try {
      next = await this.#chunks.next();
    } catch (error) {
      const reason = `standard input broke off: ${(error as Error).message}`;
      throw new EvidenceError('source-incomplete', reason, { where: { file: this.name }, cause: error });
    }
    if (next.done === true) {
      this.#ended = true;
      return undefined;
    }
    this.#digest.update(next.value);
    this.bytesRead += next.value.length;
    return next.value;
  }

  /** A stream that was not read to its end has no digest: there is no telling when it would end. */
  async finish(): Promise<Hash | null> {
    return this.#ended ? this.#digest.digest('hex') : null;
  }

  async close(): Promise<void> {
    // Not awaited: a read that waits for bytes would make it wait too.
    this.#stream.destroy();
  }
}
