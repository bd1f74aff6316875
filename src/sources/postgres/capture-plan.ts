/** From the opened coordinator to rows that can be read: sessions, queries, chain rules. */
import { bodyDigestWith } from '../../core/custody/body-digest-with.ts';
import type { DerivedRule } from '../../core/custody/derived-rule.ts';
import { DERIVED_RECIPES } from '../../core/custody/index-part.ts';
import { type ChainRule, type ChainRules, chainRuleOf } from '../../core/snapshot/header.ts';
import type { TableProfile } from '../../wire/profile.ts';
import type { Relation } from './catalog.ts';
import type { Run } from './census.ts';

/** The chain rule for the streams of a table, as a header states it. */
function ruleOf(profile: TableProfile, recipe: string): ChainRule | undefined {
  const { chain } = profile;
  return chain === undefined ? undefined : { genesis: chain.genesis, recipe, firstSeq: chain.firstSeq };
}

function patternOf({ stream }: TableProfile): string {
  if (typeof stream === 'string') return '*';
  return 'column' in stream ? `${stream.prefix}*` : stream.value;
}

/** The recipe holds for a stream if all its bodies have what it needs; elsewhere hashes are compared by value. */
function recipeOf(run: Run): string {
  const { chain } = run.relation.profile;
  if (chain === undefined) return 'none';
  return run.whole === undefined || run.whole === run.rows ? chain.recipe : 'none';
}

/** Rules by stream name: one for each table, and one for each stream that differs from most. */
export function chainRules(relations: readonly Relation[], runs: readonly Run[]): ReadonlyMap<string, ChainRule> {
  const rules = new Map<string, ChainRule>();
  for (const relation of relations) {
    const { profile } = relation;
    const own = runs.filter((run) => run.relation === relation);
    const usual = own.some((run) => recipeOf(run) !== 'none') || own.length === 0 ? profile.chain?.recipe : 'none';
    const rule = ruleOf(profile, usual ?? 'none');
    if (rule === undefined) continue;
    rules.set(patternOf(profile), rule);
    for (const run of own) {
      if (recipeOf(run) !== rule.recipe) rules.set(run.stream, { ...rule, recipe: recipeOf(run) });
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
  const applies = isLeftOut && needs !== undefined && hash !== undefined && chain?.recipe === 'sha256-jcs-body';
  return applies ? [...rules, { member: 'hash', recipe: bodyDigestWith(needs) }] : rules;
}
