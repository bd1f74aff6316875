/**
 * Whether a text can stand as one condition between parentheses: read as PostgreSQL reads it (its manual, 4.1 "Lexical
 * Structure"), as far as that says where quotes, comments, parentheses and statements begin and end.
 *
 * What would need more than that to be sure of is refused, not understood: texts with escapes, dollar quotes, comments.
 */
import { z } from 'zod';
import { hasOneOfBoth, NULLS_ATTRIBUTE, ONE_OF_BOTH } from '../core/snapshot/header.ts';
import { chainMembers } from './chain-rule.ts';

// One token at a time. A quote that is never closed matches none of the first, and is refused as a character.
const TOKEN = /'[^']*'|"[^"]+"|--|\/\*|[\s\S]/gu;
const NAME_PART = /[\p{L}\p{N}_$]$/u;

const REFUSED: ReadonlyMap<string, string> = new Map([
  [';', 'it has a `;`: it must be one expression'],
  ['--', 'it has a comment'],
  ['/*', 'it has a comment'],
  ["'", 'a quote is not closed'],
  ['"', 'a quote is not closed'],
  ['$', 'it has a `$`: there are no parameters, and texts stand in single quotes'],
  ['\\', 'it has a backslash outside a quote'],
]);

/**
 * What keeps `text` from being one condition.
 *
 * @returns the reason; undefined if nothing does
 */
export function faultOfCondition(text: string): string | undefined {
  if (text.trim() === '') return 'it is empty';
  if (text.includes('\0')) return 'it has a zero character';
  let depth = 0;
  let before = '';
  for (const [token] of text.matchAll(TOKEN)) {
    const refused = REFUSED.get(token);
    if (refused !== undefined) return refused;
    // E'…' has escapes that hide a quote; of two quotes without a space between them the second is part of the first.
    if (token.startsWith("'") && NAME_PART.test(before)) return `it has a letter before a quote, as in E'…'`;
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (depth < 0) return 'a parenthesis is closed that was not opened';
    before = token;
  }
  return depth === 0 ? undefined : 'a parenthesis is not closed';
}

/*
 * A profile: which tables of a database hold evidence, and how their rows become records.
 *
 * Names in it are identifiers of the database, taken literally and always quoted; nothing in it is SQL but `where`.
 */

// PostgreSQL cuts longer names off without an error: two names of a profile could then mean one column.
const MOST_NAME_BYTES = 63;

/** What keeps `name` from being one of the database; undefined if nothing does. */
export function faultOfIdentifier(name: string): string | undefined {
  const fits = name !== '' && !name.includes('\0') && new TextEncoder().encode(name).length <= MOST_NAME_BYTES;
  return fits ? undefined : 'not a PostgreSQL name: 1 to 63 bytes';
}

const identifier = z
  .string()
  .min(1)
  .refine((name) => faultOfIdentifier(name) === undefined, { message: 'not a PostgreSQL name: 1 to 63 bytes' });
const text = z.string().min(1).max(256);
const literal = z.strictObject({ value: text });
const textMember = z.union([identifier, literal]);

const condition = z.string().superRefine((where, context) => {
  const fault = faultOfCondition(where);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: `not one SQL condition: ${fault}` });
});

/** They say which columns of a body are NULL. */
export const RESERVED_ATTRIBUTES: readonly string[] = ['body.isNull', NULLS_ATTRIBUTE];

const isDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

const bodySchema = z.union([
  identifier,
  z.strictObject({ column: identifier, as: z.enum(['json', 'text']) }),
  z.strictObject({
    columns: z.union([z.literal('*'), z.array(identifier).min(1).refine(isDistinct, 'a column is named twice')]),
  }),
]);

const chainSchema = z
  .strictObject({
    ...chainMembers,
    recipeNeeds: identifier
      .optional()
      .describe('member that a body must have for the recipe to apply; without it the hash is compared by value'),
  })
  .refine(hasOneOfBoth, ONE_OF_BOTH)
  .refine(({ recipeNeeds, segments }) => recipeNeeds === undefined || segments === undefined, {
    message: '`recipeNeeds` goes with `recipe`; with `segments` say `when`',
  });

const tableSchema = z
  .strictObject({
    schema: identifier,
    table: identifier,
    tenant: textMember,
    stream: z.union([identifier, literal, z.strictObject({ prefix: text, column: identifier })]),
    id: identifier,
    seq: identifier.optional(),
    type: textMember,
    recordedAt: identifier.optional(),
    prev: identifier.optional(),
    hash: identifier.optional(),
    attrs: z.record(text, identifier).default({}),
    body: bodySchema.optional(),
    bodyDigest: identifier.optional(),
    chain: chainSchema.optional(),
    derived: z
      .record(text, z.enum(['sha256-hash-dash-seq']))
      .default({})
      .describe('attribute to how it must follow from the rest of the record'),
    where: condition.optional().describe('SQL condition on rows; it is named in every report'),
  })
  .refine(({ body, bodyDigest }) => body !== undefined || bodyDigest !== undefined, {
    message: 'a table needs `body` or `bodyDigest`: without them no content is evidence',
  })
  .refine(({ attrs }) => !RESERVED_ATTRIBUTES.some((name) => Object.hasOwn(attrs, name)), {
    message: `\`attrs\` may not have ${RESERVED_ATTRIBUTES.join(' or ')}: these say which columns of a body are NULL`,
  })
  .refine(({ derived, attrs }) => Object.keys(derived).every((name) => Object.hasOwn(attrs, name)), {
    message: '`derived` names an attribute that `attrs` does not have',
  });

/** Where the first table stands that another one before it names too; -1 if none does. */
function repeatedTable(tables: readonly { readonly schema: string; readonly table: string }[]): number {
  const names = tables.map(({ schema, table }) => JSON.stringify([schema, table]));
  return names.findIndex((name, at) => names.indexOf(name) !== at);
}

export const profileSchema = z.strictObject({
  kind: z.literal('evidence-profile'),
  version: z.literal(1),
  name: text,
  description: z.string().default(''),
  assumptions: z.array(z.string()).default([]),
  tables: z
    .array(tableSchema)
    .min(1)
    .superRefine((tables, context) => {
      const at = repeatedTable(tables);
      // What is stated of a table, such as its condition, is stated by its name.
      if (at >= 0) context.addIssue({ code: 'custom', path: [at], message: 'a table is named twice' });
    }),
});

/** What `parseProfile` gives; what is written in a file may leave out what has a default. */
export type Profile1 = z.output<typeof profileSchema>;
export type ProfileInput1 = z.input<typeof profileSchema>;
