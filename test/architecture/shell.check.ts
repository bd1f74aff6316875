/** The shell scripts, looked at by shellcheck where it is installed. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNBOOK = 'docs/runbook';
const missing = spawnSync('shellcheck', ['--version']).status !== 0;

it.skipIf(missing)(`shellcheck has nothing to say${missing ? ' (skipped: no shellcheck)' : ''}`, () => {
  const scripts = readdirSync(`${ROOT}${RUNBOOK}`).filter((name) => name.endsWith('.sh'));
  expect(scripts.length).toBeGreaterThan(10);
  const files = [
    ...scripts.map((name) => `${RUNBOOK}/${name}`),
    'test/e2e/rehearsal/stand-in.sh',
    'test/e2e/runbook-pairs/stand-in.sh',
    'test/e2e/runbook-pairs/ask.sh',
    'test/check.sh',
    '.ci/run',
  ];
  const { stdout } = spawnSync('shellcheck', ['-x', '-P', RUNBOOK, ...files], { cwd: ROOT, encoding: 'utf8' });
  expect(stdout).toBe('');
});
