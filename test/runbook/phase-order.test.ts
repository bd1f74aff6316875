/** No phase goes on where one before it has not come to its end, was of something else, or may no longer hold. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { endPhases, stubbedUpgrade } from './stubbed-upgrade.ts';

const folder = temporaryFolder();
const NAMES = [
  '',
  '',
  '02-backup',
  '03-deploy-green',
  '04-migrations',
  '05-evidence-migration',
  '06-health',
  '07-cutover',
];
const PHASES = [1, 2, 3, 4, 5, 6];
const NO_WAIT = { OTHER: 'CANARY_HOLD_SECONDS=0' };

/** Each phase and the one before it, and the cutover with all of them. */
const pairs = [2, 3, 4, 5, 6, 7].flatMap((phase) =>
  PHASES.filter((before) => before === phase - 1 || (phase === 7 && before < 6)).map(
    (before) => [phase, before] as const,
  ),
);

it.each(pairs)('phase %i does nothing where phase %i was begun and has not come to its end', (phase, before) => {
  const { run, at, calls } = stubbedUpgrade(
    folder,
    PHASES.filter((number) => number !== before),
  );
  writeFileSync(at(`upgrade/state/phase-${before}.begun`), '');
  const { status, stderr } = run({ PHASE: `${NAMES[phase]}.sh`, ...NO_WAIT });
  expect([status, stderr, calls()]).toEqual([75, expect.stringContaining(`STOP: phase ${before} has not come`), []]);
});

it('of phases that were never run here nothing is known: that is said, and no more', () => {
  const { run, calls } = stubbedUpgrade(folder, [1, 3]);
  const { status, stderr } = run({ PHASE: '06-health.sh' });
  expect([status, calls().length]).toEqual([0, 3]);
  expect(stderr.match(/phase \d was not run here/g)?.map((said) => said[6])).toEqual(['2', '4', '5']);
});

it.each(['GREEN_NAMESPACE=other', 'UPGRADE_ID=2027.Q1'])('nor where the phases before were of another %s', (other) => {
  const { run, calls } = stubbedUpgrade(folder, PHASES);
  const { status, stderr } = run({ PHASE: '06-health.sh', OTHER: other });
  expect([status, stderr, calls()]).toEqual([75, expect.stringContaining('STOP: phase 1 was of another'), []]);
});

it('a phase that begins takes back what it and those behind it have shown, until it has come to its end', () => {
  const { run, at } = stubbedUpgrade(folder, PHASES);
  const held = () => PHASES.filter((phase) => existsSync(at(`upgrade/state/phase-${phase}.ended`)));
  expect(run({ AT: '1', MEANWHILE: 'exit 42' }).status).toBe(42);
  expect(held()).toEqual([1, 2, 3]);
  expect([run().status, held()]).toEqual([0, [1, 2, 3, 4]]);
  endPhases(at('upgrade/state'), PHASES, '2027.Q2');
  expect([run({ PHASE: '06-health.sh' }).status, held()]).toEqual([0, PHASES]);
  expect([run({ PHASE: '02-backup.sh' }).status === 0, held()]).toEqual([false, [1, 3, 4, 5, 6]]);
});

it.each([
  ['canary', PHASES],
  ['redeploy', [1, 2]],
  ['restore', [1, 2]],
])('a rollback by %s leaves the phases %j', (how, left) => {
  const { run, at, calls } = stubbedUpgrade(folder, PHASES);
  const { status } = run({ PHASE: '09-rollback.sh', HOW: how });
  // Each stops at its comparison: there is no baseline here.
  expect([status === 0, calls()[0]]).toEqual([false, expect.stringMatching(/^delete ingress/)]);
  expect(PHASES.filter((phase) => existsSync(at(`upgrade/state/phase-${phase}.ended`)))).toEqual(left);
});

it('the head of the journal is noted, and demanded of it from then on', () => {
  const { run, at } = stubbedUpgrade(folder, PHASES);
  const noted = at('upgrade/state/journal-head');
  const tool = readFileSync(at('evidence-diff'), 'utf8');
  const digits = '7'.repeat(64);
  writeFileSync(at('evidence-diff'), `${tool.replace(/0{64}/, digits)}printf '%s\\n' "$*" >>"$CALLS"\n`);
  expect([run({ PHASE: '06-health.sh' }).status, readFileSync(noted, 'utf8')]).toEqual([0, `${digits}\n`]);
  expect(run({ PHASE: '06-health.sh' }).status).toBe(0);
  const asked = readFileSync(at('calls'), 'utf8')
    .split('\n')
    .filter((call) => call.startsWith('journal append'));
  expect(asked.map((call) => call.includes(`--expect-head ${digits}`))).toEqual([false, true, true, true, true, true]);
  // Before anything is done, the second time.
  expect(readFileSync(at('calls'), 'utf8').split('\n').slice(-8, -6)).toEqual([
    `journal verify ${at('upgrade/journal.ndjson')} --expect-head ${digits}`,
    'doctor --full --namespace stellaops-green',
  ]);
  // One that says no head has not written it.
  writeFileSync(at('evidence-diff'), '#!/usr/bin/env bash\n');
  expect([run({ PHASE: '06-health.sh' }).status, readFileSync(noted, 'utf8')]).toEqual([1, `${digits}\n`]);
});
