/**
 * What the report of one shard says besides: which part it is of what, and its sums. They hold what a report else says in
 * sums over both sides or in words alone: with them a join makes the report of the whole by the code that made the parts'.
 */
import { count, described, flag, hash, listOf, type MembersOf, mapOf, object, oneOf, text } from '../json/form.ts';
import type { Hash } from '../platform.ts';
import type { Shard } from '../snapshot/shard.ts';

/** What the audit of one side adds up to, beside its records. */
export interface SideSums {
  readonly bodies: number;
  readonly links: number;
  readonly sequence: number;
  readonly recipes: number;
  readonly recipesSkipped: number;
  readonly derived: number;
  readonly textOnly: number;
  /** Why recipes were not recomputed. */
  readonly why: readonly string[];
  readonly segments: readonly { readonly label: string; readonly done: number; readonly skipped: number }[];
  /** Streams with a recipe that fits none of their records, or next to none; and the recipes that fit a stream. */
  readonly unfit: readonly { readonly tenant: string; readonly stream: string; readonly recipe: string }[];
  readonly fit: readonly string[];
  /** Names of chains in which `seq` may leap. */
  readonly gaps: readonly string[];
  /** What the side stated of itself that was compared: nothing, counts, or roots as well. */
  readonly stated: 'nothing' | 'counts' | 'roots';
}

/** What of `notChecked` no figure says. */
export interface NoteSums {
  readonly trust: readonly string[];
  readonly subject: readonly string[];
  readonly sameAllowed: boolean;
  readonly overflowed: boolean;
}

export interface PartSums {
  /** How many findings of each side and kind were listed at most. */
  readonly maxFindings: number;
  /** Of the findings that are counted, those that were already in the baseline. */
  readonly alreadyInBaseline: Readonly<Record<string, number>>;
  readonly notes: NoteSums;
  /** Streams that are ordered on one side alone: a report says of a stream what the baseline is. */
  readonly turned: readonly { readonly tenant: string; readonly stream: string }[];
  readonly baseline: SideSums;
  readonly current: SideSums;
}

/** Which part of both sides was compared, and of which wholes: the same in all parts that belong together. */
export interface PartStatement extends Shard {
  readonly baseline: Hash;
  readonly current: Hash;
}

export interface PartReport extends PartStatement {
  readonly sums: PartSums;
}

/** What is said under `notChecked` of a report that was made of those of parts. */
export const PARTS_BELIEVED =
  'the records of either side: what the reports of the shards say of them was believed, and added up';

const sideSums = object({
  bodies: count,
  links: count,
  sequence: count,
  recipes: count,
  recipesSkipped: count,
  derived: count,
  textOnly: count,
  why: listOf(text),
  segments: listOf(object({ label: text, done: count, skipped: count })),
  unfit: listOf(object({ tenant: text, stream: text, recipe: text })),
  fit: listOf(text),
  gaps: listOf(text),
  stated: oneOf('nothing', 'counts', 'roots'),
} satisfies MembersOf<SideSums>);

export const partForm = object({
  index: count,
  count,
  baseline: described(hash, 'the whole of which the baseline is a part'),
  current: described(hash, 'the whole of which the current side is a part'),
  sums: described(
    object({
      maxFindings: count,
      alreadyInBaseline: mapOf(count),
      notes: object({
        trust: listOf(text),
        subject: listOf(text),
        sameAllowed: flag,
        overflowed: flag,
      } satisfies MembersOf<NoteSums>),
      turned: listOf(object({ tenant: text, stream: text })),
      baseline: sideSums,
      current: sideSums,
    } satisfies MembersOf<PartSums>),
    'what merge needs of the part that else is said in sums or words alone',
  ),
} satisfies MembersOf<PartReport>);
