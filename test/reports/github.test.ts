import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotationsOf, workflowCommand } from '../../src/reports/annotations.ts';
import { formatNamed } from '../../src/reports/index.ts';
import { runs } from '../long.ts';
import { controls } from './hostile.ts';
import { hostileReport } from './hostile-report.ts';
import * as sample from './sample-report.ts';

interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

function unescaped(text: string, marks: Readonly<Record<string, string>>): string {
  return text.replace(/%([0-9A-F]{2})/g, (whole, code: string) => marks[code] ?? whole);
}

const DATA = { '0D': '\r', '0A': '\n', '25': '%' };

/** A line as the runner reads it: a command of the second form begins the line, one of the first stands anywhere. */
function commandOf(line: string): Command | undefined {
  const [, name, properties = '', data = ''] = /^\s*::([^ :]*)(?: ((?:(?!::).)*))?::(.*)$/s.exec(line) ?? [];
  if (name !== undefined) {
    const pairs = properties.split(',').filter(Boolean);
    const read = pairs.map((pair) => {
      const [key = '', ...value] = pair.split('=');
      return [key, unescaped(value.join('='), { ...DATA, '3A': ':', '2C': ',' })];
    });
    return { name, properties: Object.fromEntries(read), data: unescaped(data, DATA) };
  }
  const old = /##\[([^\] ]*)[^\]]*\](.*)/s.exec(line);
  return old === null ? undefined : { name: old[1] ?? '', properties: {}, data: old[2] ?? '' };
}

const REPORTS = [sample.sampleReport(), sample.failedReport(), sample.incompleteReport(), sample.untrustedReport()];

describe('annotations', () => {
  it.each(REPORTS.map((report) => [report.verdict, report] as const))(
    'of a %s are the golden file',
    async (verdict, report) => {
      const text = annotationsOf(report).map((annotation) => `${workflowCommand(annotation)}\n`);
      await expect(text.join('')).toMatchFileSnapshot(`golden/${verdict.toLowerCase()}.annotations.txt`);
    },
  );

  it.each([
    ['PASS', ['notice']],
    ['FAIL', ['error', 'error']],
    ['INCOMPLETE', ['warning', 'warning']],
    ['UNTRUSTED', ['error', 'error']],
  ])('of a %s have the levels %j, the headline first', (verdict, levels) => {
    const report = REPORTS.find((one) => one.verdict === verdict) ?? sample.sampleReport();
    const annotations = annotationsOf(report);
    expect(annotations.map(({ level }) => level)).toEqual(levels);
    expect(annotations[0]?.message).toBe(report.headline);
  });

  it('show one of each kind before a second of any, and say how many more there are', () => {
    const many = [
      ...sample.findings(500, { kind: 'record-missing' }),
      ...sample.findings(1, { kind: 'chain-rewritten' }),
    ];
    const counts = { 'record-modified': 5000, 'record-missing': 3000, 'chain-rewritten': 1, 'record-added': 70 };
    const changes = [1, 2, 4997].map((count) => sample.changeGroup(count));
    const annotations = annotationsOf({ ...sample.failedReport(), changes, findings: many, findingCounts: counts });
    expect(annotations.slice(1, 6).map(({ title }) => title)).toEqual([
      'record-modified',
      'record-modified',
      'record-missing',
      'chain-rewritten',
      'record-missing',
    ]);
    expect(annotations).toHaveLength(10);
    // All but three records of two groups, and six findings.
    expect(annotations.at(-1)?.message).toBe('and 7,992 more; the JSON report lists them');
  });

  it('name a changed record once: by its group, and by no finding', () => {
    const changes = [1, 2, 3].map((count) =>
      sample.changeGroup(count, { examples: sample.changeGroup(1).examples.slice(1) }),
    );
    const findings = [...sample.findings(6), ...sample.findings(2, { kind: 'chain-break' })];
    const report = { ...sample.failedReport(), changes, findings };
    const titles = annotationsOf({ ...report, findingCounts: { 'record-modified': 6, 'chain-break': 2 } }).map(
      ({ title, message }) => `${title} ${/^\d+ records? changed/.exec(message)?.[0] ?? ''}`.trim(),
    );
    expect(titles).toEqual([
      'evidence-diff',
      ...['1 record', '2 records', '3 records'].map((records) => `record-modified ${records} changed`),
      'chain-break',
      'chain-break',
    ]);
  });

  it('name changed records by findings where a report has no groups', () => {
    const annotations = annotationsOf({ ...sample.failedReport(), changes: [] });
    expect(annotations.filter(({ title }) => title === 'record-modified')).toHaveLength(8);
    expect(annotations.at(-1)?.message).toBe('and 4 more; the JSON report lists them');
  });

  it('are escaped as @actions/core does it', () => {
    const line = workflowCommand({ level: 'error', title: 'a,b:c%', message: '100%: a,b' });
    expect(line).toBe('::error title=a%2Cb%3Ac%25::100%25: a,b');
    expect(commandOf(line)).toEqual({ name: 'error', properties: { title: 'a,b:c%' }, data: '100%: a,b' });
  });

  it('G27: are one command each, the one that was meant, whatever the names are', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        for (const annotation of annotationsOf(report)) {
          const line = workflowCommand(annotation);
          expect(controls(line)).toBe(false);
          const command = commandOf(line);
          expect(command?.name).toBe(annotation.level);
          expect(command?.properties).toEqual({ title: annotation.title });
          expect(command?.data).not.toMatch(/[\r\n]/);
        }
      }),
      { numRuns: runs(250, 50_000) },
    );
  });

  it.each(['text', 'markdown', 'json', 'ndjson', 'junit'])(
    'G27: no line of the %s report is a command, whatever the names are',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(hostileReport, async (report) => {
          const lines = ((await formatNamed(name)?.render(report, { color: false })) ?? '').split('\n');
          expect(lines.map(commandOf).filter((command) => command !== undefined)).toEqual([]);
        }),
        { numRuns: runs(60, 10_000) },
      );
    },
  );

  it('would be found in a report that let them through', () => {
    expect(commandOf('  ::error::forged')?.name).toBe('error');
    expect(commandOf('tenant "##[error]forged"')?.name).toBe('error');
  });
});
