/** What verify-continuity and verify-roots share: a baseline by option, and a source that may be found elsewhere. */

import { isPostgresUrl } from '../../core/database-url.ts';
import type { DemandLedger } from '../../core/report/demands.ts';
import type { ContinuityReport } from '../../core/report/report.ts';
import type { ComparisonOptions as ApiOptions, SourceOptions } from '../../index.ts';
import { defineVerb, required, value } from '../options/define.ts';
import { fileName } from '../options/readers.ts';
import { COMPARED_SHARD_OPTIONS } from '../options/shard-options.ts';
import {
  findReading,
  findSource,
  type LiveSource,
  readingWords,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceName,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import type { ExitCode } from '../terminal/exit.ts';
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

/** What makes one of these verbs different from the other. */
interface BaselineVerb {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** What the baseline is. */
  readonly baseline: string;
  readonly example: string;
  readonly compare: (
    baseline: string,
    current: string,
    options: ApiOptions,
    demands: DemandLedger,
  ) => Promise<ContinuityReport>;
}

export interface BaselineArguments extends ComparisonRequest {
  readonly baseline: string;
  readonly source: SourceRequest;
}

/** The baseline may be a database as well, where the source is none. */
async function readingOf(
  request: SourceRequest,
  live: LiveSource,
  baseline: string,
  session: Session,
): Promise<SourceOptions> {
  return isPostgresUrl(live.name) ? live.options : findReading(request, [live.name, baseline], session);
}

async function runAgainstBaseline(
  compare: BaselineVerb['compare'],
  request: BaselineArguments,
  session: Session,
): Promise<ExitCode> {
  const { baseline } = request;
  const live = await findSource(request.source, session);
  checkSides(baseline, live.name, request);
  const source = await readingOf(request.source, live, baseline, session);
  await checkShareable(baseline, live.name, request, source);
  return runComparison(
    request,
    (options, demands) => compare(baseline, live.name, { ...options, source }, demands),
    readingWords(request.source, [live.name, baseline]),
    session,
  );
}

/** A comparison with a baseline by option, and a source that may be found elsewhere. */
export function againstBaseline({ baseline: help, compare, ...about }: BaselineVerb) {
  return defineVerb({
    ...about,
    arguments: SOURCE_ARGUMENT,
    options: {
      baseline: required(value('<file>', help, about.name === 'verify-roots' ? fileName : sourceName)),
      ...COMPARISON_OPTIONS,
      // Roots have no records that could be shared out.
      ...(about.name === 'verify-roots' ? ({} as typeof COMPARED_SHARD_OPTIONS) : COMPARED_SHARD_OPTIONS),
      ...SOURCE_OPTIONS,
    },
    notes: `${WAYS}.\nExit codes and reports are those of the comparison.`,
    rewrite: rewriteComparison,
    request: ({ baseline, ...options }, { source }): BaselineArguments => ({
      ...comparisonRequest(options),
      baseline,
      source: sourceRequest(source, options),
    }),
    run: (request, session) => runAgainstBaseline(compare, request, session),
  });
}
