/** What one place of all records of a group says of the operation that made it what it is. */

import { canonicalText } from '../json/canonical.ts';
import type { Json } from '../json/value.ts';
import { classOfChange } from '../judge/change-class.ts';
import type { Conversion } from './convert.ts';
import { type CountedWay, type Example, type Room, Tally } from './draft-tally.ts';
import {
  type Arrivals,
  constantOf,
  conversionsOf,
  type DraftOperation,
  type Entry,
  entryOf,
  type Leaves,
  makes,
} from './draft-ways.ts';

/** Values that stayed, against which a conversion is held. */
const MOST_KEPT = 8;

/** Texts in a table. */
const MOST_VALUES = 64;

function short(value: Json | undefined): string | null {
  if (value === undefined) return null;
  const text = canonicalText(value);
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

/** One pair as an example of what it shows at `pointer`. */
export function exampleAt(pointer: string, was: Leaves, is: Leaves): Example {
  const id = was.get('/id');
  const [before, after] = [was.get(pointer), is.get(pointer)];
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...{ was: short(before), is: short(after), class: classOfChange(before, after) },
  };
}

/** How a value became another one: all by a conversion, or each by an entry of a table. */
export type Change =
  | {
      readonly to: Conversion;
      readonly way: CountedWay<Conversion>;
      /** Records that stayed as they were, and would not by it. */
      readonly broken: number;
    }
  | { readonly entries: readonly CountedWay<Entry>[]; readonly others: readonly CountedWay<Entry>[] };

export class Place {
  readonly pointer: string;
  /** Records in which it is there no longer, is new, is another value, and is as it was. */
  gone = 0;
  fresh = 0;
  changed = 0;
  kept = 0;
  /** The first record that differs here. */
  first: Example | undefined;
  readonly #keptValues: Map<string, Json> = new Map();
  readonly #conversions: Tally<Conversion>;
  readonly #values: Tally<Entry>;
  readonly #constants: Tally<DraftOperation>;
  readonly #arrivals: Tally<DraftOperation>;

  constructor(pointer: string, room: Room) {
    this.pointer = pointer;
    this.#conversions = new Tally(room);
    this.#values = new Tally(room);
    this.#constants = new Tally(room);
    this.#arrivals = new Tally(room);
  }

  goes(was: Leaves, is: Leaves): void {
    this.gone++;
    this.first ??= exampleAt(this.pointer, was, is);
  }

  comes(value: Json, arrivals: Arrivals, was: Leaves, is: Leaves): void {
    this.fresh++;
    const example = () => exampleAt(this.pointer, was, is);
    this.first ??= example();
    this.#arrivals.observe(arrivals.of(this.pointer, value), example);
    const constant = constantOf(this.pointer, value);
    this.#constants.observe(constant === undefined ? [] : [constant], example);
  }

  stays(value: Json, was: Leaves, is: Leaves): void {
    this.kept++;
    this.#enter(value, value, () => exampleAt(this.pointer, was, is));
    if (this.#keptValues.size >= MOST_KEPT) return;
    const text = canonicalText(value);
    if (text.length <= 200) this.#keptValues.set(text, value);
  }

  becomes(before: Json, after: Json, was: Leaves, is: Leaves): void {
    this.changed++;
    const example = () => exampleAt(this.pointer, was, is);
    this.first ??= example();
    this.#enter(before, after, example);
    this.#conversions.observe(conversionsOf(before, after), example);
  }

  #enter(from: Json, to: Json, example: () => Example): void {
    if (this.#values.overflowed) return;
    const entry = entryOf(from, to);
    if (entry === undefined) this.#values.overflow();
    else this.#values.observe([entry], example);
  }

  /**
   * Where a value that is new in most records comes from.
   *
   * @param isFree - whether nothing else has moved from there
   */
  arrival(isFree: (from: string) => boolean): CountedWay<DraftOperation> | undefined {
    const [arrival] = this.#arrivals.list().filter(({ what: { op, from } }) => op !== 'move' || isFree(String(from)));
    const [constant] = this.#constants.list();
    const best = (constant?.records ?? 0) > (arrival?.records ?? 0) ? constant : arrival;
    return best !== undefined && best.records * 2 > this.fresh ? best : undefined;
  }

  /** Undefined where neither a conversion nor a table explains most of it. */
  change(): Change | undefined {
    const [best] = this.#conversions.list();
    const table = this.#table();
    const tabled = table?.entries.reduce(
      (sum, { what: { from, to }, records }) => sum + (from === to ? 0 : records),
      0,
    );
    if (best === undefined || best.records * 2 <= this.changed || best.records * 10 < (tabled ?? 0) * 9) return table;
    const stay = [...this.#keptValues.values()].every((value) => makes(best.what, value, value));
    if (!stay && (best.records <= this.kept || table !== undefined)) return table;
    return { to: best.what, way: best, broken: stay ? 0 : this.kept };
  }

  /** A table of all texts that were seen, each with what most of its records have now; undefined where it is none. */
  #table(): Extract<Change, { entries: unknown }> | undefined {
    const best = new Map<string, CountedWay<Entry>>();
    const others: CountedWay<Entry>[] = [];
    for (const way of this.#values.list()) {
      const { from, to } = way.what;
      if (typeof from !== 'string' || (typeof to !== 'string' && typeof to !== 'boolean')) return undefined;
      if (best.has(from)) others.push(way);
      else best.set(from, way);
    }
    const records = this.changed + this.kept;
    // As many results as entries from as many records is a list of what was seen, and no rule.
    if (best.size === 0 || best.size > MOST_VALUES || (best.size > 4 && best.size > records / 2)) return undefined;
    return { entries: [...best.values()], others };
  }

  /** What became of what, where that is told apart; else undefined. */
  differences(): readonly CountedWay<Entry>[] | undefined {
    const list = this.#values.list().filter(({ what: { from, to } }) => canonicalText(from) !== canonicalText(to));
    return list.length > 0 && this.gone + this.fresh === 0 ? list : undefined;
  }
}
