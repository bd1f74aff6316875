import { describe, expect, it } from 'vitest';
import type { Run } from '../../../src/sources/postgres/census.ts';
import { chainRules, comparedByValue, derivedRules } from '../../../src/sources/postgres/plan.ts';

const DECLARED = { algorithm: 'sha256', of: [{ field: '/body', as: 'jcs' }] };

/** Runs of one table, each `[tenant, stream, rows, rows with what the recipe needs]`. */
function runsOf(recipe: unknown, ...runs: readonly (readonly [string, string, number, number])[]): readonly Run[] {
  const chain = { genesis: 'zeros', recipe, firstSeq: 1, recipeNeeds: 'event' };
  const profile = { tenant: 'tenant', stream: 'stream', hash: 'hash', derived: {}, chain };
  const relation = { label: 'public.log', profile };
  return runs.map(([tenant, stream, rows, whole]) => ({ relation, tenant, stream, rows, whole })) as unknown as Run[];
}

const rulesOf = (runs: readonly Run[]) =>
  chainRules(
    runs.slice(0, 1).map(({ relation }) => relation),
    runs,
  );

describe('streams of which some bodies lack what the recipe needs', () => {
  it.each(['sha256-jcs-body', 'sha256-prev-body'])('are held to %s record by record', (recipe) => {
    const runs = runsOf(recipe, ['a', 'mixed', 3, 2], ['a', 'whole', 3, 3], ['a', 'without', 3, 0]);
    const rules = rulesOf(runs);
    expect([...rules].map(([name, rule]) => [name, rule.recipe])).toEqual([
      ['*', recipe],
      ['mixed', 'none'],
      ['without', 'none'],
    ]);
    const derived = runs.map((run) => derivedRules(run, rules).map(({ member, recipe: { name } }) => [member, name]));
    expect(derived).toEqual([[['hash', `${recipe} with member "event"`]], [], []]);
    expect(comparedByValue(runs)).toEqual([]);
  });

  it('are told where the recipe is declared, which recomputes nothing of them', () => {
    const runs = runsOf(DECLARED, ['a', 'mixed', 3, 2], ['b', 'mixed', 3, 3], ['a', 'without', 3, 0]);
    expect(comparedByValue(runs)).toEqual(['["a","mixed"]', '["b","mixed"]', '["a","without"]']);
    expect(runs.map((run) => derivedRules(run, rulesOf(runs)))).toEqual([[], [], []]);
  });

  it('decide for the streams of that name of other tenants, whichever comes first', () => {
    const runs = runsOf('sha256-jcs-body', ['a', 's', 3, 2], ['b', 's', 3, 3], ['b', 'whole', 3, 3]);
    for (const order of [runs, [...runs].reverse()]) {
      const [first] = order;
      const other = { label: 'public.other', profile: { ...first?.relation.profile, chain: undefined } } as never;
      const rules = chainRules([...(first === undefined ? [] : [first.relation]), other], order);
      expect([rules.get('s')?.recipe, rules.get('whole')?.recipe]).toEqual(['none', 'sha256-jcs-body']);
    }
  });
});
