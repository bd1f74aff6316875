/** The law of the gate: never proceed unless every input is known and within its limit, and worse never looks better. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/core/continuity/report.ts';
import { type CutoverReadings, decideCutover } from '../../src/runbook/cutover/decide-cutover.ts';
import { DECISIONS, type Decision, gravest } from '../../src/runbook/cutover/decision.ts';
import type { Reading } from '../../src/runbook/cutover/judge-inputs.ts';
import { DEFAULT_LIMITS, durationText, type Figure } from '../../src/runbook/cutover/limits.ts';
import { runs } from '../long.ts';

const NOW_MS = Date.UTC(2027, 2, 1, 12);
const VERDICTS: readonly Verdict[] = ['PASS', 'INCOMPLETE', 'UNTRUSTED', 'FAIL'];

const reading = (value: number | null, doubts: readonly string[] = []): Reading => ({ value, doubts, source: 'test' });

interface Case {
  readonly verdict: Verdict | null;
  readonly reportAgeSeconds: number;
  readonly captureAgeSeconds: number | null;
  readonly figures: Readonly<Record<Figure, Reading>>;
}

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

function decide({ verdict, reportAgeSeconds, captureAgeSeconds, figures }: Case): Decision {
  const finishedAtMs = NOW_MS - reportAgeSeconds * 1000;
  const capturedAtMs = captureAgeSeconds === null ? null : NOW_MS - captureAgeSeconds * 1000;
  const report = { verdict, finishedAtMs, capturedAtMs, doubts: [], source: 'report.json' };
  const readings: CutoverReadings = { report, figures };
  const { decision, inputs, headline } = decideCutover(readings, DEFAULT_LIMITS, NOW_MS);
  for (const input of inputs) expect(input.why.length === 0).toBe(input.decision === 'proceed');
  expect(headline.startsWith(`${decision}: `)).toBe(true);
  return decision;
}

const withFigure = (figure: Figure, value: number | null, doubts: readonly string[] = []): Case => ({
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
function mayProceed({ verdict, reportAgeSeconds, captureAgeSeconds, figures }: Case): boolean {
  const within = ({ value: found, doubts }: Reading, most: number): boolean =>
    doubts.length === 0 && found !== null && found >= 0 && found <= most;
  const fresh = (seconds: number): boolean => seconds >= -60 && seconds <= 3600;
  const last = figures.lastVerification;
  return (
    verdict === 'PASS' &&
    fresh(reportAgeSeconds) &&
    captureAgeSeconds !== null &&
    fresh(captureAgeSeconds) &&
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
  'one more doubt': (from) => {
    const { value: same, doubts } = from.figures.evidenceFailures;
    return { ...from, figures: { ...from.figures, evidenceFailures: reading(same, [...doubts, 'one more']) } };
  },
};

function raised(from: Case, figure: Figure, by: number): Case {
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
      { numRuns: runs(3000, 100_000) },
    );
    expect(proceeded).toBeGreaterThan(100);
  });

  it.each(Object.keys(WORSE))('never decides better for %s made worse', (what) => {
    fc.assert(
      fc.property(anyCase, fc.double({ min: 0, max: 1e9, noNaN: true }), (one, by) => {
        // A value below 0 cannot be; to make it a possible one is not to make it worse.
        fc.pre(Object.values(one.figures).every(({ value: found }) => found === null || !(found < 0)));
        fc.pre(one.reportAgeSeconds >= -60 && one.verdict !== null);
        const worse = WORSE[what]?.(one, by) ?? one;
        expect(DECISIONS.indexOf(decide(worse))).toBeGreaterThanOrEqual(DECISIONS.indexOf(decide(one)));
      }),
      { numRuns: runs(1000, 30_000) },
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
  ])('if %s', (_, one, decision) => {
    expect(decide(one)).toBe(decision);
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

it('spans of time are told in their largest unit', () => {
  expect([1, 60, 90, 3600, 86_400, 90_000].map(durationText)).toEqual(['1s', '1m', '90s', '1h', '1d', '25h']);
});
