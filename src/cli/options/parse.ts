/**
 * From a definition and the arguments to what is asked for: strict, and every fault is a {@link UsageError}.
 *
 * The words are taken apart by `parseArgs` of node:util; what they mean is ours.
 */

import { parseArgs } from 'node:util';
import { present } from '../../core/present.ts';
import { VERSION } from '../../core/version.ts';
import { nearest } from '../../core/words.ts';
import { UsageError } from '../terminal/exit.ts';
import { refuseReplaced } from '../terminal/outputs.ts';
import type { WrittenFile } from '../terminal/session.ts';
import { CONFIG_NAME } from './config-file.ts';
import {
  type AnyVerb,
  flagOf,
  type Given,
  helpOf,
  type Options,
  usageOf,
  type Values,
  VERSION_HELP,
  type Verb,
} from './define.ts';
import { InvalidArgumentError, notEmpty } from './readers.ts';
/** What a command line asks for: help (or the version) as text, or a run. */
export type Parsed<R> = { readonly help: string } | { readonly run: R; readonly written: readonly WrittenFile[] };

/** A value that is read, after those before it: `before` is undefined for the first. */
function oneMore({ kind, read, mayBeEmpty }: Given<unknown>, value: string, before: unknown): unknown {
  if (kind === 'list') {
    const known = (before ?? []) as readonly never[];
    return [...known, read(notEmpty(value), known)];
  }
  if (before !== undefined) throw new InvalidArgumentError('It was given more than once.');
  return read(mayBeEmpty === true ? value : notEmpty(value), []);
}

/** The same; `place` names it where it is refused. */
function readValue(given: Given<unknown>, value: string, before: unknown, place: string): unknown {
  try {
    return oneMore(given, value, before);
  } catch (fault) {
    if (fault instanceof InvalidArgumentError) throw new UsageError(`${place}. ${fault.message}`);
    throw fault;
  }
}

/** An option as it is typed, and what it stands for. */
interface Flag {
  readonly name: string;
  readonly given: Given<unknown>;
  /** What it is where it takes no value. */
  readonly is: boolean;
}

function flagsOf(options: Options): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const [name, given] of Object.entries(options)) {
    if (given.kind !== 'negation') flags.set(flagOf(name), { name, given, is: true });
    if (given.kind === 'negation' || given.kind === 'toggle') flags.set(noFlagOf(name), { name, given, is: false });
  }
  return flags;
}

/** A word of a command line, as node:util finds it: an option by its name without dashes, or a word that is none. */
type Token = ReturnType<typeof tokensOf>[number];

function tokensOf(flags: ReadonlyMap<string, Flag>, argv: readonly string[]) {
  const defined = [...flags].map(([flag, { given }]) => {
    return [flag.slice(2), { type: given.metavar === '' ? 'boolean' : 'string' }] as const;
  });
  const { tokens } = parseArgs({
    args: [...argv],
    options: {
      ...Object.fromEntries(defined),
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'V' },
    },
    strict: false,
    tokens: true,
  });
  return tokens;
}

/** The words of a command line, sorted: options come before, between and behind what is no option. */
class Words {
  readonly values: Record<string, unknown> = {};
  readonly operands: string[] = [];
  /** The first option that there is not, as it was typed. */
  unknown: string | undefined;
  asksHelp = false;
  asksVersion = false;
  readonly #flags: ReadonlyMap<string, Flag>;

  /** @throws UsageError for a value that is wrong or missing */
  constructor(options: Options, argv: readonly string[]) {
    this.#flags = flagsOf(options);
    for (const token of tokensOf(this.#flags, argv)) {
      this.#take(token, argv);
      if (this.asksVersion) return;
    }
  }

  #take(token: Token, argv: readonly string[]): void {
    if (token.kind === 'positional') this.operands.push(token.value);
    if (token.kind !== 'option') return;
    const { name, value } = token;
    const flag = this.#flags.get(`--${name}`);
    const word = argv[token.index] ?? '';
    if (flag !== undefined && flag.given.metavar !== '') this.#set(flag, value, token.inlineValue === true);
    else if (flag !== undefined && value === undefined) this.values[flag.name] = flag.is;
    // Nothing but these very words: of `-threshold` parseArgs makes short options, of which one is -h.
    else if (word === '--version' || word === '-V') this.asksVersion = true;
    else if (word === '--help' || word === '-h') this.asksHelp = true;
    else this.unknown ??= word;
  }

  /** Whether a word behind an option may be meant as one: for a path any that begins with a dash, mistyped ones too. */
  #looksLikeOption(word: string, { metavar }: Given<unknown>): boolean {
    return this.#flags.has(word.split('=')[0] ?? '') || (PATHS.test(metavar) && /^-./s.test(word));
  }

  /** A word that is an option is no value, or what it demands would be lost; joined by `=` it is. */
  #set({ name, given }: Flag, value: string | undefined, isJoined: boolean): void {
    const option = `option '${optionTerm(name, given)}' argument`;
    if (value === undefined) throw new UsageError(`${option} missing`);
    if (!isJoined && this.#looksLikeOption(value, given)) {
      throw new UsageError(
        `${option} missing: ${value} looks like an option; if it is meant, write ${flagOf(name)}=${value}`,
      );
    }
    // What is no UTF-8 comes with this in its place: a file of that name is another one.
    if (PATHS.test(given.metavar) && value.includes('\ufffd'))
      throw new UsageError(
        `${option} '${value}' is invalid. It is not UTF-8: give a name that is, or a link of such a name.`,
      );
    this.values[name] = readValue(given, value, this.values[name], `${option} '${value}' is invalid`);
  }
}

/** What other commands call an option that some of these have. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['-o', '--output'],
  ['--out', '--output'],
  ['-f', '--format'],
  ['--json', '--format json'],
  ['-q', '--quiet'],
  ['-v', '--version'],
]);

/** @throws UsageError with what was probably meant */
function refuseUnknown(options: Options, word: string | undefined): void {
  if (word === undefined) return;
  const known = ['--version', ...flagsOf(options).keys(), '--help'];
  const [given = word] = word.split('=');
  const usual = ELSEWHERE.get(given);
  const isKnown = usual !== undefined && known.some((flag) => usual.split(' ')[0] === flag);
  const meant = isKnown ? usual : nearest(given, known);
  throw new UsageError(`unknown option '${word}'${meant === undefined ? '' : `; did you mean ${meant}?`}`);
}

/** What the words that are no options are. */
function readArguments(defined: Options, operands: readonly string[]): Record<string, unknown> {
  const args = Object.entries(defined);
  const missing = args.find(([, { always }], at) => always && operands[at] === undefined);
  if (missing !== undefined) throw new UsageError(`missing required argument '${missing[0]}'`);
  const takesAll = args.at(-1)?.[1].kind === 'list';
  if (!takesAll && operands.length > args.length) {
    const expected = `${args.length} argument${args.length === 1 ? '' : 's'}`;
    const extra = operands[args.length];
    throw new UsageError(
      `too many arguments: '${extra}' is one too many. Expected ${expected} but got ${operands.length}.`,
    );
  }
  const read: Record<string, unknown> = {};
  for (const [at, [name, given]] of args.entries()) {
    for (const word of given.kind === 'list' ? operands.slice(at) : operands.slice(at, at + 1)) {
      const place = `command-argument value '${word}' is invalid for argument '${name}'`;
      read[name] = readValue(given, word, read[name], place);
    }
  }
  return read;
}

/** The values by the names of `defined`; those that are not there have no member. */
function valuesOf<O extends Options>(defined: O, found: Readonly<Record<string, unknown>>): Values<O> {
  const values: Record<string, unknown> = {};
  for (const [name, { fallback, required }] of Object.entries(defined)) {
    const value = found[name] ?? fallback;
    if (value === undefined && typeof required === 'string') throw new UsageError(required);
    if (value !== undefined) values[name] = value;
  }
  return values as Values<O>;
}

function requireNamed(options: Options, given: Readonly<Record<string, unknown>>): void {
  const missing = Object.entries(options).find(
    ([name, { required }]) => required === true && given[name] === undefined,
  );
  if (missing !== undefined) throw new UsageError(`required option '${optionTerm(...missing)}' not specified`);
}

function requireNoConflict(options: Options, given: Readonly<Record<string, unknown>>): void {
  for (const [name, { conflicts = [] }] of Object.entries(options)) {
    const other = given[name] === undefined ? undefined : conflicts.find((one) => given[one] !== undefined);
    if (other !== undefined) throw new UsageError(`${flagOf(name)} and ${flagOf(other)}: give one of them`);
  }
}

/** `--progress=json` is `--progress` for the parser; which choice was made last is found beside it. */
function withoutChoices(
  options: Options,
  argv: readonly string[],
): { readonly words: readonly string[]; readonly chosen: Readonly<Record<string, string>> } {
  const forms = new Map<string, readonly [name: string, choice: string]>();
  for (const [name, { kind, choices }] of Object.entries(options)) {
    if (kind === 'toggle') for (const choice of choices) forms.set(`${flagOf(name)}=${choice}`, [name, choice]);
  }
  const chosen: Record<string, string> = {};
  const end = argv.indexOf('--');
  const words = argv.map((word, at) => {
    const form = end >= 0 && at > end ? undefined : forms.get(word);
    if (form === undefined) return word;
    const [name, choice] = form;
    chosen[name] = choice;
    return flagOf(name);
  });
  return { words, chosen };
}

/**
 * Reads the command line of `verb`.
 *
 * @param listing - what its help says before its own notes
 * @throws UsageError if it is wrong
 */
export function parseVerb<A extends Options, O extends Options, R>(
  verb: Verb<A, O, R>,
  argv: readonly string[],
  listing = '',
): Parsed<R> {
  const { words, chosen } = withoutChoices(verb.options, argv);
  const sorted = new Words(verb.options, verb.rewrite?.(words) ?? words);
  const { values: given, operands, unknown } = sorted;
  if (sorted.asksVersion) return { help: `${VERSION}\n` };
  if (sorted.asksHelp) {
    const notes = verb.notes === undefined ? '' : `${verb.notes}\n\n`;
    return { help: helpText(verb, `${listing}${notes}Example:\n  evidence-diff ${verb.example}`) };
  }
  refuseUnknown(verb.options, unknown);
  requireNamed(verb.options, given);
  const args = readArguments(verb.arguments, operands);
  for (const [name, choice] of Object.entries(chosen)) if (given[name] === true) given[name] = choice;
  requireNoConflict(verb.options, given);
  const [options, named] = [valuesOf(verb.options, given), valuesOf(verb.arguments, args)];
  const read = { defined: verb.options, values: options };
  refuseReplacedInputs(read, { defined: verb.arguments, values: named });
  return { run: verb.request(options, named), written: writtenBy(read) };
}

/* The help of a verb: what it is for, its arguments, its options by their headings, at most 100 columns wide. */

const WIDTH = 100;
const COMMON_GROUP = 'Options:';

interface Item {
  readonly term: string;
  readonly says: string;
  readonly group: string;
}

/** `text` in lines of at most `width` characters, broken at blanks. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** How an option is typed: `--output <file>`. */
function optionTerm(name: string, { metavar, kind }: Given<unknown>): string {
  const flag = kind === 'negation' ? noFlagOf(name) : flagOf(name);
  return metavar === '' ? flag : `${flag} ${metavar}`;
}

/** `color` is `--no-color`. */
function noFlagOf(name: string): string {
  return flagOf(name).replace(/^--/, '--no-');
}

function itemsOf([name, given]: readonly [string, Given<unknown>]): readonly Item[] {
  const { kind, group = COMMON_GROUP, helpOfNo = given.help } = given;
  const item = { term: optionTerm(name, given), says: helpOf(given), group };
  return kind === 'toggle' ? [item, { term: noFlagOf(name), says: helpOfNo, group }] : [item];
}

/** @param epilogue - what is said below the options */
function helpText(verb: AnyVerb, epilogue: string): string {
  const args = Object.entries(verb.arguments).map(
    ([term, { help: says }]): Item => ({ term, says, group: 'Arguments:' }),
  );
  const items: readonly Item[] = [
    ...args,
    { term: '-V, --version', says: VERSION_HELP, group: COMMON_GROUP },
    ...Object.entries(verb.options).flatMap(itemsOf),
    { term: '-h, --help', says: 'print this', group: COMMON_GROUP },
  ];
  const column = Math.max(...items.map(({ term }) => term.length)) + 4;
  const shown = ({ term, says }: Item): string =>
    `  ${term}`.padEnd(column) + wrapped(says, WIDTH - column).join(`\n${' '.repeat(column)}`);
  const groups = [...new Set(items.map(({ group }) => group))].map((heading) => {
    const lines = items.filter(({ group }) => group === heading).map(shown);
    return [heading, ...lines].join('\n');
  });
  const about = wrapped(verb.description, WIDTH).join('\n');
  return [`Usage: evidence-diff ${usageOf(verb)}`, about, ...groups, `${epilogue}\n`].join('\n\n');
}

/* An output must not replace a file that another option or an argument names: that file would be lost. */

/** Options that name what is written. */
const WRITTEN: ReadonlySet<string> = new Set(['output', 'metrics', 'attest', 'draft', 'state']);

/** Of values with other metavars none is a path. */
const PATHS = /^<(?:file|folder|path|profile|source|report|report or baseline|name=file)>$/;

function pathsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '-' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(pathsIn);
  const path = typeof value === 'object' && value !== null && 'path' in value ? value.path : undefined;
  return typeof path === 'string' ? [path] : [];
}

/** What was given on a command line, as it is defined and as it was read. */
interface Read {
  readonly defined: Options;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Paths of all that `names` says is read. */
function readBy({ defined, values }: Read, names: (name: string, given: Given<unknown>) => boolean): readonly string[] {
  return Object.entries(defined).flatMap(([name, given]) => (names(name, given) ? pathsIn(values[name]) : []));
}

/** All that options name to be written. */
function writtenBy({ defined, values }: Read): readonly WrittenFile[] {
  const names = Object.keys(defined).filter((one) => WRITTEN.has(one));
  return names.flatMap((name) => {
    const writes = defined[name]?.writes;
    return pathsIn(values[name]).map((path) => ({ path, option: flagOf(name), ...present({ writes }) }));
  });
}

/**
 * Whatever a verb reads, from whatever option its name comes: each verb looks besides at what it alone knows, such as the
 * signature beside a baseline or what lies in a folder.
 *
 * @throws UsageError if an output is the same directory entry as something that is read, or the file that it links to
 */
function refuseReplacedInputs(options: Read, args: Read): void {
  // Where none is named, the one that lies here is in use.
  const config =
    Object.hasOwn(options.defined, 'config') && options.values['config'] === undefined ? [CONFIG_NAME] : [];
  const read = [
    ...config,
    ...readBy(options, (name, { metavar }) => !WRITTEN.has(name) && PATHS.test(metavar)),
    ...readBy(args, (_, { choices }) => choices.length === 0),
  ];
  refuseReplaced(writtenBy(options), read);
}
