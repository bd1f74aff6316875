/**
 * Under which recipe each record of a chain is checked, and what the checks of chains add up to, by segment, by recipe
 * and over all streams of a side.
 */

import { type RecipeChoice, recipeName, type Segment } from '../snapshot/declared-recipe.ts';
import type { ChainRule } from '../snapshot/header.ts';
import { attributeOf, type EvidenceRecord } from '../snapshot/record.ts';
import { counted, shortText } from '../words.ts';
import type { Recipe } from './recipes.ts';

/*
 * Which recipe holds for a record of a chain: one for all, or by segments (docs/snapshot.md, "Segments").
 *
 * The first segment that fits a record is its own, and in a chain none comes back: whoever adds records cannot choose a
 * recipe of the past for them.
 */

/** Under which segment a record is checked. */
export interface SegmentPlace {
  /** From 0. */
  readonly index: number;
  readonly recipe: Recipe;
  /** In words, for the report; undefined where the chain has no segments. */
  readonly label: string | undefined;
  /** Whether a record may have neither hash nor link here, if none before it has. */
  readonly mayBeUnhashed: boolean;
}

function fits({ until, when }: Segment, { seq, attrs }: EvidenceRecord): boolean {
  if (until !== undefined && (seq === undefined || seq > until.seq)) return false;
  return Object.entries(when ?? {}).every(([name, value]) => attrs !== undefined && attributeOf(attrs, name) === value);
}

function labelOf({ until, when, recipe }: Segment, index: number): string {
  const conditions = [
    ...(until === undefined ? [] : [`seq to ${until.seq}`]),
    ...Object.entries(when ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
  ];
  const where = conditions.length === 0 ? 'the rest' : conditions.join(', ');
  return `segment ${index + 1} (${where}): ${recipeName(recipe)}`;
}

export class SegmentWalk {
  readonly #segments: readonly Segment[] | undefined;
  readonly #places: readonly SegmentPlace[];
  #reached = 0;

  constructor(rule: ChainRule | undefined, recipeOf: (recipe: RecipeChoice) => Recipe) {
    this.#segments = rule?.segments;
    const tolerant = rule?.unhashedBeginning !== false;
    this.#places = (this.#segments ?? []).map((segment, index, { length }) => ({
      index,
      recipe: recipeOf(segment.recipe),
      label: labelOf(segment, index),
      mayBeUnhashed: tolerant && segment.recipe === 'none' && index < length - 1,
    }));
    if (rule === undefined || this.#segments !== undefined) return;
    this.#places = [{ index: 0, recipe: recipeOf(rule.recipe), label: undefined, mayBeUnhashed: false }];
  }

  /** @returns where `record`, the next of the stream, belongs, or what is wrong; undefined where no hash is recomputed */
  next(record: EvidenceRecord): SegmentPlace | string | undefined {
    if (this.#segments === undefined) return this.#places[0];
    const index = this.#segments.findIndex((segment) => fits(segment, record));
    if (index < 0) return 'it falls under no segment of its chain, so no recipe holds for it';
    if (index < this.#reached && record.seq !== undefined) {
      return `it falls under segment ${index + 1} of its chain, and the record before it under segment ${this.#reached + 1}`;
    }
    this.#reached = index;
    return this.#places[index];
  }
}

/* What the checks of chains add up to, over all streams of a side. */

/** Of the records under one segment of a chain, or under one recipe: how many hashes were recomputed, and how many not. */
interface SegmentTally {
  done: number;
  skipped: number;
  readonly why: Set<string>;
}

/** A stream whose recipe fits none of its records, or next to none. */
export interface UnfitRecipe {
  readonly tenant: string;
  readonly stream: string;
  readonly recipe: string;
}

/** The sums over all of it. */
export interface ChainSums {
  readonly links: number;
  readonly sequence: number;
  readonly recipes: number;
  readonly recipesSkipped: number;
  readonly derived: number;
  readonly textOnly: number;
  readonly why: ReadonlySet<string>;
  /** By what segments say of themselves. */
  readonly segments: ReadonlyMap<string, Readonly<Pick<SegmentTally, 'done' | 'skipped'>>>;
  readonly unfit: readonly UnfitRecipe[];
  readonly fit: ReadonlySet<string>;
}

/** Whether a recipe fits the records of a stream, of which it fits none or nearly none if it does not. */
export interface RecipeFitting {
  readonly recipe: string;
  readonly fits: boolean;
}

/**
 * The recipe that is probably wrong itself: one that fits next to no record of a stream, and none of any other. Where it
 * fits the baseline, it is the records of the current side that were changed.
 */
export function wrongRecipeOf(tallies: readonly Pick<ChainSums, 'unfit' | 'fit'>[]): UnfitRecipe | undefined {
  const unfit = tallies.flatMap((tally) => tally.unfit);
  return unfit.find(({ recipe }) => !tallies.some(({ fit }) => fit.has(recipe)));
}

const MOST_NAME = 200;

/** What a headline says of it before it says anything of the records. */
export function wrongRecipeText({ tenant, stream, recipe }: UnfitRecipe): string {
  const place = `${JSON.stringify(shortText(stream, MOST_NAME))} of ${JSON.stringify(shortText(tenant, MOST_NAME))}`;
  return `probably a wrong recipe, or a wrong key: ${recipe} gives none of the hashes of ${place}`;
}

/** @param of - whose hashes they are: ` of the baseline` */
export function byValueText(hashes: number, of = ''): string {
  return `${counted(hashes, `hash${of} was`, `hashes${of} were`)} compared by value only, not recomputed`;
}

/** What the hashes of one side leave open; and how many were checked under which segment. */
export function recipeNotes({
  textOnly,
  segments,
  recipesSkipped,
}: Pick<ChainSums, 'textOnly' | 'segments' | 'recipesSkipped'>): readonly string[] {
  const notes = [...segments].map(([label, { done, skipped }]) => `${label}: ${done} recomputed, ${skipped} not`);
  const besides = [...segments.values()].reduce((left, { skipped }) => left - skipped, recipesSkipped);
  if (besides > 0) notes.push(byValueText(besides));
  if (textOnly === 0) return notes;
  const what = `${counted(textOnly, 'hash is', 'hashes are')} of a text that is stored beside the body, and that is not the body`;
  return [...notes, `${what}: that the body says the same was not checked`];
}

/** A header may have a segment for each stream, and a reason for each: so many are kept apart. */
const MOST_KEPT = 256;
const OTHER_SEGMENTS = 'other segments';

export class ChainTally implements ChainSums {
  links = 0;
  sequence = 0;
  recipes = 0;
  recipesSkipped = 0;
  /** Derived values that were recomputed. */
  derived = 0;
  /** Hashes of a text that the source stores, and that is not the body. */
  textOnly = 0;
  /** Why some recipes were not recomputed. */
  readonly why: Set<string> = new Set();
  /** Names of keys that were needed and not given. */
  readonly missingKeys: Set<string> = new Set();
  /** By what segments say of themselves. */
  readonly segments: Map<string, SegmentTally> = new Map();
  readonly unfit: UnfitRecipe[] = [];
  /** Recipes that fit a stream. */
  readonly fit: Set<string> = new Set();

  /** @param label - of the segment, where a chain has them */
  recompute(label: string | undefined): void {
    this.recipes++;
    if (label !== undefined) this.#segment(label).done++;
  }

  /** As many calls of `recompute` and `skip`, of a chain without segments. */
  addMany(recomputed: number, skipped: number, why: string): void {
    this.recipes += recomputed;
    this.recipesSkipped += skipped;
    if (skipped > 0) add(this.why, why);
  }

  skip(why: string, label: string | undefined, missingKey?: string): void {
    this.recipesSkipped++;
    add(this.why, why);
    if (missingKey !== undefined) add(this.missingKeys, missingKey);
    if (label === undefined) return;
    const segment = this.#segment(label);
    segment.skipped++;
    add(segment.why, why);
  }

  /** Takes what a stream has shown of the recipes of its chain. */
  conclude(place: { readonly tenant: string; readonly stream: string }, recipes: readonly RecipeFitting[]): void {
    for (const { recipe, fits } of recipes) {
      if (fits) add(this.fit, recipe);
      else if (this.unfit.length < MOST_KEPT) this.unfit.push({ ...place, recipe });
    }
  }

  #segment(label: string): SegmentTally {
    const name = this.segments.has(label) || this.segments.size < MOST_KEPT ? label : OTHER_SEGMENTS;
    const segment = this.segments.get(name) ?? { done: 0, skipped: 0, why: new Set() };
    this.segments.set(name, segment);
    return segment;
  }
}

function add(texts: Set<string>, text: string): void {
  if (texts.size < MOST_KEPT) texts.add(text);
}
