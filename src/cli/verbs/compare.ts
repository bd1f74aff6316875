/** `evidence-diff <baseline> <current>`: compares, writes the reports, and lets the verdict be the exit code. */
import { Argument } from 'commander';
import { newCommand, type Parsed, parseWith } from '../options/command-line.ts';
import { joinLegacyRoots } from '../options/legacy-root-option.ts';
import {
  addReadingOptions,
  findReading,
  type ReadingRequest,
  readingRequest,
  sourceName,
} from '../options/source-options.ts';
import type { Verb } from '../options/verb.ts';
import { compareHelp } from '../options/words.ts';
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

/** What a command line of the comparison asks for. */
export interface CompareArguments extends ComparisonRequest {
  readonly baseline: string;
  readonly current: string;
  /** How a side is read that is a database. */
  readonly reading: ReadingRequest;
}

/**
 * Reads the command line of the comparison.
 *
 * @param verbs - the verbs that the help lists
 * @throws UsageError if it is wrong
 */
export function parseCompare(argv: readonly string[], verbs: readonly Verb[]): Parsed<CompareArguments> {
  const { description, epilogue } = compareHelp;
  const command = newCommand('<baseline> <current> [options]', description, epilogue(verbs))
    .addArgument(new Argument('<baseline>', compareHelp.baseline).argParser(sourceName))
    .addArgument(new Argument('<current>', compareHelp.current).argParser(sourceName));
  addReadingOptions(addComparisonOptions(command));
  return parseWith(command, joinLegacyRoots(argv), ({ processedArgs }) => {
    const [baseline, current] = processedArgs;
    const options = command.opts<ComparisonOptions & ReadingRequest>();
    const request = comparisonRequest(options);
    checkSides(baseline, current, request);
    return { baseline, current, reading: readingRequest(options), ...request };
  });
}

/** Compares as `argv` says; the exit code is that of the verdict, or of the signal that stopped it. */
export async function run(argv: readonly string[], session: Session, verbs: readonly Verb[]): Promise<ExitCode> {
  const parsed = parseCompare(argv, verbs);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { baseline, current, reading } = parsed.run;
  const source = await findReading(reading, [baseline, current], session);
  return runComparison(
    parsed.run,
    async (options, demands) => {
      const { compareSnapshots } = await import('../../api/compare-snapshots.ts');
      return compareSnapshots(baseline, current, { ...options, source }, demands);
    },
    session,
  );
}
