/** What verify-continuity and verify-roots share: a baseline by option, and a source that may be found elsewhere. */
import { Argument } from 'commander';
import type { DemandLedger } from '../../core/report/demands.ts';
import type { ContinuityReport } from '../../core/report/report.ts';
import type { ComparisonOptions as ApiOptions, SourceOptions } from '../../index.ts';
import { isPostgresUrl } from '../../sources/postgres/connection-url.ts';
import { newCommand, type Parsed, parseWith, valueOption } from '../options/command-line.ts';
import { joinLegacyRoots } from '../options/legacy-root-option.ts';
import {
  addSourceOptions,
  findReading,
  findSource,
  type LiveSource,
  SOURCE_HELP,
  type SourceRequest,
  sourceName,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';
import {
  addComparisonOptions,
  type ComparisonOptions,
  type ComparisonRequest,
  checkSides,
  comparisonRequest,
  runComparison,
} from './comparison.ts';

/** What makes one of these verbs different from the other. */
export interface BaselineVerb {
  readonly name: string;
  readonly description: string;
  /** What the baseline is. */
  readonly baseline: string;
  readonly example: string;
}

export interface BaselineArguments extends ComparisonRequest {
  readonly baseline: string;
  readonly source: SourceRequest;
}

/**
 * Reads the command line of `verb`.
 *
 * @throws UsageError if it is wrong
 */
export function parseAgainstBaseline(verb: BaselineVerb, argv: readonly string[]): Parsed<BaselineArguments> {
  const epilogue = `${WAYS}.\nExit codes and reports are those of the comparison.\n\nExample:\n  ${verb.example}`;
  const baseline = valueOption('--baseline <file>', verb.baseline, sourceName).makeOptionMandatory();
  const command = newCommand(`${verb.name} --baseline <file> [source] [options]`, verb.description, epilogue)
    .addArgument(new Argument('[source]', SOURCE_HELP).argParser(sourceName))
    .addOption(baseline);
  addSourceOptions(addComparisonOptions(command));
  return parseWith(command, joinLegacyRoots(argv), ({ processedArgs }) => {
    const options = command.opts<ComparisonOptions & SourceRequest & { readonly baseline: string }>();
    return {
      ...comparisonRequest(options),
      baseline: options.baseline,
      source: sourceRequest(processedArgs[0], options),
    };
  });
}

/** The baseline may be a database as well, where the source is none. */
async function readingOf(
  request: SourceRequest,
  live: LiveSource,
  baseline: string,
  session: Session,
): Promise<SourceOptions> {
  return isPostgresUrl(live.name) ? live.options : findReading(request, [baseline], session);
}

/** Compares as `argv` says. */
export async function runAgainstBaseline(
  verb: BaselineVerb,
  argv: readonly string[],
  session: Session,
  compare: (baseline: string, current: string, options: ApiOptions, demands: DemandLedger) => Promise<ContinuityReport>,
): Promise<ExitCode> {
  const parsed = parseAgainstBaseline(verb, argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { baseline, source: request } = parsed.run;
  const live = await findSource(request, session);
  checkSides(baseline, live.name, parsed.run);
  const source = await readingOf(request, live, baseline, session);
  return runComparison(
    parsed.run,
    (options, demands) => compare(baseline, live.name, { ...options, source }, demands),
    session,
  );
}
