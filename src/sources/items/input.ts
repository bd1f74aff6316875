/** Where the files of foreign evidence lie: one file or stream, a folder, or an archive. */

import { basename } from 'node:path';
import { EvidenceError } from '../../core/errors.ts';
import type { Hash } from '../../core/platform.ts';
import type { ByteSource } from '../bytes.ts';
import type { ArchiveTree } from '../tree/archive-tree.ts';
import { EntryBytes } from '../tree/entry-bytes.ts';
import { placeIn } from '../tree/tree.ts';
import type { Paths } from './path-list.ts';

/** Takes a file to its end; its SHA-256 as stored. */
export type TakeFile = (path: string, bytes: ByteSource) => Promise<Hash>;

/** Files that are read one after another. */
export interface ItemsInput {
  /** As the user gave it. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'archive';
  /** How long it is as stored, where that is known before the end. */
  readonly bytesTotal: number | null;
  /** The paths of all files; to be called first. */
  list(): Promise<Paths>;
  /** The file as a message names it. */
  nameOf(path: string): string;
  /**
   * Hands over the files that are wanted, each once; may be called again for those that are read in another way.
   *
   * @throws EvidenceError
   */
  read(isWanted: (path: string) => boolean, take: TakeFile): Promise<void>;
  /**
   * Makes sure that it is still what it was. The digest of the input.
   *
   * @throws EvidenceError `input-changed`
   */
  finish(): Promise<Hash | null>;
  /** What is being read ends with a fault. */
  close(): Promise<void>;
}

/** One file, or a stream. */
export class OneFileInput implements ItemsInput {
  readonly kind = 'file';
  readonly #bytes: ByteSource;
  #sha256: Hash | null = null;

  constructor(bytes: ByteSource) {
    this.#bytes = bytes;
  }

  get name(): string {
    return this.#bytes.name;
  }

  get bytesTotal(): number | null {
    return this.#bytes.bytesTotal;
  }

  async list(): Promise<Paths> {
    return [basename(this.name)];
  }

  nameOf(): string {
    return this.name;
  }

  async read(_: (path: string) => boolean, take: TakeFile): Promise<void> {
    if (this.#sha256 !== null) throw this.#oneAtATime();
    this.#sha256 = await take(basename(this.name), this.#bytes);
  }

  #oneAtATime(): EvidenceError {
    return new EvidenceError('schema-violation', 'the profile reads this file in more than one way', {
      where: { file: this.name },
      advice: 'give the folder that it is in',
    });
  }

  async finish(): Promise<Hash | null> {
    return this.#sha256;
  }

  async close(): Promise<void> {
    await this.#bytes.close();
  }
}

/* An archive of foreign evidence, read as a stream in passes from its beginning; nothing is unpacked to the disk. */

export class ArchiveInput implements ItemsInput {
  readonly kind = 'archive';
  readonly bytesTotal = null;
  readonly #tree: ArchiveTree;

  /** @param tree - it is this input's from now on */
  constructor(tree: ArchiveTree) {
    this.#tree = tree;
  }

  get name(): string {
    return this.#tree.name;
  }

  get identity(): string | undefined {
    return this.#tree.identity;
  }

  async list(): Promise<Paths> {
    return (await this.#tree.list()).map(({ path }) => path);
  }

  nameOf(path: string): string {
    return placeIn(this.name, path);
  }

  /** One pass: each file is read where it lies. */
  async read(isWanted: (path: string) => boolean, take: TakeFile): Promise<void> {
    for await (const { path, size, data } of this.#tree.files()) {
      if (isWanted(path)) await take(path, new EntryBytes(this.nameOf(path), size, data()));
    }
  }

  /** Every pass has read the same bytes; this one makes sure that they are still there. */
  finish(): Promise<Hash | null> {
    return this.#tree.finish();
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }
}
