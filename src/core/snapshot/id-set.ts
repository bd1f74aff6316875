/**
 * Which ids a stream has had, for finding one that comes twice. An ordered stream is sorted by `seq`, so equal ids need
 * not stand side by side. In a set they do, unless it is out of order, which is refused anyway: what a set has had is kept
 * in turn, 8 bytes for each id, and looked up from the first id on that is not in order.
 *
 * It keeps 61 bits of a seeded hash of each id in open addressing. Chance makes two different ids look equal with
 * probability n²/2^62 (two in a billion for 100,000 records, one in 200,000 for 3 million); then a sound stream is
 * refused, never the other way round. The table grows where it lies: of its room (32 MiB) the system gives what was
 * written to. It has 4 MiB from fifty thousand ids in one stream on, and from four hundred thousand on it doubles, 11 to 22
 * bytes for each id.
 */

/** How many slots the table has in a new stream: few, since there may be a million streams, and it is emptied for each. */
const FIRST_SLOTS = 256;
/** Until it has many, it becomes so many times as large at once. */
const FIRST_STEP = 16;
const MANY_SLOTS = 512 * 1024;
/** In so many no room is set aside for more. */
const SMALL_ROOM = FIRST_SLOTS * FIRST_STEP;
const ROOM = 4 * 1024 * 1024;
const FULLEST = 0.75;
/** A set takes no more ids than this. */
const MOST_OF_SET = FULLEST * ROOM;
/** One of the two sides of a comparison; both share a table, since most ids are on both. */
export type SideBit = 1 | 2;

/**
 * Where an id stands: `any`, in an ordered stream; `ascending`, in a set, behind all that its side has had there; `broken`,
 * in a set that is not in order.
 */
export type IdOrder = 'any' | 'ascending' | 'broken';

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
  #room: Uint32Array = new Uint32Array(2 * SMALL_ROOM);
  /** Its beginning; what lies behind is zero. */
  #table: Uint32Array = this.#room.subarray(0, 2 * FIRST_SLOTS);
  #count = 0;
  /** Whether the room has no table, but entries in turn, in which nothing is looked for. */
  #isInTurn = false;
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

  #clear(): void {
    if (this.#isInTurn) this.#room.fill(0, 0, 2 * this.#count);
    else if (this.#count > 0) this.#table.fill(0);
    if (this.#table.length > 2 * FIRST_SLOTS) this.#table = this.#room.subarray(0, 2 * FIRST_SLOTS);
    this.#count = 0;
  }

  /**
   * Notes `id` for a side.
   *
   * @param order - of a set no more than three million are noted, so that one that comes twice can be overlooked
   * @returns whether that side has had it before in its stream
   */
  add(id: string, side: SideBit, order: IdOrder = 'any'): boolean {
    const seeds = this.#seedsOf[side];
    // The other side has mostly just had the same id in the same stream.
    if (id !== this.#lastId || seeds !== this.#lastSeeds) {
      this.#lastId = id;
      this.#lastSeeds = seeds;
      this.#remember(seeds, id);
    }
    if (!this.#keepsInTurn(order)) return this.#note(this.#low, this.#high, side, order === 'any');
    this.#keep(this.#low, this.#high, side);
    return false;
  }

  /**
   * Notes ids that are already two numbers each: what `#remember` makes of them with `seedsOf` these sides.
   *
   * @param numbers - two for each; of the second the last two bits are the sides that have it
   * @param sides - of all of them, whatever their bits say; for both at once, neither may have had it
   * @returns how many were noted, up to the first that was there before in its stream
   */
  addMany(numbers: Uint32Array, count: number, order: IdOrder, sides?: SideBits): number {
    if (this.#keepsInTurn(order)) {
      this.#keepMany(numbers, count, sides);
      return count;
    }
    for (let at = 0; at < count; at++) {
      const second = numbers[2 * at + 1] ?? 0;
      const of = sides ?? ((second & BOTH_SIDES) as SideBits);
      if (this.#note(numbers[2 * at] ?? 0, (second & ~3) >>> 0, of, order === 'any')) return at;
    }
    return count;
  }

  /** Whether the next of that order is kept in turn: of a set that has been in order so far. */
  #keepsInTurn(order: IdOrder): boolean {
    if (this.#count === 0) this.#isInTurn = order === 'ascending';
    else if (this.#isInTurn && order !== 'ascending') this.#lookUp();
    return this.#isInTurn;
  }

  #keep(low: number, high: number, side: SideBits): void {
    const last = 2 * this.#count - 2;
    const room = this.#room;
    // Mostly the other side has just had it.
    if (last >= 0 && room[last] === low && ((room[last + 1] ?? 0) & ~3) >>> 0 === high) {
      room[last + 1] = high | side | (room[last + 1] ?? 0);
      return;
    }
    if (this.#count >= MOST_OF_SET) return;
    if (last + 4 > room.length) this.#makeRoom(ROOM);
    this.#room[last + 2] = low;
    this.#room[last + 3] = high | side;
    this.#count++;
  }

  #keepMany(numbers: Uint32Array, count: number, sides: SideBits | undefined): void {
    const [begin, end] = [this.#count, Math.min(this.#count + count, MOST_OF_SET)];
    if (2 * end > this.#room.length) this.#makeRoom(ROOM);
    const room = this.#room;
    room.set(numbers.subarray(0, 2 * (end - begin)), 2 * begin);
    if (sides !== undefined)
      for (let at = begin; at < end; at++) room[2 * at + 1] = ((room[2 * at + 1] ?? 0) & ~3) | sides;
    this.#count = end;
  }

  /** Makes a table of what was kept in turn. */
  #lookUp(): void {
    const [kept, count] = [this.#room, this.#count];
    this.#room = new Uint32Array(2 * SMALL_ROOM);
    this.#table = this.#room.subarray(0, 2 * FIRST_SLOTS);
    this.#count = 0;
    this.#isInTurn = false;
    for (let at = 0; at < count; at++) {
      const [low, second] = [kept[2 * at] ?? 0, kept[2 * at + 1] ?? 0];
      for (const side of [1, 2] as const) if (second & side) this.#note(low, (second & ~3) >>> 0, side, true);
    }
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
    if (!mayGrow && this.#count >= MOST_OF_SET) return false;
    table[2 * slot] = low;
    table[2 * slot + 1] = high | side;
    this.#count++;
    if (this.#count > FULLEST * (table.length / 2)) this.#grow();
    return false;
  }

  #grow(): void {
    const slots = this.#table.length / 2;
    const more = slots < MANY_SLOTS ? Math.min(MANY_SLOTS, FIRST_STEP * slots) : 2 * slots;
    if (2 * more > this.#room.length) this.#makeRoom(Math.max(ROOM, more));
    this.#table = this.#room.subarray(0, 2 * more);
    this.#spread(slots);
  }

  /** Room for so many entries, with what there is. */
  #makeRoom(entries: number): void {
    const room = new Uint32Array(2 * entries);
    room.set(this.#room);
    this.#room = room;
    this.#table = room.subarray(0, this.#table.length);
  }

  /**
   * Brings the entries of the first `slots` to where they belong in the whole table. One after the other: each stays where it
   * is, moves to the front within its run, or goes behind all of them, so none comes between another and its place.
   */
  #spread(slots: number): void {
    const table = this.#table;
    // What stands in front may have come from the end that there was, and has to wait for those before it.
    const front: number[] = [];
    let first = 0;
    for (; ((table[2 * first + 1] ?? 0) & 3) !== 0; first++) {
      front.push(table[2 * first] ?? 0, table[2 * first + 1] ?? 0);
      table[2 * first + 1] = 0;
    }
    for (let slot = first; slot < slots; slot++) {
      const entry = table[2 * slot + 1] ?? 0;
      if ((entry & 3) === 0) continue;
      table[2 * slot + 1] = 0;
      this.#put(table[2 * slot] ?? 0, entry);
    }
    for (let at = 0; at < front.length; at += 2) this.#put(front[at] ?? 0, front[at + 1] ?? 0);
  }

  #put(low: number, entry: number): void {
    const slot = this.#slotOf(low, (entry & ~3) >>> 0);
    this.#table[2 * slot] = low;
    this.#table[2 * slot + 1] = entry;
  }
}

/** 32 bits that depend on every bit of `seed` and `text` (the finish is that of MurmurHash3); the engine does the same. */
export function mixed(seed: number, text: string): number {
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
