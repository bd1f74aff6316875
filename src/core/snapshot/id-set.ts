/**
 * Which ids a stream has had, for finding one that comes twice. An ordered stream is sorted by `seq`, so equal ids need
 * not stand side by side; in a set they do, unless it is out of order, which is refused anyway.
 *
 * It keeps 61 bits of a seeded hash of each id in open addressing. Chance makes two different ids look equal with
 * probability n²/2^62 (two in a billion for 100,000 records, one in 200,000 for 3 million); then a sound stream is
 * refused, never the other way round. The table jumps to its working size early (32 MiB), where it stays up to some
 * three million ids in one stream; beyond that it doubles, 16 to 32 bytes for each further id.
 */

const SMALL_SLOTS = 4096;
const WORKING_SLOTS = 4 * 1024 * 1024;
const FULLEST = 0.75;
/** One of the two sides of a comparison; both share a table, since most ids are on both. */
export type SideBit = 1 | 2;

/** The bits of both sides. */
export const BOTH_SIDES = 3;

/** One side or both. */
export type SideBits = SideBit | typeof BOTH_SIDES;

/** Where the two numbers begin that an id is remembered by: each is mixed with its code units (see `#remember`). */
export interface IdSeeds {
  readonly low: number;
  readonly high: number;
}

export class IdSet {
  readonly #seed: number;
  /** Pairs: 32 bits of hash, then 30 bits of hash and the two side bits. A slot without side bits is free. */
  readonly #small: Uint32Array = new Uint32Array(2 * SMALL_SLOTS);
  /** Kept from one big stream to the next. */
  #big: Uint32Array | undefined;
  #table: Uint32Array = this.#small;
  #count = 0;
  #place: string | undefined;
  #lastId: string | undefined;
  #lastSeeds: IdSeeds | undefined;
  #low = 0;
  #high = 0;
  readonly #seedsOf: Record<SideBit, IdSeeds>;

  /** @param seed - any 32-bit number; one that an attacker cannot foresee keeps him from making ids collide */
  constructor(seed: number) {
    this.#seed = seed >>> 0;
    const seeds = this.#seedsAt('');
    this.#seedsOf = { 1: seeds, 2: seeds };
  }

  /**
   * Says that a side begins a new stream. The table is emptied for its sake, unless the other side has begun the same
   * one: in a comparison both are always in one stream.
   *
   * @param place - a text that no other stream has
   */
  enter(place: string, side: SideBit): void {
    // The place goes into the hash too: where the sides do part (a comparison that had to stop), what the other one
    // has left in the table must not look like an id of this stream.
    if (place !== this.#place) {
      this.#clear();
      this.#place = place;
      this.#seeds = this.#seedsAt(place);
    }
    this.#seedsOf[side] = this.#seeds ?? this.#seedsAt(place);
  }

  #seeds: IdSeeds | undefined;

  #seedsAt(place: string): IdSeeds {
    const low = mixed(this.#seed, place);
    return { low, high: mixed(~low ^ this.#seed, place) };
  }

  /** What ids of the open stream are remembered by, for `addMany`; undefined where both sides are not in one stream. */
  seedsOf(sides: SideBits): IdSeeds | undefined {
    if (sides !== BOTH_SIDES) return this.#seedsOf[sides];
    return this.#seedsOf[1] === this.#seedsOf[2] ? this.#seeds : undefined;
  }

  /** Cheap after a small stream, since there may be a hundred thousand of them. */
  #clear(): void {
    if (this.#count > 0) this.#small.fill(0);
    this.#table = this.#small;
    this.#count = 0;
  }

  /**
   * Notes `id` for a side.
   *
   * @param mayGrow - whether every id must be noted; else a table at its working size takes no more, and an id that
   *   comes twice can be overlooked
   * @returns whether that side has had it before in its stream
   */
  add(id: string, side: SideBit, mayGrow = true): boolean {
    const seeds = this.#seedsOf[side];
    // The other side has mostly just had the same id in the same stream.
    if (id !== this.#lastId || seeds !== this.#lastSeeds) {
      this.#lastId = id;
      this.#lastSeeds = seeds;
      this.#remember(seeds, id);
    }
    return this.#note(this.#low, this.#high, side, mayGrow);
  }

  /**
   * Notes ids that are already two numbers each: what `#remember` makes of them with `seedsOf` these sides.
   *
   * @param numbers - two for each; of the second the last two bits are the sides that have it
   * @param sides - of all of them, whatever their bits say; for both at once, neither may have had it
   * @returns how many were noted, up to the first that was there before in its stream
   */
  addMany(numbers: Uint32Array, count: number, mayGrow: boolean, sides?: SideBits): number {
    for (let at = 0; at < count; at++) {
      const second = numbers[2 * at + 1] ?? 0;
      const of = sides ?? ((second & BOTH_SIDES) as SideBits);
      if (this.#note(numbers[2 * at] ?? 0, (second & ~3) >>> 0, of, mayGrow)) return at;
    }
    return count;
  }

  /** Whether two numbers are what `id` is remembered by in the open stream of these sides, whoever has it. */
  areOf(low: number, high: number, sides: SideBits, id: string): boolean {
    const seeds = this.seedsOf(sides);
    const given = (high & ~3) >>> 0;
    return seeds !== undefined && low === mixed(seeds.low, id) && given === (mixed(seeds.high, id) & ~3) >>> 0;
  }

  #remember({ low: lowSeed, high: highSeed }: IdSeeds, id: string): void {
    this.#low = mixed(lowSeed, id);
    this.#high = (mixed(highSeed, id) & ~3) >>> 0;
  }

  /** The slot of these two numbers, or the free one in which they belong. */
  #slotOf(low: number, high: number): number {
    const table = this.#table;
    const mask = table.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = table[2 * slot + 1] ?? 0;
      if ((entry & 3) === 0 || (table[2 * slot] === low && (entry & ~3) >>> 0 === high)) return slot;
    }
  }

  #note(low: number, high: number, side: SideBits, mayGrow: boolean): boolean {
    const table = this.#table;
    const slot = this.#slotOf(low, high);
    const entry = table[2 * slot + 1] ?? 0;
    if ((entry & 3) !== 0) {
      if (side === BOTH_SIDES) return true;
      table[2 * slot + 1] = entry | side;
      return (entry & side) !== 0;
    }
    if (!mayGrow && this.#count >= FULLEST * WORKING_SLOTS) return false;
    table[2 * slot] = low;
    table[2 * slot + 1] = high | side;
    this.#count++;
    if (this.#count > FULLEST * (table.length / 2)) this.#grow();
    return false;
  }

  #grow(): void {
    const old = this.#table;
    const slots = Math.max(WORKING_SLOTS, old.length);
    if (this.#big !== undefined && this.#big.length >= 2 * slots) this.#big.fill(0);
    else this.#big = new Uint32Array(2 * slots);
    this.#table = this.#big;
    const mask = this.#table.length / 2 - 1;
    for (let from = 0; from < old.length; from += 2) {
      const entry = old[from + 1] ?? 0;
      if ((entry & 3) === 0) continue;
      let slot = (old[from] ?? 0) & mask;
      while (((this.#table[2 * slot + 1] ?? 0) & 3) !== 0) slot = (slot + 1) & mask;
      this.#table[2 * slot] = old[from] ?? 0;
      this.#table[2 * slot + 1] = entry;
    }
  }
}

/** 32 bits that depend on every bit of `seed` and `text` (the finish is that of MurmurHash3). */
function mixed(seed: number, text: string): number {
  let state = seed;
  for (let at = 0; at < text.length; at++) {
    // Without what is added, 0 would stay 0 whatever the seed: then "" and "\u0001" are one id under seed 0.
    state = (Math.imul(state ^ text.charCodeAt(at), 0x9e3779b1) + 0x6d2b79f5) | 0;
    state ^= state >>> 15;
  }
  state ^= text.length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
