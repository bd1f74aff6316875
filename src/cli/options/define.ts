/**
 * What a verb is, and what an option is: each stands in one place, from which its value is read and typed, and help,
 * completion, man page and the tables of docs/command-line.md are made.
 */
import type { OutputKind } from '../../files/spared-file.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';
import { notEmpty, type Reader } from './readers.ts';

/** An option, or an argument; `T` is the type of its value, and `Always` says that there always is one. */
export interface Given<T, Always extends boolean = boolean> {
  /** `toggle` is `--name` and `--no-name`, `negation` is `--no-name` alone. */
  readonly kind: 'flag' | 'value' | 'list' | 'toggle' | 'negation';
  /** `<file>`; nothing where no value is taken. */
  readonly metavar: string;
  readonly help: string;
  /** What only docs/command-line.md says besides, in Markdown. */
  readonly page?: string;
  /** What `--no-name` of a toggle does. */
  readonly helpOfNo?: string;
  readonly read: (value: string, before: readonly never[]) => unknown;
  readonly choices: readonly string[];
  /** Whether an empty value says something. */
  readonly mayBeEmpty?: boolean;
  readonly always: Always;
  /** What is said where it is missing, if it must be there; `true` for the words of the parser. */
  readonly required?: true | string;
  /** The value where none was given. */
  readonly fallback?: T;
  /** The heading under which the help has it, if it is not the common one. */
  readonly group?: string;
  /** What is written to the file that it names: of evidence, proofs and keys nothing else is replaced by it. */
  readonly writes?: OutputKind;
  /** Names of options that cannot be given together with it. */
  readonly conflicts?: readonly string[];
}

export type Options = Readonly<Record<string, Given<unknown>>>;

/** What the options were given as: those that are always there, and those that may be absent. */
export type Values<O> = {
  readonly [K in keyof O as O[K] extends Given<unknown, true> ? K : never]: O[K] extends Given<infer T> ? T : never;
} & {
  readonly [K in keyof O as O[K] extends Given<unknown, true> ? never : K]?: O[K] extends Given<infer T> ? T : never;
};

type More = Pick<Given<unknown>, 'conflicts' | 'mayBeEmpty' | 'page' | 'writes'>;

const plain = { metavar: '', read: notEmpty, choices: [], always: false } as const;

/** An option without a value. */
export function flag(help: string, more: More = {}): Given<boolean, false> {
  return { ...plain, kind: 'flag', help, ...more };
}

/** An option with a value, at most once: of two that differ, neither can be meant to be passed over. */
export function value<T>(metavar: string, help: string, read: Reader<T>, more: More = {}): Given<T, false> {
  return { kind: 'value', metavar, help, read, choices: read.choices ?? [], always: false, ...more };
}

/** An option with a value that may be given more than once. `read` knows the values before it. */
export function list<T>(
  metavar: string,
  help: string,
  read: (value: string, before: readonly T[]) => T,
  more: More = {},
): Given<readonly T[], false> {
  return { kind: 'list', metavar, help, read, choices: [], always: false, ...more };
}

/** `--name` and `--no-name`, and `--name=choice` for each choice: never with a space, or it would take the next argument. */
export function toggle<T extends string>(
  help: string,
  helpOfNo: string,
  choices: readonly T[] = [],
): Given<boolean | T, false> {
  return { ...plain, kind: 'toggle', help, helpOfNo, choices };
}

/** `--no-name`: true unless it is given. */
export function negation(help: string): Given<boolean, true> {
  return { ...plain, kind: 'negation', help, always: true, fallback: true };
}

/** The same, and it must be there. */
export function required<T>(option: Given<T>, says: true | string = true): Given<T, true> {
  return { ...option, always: true, required: says };
}

/** The same, which says what is written to the file that it names. */
export function writing<T, Always extends boolean>(option: Given<T, Always>, writes: OutputKind): Given<T, Always> {
  return { ...option, writes };
}

/** The same with a value where none is given. */
export function withDefault<T>(option: Given<T>, fallback: T): Given<T, true> {
  return { ...option, always: true, fallback };
}

/** The same options under a heading of their own. */
export function grouped<O extends Options>(group: string, options: O): O {
  const entries = Object.entries(options).map(([name, option]) => [name, { ...option, group }]);
  return Object.fromEntries(entries) as O;
}

/** A verb, or the comparison. */
export interface Verb<A, O, R> {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  readonly description: string;
  /** In the order in which they stand on the command line. */
  readonly arguments: A;
  readonly options: O;
  /** What the help says below the options. */
  readonly notes?: string;
  /** A command line that works in the folder of the quick start, without the name of the command. */
  readonly example: string;
  /** Rewrites what a parser of options with one value cannot read. */
  readonly rewrite?: (argv: readonly string[]) => readonly string[];
  /**
   * What is asked for. Reads nothing but names of files.
   *
   * @throws UsageError if options contradict each other
   */
  request(options: Values<O>, args: Values<A>): R;
  /** Does it; the exit code is there once every output was written. */
  run(request: R, session: Session): Promise<ExitCode>;
}

export type AnyVerb = Verb<Options, Options, unknown>;

/** The definition as it is: only its types are found here. */
export function defineVerb<A extends Options, O extends Options, R>(verb: Verb<A, O, R>): Verb<A, O, R> {
  return verb;
}

/** `maxFindings` is `--max-findings`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What is said of an option in a few words, wherever options are listed. */
export function helpOf({ kind, help }: Given<unknown>): string {
  return kind === 'list' ? `${help}; may be repeated` : help;
}

/** The words of a command line that give what `values` has of these options, in their order. */
export function wordsOf(options: Options, values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(options).flatMap((name) => {
    const given = values[name];
    if (given === undefined || given === false) return [];
    if (given === true) return [flagOf(name)];
    return (Array.isArray(given) ? given : [given]).flatMap((one) => [flagOf(name), String(one)]);
  });
}

/**
 * Refuses options that an action of a verb has no use for: they would be passed over.
 *
 * @param options - what was given
 * @param heeded - what the action looks at
 * @throws UsageError that names the first of the others
 */
export function refuseOthers(
  options: Readonly<Record<string, unknown>>,
  heeded: readonly string[],
  action: string,
): void {
  const idle = Object.keys(options).find((name) => options[name] !== undefined && !heeded.includes(name));
  if (idle !== undefined) throw new UsageError(`${flagOf(idle)} has no meaning with ${action}`);
}

/** How an argument stands in a command line: `<file>`, `[source]`, `<folder...>`. */
export function shownArgument(name: string, { kind, always }: Given<unknown>): string {
  const shown = kind === 'list' ? `${name}...` : name;
  return always ? `<${shown}>` : `[${shown}]`;
}

/** The command line of a verb in short. */
export function usageOf({ name, arguments: args, options }: AnyVerb): string {
  const needed = Object.entries(options).filter(([, option]) => option.required !== undefined);
  return [
    ...(name === 'compare' ? [] : [name]),
    ...Object.entries(args).map(([called, given]) =>
      given.choices.length === 1 ? given.choices.join() : shownArgument(called, given),
    ),
    ...needed.map(([called, { metavar }]) => `${flagOf(called)} ${metavar}`),
    ...(needed.length < Object.keys(options).length ? ['[options]'] : []),
  ].join(' ');
}

/** What is said of `--version`, wherever options are listed. */
export const VERSION_HELP = 'print the version; with --verbose also whether the batch engine is on';
