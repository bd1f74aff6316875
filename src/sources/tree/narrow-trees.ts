/** One file by itself as a tree: a file of attestations that nobody put into a folder. Unpacked, if it is packed. */

import { basename } from 'node:path';
import { EvidenceError } from '../../core/errors.ts';
import type { Hash } from '../../core/platform.ts';
import { FileBytes } from '../bytes.ts';
import { unpackerOf } from './archive-tree.ts';
import { placeIn, type Sink, type Tree, type TreeFile } from './tree.ts';
export class OneFileTree implements Tree {
  readonly name: string;
  readonly kind = 'file';
  #file: TreeFile | undefined;
  #identity: string | undefined;
  #sha256: Hash | undefined;
  #reading: FileBytes | undefined;
  bytesRead = 0;

  constructor(name: string) {
    this.name = name;
  }

  get identity(): string | undefined {
    return this.#identity;
  }

  async list(): Promise<readonly TreeFile[]> {
    let size = 0;
    await this.#through((chunk) => {
      size += chunk.length;
    });
    this.#file = { path: basename(this.name), size };
    return [this.#file];
  }

  async pass(open: (file: TreeFile) => Sink | undefined): Promise<void> {
    const sink = this.#file === undefined ? undefined : open(this.#file);
    if (sink === undefined) return;
    await this.#through((chunk) => sink.write(chunk));
    sink.end();
  }

  async #through(take: (chunk: Uint8Array) => void): Promise<void> {
    const bytes = new FileBytes(this.name);
    this.#reading = bytes;
    try {
      const unpacked = await unpackerOf(bytes, await bytes.read());
      try {
        for (let chunk = await unpacked.read(); chunk !== undefined; chunk = await unpacked.read()) take(chunk);
      } finally {
        unpacked.close();
      }
      const sha256 = (await bytes.finish()) ?? undefined;
      this.#identity = bytes.identity;
      this.#sha256 ??= sha256;
      if (sha256 === this.#sha256) return;
      throw new EvidenceError('input-changed', 'the file changed while it was read', { where: { file: this.name } });
    } finally {
      this.bytesRead += bytes.bytesRead;
      this.#reading = undefined;
      await bytes.close();
    }
  }

  async finish(): Promise<Hash | null> {
    await this.#through(() => {});
    return this.#sha256 ?? null;
  }

  async close(): Promise<void> {
    await this.#reading?.close();
  }
}

/* A folder of a tree, or a file of it, as a tree by itself. */

export class SubTree implements Tree {
  readonly #tree: Tree;
  readonly #prefix: string;

  /** @param folder - its path in `tree`, which is this one's from now on */
  constructor(tree: Tree, folder: string) {
    this.#tree = tree;
    this.#prefix = `${folder}/`;
  }

  get name(): string {
    return placeIn(this.#tree.name, this.#prefix.slice(0, -1));
  }

  get kind(): Tree['kind'] {
    return this.#tree.kind;
  }

  get identity(): string | undefined {
    return this.#tree.identity;
  }

  get bytesRead(): number {
    return this.#tree.bytesRead;
  }

  #own({ path, size }: TreeFile): readonly TreeFile[] {
    return path.startsWith(this.#prefix) ? [{ path: path.slice(this.#prefix.length), size }] : [];
  }

  async list(): Promise<readonly TreeFile[]> {
    return (await this.#tree.list()).flatMap((file) => this.#own(file));
  }

  async pass(open: (file: TreeFile) => Sink | undefined): Promise<void> {
    await this.#tree.pass((file) => {
      const [own] = this.#own(file);
      return own === undefined ? undefined : open(own);
    });
  }

  finish(): Promise<Hash | null> {
    return this.#tree.finish();
  }

  close(): Promise<void> {
    return this.#tree.close();
  }
}
