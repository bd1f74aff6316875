/**
 * Records of both sides counted by attributes that a profile names. Information alone: no finding and no verdict comes of it
 * (docs/profile.md, "Counts by what matters").
 */
import { count, described, listOf, type MembersOf, nullable, object, text } from '../json/form.ts';
import { compareUtf8 } from '../json/utf8.ts';
import type { Subject } from '../snapshot/header.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';

/** Attributes that one side may name. */
export const MOST_ATTRIBUTES = 8;

/** Values of an attribute that are listed: the first in the order of their UTF-8 bytes, so that their counts are exact. */
export const MOST_VALUES = 100;

/** A longer name or value, in UTF-16 units, is none that people count by. */
export const LONGEST = 256;

/** Records of each side; null where that cannot be known: of a summary, and of a side that was not read to its end. */
export interface CountPair {
  readonly baseline: number | null;
  readonly current: number | null;
}

export interface ValueCount extends CountPair {
  readonly value: string;
}

/** For each side `values + others + absent` are its records. */
export interface CountedBy {
  readonly attribute: string;
  readonly values: readonly ValueCount[];
  /** Records with a value that is not among them. */
  readonly others: CountPair;
  /** Records without the attribute. */
  readonly absent: CountPair;
}

const PAIR = { baseline: nullable(count), current: nullable(count) } satisfies MembersOf<CountPair>;

export const countedByForm = object({
  attribute: text,
  values: listOf(object({ value: text, ...PAIR } satisfies MembersOf<ValueCount>)),
  others: described(object(PAIR), 'records with another value'),
  absent: described(object(PAIR), 'records without the attribute'),
} satisfies MembersOf<CountedBy>);

/** What one side has of one attribute. */
export interface SideCount {
  readonly values: ReadonlyMap<string, number>;
  readonly others: number;
  readonly absent: number;
}

/** The attributes to count by that a header names: what is no such list names none. */
export function countByOf({ countBy }: Subject): readonly string[] {
  if (!Array.isArray(countBy)) return [];
  const names = countBy.filter((name): name is string => typeof name === 'string' && name.length <= LONGEST);
  return [...new Set(names)].slice(0, MOST_ATTRIBUTES);
}

/** The attributes by which a comparison counts both sides: those of the baseline, and those of the current side. */
export function countByOfBoth(baseline: Subject, current: Subject): readonly string[] {
  return [...new Set([...countByOf(baseline), ...countByOf(current)])];
}

/** By attribute; undefined of a side of which nothing is known. */
export type SideCounts = ReadonlyMap<string, SideCount> | undefined;

/**
 * The counts of one attribute. Kept are the first values in the order of their UTF-8 bytes: one that had to leave is behind all
 * that are kept from then on, so no count of a kept value is ever half, whatever the order of the records.
 */
class Tally implements SideCount {
  readonly values: Map<string, number> = new Map();
  others = 0;
  absent = 0;
  /** The last of the kept values, once there are as many as may be. */
  #last: string | undefined;

  take(value: unknown): void {
    if (typeof value !== 'string') this.absent++;
    else if (value.length > LONGEST) this.others++;
    else this.#count(value);
  }

  #count(value: string): void {
    const before = this.values.get(value);
    if (before !== undefined) this.values.set(value, before + 1);
    else if (this.#last !== undefined && compareUtf8(value, this.#last) > 0) this.others++;
    else this.#keep(value);
  }

  #keep(value: string): void {
    this.values.set(value, 1);
    if (this.values.size > MOST_VALUES && this.#last !== undefined) {
      this.others += this.values.get(this.#last) ?? 0;
      this.values.delete(this.#last);
    }
    if (this.values.size === MOST_VALUES) {
      this.#last = [...this.values.keys()].reduce((a, b) => (compareUtf8(a, b) > 0 ? a : b));
    }
  }
}

export class AttributeCounts {
  readonly #tallies: ReadonlyMap<string, Tally>;
  /** The attributes of the last record: many records in a row have the same. */
  #text: string | undefined;
  #attrs: Readonly<Record<string, unknown>> = {};

  /** @param attributes - their names */
  constructor(attributes: readonly string[]) {
    this.#tallies = new Map(attributes.map((attribute) => [attribute, new Tally()]));
  }

  /** By attribute. */
  get counts(): ReadonlyMap<string, SideCount> {
    return this.#tallies;
  }

  take({ attrs }: Pick<EvidenceRecord, 'attrs'>): void {
    if (attrs !== this.#text) {
      this.#text = attrs;
      // Texts alone, and canonical: there is no number in it that could lose a digit.
      this.#attrs = attrs === undefined ? {} : JSON.parse(attrs);
    }
    for (const [attribute, tally] of this.#tallies) {
      tally.take(Object.hasOwn(this.#attrs, attribute) ? this.#attrs[attribute] : undefined);
    }
  }
}

/**
 * The counts of both sides, one beside the other. The first values of both together are among the first of each: so these
 * counts are exact, whatever became `others` on the way.
 */
export function countedBy(
  attributes: readonly string[],
  baseline: SideCounts,
  current: SideCounts,
): readonly CountedBy[] {
  return attributes.map((attribute) => {
    const [was, is] = [baseline?.get(attribute), current?.get(attribute)];
    const all = new Set([...(was?.values.keys() ?? []), ...(is?.values.keys() ?? [])]);
    const listed = [...all].sort(compareUtf8).slice(0, MOST_VALUES);
    const pair = (of: (side: SideCount) => number): CountPair => ({
      baseline: was === undefined ? null : of(was),
      current: is === undefined ? null : of(is),
    });
    return {
      attribute,
      values: listed.map((value) => ({ value, ...pair(({ values }) => values.get(value) ?? 0) })),
      others: pair((side) => side.others + unlisted(side, new Set(listed))),
      absent: pair((side) => side.absent),
    };
  });
}

function unlisted({ values }: SideCount, listed: ReadonlySet<string>): number {
  return [...values].reduce((sum, [value, records]) => (listed.has(value) ? sum : sum + records), 0);
}

/** Why the counts of a report cannot be those of its sides: every record is counted once, or no count of a side is known. */
export function countFaults(report: {
  readonly countBy?: readonly CountedBy[];
  readonly baseline: { readonly records: number };
  readonly current: { readonly records: number };
}): readonly string[] {
  return (report.countBy ?? []).flatMap(({ attribute, values, others, absent }) =>
    (['baseline', 'current'] as const)
      .filter((side) => {
        const figures = [...values, others, absent].map((pair) => pair[side]);
        if (figures.every((figure) => figure === null)) return false;
        return figures.reduce<number>((sum, figure) => sum + (figure ?? Number.NaN), 0) !== report[side].records;
      })
      .map((side) => `the counts by ${JSON.stringify(attribute)} do not add up to the records of the ${side}`),
  );
}
