/**
 * A tiled transparency log (C2SP tlog-tiles): a checkpoint, tiles of 256 hashes, and bundles of entries. From the entries
 * every hash is recomputed, up to the root that the checkpoint states.
 */
import { EvidenceError } from '../core/errors.ts';
import {
  entriesIn,
  MOST_ENTRY_BYTES,
  TILE_HASH_BYTES,
  TILE_WIDTH,
  type Tile,
  tileOf,
  tilePath,
} from '../core/merkle/tiles.ts';
import { leafHash, rootOf } from '../core/merkle/tree.ts';
import { type Hash, hexOf, type Platform } from '../core/platform.ts';
import { counted } from '../core/words.ts';
import { type Checkpoint, parseCheckpoint, parseNote, type SignedNote, verifyNote } from '../trust/signed-note.ts';
import { TrustError } from '../trust/trust-error.ts';
import type { Layout, LayoutContents, LayoutRecord, LayoutTools } from './layout.ts';
import { type LayoutTree, wholeSink } from './layout-tree.ts';

const TENANT = 'tlog-tiles';
const CHECKPOINT = 'checkpoint';
const WIDTH = TILE_WIDTH;
/** A bundle has up to 256 entries, each with its length in two bytes. */
const MOST_BUNDLE_BYTES = WIDTH * (MOST_ENTRY_BYTES + 2);
/** The root of a log of more entries is not recomputed: their digests are held. */
const MOST_ENTRIES = 1_000_000;

interface PlacedTile extends Tile {
  readonly path: string;
}

/** Leaf hashes and digests of the entries of one bundle. */
interface Bundle {
  readonly leaves: readonly Hash[];
  readonly digests: readonly Hash[];
}

/** Entries of a bundle; undefined if it is not whole. */
function bundleOf(platform: Platform, bytes: Uint8Array): Bundle | undefined {
  const entries = entriesIn(bytes);
  return entries === undefined
    ? undefined
    : {
        leaves: entries.map((entry) => leafHash(platform, entry)),
        digests: entries.map((entry) => platform.sha256(entry)),
      };
}

class TilesReading {
  readonly #tree: LayoutTree;
  readonly #tools: LayoutTools;
  readonly #bundles: Map<number, Bundle & { readonly path: string }> = new Map();
  readonly #hashes: Map<string, readonly Hash[]> = new Map();
  readonly #reported: Set<string> = new Set();

  constructor(tree: LayoutTree, tools: LayoutTools) {
    this.#tree = tree;
    this.#tools = tools;
  }

  #report(kind: Parameters<LayoutTools['report']>[0], path: string, what: string): void {
    this.#reported.add(path);
    this.#tools.report(kind, path, what);
  }

  async read(): Promise<LayoutContents> {
    const { note, checkpoint } = await this.#checkpoint();
    const signers = this.#signersOf(note, checkpoint);
    const tiles = this.#tiles();
    const wanted = this.#requireTiles(tiles, checkpoint.size);
    await this.#readTiles(tiles);
    const leaves = this.#leaves(checkpoint.size);
    this.#checkTiles(tiles, leaves, wanted);
    if (this.#reported.size === 0) this.#checkRoot(checkpoint, leaves);
    const { origin, size, root } = checkpoint;
    const isSigned = this.#tools.keys.length > 0;
    return {
      records: this.#records(checkpoint),
      subject: { origin, size, root, ...(signers.length === 0 ? {} : { signedBy: signers }) },
      signaturesChecked: 1,
      notChecked: isSigned ? [] : ['the signature of the checkpoint: no key was given'],
    };
  }

  async #checkpoint(): Promise<{ readonly note: SignedNote; readonly checkpoint: Checkpoint }> {
    const text = this.#tree.text(CHECKPOINT, await this.#tree.readOne(CHECKPOINT, 1024 * 1024));
    const where = { file: this.#tree.place(CHECKPOINT) };
    let read: { readonly note: SignedNote; readonly checkpoint: Checkpoint };
    try {
      const note = parseNote(text);
      read = { note, checkpoint: parseCheckpoint(note.text) };
    } catch (fault) {
      if (!(fault instanceof TrustError)) throw fault;
      throw new EvidenceError('schema-violation', fault.message, { where, cause: fault });
    }
    if (read.checkpoint.size <= MOST_ENTRIES) return read;
    throw new EvidenceError('input-limit', `a log of more than ${MOST_ENTRIES} entries`, { where });
  }

  /** The trusted keys by which it was verified; none where none was given. */
  #signersOf(note: SignedNote, { origin }: Checkpoint): readonly string[] {
    if (this.#tools.keys.length === 0) return [];
    try {
      return verifyNote(note, this.#tools.keys, origin).keys.map(({ id }) => id);
    } catch (fault) {
      if (!(fault instanceof TrustError)) throw fault;
      this.#tools.report(fault.kind, CHECKPOINT, fault.message);
      return [];
    }
  }

  #tiles(): readonly PlacedTile[] {
    const tiles: PlacedTile[] = [];
    for (const path of this.#tree.files.keys()) {
      const tile = tileOf(path);
      if (tile !== undefined) tiles.push({ path, ...tile });
      else if (path !== CHECKPOINT) this.#report('manifest-mismatch', path, 'does not belong to the log');
    }
    return tiles;
  }

  /** Says which tiles a log of `size` entries must have and has not, and gives how wide each is. */
  #requireTiles(tiles: readonly PlacedTile[], size: number): ReadonlyMap<string, number> {
    const wanted = new Map<string, number>();
    const nameOf = (level: string | number, index: number): string => `${level} ${index}`;
    const demand = (level: string | number, count: number): void => {
      for (let index = 0; index * WIDTH < count; index++) {
        wanted.set(nameOf(level, index), Math.min(WIDTH, count - index * WIDTH));
      }
    };
    demand('entries', size);
    for (let [level, count] = [0, size]; count > 0; level++, count = Math.floor(count / WIDTH)) demand(level, count);
    const there = new Set(tiles.map(({ level, index, width }) => `${nameOf(level, index)} ${width}`));
    for (const [name, width] of wanted) {
      if (!there.has(`${name} ${width}`))
        this.#report('manifest-mismatch', pathOf(name, width), 'is not there, and a log of this size has it');
    }
    for (const { path, level, index, width } of tiles) {
      const most = wanted.get(nameOf(level, index)) ?? 0;
      if (width > most)
        this.#report('manifest-mismatch', path, `holds more than the ${size} entries that the checkpoint covers`);
    }
    return wanted;
  }

  async #readTiles(tiles: readonly PlacedTile[]): Promise<void> {
    const byPath = new Map(tiles.map((tile) => [tile.path, tile]));
    await this.#tree.pass((file) => {
      const tile = byPath.get(file.path);
      if (tile === undefined) return undefined;
      if (tile.level !== 'entries') {
        if (file.size === tile.width * TILE_HASH_BYTES)
          return wholeSink(file, (bytes) => this.#takeHashes(tile, bytes));
        this.#report(
          'manifest-mismatch',
          file.path,
          `has ${file.size} bytes, and ${counted(tile.width, 'hash has', 'hashes have')} ${tile.width * TILE_HASH_BYTES}`,
        );
        return undefined;
      }
      if (file.size <= MOST_BUNDLE_BYTES) return wholeSink(file, (bytes) => this.#takeEntries(tile, bytes));
      this.#report('manifest-mismatch', file.path, 'is longer than a bundle of entries can be');
      return undefined;
    });
  }

  #takeHashes({ path }: PlacedTile, bytes: Uint8Array): void {
    const hashes: Hash[] = [];
    for (let at = 0; at < bytes.length; at += TILE_HASH_BYTES)
      hashes.push(hexOf(bytes.subarray(at, at + TILE_HASH_BYTES)));
    this.#hashes.set(path, hashes);
  }

  #takeEntries({ path, index, width }: PlacedTile, bytes: Uint8Array): void {
    const bundle = bundleOf(this.#tools.platform, bytes);
    if (bundle?.leaves.length !== width) {
      const is =
        bundle === undefined
          ? 'it ends within an entry'
          : `it holds ${counted(bundle.leaves.length, 'entry', 'entries')}`;
      this.#report('manifest-mismatch', path, `${is}, and by its name it has ${width}`);
      return;
    }
    // A log keeps bundles of when it was smaller: each must be the beginning of the next.
    const other = this.#bundles.get(index);
    const [shorter, longer] =
      (other?.leaves.length ?? 0) < width ? [other, { ...bundle, path }] : [{ ...bundle, path }, other];
    if (shorter !== undefined && longer !== undefined) {
      const differs = shorter.leaves.findIndex((leaf, at) => leaf !== longer.leaves[at]);
      if (differs >= 0)
        this.#report(
          'body-digest-mismatch',
          path,
          `its entry ${index * WIDTH + differs} is not that of ${other?.path}`,
        );
    }
    if (longer !== undefined) this.#bundles.set(index, longer);
  }

  /** The leaf hashes of all entries, as far as there are. */
  #leaves(size: number): readonly Hash[] {
    const leaves: Hash[] = [];
    for (let index = 0; index * WIDTH < size; index++) {
      const bundle = this.#bundles.get(index);
      if (bundle === undefined) break;
      leaves.push(...bundle.leaves);
    }
    return leaves;
  }

  /** Every hash of every tile, recomputed from the level below. */
  #checkTiles(tiles: readonly PlacedTile[], leaves: readonly Hash[], wanted: ReadonlyMap<string, number>): void {
    let below = leaves;
    // A hash that is wrong on one level is wrong on all above.
    for (let level = 0; below.length > 0 && (level === 0 || this.#reported.size === 0); level++) {
      for (const tile of tiles.filter(({ level: own }) => own === String(level))) {
        if (wanted.has(`${level} ${tile.index}`) && !this.#reported.has(tile.path)) this.#checkTile(tile, below);
      }
      const above: Hash[] = [];
      for (let at = 0; at + WIDTH <= below.length; at += WIDTH) {
        above.push(rootOf(this.#tools.platform, below.slice(at, at + WIDTH)));
      }
      below = above;
    }
  }

  #checkTile({ path, level, index }: PlacedTile, hashes: readonly Hash[]): void {
    const from = index * WIDTH;
    const at = (this.#hashes.get(path) ?? []).findIndex(
      (hash, n) => hashes[from + n] !== undefined && hash !== hashes[from + n],
    );
    if (at < 0) return;
    const entries = this.#bundles.get(index)?.path;
    const whose = level === '0' ? `entry ${from + at} in ${entries}` : `tile ${from + at} of the level below`;
    this.#report('hash-mismatch', path, `its hash ${at} is not that of ${whose}`);
  }

  #checkRoot({ root, size }: Checkpoint, leaves: readonly Hash[]): void {
    const is = rootOf(this.#tools.platform, leaves);
    if (is === root && leaves.length === size) return;
    this.#report(
      'stream-root-mismatch',
      CHECKPOINT,
      `states the root ${root}, and that of its ${counted(size, 'entry', 'entries')} is ${is}`,
    );
  }

  #records({ origin, size }: Checkpoint): readonly LayoutRecord[] {
    const records: LayoutRecord[] = [];
    for (const [index, { path, digests }] of this.#bundles) {
      for (const [at, digest] of digests.entries()) {
        const seq = index * WIDTH + at;
        if (seq >= size) break;
        records.push({
          tenant: TENANT,
          stream: origin,
          id: String(seq),
          seq,
          type: 'entry',
          bodyDigest: `sha256:${digest}`,
          path,
        });
      }
    }
    return records;
  }
}

/** The path of a tile by its level and index, such as `entries 1234067`. */
function pathOf(name: string, width: number): string {
  const [level = '', index = ''] = name.split(' ');
  return tilePath({ level, index: Number(index), width });
}

export const TLOG_TILES: Layout = {
  id: 'tlog-tiles',
  title: 'a tiled transparency log',
  knownBy: '`checkpoint` or tiles below `tile/`',
  recognises: (paths) => paths.has(CHECKPOINT) || [...paths].some((path) => tileOf(path) !== undefined),
  read: (tree, tools) => new TilesReading(tree, tools).read(),
};
