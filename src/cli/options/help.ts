/** The help of a verb: what it is for, its arguments, its options by their headings, at most 100 columns wide. */
import { type AnyVerb, flagOf, type Given, helpOf, usageOf, VERSION_HELP } from './define.ts';

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
export function optionTerm(name: string, { metavar, kind }: Given<unknown>): string {
  const flag = kind === 'negation' ? noFlagOf(name) : flagOf(name);
  return metavar === '' ? flag : `${flag} ${metavar}`;
}

/** `color` is `--no-color`. */
export function noFlagOf(name: string): string {
  return flagOf(name).replace(/^--/, '--no-');
}

function itemsOf([name, given]: readonly [string, Given<unknown>]): readonly Item[] {
  const { kind, group = COMMON_GROUP, helpOfNo = given.help } = given;
  const item = { term: optionTerm(name, given), says: helpOf(given), group };
  return kind === 'toggle' ? [item, { term: noFlagOf(name), says: helpOfNo, group }] : [item];
}

/** @param epilogue - what is said below the options */
export function helpText(verb: AnyVerb, epilogue: string): string {
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
