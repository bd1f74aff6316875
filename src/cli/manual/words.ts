/** What can be typed: verbs, their options and what those take, as the definitions have it. Shells and pages draw it. */
import { type AnyVerb, flagOf, type Given, helpOf, VERSION_HELP } from '../options/define.ts';

/** An option as it is typed. */
export interface Word {
  /** `--format`, `--no-color`, `--progress=json`. */
  readonly flag: string;
  /** What it takes after it; empty for nothing. */
  readonly metavar: string;
  readonly choices: readonly string[];
  readonly isRepeatable: boolean;
  readonly help: string;
}

/** What every verb takes besides its own. */
export const COMMON: readonly Word[] = [
  { flag: '--help', metavar: '', choices: [], isRepeatable: false, help: 'print help' },
  { flag: '--version', metavar: '', choices: [], isRepeatable: false, help: VERSION_HELP },
];

/** How one option is typed. */
export function wordsOf(name: string, given: Given<unknown>): readonly Word[] {
  const { kind, metavar, choices, helpOfNo = given.help } = given;
  const word = { flag: flagOf(name), metavar, choices, isRepeatable: kind === 'list', help: helpOf(given) };
  const no = { ...word, flag: word.flag.replace(/^--/, '--no-'), choices: [], help: helpOfNo };
  if (kind === 'negation') return [no];
  if (kind !== 'toggle') return [word];
  const chosen = choices.map((choice) => ({ ...word, flag: `${word.flag}=${choice}`, choices: [] }));
  return [{ ...word, choices: [] }, ...chosen, no];
}

/** The options of `verb` in their order; a toggle with choices is a word for each. */
export function optionWords({ options }: AnyVerb): readonly Word[] {
  return Object.entries(options).flatMap(([name, given]) => wordsOf(name, given));
}

/** What can stand right after `verb`, if it is none of the user's own names. */
export function firstChoices(verb: AnyVerb): readonly string[] {
  return Object.values(verb.arguments)[0]?.choices ?? [];
}

/** The comparison, and the others. */
export interface Verbs {
  readonly compare: AnyVerb;
  readonly others: readonly AnyVerb[];
}
