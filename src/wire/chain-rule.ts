/** The rule of a custody chain as profiles and migrations have it: the forms of headers (declared-recipe.ts), for zod. */
import { z } from 'zod';
import { RECIPES } from '../core/custody/recipes.ts';
import { textForm } from '../core/json/form.ts';
import { present } from '../core/present.ts';
import { type RecipeChoice, recipeForms, type Segment } from '../core/snapshot/declared-recipe.ts';
import type { ChainRule } from '../core/snapshot/header.ts';
import { zodOf } from './zod-of.ts';

/**
 * A recipe that is declared, or the name of one.
 *
 * @param expected - what a name must be
 * @param names - which there are
 */
function recipesOf(expected: string, names: readonly string[]): ReturnType<typeof recipeForms> {
  return recipeForms(textForm(expected, (name) => names.includes(name), { enum: names }));
}

export function recipeSchema(expected: string, names: readonly string[]): z.ZodType<RecipeChoice> {
  return zodOf(recipesOf(expected, names).recipe);
}

const NAMES = [...RECIPES.keys()];
const known = recipesOf(`a known recipe: ${NAMES.join(', ')}, or one that is declared`, NAMES);

/** The hash that a source has for the first link. */
export const genesisHash = z.string().regex(/^(?:[0-9a-f]{2}){16,64}$/, 'no hash');

/** What `chain` may have in a profile of any version; the rule of one of both ways holds for it, too. */
export const chainMembers = {
  genesis: z
    .union([z.literal('zeros'), z.literal('null'), z.null(), genesisHash])
    .default('zeros')
    .describe('what the first link must be'),
  recipe: zodOf<RecipeChoice>(known.recipe).optional().describe('how `hash` is recomputed; none if not given'),
  firstSeq: z.int().min(0).default(1).describe('the first `seq`; 1 if not given'),
  gaps: z
    .enum(['refused', 'allowed'])
    .optional()
    .describe('whether `seq` may rise by more than 1; refused if not given'),
  segments: zodOf<readonly Segment[]>(known.segments)
    .optional()
    .describe('in the place of `recipe`: which one holds from where'),
};

/** A chain of a profile, as it was understood. */
type ProfileChain = z.output<z.ZodObject<typeof chainMembers>>;

/**
 * The rule of a chain as a header states it.
 *
 * @param recipe - by which `hash` is recomputed
 */
export function chainRuleFrom({ genesis, firstSeq, gaps, segments }: ProfileChain, recipe: RecipeChoice): ChainRule {
  return {
    genesis: (genesis ?? 'null') as ChainRule['genesis'],
    recipe,
    firstSeq,
    ...(gaps === 'allowed' ? { gaps } : {}),
    ...present({ segments }),
  };
}
