/**
 * Pairs of scripts of the runbook, in every order and twice the same, with a store that is tampered with and with faults
 * at any call that they make. The law: exit code 0 only where the store was verified after the last thing that could
 * change it, and held. And its other half: without a fault none of them stops.
 *
 * Cases are drawn from a seed, which a failure prints. `RUNBOOK_CASE=<seed>/<number>` runs that one again. The long
 * campaign runs 1000; the short one a share of the first hundred: each pair once with a fault, each fault in one pair at
 * least, and each script once as the first and once as the second, without a fault, on an honest store and on one that
 * is tampered with in between.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed as drawnSeed, long, runs } from '../../long.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { Case, CommandServer, digest, isIntact, type Outcome, type StoreName, storeOf } from './pairs.ts';

const SCRIPTS = {
  canary: ['09-rollback.sh canary', '-'],
  redeploy: ['09-rollback.sh redeploy', '-'],
  restore: ['09-rollback.sh restore', 'R3'],
  cutover: ['07-cutover.sh', '-'],
  validation: ['08-validation.sh', '37a'],
} as const;
type Script = keyof typeof SCRIPTS;
const NAMES = Object.keys(SCRIPTS) as readonly Script[];
const PAIRS = NAMES.flatMap((first) => NAMES.map((second) => [first, second] as const));

const BAD: readonly StoreName[] = ['one dropped', 'one altered', 'chain rewritten', 'grown and altered'];

const HOUR = 3_600_000;

const folder = temporaryFolder();
let server: CommandServer;
let prepared: Case;
let copies = 0;

function freshCase(): Case {
  copies += 1;
  const copy = Case.copy(prepared, `${folder}/case-${copies}`, server);
  copy.become('baseline');
  copy.put('grown.ndjson', 'grown');
  return copy;
}

function run(on: Case, script: Script, fault = ''): Promise<Outcome> {
  if (script === 'cutover') on.greenIsUp();
  return on.run(SCRIPTS[script][0], SCRIPTS[script][1], fault);
}

async function prepare(): Promise<void> {
  server = await CommandServer.start();
  mkdirSync(`${folder}/prepared`);
  prepared = new Case(`${folder}/prepared`, server);
  prepared.become('baseline', new Date(Date.now() - 100 * HOUR));
  const expectDone = async (script: string, approved: string): Promise<void> => {
    const { status, stderr } = await prepared.run(script, approved);
    expect(status, stderr).toBe(0);
  };
  await expectDone('01-pre-upgrade.sh', '4');
  prepared.become('baseline');
  await expectDone('02-backup.sh', '11a');
  // What a thief of names would put in the place of others: a capture and a report of the honest store.
  const validated = Case.copy(prepared, `${folder}/validated`, server);
  expect((await run(validated, 'validation')).status).toBe(0);
  cpSync(validated.at('upgrade/reports/continuity-report-capture.ndjson'), prepared.at('capture.ndjson'));
  cpSync(validated.at('upgrade/reports/continuity-report.json'), prepared.at('passed.json'));
}
/** What a platform command may do to the evidence, by the way that it is called. */
const CHANGES =
  /^(kubectl (apply|patch)|helm |pg_restore --clean|stella (test|scan|attest|evidence|system migrations-run))/;

/** The live store, compared with the baseline: itself, or a capture that was read from it just then. */
function verifications(
  outcome: Outcome,
): readonly { readonly at: number; readonly store: string; readonly baseline: string }[] {
  const { calls } = outcome;
  return calls.flatMap(({ text, ended }, at) => {
    if (ended?.code !== 0 || !text.startsWith('verify-continuity ')) return [];
    if (text.includes(' --namespace ')) return [{ at, ...ended }];
    const captured = calls.findLast(
      (call, of) => of < at && call.text.startsWith('verify-all --namespace ') && call.ended?.code === 0,
    );
    return captured?.ended === undefined
      ? []
      : [{ at: calls.indexOf(captured), store: captured.ended.store, baseline: ended.baseline }];
  });
}

/** Exit code 0 must be earned: the law, of one script that has ended. */
function expectEarned(outcome: Outcome, script: Script, why: string): void {
  if (outcome.status !== 0) return;
  const { calls } = outcome;
  const last = verifications(outcome).at(-1);
  expect(last, `${why}: exit 0 without a verification`).toBeDefined();
  if (last === undefined) return;
  const changed = calls.findLastIndex(({ text, ended }) => ended === undefined && CHANGES.test(text));
  expect(last.at, `${why}: exit 0, and the store was not verified after its last change`).toBeGreaterThan(changed);
  const store = storeOf(last.store);
  expect(store !== undefined && isIntact(store), `${why}: exit 0 with a store that is ${store}`).toBe(true);
  const original = digest(readFileSync(prepared.at('upgrade/backup/pre-upgrade-evidence-baseline.ndjson')));
  expect(last.baseline, `${why}: exit 0 with another baseline`).toBe(original);
  if (script === 'cutover') expectCutover(outcome, why);
}

const weightsOf = ({ calls }: Outcome): readonly string[] =>
  calls.flatMap(({ text }) => {
    if (/^kubectl apply .*canary\.yaml$/.test(text)) return ['10'];
    if (/^kubectl delete ingress/.test(text)) return ['none'];
    return /^kubectl patch .*"value": "(\d+)"/.exec(text)?.[1] ?? [];
  });

/** From 10 % on, and each step up only after a gate that has said proceed since the last. */
function expectCutover(outcome: Outcome, why: string): void {
  expect(weightsOf(outcome), why).toEqual(['10', '50', '100']);
  const order = outcome.calls.flatMap(({ text, ended }) => {
    if (/^kubectl (apply|patch)/.test(text)) return ['traffic'];
    return text.startsWith('gate ') && ended?.code === 0 ? ['proceed'] : [];
  });
  expect(order, why).toEqual(['traffic', 'proceed', 'traffic', 'proceed', 'traffic']);
}

/** Shell that does `what` at the call with that number, if it is of the kind. */
const atCall = (number: number, kind: 'any' | 'platform', what: string): string =>
  `if [[ $number == ${number}${kind === 'any' ? '' : ` && $kind == ${kind}`} ]]; then struck; ${what}; fi`;

const REPORTS = 'upgrade/reports/*.json upgrade/reports/*/*.json';

interface FaultKind {
  readonly kind: 'any' | 'platform';
  readonly shell: string;
  /** It ends in itself: what was broken off can be taken up, and an honest store passes then. */
  readonly passing?: true;
}

/** What can go wrong at any call. */
const FAULTS: Readonly<Record<string, FaultKind>> = {
  'the store is tampered with': { kind: 'any', shell: 'cp tampered.ndjson store.ndjson' },
  'the command fails with 1': { kind: 'any', shell: 'exit 1', passing: true },
  'the command fails with 2': { kind: 'any', shell: 'exit 2', passing: true },
  'the command is not there': { kind: 'any', shell: 'exit 127', passing: true },
  'the platform says 0 and does nothing': { kind: 'platform', shell: 'exit 0', passing: true },
  'everything is killed': { kind: 'any', shell: 'kill -KILL 0', passing: true },
  'everything is ended': { kind: 'any', shell: 'kill -TERM 0; sleep 1; exit 70', passing: true },
  'the baseline is replaced': {
    kind: 'any',
    shell: 'cp tampered.ndjson upgrade/backup/pre-upgrade-evidence-baseline.ndjson',
  },
  'its signature is gone': { kind: 'any', shell: 'rm -f upgrade/backup/*.dsse.json' },
  'captures are replaced by a good one': {
    kind: 'any',
    shell: 'for f in upgrade/reports/*capture.ndjson; do [[ -e $f ]] && cp capture.ndjson "$f"; done',
  },
  'reports are replaced by one that passed': {
    kind: 'any',
    shell: `for f in ${REPORTS}; do [[ -e $f ]] && cp passed.json "$f"; done`,
  },
  'the dump is replaced': { kind: 'any', shell: 'cp tampered.ndjson upgrade/backup/database.dump' },
  'all is marked as done': {
    kind: 'any',
    shell:
      'for d in upgrade/state/attempt-*; do touch "$d"/{R0,R1,R2,R3,R3a,R3b,R3c,R4,R4a,25,26,27,28,29,29a,30,31,32,33,37a,37b}.done; done',
  },
  'what was made is forgotten': { kind: 'any', shell: 'rm -f upgrade/state/*.made' },
};
type FaultName = keyof typeof FAULTS & string;

interface Drawn {
  readonly fault: FaultName;
  readonly inFirst: boolean;
  readonly number: number;
  readonly before: StoreName;
  readonly between: StoreName;
  readonly tampered: StoreName;
  /** Whether the verdicts are signed. */
  readonly signed: boolean;
}

const HONEST = fc.constantFrom<StoreName>('baseline', 'grown');
const drawn: fc.Arbitrary<Omit<Drawn, 'fault'>> = fc.record({
  inFirst: fc.boolean(),
  number: fc.integer({ min: 1, max: 30 }),
  before: HONEST,
  between: fc.oneof({ weight: 2, arbitrary: HONEST }, { weight: 1, arbitrary: fc.constantFrom(...BAD) }),
  tampered: fc.constantFrom(...BAD),
  signed: fc.boolean(),
});

const FAULT_NAMES = Object.keys(FAULTS);

/** Every pair in turn: an honest store, one that is tampered with in between, and twice a fault as it was drawn. */
const ROUNDS = ['honest', 'tampered', 'fault', 'fault'] as const;

interface Sample extends Drawn {
  readonly first: Script;
  readonly second: Script;
  readonly round: (typeof ROUNDS)[number];
}

function sampleOf(seed: number, at: number): Sample {
  const [first, second] = PAIRS[at % PAIRS.length] ?? ['canary', 'canary'];
  const round = ROUNDS[Math.floor(at / PAIRS.length) % ROUNDS.length] ?? 'fault';
  const [one] = fc.sample(drawn, { seed: seed + at, numRuns: 1 });
  if (one === undefined) throw new Error('nothing was drawn');
  const between = round === 'tampered' ? one.tampered : one.between;
  const fault = FAULT_NAMES[(seed + at) % FAULT_NAMES.length] ?? '';
  return { ...one, fault, between: round === 'honest' ? 'grown' : between, first, second, round };
}

/** Of one pair: the law, after each of the two, and that nobody is stopped without a reason. Whether a fault struck. */
async function expectLaw({ first, second, round, ...rest }: Sample): Promise<boolean> {
  const { fault, inFirst, number, before, between, tampered, signed } = rest;
  const on = freshCase();
  on.signsVerdicts = signed;
  on.become(before);
  on.put('tampered.ndjson', tampered);
  const { kind, shell, passing } = FAULTS[fault] ?? { kind: 'any', shell: '' };
  const text = round === 'fault' ? atCall(number, kind, shell) : '';
  const one = await run(on, first, inFirst ? text : '');
  expectEarned(one, first, 'the first');
  if (one.struck === undefined) expect(one.status, one.stderr).toBe(0);
  const keptBefore = on.kept();
  on.become(between);
  const two = await run(on, second, inFirst ? '' : text);
  expectEarned(two, second, 'the second');
  // A restore mends what was tampered with, if it has its dump.
  const honest = isIntact(between) || second === 'restore';
  const sound = two.struck === undefined && (one.struck === undefined || passing === true);
  if (sound) expect(two.status, two.stderr).toBe(honest ? 0 : 1);
  if (!honest && second === 'cutover' && two.struck === undefined && two.status === 1)
    expect(['0', 'none']).toContain(weightsOf(two).at(-1));
  for (const [name, sha256] of keptBefore) expect(on.kept().get(name), `${name} is still what it was`).toBe(sha256);
  for (const outcome of [one, two]) {
    // What was there before a restore may well be the reason for it: any answer will do there, and nowhere else.
    const fails =
      /^exit [1-9]/.test(shell) && outcome.struck !== undefined && !outcome.struck.includes('/before-restore');
    if (fails) expect(outcome.status, `${outcome.struck} has failed`).not.toBe(0);
  }
  rmSync(on.folder, { recursive: true });
  return (one.struck ?? two.struck) !== undefined;
}

const [wantedSeed, wantedCase] = (process.env['RUNBOOK_CASE'] ?? '').split('/');
const seed = wantedSeed ? Number(wantedSeed) : drawnSeed;

/** Of one round, pairs in which each script is once the first and once the second. */
function eachOnce(round: number, shift: number): readonly number[] {
  return NAMES.map((_, first) => round * PAIRS.length + first * NAMES.length + ((first + shift) % NAMES.length));
}

function casesOf(): readonly number[] {
  if (wantedCase) return [Number(wantedCase)];
  if (long) return Array.from({ length: 1000 }, (_, at) => at);
  const faulty = PAIRS.map((_, at) => 2 * PAIRS.length + at);
  return [...eachOnce(0, seed), ...eachOnce(1, seed + 2), ...faulty];
}

const cases = casesOf();

it('the share that is run has every fault, every pair, and every script in either place', () => {
  const samples = casesOf().map((at) => sampleOf(seed, at));
  const faulty = samples.filter(({ round }) => round === 'fault');
  if (wantedCase) return;
  expect(new Set(faulty.map(({ fault }) => fault))).toEqual(new Set(FAULT_NAMES));
  expect(new Set(faulty.map(({ first, second }) => `${first} ${second}`)).size).toBe(PAIRS.length);
  for (const round of ['honest', 'tampered']) {
    const some = samples.filter((sample) => sample.round === round);
    for (const place of ['first', 'second'] as const)
      expect(new Set(some.map((one) => one[place]))).toEqual(new Set(NAMES));
  }
});

describe('the scripts of docs/runbook', () => {
  beforeAll(prepare);
  afterAll(() => server?.stop());

  it(`exit code 0 is earned in ${cases.length} pairs of scripts and faults, seed ${seed}`, {
    timeout: runs(600_000, 3_600_000),
  }, async () => {
    let struck = 0;
    for (const at of cases) {
      const sample = sampleOf(seed, at);
      const hit = await expectLaw(sample).catch((fault: unknown) => {
        throw new Error(`RUNBOOK_CASE=${seed}/${at} ${JSON.stringify(sample)}\n${String(fault)}`, { cause: fault });
      });
      struck += hit ? 1 : 0;
    }
    // Calls are fewer in some scripts than in others: not every fault finds the call that it is for.
    if (wantedCase === undefined) expect(struck).toBeGreaterThan(cases.length / 8);
  });

  describe('a restore', () => {
    it('of a dump that holds something else passes never', async () => {
      const on = freshCase();
      on.put('tampered.ndjson', 'one altered');
      const fault = 'if [[ $call == pg_restore* ]]; then struck; cp tampered.ndjson store.ndjson; exit 0; fi';
      const { status, struck } = await run(on, 'restore', fault);
      expect([status, struck]).toEqual([1, expect.stringContaining('pg_restore')]);
    });

    it('rollback-skip: after a redeployment that passed is verified all the same', async () => {
      const on = freshCase();
      expect((await run(on, 'redeploy')).status).toBe(0);
      on.put('upgrade/backup/database.dump', 'one dropped');
      expect((await run(on, 'restore')).status).toBe(75);
      rmSync(on.at('upgrade/state/8.made'));
      const { status, calls } = await run(on, 'restore');
      expect([status, calls.some(({ text }) => text.startsWith('pg_restore --clean'))]).toEqual([1, true]);
      // Each has kept what was there before it, the one that was stopped as well.
      expect(on.kept().size).toBe(2);
    });
  });

  describe('the capture of steps 30 to 33', () => {
    const REPLACE = 'struck; cp capture.ndjson upgrade/reports/continuity-report-capture.ndjson';

    it.each(['verify-continuity', 'verify-roots', 'stats', 'audit-report'])(
      'that is another one when %s reads it stops the validation, be it that of an honest store',
      async (verb) => {
        const on = freshCase();
        on.become('grown');
        const { status, struck, stderr } = await run(
          on,
          'validation',
          `if [[ $call == *' ${verb} '* ]]; then ${REPLACE}; fi`,
        );
        expect([status, struck], stderr).toEqual([75, expect.stringContaining(verb)]);
      },
    );

    it('that is another one for a single step is found, also where no report of that step could tell', async () => {
      const on = freshCase();
      on.become('grown');
      const back = 'if [[ -e saved ]]; then mv saved upgrade/reports/continuity-report-capture.ndjson; fi';
      const away = `cp upgrade/reports/continuity-report-capture.ndjson saved; ${REPLACE}`;
      const { status, stderr } = await run(
        on,
        'validation',
        `${back}; if [[ $call == *' stats '* ]]; then ${away}; fi`,
      );
      expect([status, stderr.includes('no longer what was read')], stderr).toEqual([75, true]);
    });

    it('is read anew in each run: one that passed before says nothing of now', async () => {
      const on = freshCase();
      expect((await run(on, 'validation')).status).toBe(0);
      on.become('one dropped');
      const again = await run(on, 'validation');
      expect([again.status, again.calls.some(({ text }) => text.startsWith('verify-roots'))]).toEqual([1, false]);
      const unread = await run(on, 'validation', "if [[ $call == *' verify-all '* ]]; then struck; exit 2; fi");
      expect([unread.status, unread.struck]).toEqual([2, expect.stringContaining('verify-all')]);
    });
  });

  describe('a rollback that is begun elsewhere while the cutover runs', () => {
    it.each(['apply -f', 'patch .*"50"', 'patch .*"100"'])(
      'at kubectl %s: leaves no traffic on green',
      async (which) => {
        const on = freshCase();
        const fault = `if [[ $call =~ kubectl\\ ${which.replaceAll(' ', '\\ ')} ]]; then struck; mkdir upgrade/state/attempt-7; fi`;
        const outcome = await run(on, 'cutover', fault);
        expect([outcome.status, outcome.struck], outcome.stderr).toEqual([75, expect.stringContaining('kubectl')]);
        expect(weightsOf(outcome).at(-1)).toBe('none');
      },
    );
  });

  describe('with a key that signs the verdicts', () => {
    /** 29 was done that many hours ago. */
    async function observed(hours: number): Promise<Outcome> {
      const on = freshCase();
      on.signsVerdicts = true;
      for (const script of ['cutover', 'validation'] as const) {
        const { status, stderr } = await run(on, script);
        expect(status, stderr).toBe(0);
      }
      writeFileSync(on.at('upgrade/state/attempt-1/29.done'), `${new Date(Date.now() - hours * HOUR).toISOString()}\n`);
      return on.run('10-cleanup.sh', '41');
    }
    const deletes = ({ calls }: Outcome): boolean =>
      calls.some(({ text }) => text.startsWith('kubectl delete namespace'));

    it.each([
      [73, 0, true],
      [71, 2, false],
      // Longer ago than the baseline.
      [101, 2, false],
    ])('blue is removed after 72 hours, and not before: %i hours', async (hours, code, removed) => {
      const outcome = await observed(hours);
      expect([outcome.status, deletes(outcome)], outcome.stderr).toEqual([code, removed]);
    });

    it.each(['continuity-report', 'step-37-continuity'])(
      'a verdict of %s that is gone stops the validation',
      async (name) => {
        const on = freshCase();
        on.signsVerdicts = true;
        const remove = `if [[ $call == *verify-verdict*${name}* ]]; then struck; rm upgrade/reports/${name}.sigstore.json; fi`;
        const { status, struck, stderr } = await run(on, 'validation', remove);
        expect([status, struck], stderr).toEqual([2, expect.stringContaining('verify-verdict')]);
      },
    );
  });

  it('a rollback takes the traffic off though the disk fails, and says that no attempt was begun', async () => {
    // An exported function: what the scripts call as \`command -p sync\`.
    const disk = { 'BASH_FUNC_command%%': '() { if [[ $2 == sync ]]; then return 1; fi; builtin command "$@"; }' };
    const outcome = await freshCase().run('09-rollback.sh canary', '-', '', disk);
    expect([outcome.status, weightsOf(outcome)], outcome.stderr).toEqual([75, ['none']]);
    expect(outcome.stderr).toContain('no new attempt could be begun');
  });

  it.each(['VERDICT_SIGNING_KEY', 'VERDICT_TRUSTED_KEY'])(
    'a rollback with %s alone takes the traffic off before it says so',
    async (name) => {
      const on = freshCase();
      const outcome = await on.run('09-rollback.sh canary', '-', '', { [name]: on.at('verdict.key') });
      expect([outcome.status, weightsOf(outcome)], outcome.stderr).toEqual([64, ['none']]);
      expect(outcome.stderr).toContain('not set, or empty: VERDICT_');
      const forward = await freshCase().run('07-cutover.sh', '-', '', { [name]: on.at('verdict.key') });
      expect([forward.status, forward.calls]).toEqual([64, []]);
    },
  );

  it('an artefact without a key to sign it is said to be of no use', async () => {
    const outcome = await freshCase().run('09-rollback.sh canary', '-', '', { RELEASE_ARTIFACT: 'a=sha256:b' });
    expect(outcome.stderr).toContain('RELEASE_ARTIFACT is not used');
  });

  describe('what was done before a rollback', () => {
    it('lets nobody delete blue, and what was done after it does', async () => {
      const on = freshCase();
      const cleanup = () => on.run('10-cleanup.sh', '41');
      expect((await cleanup()).status).toBe(75);
      for (const script of ['cutover', 'validation', 'canary'] as const) expect((await run(on, script)).status).toBe(0);
      expect((await cleanup()).status).toBe(75);
      for (const script of ['cutover', 'validation'] as const) expect((await run(on, script)).status).toBe(0);
      const done = await cleanup();
      expect(done.status, done.stderr).toBe(0);
      // And then there is no way back, and no traffic to share.
      for (const script of ['cutover', 'canary'] as const) {
        const { status, calls } = await run(on, script);
        expect([status, calls.filter(({ text }) => text.startsWith('kubectl'))]).toEqual([75, []]);
      }
      const again = await cleanup();
      expect(again.status, again.stderr).toBe(0);
      expect(again.calls.some(({ text }) => text.startsWith('kubectl delete namespace'))).toBe(false);
    });
  });
});
