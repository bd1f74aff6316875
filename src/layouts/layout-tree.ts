/** The files of a layout, as its reader sees them: by their paths from the top of the layout, wherever in a tree that lies. */
import { createHash, type Hash as Digest } from 'node:crypto';
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import type { Hash, Platform } from '../core/platform.ts';
import { placeIn, type Sink, type Tree, type TreeFile } from '../sources/tree/tree.ts';

/** Longest control file: a manifest, an index, a list of checksums. */
export const MOST_CONTROL_BYTES = 64 * 1024 * 1024;
/** Bytes of files that are held at once. */
const MOST_HELD_BYTES = 256 * 1024 * 1024;

/** Digests of one file by their names (`sha256`), in lower-case hex. */
export type Digests = ReadonlyMap<string, string>;

function digestSink(algorithms: readonly string[], take: (digests: Digests) => void): Sink {
  const hashes = algorithms.map((name): readonly [string, Digest] => [name, createHash(name)]);
  return {
    write: (chunk) => {
      for (const [, hash] of hashes) hash.update(chunk);
    },
    end: () => take(new Map(hashes.map(([name, hash]) => [name, hash.digest('hex')]))),
  };
}

/** A sink that hands over the whole content of a file, whose size is known. */
export function wholeSink({ size }: TreeFile, take: (bytes: Uint8Array) => void): Sink {
  const bytes = new Uint8Array(size);
  let at = 0;
  return {
    write: (chunk) => {
      bytes.set(chunk, at);
      at += chunk.length;
    },
    end: () => take(bytes),
  };
}

export class LayoutTree {
  readonly #tree: Tree;
  readonly #root: string;
  readonly #platform: Platform;
  /** By path from the top of the layout, in UTF-16 order. */
  readonly files: ReadonlyMap<string, TreeFile>;

  /**
   * @param root - the folder of the tree in which the layout lies, with `/` behind it; empty for the top
   * @param files - all files of the tree
   */
  constructor(tree: Tree, root: string, files: readonly TreeFile[], platform: Platform) {
    this.#tree = tree;
    this.#root = root;
    this.#platform = platform;
    const own = files.map(({ path, size }) => ({ path: path.slice(root.length), size }));
    this.files = new Map(own.sort((a, b) => (a.path < b.path ? -1 : 1)).map((file) => [file.path, file]));
  }

  /** Whether it is a file by itself. */
  get isOneFile(): boolean {
    return this.#tree.kind === 'file';
  }

  get name(): string {
    return this.#tree.name;
  }

  /** The sum of the lengths of all files. */
  get bytes(): number {
    let sum = 0;
    for (const { size } of this.files.values()) sum += size;
    return sum;
  }

  /** The file as a message names it. */
  place(path: string): string {
    return this.isOneFile ? this.name : placeIn(this.name, `${this.#root}${path}`);
  }

  /** Hands the bytes of all wanted files over, once. */
  async pass(open: (file: TreeFile) => Sink | undefined): Promise<void> {
    await this.#tree.pass(({ path, size }) => open({ path: path.slice(this.#root.length), size }));
  }

  /** Digests of all files, in one pass. */
  async digests(
    algorithmsOf: (path: string) => readonly string[] = () => ['sha256'],
  ): Promise<ReadonlyMap<string, Digests>> {
    const found = new Map<string, Digests>();
    await this.pass(({ path }) => digestSink(algorithmsOf(path), (digests) => found.set(path, digests)));
    return found;
  }

  /** SHA-256 of all files, in one pass. */
  async hashes(): Promise<ReadonlyMap<string, Hash>> {
    const found = new Map<string, Hash>();
    await this.pass(({ path }) => digestSink(['sha256'], (digests) => found.set(path, digests.get('sha256') ?? '')));
    return found;
  }

  /**
   * Files that are read whole, in one pass; those that are not there are left out.
   *
   * @param most - longest of them, in bytes
   * @throws EvidenceError `input-limit`
   */
  async read(paths: Iterable<string>, most: number = MOST_CONTROL_BYTES): Promise<ReadonlyMap<string, Uint8Array>> {
    const wanted = new Set(paths);
    let held = 0;
    for (const path of wanted) {
      const size = this.files.get(path)?.size ?? 0;
      held += size;
      if (size > most) this.#limit(path, `is longer than ${most} bytes, and is read whole`);
      if (held > MOST_HELD_BYTES) this.#limit(path, `with it more than ${MOST_HELD_BYTES} bytes would be held at once`);
    }
    const found = new Map<string, Uint8Array>();
    if (![...wanted].some((path) => this.files.has(path))) return found;
    await this.pass((file) =>
      wanted.has(file.path) ? wholeSink(file, (bytes) => found.set(file.path, bytes)) : undefined,
    );
    return found;
  }

  #limit(path: string, reason: string): never {
    throw new EvidenceError('input-limit', reason, { where: { file: this.place(path) } });
  }

  /** The same for one file that must be there. */
  async readOne(path: string, most?: number): Promise<Uint8Array> {
    const bytes = (await this.read([path], most)).get(path);
    if (bytes !== undefined) return bytes;
    throw new EvidenceError('source-incomplete', 'is not there, and without it the layout cannot be read', {
      where: { file: this.place(path) },
      advice: 'take another copy of the whole',
    });
  }

  /**
   * `bytes` of the file `path` as JSON, strictly.
   *
   * @throws EvidenceError that names the file
   */
  json(path: string, bytes: Uint8Array, line?: number): Json {
    try {
      return parseJson(this.#platform, bytes, 0, bytes.length);
    } catch (fault) {
      throw this.named(fault, path, line);
    }
  }

  /** A fault with the name of the file in it. */
  named(fault: unknown, path: string, line?: number): unknown {
    if (!(fault instanceof EvidenceError)) return fault;
    return fault.at({ file: this.place(path), ...(line === undefined ? {} : { line }) });
  }

  /** What `work` gives; a fault of it names the file. */
  about<T>(path: string, work: () => T): T {
    try {
      return work();
    } catch (fault) {
      throw this.named(fault, path);
    }
  }

  /** `bytes` as UTF-8 text. */
  text(path: string, bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new EvidenceError('input-malformed', 'is no UTF-8', { where: { file: this.place(path) } });
    }
  }
}
