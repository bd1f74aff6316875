/** Ten thousand changed records: pages stay small enough to be opened, and what they leave out is in JSON and NDJSON. */
import { describe, expect, it } from 'vitest';
import type { ChangedPlace } from '../../src/core/report/changes.ts';
import type { ContinuityReport, Finding } from '../../src/core/report/report.ts';
import { renderHtml } from '../../src/reports/html.ts';
import { renderJson } from '../../src/reports/json.ts';
import { renderNdjson } from '../../src/reports/ndjson.ts';
import { renderPdf } from '../../src/reports/pdf.ts';
import { attributeOf, type Element, elementsOf, inside, textOf } from './html-page.ts';
import * as sample from './sample-report.ts';

const RECORDS = 10_000;

function places(count: number, text: string): readonly ChangedPlace[] {
  return Array.from({ length: count }, (_, at) => ({
    pointer: `/body/member${at}`,
    change: 'changed' as const,
    class: 'other' as const,
    baseline: `${text}${at}`,
    current: `${at}${text}`,
  }));
}

function reportOf(findings: readonly Finding[], over: Partial<ContinuityReport> = {}): ContinuityReport {
  return {
    ...sample.failedReport(),
    totals: { matched: 0, added: 1, missing: 0, modified: RECORDS, relinked: 0, moved: 0 },
    changes: [sample.changeGroup(RECORDS)],
    findings,
    findingCounts: { 'record-modified': RECORDS },
    ...over,
  };
}

/** What a reader is told of findings that are not shown. */
function toldMore(text: string): number {
  const [, number = ''] =
    /and ([\d,]+) more; all in the JSON report; --output report\.ndjson writes each/.exec(text) ?? [];
  return Number(number.replaceAll(',', ''));
}

function expectSmall(page: string): readonly Element[] {
  expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
  const elements = elementsOf(page);
  const found = inside(elements, 'findings');
  const listed = found.filter((element) => attributeOf(element, 'class') === 'place').length;
  expect(listed).toBeGreaterThan(100);
  expect(toldMore(found.map(textOf).join(' '))).toBe(RECORDS - listed);
  return elements;
}

describe('a report of 10,000 records that changed in one way', () => {
  const report = reportOf(sample.findings(RECORDS));

  it('is less than 5 MB of HTML, which says how many findings it leaves out and where they are', () => {
    expectSmall(renderHtml(report));
  });

  it('is at most 20 pages of PDF', async () => {
    const pages =
      Buffer.from(await renderPdf(report))
        .toString('latin1')
        .match(/\/Type \/Page\b/g) ?? [];
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.length).toBeLessThanOrEqual(20);
  });

  it('has all of them in JSON and in NDJSON', () => {
    expect(JSON.parse(renderJson(report)).findings).toEqual(report.findings);
    const lines = renderNdjson(report).trimEnd().split('\n').slice(1, -1);
    expect(lines.map((line) => JSON.parse(line))).toEqual(report.findings);
  });
});

/** Takes most where it is shown: every second character is an escape. */
const HOSTILE = '\u202e<'.repeat(30);

describe('a page that has no room for all', () => {
  it('is no larger where each record changed in its own way, and says how many changes it leaves out', () => {
    const changes = Array.from({ length: 1000 }, (_, at) =>
      sample.changeGroup(at + 1, { places: places(10, HOSTILE) }),
    );
    const report = reportOf(sample.findings(RECORDS, { places: places(2, 'x'), tenant: HOSTILE }), { changes });
    const listed = inside(expectSmall(renderHtml(report)), 'changes');
    const shown = listed.filter(({ tagName }) => tagName === 'details').length;
    const records = changes.slice(shown).reduce((sum, { count }) => sum + count, 0);
    expect(shown).toBeGreaterThan(10);
    expect(listed.map(textOf).at(-1)).toBe(
      `and ${1000 - shown} more kinds of change in ${records.toLocaleString('en')} records; all in the JSON report`,
    );
  });

  it('shows a kind of few findings whole beside one of many', () => {
    const others = sample.findings(500, { kind: 'record-missing' });
    const findings = [...sample.findings(8000), ...others];
    const report = reportOf(findings, { findingCounts: { 'record-modified': 8000, 'record-missing': 500 } });
    const groups = inside(elementsOf(renderHtml(report)), 'findings')
      .filter((element) => attributeOf(element, 'class') === 'group FAIL')
      .map(textOf);
    expect(groups).toHaveLength(2);
    expect(groups.map(toldMore).map((left) => left > 0)).toEqual([false, true]);
    expect(groups[0]).toContain('record-missing FAIL 500');
  });
});
