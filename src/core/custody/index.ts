/** The registry of recipes: to add one, add its file and its line here. */

import { none } from './none.ts';
import type { Recipe } from './recipe.ts';
import { sha256JcsBody } from './sha256-jcs-body.ts';
import { sha256PrevBody } from './sha256-prev-body.ts';

/** Every recipe by its name. */
export const RECIPES: ReadonlyMap<string, Recipe> = new Map(
  [none, sha256JcsBody, sha256PrevBody].map((recipe) => [recipe.name, recipe]),
);
