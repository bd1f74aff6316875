/** The Markdown report, which is the summary of a step on GitHub as well. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { formatForFile, formatNamed } from '../../src/reports/index.ts';
import { renderMarkdown } from '../../src/reports/markdown.ts';
import { runs } from '../long.ts';
import { controls } from './hostile.ts';
import { hostileReport } from './hostile-report.ts';
import * as sample from './sample-report.ts';

const REPORTS = [sample.sampleReport(), sample.failedReport(), sample.incompleteReport(), sample.untrustedReport()];

/** The lines outside of the block with the command, in which Markdown means nothing. */
function prose(text: string): readonly string[] {
  const lines = text.split('\n');
  return [...lines.slice(0, lines.indexOf('```sh')), ...lines.slice(lines.lastIndexOf('```') + 1)];
}

describe('the Markdown report', () => {
  it.each(REPORTS.map((report) => [report.verdict, report] as const))(
    'of a %s is the golden file',
    async (verdict, report) => {
      await expect(renderMarkdown(report)).toMatchFileSnapshot(`golden/${verdict.toLowerCase()}.md`);
    },
  );

  it('is chosen by its name and by the ending of a file', async () => {
    expect(formatForFile('report.md')?.name).toBe('markdown');
    expect(await formatNamed('markdown')?.render(sample.failedReport(), { color: true })).toBe(
      renderMarkdown(sample.failedReport()),
    );
  });

  it('lists fifty findings, and no kind hides another', () => {
    const added = sample.findings(800, { kind: 'record-added', class: 'info' });
    const report = { ...sample.failedReport(), findings: [...added, ...sample.findings(1)], findingCounts: {} };
    const text = renderMarkdown(report);
    expect(text).toContain('- **record-modified** (FAIL) 1\n  - the record at seq 1 was changed');
    expect(text.split('\n').filter((line) => line.startsWith('  - the record at seq'))).toHaveLength(26);
    expect(text).toContain('and 775 more');
  });

  it('stays below the 1 MiB of a summary on GitHub, whatever is in the report', () => {
    const long = '<'.repeat(1000);
    const streams = Array.from({ length: 500 }, (_, at) => sample.stream({ stream: `${at}${long}` }));
    const counts = Array.from({ length: 500 }, (_, at) => ({ type: `${at}${long}`, baseline: 1, current: 2 }));
    const tenants = Array.from({ length: 500 }, (_, at) => sample.tenant({ tenant: `${at}${long}`, streams, counts }));
    const place = { tenant: long, stream: long, id: long, path: long, baseline: long, current: long, message: long };
    const report = { ...sample.failedReport(), tenants, findings: sample.findings(1000, place) };
    const all: ContinuityReport = { ...report, notChecked: Array.from({ length: 1000 }, () => long), headline: long };
    expect(Buffer.byteLength(renderMarkdown(all))).toBeLessThan(1 << 20);
  });

  it('G27: has no cell, tag, link, mention or line more than it should, whatever the names are', () => {
    const shape = (text: string): readonly string[] =>
      prose(text).map((line) => line.replace(/\\[!-~]/g, '').replace(/[^|]/g, ''));
    fc.assert(
      fc.property(hostileReport, (report) => {
        const text = renderMarkdown(report);
        const plain = renderMarkdown({
          ...report,
          // Standard input is repeated otherwise than a file: with a word more.
          baseline: { ...report.baseline, name: report.baseline.name === '-' ? '-' : 'x' },
          headline: 'x',
          findings: report.findings.map((finding) => ({ ...finding, id: 'x', tenant: 'x', message: 'x' })),
          notChecked: ['x'],
        });
        expect(shape(text)).toEqual(shape(plain));
        const bare = prose(text)
          .join('\n')
          .replace(/\\[!-~]/g, '')
          .replace(/&#\d+;/g, '')
          .replace(/^( *- )\*\*[\w-]+\*\* (\((?:FAIL|INCOMPLETE|UNTRUSTED|info)\))?/gm, '$1');
        expect(bare.replace(/^#{3,4} /gm, '')).not.toMatch(/[<>&@`*_[\]()!#]/);
        expect(controls(text.replaceAll('\n', ''))).toBe(false);
      }),
      { numRuns: runs(500, 20_000, 200) },
    );
  });
});
