/** Strict readers of values: none takes what is empty, or guesses. */
import { isPostgresUrl } from '../../core/database-url.ts';
import { type Hash, isHash } from '../../core/platform.ts';

/** A value is not what an option or an argument takes; the message says what is, as a sentence. */
export class InvalidArgumentError extends Error {}

/**
 * Reads one value.
 *
 * @throws InvalidArgumentError that says what is taken
 */
export interface Reader<T> {
  (value: string): T;
  /** All that is taken, where that can be listed. */
  readonly choices?: readonly string[];
}

/** A value that is not empty: `--output ""` is a mistake in a script, never "nothing" or "everything". */
export function notEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

/** The name of a file or folder: a database is none, and its password must not come out as a name. */
export function fileName(value: string): string {
  if (isPostgresUrl(value)) throw new InvalidArgumentError('It is a database: give a file.');
  return notEmpty(value);
}

/** One of `choices`, letter by letter. */
export function oneOf<T extends string>(choices: readonly T[]): Reader<T> {
  const read = (value: string): T => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new InvalidArgumentError(`Allowed are: ${choices.join(', ')}.`);
    return found;
  };
  return Object.assign(read, { choices });
}

/** What matches `pattern`. */
export function matching(pattern: RegExp, says: string): Reader<string> {
  return (value) => {
    if (pattern.test(value)) return value;
    throw new InvalidArgumentError(says);
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

/** A count from 1. */
export function positive(value: string): number {
  const count = wholeNumber(value);
  if (count === 0) throw new InvalidArgumentError('It is 0.');
  return count;
}

const SECONDS_OF = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A span of time (`90s`, `15m`, `24h`, `7d`) in seconds, at least one: without a unit nobody knows what is meant. */
export function seconds(value: string): number {
  const [, count = '', unit] = /^([1-9][0-9]{0,8})([smhd])$/.exec(value) ?? [];
  if (unit === undefined) throw new InvalidArgumentError('Give a span of time with its unit: 90s, 15m, 24h or 7d.');
  return Number(count) * SECONDS_OF[unit as keyof typeof SECONDS_OF];
}
