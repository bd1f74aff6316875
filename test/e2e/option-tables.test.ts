/** What the tables of options in command-line.md repeat of the definitions is what these say: values, choices, defaults. */
import { beforeAll, describe, expect, it } from 'vitest';
import { optionWords, type Word } from '../../src/cli/manual/words.ts';
import { flagOf } from '../../src/cli/options/define.ts';
import { READING_OPTIONS } from '../../src/cli/options/source-options.ts';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { textOf } from './documents.ts';

/** `--format json`: an option as a table has it, with what it says that it takes. */
interface Shown {
  readonly flag: string;
  readonly takes: readonly string[];
}

interface Row {
  readonly section: string;
  readonly options: readonly Shown[];
  readonly text: string;
}

/** `--output FILE`, `--format text`, `json`: what follows an option without one of its own are its choices. */
function optionsIn(cell: string): readonly Shown[] {
  const shown: { flag: string; takes: string[] }[] = [];
  for (const [, code = ''] of cell.matchAll(/`([^`]+)`/g)) {
    const [, flag, value] = /^(--[a-z0-9-]+)(?: (.+))?$/.exec(code) ?? [];
    if (flag === undefined) shown.at(-1)?.takes.push(code);
    else shown.push({ flag, takes: value === undefined ? [] : [value] });
  }
  return shown;
}

const rows: readonly Row[] = textOf('docs/command-line.md')
  .split(/^## /m)
  .flatMap((section) => {
    const heading = section.split('\n')[0] ?? '';
    const lines = section.split('\n').filter((line) => line.startsWith('| `--'));
    return lines.map((text) => ({ section: heading, options: optionsIn(text.split(' | ')[0] ?? ''), text }));
  });

/** The options of a verb; those of Sources are the same for all that read one, and so those of stats. */
const defined = new Map<string, ReadonlyMap<string, Word>>();

beforeAll(async () => {
  const verbs = [(await compareVerb.load()).verb, ...(await loadVerbs())];
  for (const verb of verbs) defined.set(verb.name, new Map(optionWords(verb).map((word) => [word.flag, word])));
  defined.set('Comparing', defined.get('compare') ?? new Map());
  defined.set('Sources', defined.get('stats') ?? new Map());
});

const wordOf = (section: string, flag: string): Word => {
  const word = defined.get(section)?.get(flag);
  if (word === undefined) throw new Error(`the table of ${section} has ${flag}, and it has no such option`);
  return word;
};

const DEFAULT = /default ((?:`?[0-9.]*[0-9][smhd]?`?(?:, | and )?)+)/;

/** The numbers and spans that a text calls a default. */
function defaultsIn(text: string): readonly string[] {
  return DEFAULT.exec(text)?.[1]?.match(/[0-9.]*[0-9][smhd]?/g) ?? [];
}

/** Of a row with one option, what it says is of that; of one with several, it names which may be repeated. */
function repeatableIn({ options, text }: Row): readonly string[] {
  if (!/may be (?:repeated|given more than once)/.test(text)) return [];
  if (options.length === 1) return options.map(({ flag }) => flag);
  return [...text.matchAll(/`(--[a-z-]+)` may be repeated/g)].map(([, flag = '']) => flag);
}

describe('the tables of options in command-line.md', () => {
  it('are there', () => {
    expect([...new Set(rows.map(({ section }) => section))]).toEqual(
      expect.arrayContaining(['Sources', 'Comparing', 'verify-all', 'export', 'gate', 'journal']),
    );
    expect(rows.length).toBeGreaterThan(40);
  });

  it.each(rows.map((row) => [`${row.section}: ${row.options.map(({ flag }) => flag).join(', ')}`, row] as const))(
    '%s',
    (_, row) => {
      const words = row.options.map(({ flag }) => wordOf(row.section, flag));
      for (const [at, { metavar, choices }] of words.entries()) {
        const { takes } = row.options[at] ?? { takes: [] };
        if (choices.length > 0) {
          for (const choice of choices) expect(row.text).toContain(choice);
          for (const taken of takes) expect(choices).toContain(taken);
        } else if (!takes.some((taken) => taken.includes('…')) && !row.text.includes('as for ')) {
          // What has … is a value as it is written, which says more than its name.
          expect(takes).toEqual(metavar === '' ? [] : [metavar.slice(1, -1).toUpperCase()]);
        }
      }
      if (row.text.includes('as for ')) return;
      const lists = words.filter(({ isRepeatable }) => isRepeatable).map(({ flag }) => flag);
      expect(repeatableIn(row), 'may be repeated').toEqual(lists);
      expect(defaultsIn(row.text), 'defaults').toEqual(words.flatMap(({ help }) => defaultsIn(help)));
    },
  );

  const inTableOf = (section: string): readonly string[] =>
    rows.filter((row) => row.section === section).flatMap(({ options }) => options.map(({ flag }) => flag));

  it('have every option by which a database is read', () => {
    const reading = Object.keys(READING_OPTIONS).map(flagOf);
    // The config file has a passage of its own above the table.
    expect(inTableOf('Sources')).toEqual(reading.filter((flag) => flag !== '--config'));
  });

  it.each(['verify-all', 'export', 'gate', 'journal'])('have every option that only %s has', (section) => {
    const others = [...defined].filter(([name]) => name !== section).flatMap(([, words]) => [...words.keys()]);
    const alone = [...(defined.get(section)?.keys() ?? [])].filter((flag) => !others.includes(flag));
    expect(alone.length).toBeGreaterThan(0);
    expect(alone.filter((flag) => !inTableOf(section).includes(flag))).toEqual([]);
  });
});
