/** From a definition and the arguments to what is asked for. The parser is commander; its faults are {@link UsageError}. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '../../core/version.ts';
import { nearest } from '../../core/words.ts';
import { UsageError } from '../terminal/exit.ts';
import type { NeededFile, WrittenFile } from '../terminal/session.ts';
import {
  type AnyVerb,
  flagOf,
  type Given,
  helpOf,
  type Options,
  shownArgument,
  usageOf,
  type Values,
  VERSION_HELP,
  type Verb,
} from './define.ts';
import { neededBy } from './needed-files.ts';
import { notEmpty } from './readers.ts';
import { refuseReplacedInputs, writtenBy } from './replaced-inputs.ts';

/** A run, and the files that it names by options: what is written, and what must be there. */
interface Asked<R> {
  readonly run: R;
  readonly written: readonly WrittenFile[];
  readonly needed: readonly NeededFile[];
}

/** What a command line asks for: help (or the version) as text, or a run. */
export type Parsed<R> = { readonly help: string } | Asked<R>;

/** What is read of one value, and of those before it. */
function reading({ kind, read, mayBeEmpty }: Given<unknown>): (value: string, before: unknown) => unknown {
  if (kind === 'list') {
    return (value, before) => {
      const known = (before ?? []) as readonly never[];
      return [...known, read(notEmpty(value), known)];
    };
  }
  return (value, before) => {
    if (before !== undefined) throw new InvalidArgumentError('It was given more than once.');
    return read(mayBeEmpty === true ? value : notEmpty(value), []);
  };
}

function optionsOf(name: string, given: Given<unknown>): readonly Option[] {
  const { kind, metavar, helpOfNo = given.help, required, group } = given;
  const flag = flagOf(name);
  const no = new Option(flag.replace(/^--/, '--no-'), helpOfNo);
  const yes = new Option(metavar === '' ? flag : `${flag} ${metavar}`, helpOf(given));
  if (metavar !== '') yes.argParser(reading(given));
  if (required === true) yes.makeOptionMandatory();
  const options = { flag: [yes], value: [yes], list: [yes], toggle: [yes, no], negation: [no] }[kind];
  return group === undefined ? options : options.map((option) => option.helpGroup(group));
}

function commandFor(verb: AnyVerb, epilogue: string): Command {
  const command = new Command('evidence-diff')
    .usage(usageOf(verb))
    .description(verb.description.replaceAll('\n', ' '))
    .helpOption('-h, --help', 'print this')
    .version(VERSION, '-V, --version', VERSION_HELP)
    .addHelpText('after', `\n${epilogue}`)
    .showSuggestionAfterError(false)
    .exitOverride();
  for (const [name, given] of Object.entries(verb.arguments)) {
    const argument = new Argument(shownArgument(name, given), given.help);
    command.addArgument(argument.argParser((value: string, before) => reading(given)(value, before)));
  }
  for (const [name, given] of Object.entries(verb.options)) {
    for (const option of optionsOf(name, given)) command.addOption(option);
  }
  return command;
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

/** @returns what is to be printed instead of a run, if something is */
function parsed(command: Command, argv: readonly string[]): string | undefined {
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
    return undefined;
  } catch (fault) {
    if (!(fault instanceof CommanderError)) throw fault;
    if (fault.exitCode === 0) return printed;
    throw new UsageError(fault.message.replace(/^error: /, '') + suggestion(command, fault));
  }
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
  const notes = verb.notes === undefined ? '' : `${verb.notes}\n\n`;
  const command = commandFor(verb, `${listing}${notes}Example:\n  evidence-diff ${verb.example}`);
  const { words, chosen } = withoutChoices(verb.options, argv);
  const help = parsed(command, verb.rewrite?.(words) ?? words);
  if (help !== undefined) return { help };
  const given = command.opts();
  for (const [name, choice] of Object.entries(chosen)) if (given[name] === true) given[name] = choice;
  requireNoConflict(verb.options, given);
  const args = Object.fromEntries(Object.keys(verb.arguments).map((name, at) => [name, command.processedArgs[at]]));
  const [options, named] = [valuesOf(verb.options, given), valuesOf(verb.arguments, args)];
  const read = { defined: verb.options, values: options };
  refuseReplacedInputs(read, { defined: verb.arguments, values: named });
  return { run: verb.request(options, named), written: writtenBy(read), needed: neededBy(verb.options, options) };
}
