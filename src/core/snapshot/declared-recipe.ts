/**
 * A recipe that is declared, not programmed: how a source computes the `hash` of its records, as a header or a profile
 * states it (docs/snapshot.md, "Declared recipes"). What it takes is in the record, so that a snapshot alone can be
 * recomputed. src/core/custody/declared.ts computes it.
 */
import {
  choice,
  count,
  type Form,
  filledText,
  listOf,
  object,
  oneOf,
  optional,
  ruled,
  textForm,
} from '../json/form.ts';
import type { PlainJson } from '../json/value.ts';

export const ALGORITHMS = ['sha256', 'sha384', 'sha512', 'sha3-256', 'sha1', 'blake3'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** How the bytes of a digest are written into a text. */
export const SPELLINGS = ['hex', 'raw', 'base64'] as const;
export type Spelling = (typeof SPELLINGS)[number];

/** Whole numbers of fixed width: unsigned, big-endian or little-endian. */
export const INTEGERS = ['u8', 'u16be', 'u16le', 'u32be', 'u32le', 'u64be', 'u64le'] as const;
export type IntegerForm = (typeof INTEGERS)[number];

/** How the value of a field is written. */
export const FIELD_FORMS = ['text', 'jcs', 'rfc8785', 'bytes', 'hex', ...INTEGERS] as const;
export type FieldForm = (typeof FIELD_FORMS)[number];

interface Prefixed {
  /** The length of the part in bytes, written before it. */
  readonly lengthPrefix?: IntegerForm | undefined;
}

/** The link to the record before: nothing where that is null, unless `null` says what. */
export interface PrevPart extends Prefixed {
  readonly prev: Spelling;
  readonly null?: string | undefined;
}

export interface TextPart extends Prefixed {
  readonly text: string;
}

/** A value of the record. */
export interface FieldPart extends Prefixed {
  /** RFC 6901, into the record. */
  readonly field: string;
  /** Default `text`. */
  readonly as?: FieldForm | undefined;
  /** What a value that is missing or null becomes; without it a missing one is a fault. */
  readonly null?: string | undefined;
}

/** The digest of other parts, by the algorithm of the recipe. */
export interface DigestPart extends Prefixed {
  readonly digest: readonly Exclude<RecipePart, DigestPart>[];
  /** Default `hex`. */
  readonly as?: Spelling | undefined;
}

export type RecipePart = PrevPart | TextPart | FieldPart | DigestPart;

export interface DeclaredRecipe {
  readonly algorithm: Algorithm;
  /** How the source spells its hashes; `hash` and `prev` of a record are lower-case hex in any case. Default `hex`. */
  readonly encode?: 'hex' | 'base64' | undefined;
  /** What is hashed, one part after another. Default: the field `preimage` alone. */
  readonly of?: readonly RecipePart[] | undefined;
  /** The name of the key of an HMAC (RFC 2104). */
  readonly hmacKey?: string | undefined;
  /** The field that stores the hashed text: a pointer, or the name of an attribute. */
  readonly preimage?: string | undefined;
}

/** A name in the registry, or a recipe that is declared. */
export type RecipeChoice = string | DeclaredRecipe;

/** Records of a chain that have one recipe: up to a `seq`, or where attributes have these values; else all. */
export interface Segment {
  readonly until?: { readonly seq: number } | undefined;
  readonly when?: Readonly<Record<string, string>> | undefined;
  readonly recipe: RecipeChoice;
}

/* Bounds, so that a header that somebody else wrote cannot ask for much. */

const MOST_PARTS = 64;
const MOST_SEGMENTS = 64;
export const MOST_TEXT = 1024;

/** Members of a record that a recipe may take; `hash` is what it gives. */
const MEMBERS: readonly string[] = ['tenant', 'stream', 'id', 'seq', 'type', 'recordedAt', 'prev', 'bodyDigest'];

/** The reference tokens of a JSON Pointer (RFC 6901 §4). */
export function tokensOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether `text` is a JSON Pointer to something in a record that its hash can be made of. */
function isRecordPointer(text: string): boolean {
  if (text.length > MOST_TEXT || !text.startsWith('/') || /~(?![01])/.test(text)) return false;
  const [member = '', ...rest] = tokensOf(text);
  if (member === 'body') return true;
  if (member === 'attrs') return rest.length <= 1;
  return rest.length === 0 && MEMBERS.includes(member);
}

/** The pointer of a `preimage`: a name without a slash before it is that of an attribute. */
export function preimagePointer(preimage: string): string {
  return preimage.startsWith('/') ? preimage : `/attrs/${preimage.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export const POINTER_RULE = 'a JSON Pointer to a member of the record, but not to its hash';

/** Whether `text` can be hashed, and is no longer than a recipe's text may be. */
function isShortText(text: string): boolean {
  return text.length <= MOST_TEXT && !/\p{Surrogate}/u.test(text);
}

/* The forms, each part distinguished by the member that it has. */

const lengthPrefix = optional(oneOf(...INTEGERS), 'the length in bytes, written before the part');
const shortText = textForm(`a string of at most ${MOST_TEXT} characters`, isShortText, { maxLength: MOST_TEXT });
const pointer = textForm(POINTER_RULE, isRecordPointer, { description: `RFC 6901: ${POINTER_RULE}` });
const preimage = textForm(
  `the name of an attribute, or ${POINTER_RULE}`,
  (value) => value !== '' && isRecordPointer(preimagePointer(value)),
  { minLength: 1 },
);

function ownMember(value: PlainJson, names: readonly string[]): string | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? names.find((name) => Object.hasOwn(value, name)) : undefined;
}

function partForm(forms: Readonly<Record<string, Form>>): Form {
  const names = Object.keys(forms);
  const expected = `an object with ${names.map((name) => `\`${name}\``).join(' or ')}`;
  return choice(Object.values(forms), expected, (value) => forms[ownMember(value, names) ?? '']);
}

const simplePart = {
  prev: object({ prev: oneOf(...SPELLINGS), null: optional(shortText), lengthPrefix }),
  text: object({ text: shortText, lengthPrefix }),
  field: object({
    field: pointer,
    as: optional(oneOf(...FIELD_FORMS), 'text if not given'),
    null: optional(shortText, 'what a value that is missing or null becomes; without it that is a fault'),
    lengthPrefix,
  }),
};
const digestPart = object({
  digest: listOf(partForm(simplePart), 1, MOST_PARTS),
  as: optional(oneOf(...SPELLINGS), 'hex if not given'),
  lengthPrefix,
});

const members = object({
  algorithm: oneOf(...ALGORITHMS),
  encode: optional(oneOf('hex', 'base64'), 'how the source spells its hashes; hex if not given'),
  of: optional(
    listOf(partForm({ ...simplePart, digest: digestPart }), 1, MOST_PARTS),
    'what is hashed, one part after another',
  ),
  hmacKey: optional(filledText(256), 'name of the key, which --chain-key supplies'),
  preimage: optional(preimage, 'the field that stores the hashed text: a pointer, or the name of an attribute'),
});

/** What a recipe hashes, one part after another. */
export function hashedParts({ of, preimage: stored }: DeclaredRecipe): readonly RecipePart[] {
  return of ?? [{ field: preimagePointer(stored ?? '') }];
}

const MOST_NAME = 120;

function partName(part: RecipePart): string {
  if ('text' in part) return JSON.stringify(part.text);
  if ('prev' in part) return `prev ${part.prev}`;
  if ('field' in part) return part.as === undefined ? part.field : `${part.field} ${part.as}`;
  return `digest(${part.digest.map(partName).join(', ')})`;
}

/** A declared recipe in a few words, for messages: two that differ may have the same. */
export function recipeName(recipe: RecipeChoice): string {
  if (typeof recipe === 'string') return recipe;
  const { algorithm, hmacKey } = recipe;
  const how = hmacKey === undefined ? algorithm : `hmac-${algorithm}[${hmacKey}]`;
  const name = `${how}(${hashedParts(recipe).map(partName).join(', ')})`;
  return name.length <= MOST_NAME ? name : `${name.slice(0, MOST_NAME - 1)}…`;
}

/** Every part of a recipe, those of digests in it, too. */
function partsWithin(recipe: DeclaredRecipe): readonly RecipePart[] {
  return hashedParts(recipe).flatMap((part) => ('digest' in part ? [part, ...part.digest] : [part]));
}

/** Whether a recipe takes something of the body, which a snapshot of depth `digest` does not have. */
export function takesBody(recipe: DeclaredRecipe): boolean {
  return partsWithin(recipe).some((part) => 'field' in part && tokensOf(part.field)[0] === 'body');
}

/**
 * Whether a recipe says what it hashes, and takes the text that it says is stored. What takes no field of the record would
 * give a hash that fits whatever the record says.
 */
function saysWhatIsHashed(recipe: DeclaredRecipe): boolean {
  const { of, preimage: stored } = recipe;
  if (of === undefined && stored === undefined) return false;
  const fields = partsWithin(recipe).flatMap((part) => ('field' in part ? [part.field] : []));
  return stored === undefined ? fields.length > 0 : fields.includes(preimagePointer(stored));
}

export const HASHED_RULE =
  '`of` or `preimage`, with a field of the record among the parts; where both are there, the field `preimage` is one';

/** A recipe that is declared (docs/snapshot.md, "Declared recipes"). */
const declaredRecipe: Form = ruled(members, HASHED_RULE, (value) =>
  saysWhatIsHashed(value as unknown as DeclaredRecipe),
);

function isAttributeValue(value: PlainJson): boolean {
  return typeof value === 'string' && value.length <= MOST_TEXT;
}

const attributeValues: Form = {
  faultIn: (value, path) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject || Object.keys(value).length === 0)
      return { path, expected: 'an object with the value of an attribute' };
    const wrong = Object.entries(value).find(([, wanted]) => !isAttributeValue(wanted));
    return wrong === undefined ? undefined : { path: `${path}/${wrong[0]}`, expected: 'a string' };
  },
  schema: { type: 'object', additionalProperties: { type: 'string', maxLength: MOST_TEXT } },
};

/**
 * What a chain rule may have: one recipe, or segments in its place.
 *
 * @param name - what the name of a recipe must be
 */
export function recipeForms(name: Form): { readonly recipe: Form; readonly segments: Form } {
  const recipe = choice([name, declaredRecipe], 'a recipe', (value) =>
    typeof value === 'string' ? name : declaredRecipe,
  );
  const segment = object({
    until: optional(object({ seq: count }), 'the last record of the segment'),
    when: optional(attributeValues, 'the attributes, with the values, that the records of the segment have'),
    recipe,
  });
  return { recipe, segments: listOf(segment, 1, MOST_SEGMENTS) };
}
