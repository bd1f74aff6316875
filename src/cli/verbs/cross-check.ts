/** `evidence-diff cross-check [source]`: every stream root a second time, by other people's code. */
import { Argument } from 'commander';
import {
  crossCheckSnapshot,
  EvidenceError,
  type SecondOpinion,
  UnsoundSnapshotError,
  type Verdict,
} from '../../index.ts';
import { printable, quoted } from '../../reports/printable.ts';
import { newCommand, type Parsed, parseWith } from '../options/command-line.ts';
import {
  addSourceOptions,
  findSource,
  SOURCE_HELP,
  type SourceRequest,
  sourceName,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

const DESCRIPTION =
  'Computes every stream root a second time with canonicalize, @noble/hashes and merkletreejs, in place of our own code.';
const EPILOGUE = `Exit code 0 if all roots are equal, 1 if one differs or the snapshot is unsound, 2 if it could not be read
to its end or has a stream of more than a million records.
${WAYS}.

Example:
  evidence-diff cross-check baseline.json`;

/**
 * Reads the command line of `cross-check`.
 *
 * @throws UsageError if it is wrong
 */
export function parseCrossCheck(argv: readonly string[]): Parsed<{ readonly source: SourceRequest }> {
  const command = newCommand('cross-check [source] [options]', DESCRIPTION, EPILOGUE).addArgument(
    new Argument('[source]', SOURCE_HELP).argParser(sourceName),
  );
  addSourceOptions(command);
  return parseWith(command, argv, ({ processedArgs }) => ({
    source: sourceRequest(processedArgs[0], command.opts<SourceRequest>()),
  }));
}

function opinionText({ streams, agreed, exactNumberTexts }: SecondOpinion): string {
  const lines = [agreed ? 'PASS: all stream roots are the same' : 'FAIL: stream roots differ, or there are none'];
  for (const { tenant, stream, records, root, secondRoot } of streams) {
    const answer = root === secondRoot ? `same ${root}` : `DIFFERENT ours ${root} theirs ${secondRoot}`;
    lines.push(`tenant ${quoted(tenant)} stream ${quoted(stream)} records ${records} ${answer}`);
  }
  if (exactNumberTexts > 0) {
    lines.push(
      `${exactNumberTexts} texts hold a number that plain RFC 8785 would round: their canonical form is ours here too`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** What a fault of the snapshot means for the verdict; any other fault is ours. */
function reportError(error: unknown, session: Session): Verdict {
  if (!(error instanceof EvidenceError) && !(error instanceof UnsoundSnapshotError)) throw error;
  session.complain(printable(error.message));
  return error instanceof EvidenceError ? 'INCOMPLETE' : 'FAIL';
}

async function publish(opinion: SecondOpinion, session: Session): Promise<ExitCode> {
  const verdict = opinion.agreed ? 'PASS' : 'FAIL';
  try {
    await session.print(opinionText(opinion));
    return exitCodeOf(verdict, true);
  } catch (error) {
    reportError(error, session);
    return exitCodeOf(verdict, false);
  }
}

export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseCrossCheck(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { name, options } = await findSource(parsed.run.source, session);
  let opinion: SecondOpinion;
  try {
    opinion = await crossCheckSnapshot(name, options);
  } catch (error) {
    return exitCodeOf(reportError(error, session), true);
  }
  return publish(opinion, session);
}
