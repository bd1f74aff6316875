/** The scripts of the phases, before they do anything. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPTS = fileURLToPath(new URL('../../docs/runbook', import.meta.url));

it('each phase is safe from its first line: errors, unset variables and pipes stop it', () => {
  for (const name of readdirSync(SCRIPTS).filter((file) => /^\d.*\.sh$/.test(file))) {
    const { status, stderr } = spawnSync('bash', [`${SCRIPTS}/${name}`, 'canary'], {
      env: { PATH: process.env['PATH'] ?? '' },
      encoding: 'utf8',
    });
    expect([name, status], stderr).toEqual([name, 64]);
  }
});
