/** `evidence-diff sign F --key K`: signs a snapshot or a file of roots. */
import { Argument, Option } from 'commander';
import { printable } from '../../reports/printable.ts';
import { each, newCommand, notEmpty, type Parsed, parseWith, valueOption } from '../options/command-line.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

export interface SignArguments {
  readonly file: string;
  readonly keys: readonly string[];
  readonly upgrade: string | undefined;
}

const DESCRIPTION =
  'Signs a snapshot or a file of roots: an in-toto statement about it, in a DSSE envelope F.dsse.json beside it.';
const EPILOGUE = `The file is read and audited first; what is not sound is not signed. A further signature of the same file is added to
those that are there.

Exit codes: 0 signed; 1 the evidence does not hold; 2 it could not be read, or the signature not written; 3 the key
cannot be used.

Example:
  evidence-diff sign baseline.ndjson --key evidence.key --upgrade 2027.Q2`;

/**
 * Reads the command line of `sign`.
 *
 * @throws UsageError if it is wrong
 */
export function parseSign(argv: readonly string[]): Parsed<SignArguments> {
  const command = newCommand('sign <file> --key <file> [options]', DESCRIPTION, EPILOGUE)
    .addArgument(new Argument('<file>', 'a snapshot, or what roots-export has written as JSON').argParser(notEmpty))
    .addOption(
      new Option('--key <file>', 'a private key in PEM (PKCS #8); may be repeated')
        .argParser(each)
        .makeOptionMandatory(),
    )
    .addOption(valueOption('--upgrade <id>', 'the upgrade that the file is the baseline of', notEmpty));
  return parseWith(command, argv, ({ processedArgs }) => {
    const { key, upgrade } = command.opts<{ readonly key: readonly string[]; readonly upgrade?: string }>();
    if (processedArgs[0] === DASH) throw new UsageError('standard input cannot be signed: give a file');
    return { file: processedArgs[0], keys: key, upgrade };
  });
}

export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseSign(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { file, keys, upgrade } = parsed.run;
  const { signSnapshot } = await import('../../api/sign-snapshot.ts');
  const interruption = session.listen();
  const options = { keys, signal: interruption.signal, ...(upgrade === undefined ? {} : { upgrade }) };
  const { audit, signature, keys: signers } = await signSnapshot(file, options);
  if (signature === null) {
    session.complain(printable(`${audit.verdict}: ${file} is not sound, and was not signed`));
    for (const { kind, message } of audit.findings.slice(0, 20)) session.complain(printable(`${kind}: ${message}`));
    return interruption.exitCode() ?? exitCodeOf(audit.verdict, true);
  }
  const lines = [`signed ${file}`, `sha256 ${audit.sha256}`, `signature ${signature}`];
  await session.print(`${[...lines, ...signers.map((id) => `key ${id}`)].map(printable).join('\n')}\n`);
  return EXIT.pass;
}
