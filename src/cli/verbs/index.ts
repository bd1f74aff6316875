/** The verbs of the command. To add one is to add its file and one line here; a verb is loaded when it is run. */
import type { Verbs } from '../manual/words.ts';
import type { AnyVerb } from '../options/define.ts';

export interface RegisteredVerb {
  readonly name: string;
  readonly load: () => Promise<{ readonly verb: AnyVerb }>;
}

/** What runs when the first argument is no verb. */
export const compareVerb: RegisteredVerb = { name: 'compare', load: () => import('./compare.ts') };

export const VERBS: readonly RegisteredVerb[] = [
  { name: 'verify-all', load: () => import('./verify-all.ts') },
  { name: 'snapshot', load: () => import('./snapshot.ts') },
  { name: 'merge', load: () => import('./merge.ts') },
  { name: 'import', load: () => import('./import.ts') },
  { name: 'export', load: () => import('./export.ts') },
  { name: 'verify-bundle', load: () => import('./verify-bundle.ts') },
  { name: 'stats', load: () => import('./stats.ts') },
  { name: 'roots-export', load: () => import('./roots-export.ts') },
  { name: 'digest-index', load: () => import('./digest-index.ts') },
  { name: 'migrate', load: () => import('./migrate.ts') },
  { name: 'explain', load: () => import('./explain.ts') },
  { name: 'reindex-check', load: () => import('./reindex-check.ts') },
  { name: 'audit-report', load: () => import('./audit-report.ts') },
  { name: 'verify-continuity', load: () => import('./verify-continuity.ts') },
  { name: 'verify-roots', load: () => import('./verify-roots.ts') },
  { name: 'keygen', load: () => import('./keygen.ts') },
  { name: 'sign', load: () => import('./sign.ts') },
  { name: 'verify-signature', load: () => import('./verify-signature.ts') },
  { name: 'attest', load: () => import('./attest.ts') },
  { name: 'verify-verdict', load: () => import('./verify-verdict.ts') },
  { name: 'timestamp', load: () => import('./timestamp.ts') },
  { name: 'checkpoint', load: () => import('./checkpoint.ts') },
  { name: 'witness', load: () => import('./witness.ts') },
  { name: 'prove', load: () => import('./prove.ts') },
  { name: 'verify-proof', load: () => import('./verify-proof.ts') },
  { name: 'init', load: () => import('./init.ts') },
  { name: 'profile', load: () => import('./profile.ts') },
  { name: 'cross-check', load: () => import('./cross-check.ts') },
  { name: 'gate', load: () => import('./gate.ts') },
  { name: 'journal', load: () => import('./journal.ts') },
  { name: 'schema', load: () => import('./schema.ts') },
  {
    name: 'completion',
    load: async () => ({ verb: (await import('./completion.ts')).completionVerb(loadAll) }),
  },
  { name: 'man', load: async () => ({ verb: (await import('./man.ts')).manVerb(loadAll) }) },
];

/** The verb of that name, if there is one. */
export function verbNamed(name: string | undefined): RegisteredVerb | undefined {
  return VERBS.find((verb) => verb.name === name);
}

/** All verbs, loaded: for what speaks of each of them. */
export async function loadVerbs(): Promise<readonly AnyVerb[]> {
  return (await Promise.all(VERBS.map(({ load }) => load()))).map(({ verb }) => verb);
}

/** The comparison as well. */
async function loadAll(): Promise<Verbs> {
  return { compare: (await compareVerb.load()).verb, others: await loadVerbs() };
}
