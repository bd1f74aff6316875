/** What was probably meant by a command line that is wrong, and the ways to the help. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requireNoNearVerb, verbOfHelp } from '../../src/cli/main.ts';
import { parseVerb } from '../../src/cli/options/parse.ts';
import { UsageError } from '../../src/cli/terminal/exit.ts';
import { verb as compareVerb } from '../../src/cli/verbs/compare.ts';
import { VERBS } from '../../src/cli/verbs/index.ts';
import { verb as verifyAllVerb } from '../../src/cli/verbs/verify-all.ts';
import { VERSION } from '../../src/core/version.ts';
import { evidenceDiff } from '../e2e/command.ts';
import { run } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'near-verb-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lastLetterLeftOut = VERBS.map(({ name }) => [name.slice(0, -1), name] as const);

describe('a verb that is misspelt', () => {
  it.each<readonly [string, string]>([
    ...lastLetterLeftOut,
    ['Stats', 'stats'],
    ['verify_all', 'verify-all'],
    ['verifyroots', 'verify-roots'],
  ])('%s is answered with %s, and is no source', (wrong, right) => {
    expect(() => requireNoNearVerb([wrong, 'b.json'])).toThrow(UsageError);
    expect(() => requireNoNearVerb([wrong, 'b.json'])).toThrow(`did you mean ${right}?`);
    expect(() => verbOfHelp([wrong])).toThrow(`did you mean ${right}?`);
  });

  it('compare is answered with the way to compare', () => {
    const says = 'to compare needs no verb: evidence-diff a.json b.json';
    expect(() => requireNoNearVerb(['compare', 'a.json', '--quiet', 'b.json'])).toThrow(says);
    expect(() => requireNoNearVerb(['comapre', 'a.json', 'b.json'])).toThrow(says);
  });

  it('by the word of other commands is answered with ours', () => {
    expect(() => requireNoNearVerb(['diff', 'a.json', 'b.json'])).toThrow('needs no verb: evidence-diff a.json b.json');
    expect(() => requireNoNearVerb(['version'])).toThrow('did you mean --version?');
  });

  it.each([
    ['-o', '--output'],
    ['--out=x', '--output'],
    ['--json', '--format json'],
    ['-q', '--quiet'],
    ['-v', '--version'],
  ])('has no option %s, and is answered with %s where the verb has that', async (wrong, right) => {
    const { status, stderr } = await run(['a.json', 'b.json', wrong]);
    expect([status, stderr]).toEqual([
      64,
      expect.stringContaining(`unknown option '${wrong}'; did you mean ${right}?`),
    ]);
    // A verb that prints what it prints has no such option, and is not answered with one.
    if (right === '--version') return;
    expect((await run(['man', wrong])).stderr).not.toContain(right);
  });

  it.each([
    [[]],
    [['--mode', 'frozen']],
    [['-']],
    [['./stat']],
    [['stat.json']],
    [['zebra']],
    [['postgres://u@h/stats']],
  ])('may be a source: %j', (argv) => {
    expect(() => requireNoNearVerb(argv)).not.toThrow();
  });

  it('is a source if there is such a file', () => {
    writeFileSync(join(folder, 'stat'), '');
    const run = evidenceDiff(['stat', 'nowhere'], { cwd: folder });
    expect([run.status, run.stdout]).toEqual([2, expect.stringContaining('INCOMPLETE')]);
    const gone = evidenceDiff(['stats-', 'nowhere'], { cwd: folder });
    expect([gone.status, gone.stdout]).toEqual([64, '']);
    expect(gone.stderr).toContain('error: stats- is no verb, and there is no such file; did you mean stats?');
  });
});

describe('an option that is misspelt', () => {
  it.each([
    [['a', 'b', '--outptu', 'x'], "unknown option '--outptu'; did you mean --output?"],
    [['a', 'b', '--outptu=x'], "unknown option '--outptu=x'; did you mean --output?"],
    [['a', 'b', '-output', 'x'], "unknown option '-output'; did you mean --output?"],
    [['a', 'b', '--trustedkey', 'x'], "unknown option '--trustedkey'; did you mean --trusted-key?"],
    [['a', 'b', '--expect_digest', 'x'], "unknown option '--expect_digest'; did you mean --expect-digest?"],
    [['a', 'b', '--zebra'], "unknown option '--zebra'"],
  ])('%j', (argv, says) => {
    expect(() => parseVerb(compareVerb, argv)).toThrow(new UsageError(says));
  });
});

describe('help and version', () => {
  const helped = async (...argv: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(argv, { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };

  it('of the comparison: help, -h, --help', async () => {
    const help = await helped('--help');
    expect(help).toContain('-h, --help');
    expect(help).toContain('-V, --version');
    for (const argv of [['-h'], ['help'], ['help', 'compare'], ['a', 'b', '-h']])
      expect(await helped(...argv)).toBe(help);
  });

  it.each(VERBS)('of $name: help VERB, VERB -h, VERB --help; VERB -V', async ({ name, load }) => {
    expect((await load()).verb.name).toBe(name);
    expect(verbOfHelp([name])?.name).toBe(name);
    const help = await helped('help', name);
    expect(help).toContain(`Usage: evidence-diff ${name}`);
    expect(await helped(name, '-h')).toBe(help);
    expect(await helped(name, '-V')).toBe(`${VERSION}\n`);
  });

  it('version: -V, --version, also among other arguments', async () => {
    for (const argv of [['-V'], ['--version'], ['a', 'b', '-V']]) expect(await helped(...argv)).toBe(`${VERSION}\n`);
  });

  it('of two verbs, or of none that there is, is a usage error', () => {
    expect(() => verbOfHelp(['stats', 'sign'])).toThrow(UsageError);
    expect(() => verbOfHelp(['zebra'])).toThrow(/there is no verb zebra; there are verify-all, /);
  });
});

describe('an option that an action passes over', () => {
  it.each([
    [['profile', 'list', '--config', 'c.json'], '--config has no meaning with profile list'],
    [['profile', 'show', 'stella-ledger', '--workers', '2'], '--workers has no meaning with profile show'],
    [['snapshot', 'show', 'x', '--hold-for', '1h'], '--hold-for has no meaning with snapshot show'],
    [['snapshot', 'show', 'x', '--allow-views'], '--allow-views has no meaning with snapshot show'],
  ])('%j is refused', async (argv, says) => {
    expect(await run(argv)).toMatchObject({ status: 64, stdout: '', stderr: expect.stringContaining(says) });
  });
});

describe('a name that is no UTF-8', () => {
  it.each(['--output', '--metrics', '--trusted-key'])(
    'is refused of %s: what Node makes of it is another file',
    async (option) => {
      const { status, stderr } = await run(['a.json', 'b.json', option, 'caf\ufffd.json']);
      expect([status, stderr]).toEqual([64, expect.stringContaining('It is not UTF-8')]);
    },
  );
});

describe('the output of a capture', () => {
  it.each(['snap.csv', 'snap.html', 'snap.json.zip', 'snap.tar', 'baseline.pdf'])('%s is refused', (name) => {
    expect(() => parseVerb(verifyAllVerb, ['a.json', '--output', join(folder, name)])).toThrow(
      /its ending is none of a snapshot/,
    );
    expect(existsSync(join(folder, name))).toBe(false);
  });

  it.each(['snap', '.snap', 'snap.json', 'SNAP.JSON', 'snap.ndjson.gz', 'snap.jsonl', 'a.b/snap', '.a.json.gz'])(
    '%s is taken',
    (name) => {
      expect(parseVerb(verifyAllVerb, ['a.json', '--output', name])).toMatchObject({ run: { output: name } });
    },
  );
});
