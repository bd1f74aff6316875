/**
 * Reads tar archives (POSIX.1-2017 pax and ustar, and GNU's long names) as a stream, and hides nothing: packages for tar
 * end without a word at the first empty block, dropping all that follows. Here an archive ends with two of them and
 * nothing behind; what no two readers take for the same file is refused.
 */
import { EvidenceError } from '../../core/errors.ts';
import { TAR_BLOCK, tarChecksumHolds, tarField, tarNumber } from './magic.ts';
import { nameOf, refuseEntry } from './path-check.ts';
import { placeIn } from './tree.ts';

const BLOCK = TAR_BLOCK;
/** Longest pax header or long name. */
const MOST_META_BYTES = 1024 * 1024;

/** What an entry is, where it is neither file nor folder. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a device'],
  ['4', 'a device'],
  ['6', 'a pipe'],
  ['S', 'a sparse file'],
]);

export interface TarEntry {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly size: number;
}

/** What a pax header or a long name says of the entry behind it. */
interface Meta {
  path?: string;
  size?: number;
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

export class TarReader {
  readonly #name: string;
  readonly #read: () => Promise<Uint8Array | undefined>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes taken so far, for messages. */
  #offset = 0;
  #path = '';
  /** What is left of the entry at hand, and of the padding behind it. */
  #left = 0;
  #padding = 0;

  /**
   * @param name - of the archive, for messages
   * @param read - the next bytes of the unpacked archive, undefined at its end; they hold until the next call
   */
  constructor(name: string, read: () => Promise<Uint8Array | undefined>) {
    this.#name = name;
    this.#read = read;
  }

  #refuse(kind: 'input-malformed' | 'input-truncated' | 'input-limit', reason: string, path?: string): never {
    const file = path === undefined ? this.#name : placeIn(this.#name, path);
    throw new EvidenceError(kind, reason, {
      where: { file, byteOffset: this.#offset },
      advice: 'make the archive again, or take another copy of it',
    });
  }

  /** Up to `most` bytes; undefined at the end of the archive. */
  async #some(most: number): Promise<Uint8Array | undefined> {
    while (this.#at === this.#chunk.length) {
      const chunk = await this.#read();
      if (chunk === undefined) return undefined;
      this.#chunk = chunk;
      this.#at = 0;
    }
    const bytes = this.#chunk.subarray(this.#at, Math.min(this.#at + most, this.#chunk.length));
    this.#at += bytes.length;
    this.#offset += bytes.length;
    return bytes;
  }

  /** Exactly `length` bytes of its own; undefined if the archive ends before the first. */
  async #exactly(length: number, what: string): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const some = await this.#some(length - at);
      if (some === undefined) {
        if (at === 0) return undefined;
        return this.#refuse('input-truncated', `the archive ends within ${what}`);
      }
      bytes.set(some, at);
      at += some.length;
    }
    return bytes;
  }

  /**
   * The next file or folder; what is left of the one before is skipped. Undefined at the end, behind which there is
   * nothing.
   *
   * @throws EvidenceError `input-malformed`, `input-truncated` or `input-limit`
   */
  async next(): Promise<TarEntry | undefined> {
    while ((await this.data()) !== undefined);
    const meta: Meta = {};
    for (;;) {
      const block = await this.#exactly(BLOCK, 'a header');
      if (block === undefined) return this.#refuse('input-truncated', 'the archive ends without its two empty blocks');
      if (isZero(block)) return this.#requireEnd(meta);
      if (!tarChecksumHolds(block)) this.#refuse('input-malformed', 'the checksum of a header does not hold');
      const size = tarNumber(block, 124, 12);
      if (size === undefined) return this.#refuse('input-malformed', 'a header states no size');
      const type = String.fromCharCode(block[156] ?? 0);
      if (!(await this.#takeMeta(type, size, meta))) return this.#entry(block, type, size, meta);
    }
  }

  #entry(block: Uint8Array, type: string, statedSize: number, meta: Meta): TarEntry {
    const path = meta.path ?? this.#plainPath(block);
    const size = meta.size ?? statedSize;
    const other = OTHERS.get(type);
    if (other !== undefined) refuseEntry(this.#name, path, `is ${other}: only files and folders are read`);
    const isFile = type === '0' || type === '\0' || type === '7';
    if (!isFile && type !== '5') refuseEntry(this.#name, path, `is an entry of a type that is not known (${type})`);
    // Before there was a type for folders, a file whose name ends in a slash was one.
    if (type === '5' || path.endsWith('/')) {
      if (size !== 0) refuseEntry(this.#name, path, 'is a folder with content');
      return { kind: 'folder', path, size: 0 };
    }
    this.#path = path;
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    return { kind: 'file', path, size };
  }

  #plainPath(block: Uint8Array): string {
    const name = nameOf(this.#name, tarField(block, 0, 100));
    const isUstar = ascii(block.subarray(257, 263)) === 'ustar\0';
    const prefix = isUstar ? nameOf(this.#name, tarField(block, 345, 155)) : '';
    return prefix === '' ? name : `${prefix}/${name}`;
  }

  /** Takes what is no entry but says something of the next one; false if `type` is no such thing. */
  async #takeMeta(type: string, size: number, meta: Meta): Promise<boolean> {
    if (!['x', 'g', 'L', 'K'].includes(type)) return false;
    if (size > MOST_META_BYTES) this.#refuse('input-limit', 'a header in front of an entry is longer than 1 MiB');
    const bytes = await this.#exactly(size, 'a header');
    await this.#exactly((BLOCK - (size % BLOCK)) % BLOCK, 'a header');
    if (bytes === undefined) return this.#refuse('input-truncated', 'the archive ends within a header');
    if (type === 'L') this.#setPath(meta, nameOf(this.#name, tarField(bytes, 0, size)));
    if (type === 'x' || type === 'g') this.#takePax(bytes, meta, type === 'g');
    return true;
  }

  #setPath(meta: Meta, path: string): void {
    if (meta.path !== undefined) refuseEntry(this.#name, path, `an entry has two names, the other is ${meta.path}`);
    meta.path = path;
  }

  /** Records of pax: `LENGTH NAME=VALUE\n`, the length counting itself. */
  #takePax(bytes: Uint8Array, meta: Meta, isGlobal: boolean): void {
    for (let at = 0; at < bytes.length; ) {
      const space = bytes.indexOf(0x20, at);
      const length = Number(ascii(bytes.subarray(at, space < 0 ? at : space)));
      const end = at + length;
      if (!(length > 0) || end > bytes.length || bytes[end - 1] !== 0x0a)
        this.#refuse('input-malformed', 'a pax header is not of its form');
      const equals = bytes.indexOf(0x3d, space);
      if (equals < 0 || equals >= end) this.#refuse('input-malformed', 'a pax header is not of its form');
      const name = ascii(bytes.subarray(space + 1, equals));
      this.#takeRecord(name, bytes.subarray(equals + 1, end - 1), meta, isGlobal);
      at = end;
    }
  }

  #takeRecord(name: string, value: Uint8Array, meta: Meta, isGlobal: boolean): void {
    if (name.startsWith('GNU.sparse.'))
      this.#refuse('input-malformed', 'a sparse file: only files and folders are read');
    if (name !== 'path' && name !== 'size') return;
    if (isGlobal) this.#refuse('input-malformed', `a pax header for all entries states their ${name}`);
    if (name === 'path') {
      this.#setPath(meta, nameOf(this.#name, value));
      return;
    }
    const digits = ascii(value);
    if (!/^[0-9]{1,15}$/.test(digits)) this.#refuse('input-malformed', 'a pax header states a size that is no number');
    meta.size = Number(digits);
  }

  /** The next bytes of the entry at hand; undefined at its end. */
  async data(): Promise<Uint8Array | undefined> {
    if (this.#left === 0) {
      const padding = this.#padding;
      this.#padding = 0;
      if (padding > 0 && (await this.#exactly(padding, 'the last block of a file')) === undefined) {
        this.#refuse('input-truncated', 'the archive ends within the last block of a file', this.#path);
      }
      return undefined;
    }
    const bytes = await this.#some(this.#left);
    if (bytes === undefined) return this.#refuse('input-truncated', 'the archive ends within this file', this.#path);
    this.#left -= bytes.length;
    return bytes;
  }

  async #requireEnd(meta: Meta): Promise<undefined> {
    if (meta.path !== undefined || meta.size !== undefined)
      this.#refuse('input-malformed', 'a header without its entry');
    const second = await this.#exactly(BLOCK, 'its last block');
    if (second === undefined)
      return this.#refuse('input-truncated', 'the archive ends with one empty block in place of two');
    if (!isZero(second)) this.#refuse('input-malformed', 'an empty block between two entries: some readers stop there');
    for (;;) {
      const more = await this.#some(BLOCK * 128);
      if (more === undefined) return undefined;
      if (!isZero(more)) this.#refuse('input-malformed', 'there is data behind the end of the archive');
    }
  }
}
