/** `evidence-diff keygen --output K`: a pair of Ed25519 keys. */
import { printable } from '../../reports/printable.ts';
import { newCommand, notEmpty, type Parsed, parseWith, valueOption } from '../options/command-line.ts';
import { EXIT, type ExitCode, UsageError } from '../terminal/exit.ts';
import { DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

export interface KeygenArguments {
  readonly output: string;
}

const DESCRIPTION =
  'Makes a pair of Ed25519 keys: a private one in K (PKCS #8, readable by its owner alone) and the public one in K.pub.';
const EPILOGUE = `Keep K where those who can write to the store cannot read it; hand K.pub to those who verify.
A file that is there already is never replaced: exit code 64.

Example:
  evidence-diff keygen --output evidence.key`;

/**
 * Reads the command line of `keygen`.
 *
 * @throws UsageError if it is wrong
 */
export function parseKeygen(argv: readonly string[]): Parsed<KeygenArguments> {
  const command = newCommand('keygen --output <file>', DESCRIPTION, EPILOGUE).addOption(
    valueOption(
      '--output <file>',
      'the private key; the public one goes to <file>.pub',
      notEmpty,
    ).makeOptionMandatory(),
  );
  return parseWith(command, argv, () => {
    const { output } = command.opts<KeygenArguments>();
    if (output === DASH) throw new UsageError('--output -: a private key is not printed: give the name of a file');
    return { output };
  });
}

export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseKeygen(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { output } = parsed.run;
  const { newKeyPair } = await import('../../trust/node-keys.ts');
  const { writeKeyPair } = await import('../options/key-files.ts');
  const pair = newKeyPair(output);
  await writeKeyPair(output, pair);
  const lines = [`private key ${output}`, `public key  ${output}.pub`, `sha256      ${pair.publicKey.id}`];
  await session.print(`${lines.map(printable).join('\n')}\n`);
  return EXIT.pass;
}
