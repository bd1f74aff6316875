import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderJson, renderNdjson } from '../../src/reports/json.ts';
import { runs } from '../long.ts';
import { controls } from './hostile.ts';
import { hostileReport } from './hostile-report.ts';
import * as sample from './sample-report.ts';

const REPORTS = {
  PASS: sample.sampleReport(),
  FAIL: sample.failedReport(),
  INCOMPLETE: sample.incompleteReport(),
  UNTRUSTED: sample.untrustedReport(),
} as const;
const NAMES = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'] as const;

function linesOf(text: string): readonly Record<string, unknown>[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the NDJSON report', () => {
  it.each(NAMES)('of a %s is the golden file', async (name) => {
    await expect(renderNdjson(REPORTS[name])).toMatchFileSnapshot(`golden/${name.toLowerCase()}.ndjson`);
  });

  it.each(NAMES)('of a %s has all that the JSON report has, but for the tenants', (name) => {
    const [summary, ...rest] = linesOf(renderNdjson(REPORTS[name]));
    const trailer = rest.pop();
    const { kind: _, tenants, findings, run, ...shared } = JSON.parse(renderJson(REPORTS[name]));
    expect(summary).toEqual({ kind: 'evidence-continuity-summary', tenants: tenants.length, ...shared });
    expect(rest).toEqual(findings);
    expect(trailer).toEqual({
      kind: 'evidence-continuity-trailer',
      verdict: REPORTS[name].verdict,
      findings: findings.length,
      run,
    });
  });

  it('has everything that depends on the run in its last line', () => {
    const later = { ...REPORTS.FAIL, run: { ...REPORTS.FAIL.run, startedAt: '2030-01-01T00:00:00Z', durationMs: 1 } };
    const without = (text: string): readonly string[] => text.split('\n').slice(0, -2);
    expect(without(renderNdjson(later))).toEqual(without(renderNdjson(REPORTS.FAIL)));
    expect(renderNdjson(later)).not.toBe(renderNdjson(REPORTS.FAIL));
  });

  it('G27: is one JSON object a line, safe on a terminal and in a log, whatever the names are', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const text = renderNdjson(report);
        expect(linesOf(text).length).toBe(report.findings.length + 2);
        expect(controls(text.replaceAll('\n', ''))).toBe(false);
        expect(text).not.toMatch(/##[a-z]*\[/);
      }),
      { numRuns: runs(500, 20_000) },
    );
  });
});
