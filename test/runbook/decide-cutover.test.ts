/** The law of the gate: never proceed unless every input is known and within its limit, and worse never looks better. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport, Verdict } from '../../src/core/report/report.ts';
import {
  decide as decideGate,
  type GateReadings,
  type VerdictReading,
} from '../../src/runbook/cutover/decide-cutover.ts';
import { type GateExpectations, judgeVerification, type Reading } from '../../src/runbook/cutover/judge-inputs.ts';
import { DECISIONS, DEFAULT_LIMITS, type Decision, durationText, gravest } from '../../src/runbook/cutover/limits.ts';
import type { VerificationRun } from '../../src/runbook/cutover/verification-runs.ts';
import { runs } from '../long.ts';
import { migration, sampleReport } from '../reports/sample-report.ts';

const NOW_MS = Date.UTC(2027, 2, 1, 12);
const VERDICTS: readonly Verdict[] = ['PASS', 'INCOMPLETE', 'UNTRUSTED', 'FAIL'];

const reading = (value: number | null, doubts: readonly string[] = []): Reading => ({ value, doubts, source: 'test' });

type Judged = 'errorRate' | 'p99LatencySeconds' | 'evidenceFailures' | 'lastVerification';

interface Case {
  readonly verdict: Verdict | null;
  readonly reportAgeSeconds: number;
  readonly captureAgeSeconds: number | null;
  readonly figures: Readonly<Record<Judged, Reading>>;
  /** What the runs say besides: the first one has the figures. */
  readonly runs?: readonly Partial<VerificationRun>[];
}

const STORE = { system: 'stella-prod', database: '', systemIdentifier: '' };

const GOOD: Case = {
  verdict: 'PASS',
  reportAgeSeconds: 10,
  captureAgeSeconds: 20,
  figures: {
    errorRate: reading(0.001),
    p99LatencySeconds: reading(0.4),
    evidenceFailures: reading(0),
    lastVerification: reading(NOW_MS / 1000 - 30),
  },
};

function reportIn({ verdict, reportAgeSeconds, captureAgeSeconds }: Case): ContinuityReport | null {
  if (verdict === null) return null;
  const sample = sampleReport({ verdict, demands: [{ demand: 'not-same-input', asked: '', state: 'held' }] });
  const at = (seconds: number): string => new Date(NOW_MS - seconds * 1000).toISOString();
  const capturedAt = captureAgeSeconds === null ? null : at(captureAgeSeconds);
  const run = { ...sample.run, finishedAt: at(reportAgeSeconds) };
  return { ...sample, current: { ...sample.current, capturedAt }, run };
}

const SOUND: VerificationRun = {
  labels: '{}',
  store: STORE,
  verdict: 'PASS',
  soundness: undefined,
  isContinuity: true,
  inProgress: false,
  failures: 0,
  endedAtSeconds: NOW_MS / 1000 - 30,
};

function readingsOf(one: Case): GateReadings {
  const { errorRate, p99LatencySeconds, evidenceFailures, lastVerification } = one.figures;
  const [first = {}, ...more] = one.runs ?? [];
  const own = { failures: evidenceFailures.value ?? undefined, endedAtSeconds: lastVerification.value ?? undefined };
  const runs = [{ ...SOUND, ...own, ...first }, ...more.map((run) => ({ ...SOUND, ...run }))];
  const doubts = [...evidenceFailures.doubts, ...lastVerification.doubts];
  return {
    report: { report: reportIn(one), doubts: [], source: 'report.json' },
    metrics: { runs: { runs, doubts, source: 'test' }, figures: { errorRate, p99LatencySeconds } },
  };
}

/** Nothing is demanded, and that is said. */
const ANY: GateExpectations = { accepted: ['any-store', 'any-baseline'] };

function decide(one: Case, expected: GateExpectations = ANY): Decision {
  const { decision, inputs, headline } = decideGate('cutover', readingsOf(one), DEFAULT_LIMITS, expected, NOW_MS);
  for (const input of inputs) expect(input.why.length === 0).toBe(input.decision === 'proceed');
  // Each input that decides, with its first reason, and no other.
  const because = inputs.filter((input) => input.decision === decision).map(({ input, why }) => `${input}: ${why[0]}`);
  if (decision === 'proceed') expect(headline).toMatch(/^proceed: every input is known and within its limit/);
  else expect(headline).toBe(`${decision}: ${because.join('; ')}`);
  return decision;
}

const withFigure = (figure: Judged, value: number | null, doubts: readonly string[] = []): Case => ({
  ...GOOD,
  figures: { ...GOOD.figures, [figure]: reading(value, doubts) },
});

const value = fc.oneof(
  fc.constantFrom<number | null>(null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, 0.01),
  fc.constantFrom<number | null>(0.010001, 0.5, 1, 1.5, 3, 5, 5.1, 1e300, NOW_MS / 1000, NOW_MS / 1000 - 3601),
  fc.double(),
);
const anyReading = fc.record({
  value,
  doubts: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.constant(['a doubt'])),
  source: fc.constant('test'),
});
const age = fc.oneof(fc.constantFrom(-3600, -61, -59, 0, 3600, 3601), fc.integer({ min: -100, max: 10_000 }));
/** Two of three readings are good ones: else no case would be. */
const mostly = (good: Reading): fc.Arbitrary<Reading> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: anyReading });
const anyCase: fc.Arbitrary<Case> = fc.record({
  verdict: fc.oneof({ weight: 4, arbitrary: fc.constant('PASS' as const) }, fc.constantFrom(...VERDICTS, null)),
  reportAgeSeconds: fc.oneof({ weight: 4, arbitrary: fc.constant(5) }, age),
  captureAgeSeconds: fc.oneof({ weight: 4, arbitrary: fc.constant(5) }, fc.constant(null), age),
  figures: fc.record({
    errorRate: mostly(GOOD.figures.errorRate),
    p99LatencySeconds: mostly(GOOD.figures.p99LatencySeconds),
    evidenceFailures: mostly(GOOD.figures.evidenceFailures),
    lastVerification: mostly(GOOD.figures.lastVerification),
  }),
});

/** What must be so for the cutover to go on, written down a second time. */
/** Whether a clock was ahead: what is older in such a report may be the better. */
const isAhead = ({ reportAgeSeconds, captureAgeSeconds }: Case): boolean =>
  captureAgeSeconds !== null && reportAgeSeconds - captureAgeSeconds > 60;

function mayProceed(one: Case): boolean {
  const { verdict, reportAgeSeconds, captureAgeSeconds, figures } = one;
  const within = ({ value: found, doubts }: Reading, most: number): boolean =>
    doubts.length === 0 && found !== null && found >= 0 && found <= most;
  const fresh = (seconds: number): boolean => seconds >= -60 && seconds <= 3600;
  const last = figures.lastVerification;
  return (
    verdict === 'PASS' &&
    !isAhead(one) &&
    fresh(reportAgeSeconds) &&
    captureAgeSeconds !== null &&
    fresh(captureAgeSeconds) &&
    // A capture from after its own report was made by a clock that is ahead.
    captureAgeSeconds >= reportAgeSeconds - 60 &&
    within(figures.errorRate, 0.01) &&
    within(figures.p99LatencySeconds, 5) &&
    within(figures.evidenceFailures, 0) &&
    within(last, Number.MAX_VALUE) &&
    fresh(NOW_MS / 1000 - (last.value ?? 0))
  );
}

/** One input made worse: a greater figure, a graver verdict, one more doubt, a greater age. */
const WORSE: Readonly<Record<string, (from: Case, by: number) => Case>> = {
  'error rate': (from, by) => raised(from, 'errorRate', by),
  latency: (from, by) => raised(from, 'p99LatencySeconds', by),
  failures: (from, by) => raised(from, 'evidenceFailures', by),
  verdict: (from) => {
    const at = from.verdict === null ? 0 : VERDICTS.indexOf(from.verdict);
    return { ...from, verdict: VERDICTS[Math.min(at + 1, VERDICTS.length - 1)] ?? 'FAIL' };
  },
  'the report older': (from, by) => ({ ...from, reportAgeSeconds: Math.max(from.reportAgeSeconds, 0) + by }),
  'one run more, which has not passed': (from, by) => {
    const verdict = VERDICTS[1 + (Math.floor(by) % 3)];
    return { ...from, runs: [...(from.runs ?? [{}]), { labels: '{more="1"}', verdict }] };
  },
  'one run more, of no store': (from) => ({
    ...from,
    runs: [...(from.runs ?? [{}]), { labels: '{more="1"}', store: undefined }],
  }),
  'one more doubt': (from) => {
    const { value: same, doubts } = from.figures.evidenceFailures;
    return { ...from, figures: { ...from.figures, evidenceFailures: reading(same, [...doubts, 'one more']) } };
  },
};

function raised(from: Case, figure: Judged, by: number): Case {
  const { value: before, doubts } = from.figures[figure];
  const next = before === null || Number.isNaN(before) ? before : Math.max(before, 0) + by;
  return { ...from, figures: { ...from.figures, [figure]: reading(next, doubts) } };
}

describe('the gate of the cutover', () => {
  it('proceeds if and only if every input is known and within its limit', () => {
    let proceeded = 0;
    fc.assert(
      fc.property(anyCase, (one) => {
        const decision = decide(one);
        if (decision === 'proceed') proceeded++;
        expect(decision === 'proceed').toBe(mayProceed(one));
      }),
      { numRuns: runs(1000, 100_000, 500) },
    );
    expect(proceeded).toBeGreaterThan(runs(100, 100, 50));
  });

  it.each(Object.keys(WORSE))('never decides better for %s made worse', (what) => {
    fc.assert(
      fc.property(anyCase, fc.double({ min: 0, max: 1e9, noNaN: true }), (one, by) => {
        // A value below 0 cannot be; to make it a possible one is not to make it worse.
        fc.pre(Object.values(one.figures).every(({ value: found }) => found === null || !(found < 0)));
        fc.pre(one.reportAgeSeconds >= -60 && one.verdict !== null && !isAhead(one));
        const worse = WORSE[what]?.(one, by) ?? one;
        expect(DECISIONS.indexOf(decide(worse))).toBeGreaterThanOrEqual(DECISIONS.indexOf(decide(one)));
      }),
      { numRuns: runs(1000, 30_000, 500) },
    );
  });

  it('rolls back on a known evidence failure, whatever else is unknown', () => {
    fc.assert(
      fc.property(anyCase, fc.constantFrom('FAIL', 'failures'), (one, how) => {
        const lost = how === 'FAIL' ? { ...one, verdict: 'FAIL' as const } : raised(one, 'evidenceFailures', 1);
        fc.pre(how === 'FAIL' || lost.figures.evidenceFailures.value !== null);
        fc.pre(how === 'FAIL' || !Number.isNaN(lost.figures.evidenceFailures.value));
        expect(decide(lost)).toBe('rollback');
      }),
    );
  });

  it.each<[string, Case, Decision]>([
    ['all is well', GOOD, 'proceed'],
    ['the error rate is 1 %', withFigure('errorRate', 0.01), 'proceed'],
    ['the error rate is more than 1 %', withFigure('errorRate', 0.0101), 'pause'],
    ['the error rate is a percentage', withFigure('errorRate', 1.2), 'unknown'],
    ['the latency is 5 s', withFigure('p99LatencySeconds', 5), 'proceed'],
    ['the latency is more than 5 s', withFigure('p99LatencySeconds', 5.01), 'investigate'],
    ['the latency is infinite', withFigure('p99LatencySeconds', Number.POSITIVE_INFINITY), 'unknown'],
    ['there is one evidence failure', withFigure('evidenceFailures', 1), 'rollback'],
    ['there is one in a doubtful answer', withFigure('evidenceFailures', 1, ['partial']), 'rollback'],
    ['there are fewer than none', withFigure('evidenceFailures', -1), 'unknown'],
    ['there is no figure', withFigure('errorRate', null), 'unknown'],
    ['a figure is NaN', withFigure('p99LatencySeconds', Number.NaN), 'unknown'],
    ['the last verification is of yesterday', withFigure('lastVerification', NOW_MS / 1000 - 86_400), 'unknown'],
    ['the last verification is of tomorrow', withFigure('lastVerification', NOW_MS / 1000 + 86_400), 'unknown'],
    ['the report says INCOMPLETE', { ...GOOD, verdict: 'INCOMPLETE' }, 'unknown'],
    ['the report says UNTRUSTED', { ...GOOD, verdict: 'UNTRUSTED' }, 'unknown'],
    ['the report says FAIL', { ...GOOD, verdict: 'FAIL' }, 'rollback'],
    ['an old report says FAIL', { ...GOOD, verdict: 'FAIL', reportAgeSeconds: 90_000 }, 'rollback'],
    ['the report is old', { ...GOOD, reportAgeSeconds: 3601 }, 'unknown'],
    ['the report is new, and its capture is old', { ...GOOD, captureAgeSeconds: 3601 }, 'unknown'],
    ['the report does not say when', { ...GOOD, captureAgeSeconds: null }, 'unknown'],
    ['the report is not believed', { ...GOOD, verdict: null }, 'unknown'],
    ['the metrics are of another store', { ...GOOD, runs: [{ store: { ...STORE, system: 'b' } }] }, 'unknown'],
    ['they are of another database of it', { ...GOOD, runs: [{ store: { ...STORE, database: 'b' } }] }, 'unknown'],
    ['of another cluster', { ...GOOD, runs: [{ store: { ...STORE, systemIdentifier: '7' } }] }, 'unknown'],
    ['of no store', { ...GOOD, runs: [{ store: undefined }] }, 'unknown'],
    ['a failure is of no store', { ...GOOD, runs: [{}, { store: undefined, failures: 1 }] }, 'rollback'],
    [
      'another store has failed',
      { ...GOOD, runs: [{}, { store: { ...STORE, system: 'b' }, verdict: 'FAIL' }] },
      'proceed',
    ],
    ['one of two hosts has failed', { ...GOOD, runs: [{}, { verdict: 'FAIL' }] }, 'rollback'],
    ['one of two hosts could not look', { ...GOOD, runs: [{}, { verdict: 'INCOMPLETE' }] }, 'unknown'],
    ['one of two hosts was not to be believed', { ...GOOD, runs: [{}, { verdict: 'UNTRUSTED' }] }, 'unknown'],
    [
      'one of two hosts was verified long ago',
      { ...GOOD, runs: [{}, { endedAtSeconds: NOW_MS / 1000 - 9e5 }] },
      'unknown',
    ],
    ['the other one was', { ...GOOD, runs: [{ endedAtSeconds: NOW_MS / 1000 - 9e5 }, {}] }, 'unknown'],
    ['a run is in progress', { ...GOOD, runs: [{}, { inProgress: true }] }, 'unknown'],
    ['a run does not say', { ...GOOD, runs: [{}, { inProgress: undefined }] }, 'unknown'],
    ['a run states no verdict', { ...GOOD, runs: [{ verdict: undefined }] }, 'unknown'],
    [
      'there was an audit only',
      { ...GOOD, runs: [{ isContinuity: false, verdict: undefined, soundness: 'PASS' }] },
      'unknown',
    ],
    [
      'there was a sound audit too',
      { ...GOOD, runs: [{}, { isContinuity: false, verdict: undefined, soundness: 'PASS' }] },
      'proceed',
    ],
    [
      'an audit failed',
      { ...GOOD, runs: [{}, { isContinuity: false, verdict: undefined, soundness: 'FAIL' }] },
      'rollback',
    ],
  ])('if %s', (_, one, decision) => {
    expect(decide(one)).toBe(decision);
  });
});

describe('what is said of a run', () => {
  it('has its labels, and a word where it has none', () => {
    const whyOf = (labels: string) =>
      judgeVerification({ source: 'm.prom', runs: [{ ...SOUND, labels, verdict: undefined }], doubts: [] }, STORE).why;
    expect(whyOf('{}')).toEqual(['the unlabelled run states no verdict, or several']);
    expect(whyOf('{instance="a"}')).toEqual(['the run {instance="a"} states no verdict, or several']);
  });
});

describe('what the report must be about', () => {
  const digest = sampleReport().baseline.sha256 ?? '';
  const key = { sha256: 'a'.repeat(64), algorithm: 'ed25519' };

  it.each<[string, Decision, GateExpectations]>([
    ['that digest', 'proceed', { digest }],
    ['another digest', 'unknown', { digest: '1'.repeat(64) }],
    ['that system', 'proceed', { subject: new Map([['system', 'stella-prod']]) }],
    ['another system', 'unknown', { subject: new Map([['system', 'stella-staging']]) }],
    ['a member that it lacks', 'unknown', { subject: new Map([['database', 'x']]) }],
    ['a member of every object', 'unknown', { subject: new Map([['constructor', 'x']]) }],
    ['a signature that there is none of', 'unknown', { trustedKeys: [key.sha256] }],
  ])('is held against it: %s is %s', (_, decision, expected) => {
    expect(decide(GOOD, { ...ANY, ...expected })).toBe(decision);
  });

  it.each<[Decision, GateExpectations]>([
    ['unknown', {}],
    ['unknown', { digest }],
    ['unknown', { subject: new Map([['system', 'stella-prod']]) }],
    ['unknown', { digest, accepted: ['any-baseline'] }],
    ['unknown', { subject: new Map([['system', 'stella-prod']]), accepted: ['any-store'] }],
    ['proceed', { digest, subject: new Map([['system', 'stella-prod']]) }],
    ['proceed', { digest, accepted: ['any-store'] }],
    ['proceed', { subject: new Map([['system', 'stella-prod']]), accepted: ['any-baseline'] }],
    ['proceed', ANY],
  ])('must be said, or that it may be any: %s where it is %o', (decision, expected) => {
    expect(decide(GOOD, expected)).toBe(decision);
    expect(decide({ ...GOOD, verdict: 'FAIL' }, expected)).toBe('rollback');
  });

  it.each<[string, Decision, number, readonly string[]]>([
    ['that key', 'proceed', 1, [key.sha256]],
    ['another key', 'unknown', 1, ['b'.repeat(64)]],
    ['one of two', 'proceed', 1, ['b'.repeat(64), key.sha256]],
    ['one key for two', 'unknown', 2, [key.sha256]],
    ['one key twice for two', 'unknown', 2, [key.sha256, key.sha256]],
    ['no key at all', 'unknown', 1, []],
  ])('was signed by %s: %s', (_, decision, threshold, trustedKeys) => {
    const readings = readingsOf(GOOD);
    const { report } = readings.report;
    if (report === null) throw new Error('the case has a report');
    const signature = {
      ...{ keys: [key], threshold, payloadType: 'x', predicateType: 'x', signedSha256: digest },
      ...{ signedAt: '2027-03-01T10:00:00Z', upgrade: null },
    };
    const given = { ...report, baseline: { ...report.baseline, signature } };
    const all = { ...readings, report: { ...readings.report, report: given } };
    expect(decideGate('cutover', all, DEFAULT_LIMITS, { ...ANY, trustedKeys }, NOW_MS).decision).toBe(decision);
  });

  const MIGRATION_KEY = { sha256: 'c'.repeat(64), algorithm: 'ed25519' };

  it.each<[string, Decision, readonly (typeof key)[] | null, number, readonly string[] | undefined]>([
    ['no key, and none is demanded', 'unknown', null, 1, undefined],
    ['no key', 'unknown', null, 1, [key.sha256]],
    ['a key of its own', 'unknown', [MIGRATION_KEY], 1, [key.sha256]],
    ['that key, and none is demanded', 'unknown', [key], 1, undefined],
    ['the key of the baseline', 'proceed', [key], 1, [key.sha256]],
    ['one of two that are demanded', 'proceed', [MIGRATION_KEY], 1, [key.sha256, MIGRATION_KEY.sha256]],
    ['one where two are needed', 'unknown', [MIGRATION_KEY], 2, [key.sha256, MIGRATION_KEY.sha256]],
  ])('was compared through a migration that was signed by %s: %s', (_, decision, keys, threshold, trustedKeys) => {
    const readings = readingsOf(GOOD);
    const { report } = readings.report;
    if (report === null) throw new Error('the case has a report');
    const signers = threshold === 2 ? [key, MIGRATION_KEY] : [key];
    const signature = {
      ...{ keys: signers, threshold, payloadType: 'x', predicateType: 'x', signedSha256: digest },
      ...{ signedAt: '2027-03-01T10:00:00Z', upgrade: null },
    };
    const through = {
      ...migration(),
      signature: keys === null ? null : { keys, signedAt: '2027-03-01T10:00:00Z' },
    };
    const given = { ...report, baseline: { ...report.baseline, signature }, migration: through };
    const all = { ...readings, report: { ...readings.report, report: given } };
    const expected = { ...ANY, ...(trustedKeys === undefined ? {} : { trustedKeys }) };
    const made = decideGate('cutover', all, DEFAULT_LIMITS, expected, NOW_MS);
    expect(made.decision).toBe(decision);
    expect(made.about?.migration).toEqual({
      sha256: through.sha256,
      signedBy: (keys ?? []).map(({ sha256 }) => sha256),
    });
  });

  it.each<[string, ContinuityReport['demands'] | undefined]>([
    ['does not say what was demanded', undefined],
    ['allowed one input for both sides', []],
    ['could not tell the sides apart', [{ demand: 'not-same-input', asked: '', state: 'impossible', why: 'x' }]],
  ])('never proceeds on a report that %s', (_, demands) => {
    const readings = readingsOf(GOOD);
    const report = { ...readings.report.report, demands } as unknown as ContinuityReport;
    const all = { ...readings, report: { ...readings.report, report } };
    expect(decideGate('cutover', all, DEFAULT_LIMITS, ANY, NOW_MS).decision).toBe('unknown');
  });

  it('stands in the decision', () => {
    const { about } = decideGate('cutover', readingsOf(GOOD), DEFAULT_LIMITS, ANY, NOW_MS);
    const { baseline, current } = sampleReport();
    expect(about).toMatchObject({
      subject: current.subject,
      baselineSha256: digest,
      baselineCapturedAt: baseline.capturedAt,
      baselineAgeSeconds: 7200,
    });
  });
});

describe('of several decisions', () => {
  it('the gravest holds, in the order that is written down', () => {
    expect([...DECISIONS].reverse()).toEqual(['rollback', 'unknown', 'pause', 'investigate', 'proceed']);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...DECISIONS), { minLength: 1 }), (several) => {
        const found = gravest(several);
        expect(several).toContain(found);
        expect(several.every((one) => DECISIONS.indexOf(one) <= DECISIONS.indexOf(found))).toBe(true);
      }),
    );
  });

  it('of none, it is unknown', () => {
    expect(gravest([])).toBe('unknown');
  });
});

describe('who is told that a gate does not proceed', () => {
  const whyOf = (input: string, readings: GateReadings, expected: GateExpectations = ANY, observedSince?: string) => {
    const demands = { ...expected, ...(observedSince === undefined ? {} : { observedSince }) };
    const made = decideGate(
      observedSince === undefined ? 'cutover' : 'observation',
      readings,
      DEFAULT_LIMITS,
      demands,
      NOW_MS,
    );
    return made.inputs.find((one) => one.input === input);
  };
  const signed = (over: Partial<VerdictReading>): GateReadings => ({
    ...readingsOf(GOOD),
    verdict: {
      ...{ verdict: 'PASS', verifiedAt: new Date(NOW_MS - 10_000).toISOString() },
      ...{ signedBy: ['a'.repeat(64)], doubts: [], source: 'verdict.json', ...over },
    },
  });

  it('learns the verdict that was signed where it is no PASS, and nothing else of it', () => {
    expect(whyOf('signed-verdict', signed({}))?.why).toEqual([]);
    for (const verdict of ['FAIL', 'UNTRUSTED', 'INCOMPLETE'] as const) {
      expect(whyOf('signed-verdict', signed({ verdict }))?.why).toEqual([`its verdict is ${verdict}`]);
    }
    expect(whyOf('signed-verdict', signed({ verdict: null }))?.why).toEqual(['no data']);
    expect(whyOf('signed-verdict', signed({ verdict: null, doubts: ['a doubt'] }))?.why).toEqual(['a doubt']);
  });

  it('learns what to give where a verdict is demanded, and there is none', () => {
    const { report, metrics } = readingsOf(GOOD);
    const none = { report, ...(metrics === undefined ? {} : { metrics }) };
    const demanded = decideGate('post-cutover', none, DEFAULT_LIMITS, ANY, NOW_MS).inputs.find(
      ({ input }) => input === 'signed-verdict',
    );
    expect(demanded).toMatchObject({ decision: 'unknown', why: ['no signed verdict was given: give --verdict'] });
  });

  it('of an observation whose beginning is no time never has it taken for long enough', () => {
    expect(whyOf('observation', signed({}), ANY, 'yesterday')).toMatchObject({
      ...{ decision: 'unknown', value: null, why: ['how long it was cannot be determined'] },
    });
  });

  it('learns that a clock is ahead where the capture is later than the report', () => {
    const why = whyOf('continuity-report', readingsOf({ ...GOOD, reportAgeSeconds: 100, captureAgeSeconds: 20 }))?.why;
    expect(why).toEqual([expect.stringMatching(/captured after it was made: a clock is ahead, or it was edited/)]);
  });

  it('learns what the report is about, and what was expected', () => {
    const of = (member: string, text: string) =>
      whyOf('continuity-report', readingsOf(GOOD), { ...ANY, subject: new Map([[member, text]]) })?.why;
    expect(of('system', 'x')).toContain('the system of the current side is "stella-prod", expected is "x"');
    expect(of('database', 'x')).toContain('the database of the current side is another or none, expected is "x"');
  });
});

it('spans of time are told in their largest unit', () => {
  expect([1, 60, 90, 3600, 86_400, 90_000].map(durationText)).toEqual(['1s', '1m', '90s', '1h', '1d', '25h']);
});
