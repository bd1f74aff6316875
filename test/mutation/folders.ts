/** Where breaks are made, and what share of them the fast tests must see. */
export interface Folder {
  readonly name: string;
  /** Files and folders of src. */
  readonly paths: readonly string[];
  /** Per cent of its live mutants. */
  readonly least: number;
  /** Where every mutant counts and not a sample of them. */
  readonly whole?: true;
}

export const FOLDERS: readonly Folder[] = [
  { name: 'json', paths: ['core/json'], least: 90 },
  { name: 'merkle', paths: ['core/merkle'], least: 90 },
  { name: 'custody', paths: ['core/custody'], least: 90 },
  { name: 'snapshot', paths: ['core/snapshot', 'core/audit'], least: 90 },
  { name: 'judge', paths: ['core/judge'], least: 90 },
  { name: 'report', paths: ['core/report', 'core/instant.ts', 'core/kinds.ts'], least: 90 },
  { name: 'proof', paths: ['core/proof'], least: 90 },
  { name: 'legacy-roots', paths: ['legacy-roots'], least: 90 },
  { name: 'trust', paths: ['trust'], least: 90 },
  { name: 'engine', paths: ['engine'], least: 90 },
  { name: 'files', paths: ['files'], least: 90 },
  { name: 'postgres', paths: ['sources/postgres'], least: 90 },
  { name: 'runbook', paths: ['runbook'], least: 90 },
  {
    name: 'verdict and tally',
    paths: ['core/judge/verdict.ts'],
    least: 100,
    whole: true,
  },
];

/** Of all of them together. */
export const LEAST_OF_ALL = 95;

/** Tests that start no command and no browser: what a maintainer runs beside the code. */
export const FAST_TESTS: readonly string[] = [
  'audit-report',
  'bundle',
  'cli',
  'conformance',
  'contract',
  'core',
  'differential',
  'engine',
  'faults',
  'files',
  'legacy-roots',
  'migration',
  'postgres',
  'reports',
  'runbook',
  'sources',
  'tamper',
  'trust',
  'wire',
];
