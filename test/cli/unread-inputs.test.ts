/** What could not be read is named, by the file and by what was demanded of it. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
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

describe('a comparison', () => {
  it.each([
    ['--trusted-key', 3, 'trusted-key'],
    ['--migration', 2, 'migration'],
    ['--consistency-proof', 2, 'consistency-proof'],
    ['--digest-index', 2, 'digest-index'],
  ])('with a path behind %s that leads nowhere names file and demand in its report', async (option, code, demand) => {
    const { status, stdout } = await run([...SIDES, option, 'nowhere', '--format', 'json'], { cwd });
    const { demands, findings } = JSON.parse(stdout);
    expect(status).toBe(code);
    expect(demands).toContainEqual(expect.objectContaining({ demand, asked: 'nowhere', why: expect.any(String) }));
    expect(JSON.stringify(findings)).toMatch(/nowhere: (?:there is no such file|cannot be read)/);
  });

  it('with a key that is not there says that no other baseline helps', async () => {
    const { stdout } = await run([...SIDES, '--trusted-key', 'nowhere'], { cwd });
    const prose = stdout.replaceAll(/\s+/g, ' ');
    expect(prose).toContain('mend its path (--trusted-key, --tsa-certificate): another baseline helps nothing');
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
