/**
 * Decompresses gzip (RFC 1952) and hides nothing: Node's own stream ends without a word at a zero byte between two
 * members, dropping all that follows. Here every byte must have been consumed.
 */
import { createGunzip, type Gunzip } from 'node:zlib';
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { ByteSource } from './bytes.ts';

/** Deflate reaches 1032 to 1. Evidence is full of hashes, which do not shrink: 200 is far from any honest snapshot. */
const MOST_TIMES_SMALLER = 200;
const SUSPICIOUS_FROM_BYTES = 64 * 1024 * 1024;
const OUTPUT_CHUNK_BYTES = 128 * 1024;

/** In place of a count: the source has no more. */
const ALL_FED = -1;

/** Whether `bytes` begin as a gzip member does. */
export function beginsGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Reads decompressed bytes from a source of compressed ones. */
export class GunzipReader {
  readonly #source: ByteSource;
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES });
  #fed = 0;
  #produced = 0;
  #idle = true;
  #ended = false;
  #fault: Error | undefined;
  #wake: () => void = () => {};

  constructor(source: ByteSource) {
    this.#source = source;
    const wake = (): void => this.#wake();
    this.#gunzip.on('readable', wake);
    this.#gunzip.on('end', () => {
      this.#ended = true;
      wake();
    });
    this.#gunzip.on('error', (error: Error) => {
      this.#fault = error;
      wake();
    });
  }

  /** The next bytes; undefined at the end of the last member. `first` are compressed bytes read already. */
  async read(first?: Uint8Array): Promise<Uint8Array | undefined> {
    if (first !== undefined) this.#feed(first);
    for (;;) {
      if (this.#fault !== undefined) throw this.#refusal(this.#fault);
      const bytes = this.#gunzip.read() as Uint8Array | null;
      if (bytes !== null) return this.#counted(bytes);
      if (!this.#idle) await this.#somethingHappens();
      else if (this.#fed !== ALL_FED) await this.#feedNext();
      else if (this.#ended) return undefined;
      else await this.#somethingHappens();
    }
  }

  async #feedNext(): Promise<void> {
    this.#requireAllConsumed();
    const compressed = await this.#source.read();
    if (compressed !== undefined) this.#feed(compressed);
    else if (this.#ended) this.#fed = ALL_FED;
    else {
      this.#fed = ALL_FED;
      this.#gunzip.end();
    }
  }

  #feed(compressed: Uint8Array): void {
    this.#idle = false;
    this.#fed += compressed.length;
    // Copied: the source fills its buffer anew while zlib still works on this.
    this.#gunzip.write(Uint8Array.from(compressed), () => {
      this.#idle = true;
      this.#wake();
    });
  }

  #somethingHappens(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #requireAllConsumed(): void {
    if (this.#gunzip.bytesWritten === this.#fed) return;
    const where = { file: this.#source.name, byteOffset: this.#gunzip.bytesWritten };
    throw new EvidenceError('input-malformed', 'data after the last gzip member', { where });
  }

  #counted(bytes: Uint8Array): Uint8Array {
    this.#produced += bytes.length;
    const most = MOST_TIMES_SMALLER * this.#source.bytesRead;
    if (this.#produced > SUSPICIOUS_FROM_BYTES && this.#produced > most) {
      const reason = `the file unpacks to more than ${MOST_TIMES_SMALLER} times its size`;
      throw new EvidenceError('input-limit', reason, {
        where: { file: this.#source.name },
        advice: 'unpack it yourself if it is honest',
      });
    }
    return bytes;
  }

  #refusal(error: Error): EvidenceError {
    const isTruncated = codeOf(error) === 'Z_BUF_ERROR';
    const kind = isTruncated ? 'input-truncated' : 'input-malformed';
    const where = { file: this.#source.name, byteOffset: this.#gunzip.bytesWritten };
    return new EvidenceError(kind, `gzip: ${error.message}`, { where, cause: error });
  }

  close(): void {
    this.#gunzip.destroy();
  }
}

/** Gives unpacked bytes; undefined at their end. */
export interface Unpacker {
  read(): Promise<Uint8Array | undefined>;
  close(): void;
}

/** What unpacks bytes that begin so; undefined for what is not packed in its way. */
type UnpackerOf = (bytes: ByteSource, first: Uint8Array) => Promise<Unpacker | undefined>;

/** As many bytes as it takes to know what is packed from text. */
const MAGIC_BYTES = 4;

/** The bytes of an input, unpacked if they are packed. */
export class UnpackedBytes {
  readonly #bytes: ByteSource;
  readonly #otherwise: UnpackerOf | undefined;
  #unpacker: Unpacker | undefined;
  #began = false;

  /**
   * @param bytes - the input; it is this one's from now on
   * @param otherwise - what unpacks what is not packed by gzip
   */
  constructor(bytes: ByteSource, otherwise?: UnpackerOf) {
    this.#bytes = bytes;
    this.#otherwise = otherwise;
  }

  /** Whether what is read is not what is stored; known from the first bytes on. */
  get isPacked(): boolean {
    return this.#unpacker !== undefined;
  }

  /** The next bytes, valid until the next call; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#began) return this.#unpacker === undefined ? this.#bytes.read() : this.#unpacker.read();
    this.#began = true;
    const first = await this.#firstBytes();
    if (first === undefined) return undefined;
    if (!beginsGzip(first)) {
      this.#unpacker = await this.#otherwise?.(this.#bytes, first);
      return this.#unpacker === undefined ? first : this.#unpacker.read();
    }
    const gunzip = new GunzipReader(this.#bytes);
    this.#unpacker = { read: () => gunzip.read(), close: () => gunzip.close() };
    return gunzip.read(first);
  }

  async #firstBytes(): Promise<Uint8Array | undefined> {
    let first = await this.#bytes.read();
    while (first !== undefined && first.length < MAGIC_BYTES) {
      // Copied: the source fills its buffer anew.
      const held = Uint8Array.from(first);
      const more = await this.#bytes.read();
      if (more === undefined) return held;
      first = Uint8Array.from([...held, ...more]);
    }
    return first;
  }

  async close(): Promise<void> {
    this.#unpacker?.close();
    await this.#bytes.close();
  }
}
