/** The completion scripts, run by the shells that they are for. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { flagOf } from '../../src/cli/options/define.ts';
import { compareVerb, VERBS } from '../../src/cli/verbs/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const folder = temporaryFolder();

const SHELLS = ['bash', 'zsh', 'fish'] as const;

beforeAll(async () => {
  mkdirSync(join(folder, 'snapshots'));
  writeFileSync(join(folder, 'state of june.json'), '');
  for (const shell of SHELLS) {
    const { status, stdout, stderr } = await run(['completion', shell]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    writeFileSync(join(folder, `script.${shell}`), stdout);
  }
});

/** What `shell` prints, in lines. */
function printed(shell: string, ...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = spawnSync(shell, args, { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

function isMissing(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).error !== undefined;
}

const naming = (shell: string): string => (isMissing(shell) ? `${shell} (skipped: it is not installed)` : shell);

/** What bash offers for the last of `words`, which it has split at `=` as well. */
function bash(...words: readonly string[]): readonly string[] {
  const program = `source ./script.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _evidence_diff
    for word in "\${COMPREPLY[@]}"; do printf '%s\\n' "$word"; done`;
  return printed('bash', '--norc', '-c', program, 'bash', 'evidence-diff', ...words);
}

/** Each verb with the options it takes, the comparison without a name. */
async function optionsOfAll(): Promise<readonly (readonly [string, readonly string[]])[]> {
  const verbs = await Promise.all([compareVerb, ...VERBS].map(({ load }) => load()));
  return verbs.map(({ verb }) => [
    verb.name,
    Object.entries(verb.options).map(([name, { kind }]) =>
      kind === 'negation' ? flagOf(name).replace('--', '--no-') : flagOf(name),
    ),
  ]);
}

const FORMATS = ['text', 'brief', 'json', 'ndjson', 'junit', 'markdown', 'html', 'pdf'];

/** Words that are typed, and all that can be meant by the last. */
const CASES: readonly (readonly [typed: readonly string[], offered: readonly string[]])[] = [
  [
    ['baseline.json', 'current.json', '--mode', ''],
    ['append', 'frozen'],
  ],
  [['baseline.json', '--mode', 'fr'], ['frozen']],
  [['a', 'b', '--format', ''], FORMATS],
  [['stats', '--f'], ['--format']],
  [
    ['stats', '--format', ''],
    ['text', 'json'],
  ],
  [['verify-all', 'a.json', '--depth', 'f'], ['full']],
  [
    ['a', 'b', '--prog'],
    ['--progress', '--progress=json'],
  ],
  [
    ['profile', ''],
    ['list', 'show', 'check'],
  ],
  [
    ['gate', ''],
    ['pre-upgrade', 'post-migration', 'cutover', 'post-cutover', 'observation'],
  ],
  [['completion', ''], [...SHELLS]],
  [['help', 'verify-r'], ['verify-roots']],
];

describe('completion', () => {
  it('of a shell that there is not is a usage error', async () => {
    expect(await run(['completion', 'csh'])).toMatchObject({ status: 64, stdout: '' });
    expect(await run(['completion'])).toMatchObject({ status: 64, stdout: '' });
  });

  it('has only words that mean nothing to a shell', async () => {
    for (const { load } of [compareVerb, ...VERBS]) {
      const { verb } = await load();
      const choices = [...Object.values(verb.options), ...Object.values(verb.arguments)].flatMap((one) => one.choices);
      for (const word of [verb.name, ...choices]) expect(word).toMatch(/^[a-z][a-z-]*$/);
      // After the first argument, names of files are what is offered.
      expect(
        Object.values(verb.arguments)
          .slice(1)
          .flatMap((one) => one.choices),
      ).toEqual([]);
    }
  });
});

describe('bash', () => {
  it.each(CASES)('%j', (typed, offered) => {
    expect(bash(...typed)).toEqual(offered);
  });

  it('offers verbs and files first, with spaces in their names', () => {
    expect(bash('st')).toEqual(['state of june.json', 'stats']);
    expect(bash('')).toEqual(expect.arrayContaining([...VERBS.map(({ name }) => name), 'help', 'snapshots']));
  });

  it('offers the options of each verb, and no others', async () => {
    for (const [name, options] of await optionsOfAll()) {
      const verb = name === compareVerb.name ? ['a.json'] : [name];
      const besides = options.includes('--progress') ? ['--progress=json', '--no-progress'] : [];
      expect([...bash(...verb, '-')].sort(), name).toEqual([...options, ...besides, '--help', '--version'].sort());
    }
  });

  it('knows that = is a word of its own', () => {
    expect(bash('stats', '--format', '=')).toEqual(['text', 'json']);
    expect(bash('stats', '--format', '=', 'j')).toEqual(['json']);
    expect(bash('a', 'b', '--progress', '=', '')).toEqual(['json']);
    expect(bash('a', 'b', '--progress', '')).toEqual([]);
  });

  it('leaves to names of files what it does not know', () => {
    for (const typed of [
      ['a.json', ''],
      ['a', 'b', '--output', ''],
      ['journal', 'verify', ''],
      ['stats', '--output', '='],
    ]) {
      expect(bash(...typed)).toEqual([]);
    }
    const [registered] = printed('bash', '--norc', '-c', 'source ./script.bash; complete -p evidence-diff');
    expect(registered).toBe('complete -o bashdefault -o default -F _evidence_diff evidence-diff');
  });
});

describe.skipIf(isMissing('fish'))(naming('fish'), () => {
  const fish = (...typed: readonly string[]): readonly string[] =>
    printed('fish', '-N', '-c', `source script.fish; complete -C 'evidence-diff ${typed.join(' ')}'`)
      .map((line) => (line.split('\t')[0] ?? '').replaceAll('\\', ''))
      .sort();

  it.each(CASES)('%j', (typed, offered) => {
    expect(fish(...typed)).toEqual([...offered].sort());
  });

  it('offers verbs and files first, and files where nothing is known', () => {
    expect(fish('st')).toEqual(['state of june.json', 'stats']);
    expect(fish('stats', 'st')).toEqual(['state of june.json']);
    expect(fish('stats', '--output', 'sn')).toEqual(['snapshots/']);
  });
});

describe.skipIf(isMissing('zsh'))(naming('zsh'), () => {
  /** What the script asks of the completion system, which itself runs only in a terminal. */
  const zsh = (...typed: readonly string[]): readonly string[] => {
    const stubs = 'compdef() {}; _arguments() { print -rl -- "$@" }; _describe() { print -rl -- $verbs }';
    const program = `${stubs}; _files() { print files }; source ./script.zsh; words=("$@"); CURRENT=$#; _evidence_diff`;
    return printed('zsh', '-f', '-c', program, 'zsh', 'evidence-diff', ...typed);
  };

  it('offers verbs and files first', () => {
    const lines = zsh('');
    expect(lines.map((line) => line.split(':')[0])).toEqual([...VERBS.map(({ name }) => name), 'help', 'files']);
  });

  it('asks for the options of each verb, their choices, and files elsewhere', async () => {
    for (const [name, options] of await optionsOfAll()) {
      const specs = zsh(...(name === compareVerb.name ? ['a.json'] : [name]), '');
      const flags = new Set(specs.map((spec) => /^\*?(--[a-z0-9-]+)/.exec(spec)?.[1]));
      for (const option of [...options, '--help', '--version']) expect(flags, name).toContain(option);
      expect(specs.at(-1)).toBe('*:file:_files');
    }
    expect(zsh('a', 'b', '')).toContainEqual(expect.stringMatching(/^--mode=\[.*\]:mode:\(append frozen\)$/));
    expect(zsh('a', 'b', '')).toContainEqual(expect.stringMatching(/^\*--output=\[.*\]:file:_files$/));
    expect(zsh('profile', '')).toContain('1:action:(list show check)');
  });
});
