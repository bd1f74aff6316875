/** Two who run the scripts at once, and scripts that are killed: nothing is done twice at once, and nothing undone counts. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { stubbedUpgrade } from './stubbed-upgrade.ts';

const folder = temporaryFolder();
const upgrade = () => stubbedUpgrade(folder);

const ALL = ['category A', 'migrations-status', 'migrations-pending', 'category B'];
const inOrder = (calls: readonly string[]) => calls.map((call, n) => [call.includes(ALL[n] ?? 'none'), call]);

it('a second operator is stopped while the first is at it, and may go on behind him', () => {
  const { run, calls, at } = upgrade();
  const second = `bash "$RUNBOOK/04-migrations.sh" 2>"${at('second')}"; echo "exit code $?" >>"${at('second')}"`;
  const first = run({ AT: '1', MEANWHILE: second });
  expect([first.status, first.stderr]).toEqual([0, expect.stringContaining('step 18')]);
  expect(readFileSync(at('second'), 'utf8')).toMatch(
    /STOP: another script of this upgrade is under way.*\nexit code 75\n$/,
  );
  expect(inOrder(calls()).every(([isRight]) => isRight)).toBe(true);
  const again = run();
  expect([again.status, again.stderr]).toEqual([0, expect.stringContaining('(done before in attempt 1)')]);
});

it.each([1, 2, 3, 4])(
  'a script that is killed at its command %i has done no step that it was in, and goes on there',
  (n) => {
    const { run, calls, isDone } = upgrade();
    const killed = run({ AT: String(n), MEANWHILE: 'kill -9 $PPID' });
    expect([killed.status, killed.signal]).toEqual([null, 'SIGKILL']);
    expect([16, 17, 18].map(isDone)).toEqual([n > 1, n > 2, false]);
    expect(run().status).toBe(0);
    expect([16, 17, 18].map(isDone)).toEqual([true, true, true]);
    // What was under way is done once more; what was done before it is not, unless it is looked at.
    const count = (what: string): number => calls().filter((call) => call.includes(what)).length;
    expect([count('category A'), count('category B --namespace stellaops-green --confirm')]).toEqual([
      n === 1 ? 2 : 1,
      n === 4 ? 2 : 1,
    ]);
  },
);

it.each([1, 2, 3, 4])('a command %i that fails ends the script with its code, and its step is not done', (n) => {
  const { run, isDone } = upgrade();
  const { status, stderr } = run({ AT: String(n), MEANWHILE: 'exit 42' });
  expect([status, stderr]).toEqual([42, expect.stringMatching(/step 1[678] ended with exit code 42/)]);
  expect([16, 17, 18].map(isDone)).toEqual([n > 1, n > 2, false]);
});

it('a list of migrations that says nothing is no list on which all are applied', () => {
  const { run, isDone } = upgrade();
  const { status, stderr } = run({ SILENT: 'yes' });
  expect([status, stderr]).toEqual([75, expect.stringContaining('no migration is listed')]);
  expect(isDone(17)).toBe(false);
});

it('nor is it one on which nothing is pending before the upgrade', () => {
  const { run, isDone } = upgrade();
  const { status, stderr } = run({ SILENT: 'yes', PHASE: '01-pre-upgrade.sh', SIGNING_KEY: 'k' });
  expect([status, stderr]).toEqual([75, expect.stringContaining('no migration is listed')]);
  expect([isDone(2), isDone(3)]).toEqual([true, false]);
});

it.skipIf(!existsSync('/dev/full'))('a list that did not fit on the disk is not an empty one', () => {
  const { run, calls, isDone, at } = upgrade();
  mkdirSync(at('upgrade/reports'));
  // The platform does not look whether what it prints was written, as many programs.
  symlinkSync('/dev/full', at('upgrade/reports/migrations-pending.txt.partial'));
  const { status, stderr } = run();
  expect([status, stderr]).toEqual([1, expect.stringContaining('step 18 ended with exit code 1')]);
  expect([17, 18].map(isDone)).toEqual([true, false]);
  expect(calls()).toHaveLength(3);
});
