/**
 * The rule of a custody chain in schemas of zod: for profiles, and for the published JSON Schemas. Headers are read by the
 * forms of src/core/snapshot/declared-recipe.ts; test/wire/form.test.ts holds both to each other.
 */
import { z } from 'zod';
import { RECIPES } from '../core/custody/recipes.ts';
import {
  ALGORITHMS,
  FIELD_FORMS,
  HASHED_RULE,
  INTEGERS,
  isRecordPointer,
  isShortText,
  MOST_PARTS,
  MOST_SEGMENTS,
  MOST_TEXT,
  POINTER_RULE,
  preimagePointer,
  SPELLINGS,
  saysWhatIsHashed,
} from '../core/snapshot/declared-recipe.ts';

const lengthPrefix = z.enum(INTEGERS).optional().describe('the length in bytes, written before the part');
const shortText = z.string().max(MOST_TEXT).refine(isShortText);
const pointer = z.string().refine(isRecordPointer, POINTER_RULE).describe(`RFC 6901: ${POINTER_RULE}`);

const prevPart = z.strictObject({ prev: z.enum(SPELLINGS), null: shortText.optional(), lengthPrefix });
const textPart = z.strictObject({ text: shortText, lengthPrefix });
const fieldPart = z.strictObject({
  field: pointer,
  as: z.enum(FIELD_FORMS).optional().describe('text if not given'),
  null: shortText.optional().describe('what a value that is missing or null becomes; without it that is a fault'),
  lengthPrefix,
});
const digestPart = z.strictObject({
  digest: z
    .array(z.union([prevPart, textPart, fieldPart]))
    .min(1)
    .max(MOST_PARTS),
  as: z.enum(SPELLINGS).optional().describe('hex if not given'),
  lengthPrefix,
});

/** A recipe that is declared (docs/snapshot.md, "Declared recipes"). */
const declaredRecipeSchema = z
  .strictObject({
    algorithm: z.enum(ALGORITHMS),
    encode: z.enum(['hex', 'base64']).optional().describe('how the source spells its hashes; hex if not given'),
    of: z
      .array(z.union([prevPart, textPart, fieldPart, digestPart]))
      .min(1)
      .max(MOST_PARTS)
      .optional()
      .describe('what is hashed, one part after another'),
    hmacKey: z.string().min(1).max(256).optional().describe('name of the key, which --chain-key supplies'),
    preimage: z
      .string()
      .min(1)
      .refine((text) => isRecordPointer(preimagePointer(text)))
      .optional()
      .describe('the field that stores the hashed text: a pointer, or the name of an attribute'),
  })
  .refine(saysWhatIsHashed, HASHED_RULE);

/**
 * The name of a recipe or one that is declared.
 *
 * @param name - what a name must be
 */
export function recipeSchema<N extends z.ZodType<string>>(name: N) {
  return z.union([name, declaredRecipeSchema]);
}

/** Which recipe holds from where, or for which attribute. */
export function segmentsSchema<N extends z.ZodType<string>>(name: N) {
  const attributes = z
    .record(z.string(), z.string().max(MOST_TEXT))
    .refine((values) => Object.keys(values).length > 0, 'name an attribute');
  return z
    .array(
      z.strictObject({
        until: z
          .strictObject({ seq: z.int().min(0) })
          .optional()
          .describe('the last record of the segment'),
        when: attributes.optional().describe('the attributes, with the values, that the records of the segment have'),
        recipe: recipeSchema(name),
      }),
    )
    .min(1)
    .max(MOST_SEGMENTS);
}

export const ONE_OF_BOTH = '`recipe` or `segments`, not both';

/** Whether a rule says in one way how hashes are recomputed. */
export function hasOneOfBoth({
  recipe,
  segments,
}: {
  readonly recipe?: unknown;
  readonly segments?: unknown;
}): boolean {
  return recipe === undefined || segments === undefined;
}

const recipeName = z
  .string()
  .refine((name) => RECIPES.has(name), { message: `unknown recipe; known are ${[...RECIPES.keys()].join(', ')}` });

/** What `chain` may have in a profile of any version; the rule of one of both ways holds for it, too. */
export const chainMembers = {
  genesis: z
    .union([z.literal('zeros'), z.literal('null'), z.string().regex(/^(?:[0-9a-f]{2}){16,64}$/)])
    .default('zeros')
    .describe('what the first link must be'),
  recipe: recipeSchema(recipeName).optional().describe('how `hash` is recomputed; none if not given'),
  firstSeq: z.int().min(0).default(1),
  gaps: z
    .enum(['refused', 'allowed'])
    .optional()
    .describe('whether `seq` may rise by more than 1; refused if not given'),
  segments: segmentsSchema(recipeName).optional().describe('in the place of `recipe`: which one holds from where'),
};
