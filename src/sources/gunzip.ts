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

/** What zlib says of bytes that begin no member. The first two of the input do: these stand behind one. */
const NO_MEMBER = 'incorrect header check';
const FIRST_OF_MEMBER = 0x1f;

/** Whether `bytes` begin as a gzip member does. */
export function beginsGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Reads decompressed bytes from a source of compressed ones. */
export class GunzipReader {
  readonly #source: ByteSource;
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES });
  #fed = 0;
  /** The last compressed byte that there is; known at the end. */
  #last = 0;
  #probed = false;
  #allFed = false;
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
      else if (!this.#allFed) await this.#feedNext();
      else if (this.#ended) return undefined;
      else await this.#somethingHappens();
    }
  }

  async #feedNext(): Promise<void> {
    if (this.#probed) {
      // It may be the very byte that a cut member wants: whoever took it was not at its end.
      if (this.#gunzip.bytesWritten !== this.#fed) throw this.#cut();
      this.#allFed = true;
      this.#gunzip.end();
      return;
    }
    this.#requireAllConsumed();
    const compressed = await this.#source.read();
    if (compressed !== undefined) this.#feed(compressed);
    else if (this.#ended) this.#allFed = true;
    else this.#probe();
  }

  /**
   * Behind all that there is, one zero byte more. At the end of a member zlib leaves it where it is; elsewhere it takes it,
   * and the input is cut. One byte of anything behind a member waits for a second one, to be the begin of another member:
   * with this it is refused for what it is.
   */
  #probe(): void {
    this.#probed = true;
    this.#write(Uint8Array.of(0));
  }

  #feed(compressed: Uint8Array): void {
    this.#fed += compressed.length;
    this.#last = compressed.at(-1) ?? this.#last;
    // Copied: the source fills its buffer anew while zlib still works on this.
    this.#write(Uint8Array.from(compressed));
  }

  #write(compressed: Uint8Array): void {
    this.#idle = false;
    this.#gunzip.write(compressed, () => {
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
    throw this.#behind(this.#gunzip.bytesWritten);
  }

  #behind(byteOffset: number, cause?: Error): EvidenceError {
    const where = { file: this.#source.name, byteOffset };
    return new EvidenceError('input-malformed', 'data after the last gzip member', { where, cause });
  }

  #counted(bytes: Uint8Array): Uint8Array {
    // All that is there was taken before the probe: this is what the probe would unpack to.
    if (this.#probed) throw this.#cut();
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

  #cut(cause?: Error): EvidenceError {
    const where = { file: this.#source.name, byteOffset: this.#fed };
    return new EvidenceError('input-truncated', 'gzip: unexpected end of file', { where, cause });
  }

  #refusal(error: Error): EvidenceError {
    const file = this.#source.name;
    const isNoMember = error.message === NO_MEMBER;
    // The begin of a member that was cut after its first byte cannot be distinguished from a byte of anything: it is cut.
    if (this.#probed && isNoMember && this.#last !== FIRST_OF_MEMBER) return this.#behind(this.#fed - 1, error);
    if (this.#probed || codeOf(error) === 'Z_BUF_ERROR') return this.#cut(error);
    // zlib says where it has come to in whole pieces; a byte before them may have waited for its second one.
    const place = `between byte ${Math.max(0, this.#gunzip.bytesWritten - 1)} and byte ${this.#fed}`;
    const reason = isNoMember ? 'data after a gzip member' : `gzip: ${error.message}`;
    return new EvidenceError('input-malformed', `${reason}, ${place}`, { where: { file }, cause: error });
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
