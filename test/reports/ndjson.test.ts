import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { renderJson } from '../../src/reports/json.ts';
import { ndjsonBytes, renderNdjson } from '../../src/reports/ndjson.ts';
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

/** The JSON report, put together again from the lines of an NDJSON report of everything. */
function rebuilt(text: string): string {
  const [{ kind: _, tenants: count, ...shared } = {}, ...rest] = linesOf(text);
  const { kind, run, ...counts } = rest.pop() ?? {};
  expect(kind).toBe('evidence-continuity-trailer');
  const tenants: Record<string, unknown>[] = [];
  const findings: unknown[] = [];
  for (const { kind, ...line } of rest) {
    const last = tenants.at(-1) as { tenant: string; streams: unknown[] };
    const { tenant, ...stream } = line;
    if (kind === 'evidence-continuity-tenant') tenants.push({ ...line, streams: [] });
    else if (kind !== 'evidence-continuity-stream') findings.push({ kind, ...line });
    else if (tenant === last.tenant) last.streams.push(stream);
    else expect.unreachable('a stream stands behind its tenant');
  }
  const lines = rest.filter((line) => line['kind'] === 'evidence-continuity-tenant');
  expect(tenants.map(({ streams }) => (streams as unknown[]).length)).toEqual(lines.map(({ streams }) => streams));
  const streams = lines.reduce((sum, line) => sum + Number(line['streams']), 0);
  const { verdict } = shared;
  expect({ ...counts, count }).toEqual({
    verdict,
    tenants: tenants.length,
    streams,
    findings: findings.length,
    count: tenants.length,
  });
  const report = { kind: 'evidence-continuity-report', ...shared, tenants, findings, run };
  return renderJson(report as unknown as ContinuityReport);
}

describe('the NDJSON report of everything', () => {
  it.each(NAMES)('of a %s is the golden file', async (name) => {
    const text = renderNdjson(REPORTS[name], { list: 'all' });
    await expect(text).toMatchFileSnapshot(`golden/${name.toLowerCase()}-all.ndjson`);
  });

  it('gives the JSON report again, byte for byte', () => {
    const sizes = fc.array(fc.nat({ max: 3 }), { maxLength: 4 });
    const report = fc.record({ report: hostileReport, sizes }).map(({ report, sizes }): ContinuityReport => {
      const [tenant = sample.tenant()] = report.tenants;
      const streams = tenant.streams.flatMap((stream) => [
        stream,
        { ...stream, unjudged: { baseline: 1, current: 0 } },
      ]);
      const more = sizes.map((size, at) => ({
        ...tenant,
        tenant: `${tenant.tenant}${at}`,
        streams: streams.slice(0, size),
        ...(size === 1 ? { unjudged: { baseline: 1, current: 2 } } : {}),
      }));
      return { ...report, tenants: sizes.length === 1 ? [] : [...report.tenants, ...more] };
    });
    fc.assert(
      fc.property(report, (report) => {
        const text = renderNdjson(report, { list: 'all' });
        expect(rebuilt(text)).toBe(renderJson(report));
        expect(controls(text.replaceAll('\n', ''))).toBe(false);
      }),
      { numRuns: runs(300, 20_000) },
    );
  });

  it('shows that it was cut, wherever between two lines', () => {
    const lines = renderNdjson(REPORTS.FAIL, { list: 'all' }).split('\n').slice(0, -1);
    for (const [at] of lines.entries()) {
      const cut = `${lines.filter((_, index) => index !== at).join('\n')}\n`;
      expect(() => expect(rebuilt(cut)).toBe(renderJson(REPORTS.FAIL)), String(at)).toThrow();
    }
  });

  it('comes in pieces that do not grow with it, and are the text', async () => {
    const streams = Array.from({ length: 2000 }, (_, at) => sample.stream({ stream: `s${at}` }));
    const report = sample.sampleReport({ tenants: [sample.tenant({ streams })] });
    const pieces: Uint8Array[] = [];
    for await (const piece of ndjsonBytes(report, { list: 'all' })) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2 ** 17);
    expect(Buffer.concat(pieces).toString()).toBe(renderNdjson(report, { list: 'all' }));
  });
});
