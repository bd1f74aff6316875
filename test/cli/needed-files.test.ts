/** A path that leads nowhere is a mistake of the command line: it is never said of the baseline. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AnyVerb, flagOf } from '../../src/cli/options/define.ts';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { ROOT } from '../e2e/documents.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const cwd = temporaryFolder();
const SIDES = ['baseline.json', 'current.json'];

beforeAll(() => {
  for (const file of SIDES) copyFileSync(join(ROOT, 'fixtures/quickstart', file), join(cwd, file));
  writeFileSync(join(cwd, 'mine.json'), '[{"name":"a","n":1},{"name":"b","n":2}]');
  writeFileSync(join(cwd, 'other.json'), '[{"name":"a","n":1},{"name":"b","n":2},{"name":"c","n":2}]');
});

/** Written, or told of otherwise: what vouches for the baseline and is not there is a finding, a config file and keys of chains a usage error. */
const OTHERWISE = ['output', 'metrics', 'attest', 'signature', 'baselineCheckpoint', 'chainKey', 'config'];
/** What else such an option needs. */
const WITH: Readonly<Record<string, readonly string[]>> = {
  key: ['--attest', 'a.json'],
  witnessPolicy: ['--baseline-checkpoint', 'current.json'],
};

const verbs: readonly AnyVerb[] = [(await compareVerb.load()).verb, ...(await loadVerbs())];
const CASES = Object.entries(verbs[0]?.options ?? {})
  .filter(([name, { metavar }]) => /file|profile|path/.test(metavar) && !OTHERWISE.includes(name))
  .map(([name]) => name);

describe('a comparison', () => {
  it.each(CASES)('with a path behind %s that leads nowhere is INCOMPLETE, and names it', async (name) => {
    const { status, stdout, stderr } = await run([...SIDES, flagOf(name), 'nowhere', ...(WITH[name] ?? [])], { cwd });
    const told = stdout + stderr;
    expect(told).toMatch(/nowhere: (?:there is no such file|no profile of that name, and no such file)/);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^source-incomplete: nowhere: /)]);
    expect(told).not.toMatch(/UNTRUSTED|baseline that was pinned/);
    if (!/profile/i.test(name)) expect(stderr).toContain(`${flagOf(name)} names it: check the path`);
  });

  it('tells who reads its metrics that a run with such a path has no result', async () => {
    writeFileSync(join(cwd, 'm.prom'), 'of an older run');
    await run([...SIDES, '--metrics', 'm.prom', '--trusted-key', 'nowhere'], { cwd });
    expect(readFileSync(join(cwd, 'm.prom'), 'utf8')).toContain('evidence_continuity_');
  });

  it.each([
    ['another version', { kind: 'evidence-profile', version: 3, name: 'x', items: [] }],
    ['no profile', { name: 'x' }],
    ['a list', []],
  ])('by a profile that is %s ends with what is wrong with it', async (_, profile) => {
    writeFileSync(join(cwd, 'p.json'), JSON.stringify(profile));
    for (const sides of [['mine.json', 'other.json'], SIDES]) {
      const { status, stdout, stderr } = await run([...sides, '--profile', 'p.json'], { cwd });
      expect([status, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^[a-z-]+: p\.json: /)]);
    }
  });

  it.each([
    ['--expect-digest', `sha256:${'0'.repeat(64)}`],
    ['--max-baseline-age', '3d'],
    ['--expect-subject', 'acme'],
  ])('whose profile was forgotten names that cause beside %s, and is no PASS', async (...demand) => {
    const { status, stdout } = await run(['mine.json', 'other.json', ...demand], { cwd });
    expect(status).toBe(3);
    expect(stdout).toMatch(
      /^UNTRUSTED: what was demanded of the baseline could not be checked; schema-violation: baseline: mine\.json: it is an array of 2 items.*give `--profile /,
    );
    expect(stdout).toContain('the baseline could not be read, so nothing that was demanded of it could be checked');
    expect(stdout).not.toMatch(/baseline that was pinned|^ *- (?:digest-mismatch|baseline-stale|subject-mismatch):/m);
  });
});
