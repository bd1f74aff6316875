/**
 * Which recipe holds for a record of a chain: one for all, or by segments (docs/snapshot.md, "Segments").
 *
 * The first segment that fits a record is its own, and in a chain none comes back: whoever adds records cannot choose a
 * recipe of the past for them.
 */
import { type RecipeChoice, recipeName, type Segment } from '../snapshot/declared-recipe.ts';
import type { ChainRule } from '../snapshot/header.ts';
import { attributeOf, type EvidenceRecord } from '../snapshot/record.ts';
import type { Recipe } from './recipes.ts';

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
