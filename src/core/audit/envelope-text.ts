/** Header and trailer as canonical JSON text: the first and the last part of every snapshot that is written. */
import { RECIPES } from '../custody/recipes.ts';
import { isDateTime } from '../instant.ts';
import { canonicalBytes, canonicalText } from '../json/canonical.ts';
import { type Form, filledText } from '../json/form.ts';
import { jsonFrom } from '../json/from-plain.ts';
import type { PlainJson } from '../json/value.ts';
import { mapOf, nested, type OptionTable, oneOf, type Reader, text, wholeNumber } from '../options.ts';
import { isSourceHash, utf8 } from '../platform.ts';
import { present } from '../present.ts';
import { type RecipeChoice, recipeForms, type Segment } from '../snapshot/declared-recipe.ts';
import { type ChainRule, type Depth, headerForm, type SnapshotHeader, type StatedRule } from '../snapshot/header.ts';
import type { ShardStatement } from '../snapshot/shard.ts';
import type { SnapshotSummary } from '../snapshot/summary.ts';

/** What a snapshot is of; everything else in its header is fixed by this version. */
export interface SnapshotOptions {
  readonly depth?: Depth;
  readonly subject?: SnapshotHeader['subject'];
  /** RFC 3339 date and time. */
  readonly capturedAt?: string;
  /** Name and version of the program that makes it. */
  readonly tool?: string;
  /** How many records have a digest in the place of their body, in a snapshot of depth `full`. */
  readonly digestOnly?: number;
  /** Stream name, or a prefix followed by `*`, to the rule of its chain. */
  readonly chains?: Readonly<Record<string, Partial<StatedRule>>>;
  /** Says that SQL NULL in a body made of columns is left out and named in the attribute `body.nulls`. */
  readonly nulls?: 'distinct';
}

const DEPTHS: readonly Depth[] = ['full', 'digest', 'summary'];

const instant: Reader<string> = (value, place) => {
  if (typeof value === 'string' && isDateTime(value)) return value;
  throw new TypeError(`${place} must be an RFC 3339 date and time with its offset, such as 2027-03-01T10:00:00Z`);
};

const genesis: Reader<ChainRule['genesis']> = (value, place) => {
  if (value === 'zeros' || value === 'null' || (typeof value === 'string' && isSourceHash(value))) return value;
  throw new TypeError(
    `${place} must be "zeros", "null" or a hash: lower-case hex digits, an even number from 32 to 128`,
  );
};

/** Of a copy, so that what was checked is what is used. */
function ofForm<T>(form: Form): Reader<T> {
  return (value, place) => {
    const copy = JSON.parse(canonicalText(jsonFrom(value))) as PlainJson;
    const fault = form.faultIn(copy, '');
    if (fault !== undefined) throw new TypeError(`${place}${fault.path} must be ${fault.expected}`);
    return copy as T;
  };
}

const recipeName = oneOf([...RECIPES.keys()]);
const { recipe: recipeForm, segments: segmentsForm } = recipeForms(filledText());
const declared = ofForm<RecipeChoice>(recipeForm);
const listed = ofForm<readonly Segment[]>(segmentsForm);

const recipe: Reader<RecipeChoice> = (value, place) =>
  typeof value === 'object' ? declared(value, place) : recipeName(value, place);

const segments: Reader<readonly Segment[]> = (value, place) =>
  listed(value, place).map((segment) => ({ ...segment, recipe: recipe(segment.recipe, `${place}: recipe`) }));

/** What is JSON is seen when the header is written. */
const subject: Reader<SnapshotHeader['subject']> = mapOf((value) => value) as Reader<SnapshotHeader['subject']>;

/** Every option of a snapshot, and what it must be. */
export const SNAPSHOT_OPTIONS = {
  depth: oneOf(DEPTHS),
  subject,
  capturedAt: instant,
  tool: text,
  chains: mapOf(
    nested<Partial<StatedRule>>({
      genesis,
      recipe,
      segments,
      firstSeq: wholeNumber(0),
      gaps: oneOf(['refused', 'allowed']),
    }),
  ),
  digestOnly: wholeNumber(0),
  nulls: oneOf(['distinct'] as const),
} satisfies OptionTable<SnapshotOptions>;

/** Where segments say which recipe holds, the `none` that a rule has beside them is not stated: a header has one of both. */
function statedRule(rule: Partial<StatedRule>): Partial<StatedRule> {
  const { recipe, ...others } = rule;
  return recipe === 'none' && others.segments !== undefined ? others : rule;
}

/**
 * The header that says `options`.
 *
 * @throws TypeError if the subject is not JSON, or if no reader would take the header
 */
export function headerText(
  options: Omit<SnapshotOptions, 'subject'> & { readonly subject?: unknown; readonly shard?: ShardStatement },
): Uint8Array {
  const { depth = 'full', subject = {}, capturedAt, tool, digestOnly, nulls, shard } = options;
  const rules = Object.entries(options.chains ?? {}).map(([stream, rule]) => [stream, statedRule(rule)] as const);
  const chains = options.chains === undefined ? undefined : Object.fromEntries(rules);
  const fixed = { kind: 'evidence-snapshot', version: 1, canonical: 'jcs-exact', hash: 'sha256', tree: 'rfc9162' };
  const header = jsonFrom({
    ...fixed,
    depth,
    subject,
    ...present({ capturedAt, tool, chains, digestOnly, nulls, shard }),
  });
  const written = canonicalText(header);
  // A file that cannot be read again is worse than none, and would be found when it is needed.
  const fault = headerForm.faultIn(JSON.parse(written) as PlainJson, '');
  if (fault !== undefined) throw new TypeError(`the header${fault.path} must be ${fault.expected}`);
  return utf8(written);
}

/**
 * The trailer that states `summary`.
 *
 * @param roots - whether the roots are stated; a reader recomputes them in any case, a summary needs them
 */
export function trailerText(summary: SnapshotSummary, roots = true): Uint8Array {
  const root = (hash: string): { readonly root?: string } => (roots ? { root: hash } : {});
  const trailer = jsonFrom({
    kind: 'evidence-snapshot-trailer',
    records: summary.records,
    ...(roots ? { globalRoot: summary.globalRoot } : {}),
    tenants: summary.tenants.map((tenant) => ({
      tenant: tenant.tenant,
      records: tenant.records,
      ...root(tenant.root),
      counts: new Map(tenant.counts),
      streams: tenant.streams.map(({ root: streamRoot, ...stream }) => ({ ...stream, ...root(streamRoot) })),
    })),
  });
  return canonicalBytes(trailer);
}
