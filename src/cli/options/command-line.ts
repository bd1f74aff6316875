/** What the command lines of all verbs have in common: strict values, and faults as {@link UsageError}. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { nearest } from '../../core/nearest.ts';
import { type Hash, isHash } from '../../core/platform.ts';
import { VERSION } from '../../core/version.ts';
import { UsageError } from '../terminal/exit.ts';

/** What a command line asks for: help (or the version) as text, or a run. */
export type Parsed<T> = { readonly help: string } | { readonly run: T };

/** A command that neither prints nor exits by itself. */
export function newCommand(usage: string, description: string, epilogue: string): Command {
  return new Command('evidence-diff')
    .usage(usage)
    .description(description)
    .helpOption('-h, --help', 'print this')
    .version(VERSION, '-V, --version', 'print the version')
    .addHelpText('after', `\n${epilogue}`)
    .showSuggestionAfterError(false)
    .exitOverride();
}

/** What was probably meant by an option that there is not. */
function suggestion(command: Command, { code, message }: CommanderError): string {
  if (code !== 'commander.unknownOption') return '';
  const [, given = ''] = /unknown option '([^'=]*)/.exec(message) ?? [];
  const known = command.createHelp().visibleOptions(command);
  const meant = nearest(
    given,
    known.flatMap(({ long }) => long ?? []),
  );
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/**
 * Parses `argv` and reads the result.
 *
 * @throws UsageError if the command line is wrong
 */
export function parseWith<T>(command: Command, argv: readonly string[], read: (command: Command) => T): Parsed<T> {
  let printed = '';
  command.configureOutput({
    writeOut: (text) => {
      printed += text;
    },
    writeErr: () => undefined,
    getOutHelpWidth: () => 100,
  });
  try {
    command.parse(argv, { from: 'user' });
  } catch (fault) {
    if (!(fault instanceof CommanderError)) throw fault;
    if (fault.exitCode === 0) return { help: printed };
    throw new UsageError(fault.message.replace(/^error: /, '') + suggestion(command, fault));
  }
  return { run: read(command) };
}

/** A value that is not empty: `--output ""` is a mistake in a script, never "nothing" or "everything". */
export function notEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

/** Every value of an option that may be given more than once. */
export function each(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), notEmpty(value)];
}

/** An option with a value, at most once: of two that differ, neither can be meant to be passed over. */
export function valueOption<T>(flags: string, description: string, read: (value: string) => T): Option {
  return new Option(flags, description).argParser((value: string, before: T | undefined) => {
    if (before !== undefined) throw new InvalidArgumentError('It was given more than once.');
    return read(notEmpty(value));
  });
}

/** One of `choices`, letter by letter. */
export function oneOf<T extends string>(choices: readonly T[]): (value: string) => T {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new InvalidArgumentError(`Allowed are: ${choices.join(', ')}.`);
    return found;
  };
}

/** A SHA-256 as `sha256:` and 64 lower-case hexadecimal digits; its digits are the value. */
export function sha256Digest(value: string): Hash {
  const hash = value.startsWith('sha256:') ? value.slice('sha256:'.length) : '';
  if (!isHash(hash)) throw new InvalidArgumentError('Give sha256: and 64 lower-case hexadecimal digits.');
  return hash;
}

/** A count in decimal digits, at most 2^53 - 1. */
export function wholeNumber(value: string): number {
  const count = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw new InvalidArgumentError('It is not a whole number, 0 or more.');
  return count;
}

/* Spans of time on the command line: `90s`, `15m`, `24h`, `7d`. */

const SECONDS_OF = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * A span in seconds, at least one.
 *
 * @throws InvalidArgumentError for anything else: without a unit nobody knows what is meant
 */
export function seconds(value: string): number {
  const [, count = '', unit] = /^([1-9][0-9]{0,8})([smhd])$/.exec(value) ?? [];
  if (unit === undefined) throw new InvalidArgumentError('Give a span of time with its unit: 90s, 15m, 24h or 7d.');
  return Number(count) * SECONDS_OF[unit as keyof typeof SECONDS_OF];
}
