/** Command lines, read beside the strict way of `parseArgs`: what both take is read alike, and what that refuses is refused. */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineVerb, flag, list, negation, toggle, value } from '../../src/cli/options/define.ts';
import { parseVerb } from '../../src/cli/options/parse.ts';
import { notEmpty } from '../../src/cli/options/readers.ts';
import { UsageError } from '../../src/cli/terminal/exit.ts';
import { runs } from '../long.ts';

const verb = defineVerb({
  name: 'try',
  summary: 's',
  description: 'd',
  example: 'try',
  arguments: { files: list('<file>', 'f', notEmpty) },
  options: {
    output: value('<file>', 'o', notEmpty),
    maxAge: value('<span>', 'm', (text) => text, { mayBeEmpty: true }),
    label: list('<text>', 'l', notEmpty),
    quiet: flag('q'),
    progress: toggle('p', 'n', ['json']),
    color: negation('c'),
  },
  request: (options, { files = [] }) => ({ options, files }),
  run: async () => 0,
});

type Asked = ReturnType<typeof verb.request>;

function ours(argv: readonly string[]): Asked | 'refused' | 'help' {
  try {
    const parsed = parseVerb(verb, argv);
    return 'run' in parsed ? parsed.run : 'help';
  } catch (fault) {
    if (fault instanceof UsageError) return 'refused';
    throw fault;
  }
}

const TEXT = { type: 'string', multiple: true } as const;
const BOTH = { type: 'boolean' } as const;

/** The same by util.parseArgs, with the rules that it has no words for: once, not empty, and which flag has a `--no-`. */
function theirs(argv: readonly string[]): Asked | 'refused' {
  const options = { output: TEXT, 'max-age': TEXT, label: TEXT, quiet: BOTH, progress: BOTH, color: BOTH };
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...argv],
      options,
      allowNegative: true,
      allowPositionals: true,
      tokens: true,
    });
    const flags = tokens.filter((token) => token.kind === 'option').map(({ rawName }) => rawName);
    const { output, 'max-age': maxAge, label, quiet, progress, color = true } = values;
    const once = [output, maxAge].every((given) => (given?.length ?? 0) < 2);
    const full = [...(output ?? []), ...(label ?? []), ...positionals].every((text) => text !== '');
    if (!once || !full || flags.includes('--no-quiet') || flags.includes('--color')) return 'refused';
    const given = { output: output?.[0], maxAge: maxAge?.[0], label, quiet, progress, color };
    const known = Object.entries(given).filter(([, is]) => is !== undefined);
    return { options: { color, ...Object.fromEntries(known) }, files: positionals };
  } catch (fault) {
    expect((fault as { code?: string }).code).toMatch(/^ERR_PARSE_ARGS_/);
    return 'refused';
  }
}

/** Values that begin with a dash are left out: the strict way finds them ambiguous, where ours takes them. */
const word = fc.constantFrom(
  ...['a', 'b=c', '', '-', '--output', '--output=x', '--output=', '--max-age', '--max-age=', '--label', '--label=l'],
  ...[
    '--quiet',
    '--quiet=1',
    '--no-quiet',
    '--progress',
    '--no-progress',
    '--color',
    '--no-color',
    '--nope',
    '-q',
    '--',
  ],
);

const takesValue = (word: string | undefined): boolean => /^--(?:output|max-age|label)$/.test(word ?? '');

function isAmbiguous(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.some(
    (one, at) => (end < 0 || at <= end) && takesValue(argv[at - 1]) && one.startsWith('-') && one !== '-',
  );
}

describe('a command line', () => {
  it('is read as Node reads it', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        fc.pre(!isAmbiguous(argv));
        const asked = ours(argv);
        if (asked !== 'refused') read++;
        expect(asked).toEqual(theirs(argv));
      }),
      { numRuns: runs(2000, 50_000) },
    );
    expect(read).toBeGreaterThan(200);
  });

  it('gives an option the word behind it, unless that is an option: what it demands would be lost', () => {
    expect(ours(['--output', '-', '--label', '--', 'a'])).toEqual({
      options: { output: '-', label: ['--'], color: true },
      files: ['a'],
    });
    for (const word of ['--quiet', '--max-age=3d', '--no-color', '--nope', '--quie', '-h', '--', '-o2.txt'])
      expect(ours(['--output', word])).toBe('refused');
    expect(ours(['--output=--quiet'])).toMatchObject({ options: { output: '--quiet' } });
  });

  it.each(['-threshold', '-xh', '-hx', '-h=x', '-Vx', '--help=x', '--version=1'])(
    'with %s names an option that there is not: no help is asked for',
    (word) => expect(ours([word])).toBe('refused'),
  );

  it('asks for help before anything is missing, and not behind --', () => {
    expect(ours(['--nope', '--help'])).toBe('help');
    expect(ours(['-h'])).toBe('help');
    expect(ours(['--', '-h'])).toMatchObject({ files: ['-h'] });
    expect(parseVerb(verb, ['--quiet', '-V', '--nope'])).toEqual({ help: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('with a number below zero names an option that there is not, as with any word that begins with a dash', () => {
    expect(ours(['-1'])).toBe('refused');
    expect(ours(['--', '-1'])).toMatchObject({ files: ['-1'] });
  });
});

describe('the help', () => {
  it('is at most 100 columns wide, and loses no word', () => {
    const parsed = parseVerb({ ...verb, description: 'word '.repeat(80).trim() }, ['--help']);
    const help = 'help' in parsed ? parsed.help : '';
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(help.match(/\bword\b/g)).toHaveLength(80);
    for (const term of [
      '--output <file>',
      '--progress',
      '--no-progress',
      '--no-color',
      '-h, --help',
      '-V, --version',
    ]) {
      expect(help).toMatch(new RegExp(`^ {2}${term} {2,}\\S`, 'm'));
    }
  });
});
