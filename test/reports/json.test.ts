import { describe, expect, it } from 'vitest';
import { formatForFile, formatNamed, REPORT_FORMATS } from '../../src/reports/index.ts';
import { renderJson } from '../../src/reports/json.ts';
import * as sample from './sample-report.ts';

/** The same value with the members of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

describe('the JSON report', () => {
  it.each([
    ['PASS', sample.sampleReport()],
    ['FAIL', sample.failedReport()],
    ['INCOMPLETE', sample.incompleteReport()],
    ['UNTRUSTED', sample.untrustedReport()],
  ])('of a %s is the report object and nothing else', (_, report) => {
    const json = renderJson(report);
    expect(JSON.parse(json)).toEqual(report);
    expect(json).toBe(`${JSON.stringify(report, null, 2)}\n`);
  });

  it('has its members in the order of the contract, whatever the order in the object', () => {
    const report = sample.failedReport();
    const other = reversed({ ...report, tenants: [], findings: [] }) as typeof report;
    const subject = report.baseline.subject;
    const fixed = { ...other, baseline: { ...other.baseline, subject }, current: { ...other.current, subject } };
    expect(renderJson(fixed)).toBe(renderJson({ ...report, tenants: [], findings: [] }));
    expect(renderJson(reversed(report) as typeof report)).toContain(
      '"class": "FAIL",\n      "tenant": "acme",\n      "stream": "findings-ledger/5f3c",\n      "id": "r0",\n      "seq": 1',
    );
  });

  it('has no member that is not declared', () => {
    const report = sample.failedReport();
    const more = {
      ...report,
      extra: 1,
      totals: { ...report.totals, extra: 1 },
      findings: [{ ...report.findings[0], extra: 1 }],
    };
    expect(renderJson(more as unknown as typeof report)).not.toContain('extra');
  });

  it('orders the counts of findings as the contract lists the kinds', () => {
    const report = sample.sampleReport({ findingCounts: { 'same-input': 1, interrupted: 2, 'record-missing': 3 } });
    const counts = (JSON.parse(renderJson(report)) as { findingCounts: object }).findingCounts;
    expect(Object.keys(counts)).toEqual(['record-missing', 'interrupted', 'same-input']);
  });

  it('G27: can be shown on a terminal', () => {
    const report = sample.sampleReport({ notChecked: ['\u009b31m\u202e\u007f\u200b\ud800'] });
    expect(renderJson(report)).toContain('"\\u009b31m\\u202e\\u007f\\u200b\\ud800"');
  });
});

describe('the registry of formats', () => {
  it('finds a format by its name and by the ending of a file, in any letter case', () => {
    expect(formatNamed('json')?.mediaType).toBe('application/json');
    expect(formatForFile('a/B.JSON')?.name).toBe('json');
    expect(formatForFile('report.txt')?.name).toBe('text');
    expect(formatNamed('yaml') ?? formatForFile('report.yaml') ?? formatForFile('json')).toBeUndefined();
  });

  it('has no name and no ending twice', () => {
    const names = REPORT_FORMATS.flatMap(({ name, extensions }) => [name, ...extensions]);
    expect(new Set(names).size).toBe(names.length);
  });
});
