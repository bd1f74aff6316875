/** The header of a snapshot: what was captured, when, and by which rules its hashes and links are checked. */
import { isDateTime } from '../instant.ts';
import {
  anything,
  count,
  type Form,
  filledText,
  form,
  hash,
  type Members,
  mapOf,
  object,
  oneOf,
  optional,
  ruled,
  text,
  textForm,
} from '../json/form.ts';
import type { PlainJson } from '../json/value.ts';
import { type Hash, isSourceHash } from '../platform.ts';
import { type RecipeChoice, recipeForms, type Segment } from './declared-recipe.ts';
import type { ShardStatement } from './shard.ts';

export type { PlainJson };

/** How much a snapshot holds: records with bodies, records with body digests only, or no records at all. */
export type Depth = 'full' | 'digest' | 'summary';

/** What the snapshot is of, in the words of whoever captured it. */
export type Subject = Readonly<Record<string, PlainJson>>;

/** Stream name, or a prefix followed by `*`, to the rule of its chain. A Map: `__proto__` is an ordinary name. */
export type ChainRules = ReadonlyMap<string, ChainRule>;

/** How the links of a custody chain are checked. */
export interface ChainRule {
  /** What the first `prev` must be. */
  readonly genesis: 'zeros' | 'null' | Hash;
  /** The recipe by which `hash` is recomputed: a name in the registry, or one that is declared; `none` beside segments. */
  readonly recipe: RecipeChoice;
  /** The `seq` of the first record; where gaps are allowed, the least that it may be. */
  readonly firstSeq: number;
  /** Whether `seq` may rise by more than 1. Default `refused`. */
  readonly gaps?: 'refused' | 'allowed';
  /** In the place of one recipe: which holds from where, or for which attribute. The first that fits a record is its own. */
  readonly segments?: readonly Segment[] | undefined;
  /**
   * Whether records without hash and link are let pass before the first that has them, where the first segments recompute
   * nothing. Not stated in a header: it is taken away where the baseline demands a hash of every record. Default true.
   */
  readonly unhashedBeginning?: boolean;
}

/**
 * How SQL NULL stands in a body made of columns: `distinct` leaves the column out and names it in the attribute
 * `body.nulls`; `as-null`, which older snapshots have and do not state, writes JSON null.
 */
export type NullsRule = 'distinct' | 'as-null';

/** The attribute that names the columns of a body that are SQL NULL: the canonical JSON array of their names. */
export const NULLS_ATTRIBUTE = 'body.nulls';

/** What a header may state of a chain. */
export type StatedRule = Omit<ChainRule, 'unhashedBeginning'>;

export interface SnapshotHeader {
  readonly depth: Depth;
  readonly subject: Subject;
  readonly capturedAt: string | null;
  readonly tool: string | null;
  readonly chains: ChainRules;
  /** How many records of a snapshot of depth `full` have a digest in the place of their body, which was too long. */
  readonly digestOnly?: number;
  /** Undefined where it is not stated: then SQL NULL was written as JSON null, if there was any. */
  readonly nulls?: 'distinct' | undefined;
  /** There where the snapshot is one part of a capture. */
  readonly shard?: ShardStatement;
}

/* Its form (docs/snapshot.md, "Header"). */

const SOURCE_HASH = 'lower-case hexadecimal digits, an even number from 32 to 128';

const genesis = form(
  `"zeros", "null", null or a hash: ${SOURCE_HASH}`,
  (value) =>
    value === null || value === 'zeros' || value === 'null' || (typeof value === 'string' && isSourceHash(value)),
  {
    anyOf: [
      { type: 'string', const: 'zeros' },
      { type: 'string', const: 'null' },
      { type: 'null' },
      { type: 'string', pattern: '^(?:[0-9a-f]{2}){16,64}$', description: SOURCE_HASH },
    ],
  },
);

export const ONE_OF_BOTH = '`recipe` or `segments`, not both';

/** Whether a rule says in one way how hashes are recomputed. */
export function hasOneOfBoth(rule: { readonly recipe?: unknown; readonly segments?: unknown }): boolean {
  return rule.recipe === undefined || rule.segments === undefined;
}

/** Which recipes there are is asked behind it: a name that is not known is of another version. */
const { recipe, segments } = recipeForms(filledText());

const chain = ruled(
  object({
    genesis: optional(genesis),
    recipe: optional(recipe),
    firstSeq: optional(count),
    gaps: optional(oneOf('refused', 'allowed')),
    segments: optional(segments),
  }),
  ONE_OF_BOTH,
  hasOneOfBoth,
);

export const HEADER_MEMBERS = {
  kind: oneOf('evidence-snapshot'),
  version: oneOf(1),
  depth: oneOf('full', 'digest', 'summary'),
  subject: optional(mapOf(anything)),
  capturedAt: optional(textForm('an RFC 3339 date and time', isDateTime), 'RFC 3339 date and time'),
  tool: optional(text),
  digestOnly: optional(count, 'records with a digest in the place of a body that was too long'),
  canonical: oneOf('jcs-exact'),
  hash: oneOf('sha256'),
  tree: oneOf('rfc9162'),
  chains: optional(mapOf(chain)),
  nulls: optional(
    oneOf('distinct'),
    'SQL NULL in a body made of columns is left out and named in the attribute `body.nulls`',
  ),
  shard: optional(
    object({ index: count, count, whole: hash }),
    'the snapshot is one part of a capture, which proves nothing before it is merged',
  ),
} satisfies Members;

export const headerForm: Form = object(HEADER_MEMBERS);

/**
 * The rule for `stream`: its own name first, else the longest prefix pattern that matches.
 *
 * The longest, because the order of members carries no meaning in JSON.
 */
export function chainRuleOf(chains: ChainRules, stream: string): ChainRule | undefined {
  const exact = chains.get(stream);
  if (exact !== undefined || chains.size === 0) return exact;
  // By the prefixes of the name, of which there are few: there may be as many patterns as there are streams.
  for (let length = stream.length; length >= 0; length--) {
    const rule = chains.get(`${stream.slice(0, length)}*`);
    if (rule !== undefined) return rule;
  }
  return undefined;
}

/**
 * The rule of a chain of the current side: the baseline's where it has one, so that nobody can switch a check off by
 * writing another header; the current side's own recipe, or segments, where the baseline knew none.
 */
export function governingRule(was: ChainRule | undefined, is: ChainRule | undefined): ChainRule | undefined {
  if (was === undefined || is === undefined) return was ?? is;
  if (was.recipe !== 'none' || was.segments !== undefined) return was;
  return { ...was, recipe: is.recipe, segments: is.segments, unhashedBeginning: false };
}

/** The rules for the current side (see `governingRule`). */
export function currentRuleOf(
  baseline: SnapshotHeader | undefined,
  current: SnapshotHeader | undefined,
): (stream: string) => ChainRule | undefined {
  return (stream) => {
    const was = baseline === undefined ? undefined : chainRuleOf(baseline.chains, stream);
    const is = current === undefined ? undefined : chainRuleOf(current.chains, stream);
    return governingRule(was, is);
  };
}
