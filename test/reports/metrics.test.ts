import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, FINDING_KINDS } from '../../src/core/kinds.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { factsOfReport } from '../../src/reports/metrics.ts';
import {
  MOST_TENANTS,
  MOST_TYPES,
  metricsOfUnfinishedRun,
  renderMetrics,
} from '../../src/reports/metrics-exposition.ts';
import { METRICS } from '../../src/wire/metric-names.ts';
import { runs } from '../long.ts';
import { type Exposition, type ReadSample, readExposition } from './exposition-reader.ts';
import { hostileReport } from './hostile-report.ts';
import * as sample from './sample-report.ts';
import { promtool, skippedWithout } from './tools.ts';

const REPORTS = {
  PASS: sample.sampleReport(),
  FAIL: sample.failedReport(),
  INCOMPLETE: sample.incompleteReport(),
  UNTRUSTED: sample.untrustedReport(),
} as const;
const NAMES = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'] as const;

const textOf = (report: ContinuityReport): string => renderMetrics(factsOfReport(report));
const read = (text: string): Exposition => readExposition(new TextEncoder().encode(text));
const metricsOf = (report: ContinuityReport): Exposition => read(textOf(report));

function samplesOf({ samples }: Exposition, name: string): readonly ReadSample[] {
  return samples.filter((one) => one.name === name);
}

function sum(samples: readonly ReadSample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}

/** The verdict that a state set holds: exactly one member is 1. */
function verdictOf(exposition: Exposition): string {
  const states = samplesOf(exposition, 'evidence_continuity_verdict');
  expect(states.map(({ labels }) => labels['verdict'])).toEqual(NAMES);
  const held = states.filter(({ value }) => value === 1);
  expect([held.length, sum(states)]).toEqual([1, 1]);
  return held[0]?.labels['verdict'] ?? '';
}

describe('metrics', () => {
  it.each(NAMES)('of a %s are the golden file', async (name) => {
    await expect(textOf(REPORTS[name])).toMatchFileSnapshot(`golden/${name.toLowerCase()}.prom`);
  });

  it.each(NAMES)('of a %s say its verdict, and count what the report counts', (name) => {
    const report = REPORTS[name];
    const metrics = metricsOf(report);
    expect(verdictOf(metrics)).toBe(name);
    for (const kind of FINDING_KINDS) {
      const count = report.findingCounts[kind] ?? 0;
      const found = samplesOf(metrics, 'evidence_findings_total').filter(({ labels }) => labels['kind'] === kind);
      expect(found.map(({ labels, value }) => [labels['class'], value])).toEqual([[classOf(kind, 'append'), count]]);
      const failures = samplesOf(metrics, 'evidence_failures_total').filter(({ labels }) => labels['kind'] === kind);
      expect(sum(failures)).toBe(classOf(kind, 'append') === 'FAIL' ? count : 0);
    }
    expect(sum(samplesOf(metrics, 'evidence_verify_duration_seconds'))).toBe(report.run.durationMs / 1000);
  });

  it('have every family with the type and help that names.ts says, and no other', () => {
    const { types, helps } = metricsOf(REPORTS.FAIL);
    const names = Object.entries(METRICS).filter(([name]) => name !== 'evidence_soundness_verdict');
    expect(Object.fromEntries(types)).toEqual(Object.fromEntries(names.map(([name, { type }]) => [name, type])));
    expect(Object.fromEntries(helps)).toEqual(Object.fromEntries(names.map(([name, { help }]) => [name, help])));
    const allowed: ReadonlyMap<string, readonly string[]> = new Map(names.map(([name, { labels }]) => [name, labels]));
    for (const { name, labels } of metricsOf(REPORTS.FAIL).samples)
      expect(Object.keys(labels)).toEqual(allowed.get(name));
  });

  it('say 0 for each kind of failure only where everything was looked at', () => {
    const zeros = (report: ContinuityReport): number =>
      samplesOf(metricsOf(report), 'evidence_failures_total').filter(({ value }) => value === 0).length;
    const kinds = FINDING_KINDS.filter((kind) => classOf(kind, 'append') === 'FAIL').length;
    expect([zeros(REPORTS.PASS), zeros(REPORTS.FAIL)]).toEqual([kinds, kinds]);
    expect(samplesOf(metricsOf(REPORTS.INCOMPLETE), 'evidence_failures_total')).toEqual([]);
    expect(samplesOf(metricsOf(REPORTS.UNTRUSTED), 'evidence_failures_total')).toEqual([]);
  });

  it('count failures beyond those that are listed without a tenant', () => {
    const cut = { ...REPORTS.FAIL, findingCounts: { 'record-modified': 5000 } };
    const failures = samplesOf(metricsOf(cut), 'evidence_failures_total').filter(({ value }) => value > 0);
    expect(failures.map(({ labels, value }) => [labels['tenant'], value])).toEqual([
      ['', 4988],
      ['acme', 12],
    ]);
  });

  it('bound the number of series, keep every sum, and say how many tenants are summed up', () => {
    const counts = Array.from({ length: 80 }, (_, at) => ({ type: `type-${at}`, baseline: at, current: 2 * at }));
    const tenants = Array.from({ length: 300 }, (_, at) => sample.tenant({ tenant: `t${at}`, counts }));
    const findings = tenants.flatMap(({ tenant }) => sample.findings(1, { tenant })[0] ?? sample.findings(1));
    const report = { ...REPORTS.FAIL, tenants, findings, findingCounts: { 'record-modified': 400 } };
    const metrics = metricsOf(report);
    const records = samplesOf(metrics, 'evidence_records');
    expect(records.length).toBe((MOST_TENANTS + 1) * (MOST_TYPES + 1) * 2);
    const ofSide = (side: string): number => sum(records.filter(({ labels }) => labels['side'] === side));
    expect([ofSide('baseline'), ofSide('current')]).toEqual([300 * 3160, 300 * 6320]);
    expect(sum(samplesOf(metrics, 'evidence_failures_total'))).toBe(400);
    expect(sum(samplesOf(metrics, 'evidence_tenants_unlisted'))).toBe(200);
  });

  it('sum up names that UTF-8 cannot tell apart: a series that comes twice would spoil the file', () => {
    const tenants = ['\ud800', '\udc00'].map((tenant) => sample.tenant({ tenant }));
    const records = samplesOf(metricsOf({ ...REPORTS.PASS, tenants }), 'evidence_records');
    expect(records.map(({ labels, value }) => [labels['tenant'], value])[0]).toEqual(['\ufffd', 4]);
  });

  it('name the tenants that failed before any other', () => {
    const tenants = Array.from({ length: 300 }, (_, at) => sample.tenant({ tenant: `t${at}` }));
    const findings = sample.findings(1, { tenant: 't299' });
    const report = { ...REPORTS.FAIL, tenants, findings, findingCounts: { 'record-modified': 1 } };
    const failed = samplesOf(metricsOf(report), 'evidence_failures_total').filter(({ value }) => value > 0);
    expect(failed.map(({ labels }) => labels['tenant'])).toEqual(['t299']);
  });

  it.each([
    ['2027-03-01T10:00:00.000Z', 1803895200],
    ['2027-03-01t11:00:00.123456+01:00', 1803895200.123],
  ])('read %s as the time of capture', (capturedAt, seconds) => {
    const report = { ...REPORTS.PASS, baseline: { ...REPORTS.PASS.baseline, capturedAt } };
    const metrics = metricsOf(report);
    expect(sum(samplesOf(metrics, 'evidence_baseline_captured_timestamp_seconds'))).toBe(seconds);
    expect(sum(samplesOf(metrics, 'evidence_baseline_age_seconds'))).toBeCloseTo(1803902402 - seconds, 3);
  });

  it.each([null, '', 'yesterday', '2027-03-01', '2027-03-01T10:00:00', '2027-13-01T10:00:00Z', 'NaN'])(
    'say nothing about a baseline captured at %j',
    (capturedAt) => {
      const metrics = metricsOf({ ...REPORTS.PASS, baseline: { ...REPORTS.PASS.baseline, capturedAt } });
      expect([...metrics.types.keys()].filter((name) => name.startsWith('evidence_baseline'))).toEqual([]);
    },
  );

  it('of a run that has not ended say INCOMPLETE, and count nothing', () => {
    const metrics = read(metricsOfUnfinishedRun('continuity', '2027-03-01T10:00:00.000Z', [['site', 'a"b\\c\nd']]));
    expect(verdictOf(metrics)).toBe('INCOMPLETE');
    expect([...metrics.types.keys()]).toEqual([
      'evidence_continuity_verdict',
      'evidence_verify_in_progress',
      'evidence_verify_started_timestamp_seconds',
    ]);
    expect(metrics.samples.every(({ labels }) => labels['site'] === 'a"b\\c\nd')).toBe(true);
  });

  it('G27: can be read back, whatever the names are: no series is forged, lost or comes twice', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const metrics = metricsOf(report);
        expect(verdictOf(metrics)).toBe(report.verdict);
        const tenants = new Set(samplesOf(metrics, 'evidence_records').map(({ labels }) => labels['tenant']));
        const wellFormed = report.tenants.map(({ tenant }) =>
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(tenant)),
        );
        expect([...tenants]).toEqual([...new Set(wellFormed)]);
        expect(sum(samplesOf(metrics, 'evidence_failures_total'))).toBe(
          report.findings.filter((finding) => finding.class === 'FAIL').length,
        );
      }),
      { numRuns: runs(150, 20_000) },
    );
  });

  it(`are what promtool takes for metrics${skippedWithout('promtool', promtool)}`, () => {
    if (promtool === undefined) return;
    for (const name of NAMES) {
      expect(promtool(['check', 'metrics'], textOf(REPORTS[name]))).toEqual({ status: 0, output: '' });
    }
    const unfinished = metricsOfUnfinishedRun('soundness', '2027-03-01T10:00:00.000Z');
    expect(promtool(['check', 'metrics'], unfinished)).toEqual({ status: 0, output: '' });
  });

  it(`G27: are what promtool takes for metrics, whatever the names are${skippedWithout('promtool', promtool)}`, () => {
    if (promtool === undefined) return;
    const check = promtool;
    fc.assert(
      fc.property(hostileReport, (report) => {
        expect(check(['check', 'metrics'], textOf(report))).toEqual({ status: 0, output: '' });
      }),
      { numRuns: runs(5, 500) },
    );
  });
});
