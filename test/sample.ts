/**
 * Which tests `npm test` runs of the folders that start processes, databases and browsers: one of six, and one of 24 where
 * they are dearest, by a digest of its name, so that a test that comes or goes moves no other. All of them run by `npm run
 * test:whole`, in .ci/run, and where files are named to vitest. What computes alone is always whole, but for records of many
 * megabytes; so are files of those folders that take no time.
 */
import { createHash } from 'node:crypto';

/** One test of how many; 1 unless `npm test` says more. */
const oneOf = Number(process.env['EVIDENCE_DIFF_SAMPLE'] ?? 1);
if (!Number.isInteger(oneOf) || oneOf < 1) throw new RangeError('EVIDENCE_DIFF_SAMPLE must be a whole number from 1');

/** Whether this is `npm test`. */
export const isSampled: boolean = oneOf > 1;

/** What is tested here is a matrix, of which a sample shows in minutes what the whole shows in many. */
export const SAMPLED = [
  'test/bundle/',
  'test/cli/counts-of-one.test.ts',
  'test/cli/spared-files.test.ts',
  'test/cli/odd-words.test.ts',
  'test/conformance/cases-gate.test.ts',
  'test/contract/layouts.test.ts',
  'test/contract/own-output.test.ts',
  'test/contract/sources.test.ts',
  'test/contract/verbs.test.ts',
  'test/core/judge/many-changes.test.ts',
  'test/core/judge/value-budget.test.ts',
  'test/e2e/',
  'test/faults/',
  'test/files/write-whole-file-processes.test.ts',
  'test/layouts/',
  'test/migration/',
  'test/postgres/',
  'test/reports/many-findings.test.ts',
  'test/reports/pdf.test.ts',
  'test/runbook/unproven-roots.test.ts',
  'test/sources/',
  'test/tamper/',
  'test/trust/checkpoints.test.ts',
  'test/trust/tiles.test.ts',
  'test/trust/timestamp.test.ts',
  'test/trust/timestamping.test.ts',
] as const;

/** Those of them in which one test takes a second and more of CPU time: fewer by this factor. */
const DEARER = 4;
export const DEAR = [
  'test/contract/sources.test.ts',
  'test/e2e/bundling.test.ts',
  'test/e2e/command.test.ts',
  'test/e2e/html-browser.test.ts',
  'test/e2e/kubernetes.test.ts',
  'test/e2e/rehearsal/',
  'test/e2e/runbook-pairs/',
  'test/e2e/trust.test.ts',
  'test/e2e/verify-page-verdict.test.ts',
  'test/e2e/verify-page.test.ts',
  'test/faults/many-tenants.test.ts',
  'test/migration/sort.test.ts',
  'test/sources/items/large-body.test.ts',
  'test/sources/postgres/faults.test.ts',
  'test/sources/postgres/hidden/identity.test.ts',
  'test/sources/postgres/resume.test.ts',
  'test/sources/postgres/workers.test.ts',
] as const;

/** Files whose tests go on from one another. */
export const WHOLE: ReadonlySet<string> = new Set([
  'test/e2e/docs.test.ts',
  'test/e2e/postgres-docs.test.ts',
  'test/e2e/quickstart.test.ts',
  'test/e2e/snapshot-docs.test.ts',
]);

/** Files in those folders of which all tests together take about a second, or three where they say what the rules are. */
export const QUICK: ReadonlySet<string> = new Set([
  'test/migration/adversary.test.ts',
  'test/migration/columns-read.test.ts',
  'test/migration/convert.test.ts',
  'test/migration/draft.test.ts',
  'test/migration/expected-state.test.ts',
  'test/migration/is-migration.test.ts',
  'test/migration/patch.test.ts',
  'test/migration/rewrite-oracle.test.ts',
  'test/migration/rule-words.test.ts',
  'test/migration/rules.test.ts',
  'test/sources/file-bytes.test.ts',
  'test/sources/items/chains.test.ts',
  'test/sources/items/columns.test.ts',
  'test/sources/items/empty-null.test.ts',
  'test/sources/items/found-at.test.ts',
  'test/sources/items/holds.test.ts',
  'test/sources/items/ours.test.ts',
  'test/sources/items/path-list.test.ts',
  'test/sources/kinds/init-words.test.ts',
  'test/sources/kinds/look.test.ts',
  'test/sources/postgres/answers.test.ts',
  'test/sources/postgres/chain-rules.test.ts',
  'test/sources/postgres/connection-files.test.ts',
  'test/sources/postgres/connection-url.test.ts',
  'test/sources/postgres/fault-words.test.ts',
  'test/sources/postgres/row-reader.test.ts',
  'test/sources/postgres/row-text.test.ts',
  'test/sources/postgres/session.test.ts',
  'test/sources/postgres/told-tables.test.ts',
]);

/**
 * Whether a test is run.
 *
 * @param file its path, from the top of the project
 * @param name its full name, with those of its suites
 * @param of one of how many is wanted
 */
export function isInSample(file: string, name: string, of: number = oneOf): boolean {
  const isIn = (paths: readonly string[]): boolean => paths.some((path) => file.startsWith(path));
  if (of === 1 || WHOLE.has(file) || QUICK.has(file) || !isIn(SAMPLED)) return true;
  const share = isIn(DEAR) ? DEARER * of : of;
  return createHash('sha256').update(`${file} ${name}`).digest().readUInt32BE() % share === 0;
}
