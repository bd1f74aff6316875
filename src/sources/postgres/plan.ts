/**
 * How the rows are read: in the order of a snapshot, each stream by itself where an index gives that order for nothing,
 * else the whole table by one sorted query.
 */

import { DERIVED_RECIPES, type DerivedRule, RECIPES, recipeWith } from '../../core/custody/recipes.ts';
import { EvidenceError } from '../../core/errors.ts';
import type { FieldRule } from '../../core/mapping/field.ts';
import type { RecipeChoice } from '../../core/snapshot/declared-recipe.ts';
import { type ChainRule, type ChainRules, chainRuleOf } from '../../core/snapshot/header.ts';
import { placeKey } from '../../core/snapshot/summary.ts';
import { chainRuleFrom } from '../../wire/chain-rule.ts';
import type { TableProfile } from '../../wire/table-profile.ts';
import { quotedName, quotedTable, type Relation } from './catalog.ts';
import type { Run } from './census.ts';
import {
  constantText,
  idOrder,
  isConstant,
  keyText,
  type PlainKey,
  placeOrder,
  placeRules,
  plainKey,
  rowCondition,
  seqOrder,
} from './key-text.ts';
import type { Query } from './row-reader.ts';
import type { RowText } from './row-text.ts';
import type { Session } from './session.ts';

/** An index that gives the rows of one stream in order. */
export interface StreamIndex {
  readonly unique: boolean;
}

const INDEXES = `
SELECT i.indisunique::text,
  (SELECT pg_catalog.json_agg(a.attname ORDER BY k.position)::text
    FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE k.position <= i.indnkeyatts)
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = c.relam
WHERE i.indrelid = $1::oid AND i.indisvalid AND i.indisready AND i.indpred IS NULL AND i.indexprs IS NULL
  AND m.amname = 'btree'`;

const WHOLE_TYPES: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint']);

function namesOf(text: string | null | undefined, place: string): readonly string[] {
  try {
    const names: unknown = JSON.parse(text ?? '');
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  } catch {
    // Said below.
  }
  throw new EvidenceError('source-incomplete', 'the server gave no list of the columns of an index', {
    where: { file: place },
    advice: 'run the capture again',
  });
}

/** An index on the columns of tenant and stream, in any order, and then `seq`; undefined if there is none. */
export async function streamIndexOf(session: Session, relation: Relation): Promise<StreamIndex | undefined> {
  const { profile, columns, oid } = relation;
  const { seq } = profile;
  const keys = placeRules(profile).map((rule) => plainKey(rule)?.column);
  if (seq === undefined || !WHOLE_TYPES.has(columns.get(seq)?.type ?? '')) return undefined;
  const place = `${session.label} ${relation.label}`;
  const rows = await session.rows({ text: INDEXES, values: [oid], columns: 2, place });
  const fitting = rows.flatMap(([unique, names]) => {
    const indexed = namesOf(names, place);
    const leads =
      keys.every((key) => key !== undefined && indexed.slice(0, keys.length).includes(key)) &&
      indexed[keys.length] === seq;
    return leads ? [{ unique: unique === 'true' && indexed.length === keys.length + 1 }] : [];
  });
  return fitting.find(({ unique }) => unique) ?? fitting[0];
}

function selectFrom(
  relation: Relation,
  text: RowText,
  conditions: readonly string[],
  order: readonly string[],
): string {
  const { profile } = relation;
  const where = [rowCondition(profile), ...conditions].join(' AND ');
  return `SELECT ${text.expressions.join(', ')} FROM ${quotedTable(profile)} WHERE ${where} ORDER BY ${order.join(', ')}`;
}

/** Equal by the column's own collation, for the index; and byte by byte, since a collation may call more things equal. */
function equals({ column, prefix }: PlainKey, value: string, values: string[]): readonly string[] {
  const text = value.slice(prefix.length);
  const loose = values.push(text);
  const exact = values.push(text);
  return [
    `${quotedName(column)} = $${loose}`,
    `${keyText(column)} COLLATE pg_catalog."C" = $${exact}::text COLLATE pg_catalog."C"`,
  ];
}

/** That a row is one of `run`, whose keys are columns as they are. */
function isOfRun({ relation, tenant, stream }: Run, values: string[]): readonly string[] {
  const { profile } = relation;
  const pairs: readonly (readonly [FieldRule, string])[] = [
    [profile.tenant, tenant],
    [profile.stream, stream],
  ];
  return pairs.flatMap(([rule, value]) => {
    const key = plainKey(rule);
    return key === undefined ? [] : equals(key, value, values);
  });
}

/**
 * All rows of a table, sorted as a snapshot is.
 *
 * @param encoding - the database's own
 */
export function wholeTable(relation: Relation, text: RowText, encoding: string): Query {
  const { profile } = relation;
  const seq = profile.seq === undefined ? [] : [`${seqOrder(profile, profile.seq)}::bigint`];
  const order = [...placeOrder(profile, encoding), ...seq, idOrder(profile, encoding)];
  return { text: selectFrom(relation, text, [], order), values: [], columns: text.expressions.length };
}

/**
 * The rows of one ordered stream, or of a range of it, by its index.
 *
 * @param range - first and last `seq`, both included; all if undefined
 */
export function streamRows(run: Run, text: RowText, index: StreamIndex, encoding: string, range?: SeqRange): Query {
  const { relation } = run;
  const { profile } = relation;
  const values: string[] = [];
  const seq = quotedName(profile.seq ?? '');
  const conditions = [
    ...isOfRun(run, values),
    ...(range === undefined ? [] : [`${seq} >= ${range.first}`, `${seq} <= ${range.last}`]),
  ];
  // Without a unique index two rows may have one seq; the id then decides, so that every run reads them alike.
  const bySeq = seqOrder(profile, profile.seq ?? '');
  const order = index.unique ? [bySeq] : [bySeq, idOrder(profile, encoding)];
  return { text: selectFrom(relation, text, conditions, order), values, columns: text.expressions.length };
}

export interface SeqRange {
  /** Both included. */
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * `range` cut into ranges with about `most` rows each, in order.
 *
 * @param rows - how many rows there are in it
 */
export function rangesOf(range: SeqRange, rows: number, most: number): readonly SeqRange[] {
  if (rows <= most) return [range];
  const { first, last } = range;
  const parts = BigInt(Math.ceil(rows / most));
  const width = (last - first) / parts + 1n;
  const ranges: SeqRange[] = [];
  for (let from = first; from <= last; from += width) {
    const to = from + width - 1n;
    ranges.push({ first: from, last: to < last ? to : last });
  }
  return ranges;
}

/**
 * How many rows of the stream there are up to `seq`, the text of `hash` in the one that has it, and how many of them were
 * written by a transaction that had not ended, or not begun, when `since` was the oldest in progress.
 *
 * @param since - the number of a transaction, as a row has it (32 bits), less than 2^31 before the next one
 */
export function rowsUpTo(run: Run, seq: number, since: string): Query {
  const { profile } = run.relation;
  const values: string[] = [];
  const column = quotedName(profile.seq ?? '');
  const conditions = [rowCondition(profile), ...isOfRun(run, values), `${column} <= ${seq}`];
  const text = typeof profile.hash === 'string' ? `${quotedName(profile.hash)}::text` : 'NULL::text';
  const hash = `pg_catalog.max(${text}) FILTER (WHERE ${column} = ${seq})`;
  // A row that was frozen so long ago that its number has come round counts as written since: it is read again.
  const written = `pg_catalog.count(*) FILTER (WHERE pg_catalog.age(xmin) <= pg_catalog.age('${since}'::xid))::text`;
  const from = `FROM ${quotedTable(profile)} WHERE ${conditions.join(' AND ')}`;
  return { text: `SELECT pg_catalog.count(*)::text, ${hash}, ${written} ${from}`, values, columns: 3 };
}

/* From the opened coordinator to rows that can be read: sessions, queries, chain rules. */

function declaredOf({ chain }: TableProfile): RecipeChoice {
  return (chain?.recipe ?? 'none') as RecipeChoice;
}

/** The pattern of all streams of a table, of which it has the rule to itself; undefined where others may have such names. */
function patternOf(relation: Relation, relations: readonly Relation[]): string | undefined {
  const { stream } = relation.profile;
  if (isConstant(stream)) return constantText(stream);
  const prefix = plainKey(stream)?.prefix ?? '';
  if (prefix !== '') return `${prefix}*`;
  return relations.length === 1 ? '*' : undefined;
}

/** The recipe holds for a stream if all its bodies have what it needs; elsewhere hashes are compared by value. */
function recipeOf(run: Run): RecipeChoice {
  return run.whole === undefined || run.whole === run.rows ? declaredOf(run.relation.profile) : 'none';
}

/** A rule is for the streams of one name of all tenants: one of them that lacks what the recipe needs decides. */
function recipesByStream(runs: readonly Run[]): ReadonlyMap<string, RecipeChoice> {
  const recipes = new Map<string, RecipeChoice>();
  for (const run of runs) if (recipes.get(run.stream) !== 'none') recipes.set(run.stream, recipeOf(run));
  return recipes;
}

/**
 * Streams of which no hash is recomputed, since a body lacks what a declared recipe needs. A run that finds that body gone
 * recomputes the hashes of all others, and takes over none that nobody has.
 */
export function comparedByValue(runs: readonly Run[]): readonly string[] {
  const recipes = recipesByStream(runs);
  const isLeftOut = ({ relation, stream }: Run): boolean =>
    typeof declaredOf(relation.profile) !== 'string' && recipes.get(stream) === 'none';
  return runs.filter(isLeftOut).map(placeKey);
}

/**
 * Rules by stream name: one for each table, and one for each stream that differs from most. Where the streams of a table
 * may have any name, and there are other tables, each has its own: a pattern would cover theirs as well.
 */
export function chainRules(relations: readonly Relation[], runs: readonly Run[]): ReadonlyMap<string, ChainRule> {
  const rules = new Map<string, ChainRule>();
  for (const relation of relations) {
    const { profile } = relation;
    const own = runs.filter((run) => run.relation === relation);
    const usual = own.some((run) => recipeOf(run) !== 'none') || own.length === 0 ? declaredOf(profile) : 'none';
    if (profile.chain === undefined) continue;
    const rule = chainRuleFrom(profile.chain, usual);
    const pattern = patternOf(relation, relations);
    if (pattern !== undefined) rules.set(pattern, rule);
    for (const [stream, recipe] of recipesByStream(own)) {
      if (pattern === undefined || recipe !== usual) rules.set(stream, { ...rule, recipe });
    }
  }
  return rules;
}

/**
 * What else can be recomputed in the records of `run`.
 *
 * @param chains - as the header states them: by the names of streams, which several tenants may share
 */
export function derivedRules(run: Run, chains: ChainRules): readonly DerivedRule[] {
  const { derived, chain, hash } = run.relation.profile;
  const rules = Object.entries(derived).flatMap(([member, name]) => {
    const recipe = DERIVED_RECIPES.get(name);
    return recipe === undefined ? [] : [{ member, recipe }];
  });
  const needs = chain?.recipeNeeds;
  const isLeftOut = run.whole !== undefined && run.whole > 0 && chainRuleOf(chains, run.stream)?.recipe === 'none';
  if (!isLeftOut || needs === undefined || hash === undefined) return rules;
  const recipe = typeof chain?.recipe === 'string' ? RECIPES.get(chain.recipe) : undefined;
  return recipe === undefined ? rules : [...rules, { member: 'hash', recipe: recipeWith(recipe, needs) }];
}
