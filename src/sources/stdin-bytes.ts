/** The bytes of standard input, or of any stream. */
import { createHash, type Hash as Digest } from 'node:crypto';
import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import type { ByteSource } from './byte-source.ts';

function identityOfStdin(): string | undefined {
  try {
    const { dev, ino } = fstatSync(0, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    // Closed: reading it says so.
    return undefined;
  }
}

export class StdinBytes implements ByteSource {
  readonly name: string = '-';
  readonly bytesTotal: number | null = null;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #identity: string | undefined;
  readonly #digest: Digest = createHash('sha256');
  bytesRead = 0;
  #ended = false;

  constructor(stream: Readable = process.stdin) {
    this.#stream = stream;
    // Asked before anything is read: a stream that has ended may have closed its descriptor.
    this.#identity = stream === process.stdin ? identityOfStdin() : 'a stream';
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** As `FileBytes.identity`: that of the file, the pipe or the device that standard input is. */
  get identity(): string | undefined {
    return this.#identity;
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
