/** Step 31 of the runbook: exit code 2 lets the upgrade go on only where sets have grown, and nothing else was found. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Finding } from '../../src/core/continuity/report.ts';
import { renderJson } from '../../src/reports/json.ts';
import { sampleReport } from '../reports/sample-report.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const RUNBOOK = fileURLToPath(new URL('../../docs/runbook', import.meta.url));
const folder = temporaryFolder();

/** What the script says where step 31 let it go on: step 32 begins with `stats`. */
const WENT_ON = 77;

/** Answers `verify-roots` as it is told, and keeps step 32 from doing anything. */
const STAND_IN = `#!/usr/bin/env bash
case $1 in
  verify-roots)
    while [[ $1 != --output ]]; do shift; done
    if [[ -e $ROOTS_REPORT ]]; then cp "$ROOTS_REPORT" "$2"; fi
    exit "$ROOTS_CODE" ;;
  stats) exit ${WENT_ON} ;;
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
  for (const name of ['start-time', '30.done']) writeFileSync(`${upgrade}/state/${name}`, '2027-03-01T10:00:00Z\n');
  writeFileSync(standIn, STAND_IN);
  chmodSync(standIn, 0o755);
  if (report !== undefined) writeFileSync(given, report);
  if (stale !== undefined) writeFileSync(`${upgrade}/reports/roots-verification.json`, stale);
  const script = `set -a; . "$1/upgrade.env.example"; UPGRADE_DIR=$2; EVIDENCE_DIFF=$3; ROOTS_REPORT=$4; ROOTS_CODE=$5
    set +a; exec bash "$1/08-validation.sh"`;
  const args = ['--norc', '-c', script, 'bash', RUNBOOK, upgrade, standIn, given, String(code)];
  const { status, stderr } = spawnSync('bash', args, { env: { PATH: process.env['PATH'] ?? '' }, encoding: 'utf8' });
  expect(stderr).toContain('step 31');
  return status;
}

const reportWith = (...findings: readonly Finding[]): string =>
  renderJson(sampleReport({ verdict: 'INCOMPLETE', findings, findingCounts: {} }));

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

it.each([1, 3, 70, 130])('stops with the exit code %i of the command', (code) => {
  expect(codeOfStep31(code, UNPROVEN)).toBe(code);
});
