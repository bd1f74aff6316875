/** The verbs of the command. To add one is to add its file and one line here; a verb is loaded when it is run. */
import type { Verb } from './verb.ts';

/** What runs when the first argument is no verb. */
export const compareVerb: Verb = {
  name: 'compare',
  summary: 'compares two snapshots',
  load: () => import('./compare.ts'),
};

export const VERBS: readonly Verb[] = [
  { name: 'stats', summary: 'counts by tenant and type, made for diff', load: () => import('./stats.ts') },
  { name: 'roots-export', summary: 'global, tenant and stream roots', load: () => import('./roots-export.ts') },
  {
    name: 'cross-check',
    summary: 'stream roots a second time, by other libraries',
    load: () => import('./cross-check.ts'),
  },
  { name: 'schema', summary: 'JSON Schemas of snapshot, record and report', load: () => import('./schema.ts') },
];

/** The verb of that name, if there is one. */
export function verbNamed(name: string | undefined): Verb | undefined {
  return VERBS.find((verb) => verb.name === name);
}
