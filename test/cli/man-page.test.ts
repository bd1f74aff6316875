/** The man page says what the definitions say, and is roff that the programs for it take. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AnyVerb, flagOf, helpOf } from '../../src/cli/options/define.ts';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { VERSION } from '../../src/core/version.ts';
import { run } from './in-process.ts';

let page = '';
let verbs: readonly AnyVerb[] = [];

beforeAll(async () => {
  const { status, stdout, stderr } = await run(['man']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  page = stdout;
  verbs = [(await compareVerb.load()).verb, ...(await loadVerbs())];
});

/** The part of the page that is of `verb`. */
function partOf(verb: string): string {
  const start = verb === compareVerb.name ? '.SH DESCRIPTION\n' : `.SS ${verb.replaceAll('-', '\\-')}\n`;
  return page.split(start)[1]?.split(/^\.S[HS] /m)[0] ?? '';
}

const unescaped = (roff: string): string =>
  roff
    .replace(/\\\[u([0-9A-F]+)\]/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/\\f[BIR]|\\&/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\e', '\\');

describe('the man page', () => {
  it('is of this version, in ASCII, with requests of man(7) alone', () => {
    expect(page).toContain(`"evidence\\-diff ${VERSION}"`);
    expect(page).toMatch(/^[\n -~]+$/);
    const requests = new Set(page.match(/^\.\w*/gm));
    expect([...requests].sort()).toEqual(['.PP', '.SH', '.SS', '.TH', '.TP', '.fi', '.nf']);
    expect(page.split('\n').filter((line) => line.startsWith("'"))).toEqual([]);
  });

  it('has each verb with its description, its notes, its example, and the help of each option', () => {
    for (const { name, description, notes = '', example, options, arguments: args } of verbs) {
      const part = unescaped(partOf(name));
      for (const words of [description, notes, `evidence-diff ${example}`]) expect(part).toContain(words);
      for (const [option, given] of Object.entries(options)) {
        const { kind, metavar } = given;
        const flag = kind === 'negation' ? flagOf(option).replace('--', '--no-') : flagOf(option);
        expect(part).toContain(`.TP\n${[flag, metavar.slice(1, -1)].filter(Boolean).join(' ')}\n${helpOf(given)}\n`);
      }
      for (const { help } of Object.values(args)) expect(part).toContain(help);
    }
  });
});

const READERS: readonly (readonly [string, ...string[]])[] = [
  ['groff', '-man', '-Tutf8', '-ww', '-P-cbou'],
  ['mandoc', '-man', '-Tutf8', '-Werror,stop'],
  ['man', '-l', '-'],
];

describe.each(READERS)('%s', (program, ...args) => {
  const isMissing = spawnSync(program, ['--version']).error !== undefined;

  it.skipIf(isMissing)(isMissing ? `(skipped: ${program} is not installed)` : 'shows it without a warning', () => {
    const env = { ...process.env, MANWIDTH: '200', MANROFFOPT: '-ww', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' };
    const { status, stdout, stderr } = spawnSync(program, args, { input: page, encoding: 'utf8', env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // Bold and underlined letters are struck twice, with a backspace between.
    const shown = stdout.replace(/.[\b]/gu, '').replace(/\s+/g, ' ');
    for (const { name } of verbs.slice(1)) expect(shown).toContain(` ${name} `);
    expect(shown).toContain('evidence-diff <baseline> <current> [options]');
    expect(shown).toContain('--max-findings n');
  });
});
