/** The cases of the gate and of redaction that once failed, by name: run as they were given, read in place. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { evidenceDiff } from '../e2e/command.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const root = fileURLToPath(new URL('../..', import.meta.url));
const cases = sharedFolder('cases') ?? '';

function script(name: string): string {
  const { stdout, stderr } = spawnSync('bash', ['--norc', join(cases, 'scripts', name), root], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '' },
    maxBuffer: 1 << 26,
  });
  return stdout + stderr;
}

/** A folder in which the quick start lies where a script looks for it. */
function at(): string {
  mkdirSync(join(folder, 'fixtures'), { recursive: true });
  cpSync(join(root, 'fixtures/quickstart'), join(folder, 'fixtures/quickstart'), { recursive: true });
  return folder;
}

const codesIn = (text: string): readonly string[] => [...text.matchAll(/rc:? (\d+)/g)].map(([, code = '']) => code);

describe.skipIf(cases === '')(`a case that once failed${skippedWithout('cases')}`, () => {
  it('gate-two-stores.sh: zero failures of one store do not serve another', () => {
    expect(script('gate-two-stores.sh')).toMatch(
      /^unknown: .*; verification: the verdict of the run .* is INCOMPLETE[\s\S]*gate rc 2$/m,
    );
  });

  it('gate-redacted-decision.sh: a secret in the word of the decision leaves the code alone', () => {
    const codes = codesIn(script('gate-redacted-decision.sh'));
    expect(codes).toEqual(['1', '1', '1', '2', '2', '2', '2']);
  });

  it('gate-last-run-not-pass.sh: the metrics of the last run say INCOMPLETE or UNTRUSTED', () => {
    const text = script('gate-last-run-not-pass.sh');
    expect(text.match(/^unknown: /gm)).toHaveLength(3);
    expect(text.match(/gate .*rc 2$/gm)).toHaveLength(3);
  });

  it('gate-many-series.sh: 300,000 series are read', () => {
    expect(script('gate-many-series.sh')).toMatch(/^unknown: [\s\S]*^rc 2$/m);
  });

  it('redos-argv.sh: arguments of a hundred thousand marks are refused like any other', () => {
    expect(codesIn(script('redos-argv.sh'))).toEqual(['2', '2', '2', '2']);
  });

  it("private-key-tenant.mjs: a tenant's name hides no finding after it", () => {
    const made = spawnSync(process.execPath, [join(cases, 'scripts', 'private-key-tenant.mjs')], { cwd: at() });
    expect(made.stderr.toString()).toBe('');
    const { stdout } = evidenceDiff(['verify-all', 'pk.json'], { cwd: folder });
    expect(stdout).toContain('-----BEGIN PRIVATE KEY-----');
    expect(stdout).toContain('What to do now');
  });

  it('toy.json with ev.prom and traffic.prom: an older report, of whatever store, is unknown', () => {
    const metrics = ['ev.prom', 'traffic.prom'].flatMap((name) => ['--metrics-file', join(cases, 'gate', name)]);
    const args = ['gate', 'cutover', '--report', join(cases, 'gate', 'toy.json'), ...metrics];
    const ages = ['--max-report-age', '9000d', '--max-metrics-age', '9000d'];
    expect(evidenceDiff([...args, ...ages], { cwd: folder }).status).toBe(2);
  });
});
