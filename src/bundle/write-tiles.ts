/**
 * Writes growing logs as folders of tiles (c2sp.org/tlog-tiles). A log is only ever extended: what lies there must be the
 * beginning of what is written, to the last byte. Tiles come first and the checkpoint last, so that at any moment the
 * checkpoint that lies there is of a whole log; a new log appears with all of its files at once.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { codeOf } from '../core/errors.ts';
import type { FindingKind } from '../core/kinds.ts';
import { beginningOf, MOST_ENTRY_BYTES, type Tile, TileMaker, tileOf, tilePath } from '../core/merkle/tiles.ts';
import { CompactRange } from '../core/merkle/tree.ts';
import type { Hash } from '../core/platform.ts';
import { counted } from '../core/words.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { syncTree } from '../files/sync-folder-tree.ts';
import { attempt, ReportWriteError, writeWhole } from '../files/write-whole-file.ts';
import { guarded } from './fan-out.ts';

/** The file of a log that says how large it is. */
export const CHECKPOINT_NAME = 'checkpoint';

/** A tree by its size and root. */
interface Tree {
  readonly size: number;
  readonly root: Hash;
}

/** Why a log is not written. */
export interface TilesRefusal {
  readonly kind: FindingKind;
  /** Whether the evidence contradicts what was signed, or what was written before. */
  readonly broken: boolean;
  readonly message: string;
}

export interface LogPlaces {
  /** How to name the log in a fault: its folder as it was given. */
  readonly shown: string;
  /** Its folder. */
  readonly folder: string;
  /** A folder on the same file system, which is made: what is new of it is gathered there. */
  readonly staged: string;
}

const BY_ANOTHER = 'what lies there is not its beginning, and is never written over: give another folder';

/** One log while its entries come by. */
export class TileLog {
  readonly #places: LogPlaces;
  readonly #to: Tree;
  readonly #from: Tree | undefined;
  readonly #maker: TileMaker;
  readonly #range: CompactRange = new CompactRange(nodePlatform);
  /** What lies in the folder, by level and index; each is taken out once it was found to be right. */
  readonly #there: Map<string, Tile[]> = new Map();
  readonly #fresh: Map<string, Hash> = new Map();
  #refusal: TilesRefusal | undefined;

  /**
   * @param to - the tree that is written
   * @param from - the tree that the checkpoint in the folder is of; undefined if there is none
   */
  constructor(places: LogPlaces, to: Tree, from: Tree | undefined) {
    this.#places = places;
    this.#to = to;
    this.#from = from;
    this.#maker = new TileMaker(nodePlatform, (tile, bytes) => this.#put(tile, bytes));
    guarded(places.shown, 'make a folder', () => mkdirSync(places.staged, { recursive: true }));
    this.#look();
    if (from !== undefined && from.size > to.size) {
      const has = `the log that lies there has ${counted(from.size, 'entry', 'entries')}, and the checkpoint is of ${to.size}`;
      this.#refuse('input-changed', false, `${has}: a log never gets shorter`);
    }
  }

  #refuse(kind: FindingKind, broken: boolean, message: string): void {
    this.#refusal ??= { kind, broken, message: `${this.#places.shown}: ${message}` };
  }

  /** Notes what lies in the folder. */
  #look(): void {
    const { folder, shown } = this.#places;
    const entries = guarded(shown, 'look at the folder', () => entriesOf(folder));
    for (const entry of entries) {
      const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
      if (entry.isDirectory() || (path === CHECKPOINT_NAME && entry.isFile() && this.#from !== undefined)) continue;
      const tile = entry.isFile() ? tileOf(path) : undefined;
      if (tile === undefined) this.#refuse('input-changed', false, `${path} does not belong to the log`);
      else this.#there.set(nameOf(tile), [...(this.#there.get(nameOf(tile)) ?? []), tile]);
    }
  }

  /** Takes the next entry; those behind the tree are passed over. */
  take(entry: Uint8Array, leaf: Hash): void {
    if (this.#refusal !== undefined || this.#range.size === this.#to.size) return;
    if (entry.length > MOST_ENTRY_BYTES) {
      const message = `its entry ${this.#range.size} has ${entry.length} bytes, and a log of tiles takes ${MOST_ENTRY_BYTES}`;
      this.#refuse('input-limit', false, message);
      return;
    }
    this.#range.append(leaf);
    this.#maker.append(entry, leaf);
    if (this.#range.size !== this.#from?.size || this.#range.root() === this.#from.root) return;
    this.#refuse('history-not-prefix', true, `its checkpoint has the root ${this.#from.root}: ${BY_ANOTHER}`);
  }

  #put(tile: Tile, bytes: Uint8Array): void {
    if (this.#refusal !== undefined) return;
    const { folder, staged, shown } = this.#places;
    const there = this.#there.get(nameOf(tile)) ?? [];
    const own = there.filter(({ width }) => width <= tile.width);
    for (const one of own) {
      const is = guarded(shown, 'read a tile', () => readFileSync(join(folder, tilePath(one))));
      const begins = beginningOf(tile.level, bytes, one.width);
      if (begins !== undefined && is.equals(begins)) continue;
      this.#refuse('history-not-prefix', true, `${tilePath(one)} is another: ${BY_ANOTHER}`);
      return;
    }
    this.#there.set(
      nameOf(tile),
      there.filter((one) => !own.includes(one)),
    );
    if (own.some(({ width }) => width === tile.width)) return;
    const path = tilePath(tile);
    guarded(shown, 'write a tile', () => {
      mkdirSync(dirname(join(staged, path)), { recursive: true });
      writeFileSync(join(staged, path), bytes, { flag: 'wx' });
    });
    this.#fresh.set(path, nodePlatform.sha256(bytes));
  }

  /**
   * After the last entry: why the log cannot be written, if it cannot.
   *
   * @param of - what it was read from, for the message
   */
  finish(of: string): TilesRefusal | undefined {
    if (this.#refusal !== undefined) return this.#refusal;
    const { size, root } = this.#to;
    if (this.#range.size < size) {
      const has = `${of} has ${counted(this.#range.size, 'record')} of this stream`;
      this.#refuse('proof-unavailable', false, `${has}, and the checkpoint is of ${size}: give the evidence as it was`);
      return this.#refusal;
    }
    if (this.#range.root() !== root) {
      const message = `${of} had the root ${this.#range.root()} at size ${size}, and the checkpoint has ${root}: two histories`;
      this.#refuse('history-not-prefix', true, message);
    }
    this.#maker.finish();
    const [beyond] = [...this.#there.values()].flat();
    if (beyond !== undefined) {
      const message = `${tilePath(beyond)} is of a larger log than the checkpoint: give the checkpoint of that`;
      this.#refuse('input-changed', false, message);
    }
    return this.#refusal;
  }

  /**
   * Syncs what is new and reads it back, then puts it in its place, the checkpoint last.
   *
   * @throws ReportWriteError: then the log is as it was
   */
  async place(note: Uint8Array): Promise<void> {
    const { folder, staged, shown } = this.#places;
    const isNew = entriesOf(folder).length === 0;
    if (isNew) await writeWhole(join(staged, CHECKPOINT_NAME), note);
    await syncTree(shown, staged);
    for (const [path, sha256] of this.#fresh) {
      const is = await attempt(shown, 'read back a tile', async () => readFileSync(join(staged, path)));
      if (nodePlatform.sha256(is) === sha256) continue;
      throw new ReportWriteError(shown, `${path} is not what was written`, 'do not trust this disk: write elsewhere');
    }
    if (isNew) await attempt(shown, 'put the log in its place', () => rename(staged, folder));
    else await this.#extend(note);
  }

  async #extend(note: Uint8Array): Promise<void> {
    const { folder, staged, shown } = this.#places;
    const placed: string[] = [];
    try {
      for (const path of this.#fresh.keys()) {
        await attempt(shown, 'put a tile in its place', async () => {
          await mkdir(dirname(join(folder, path)), { recursive: true });
          // A link, and no rename: it never takes the place of what somebody else has put there.
          await link(join(staged, path), join(folder, path));
        });
        placed.push(path);
      }
      await syncTree(shown, folder);
      await writeWhole(join(folder, CHECKPOINT_NAME), note);
    } catch (fault) {
      await this.#undo(placed, note);
      throw fault;
    }
  }

  /** Takes the tiles out again, unless the new checkpoint is in its place and was merely not made durable. */
  async #undo(placed: readonly string[], note: Uint8Array): Promise<void> {
    const { folder } = this.#places;
    const is = await readFile(join(folder, CHECKPOINT_NAME)).catch(() => undefined);
    if (is?.equals(note) === true) return;
    for (const path of placed) await unlink(join(folder, path)).catch(() => undefined);
  }

  /** Removes what was gathered and not put in its place. */
  async discard(): Promise<void> {
    await rm(this.#places.staged, { recursive: true, force: true });
  }
}

function nameOf({ level, index }: Tile): string {
  return `${level} ${index}`;
}

function entriesOf(folder: string): ReturnType<typeof listed> {
  try {
    return listed(folder);
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return [];
    throw fault;
  }
}

function listed(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true });
}
