/**
 * A tree of files as evidence lies in it: a folder, an archive, or one file by itself. Readers of layouts see files
 * through this alone, so that none can follow a link, leave its folder or unpack anything to the disk.
 *
 * An archive has no random access. So files are read in passes: each hands every file over once, in the order in which
 * they lie, and whoever reads says of which one it wants the bytes. All passes see the same bytes, or throw.
 */
import type { Hash } from '../../core/platform.ts';

/** A regular file: there is nothing else in a tree. */
export interface TreeFile {
  /** From the top of the tree, with `/` on every system; checked by `PathCheck`. */
  readonly path: string;
  /** Length in bytes. */
  readonly size: number;
}

/** Takes the bytes of one file as they come by. */
export interface Sink {
  /** @param chunk - valid until the call returns */
  write(chunk: Uint8Array): void;
  /** The file is at its end, and had its size. */
  end(): void;
}

export interface Tree {
  /** As the user gave it. */
  readonly name: string;
  readonly kind: 'folder' | 'archive' | 'file';
  /** The same for two names of one input; undefined if it was never opened. */
  readonly identity: string | undefined;
  /** Bytes read so far, of the input as it is stored. */
  readonly bytesRead: number;
  /**
   * Every file, in the order of the tree; to be called first.
   *
   * @throws EvidenceError for whatever is no regular file or folder, and for names that two systems would read differently
   */
  list(): Promise<readonly TreeFile[]>;
  /**
   * Hands the bytes of all files over, once.
   *
   * @param open - the sink for a file, undefined where its bytes are not wanted
   * @throws EvidenceError
   */
  pass(open: (file: TreeFile) => Sink | undefined): Promise<void>;
  /**
   * Makes sure that the tree is still what it was. SHA-256 of the input, where it is one file.
   *
   * @throws EvidenceError `input-changed`
   */
  finish(): Promise<Hash | null>;
  close(): Promise<void>;
}

/** More files than this are refused: their names and digests are held. */
export const MOST_FILES = 1_000_000;

/** The name of a file of a tree, for a message. */
export function placeIn(tree: string, path: string): string {
  return `${tree.replace(/\/+$/, '')}/${path}`;
}
