import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../src/cli/verbs/index.ts';
import { classOf, FINDING_KINDS } from '../../src/core/kinds.ts';
import { EXIT_CODE_OF } from '../../src/reports/facts.ts';
import { run } from '../cli/in-process.ts';
import { blocks, documents, examplesOf, folderForExamples, outputOf, patternOf, ROOT, textOf } from './documents.ts';

const folder = folderForExamples();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command as it runs here: what it installs is installed, and the command is the one that was built. */
function runnable(command: string): string | undefined {
  const own = command.replace(/^npm ci && /, '');
  return own.startsWith('npm ') ? undefined : own;
}

const all = documents().flatMap((document) => blocks(document, 'console'));
const examples = all.flatMap((block) =>
  examplesOf(block).map((example) => ({ ...example, where: `${block.document}:${block.line}` })),
);

describe('the commands in README.md and docs', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(10);
    expect(all.filter((block) => !block.lines[0]?.startsWith('$ '))).toEqual([]);
  });

  it.each(examples.filter(({ command }) => runnable(command) !== undefined))(
    '$where: `$command` prints what is shown',
    async ({ command, shown }) => {
      const output = await outputOf(runnable(command) ?? '', folder);
      if (!patternOf(shown).test(output)) expect(output).toBe(`${shown.join('\n')}\n`);
    },
  );

  it('would be refused if a line of the output were wrong, missing or too many', () => {
    const output = 'PASS: 15 intact\nb\nc\n';
    expect(patternOf(['PASS: … intact', '…', 'c']).test(output)).toBe(true);
    expect(patternOf(['PASS: 15 intact', 'b', 'c']).test(output)).toBe(true);
    expect(patternOf(['FAIL: … intact', '…', 'c']).test(output)).toBe(false);
    expect(patternOf(['PASS: 15 intact', 'c']).test(output)).toBe(false);
    expect(patternOf(['PASS: 15 intact', 'b']).test(output)).toBe(false);
    expect(patternOf(['PASS: 15.intact', '…']).test(output)).toBe(false);
  });
});

describe('the tables in the docs', () => {
  it.each(['docs/guide.md', 'docs/continuity-report.md'])('%s names every kind of finding', (document) => {
    const text = textOf(document);
    expect(FINDING_KINDS.filter((kind) => !text.includes(`\`${kind}\``))).toEqual([]);
  });

  it.each(['FAIL', 'INCOMPLETE', 'UNTRUSTED', 'info'] as const)(
    'guide.md has meaning and next step for each %s kind',
    (forced) => {
      const section = textOf('docs/guide.md')
        .split(/^### Class /m)
        .find((part) => part.startsWith(`${forced}\n`));
      const rows = (section ?? '').matchAll(/^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$/gm);
      const kinds = FINDING_KINDS.filter((kind) => classOf(kind, 'frozen') === forced);
      expect([...rows].map(([, kind]) => kind)).toEqual(kinds);
    },
  );

  it('guide.md names the parts of the text report in their order, and those that --details adds', async () => {
    const section =
      textOf('docs/guide.md').split('\n## Reading the report\n')[1]?.split('\nRelations of a stream')[0] ?? '';
    const [parts = '', details = ''] = section.split('\n`--details`');
    const namesIn = (text: string): readonly string[] =>
      [...text.matchAll(/\*\*([^*]+)\*\*/g)].map(([, name = '']) => name);
    const sides = ['baseline.json', 'tampered.json'].map((name) => join(ROOT, 'fixtures/quickstart', name));
    const titlesOf = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await run([...sides, ...args]);
      const [, , ...lines] = stdout.split('\n');
      const titles = lines.filter((line) => /^[A-Z]/.test(line) && !/^(Exit code|FAIL)/.test(line));
      return titles.map((line) => line.split(/[:,(]/)[0]?.trim() ?? '');
    };
    const named = namesIn(parts);
    expect(named).toContain('Migration');
    expect(await titlesOf()).toEqual(named.filter((name) => name !== 'Migration'));
    const added = (await titlesOf('--details')).filter((title) => !named.includes(title));
    expect(added).toEqual(namesIn(details));
  });

  it.each(['README.md', 'docs/command-line.md'])('%s has every exit code of a verdict', (document) => {
    for (const [verdict, code] of Object.entries(EXIT_CODE_OF)) {
      expect(textOf(document)).toMatch(new RegExp(`^\\| ${code} \\| ${verdict} \\|`, 'm'));
    }
  });

  it('command-line.md names every verb and every option of every help, and no other', async () => {
    const text = textOf('docs/command-line.md');
    const verbs = [[], ...VERBS.map(({ name }) => [name])];
    const helps = (await Promise.all(verbs.map((verb) => run([...verb, '--help'])))).map(({ stdout }) => stdout);
    const optionsIn = (page: string): readonly string[] => page.match(/(?<=[ `])--[a-z-]+/g) ?? [];
    expect([...new Set(optionsIn(text))].sort()).toEqual([...new Set(helps.flatMap(optionsIn))].sort());
    expect(VERBS.filter(({ name }) => !text.includes(`## ${name}`))).toEqual([]);
  });
});

describe('the links in README.md and docs', () => {
  it.each(documents())('%s: lead to files and headings that are there', (document) => {
    const anchorOf = (heading: string): string =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-');
    const broken = [...textOf(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].filter(
      ([, path = '', anchor]) => {
        const target = path === '' ? document : join(dirname(document), path);
        if (!existsSync(join(ROOT, target))) return true;
        const headings = anchor === undefined ? [] : [...textOf(target).matchAll(/^#+ (.*)$/gm)];
        return anchor !== undefined && !headings.some(([, heading = '']) => anchorOf(heading) === anchor);
      },
    );
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
