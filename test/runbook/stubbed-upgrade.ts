/** An upgrade in a folder of its own, whose platform writes down what it is asked and whose evidence-diff says yes to all. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNBOOK = fileURLToPath(new URL('../../docs/runbook', import.meta.url));

/** The platform: writes down what it is asked, and does `MEANWHILE` at the call of that number. */
const STELLA = `#!/usr/bin/env bash
echo "$*" >>"$CALLS"
if [[ $(wc -l <"$CALLS") == "$AT" ]]; then eval "$MEANWHILE"; fi
case $* in *migrations-status*) [[ -z \${SILENT:-} ]] && echo '001 Applied' ;; *migrations-pending*) echo '002' ;; esac
exit 0
`;

const EVIDENCE_DIFF = `#!/usr/bin/env bash
if [[ $1 == journal ]]; then echo 'head ${'0'.repeat(64)}'; fi
`;

/**
 * Notes in the folder `state` of an upgrade that these phases have come to their end.
 *
 * @param green - the namespace that they were about
 */
export function endPhases(state: string, phases: readonly number[], upgrade: string, green = 'stellaops-green'): void {
  mkdirSync(state, { recursive: true });
  const about = `upgrade ${upgrade}\nblue stellaops\ngreen ${green}\n`;
  for (const phase of phases) writeFileSync(join(state, `phase-${phase}.ended`), about);
}

export interface StubbedUpgrade {
  /** Runs phase 4, or the script that `PHASE` names. */
  readonly run: (env?: Readonly<Record<string, string>>) => SpawnSyncReturns<string>;
  /** What the platform was asked. */
  readonly calls: () => readonly string[];
  readonly isDone: (step: number) => boolean;
  readonly at: (name: string) => string;
}

/**
 * An upgrade whose phases `ended` have come to their end.
 *
 * @param folder - in which it gets a folder of its own
 */
export function stubbedUpgrade(folder: string, ended: readonly number[] = [1, 2, 3]): StubbedUpgrade {
  const own = mkdtempSync(join(folder, 'upgrade-'));
  const at = (name: string): string => join(own, name);
  mkdirSync(at('upgrade'));
  endPhases(at('upgrade/state'), ended, '2027.Q2');
  writeFileSync(at('calls'), '');
  writeFileSync(at('stella'), STELLA);
  writeFileSync(at('evidence-diff'), EVIDENCE_DIFF);
  for (const name of ['stella', 'evidence-diff']) chmodSync(at(name), 0o755);
  const script = `set -a; . "$1/upgrade.env.example"; VERDICT_SIGNING_KEY= VERDICT_TRUSTED_KEY=
    UPGRADE_DIR=$2/upgrade EVIDENCE_DIFF=$2/evidence-diff STELLA=$2/stella KUBECTL=$2/stella HELM=$2/stella CALLS=$2/calls
    \${OTHER:+export "$OTHER"}; set +a; exec bash "$1/\${PHASE:-04-migrations.sh}" \${HOW:-}`;
  const run = (env: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> =>
    spawnSync('bash', ['--norc', '-c', script, 'bash', RUNBOOK, own], {
      env: { PATH: process.env['PATH'] ?? '', AT: '', APPROVED_STEP: '18', APPROVED_BY: 'dba', RUNBOOK, ...env },
      encoding: 'utf8',
    });
  const calls = (): readonly string[] => readFileSync(at('calls'), 'utf8').split('\n').slice(0, -1);
  const isDone = (step: number): boolean => existsSync(at(`upgrade/state/attempt-1/${step}.done`));
  return { run, calls, isDone, at };
}
