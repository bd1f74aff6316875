/** The verbs of the command. To add one is to add its file and one line here; a verb is loaded when it is run. */
import type { Verb } from '../options/verb.ts';

/** What runs when the first argument is no verb. */
export const compareVerb: Verb = {
  name: 'compare',
  summary: 'compares two snapshots',
  load: () => import('./compare.ts'),
};

export const VERBS: readonly Verb[] = [
  {
    name: 'verify-all',
    summary: 'audits a source and captures a snapshot of it',
    load: () => import('./verify-all.ts'),
  },
  {
    name: 'export',
    summary: 'writes a bundle folder that verifies by itself',
    load: () => import('./export.ts'),
  },
  { name: 'verify-bundle', summary: 'checks every file of bundles', load: () => import('./verify-bundle.ts') },
  { name: 'stats', summary: 'counts by tenant and type, made for diff', load: () => import('./stats.ts') },
  { name: 'roots-export', summary: 'global, tenant and stream roots', load: () => import('./roots-export.ts') },
  {
    name: 'audit-report',
    summary: 'what was recorded since a time, for an auditor',
    load: () => import('./audit-report.ts'),
  },
  {
    name: 'verify-continuity',
    summary: 'the comparison with what is there now',
    load: () => import('./verify-continuity.ts'),
  },
  {
    name: 'verify-roots',
    summary: 'the same with roots in place of a baseline',
    load: () => import('./verify-roots.ts'),
  },
  { name: 'keygen', summary: 'a pair of keys to sign with', load: () => import('./keygen.ts') },
  { name: 'sign', summary: 'signs a snapshot or a file of roots', load: () => import('./sign.ts') },
  {
    name: 'verify-signature',
    summary: 'whether trusted keys have signed a file',
    load: () => import('./verify-signature.ts'),
  },
  { name: 'checkpoint', summary: 'signs roots as C2SP checkpoints', load: () => import('./checkpoint.ts') },
  { name: 'prove', summary: 'writes a proof of a record, or of growth', load: () => import('./prove.ts') },
  { name: 'verify-proof', summary: 'checks a proof offline', load: () => import('./verify-proof.ts') },
  { name: 'profile', summary: 'which tables are read, and whether they are there', load: () => import('./profile.ts') },
  {
    name: 'cross-check',
    summary: 'stream roots a second time, by other libraries',
    load: () => import('./cross-check.ts'),
  },
  {
    name: 'gate',
    summary: 'may the cutover go on: proceed, pause, investigate, rollback',
    load: () => import('./gate.ts'),
  },
  {
    name: 'journal',
    summary: 'steps and approvals of an upgrade, in a hash chain',
    load: () => import('./journal.ts'),
  },
  { name: 'schema', summary: 'JSON Schemas of snapshot, record and report', load: () => import('./schema.ts') },
];

/** The verb of that name, if there is one. */
export function verbNamed(name: string | undefined): Verb | undefined {
  return VERBS.find((verb) => verb.name === name);
}
