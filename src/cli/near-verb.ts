/** First arguments that were meant for a verb: answered with the right one, and never taken for a file that is not there. */
import { existsSync } from 'node:fs';
import { nearest } from '../core/words.ts';
import { UsageError } from './terminal/exit.ts';
import { compareVerb, type RegisteredVerb, VERBS, verbNamed } from './verbs/index.ts';

const NAMES: readonly string[] = [...VERBS.map(({ name }) => name), 'help'];

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
  const meant = nearest(first, [...NAMES, compareVerb.name]);
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
