/**
 * An archive as a tree: a tar, packed or not, or a zip. Nothing is unpacked to the disk. Each pass reads the archive from
 * its beginning, and all passes must have read the same bytes.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import type { Hash } from '../../core/platform.ts';
import { FileBytes } from '../bytes.ts';
import { beginsGzip, GunzipReader, type Unpacker } from '../gunzip.ts';
import { beginsZstd } from './magic.ts';
import { PathCheck } from './path-check.ts';
import { TarReader } from './tar.ts';
import type { Sink, Tree, TreeFile } from './tree.ts';

export type ArchiveKind = 'tar' | 'zip';

interface Entry {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly size: number;
  /** To be read before the next entry is asked for. */
  readonly data: () => AsyncIterable<Uint8Array>;
}

function pathOf(given: string): string {
  return given.replace(/^(\.\/)+/, '');
}

async function* dataOf(tar: TarReader): AsyncIterable<Uint8Array> {
  for (;;) {
    const bytes = await tar.data();
    if (bytes === undefined) return;
    yield bytes;
  }
}

export class ArchiveTree implements Tree {
  readonly name: string;
  readonly kind = 'archive';
  readonly #archive: ArchiveKind;
  #identity: string | undefined;
  #sha256: Hash | undefined;
  #reading: FileBytes | undefined;
  #handle: FileHandle | undefined;
  #closed = false;
  #listed: readonly TreeFile[] | undefined;
  bytesRead = 0;

  constructor(name: string, archive: ArchiveKind) {
    this.name = name;
    this.#archive = archive;
  }

  get identity(): string | undefined {
    return this.#identity;
  }

  /** Kept: it takes a pass. */
  async list(): Promise<readonly TreeFile[]> {
    this.#listed ??= await this.#list();
    return this.#listed;
  }

  async #list(): Promise<readonly TreeFile[]> {
    const check = new PathCheck(this.name);
    const files: TreeFile[] = [];
    for await (const { kind, path, size } of this.#entries()) {
      if (kind === 'folder') check.folder(path);
      else files.push({ path: check.file(path), size });
    }
    return files;
  }

  async pass(open: (file: TreeFile) => Sink | undefined): Promise<void> {
    for await (const { kind, path, size, data } of this.#entries()) {
      const sink = kind === 'folder' ? undefined : open({ path: pathOf(path), size });
      if (sink === undefined) continue;
      for await (const chunk of data()) sink.write(chunk);
      sink.end();
    }
  }

  /** All files in one pass, for whoever asks for their bytes; those of one are to be read before the next is asked for. */
  async *files(): AsyncGenerator<TreeFile & Pick<Entry, 'data'>> {
    for await (const { kind, path, size, data } of this.#entries()) {
      if (kind === 'file') yield { path: pathOf(path), size, data };
    }
  }

  /** The bytes of one file, in a pass of its own that goes to the end of the archive. */
  async *stream(wanted: string): AsyncGenerator<Uint8Array> {
    for await (const { kind, path, data } of this.#entries()) {
      if (kind === 'file' && pathOf(path) === wanted) yield* data();
    }
  }

  /** All entries, in one pass over the whole archive. */
  async *#entries(): AsyncGenerator<Entry> {
    if (this.#closed) throw new EvidenceError('interrupted', 'the run was interrupted', { where: { file: this.name } });
    const bytes = new FileBytes(this.name);
    this.#reading = bytes;
    try {
      const inode = yield* this.#archive === 'zip' ? this.#zipEntries() : this.#tarEntries(bytes);
      const sha256 = await bytes.finish();
      this.#identity = bytes.identity;
      if (inode !== undefined && inode !== bytes.identity) this.#changed();
      this.#requireSame(sha256);
    } finally {
      this.bytesRead += bytes.bytesRead;
      this.#reading = undefined;
      await bytes.close();
    }
  }

  #requireSame(sha256: Hash | null): void {
    this.#sha256 ??= sha256 ?? undefined;
    if (sha256 !== this.#sha256) this.#changed();
  }

  #changed(): never {
    throw new EvidenceError('input-changed', 'the archive changed while it was read', {
      where: { file: this.name },
      advice: 'give an archive that nobody writes to',
    });
  }

  async *#tarEntries(bytes: FileBytes): AsyncGenerator<Entry, undefined> {
    const unpacked = await unpackerOf(bytes, await bytes.read());
    try {
      const tar = new TarReader(this.name, unpacked.read);
      for (;;) {
        const entry = await tar.next();
        if (entry === undefined) return undefined;
        yield { ...entry, data: () => dataOf(tar) };
      }
    } finally {
      unpacked.close();
    }
  }

  /** Gives the identity of the file that was read. */
  async *#zipEntries(): AsyncGenerator<Entry, string> {
    const file = await open(this.name, 'r').catch((fault: unknown) => {
      throw new EvidenceError('source-incomplete', `cannot be read (${codeOf(fault)})`, {
        where: { file: this.name },
        cause: fault,
      });
    });
    this.#handle = file;
    // Loaded when there is a zip.
    const { zipEntries } = await import('./zip.ts');
    try {
      const { dev, ino, size } = await file.stat({ bigint: true });
      yield* zipEntries(this.name, file, Number(size));
      return `${dev} ${ino}`;
    } finally {
      this.#handle = undefined;
      await file.close();
    }
  }

  async finish(): Promise<Hash | null> {
    const { name } = this;
    const bytes = new FileBytes(name);
    try {
      this.#requireSame(await bytes.finish());
    } finally {
      await bytes.close();
    }
    return this.#sha256 ?? null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reading?.close();
    await this.#handle?.close();
  }
}

/** The unpacked bytes of `bytes`, of which `first` has been read. */
export async function unpackerOf(bytes: FileBytes, first: Uint8Array | undefined): Promise<Unpacker> {
  let head: Uint8Array | undefined = first;
  const taken = (): Uint8Array | undefined => {
    const was = head;
    head = undefined;
    return was;
  };
  if (first !== undefined && beginsGzip(first)) {
    const gunzip = new GunzipReader(bytes);
    return { read: () => gunzip.read(taken()), close: () => gunzip.close() };
  }
  if (first !== undefined && beginsZstd(first)) return (await import('./unzstd.ts')).unzstd(bytes, first);
  return { read: async () => taken() ?? bytes.read(), close: () => {} };
}
