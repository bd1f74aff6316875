/** What pairs of records show, counted over all of them in bounded memory. */
import type { ChangeClass } from '../report/changes.ts';

/** Ways that are told apart at one place. */
const MOST_WAYS = 64;

/** One record that shows something, or does not; values as they are shown. */
export interface Example {
  readonly id?: string;
  readonly was: string | null;
  readonly is: string | null;
  readonly class: ChangeClass;
}

/** Something that a record shows, by a text that is the same wherever it is shown. */
export interface Way<T> {
  readonly sign: string;
  readonly what: T;
}

export interface CountedWay<T> extends Way<T> {
  records: number;
  readonly first: Example;
  /** The first record that does not show it. */
  against: Example | undefined;
}

/** What all tallies of a draft may hold together, in UTF-16 code units. */
export class Room {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  take(units: number): boolean {
    if (units > this.#left) return false;
    this.#left -= units;
    return true;
  }

  give(units: number): void {
    this.#left += units;
  }
}

interface Open<T> extends CountedWay<T> {
  /** The last record that shows it. */
  at: number;
}

/** Counts ways from the first record that shows one: so each count is that of all records. */
export class Tally<T> {
  readonly #room: Room;
  readonly #ways: Map<string, Open<T>> = new Map();
  #records = 0;
  #units = 0;
  #any: Example | undefined;
  /** Whether more was shown than is told apart. */
  overflowed = false;

  constructor(room: Room) {
    this.#room = room;
  }

  /** Takes what one record shows. */
  observe(shown: readonly Way<T>[], example: () => Example): void {
    if (this.overflowed) return;
    const at = ++this.#records;
    for (const { sign, what } of shown) {
      const known = this.#ways.get(sign);
      if (known === undefined) this.#open({ sign, what, records: 1, first: example(), against: this.#any, at });
      else if (known.at !== at) {
        known.records++;
        known.at = at;
      }
      if (this.overflowed) return;
    }
    for (const way of this.#ways.values()) if (way.at !== at) way.against ??= example();
    this.#any ??= example();
  }

  #open(way: Open<T>): void {
    const units = 200 + 2 * way.sign.length;
    if (this.#ways.size < MOST_WAYS && this.#room.take(units)) {
      this.#units += units;
      this.#ways.set(way.sign, way);
      return;
    }
    this.overflow();
  }

  /** Distinguishes nothing from now on. */
  overflow(): void {
    this.overflowed = true;
    this.#room.give(this.#units);
    this.#ways.clear();
  }

  /** The most shown first; of as many, what was shown first. */
  list(): readonly CountedWay<T>[] {
    return [...this.#ways.values()].sort((a, b) => b.records - a.records);
  }
}
