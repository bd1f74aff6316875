/**
 * A folder as a tree. Every entry is looked at before anything is read, no link is followed, and at the end all of it must
 * be as it was.
 *
 * Files are read synchronously, a chunk at a time: there may be as many as records, and each would cost four promises.
 */
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as othersRan } from 'node:timers/promises';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import { nameOf, PathCheck, refuseEntry } from './path-check.ts';
import { placeIn, type Sink, type Tree, type TreeFile } from './tree.ts';

const CHUNK_BYTES = 256 * 1024;
/** After so many files or chunks others may run: signals, progress. */
const AT_ONCE = 64;

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return createHash('sha256').update([dev, ino, size, mtimeNs, ctimeNs].join(' ')).digest('base64');
}

function unreadable(place: string, fault: unknown): EvidenceError {
  const code = codeOf(fault);
  const reason = code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : `cannot be read (${code})`;
  return new EvidenceError('source-incomplete', reason, {
    where: { file: place },
    advice: 'check its permissions, and the disk',
    cause: fault,
  });
}

function changed(place: string, reason: string): never {
  throw new EvidenceError('input-changed', reason, {
    where: { file: place },
    advice: 'give a folder that nobody writes to',
  });
}

function whatIs(stats: BigIntStats): string {
  return stats.isSymbolicLink() ? 'a symbolic link' : 'a pipe, device or socket';
}

export class FolderTree implements Tree {
  readonly name: string;
  readonly kind = 'folder';
  /** With links resolved: what is meant stays one folder, whatever the link leads to later. */
  #path = '';
  #identity: string | undefined;
  #files: TreeFile[] = [];
  /** Of every file and folder, what distinguishes one state of it from another. */
  readonly #states: Map<string, string> = new Map();
  readonly #chunk: Buffer = Buffer.alloc(CHUNK_BYTES);
  #closed = false;
  #sinceOthers = 0;
  bytesRead = 0;

  /** @param name - the folder; a link to it is followed, no link in it is */
  constructor(name: string) {
    this.name = name;
  }

  get identity(): string | undefined {
    return this.#identity;
  }

  async #letOthers(): Promise<void> {
    if (++this.#sinceOthers < AT_ONCE) return;
    this.#sinceOthers = 0;
    await othersRan();
    if (this.#closed) throw new EvidenceError('interrupted', 'the run was interrupted', { where: { file: this.name } });
  }

  async list(): Promise<readonly TreeFile[]> {
    try {
      this.#path = await realpath(this.name);
      const { dev, ino } = await stat(this.#path, { bigint: true });
      this.#identity = `${dev} ${ino}`;
    } catch (fault) {
      throw unreadable(this.name, fault);
    }
    const check = new PathCheck(this.name);
    const files: TreeFile[] = [];
    await this.#walk('', check, files);
    this.#files = files;
    return files;
  }

  async #walk(folder: string, check: PathCheck, files: TreeFile[]): Promise<void> {
    await this.#letOthers();
    for (const entry of this.#entries(folder)) {
      const path = `${folder}${nameOf(this.name, entry.name)}`;
      const stats = this.#look(path);
      if (stats.isDirectory()) {
        check.folder(path);
        await this.#walk(`${path}/`, check, files);
      } else if (stats.isFile()) {
        files.push({ path: check.file(path), size: Number(stats.size) });
        this.#states.set(path, stateOf(stats));
      } else refuseEntry(this.name, path, `is ${whatIs(stats)}: only files and folders are read`);
    }
  }

  /** Entries in the order of their bytes. */
  #entries(folder: string): readonly Dirent<Buffer>[] {
    this.#states.set(folder, stateOf(this.#look(folder)));
    try {
      const entries = readdirSync(join(this.#path, folder), { withFileTypes: true, encoding: 'buffer' });
      return entries.sort((a, b) => Buffer.compare(a.name, b.name));
    } catch (fault) {
      throw unreadable(placeIn(this.name, folder), fault);
    }
  }

  #look(path: string): BigIntStats {
    try {
      return lstatSync(join(this.#path, path), { bigint: true });
    } catch (fault) {
      throw unreadable(placeIn(this.name, path), fault);
    }
  }

  async pass(open: (file: TreeFile) => Sink | undefined): Promise<void> {
    for (const file of this.#files) {
      const sink = open(file);
      if (sink === undefined) continue;
      await this.#letOthers();
      await this.#read(file, sink);
    }
  }

  async #read({ path, size }: TreeFile, sink: Sink): Promise<void> {
    const place = placeIn(this.name, path);
    let file: number;
    try {
      // Not blocking: opening a pipe that took the place of a file would wait for ever.
      file = openSync(join(this.#path, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (fault) {
      throw codeOf(fault) === 'ENOENT' || codeOf(fault) === 'ELOOP'
        ? changed(place, 'the file is another one')
        : unreadable(place, fault);
    }
    try {
      const requireSame = (): void => {
        if (stateOf(fstatSync(file, { bigint: true })) !== this.#states.get(path))
          changed(place, 'the file changed while it was read');
      };
      requireSame();
      for (let at = 0; at < size; ) {
        const length = readSync(file, this.#chunk, 0, Math.min(CHUNK_BYTES, size - at), at);
        if (length === 0) changed(place, 'the file became shorter while it was read');
        sink.write(this.#chunk.subarray(0, length));
        at += length;
        this.bytesRead += length;
        await this.#letOthers();
      }
      requireSame();
    } catch (fault) {
      throw fault instanceof EvidenceError || codeOf(fault) === 'unknown fault' ? fault : unreadable(place, fault);
    } finally {
      closeSync(file);
    }
    sink.end();
  }

  /** There is no digest of a folder: its files have theirs. */
  async finish(): Promise<null> {
    for (const [path, state] of this.#states) {
      await this.#letOthers();
      let now: string;
      try {
        now = stateOf(lstatSync(join(this.#path, path), { bigint: true }));
      } catch {
        now = 'gone';
      }
      if (now !== state) changed(placeIn(this.name, path), 'it changed, came or went while the folder was read');
    }
    return null;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}
