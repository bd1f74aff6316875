/** `evidence-diff checkpoint [source] --key K --output DIR`: signed checkpoints for other people's tools. */
import { Argument } from 'commander';
import { printable } from '../../reports/printable.ts';
import { newCommand, notEmpty, type Parsed, parseWith, valueOption } from '../command-line.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-code.ts';
import { DASH } from '../outputs.ts';
import { listenForSignals } from '../signals.ts';
import {
  addSourceOptions,
  findSource,
  SOURCE_HELP,
  type SourceWish,
  sourceName,
  sourceWish,
  WAYS,
} from '../source-options.ts';
import { complain, writeStdout } from '../stdout.ts';
import { UsageError } from '../usage-error.ts';

export interface CheckpointArguments {
  readonly source: SourceWish;
  readonly key: string;
  readonly output: string;
}

const DESCRIPTION =
  'Signs the global root and the root of each tenant as checkpoints (c2sp.org/tlog-checkpoint), which Go’s note and tlog packages read.';
const EPILOGUE = `${WAYS}.
The source is audited first; of what is not sound nothing is signed.

Exit codes: 0 written; 1 the evidence does not hold; 2 it could not be read, or a file not written; 3 the key cannot be
used.

Example:
  evidence-diff checkpoint baseline.ndjson --key evidence.key --output checkpoints`;

/**
 * Reads the command line of `checkpoint`.
 *
 * @throws UsageError if it is wrong
 */
export function parseCheckpointVerb(argv: readonly string[]): Parsed<CheckpointArguments> {
  const command = newCommand('checkpoint [source] --key <file> --output <folder>', DESCRIPTION, EPILOGUE)
    .addArgument(new Argument('[source]', SOURCE_HELP).argParser(sourceName))
    .addOption(valueOption('--key <file>', 'a private Ed25519 key in PEM', notEmpty).makeOptionMandatory())
    .addOption(valueOption('--output <folder>', 'where the checkpoints go', notEmpty).makeOptionMandatory());
  addSourceOptions(command);
  return parseWith(command, argv, ({ processedArgs }) => {
    const options = command.opts<SourceWish & { readonly key: string; readonly output: string }>();
    if (options.output === DASH) throw new UsageError('--output -: checkpoints are several files: give a folder');
    return { source: sourceWish(processedArgs[0], options), key: options.key, output: options.output };
  });
}

export async function run(argv: readonly string[]): Promise<ExitCode> {
  const parsed = parseCheckpointVerb(argv);
  if ('help' in parsed) {
    await writeStdout(parsed.help);
    return EXIT.pass;
  }
  const { key, output } = parsed.run;
  const { name, options: source } = await findSource(parsed.run.source, process.env);
  const interruption = listenForSignals(complain);
  const { writeCheckpoints } = await import('../../api/write-checkpoints.ts');
  const { audit, written } = await writeCheckpoints(name, output, { key, source, signal: interruption.signal });
  if (written.length === 0) {
    complain(printable(`${audit.verdict}: ${audit.name} is not sound: nothing was signed`));
    for (const { kind, message } of audit.findings.slice(0, 20)) complain(printable(`${kind}: ${message}`));
    return interruption.exitCode() ?? exitCodeOf(audit.verdict === 'PASS' ? 'INCOMPLETE' : audit.verdict, true);
  }
  const lines = written.map(
    ({ path, size, root, verifierKey }) => `${path} size ${size} root ${root} key ${verifierKey}`,
  );
  await writeStdout(`${lines.map(printable).join('\n')}\n`);
  return interruption.exitCode() ?? EXIT.pass;
}
