/** Builds dist/ once a run, where its source is newer: the end-to-end tests start the command as users do, from what is shipped. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function setup(): void {
  if (process.env['EVIDENCE_DIFF_NO_BUILD'] === '1') return;
  const root = fileURLToPath(new URL('..', import.meta.url));
  execFileSync('sh', ['test/build-unless-built.sh', 'tests'], { cwd: root, stdio: 'inherit' });
}
