/** The registry of recipes for derived values: to add one, add its file and its line here. */
import type { DerivedRecipe } from './derived-rule.ts';
import { sha256HashDashSeq } from './sha256-hash-dash-seq.ts';

/** Every recipe by its name. */
export const DERIVED_RECIPES: ReadonlyMap<string, DerivedRecipe> = new Map(
  [sha256HashDashSeq].map((recipe) => [recipe.name, recipe]),
);
