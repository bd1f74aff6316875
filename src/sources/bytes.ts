/** Bytes of an input, read once from beginning to end. */

import { Buffer } from 'node:buffer';
import { createHash, type Hash as Digest } from 'node:crypto';
import { type BigIntStats, constants, fstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';

export interface ByteSource {
  readonly name: string;
  /** The next bytes, valid until the next call; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Reads what is left, and makes sure that the input did not change meanwhile. SHA-256 of all bytes as stored. */
  finish(): Promise<Hash | null>;
  close(): Promise<void>;
  /** Bytes as stored, so far and in all. */
  readonly bytesRead: number;
  readonly bytesTotal: number | null;
}

/**
 * All that is left of `bytes`, which fits into memory.
 *
 * @param what - what it is with its article, for the message
 * @throws EvidenceError `input-limit` where there are more than `mostBytes`; or as `bytes` does
 */
export async function wholeOf(bytes: ByteSource, what: string, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = await bytes.read();
    if (chunk === undefined) return Buffer.concat(chunks);
    length += chunk.length;
    if (length > mostBytes) {
      const reason = `${what} is longer than the limit of ${mostBytes} bytes`;
      throw new EvidenceError('input-limit', reason, { where: { file: bytes.name } });
    }
    chunks.push(Buffer.from(chunk));
  }
}

/* The bytes of a regular file: opened once, digested as they are read, and found to be the same file at the end. */

/** Large, because each read wakes another thread, which costs more than the copy. Of a longer file two are held. */
const CHUNK_BYTES = 1024 * 1024;
/** Of a small file less is set aside: there may be a million of them. */
const LEAST_CHUNK_BYTES = 4096;

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  if (code === 'ELOOP') return 'it is a link, or leads to itself';
  return `cannot be read (${code})`;
}

/** What is said of a file that the system does not let be read. */
export function unreadable(name: string, error: unknown): EvidenceError {
  const advice = 'check the path and its permissions';
  return new EvidenceError('source-incomplete', reasonOf(error), { where: { file: name }, advice, cause: error });
}

/** @throws EvidenceError `source-incomplete` */
export function requireRegular(name: string, stats: BigIntStats): void {
  if (stats.isFile()) return;
  const what = stats.isDirectory() ? 'a folder' : 'not a regular file';
  const advice = 'give a snapshot file, or `-` to read a stream from standard input';
  throw new EvidenceError('source-incomplete', `${what}`, { where: { file: name }, advice });
}

/** What distinguishes one state of a file from another. */
function stateOf(stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}

/**
 * A file that is cut or appended to while it is read ends without any error from the system.
 *
 * @param read - bytes that were read up to its end
 * @throws EvidenceError `input-changed`
 */
export function requireSameFile(name: string, before: BigIntStats | undefined, now: BigIntStats, read: number): void {
  if (before !== undefined && stateOf(now) === stateOf(before) && BigInt(read) === now.size) return;
  const reason = `the file changed while it was read (${before?.size} bytes, then ${now.size}; read ${read})`;
  throw new EvidenceError('input-changed', reason, {
    where: { file: name },
    advice: 'compare a file that nobody writes to',
  });
}

export class FileBytes implements ByteSource {
  readonly name: string;
  readonly #path: string;
  readonly #noFollow: number;
  readonly #digest: Digest = createHash('sha256');
  /** What is in use, and what is read into meanwhile; one and the same for a file of one chunk. */
  #chunk: Uint8Array = new Uint8Array(0);
  #nextChunk: Uint8Array = this.#chunk;
  /** How many bytes the next chunk will have, where it is being read already. */
  #ahead: Promise<number> | undefined;
  #file: FileHandle | undefined;
  #opening: Promise<FileHandle> | undefined;
  #closed = false;
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
    // Whoever was told to stop does not wait for what still reads: that must not open the file anew.
    if (this.#closed) throw unreadable(this.name, new Error('closed'));
    let file: FileHandle;
    try {
      // Not blocking: opening a pipe that nobody writes to would wait for ever.
      this.#opening = open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK | this.#noFollow);
      file = await this.#opening;
    } catch (error) {
      throw unreadable(this.name, error);
    }
    this.#file = file;
    const stats = await file.stat({ bigint: true });
    requireRegular(this.name, stats);
    this.#opened = stats;
    this.#chunk = new Uint8Array(Math.max(LEAST_CHUNK_BYTES, Math.min(CHUNK_BYTES, Number(stats.size))));
    this.#nextChunk = stats.size > CHUNK_BYTES ? new Uint8Array(CHUNK_BYTES) : this.#chunk;
    return file;
  }

  async read(): Promise<Uint8Array | undefined> {
    // Whoever asks again after a fault gets the same: reading on could even succeed, on something else.
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
    const length = await (this.#ahead ?? this.#readNext(file));
    this.#ahead = undefined;
    if (length === 0) {
      this.#ended = true;
      await this.#requireUnchanged(file);
      return undefined;
    }
    const bytes = this.#nextChunk.subarray(0, length);
    [this.#chunk, this.#nextChunk] = [this.#nextChunk, this.#chunk];
    this.bytesRead += length;
    if (this.#chunk !== this.#nextChunk) this.#readAhead(file);
    this.#digest.update(bytes);
    return bytes;
  }

  /** Reads on while what was read is digested and used: the disk and the processor need not wait for one another. */
  #readAhead(file: FileHandle): void {
    this.#ahead = this.#readNext(file);
    // A fault is thrown to whoever reads on; nobody may.
    this.#ahead.catch(() => undefined);
  }

  async #readNext(file: FileHandle): Promise<number> {
    try {
      return (await file.read(this.#nextChunk, 0, this.#nextChunk.length, this.bytesRead)).bytesRead;
    } catch (error) {
      throw unreadable(this.name, error);
    }
  }

  async #requireUnchanged(file: FileHandle): Promise<void> {
    requireSameFile(this.name, this.#opened, await file.stat({ bigint: true }), this.bytesRead);
  }

  async finish(): Promise<Hash | null> {
    while ((await this.read()) !== undefined);
    return this.#digest.digest('hex');
  }

  /** Also while it is being opened or read, as by a run that was told to stop. */
  async close(): Promise<void> {
    this.#closed = true;
    const file = await this.#opening?.catch(() => undefined);
    await file?.close();
    this.#file = undefined;
  }
}

/* The bytes of standard input, or of any stream. */

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
