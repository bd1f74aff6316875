/**
 * Objects of options, each held against one table: what the table does not name is refused and never passed over, since an
 * option that is not heeded may be a check that is not made.
 *
 * An option that is undefined is an absent one. Objects are plain, so that no option hides where it is not seen; they are
 * read once and copied, so that what was checked is what is used.
 */

import { isHash } from './platform.ts';
import { didYouMean, nearest } from './words.ts';

/**
 * Reads one option.
 *
 * @param value - as it was given
 * @param place - how to name it in a message
 * @throws TypeError if it is not what it must be
 */
export type Reader<T> = (value: unknown, place: string) => T;

/** A reader for each option of `O`: one without it does not compile. */
export type OptionTable<O> = { readonly [Name in keyof O]-?: Reader<Exclude<O[Name], undefined>> };

type AnyTable = Readonly<Record<string, Reader<unknown> & { readonly table?: AnyTable }>>;

/** What was given, for a message: never the text itself of what may be a key. */
function described(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function wrong(place: string, must: string, value: unknown): TypeError {
  return new TypeError(`${place} must be ${must}, not ${described(value)}`);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // That of another realm has no prototype itself either.
  if (typeof prototype !== 'object' || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** The names of `table`, and those of the tables in it, as one would have to write them. */
function namesIn(table: AnyTable): readonly string[] {
  return Object.entries(table).flatMap(([name, { table: inner }]) =>
    inner === undefined ? [name] : [name, ...Object.keys(inner).map((innerName) => `${name}.${innerName}`)],
  );
}

function unknownOption(name: string, place: string, table: AnyTable): TypeError {
  const says = `${place}: there is no option ${JSON.stringify(name.slice(0, 64))}`;
  const own = nearest(name, Object.keys(table));
  const inner = namesIn(table).find((known) => known.endsWith(`.${name}`));
  if (own === undefined && inner !== undefined) return new TypeError(`${says} here; did you mean "${inner}"?`);
  return new TypeError(says + didYouMean(name, Object.keys(table)));
}

/**
 * The options in `given`, each as its reader gives it.
 *
 * @param place - whose options they are, for messages
 * @param needed - options that may not be absent
 * @throws TypeError for an option that the table does not name, one that is not what it must be, or one that is missing
 */
export function readOptions<O extends object>(
  given: unknown,
  table: OptionTable<O>,
  place: string,
  needed: readonly (keyof O & string)[] = [],
): O {
  if (!isPlainObject(given)) throw wrong(`${place}: the options`, 'a plain object', given);
  const readers = table as unknown as AnyTable;
  const read: Record<string, unknown> = {};
  for (const name of Reflect.ownKeys(given)) {
    if (typeof name === 'symbol') throw new TypeError(`${place}: there is no option ${String(name)}`);
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (reader === undefined) throw unknownOption(name, place, readers);
    const value: unknown = Reflect.get(given, name);
    if (value !== undefined) read[name] = reader(value, `${place}: ${name}`);
  }
  for (const name of needed) if (read[name] === undefined) throw new TypeError(`${place}: ${name} is missing`);
  return read as O;
}

/** An object of options among the options. */
export function nested<O extends object>(
  table: OptionTable<O>,
  needed: readonly (keyof O & string)[] = [],
): Reader<O> & { readonly table: OptionTable<O> } {
  return Object.assign((value: unknown, place: string) => readOptions(value, table, place, needed), { table });
}

export const text: Reader<string> = (value, place) => {
  if (typeof value !== 'string' || value === '') throw wrong(place, 'a string that is not empty', value);
  return value;
};

export const flag: Reader<boolean> = (value, place) => {
  if (typeof value !== 'boolean') throw wrong(place, 'true or false', value);
  return value;
};

/** A function; what it takes is for the compiler to check. */
export const callback: Reader<never> = (value, place) => {
  if (typeof value !== 'function') throw wrong(place, 'a function', value);
  return value as never;
};

/** A SHA-256 in hexadecimal, bare or as the command line takes it; given back bare. */
export const sha256: Reader<string> = (value, place) => {
  const hash = typeof value === 'string' ? value.replace(/^sha256:/, '') : '';
  if (!isHash(hash)) throw wrong(place, '64 lower-case hexadecimal digits, with sha256: before them or not', value);
  return hash;
};

/** A whole number from `least` to 2^53 - 1. */
export function wholeNumber(least: number): Reader<number> {
  return (value, place) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      throw wrong(place, `a whole number from ${least}`, value);
    }
    return value;
  };
}

/** One of `choices`, to the letter. */
export function oneOf<T extends string>(choices: readonly T[]): Reader<T> & { readonly choices: readonly T[] } {
  const reader: Reader<T> = (value, place) => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    const meant = typeof value === 'string' ? nearest(value, choices) : undefined;
    const quoted = choices.map((choice) => JSON.stringify(choice)).join(' or ');
    const hint = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`;
    const given = typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : described(value);
    throw new TypeError(`${place} must be ${quoted}, not ${given}${hint}`);
  };
  return Object.assign(reader, { choices });
}

/** A list of at least one: an empty list of demands would demand nothing, and is what an unset variable becomes. */
export function listOf<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length === 0) throw wrong(place, 'a list that is not empty', value);
    return Array.from(value, (item, at) => reader(item, `${place}[${at}]`));
  };
}

/** A plain object whose names are free, such as those of streams. */
export function mapOf<T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, place) => {
    if (!isPlainObject(value)) throw wrong(place, 'a plain object', value);
    // A null prototype: `__proto__` is a name like any other.
    const read: Record<string, T> = Object.create(null);
    for (const [name, item] of Object.entries(value)) read[name] = reader(item, `${place}[${JSON.stringify(name)}]`);
    return read;
  };
}

/** The same with at least one member: what an object without any demands holds of everything. */
export function mapOfSome<T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> {
  const all = mapOf(reader);
  return (value, place) => {
    const members = all(value, place);
    if (Object.keys(members).length > 0) return members;
    throw new TypeError(`${place} must have a member: without one it demands nothing`);
  };
}

/** Members that are texts, which may be empty: such as what a subject must say. */
export const textMembers: Reader<Readonly<Record<string, string>>> = mapOfSome((member, name) => {
  if (typeof member === 'string') return member;
  throw wrong(name, 'a string', member);
});

/** A number from `least` to `most`, both of them finite. */
export function numberWithin(least: number, most: number): Reader<number> {
  return (value, place) => {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw wrong(place, `a number from ${least} to ${most}`, value);
    }
    return value;
  };
}

/** Thirty years: what is longer is milliseconds. */
const MOST_SECONDS = 1e9;

/** A span in seconds, whole or not. */
export const spanSeconds: Reader<number> = (value, place) => {
  if (typeof value !== 'number' || !(value > 0 && value <= MOST_SECONDS)) {
    throw wrong(place, `a number of seconds above 0, at most ${MOST_SECONDS}`, value);
  }
  return value;
};

/** A text that `fits`. */
export function textLike(fits: (value: string) => boolean, must: string): Reader<string> {
  return (value, place) => {
    if (typeof value === 'string' && fits(value)) return value;
    throw wrong(place, must, value);
  };
}
