/** The tables of options in docs/command-line.md, as the definitions of the verbs make them. */
import { join } from 'node:path';
import { wordsOf } from '../../src/cli/manual/words.ts';
import { type AnyVerb, flagOf, type Given, helpOf, type Options } from '../../src/cli/options/define.ts';
import { READING_OPTIONS } from '../../src/cli/options/source-options.ts';
import { EXIT_MEANINGS, verdictWord } from '../../src/cli/terminal/exit.ts';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { REPORT_FORMATS } from '../../src/reports/index.ts';

export const PAGE: string = join(import.meta.dirname, '../../docs/command-line.md');

/** Where options of several verbs are explained; what they have in common is told once, at the first. */
const FIRST_PLACES = ['Sources', 'compare', 'verify-all'] as const;

type FirstPlace = (typeof FIRST_PLACES)[number];

const LINKS: Readonly<Record<FirstPlace, string>> = {
  Sources: '[sources](#sources)',
  compare: 'the [comparison](#comparing)',
  'verify-all': '[verify-all](#verify-all)',
};

/** A verb that has all but so many options of another one is said to have all but those. */
const MOST_WITHOUT = 2;

type Definitions = ReadonlyMap<string, Options>;

const MARKED = /<!-- options of (\S+) -->\n[\s\S]*?<!-- end of options -->\n/g;

/** Text of a terminal as Markdown in a cell: what is typed is code. */
function markdown(text: string): string {
  return text.replace(/[\\<|*_[\]]/g, '\\$&').replace(/(?<![\w-])--[a-z][a-z0-9-]*(?:=[a-z]+)?/g, '`$&`');
}

function firstCell(name: string, given: Given<unknown>): string {
  const [word, ...others] = wordsOf(name, given);
  if (word === undefined) return '';
  if (word.choices.length > 0) {
    const quoted = word.choices.map((choice, at) => `\`${at === 0 ? `${word.flag} ` : ''}${choice}\``);
    return quoted.join(', ').replace(/, (?=[^,]*$)/, ' or ');
  }
  const takes = word.metavar === '' ? '' : ` ${word.metavar.slice(1, -1).toUpperCase()}`;
  return [`\`${word.flag}${takes}\``, ...others.map(({ flag }) => `\`${flag}\``)].join(', ');
}

function rowOf(name: string, given: Given<unknown>): string {
  const { helpOfNo, page } = given;
  const says = [
    markdown(helpOf(given)),
    ...(helpOfNo === undefined ? [] : [`\`${flagOf(name).replace('--', '--no-')}\`: ${markdown(helpOfNo)}`]),
    ...(page === undefined ? [] : [page]),
  ];
  return `| ${firstCell(name, given)} | ${says.join('; ')} |`;
}

/** Whether both are typed and said alike. */
function isAlike(one: Given<unknown> | undefined, other: Given<unknown>): boolean {
  return one !== undefined && one.metavar === other.metavar && helpOf(one) === helpOf(other) && one.page === other.page;
}

/** The first place before `place` that has an option like this. */
function toldAt(place: string, name: string, given: Given<unknown>, all: Definitions): FirstPlace | undefined {
  const own = FIRST_PLACES.indexOf(place as FirstPlace);
  const before = own < 0 ? FIRST_PLACES : FIRST_PLACES.slice(0, own);
  return before.find((first) => isAlike(all.get(first)?.[name], given));
}

function entriesOf(place: string, all: Definitions): readonly (readonly [string, Given<unknown>])[] {
  return Object.entries(all.get(place) ?? {});
}

/** Their rows under the headings that help has: what "it" is in a meaning is said there. */
function byGroup(entries: readonly (readonly [string, Given<unknown>])[]): readonly string[] {
  const groups = [...new Set(entries.map(([, { group }]) => group))];
  return groups.flatMap((heading) => {
    const rows = entries.filter(([, { group }]) => group === heading).map(([name, given]) => rowOf(name, given));
    return heading === undefined ? rows : [`| **${heading.replace(/:$/, '')}** | |`, ...rows];
  });
}

function tableOf(place: string, all: Definitions): string {
  const own = entriesOf(place, all).filter(([name, given]) => toldAt(place, name, given, all) === undefined);
  const rows = byGroup(own);
  const shared = FIRST_PLACES.flatMap((first) => {
    const here = entriesOf(place, all).filter(([name, given]) => toldAt(place, name, given, all) === first);
    const there = entriesOf(first, all).filter(([name, given]) => toldAt(first, name, given, all) === undefined);
    const cells = here.map(([name, given]) => firstCell(name, given)).join(', ');
    if (here.length === 0) return [];
    const without = there
      .filter(([name]) => !here.some(([other]) => other === name))
      .map(([name]) => `\`${flagOf(name)}\``);
    if (without.length > MOST_WITHOUT) return [`| ${cells} | as for ${LINKS[first]} |`];
    return [`| all of ${LINKS[first]}${without.length === 0 ? '' : ` but for ${without.join(' and ')}`} | |`];
  });
  return ['| option | meaning |', '|---|---|', ...rows, ...shared].map((line) => `${line}\n`).join('');
}

const FORMATS = /<!-- formats -->\n[\s\S]*?<!-- end of formats -->\n/;

/** By which ending of a file each format is meant. */
function formatsTable(): string {
  const rows = REPORT_FORMATS.map(({ name, extensions }) => {
    const endings = extensions.map((ending) => `\`${ending}\``).join(', ');
    return `| \`${name}\` | ${endings === '' ? 'none: only by `--format`' : endings} |`;
  });
  return ['| format | endings of `--output` |', '|---|---|', ...rows].map((line) => `${line}\n`).join('');
}

const CODES = /<!-- exit codes -->\n[\s\S]*?<!-- end of exit codes -->\n/;

/** What each exit code says. */
function codesTable(): string {
  const rows = EXIT_MEANINGS.map(({ code, when }) => `| ${code} | ${`${verdictWord(code)} `.trimStart()}| ${when} |`);
  return ['| code | verdict | when |', '|---|---|---|', ...rows].map((line) => `${line}\n`).join('');
}

/**
 * `text` with every marked table as the definitions have it.
 *
 * @throws Error for a mark that names no verb, for a verb with options whose table is not marked, and where the formats
 *   or the exit codes have no mark
 */
export async function withOptionTables(text: string): Promise<string> {
  if (!FORMATS.test(text)) throw new Error('docs/command-line.md has no mark for the formats');
  if (!CODES.test(text)) throw new Error('docs/command-line.md has no mark for the exit codes');
  const verbs: readonly AnyVerb[] = [(await compareVerb.load()).verb, ...(await loadVerbs())];
  const all = new Map<string, Options>([
    ['Sources', READING_OPTIONS],
    ...verbs.map(({ name, options }) => [name, options] as const),
  ]);
  const missing = new Set([...all].filter(([, options]) => Object.keys(options).length > 0).map(([name]) => name));
  const made = text.replace(MARKED, (_, place: string) => {
    if (!missing.delete(place)) throw new Error(`options of ${place}: there is no such verb, or it comes twice`);
    return `<!-- options of ${place} -->\n${tableOf(place, all)}<!-- end of options -->\n`;
  });
  if (missing.size === 0) {
    return made
      .replace(FORMATS, `<!-- formats -->\n${formatsTable()}<!-- end of formats -->\n`)
      .replace(CODES, `<!-- exit codes -->\n${codesTable()}<!-- end of exit codes -->\n`);
  }
  throw new Error(`docs/command-line.md has no mark for the options of ${[...missing].join(', ')}`);
}
