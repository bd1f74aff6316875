/** From the arguments to an exit code: finds the verb, runs it, and names what went wrong. */
import { EvidenceError } from '../core/errors.ts';
import { ProofError } from '../core/merkle/proof.ts';
import { printable } from '../reports/printable.ts';
import { TrustError } from '../trust/trust-error.ts';
import { requireNoNearVerb, verbOfHelp } from './near-verb.ts';
import { parseVerb } from './options/parse.ts';
import { EXIT, type ExitCode, UsageError } from './terminal/exit.ts';
import { internalError } from './terminal/guard.ts';
import { type Io, Session } from './terminal/session.ts';
import { compareVerb, loadVerbs, type RegisteredVerb, verbNamed } from './verbs/index.ts';

function codeOfFault(fault: unknown, hint: string, session: Session): ExitCode {
  if (fault instanceof UsageError) {
    session.complain(`error: ${printable(fault.message)}`);
    session.complain(hint);
    return EXIT.usage;
  }
  if (fault instanceof EvidenceError) {
    session.complain(`${fault.kind}: ${printable(fault.message)}`);
    return EXIT.incomplete;
  }
  if (fault instanceof TrustError) {
    session.complain(`${fault.kind}: ${printable(fault.message)}`);
    return EXIT.untrusted;
  }
  if (fault instanceof ProofError) {
    session.complain(`FAIL: ${printable(fault.message)}`);
    return EXIT.fail;
  }
  session.complain(internalError(fault, session.env));
  return EXIT.internal;
}

/** What the help of the comparison, which is that of the command, says of the verbs; nothing where it is not asked for. */
async function listing(argv: readonly string[]): Promise<string> {
  if (!argv.some((word) => word === '--help' || word === '-h')) return '';
  const lines = (await loadVerbs()).map(({ name, summary }) => `  ${name.padEnd(19)}${summary}\n`);
  return `Verbs (evidence-diff <verb> --help):\n${lines.join('')}`;
}

async function runVerb(
  named: RegisteredVerb | undefined,
  argv: readonly string[],
  session: Session,
): Promise<ExitCode> {
  const { verb } = await (named ?? compareVerb).load();
  const parsed = parseVerb(verb, argv, named === undefined ? await listing(argv) : '');
  if ('run' in parsed) return verb.run(parsed.run, session);
  await session.print(parsed.help);
  return EXIT.pass;
}

/**
 * Runs the command line `argv` (without the interpreter and the script), and leaves nothing behind in the process: it
 * neither exits nor sets an exit code, and listens for signals only as `io` does.
 *
 * Standard input, where a source is `-`, and the working directory are those of the process.
 *
 * @returns the exit code, once every output was written
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const session = new Session(argv, io);
  let named = verbNamed(argv[0]);
  try {
    if (argv[0] === 'help') {
      named = verbOfHelp(argv.slice(1));
      return await runVerb(named, ['--help'], session);
    }
    if (named === undefined) requireNoNearVerb(argv);
    return await runVerb(named, named === undefined ? argv : argv.slice(1), session);
  } catch (fault) {
    const hint = `Try 'evidence-diff ${named === undefined ? '' : `${named.name} `}--help'.`;
    return codeOfFault(fault, hint, session);
  } finally {
    session.close();
  }
}
