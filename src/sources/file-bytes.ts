/** The bytes of a regular file: opened once, digested as they are read, and found to be the same file at the end. */
import { createHash, type Hash as Digest } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import type { ByteSource } from './byte-source.ts';

/** Large, because each read wakes another thread, which costs more than the copy. */
const CHUNK_BYTES = 1024 * 1024;

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  if (code === 'ELOOP') return 'it is a link, or leads to itself';
  return `cannot be read (${code ?? (error as Error).message})`;
}

function unreadable(name: string, error: unknown): EvidenceError {
  const advice = 'check the path and its permissions';
  return new EvidenceError('source-incomplete', reasonOf(error), { where: { file: name }, advice, cause: error });
}

function requireRegular(name: string, stats: BigIntStats): void {
  if (stats.isFile()) return;
  const what = stats.isDirectory() ? 'a folder' : 'not a regular file';
  const advice = 'give a snapshot file, or `-` to read a stream from standard input';
  throw new EvidenceError('source-incomplete', `${what}`, { where: { file: name }, advice });
}

/** What tells one state of one file from another. */
function identityOf(stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}

export class FileBytes implements ByteSource {
  readonly name: string;
  readonly #path: string;
  readonly #noFollow: number;
  readonly #digest: Digest = createHash('sha256');
  readonly #chunk: Uint8Array = new Uint8Array(CHUNK_BYTES);
  #file: FileHandle | undefined;
  #opened: BigIntStats | undefined;
  bytesRead = 0;
  #ended = false;
  #fault: unknown;

  /**
   * The file is opened at the first read, following links, as users expect of a file that they name (a mounted
   * ConfigMap is a link).
   *
   * @param options - `path`: where the file lies, if that is not its name; `followLinks`: false for a file that nobody
   *   has named, which must not lead elsewhere
   */
  constructor(name: string, options: { readonly path?: string; readonly followLinks?: boolean } = {}) {
    this.name = name;
    this.#path = options.path ?? name;
    this.#noFollow = options.followLinks === false ? constants.O_NOFOLLOW : 0;
  }

  get bytesTotal(): number | null {
    return this.#opened === undefined ? null : Number(this.#opened.size);
  }

  /** The same for two names of one file; undefined if it was never opened. */
  get identity(): string | undefined {
    return this.#opened === undefined ? undefined : `${this.#opened.dev} ${this.#opened.ino}`;
  }

  async #open(): Promise<FileHandle> {
    let file: FileHandle;
    try {
      // Not blocking: opening a pipe that nobody writes to would wait for ever.
      file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK | this.#noFollow);
    } catch (error) {
      throw unreadable(this.name, error);
    }
    this.#file = file;
    const stats = await file.stat({ bigint: true });
    requireRegular(this.name, stats);
    this.#opened = stats;
    return file;
  }

  async read(): Promise<Uint8Array | undefined> {
    // Whoever asks again after a fault is told the same: reading on could even succeed, on something else.
    if (this.#fault !== undefined) throw this.#fault;
    try {
      return await this.#readChunk();
    } catch (error) {
      this.#fault = error;
      throw error;
    }
  }

  async #readChunk(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    const file = this.#file ?? (await this.#open());
    let length: number;
    try {
      ({ bytesRead: length } = await file.read(this.#chunk, 0, CHUNK_BYTES, this.bytesRead));
    } catch (error) {
      throw unreadable(this.name, error);
    }
    if (length === 0) {
      this.#ended = true;
      await this.#requireUnchanged(file);
      return undefined;
    }
    const bytes = this.#chunk.subarray(0, length);
    this.#digest.update(bytes);
    this.bytesRead += length;
    return bytes;
  }

  /** A file that is cut or appended to while it is read ends without any error from the system. */
  async #requireUnchanged(file: FileHandle): Promise<void> {
    const before = this.#opened;
    const now = await file.stat({ bigint: true });
    if (before !== undefined && identityOf(now) === identityOf(before) && BigInt(this.bytesRead) === now.size) return;
    const reason = `the file changed while it was read (${before?.size} bytes, then ${now.size}; read ${this.bytesRead})`;
    throw new EvidenceError('input-changed', reason, {
      where: { file: this.name },
      advice: 'compare a file that nobody writes to',
    });
  }

  async finish(): Promise<Hash | null> {
    while ((await this.read()) !== undefined);
    return this.#digest.digest('hex');
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}
