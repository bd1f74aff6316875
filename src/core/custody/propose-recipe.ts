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

const SEPARATORS = ['', '|', ':', '-', '\n'] as const;
const HEX: RecipePart = { prev: 'hex' };
const RAW: RecipePart = { prev: 'raw' };

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
function shapesOf(record: EvidenceRecord): readonly (readonly RecipePart[])[] {
  return contentsOf(record).flatMap((content) =>
    membersOf(record).flatMap((members) => {
      const parts = [...members, content];
      const orders = [[HEX, ...parts], [...parts, HEX], [RAW, ...parts], [...parts, RAW], parts];
      return orders.flatMap((order) => SEPARATORS.map((separator) => between(order, separator)));
    }),
  );
}

function* candidatesOf(record: EvidenceRecord): Generator<RecipeChoice> {
  yield 'sha256-prev-body';
  yield 'sha256-jcs-body';
  const algorithms = ALGORITHMS.filter((algorithm) => DIGITS[algorithm] === record.hash?.length);
  for (const algorithm of algorithms) {
    for (const of of shapesOf(record)) yield { algorithm, of } satisfies DeclaredRecipe;
  }
}

/**
 * The first of the usual recipes that gives the hash of every one of `records`.
 *
 * @param records - the first records of one stream; those without a hash are passed over, and at most 64 are looked at
 * @param book - where recipes come from
 * @returns undefined if none fits, or if there are fewer than two records with a hash
 */
export function proposeRecipe(
  platform: Platform,
  records: readonly EvidenceRecord[],
  book: RecipeBook,
): ProposedRecipe | undefined {
  const hashed = records.filter(({ hash }) => hash !== undefined).slice(0, MOST);
  // The first may have no link to tell one order from another.
  const telling = hashed[1];
  if (telling === undefined || hashed.length < FEWEST) return undefined;
  const fits = (choice: RecipeChoice, record: EvidenceRecord): boolean => {
    const expected = book.recipeOf(choice).expectedHash(platform, record);
    if (typeof expected === 'string') return expected === record.hash;
    return 'hash' in expected && expected.hash === record.hash;
  };
  for (const choice of candidatesOf(telling)) {
    if (fits(choice, telling) && hashed.every((record) => fits(choice, record))) {
      return { recipe: choice, records: hashed.length };
    }
  }
  return undefined;
}
