/**
 * The tiles of a growing log (c2sp.org/tlog-tiles): hashes of one level of its tree, and the entries themselves, 256 to a
 * file. A full tile never changes; the last of each level is partial, and has its width in its name.
 */
import { fromHex, joined } from '../base64.ts';
import type { Hash, Platform } from '../platform.ts';
import { rootOf } from './tree.ts';

/** Hashes of a full tile, and entries of a full bundle. */
export const TILE_WIDTH = 256;
export const TILE_HASH_BYTES = 32;
/** Each entry stands in its bundle after its length, in two bytes. */
export const MOST_ENTRY_BYTES = 0xffff;

const ENTRIES = 'entries';
const PATH = /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

export interface Tile {
  /** `entries`, or the level of a tile of hashes in digits. */
  readonly level: string;
  readonly index: number;
  readonly width: number;
}

/** The path of a tile in its log: the index 1234067 is `x001/x234/067`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/[0-9]{3}/g) ?? [];
  const shown = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${level}/${shown}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** The tile of a path; undefined if it is that of none: each tile has one path. */
export function tileOf(path: string): Tile | undefined {
  const [, level, index, width] = PATH.exec(path) ?? [];
  if (level === undefined || index === undefined) return undefined;
  const tile = { level, index: Number(index.replace(/[x/]/g, '')), width: Number(width ?? TILE_WIDTH) };
  return tile.width <= TILE_WIDTH && tilePath(tile) === path ? tile : undefined;
}

/**
 * The entries of a bundle.
 *
 * @returns undefined if it ends within an entry
 */
export function entriesIn(bundle: Uint8Array): readonly Uint8Array[] | undefined {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 + 256 * (bundle[at] ?? 0) + (bundle[at + 1] ?? 0);
    if (end > bundle.length) return undefined;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

/** The first `width` hashes or entries of a tile, as its bytes; undefined if it has fewer. */
export function beginningOf(level: string, bytes: Uint8Array, width: number): Uint8Array | undefined {
  if (level !== ENTRIES) {
    return bytes.length < width * TILE_HASH_BYTES ? undefined : bytes.subarray(0, width * TILE_HASH_BYTES);
  }
  const first = entriesIn(bytes)?.slice(0, width) ?? [];
  if (first.length < width) return undefined;
  return bytes.subarray(
    0,
    first.reduce((sum, { length }) => sum + 2 + length, 0),
  );
}

/** Makes the tiles of a log while its entries come by, each when it is full, the partial ones at the end. */
export class TileMaker {
  readonly #platform: Platform;
  readonly #put: (tile: Tile, bytes: Uint8Array) => void;
  #entries: Uint8Array[] = [];
  #bundles = 0;
  /** Of each level, the hashes of the tile that is not full yet, and how many are. */
  readonly #levels: { hashes: Hash[]; full: number }[] = [];

  /** @param put - takes each tile once */
  constructor(platform: Platform, put: (tile: Tile, bytes: Uint8Array) => void) {
    this.#platform = platform;
    this.#put = put;
  }

  /**
   * Takes the next entry.
   *
   * @param entry - the input of its leaf; it is copied
   * @param leaf - its leaf hash
   * @throws RangeError for an entry that is too long
   */
  append(entry: Uint8Array, leaf: Hash): void {
    if (entry.length > MOST_ENTRY_BYTES) throw new RangeError(`an entry has ${MOST_ENTRY_BYTES} bytes at most`);
    this.#entries.push(Uint8Array.of(Math.floor(entry.length / 256), entry.length % 256), Uint8Array.from(entry));
    if (this.#entries.length === 2 * TILE_WIDTH) this.#putBundle();
    this.#push(0, leaf);
  }

  /** Puts the partial tiles; to be called once, after the last entry. */
  finish(): void {
    if (this.#entries.length > 0) this.#putBundle();
    for (const level of this.#levels.keys()) this.#putHashes(level);
  }

  #putBundle(): void {
    const width = this.#entries.length / 2;
    this.#put({ level: ENTRIES, index: this.#bundles++, width }, joined(...this.#entries));
    this.#entries = [];
  }

  #push(level: number, hash: Hash): void {
    const own = this.#levels[level] ?? { hashes: [], full: 0 };
    this.#levels[level] = own;
    own.hashes.push(hash);
    if (own.hashes.length < TILE_WIDTH) return;
    const above = rootOf(this.#platform, own.hashes);
    this.#putHashes(level);
    this.#push(level + 1, above);
  }

  #putHashes(level: number): void {
    const own = this.#levels[level];
    if (own === undefined || own.hashes.length === 0) return;
    const tile = { level: String(level), index: own.full, width: own.hashes.length };
    this.#put(tile, joined(...own.hashes.map(fromHex)));
    own.hashes = [];
    own.full++;
  }
}
