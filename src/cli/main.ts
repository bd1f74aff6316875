/** From the arguments to an exit code: finds the verb, runs it, and names what went wrong. */
import { EvidenceError } from '../core/errors.ts';
import { ProofError } from '../core/merkle/proof.ts';
import { printable } from '../reports/printable.ts';
import { TrustError } from '../trust/trust-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { internalError } from './guard.ts';
import { complain, ignoreClosedPipes } from './stdout.ts';
import { UsageError } from './usage-error.ts';
import { compareVerb, VERBS, verbNamed } from './verbs/index.ts';

function codeOfFault(fault: unknown, hint: string): ExitCode {
  if (fault instanceof UsageError) {
    complain(`error: ${printable(fault.message)}`);
    complain(hint);
    return EXIT.usage;
  }
  if (fault instanceof EvidenceError) {
    complain(`${fault.kind}: ${printable(fault.message)}`);
    return EXIT.incomplete;
  }
  if (fault instanceof TrustError) {
    complain(`${fault.kind}: ${printable(fault.message)}`);
    return EXIT.untrusted;
  }
  if (fault instanceof ProofError) {
    complain(`FAIL: ${printable(fault.message)}`);
    return EXIT.fail;
  }
  complain(internalError(fault));
  return EXIT.internal;
}

/**
 * Runs the command line `argv` (without the interpreter and the script).
 *
 * @returns the exit code, once every output was written
 */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  ignoreClosedPipes();
  const named = verbNamed(argv[0]);
  try {
    const { run } = await (named ?? compareVerb).load();
    return await run(named === undefined ? argv : argv.slice(1), VERBS);
  } catch (fault) {
    return codeOfFault(fault, `Try 'evidence-diff ${named === undefined ? '' : `${named.name} `}--help'.`);
  }
}
