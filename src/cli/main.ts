/** From the arguments to an exit code: finds the verb, runs it, and names what went wrong. */
import { EvidenceError } from '../core/errors.ts';
import { ProofError } from '../core/merkle/proof.ts';
import { printable } from '../reports/printable.ts';
import { TrustError } from '../trust/trust-error.ts';
import { requireNoNearVerb, verbOfHelp } from './near-verb.ts';
import type { Verb } from './options/verb.ts';
import { EXIT, type ExitCode, UsageError } from './terminal/exit.ts';
import { internalError } from './terminal/guard.ts';
import { complain, ignoreClosedPipes } from './terminal/stdout.ts';
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

async function runVerb(verb: Verb | undefined, argv: readonly string[]): Promise<ExitCode> {
  const { run } = await (verb ?? compareVerb).load();
  return run(argv, VERBS);
}

/**
 * Runs the command line `argv` (without the interpreter and the script).
 *
 * @returns the exit code, once every output was written
 */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  ignoreClosedPipes();
  let named = verbNamed(argv[0]);
  try {
    if (argv[0] === 'help') {
      named = verbOfHelp(argv.slice(1));
      return await runVerb(named, ['--help']);
    }
    if (named === undefined) requireNoNearVerb(argv);
    return await runVerb(named, named === undefined ? argv : argv.slice(1));
  } catch (fault) {
    return codeOfFault(fault, `Try 'evidence-diff ${named === undefined ? '' : `${named.name} `}--help'.`);
  }
}
