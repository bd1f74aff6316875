/** `evidence-diff <baseline> <current>`: compares, writes the reports, and lets the verdict be the exit code. */

import { defineVerb, required, value } from '../options/define.ts';
import { COMPARED_SHARD_OPTIONS } from '../options/shard-options.ts';
import {
  findReading,
  READING_OPTIONS,
  type ReadingRequest,
  readingRequest,
  readingWords,
  sourceName,
} from '../options/source-options.ts';
import { EXIT_LINES, type ExitCode } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';
import {
  COMPARISON_OPTIONS,
  type ComparisonRequest,
  checkSides,
  comparisonRequest,
  rewriteComparison,
  runComparison,
} from './comparison.ts';
import { checkShareable } from './shareable.ts';

/** What a command line of the comparison asks for. */
export interface CompareArguments extends ComparisonRequest {
  readonly baseline: string;
  readonly current: string;
  /** How a side is read that is a database. */
  readonly reading: ReadingRequest;
}

export const verb = defineVerb({
  name: 'compare',
  summary: 'compares two snapshots',
  description: 'Proves that no evidence was lost, altered or re-linked between two snapshots of a store.',
  arguments: {
    baseline: required(
      value(
        '<source>',
        'from before: a snapshot, JSON, NDJSON or CSV (also .gz), a folder, an archive, postgres://…, or - for standard input',
        sourceName,
      ),
    ),
    current: required(value('<source>', 'from after: likewise', sourceName)),
  },
  options: { ...COMPARISON_OPTIONS, ...COMPARED_SHARD_OPTIONS, ...READING_OPTIONS },
  notes: `The first argument selects a verb if it is the name of one: give a file of that name as ./stats.

Exit codes, of all verbs:
${EXIT_LINES}

With --output, standard output gets the headline alone; with --format json nothing but reports.
File names that begin with - go after --.`,
  example: 'baseline.json current.json --mode frozen --output continuity.json',
  rewrite: rewriteComparison,
  request: (options, { baseline, current }): CompareArguments => {
    const request = comparisonRequest(options);
    checkSides(baseline, current, request);
    return { baseline, current, reading: readingRequest(options), ...request };
  },
  run: compare,
});

/** The exit code is that of the verdict, or of the signal that stopped it. */
async function compare(request: CompareArguments, session: Session): Promise<ExitCode> {
  const { baseline, current, reading } = request;
  const source = await findReading(reading, [baseline, current], session);
  await checkShareable(baseline, current, request, source);
  return runComparison(
    request,
    async (options, demands) => {
      const { compareSnapshots } = await import('../../api/compare-snapshots.ts');
      return compareSnapshots(baseline, current, { ...options, source }, demands);
    },
    readingWords(reading, [baseline, current]),
    session,
  );
}
