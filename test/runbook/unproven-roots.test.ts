/** Step 31 of the runbook: exit code 2 lets the upgrade go on only where sets have grown, and nothing else was found. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Finding } from '../../src/core/report/report.ts';
import { renderJson } from '../../src/reports/json.ts';
import { sampleReport } from '../reports/sample-report.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const RUNBOOK = fileURLToPath(new URL('../../docs/runbook', import.meta.url));
const folder = temporaryFolder();

/** What the script says where step 31 let it go on: step 32 begins with `stats`. */
const WENT_ON = 77;

const CAPTURED = createHash('sha256').update('capture\n').digest('hex');

/** Answers step 30 as an honest store would, `verify-roots` as it is told, and keeps step 32 from doing anything. */
const STAND_IN = `#!/usr/bin/env bash
case $1 in
  journal) echo 'head ${CAPTURED}'; exit 0 ;;
  stats) exit ${WENT_ON} ;;
esac
verb=$1 outputs=()
while (($# > 0)); do [[ $1 == --output ]] && outputs+=("$2"); shift; done
case $verb in
  verify-all)
    echo capture >"\${outputs[0]}"
    echo '  its digest, given as --expect-digest: sha256:${CAPTURED}' ;;
  verify-continuity) for file in "\${outputs[@]}"; do printf '%s\\n' '"current": {' '"sha256": "${CAPTURED}"' '}' >"$file"; done ;;
  verify-roots)
    if [[ -e $ROOTS_REPORT ]]; then cp "$ROOTS_REPORT" "\${outputs[0]}"; fi
    exit "$ROOTS_CODE" ;;
esac
`;

function found(kind: Finding['kind']): Finding {
  return { kind, class: 'INCOMPLETE', message: 'as the test says' };
}

/** The exit code of the script, where `verify-roots` ends with `code` and leaves `report`, if any. */
function codeOfStep31(code: number, report?: string, stale?: string): number | null {
  const own = mkdtempSync(join(folder, 'upgrade-'));
  const [upgrade, standIn, given] = [join(own, 'upgrade'), join(own, 'evidence-diff'), join(own, 'given.json')];
  for (const name of ['state', 'reports']) mkdirSync(`${upgrade}/${name}`, { recursive: true });
  writeFileSync(`${upgrade}/state/start-time`, '2027-03-01T10:00:00Z\n');
  for (const step of [5, 6, 7]) writeFileSync(`${upgrade}/state/${step}.made`, `${CAPTURED}  reports/made\n`);
  writeFileSync(`${upgrade}/reports/made`, 'capture\n');
  writeFileSync(standIn, STAND_IN);
  chmodSync(standIn, 0o755);
  if (report !== undefined) writeFileSync(given, report);
  if (stale !== undefined) writeFileSync(`${upgrade}/reports/roots-verification.json`, stale);
  const script = `set -a; . "$1/upgrade.env.example"; VERDICT_SIGNING_KEY= VERDICT_TRUSTED_KEY=; UPGRADE_DIR=$2; EVIDENCE_DIFF=$3; ROOTS_REPORT=$4; ROOTS_CODE=$5
    set +a; exec bash "$1/08-validation.sh"`;
  const args = ['--norc', '-c', script, 'bash', RUNBOOK, upgrade, standIn, given, String(code)];
  const { status, stderr } = spawnSync('bash', args, { env: { PATH: process.env['PATH'] ?? '' }, encoding: 'utf8' });
  expect(stderr).toContain('step 31');
  return status;
}

const reportWith = (...findings: readonly Finding[]): string => reportOf(CAPTURED, ...findings);

function reportOf(sha256: string, ...findings: readonly Finding[]): string {
  const report = sampleReport({ verdict: 'INCOMPLETE', findings, findingCounts: {} });
  return renderJson({ ...report, current: { ...report.current, sha256 } });
}

const UNPROVEN = reportWith(found('proof-unavailable'), found('record-added'), found('proof-unavailable'));

it('goes on after exit code 0, and after 2 where roots could not show how sets have grown', () => {
  expect(codeOfStep31(0, reportWith())).toBe(WENT_ON);
  expect(codeOfStep31(2, UNPROVEN)).toBe(WENT_ON);
});

it.each(['source-incomplete', 'source-filtered', 'interrupted', 'empty-current', 'record-missing'] as const)(
  'stops after 2 where there was %s as well',
  (kind) => {
    expect(codeOfStep31(2, reportWith(found('proof-unavailable'), found(kind)))).toBe(75);
  },
);

it('stops after 2 where the report gives no reason, or there is none of this run', () => {
  expect(codeOfStep31(2, reportWith())).toBe(75);
  expect([0, WENT_ON, null]).not.toContain(codeOfStep31(2, undefined, UNPROVEN));
});

it('stops where the report is about something else than the capture of step 30', () => {
  const other = reportOf('0'.repeat(64), found('proof-unavailable'));
  for (const code of [0, 2]) expect(codeOfStep31(code, other)).toBe(75);
});

it.each([1, 3, 70, 130])('stops with the exit code %i of the command', (code) => {
  expect(codeOfStep31(code, UNPROVEN)).toBe(code);
});
