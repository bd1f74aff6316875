/**
 * Version 2 of the profile: items of any kind of source, and how each becomes a record (docs/profile.md).
 *
 * A name is a column where items are rows, and a JSON Pointer (RFC 6901) into the item where they are JSON.
 */
import { z } from 'zod';
import { EvidenceError, type EvidenceErrorOptions } from '../core/errors.ts';
import type { FieldRule } from '../core/mapping/field.ts';
import { MOST_ATTRIBUTES } from '../core/report/count-by.ts';
import { hasOneOfBoth, ONE_OF_BOTH } from '../core/snapshot/header.ts';
import { chainMembers } from './chain-rule.ts';
import { parseDocument } from './document.ts';

const text = z.string().min(1).max(256);
const name = z.string().max(1024).describe('a column, bare, or a JSON Pointer into the item');

const hashSpelling = z.strictObject({
  encoding: z.enum(['hex', 'base64', 'base64url', 'bytea']).describe('`bytea` is what PostgreSQL prints'),
  case: z.literal('any').optional().describe('hexadecimal digits of either case'),
  prefix: z.string().min(1).max(32).optional().describe('a text that stands before the digits, e.g. `sha256:`'),
});

const FIELD_OBJECT = {
  field: z.lazy((): z.ZodType<FieldRule> => fieldSchema).describe('what it is made of'),
  null: z.string().max(256).optional().describe('what a missing value or NULL becomes; empty where the member may be'),
  zone: text.optional().describe('IANA time zone of a time that has none'),
  fold: z.enum(['earlier', 'later']).optional().describe('which of the two instants a local time that came twice is'),
  hash: hashSpelling.optional().describe('how a hash is spelled; it becomes lower-case hexadecimal'),
  prefix: text.optional().describe('a text put before the value'),
  genesis: z.string().max(256).optional().describe('the word of the source for no predecessor; of `prev` alone'),
};

/** Where a member of a record comes from. */
const fieldSchema: z.ZodType<FieldRule> = z.union([
  name,
  z.strictObject({ value: text }),
  z.strictObject(FIELD_OBJECT),
  z
    .strictObject({ digest: name, of: z.enum(['json', 'base64']) })
    .describe('SHA-256 of a JSON value in canonical form, or of the bytes that a text in base64 spells'),
  z.strictObject({ path: z.literal(true) }).describe('the path of the file, with `/`, under the folder'),
  z
    .strictObject({ path: text, take: text })
    .describe('a template such as `sboms/{tenant}/{id}.json`, and the name to take'),
]);

/** Members that are never empty in a record. */
const FILLED = ['tenant', 'stream', 'id', 'seq', 'type', 'recordedAt', 'prev', 'hash', 'bodyDigest'] as const;

type Filled = (typeof FILLED)[number];
type Given = FieldRule | readonly FieldRule[] | undefined;

/** The first of them that a profile makes empty where there is nothing: it would be found in that item and in no other. */
function emptiedMember(place: Readonly<Partial<Record<Filled, Given>>>): Filled | undefined {
  const isEmptied = (rule: FieldRule | undefined): boolean =>
    typeof rule === 'object' && 'null' in rule && rule.null === '';
  return FILLED.find((member) => [place[member]].flat().some(isEmptied));
}

const condition = z.string().min(1).describe('SQL condition on rows; it is named in every report');
const glob = z
  .string()
  .min(1)
  .max(1024)
  .describe('a path under the folder; `*`, `?` within a name, `**` for any depth');

const LAYOUT_NAMES = [
  'oci',
  'bagit',
  'in-toto',
  'sigstore',
  'archivista',
  'cyclonedx',
  'spdx',
  'stella-export',
  'stella-sealed',
  'stella-vex',
  'tlog-tiles',
] as const;

const fromSchema = z.union([
  z.strictObject({
    table: z
      .string()
      .regex(/^[^.]+\.[^.]+$/, 'give schema.table')
      .describe('a table of PostgreSQL, with its schema'),
    where: condition.optional(),
  }),
  z.strictObject({ json: glob, items: z.string().max(1024).default('').describe('JSON Pointer to the array') }),
  z.strictObject({ ndjson: glob }),
  z.strictObject({
    csv: glob,
    header: z.boolean().default(true).describe('whether the first line names the columns; else they are `1`, `2`, …'),
    delimiter: z
      .string()
      .length(1)
      .refine((one) => !/["\r\n]/.test(one), 'a quote or the end of a line parts no cells')
      .default(',')
      .describe('what parts the cells; a comma if not given'),
  }),
  z.strictObject({
    files: glob,
    as: z
      .enum(['json', 'text', 'bytes'])
      .default('json')
      .describe('`json` if not given; of others the digest alone is taken'),
  }),
  z.strictObject({ layout: z.enum(LAYOUT_NAMES).describe('a published layout, or a kind of document') }),
]);

const isDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

const bodySchema = z.union([
  name.describe('a column or pointer; the empty pointer is the whole item'),
  z.strictObject({ field: name, as: z.enum(['json', 'text', 'bytes']) }),
  z.strictObject({
    columns: z.union([z.literal('*'), z.array(name).min(1).refine(isDistinct, 'a column is named twice')]),
  }),
]);

/** One place where items lie, and how each becomes a record. */
const placeSchema = z.strictObject({
  from: fromSchema.describe('where the items lie'),
  path: z.string().min(1).optional().describe('of a layout: the folder or archive under the source'),
  tenant: fieldSchema.default({ value: 'default' }).describe('whose it is; `default` if not given'),
  stream: fieldSchema.optional().describe('`items` if not given'),
  id: z
    .union([fieldSchema, z.array(fieldSchema).min(2)])
    .optional()
    .describe('several: their canonical JSON array'),
  seq: fieldSchema.optional().describe('the position in an ordered stream'),
  type: fieldSchema.optional().describe('what the record is counted under; `item` if not given'),
  recordedAt: fieldSchema.optional().describe('RFC 3339'),
  prev: fieldSchema.optional().describe('the hash of the record before'),
  hash: fieldSchema.optional().describe('the hash that the source keeps of the record'),
  attrs: z.record(text, fieldSchema).default({}).describe('further members, each under its name'),
  body: bodySchema.optional().describe('the evidence itself; all of the item, or all columns, if not given'),
  bodyDigest: fieldSchema.optional().describe('SHA-256 of the body; without `body` there is none but this'),
  chain: z
    .strictObject(chainMembers)
    .refine(hasOneOfBoth, ONE_OF_BOTH)
    .optional()
    .describe('how the links of its streams are checked'),
  shared: z.boolean().default(false).describe('whether another place may feed the same stream'),
});

const itemsSchema = placeSchema.superRefine((place, context) => {
  const member = emptiedMember(place);
  const message = 'no record has an empty text there: give another one for `null`';
  if (member !== undefined) context.addIssue({ code: 'custom', path: [member], message });
});

const holdsSchema = z
  .strictObject({
    attribute: text.optional().describe('held is what has it, and not empty, `false`, `0` or `no`'),
    streams: z.array(text).min(1).optional().describe('their names, or prefixes that end with `*`'),
  })
  .refine(
    ({ attribute, streams }) => attribute !== undefined || streams !== undefined,
    'give attribute, streams or both',
  )
  .describe('what no migration may retire; it stands in the header of what is read');

const NOT_GIVEN = 'no place has this attribute in its attrs';

interface Unheld {
  readonly items: readonly z.output<typeof itemsSchema>[];
  readonly holds?: { attribute?: string | undefined } | undefined;
  readonly countBy?: readonly string[] | undefined;
}

/** Whether some place can give records that attribute. */
function isGiven({ items }: Unheld, attribute: string): boolean {
  return items.some(({ from, attrs }) => 'layout' in from || Object.hasOwn(attrs, attribute));
}

/** An attribute that no place makes would hold nothing, and nobody would notice. */
function holdsByWhatIsThere(profile: Unheld): boolean {
  const attribute = profile.holds?.attribute;
  return attribute === undefined || isGiven(profile, attribute);
}

/** Nor would one be counted. */
function countsWhatIsThere(profile: Unheld): boolean {
  return (profile.countBy ?? []).every((attribute) => isGiven(profile, attribute));
}

const countBySchema = z
  .array(text)
  .min(1)
  .max(MOST_ATTRIBUTES)
  .refine(isDistinct, 'an attribute is named twice')
  .describe('attributes by whose values records are counted; it stands in the header of what is read');

export const profileSchema2 = z
  .strictObject({
    kind: z.literal('evidence-profile'),
    version: z.literal(2),
    name: text.describe('what header and report call it'),
    system: text.optional().describe('of which system the evidence is: what gates and metrics know it by'),
    description: z.string().default('').describe('for people'),
    assumptions: z.array(z.string()).default([]).describe('what was guessed when it was made, for people'),
    holds: holdsSchema.optional(),
    countBy: countBySchema.optional(),
    items: z.array(itemsSchema).min(1).describe('the places'),
  })
  .refine(holdsByWhatIsThere, { path: ['holds', 'attribute'], message: NOT_GIVEN })
  .refine(countsWhatIsThere, { path: ['countBy'], message: NOT_GIVEN });

/** A profile of version 2, as it was understood. */
export type ItemsProfile = z.output<typeof profileSchema2>;
/** What may be written for one: what has a default may be left out. */
export type ProfileInput2 = z.input<typeof profileSchema2>;
/** One place of it. */
export type ItemsPlace = ItemsProfile['items'][number];

/**
 * A profile of version 2 from plain values.
 *
 * @param file - where it comes from, for the message
 * @throws EvidenceError `schema-violation` that names the first member that is wrong
 */
export function itemsProfileFrom(value: unknown, file: string): ItemsProfile {
  const options = { where: { file }, advice: 'see docs/profile.md for the members of a profile' };
  requireUsableNames(value, options);
  return parseDocument(profileSchema2, 'a profile', value, options);
}

/**
 * Refuses a profile with a member `__proto__`, which zod leaves out without a word: an attribute of that name would be lost.
 *
 * @throws EvidenceError `schema-violation`
 */
export function requireUsableNames(value: unknown, options: EvidenceErrorOptions): void {
  const lost = lostMember(value);
  if (lost === undefined) return;
  throw new EvidenceError('schema-violation', `not a profile at /${lost.join('/')}: this name cannot be used`, options);
}

function lostMember(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '__proto__')) return ['__proto__'];
  for (const [name, member] of Object.entries(value)) {
    const found = lostMember(member);
    if (found !== undefined) return [name, ...found];
  }
  return undefined;
}

/* A profile of one place, made of options. */

const SHORT = 'the options --records and --map';

/** Members of a record that options can name, for tables as for files. */
export const MAPPED_MEMBERS: ReadonlySet<string> = new Set([
  'tenant',
  'stream',
  'id',
  'seq',
  'type',
  'recordedAt',
  'prev',
  'hash',
  'body',
  'bodyDigest',
]);

/** What the option for a member says: a pointer or column, or a fixed text with a leading `=`. */
function mapped(member: string, given: string): unknown {
  if (member === 'body') return given === '*' ? { columns: '*' } : given;
  return given.startsWith('=') ? { value: given.slice(1) } : given;
}

/** How a file is read whose name is `name`, where only a pointer is given. */
function fromOf(name: string, records: string): unknown {
  const ending = /\.(\w+)(?:\.gz)?$/.exec(name.toLowerCase())?.[1];
  if (ending === 'csv') return { csv: '**' };
  if (ending === 'ndjson' || ending === 'jsonl') return { ndjson: '**' };
  return { json: '**', items: records };
}

/**
 * A profile of version 2 for one file, from options.
 *
 * @param records - JSON Pointer to the array; `""` for the file itself, and for lines and rows
 * @param map - member to pointer or column; `=text` for a fixed text; `attrs.name` for an attribute
 * @param name - of the file: its ending says whether it is of lines or rows
 * @throws EvidenceError `schema-violation`
 */
export function itemsProfile(records: string, map: ReadonlyMap<string, string>, name: string): unknown {
  const attrs: [string, unknown][] = [];
  const members: Record<string, unknown> = {};
  for (const [member, given] of map) {
    if (member.startsWith('attrs.')) attrs.push([member.slice('attrs.'.length), mapped(member, given)]);
    else if (MAPPED_MEMBERS.has(member)) members[member] = mapped(member, given);
    else {
      const reason = `--map ${member}: no such member; known are ${[...MAPPED_MEMBERS].join(', ')}, attrs.NAME`;
      throw new EvidenceError('schema-violation', reason, { where: { file: SHORT } });
    }
  }
  const from = fromOf(name, records);
  if (records !== '' && !('json' in (from as object))) {
    const reason = `--records ${records}: ${name} is of lines or rows, and has no array; give --records ""`;
    throw new EvidenceError('schema-violation', reason, { where: { file: SHORT } });
  }
  const items = [{ from, ...members, attrs: Object.fromEntries(attrs) }];
  return { kind: 'evidence-profile', version: 2, name: 'generic', items };
}
