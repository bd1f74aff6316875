/**
 * Which recipe the records of a source have: the usual ones are tried on the first of them. What fits is a proposal: that
 * all records have it, and that a hash covers what it should, whoever takes it over has to look at.
 */
import type { Platform } from '../platform.ts';
import {
  ALGORITHMS,
  type Algorithm,
  type DeclaredRecipe,
  type FieldPart,
  preimagePointer,
  type RecipeChoice,
  type RecipePart,
} from '../snapshot/declared-recipe.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';
import type { RecipeBook } from './declared.ts';

export interface ProposedRecipe {
  readonly recipe: RecipeChoice;
  /** How many records it gave the hash of: all that were looked at. */
  readonly records: number;
}

/** So many hashes that are right are no chance, of any length; one alone could be that of a constant. */
const FEWEST = 2;
/** So many records are looked at. */
const MOST = 64;
/** So many attributes are tried. */
const MOST_ATTRIBUTES = 16;

const DIGITS: Readonly<Record<Algorithm, number>> = {
  sha256: 64,
  'sha3-256': 64,
  blake3: 64,
  sha384: 96,
  sha512: 128,
  sha1: 40,
};

const SEPARATORS = ['', '|', ':', ',', '-', '\n'] as const;

/** What is known of records beside themselves. */
export interface RecipeHints {
  /** What may have been hashed, each as its parts in their order. */
  readonly contents?: readonly (readonly FieldPart[])[];
  /** The source's word for no predecessor, which may have been hashed in its place. */
  readonly genesis?: string | undefined;
}

/** The link as it may have been hashed. */
const LINKS: readonly RecipePart[] = [{ prev: 'hex' }, { prev: 'raw' }, { prev: 'base64' }];

/** What sources hash in the place of a link that is not there. */
const NO_LINK = ['GENESIS', 'genesis', 'null', 'None', '0'] as const;

/** A recipe as it is, and with each word that may stand in the place of the link of the first record. */
function* withWords(choice: RecipeChoice, digits: number, { genesis }: RecipeHints): Generator<RecipeChoice> {
  yield choice;
  if (typeof choice === 'string' || choice.of === undefined) return;
  for (const word of [...(genesis === undefined ? [] : [genesis]), ...NO_LINK, '0'.repeat(digits)]) {
    yield { ...choice, of: choice.of.map((part) => ('prev' in part ? { ...part, null: word } : part)) };
  }
}

function field(pointer: string, as?: FieldPart['as']): FieldPart {
  return as === undefined ? { field: pointer } : { field: pointer, as };
}

function between(parts: readonly RecipePart[], separator: string): readonly RecipePart[] {
  if (separator === '') return parts;
  return parts.flatMap((part, at) => (at === 0 ? [part] : [{ text: separator }, part]));
}

/** Members of a record that are usually hashed beside its content, in the orders in which they usually are. */
function membersOf({ seq, recordedAt }: EvidenceRecord): readonly (readonly RecipePart[])[] {
  const [number, time, type] = [field('/seq'), field('/recordedAt'), field('/type')];
  const seqs = seq === undefined ? [] : [[number]];
  const times = recordedAt === undefined ? [] : [[time], [time, type], [type, time]];
  const both =
    seq === undefined || recordedAt === undefined
      ? []
      : [
          [number, time],
          [number, time, type],
        ];
  return [[], [type], [field('/id')], ...seqs, ...times, ...both];
}

/** The body, and each attribute: it may hold the text that was hashed, such as the JSON of the source itself. */
function contentsOf({ attrs, body }: EvidenceRecord): readonly FieldPart[] {
  const named = Object.keys(JSON.parse(attrs ?? '{}') as object).slice(0, MOST_ATTRIBUTES);
  const bodies = body === undefined ? [] : [field('/body', 'jcs'), field('/body', 'rfc8785'), field('/body')];
  return [...bodies, ...named.map((name) => field(preimagePointer(name)))];
}

/** What may have been hashed, without a link and with it before or behind. */
function shapesOf(record: EvidenceRecord, hints: RecipeHints): readonly (readonly RecipePart[])[] {
  const contents = [...contentsOf(record).map((content) => [content]), ...(hints.contents ?? [])];
  return contents.flatMap((content) =>
    membersOf(record).flatMap((members) => {
      const parts = [...members, ...content];
      const orders = [
        ...LINKS.flatMap((link) => [
          [link, ...parts],
          [...parts, link],
        ]),
        parts,
      ];
      return orders.flatMap((order) => SEPARATORS.map((separator) => between(order, separator)));
    }),
  );
}

function* candidatesOf(record: EvidenceRecord, hints: RecipeHints): Generator<RecipeChoice> {
  yield 'sha256-prev-body';
  yield 'sha256-jcs-body';
  const algorithms = ALGORITHMS.filter((algorithm) => DIGITS[algorithm] === record.hash?.length);
  for (const algorithm of algorithms) {
    for (const of of shapesOf(record, hints)) yield { algorithm, of } satisfies DeclaredRecipe;
  }
}

/**
 * The first of the usual recipes that gives the hash of every one of `records`.
 *
 * @param records - the first records of one stream; those without a hash are passed over, and at most 64 are looked at
 * @param book - where recipes come from
 * @param hints - what else may have been hashed
 * @returns undefined if none fits, or if there are fewer than two records with a hash
 */
export function proposeRecipe(
  platform: Platform,
  records: readonly EvidenceRecord[],
  book: RecipeBook,
  hints: RecipeHints = {},
): ProposedRecipe | undefined {
  const hashed = records.filter(({ hash }) => hash !== undefined).slice(0, MOST);
  // The first may have no link that distinguishes one order from another.
  const second = hashed[1];
  if (second === undefined || hashed.length < FEWEST) return undefined;
  const fits = (choice: RecipeChoice, record: EvidenceRecord): boolean => {
    const expected = book.recipeOf(choice).expectedHash(platform, record);
    if (typeof expected === 'string') return expected === record.hash;
    return 'hash' in expected && expected.hash === record.hash;
  };
  for (const candidate of candidatesOf(second, hints)) {
    if (!fits(candidate, second)) continue;
    for (const recipe of withWords(candidate, second.hash?.length ?? 0, hints)) {
      if (hashed.every((record) => fits(recipe, record))) return { recipe, records: hashed.length };
    }
  }
  return undefined;
}
