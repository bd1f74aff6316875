/**
 * Which names files of a tree may have: one system must not see other files than the next. So nothing that leaves the
 * tree, nothing twice, and no two that a file system without case or normal forms takes for one.
 */
import { EvidenceError } from '../../core/errors.ts';
import { MOST_FILES, placeIn } from './tree.ts';

const AGAIN = 'make it again without this entry, or say what it is for';

/** One text for all spellings that some file system takes for the same. */
export function folded(path: string): string {
  // Upper case first: it is there that `ſ` and `s` meet.
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

function shown(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}

/** @throws EvidenceError `input-malformed` that names the entry */
export function refuseEntry(tree: string, path: string, reason: string): never {
  throw new EvidenceError('input-malformed', reason, { where: { file: placeIn(tree, path) }, advice: AGAIN });
}

/** The text of a name, which must be UTF-8: two systems would make two names of any other bytes. */
export function nameOf(tree: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const escaped = Buffer.from(bytes)
      .toString('latin1')
      .replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
    return refuseEntry(tree, escaped, 'its name is no UTF-8');
  }
}

/** Sees every entry of a tree, and refuses what must not be there. */
export class PathCheck {
  readonly #tree: string;
  /** Folded path to the path as it was spelled first, of every file and every folder around one. */
  readonly #spellings: Map<string, string> = new Map();
  readonly #files: Set<string> = new Set();
  readonly #folders: Set<string> = new Set();

  /** @param tree - its name, for messages */
  constructor(tree: string) {
    this.#tree = tree;
  }

  #refuse(path: string, reason: string): never {
    return refuseEntry(this.#tree, path, reason);
  }

  /**
   * The path of a file as it is used here: without `./` in front.
   *
   * @throws EvidenceError `input-malformed` that names the entry; `input-limit` for too many
   */
  file(given: string): string {
    const path = this.#clean(given);
    if (this.#files.has(path)) this.#refuse(path, 'comes twice: which of the two is meant nobody can know');
    if (this.#folders.has(path)) this.#refuse(path, 'is a file and a folder in one');
    this.#files.add(path);
    if (this.#files.size > MOST_FILES) {
      throw new EvidenceError('input-limit', `more than ${MOST_FILES} files`, { where: { file: this.#tree } });
    }
    this.#around(path);
    this.#spelled(path);
    return path;
  }

  folder(given: string): void {
    const path = given.replace(/\/+$/, '');
    if (path === '' || path === '.') return;
    const clean = this.#clean(path);
    this.#around(`${clean}/`);
  }

  #around(path: string): void {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at);
      if (this.#folders.has(folder)) continue;
      if (this.#files.has(folder)) this.#refuse(folder, 'is a file and a folder in one');
      this.#folders.add(folder);
      this.#spelled(folder);
    }
  }

  #spelled(path: string): void {
    const key = folded(path);
    const other = this.#spellings.get(key);
    if (other !== undefined && other !== path) {
      this.#refuse(path, `differs from ${shown(other)} in case or normal form alone: on some systems the two are one`);
    }
    this.#spellings.set(key, path);
  }

  #clean(given: string): string {
    if (given.startsWith('/') || /^[A-Za-z]:[\\/]/.test(given)) {
      this.#refuse(given, `its name ${shown(given)} is absolute`);
    }
    const path = given.replace(/^(\.\/)+/, '');
    const parts = path.split('/');
    if (parts.includes('..')) this.#refuse(given, `its name ${shown(given)} leads out of the tree`);
    if (parts.includes('') || parts.includes('.')) this.#refuse(given, `its name ${shown(given)} is no plain path`);
    if (path.includes('\0')) this.#refuse(given.replaceAll('\0', '\\0'), 'its name holds a zero byte');
    return path;
  }
}
