import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AnyVerb } from '../../src/cli/options/define.ts';
import { parseVerb } from '../../src/cli/options/parse.ts';
import { EXIT_MEANINGS, UsageError } from '../../src/cli/terminal/exit.ts';
import { type CompareArguments, verb as compareVerb } from '../../src/cli/verbs/compare.ts';
import { VERBS, verbNamed } from '../../src/cli/verbs/index.ts';
import { verb as rootsExportVerb } from '../../src/cli/verbs/roots-export.ts';
import { verb as schemaVerb } from '../../src/cli/verbs/schema.ts';
import { verb as statsVerb } from '../../src/cli/verbs/stats.ts';
import { run } from './in-process.ts';

function compare(...argv: readonly string[]): CompareArguments {
  const parsed = parseVerb(compareVerb, argv);
  if ('help' in parsed) throw new Error('help was asked for');
  return parsed.run;
}

function helpOf(...argv: readonly string[]): string {
  const parsed = parseVerb(compareVerb, argv);
  return 'help' in parsed ? parsed.help : '';
}

const HEX = 'ab'.repeat(32);

describe('the command line of the comparison', () => {
  it('has a default for everything but the two sources', () => {
    const { trust, reading, ...request } = compare('a.json', 'b.json');
    expect(trust).not.toHaveProperty('trustedKey');
    expect(reading).toEqual({});
    const { baseline, current, mode, outputs, maxFindings, color, legacyRoots, ...others } = request;
    expect({ baseline, current, mode, maxFindings }).toEqual({
      baseline: 'a.json',
      current: 'b.json',
      mode: 'append',
      maxFindings: 1000,
    });
    expect({ outputs, color, legacyRoots }).toEqual({
      outputs: [{ path: '-', format: 'text' }],
      color: true,
      legacyRoots: [],
    });
    // Whatever else there is, is not asked for.
    expect(Object.values(others).filter((value) => value !== undefined && value !== false)).toEqual([]);
  });

  it('takes every option, before, between and after the sources', () => {
    const digest = `sha256:${HEX}`;
    const head = ['--mode', 'frozen', 'a', '--max-findings=0', '--expect-digest', digest, 'b'];
    expect(compare(...head, '--allow-same', '--quiet', '--no-progress', '--no-color')).toMatchObject({
      mode: 'frozen',
      outputs: [],
      maxFindings: 0,
      expectDigest: HEX,
      allowSame: true,
      quiet: true,
      progress: false,
      color: false,
    });
    expect(compare('a', 'b', '--progress').progress).toBe(true);
  });

  it('takes standard input for either side, names that begin with a dash after --, and a verb that is no first argument', () => {
    expect(compare('-', 'b')).toMatchObject({ baseline: '-', current: 'b' });
    expect(compare('a', '-')).toMatchObject({ baseline: 'a', current: '-' });
    expect(compare('--', '-a.json', '--quiet')).toMatchObject({
      baseline: '-a.json',
      current: '--quiet',
      quiet: false,
    });
    expect(compare('./stats', 'b')).toMatchObject({ baseline: './stats' });
  });

  it('gives each output the format of its ending, and all of them the one that --format names', () => {
    const outputs = [
      '--output',
      'r.json',
      '--output',
      'r.txt',
      '--output=-',
      '--output',
      'plain',
      '--output',
      '.hidden',
    ];
    expect(compare('a', 'b', ...outputs).outputs).toEqual([
      { path: 'r.json', format: 'json' },
      { path: 'r.txt', format: 'text' },
      { path: '-', format: 'text' },
      { path: 'plain', format: 'text' },
      { path: '.hidden', format: 'text' },
    ]);
    expect(compare('a', 'b', '--format', 'json', '--output', 'r.txt', '--output', 'r.xyz').outputs).toEqual([
      { path: 'r.txt', format: 'json' },
      { path: 'r.xyz', format: 'json' },
    ]);
  });

  it('takes --list all where one of its outputs is NDJSON', () => {
    const given = [['--format', 'ndjson'], ['--output', 'r.json', '--output', 'r.ndjson'], ['--output=r.jsonl']];
    for (const outputs of given) expect(compare('a', 'b', '--list', 'all', ...outputs)).toMatchObject({ list: 'all' });
    const alone = compare('a', 'b', '--list', 'all');
    expect(alone).toMatchObject({ list: 'all', outputs: [{ path: '-', format: 'ndjson' }] });
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['no source', [], /missing required argument 'baseline'/],
    ['one source', ['a'], /missing required argument 'current'/],
    ['three sources', ['a', 'b', 'c'], /too many arguments/],
    ['standard input twice', ['-', '-'], /only one source/],
    ['an empty source', ['', 'b'], /baseline.*empty/],
    ['an empty second source', ['a', ''], /current.*empty/],
    ['an unknown option', ['a', 'b', '--fromat', 'json'], /unknown option '--fromat'[\s\S]*--format/],
    ['an unknown short option', ['a', 'b', '-x'], /unknown option '-x'/],
    ['an empty mode', ['a', 'b', '--mode', ''], /--mode.*empty/],
    ['a mode left empty', ['a', 'b', '--mode='], /--mode.*empty/],
    ['an unknown mode', ['a', 'b', '--mode', 'Frozen'], /--mode.*append, frozen/],
    ['a mode without a value', ['a', 'b', '--mode'], /--mode.*argument missing/],
    ['two modes', ['a', 'b', '--mode', 'frozen', '--mode', 'append'], /more than once/],
    ['an empty output', ['a', 'b', '--output', ''], /--output.*empty/],
    ['the same output twice', ['a', 'b', '--output', 'r.txt', '--output', './r.txt'], /more than once/],
    ['standard output twice', ['a', 'b', '--output', '-', '--output', '-'], /more than once/],
    ['an output of unknown ending', ['a', 'b', '--output', 'r.yaml'], /ending names no format/],
    ['a compressed output', ['a', 'b', '--output', 'r.json.gz'], /ending names no format/],
    ['an unknown format', ['a', 'b', '--format', 'xml'], /--format.*text, brief, json/],
    ['an empty format', ['a', 'b', '--format', ''], /--format.*empty/],
    ['a negative count', ['a', 'b', '--max-findings', '-1'], /not a whole number/],
    ['a count that is no number', ['a', 'b', '--max-findings', '1e3'], /not a whole number/],
    ['a count with a fraction', ['a', 'b', '--max-findings', '1.5'], /not a whole number/],
    ['a count beyond what is exact', ['a', 'b', '--max-findings', '9007199254740993'], /not a whole number/],
    ['a digest without its algorithm', ['a', 'b', '--expect-digest', HEX], /sha256:/],
    ['a digest in upper case', ['a', 'b', '--expect-digest', `sha256:${HEX.toUpperCase()}`], /lower-case/],
    ['a short digest', ['a', 'b', '--expect-digest', 'sha256:abcd'], /64/],
    ['a digest with a line feed', ['a', 'b', '--expect-digest', `sha256:${HEX}\n`], /64/],
    [
      'two digests',
      ['a', 'b', '--expect-digest', `sha256:${HEX}`, '--expect-digest', `sha256:${HEX}`],
      /more than once/,
    ],
    ['a list of nothing', ['a', 'b', '--format', 'ndjson', '--list', ''], /--list.*empty/],
    ['a list of something', ['a', 'b', '--format', 'ndjson', '--list', 'tenants'], /--list.*all/],
    ['a list in a text', ['a', 'b', '--list', 'all', '--format', 'text'], /--output report\.ndjson or --format ndjson/],
    ['a list in JSON', ['a', 'b', '--list', 'all', '--output', 'r.json'], /a JSON report has every tenant/],
    ['a list in nothing', ['a', 'b', '--list', 'all', '--quiet'], /--output report\.ndjson/],
    ['a quiet report on standard output', ['a', 'b', '--quiet', '--output', '-'], /contradict/],
  ])('refuses %s', (_, argv, says) => {
    expect(() => compare(...argv)).toThrow(UsageError);
    expect(() => compare(...argv)).toThrow(says);
  });

  it('has a help with the verbs, the exit codes, an example, and the way to a file that is called like a verb', async () => {
    const help = (await run(['--help'])).stdout;
    for (const { name } of VERBS) expect(help).toContain(`  ${name}`);
    expect(help).toContain('./stats');
    for (const { code } of EXIT_MEANINGS) expect(help).toMatch(new RegExp(`^ {2}${code} .*[A-Z a-z]`, 'm'));
    const example = /Example:\n {2}evidence-diff (.*)/.exec(help)?.[1]?.split(' ') ?? [];
    expect(compare(...example)).toMatchObject({
      mode: 'frozen',
      outputs: [{ path: 'continuity.json', format: 'json' }],
    });
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('gives the version also among other arguments', () => {
    expect(helpOf('a', 'b', '--version')).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+.*\n$/);
  });
});

describe('an output that would replace an input', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arguments-'));
  const file = join(folder, 'current.json');
  writeFileSync(file, '{}');
  symlinkSync(file, join(folder, 'link.json'));
  linkSync(file, join(folder, 'twin.json'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['current.json', 'twin.json', './current.json'])('is refused: %s', (name) => {
    expect(() => compare('a', file, '--output', `${folder}/${name}`)).toThrow(/would replace the input/);
  });

  it('is refused where the source is a link to it', () => {
    expect(() => compare(join(folder, 'link.json'), 'b', '--output', file)).toThrow(/would replace the input/);
  });

  it('is refused where it is a link to the source, whose name would be that of the report', () => {
    expect(() => compare(file, 'b', '--output', join(folder, 'link.json'))).toThrow(/would replace the input/);
  });

  it('is refused for the other verbs as well', () => {
    expect(() => parseVerb(statsVerb, [file, '--output', file])).toThrow(/would replace the input/);
  });
});

describe('the command lines of the verbs', () => {
  it('are found by their exact names', () => {
    expect(VERBS.map(({ name }) => name)).toEqual([
      'verify-all',
      'snapshot',
      'merge',
      'import',
      'export',
      'verify-bundle',
      'stats',
      'roots-export',
      'digest-index',
      'migrate',
      'explain',
      'reindex-check',
      'audit-report',
      'verify-continuity',
      'verify-roots',
      'keygen',
      'sign',
      'verify-signature',
      'attest',
      'verify-verdict',
      'timestamp',
      'checkpoint',
      'witness',
      'prove',
      'verify-proof',
      'init',
      'profile',
      'cross-check',
      'gate',
      'journal',
      'schema',
      'completion',
      'man',
    ]);
    expect(verbNamed('stats')?.name).toBe('stats');
    expect(verbNamed('Stats') ?? verbNamed('constructor') ?? verbNamed(undefined)).toBeUndefined();
  });

  it.each(VERBS)('$name is a module with a verb of that name', async ({ name, load }) => {
    expect((await load()).verb.name).toBe(name);
  });

  it('stats takes a source or none, --detailed, a format and outputs', () => {
    expect(parseVerb(statsVerb, ['a.json'])).toMatchObject({
      run: {
        source: { source: 'a.json' },
        outputs: [{ path: '-', format: 'text' }],
        progress: undefined,
        detailed: false,
      },
    });
    expect(parseVerb(statsVerb, [])).toMatchObject({ run: { source: {} } });
    expect(parseVerb(statsVerb, ['-', '--detailed', '--format', 'text'])).toMatchObject({
      run: { source: { source: '-' }, detailed: true, outputs: [{ format: 'text' }] },
    });
  });

  it('stats --detailed is JSON, unless a format or an ending says otherwise', () => {
    const formats = (...argv: readonly string[]): unknown => {
      const parsed = parseVerb(statsVerb, ['--detailed', ...argv]);
      return 'run' in parsed ? parsed.run.outputs.map(({ format }) => format) : [];
    };
    expect(formats()).toEqual(['json']);
    expect(formats('--output', '-', '--output', 'a.txt', '--output', 'plain')).toEqual(['json', 'text', 'json']);
    expect(formats('--format', 'text', '--output', 'a.json')).toEqual(['text']);
  });

  it('roots-export has no --detailed, takes --all, which changes nothing, and the format from the ending', () => {
    expect(() => parseVerb(rootsExportVerb, ['a', '--detailed'])).toThrow(UsageError);
    expect(() => parseVerb(statsVerb, ['a', '--all'])).toThrow(UsageError);
    const outputs = { outputs: [{ path: 'roots.json', format: 'json' }] };
    expect(parseVerb(rootsExportVerb, ['a', '--output', 'roots.json'])).toMatchObject({ run: outputs });
    expect(parseVerb(rootsExportVerb, ['a', '--all'])).toMatchObject({
      run: { outputs: [{ path: '-', format: 'text' }] },
    });
  });

  it.each([[['a', 'b']], [['']], [['a', '--since', '']], [['a', '--format', 'pdf']], [['a', '--source', 'b']]])(
    'stats refuses %j',
    (argv) => {
      expect(() => parseVerb(statsVerb, argv)).toThrow(UsageError);
    },
  );

  it.each<AnyVerb>([statsVerb, rootsExportVerb])('$name has a help with an example that parses', (verb) => {
    const parsed = parseVerb(verb, ['--help']);
    const help = 'help' in parsed ? parsed.help : '';
    const example = /Example:\n {2}evidence-diff \S+ (.*)/.exec(help)?.[1]?.split(' ') ?? [];
    expect(parseVerb(verb, example)).toHaveProperty('run');
    expect(help).toContain('only if it is sound');
  });

  it('schema takes the name of one or none', () => {
    expect(parseVerb(schemaVerb, [])).toMatchObject({
      run: { name: undefined, outputs: [{ path: '-', format: 'json' }] },
    });
    expect(parseVerb(schemaVerb, ['report'])).toMatchObject({ run: { name: 'report' } });
    expect(() => parseVerb(schemaVerb, ['trailer'])).toThrow(/snapshot, record, report/);
    expect(parseVerb(schemaVerb, ['--help'])).toHaveProperty('help');
  });
});
