/** A folder of a tree, or a file of it, as a tree by itself. */
import type { Hash } from '../../core/platform.ts';
import { placeIn, type Sink, type Tree, type TreeFile } from './tree.ts';

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
