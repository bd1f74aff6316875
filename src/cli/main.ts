/** From the arguments to an exit code: finds the verb, runs it, and names what went wrong. */

import { existsSync } from 'node:fs';
import { EvidenceError } from '../core/errors.ts';
import { ProofError } from '../core/merkle/proof.ts';
import { nearest } from '../core/words.ts';
import { printable } from '../reports/printable.ts';
import { TrustError } from '../trust/trust-error.ts';
import { parseVerb } from './options/parse.ts';
import { EXIT, type ExitCode, UsageError } from './terminal/exit.ts';
import { internalError } from './terminal/guard.ts';
import { refuseKept } from './terminal/outputs.ts';
import { type Io, Session } from './terminal/session.ts';
import { compareVerb, loadVerbs, type RegisteredVerb, VERBS, verbNamed } from './verbs/index.ts';

interface Ended {
  readonly code: ExitCode;
  /** Of a finding, or `usage`, `internal`. */
  readonly kind: string;
  readonly message: string;
  /** What is printed of it as text. */
  readonly lines: readonly string[];
}

function endOf(fault: unknown, hint: string, session: Session): Ended {
  const message = fault instanceof Error ? printable(fault.message) : String(fault);
  if (fault instanceof UsageError) {
    return { code: EXIT.usage, kind: 'usage', message, lines: [`error: ${message}`, hint] };
  }
  if (fault instanceof EvidenceError || fault instanceof TrustError) {
    const code = fault instanceof EvidenceError ? EXIT.incomplete : EXIT.untrusted;
    return { code, kind: fault.kind, message, lines: [`${fault.kind}: ${message}`] };
  }
  if (fault instanceof ProofError) {
    return { code: EXIT.fail, kind: 'proof-wrong', message, lines: [`FAIL: ${message}`] };
  }
  const line = internalError(fault, session.env);
  return { code: EXIT.internal, kind: 'internal', message: line, lines: [line] };
}

function reportEnd({ code, kind, message, lines }: Ended, hint: string, session: Session): ExitCode {
  return session.fail({ kind, message, ...(kind === 'usage' ? { hint } : {}) }, code, lines);
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
  if ('run' in parsed) {
    refuseKept(parsed.written);
    session.written = parsed.written;
    return verb.run(parsed.run, session);
  }
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
    return reportEnd(endOf(fault, hint, session), hint, session);
  } finally {
    session.close();
  }
}

/* First arguments that were meant for a verb: answered with the right one, and never taken for a file that is not there. */

const NAMES: readonly string[] = [...VERBS.map(({ name }) => name), 'help'];

/** What other commands call a verb, or take for one. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['diff', compareVerb.name],
  ['version', '--version'],
]);

/** Two words that are no options, as the sides of a comparison are. */
function comparison(argv: readonly string[]): string {
  const [baseline = 'BASELINE', current = 'CURRENT'] = argv.filter((word) => !word.startsWith('-'));
  return `evidence-diff ${baseline} ${current}`;
}

/**
 * Lets pass what may be the name of a source: what is there, and what looks like no verb.
 *
 * @throws UsageError that names the verb which was probably meant
 */
export function requireNoNearVerb([first = '', ...others]: readonly string[]): void {
  if (!/^[A-Za-z][A-Za-z_-]*$/.test(first) || existsSync(first)) return;
  const is = `${first} is no verb, and there is no such file`;
  const meant = ELSEWHERE.get(first) ?? nearest(first, [...NAMES, compareVerb.name]);
  if (meant === compareVerb.name) throw new UsageError(`${is}; to compare needs no verb: ${comparison(others)}`);
  if (meant !== undefined)
    throw new UsageError(`${is}; did you mean ${meant}? A file of that name is given as ./${first}`);
}

/**
 * The verb that `help` is asked about.
 *
 * @param argv - the arguments after it
 * @returns undefined for the comparison
 * @throws UsageError for a verb that there is not
 */
export function verbOfHelp([asked, ...others]: readonly string[]): RegisteredVerb | undefined {
  if (others.length > 0) throw new UsageError('help takes the name of one verb, or none');
  if (asked === undefined || asked === compareVerb.name || /^(?:-h|--help)$/.test(asked)) return undefined;
  const verb = verbNamed(asked);
  if (verb !== undefined) return verb;
  const meant = nearest(asked, NAMES);
  const says = meant === undefined ? `there are ${NAMES.join(', ')}` : `did you mean ${meant}?`;
  throw new UsageError(`there is no verb ${asked}; ${says}`);
}
