/** The tables in README.md and docs say what the code says: kinds, checks, options, formats and exit codes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMPARISON_OPTIONS } from '../../src/api/options.ts';
import { EXIT } from '../../src/cli/terminal/exit.ts';
import { VERBS } from '../../src/cli/verbs/index.ts';
import { classOf, FINDING_KINDS } from '../../src/core/kinds.ts';
import { headerForm } from '../../src/core/snapshot/header.ts';
import { recordForm } from '../../src/core/snapshot/record-members.ts';
import { trailerForm } from '../../src/core/snapshot/trailer.ts';
import { VERSION } from '../../src/core/version.ts';
import { CHECK_MEANINGS, EXIT_CODE_OF } from '../../src/reports/facts.ts';
import { run } from '../cli/in-process.ts';
import { ROOT, textOf } from './documents.ts';

/** The cells of the rows of the table whose first row has these heads. */
function table(document: string, ...heads: readonly string[]): readonly (readonly string[])[] {
  const lines = textOf(document).split('\n');
  const at = lines.indexOf(`| ${heads.join(' | ')} |`);
  expect(at, `${document} has the table ${heads.join(', ')}`).toBeGreaterThan(-1);
  const end = lines.findIndex((line, index) => index > at && !line.startsWith('|'));
  return lines.slice(at + 2, end).map((line) => line.slice(2, -2).split(/ ?\| ?/));
}

const plain = (cell = ''): string => cell.replaceAll('`', '');

/** All of src but the lists of kinds and the words for them. */
const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('reports/') && path !== 'core/kinds.ts')
  .map((path) => readFileSync(join(ROOT, 'src', path), 'utf8'));
const isInCode = (text: string): boolean => sources.some((source) => source.includes(`'${text}'`));

describe('kinds of findings', () => {
  it('in guide.md are called reserved if no code raises them, and only then', () => {
    const rows = [...textOf('docs/guide.md').matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)];
    const kinds = new Map(rows.map(([, kind = '', said = '']) => [kind, said]));
    const called = FINDING_KINDS.filter((kind) => /reserved|not raised/.test(kinds.get(kind) ?? ''));
    expect(called).toEqual(FINDING_KINDS.filter((kind) => !isInCode(kind)));
  });

  it('in continuity-report.md stand in their class, in the order of the code, and all are raised', () => {
    const page = table('docs/continuity-report.md', 'class', 'kinds').map(([name, kinds = '']) => [
      name,
      plain(kinds).split(' '),
    ]);
    const classes = ['FAIL', 'INCOMPLETE', 'UNTRUSTED', 'info'] as const;
    expect(page).toEqual(
      classes.map((name) => [name, FINDING_KINDS.filter((kind) => classOf(kind, 'frozen') === name)]),
    );
    expect(FINDING_KINDS.filter((kind) => !isInCode(kind))).toEqual([]);
  });
});

describe('checks', () => {
  it('in continuity-report.md are those of the code, in its words', () => {
    const rows = table('docs/continuity-report.md', 'check', 'what one is').map(([check, meaning]) => [
      plain(check),
      plain(meaning),
    ]);
    expect(rows).toEqual([...CHECK_MEANINGS]);
  });

  it('have words for every name that is given to one', () => {
    const source = readFileSync(join(ROOT, 'src/core/judge/verdict.ts'), 'utf8');
    const names = [...source.matchAll(/\bcheck\(\s*'([a-z-]+)'/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    expect([...CHECK_MEANINGS.keys()].sort()).toEqual([...new Set(names)].sort());
  });
});

describe('exit codes', () => {
  const codes = Object.values<number>(EXIT);
  const verdicts: ReadonlyMap<string, number> = new Map(Object.entries(EXIT_CODE_OF));

  it.each([
    ['README.md', 'meaning'],
    ['docs/command-line.md', 'when'],
  ] as const)('in %s are all there are, each with its verdict', (document, head) => {
    const rows = table(document, 'code', 'verdict', head);
    const numbers = rows.flatMap(([code = '']) => code.split(', ').map(Number));
    expect([...numbers].sort((a, b) => a - b)).toEqual([...codes].sort((a, b) => a - b));
    const named = rows.filter(([, verdict]) => verdict !== '').map(([code, verdict]) => [verdict, Number(code)]);
    expect(new Map(named as [string, number][])).toEqual(verdicts);
  });

  it('in continuity-report.md are those of the verdicts', () => {
    const rows = [...textOf('docs/continuity-report.md').matchAll(/^\| `([A-Z]+)` \| .* \| (\d+) \|$/gm)];
    expect(new Map(rows.map(([, verdict = '', code]) => [verdict, Number(code)]))).toEqual(verdicts);
  });

  it('in the help of the comparison are all there are', async () => {
    const { stdout } = await run(['--help']);
    const said = /Exit codes, of all verbs:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? '';
    const lines = said.split('\n').map((line) => /^ {2}(\d+) +(.*)$/.exec(line) ?? []);
    expect(lines.map(([, code]) => Number(code))).toEqual(codes);
    expect(said).toContain('migration or signed verdict cannot be believed');
    // The verbs that alone end so say it, too.
    expect((await run(['help', 'migrate'])).stdout).toMatch(new RegExp(`\\b${EXIT.migrationNeeded}\\b`));
    const gate = (await run(['help', 'gate'])).stdout;
    for (const code of [EXIT.pause, EXIT.investigate]) expect(gate).toMatch(new RegExp(`\\b${code}\\b`));
  });
});

describe('the example for CI in README.md', () => {
  it('pins this version, and lets npx run only what is installed', () => {
    const section =
      textOf('README.md')
        .split(/^## /m)
        .find((part) => part.startsWith('In CI\n')) ?? '';
    const runs = [...section.matchAll(/^- run: (.*)$/gm)].map(([, line = '']) => line);
    expect(runs[0]).toMatch(/^npm install .*--ignore-scripts/);
    // No registry has it yet: the example installs what `npm pack` makes.
    expect(runs[0]).toContain(` ./evidence-diff-${VERSION}.tgz`);
    expect(section).toContain(
      `Once it is published, \`npm install --no-save --ignore-scripts evidence-diff@${VERSION}\``,
    );
    expect(runs.slice(1).filter((line) => !line.startsWith('npx --no evidence-diff '))).toEqual([]);
    expect(runs).toHaveLength(2);
  });
});

/** The members that the first table behind a heading names, and those of them that it does not mark with `?`. */
function membersBehind(document: string, heading: string): { readonly all: string[]; readonly required: string[] } {
  const [, behind = ''] = textOf(document).split(`\n${heading}\n`);
  const [table = ''] = /\n\| member \|[\s\S]*?\n\n/.exec(behind) ?? [];
  const rows = [...table.matchAll(/^\| `([A-Za-z]+)`(\??) \|/gm)];
  const all = rows.map(([, name = '']) => name).toSorted();
  return { all, required: rows.flatMap(([, name = '', mark]) => (mark === '?' ? [] : [name])).toSorted() };
}

describe('the members of a snapshot', () => {
  it.each([
    ['## Record', recordForm],
    ['## Header', headerForm],
    ['## Trailer', trailerForm],
  ])('behind %s in snapshot.md are those that are read, and no others', (heading, { schema }) => {
    const { properties, required } = schema as { readonly properties: object; readonly required: readonly string[] };
    const read = { all: Object.keys(properties).toSorted(), required: required.toSorted() };
    expect(membersBehind('docs/snapshot.md', heading)).toEqual(read);
  });
});

describe('options and formats', () => {
  /** `## heading` and what stands below it. */
  const sections = new Map(
    textOf('docs/command-line.md')
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n')[0] ?? '', section]),
  );
  const flagsIn = (text: string): ReadonlySet<string> => new Set(text.match(/(?<=[\s`(,]|^)--[a-z][a-z-]+/gm) ?? []);
  /** The options that a help defines: they begin its lines. */
  const definedIn = (help: string): ReadonlySet<string> =>
    new Set([...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag = '']) => flag));
  const helps = new Map<string, ReadonlySet<string>>();

  beforeAll(async () => {
    for (const { name } of VERBS) helps.set(name, definedIn((await run([name, '--help'])).stdout));
    helps.set('Comparing', definedIn((await run(['--help'])).stdout));
  });

  it('that a section of command-line.md speaks of are there', () => {
    const everywhere = new Set([...helps.values()].flatMap((flags) => [...flags]));
    for (const name of helps.keys()) {
      const section = sections.get(name) ?? '';
      expect(section, name).not.toBe('');
      const unknown = [...flagsIn(section)].filter((flag) => !everywhere.has(flag) && flag !== '--no');
      expect(unknown, name).toEqual([]);
    }
  });

  it('of the library in library.md are those of the code', () => {
    const names = table('docs/library.md', 'option', 'meaning').map(([name]) => plain(name));
    expect([...names].sort()).toEqual(Object.keys(COMPARISON_OPTIONS).sort());
  });
});
