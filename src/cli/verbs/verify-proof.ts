/** `evidence-diff verify-proof P --trusted-key K.pub`: checks a proof file with nothing but a key. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import { type Hash, isHash } from '../../core/platform.ts';
import { proofLines } from '../../reports/proof-lines.ts';
import { each, newCommand, notEmpty, type Parsed, parseWith, valueOption } from '../options/command-line.ts';
import {
  addKeyOptions,
  expectedSubject,
  findTrust,
  SUBJECT_HELP,
  TRUST_GROUP,
  type TrustRequest,
} from '../options/trust-options.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

export interface VerifyProofArguments {
  readonly file: string;
  readonly roots: readonly Hash[];
  readonly trust: TrustRequest;
  readonly expectSubject: Readonly<Record<string, string>> | undefined;
  readonly expectOrigin: string | undefined;
}

const DESCRIPTION = 'Checks a proof file: every hash on its paths, and that a trusted key vouches for where they lead.';
const EPILOGUE = `Nothing else is read: neither the store nor a snapshot. A proof of another system is as perfect as one of yours: say with
--expect-subject which it must be of. What was signed of system, time of capture and upgrade is printed in any case.

Exit codes: 0 shown and vouched for; 1 it does not show what it says; 2 it cannot be read, or shows a part; 3 nobody who
is trusted vouches for its roots.

Example:
  evidence-diff verify-proof sbom.proof.json --trusted-key evidence.key.pub`;

interface Options extends TrustRequest {
  readonly root?: readonly Hash[];
  readonly expectOrigin?: string;
}

function root(value: string): Hash {
  if (isHash(value)) return value;
  throw new InvalidArgumentError('It is no root: give 64 lower-case hexadecimal digits.');
}

/**
 * Reads the command line of `verify-proof`.
 *
 * @throws UsageError if it is wrong
 */
export function parseVerifyProof(argv: readonly string[]): Parsed<VerifyProofArguments> {
  const known = new Option('--root <hash>', 'a global root that is known from elsewhere; may be repeated').argParser(
    (value: string, before: readonly Hash[] | undefined) => [...each(value, before).slice(0, -1), root(value)],
  );
  const command = newCommand('verify-proof <file> [options]', DESCRIPTION, EPILOGUE)
    .addArgument(new Argument('<file>', 'a proof file').argParser(notEmpty))
    .addOption(known);
  addKeyOptions(command);
  command
    .addOption(new Option('--expect-subject <name>', SUBJECT_HELP).argParser(each).helpGroup(TRUST_GROUP))
    .addOption(
      valueOption('--expect-origin <origin>', 'the origin of the checkpoint', notEmpty).helpGroup(TRUST_GROUP),
    );
  return parseWith(command, argv, ({ processedArgs }) => {
    const { root: roots = [], expectSubject, expectOrigin, ...trust } = command.opts<Options>();
    if (trust.signature !== undefined) throw new UsageError('--signature: a proof holds its signatures itself');
    const subject = expectSubject === undefined ? undefined : expectedSubject(expectSubject);
    return { file: processedArgs[0], roots, trust, expectSubject: subject, expectOrigin };
  });
}

export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseVerifyProof(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { file, roots: knownRoots, trust: request, expectSubject, expectOrigin } = parsed.run;
  const { trustedKeys = [], threshold = 1 } = await findTrust(request, undefined, session.secrets);
  const expected = {
    ...(expectSubject === undefined ? {} : { expectSubject }),
    ...(expectOrigin === undefined ? {} : { expectOrigin }),
  };
  if (trustedKeys.length === 0 && Object.keys(expected).length > 0) {
    throw new UsageError('--expect-subject and --expect-origin have no meaning without --trusted-key');
  }
  const { verifyProof } = await import('../../api/verify-proof.ts');
  const check = await verifyProof(file, { trustedKeys, threshold, knownRoots, ...expected });
  await session.print(`${proofLines(check, file).join('\n')}\n`);
  return exitCodeOf(check.verdict, true);
}
