/**
 * No format for people leaves anything out: every leaf of the JSON report is in each of them, or in the list of
 * exceptions below. A member that is added to the report and drawn nowhere makes this test red.
 */
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { FORMAT_NAMES, formatNamed, REPORT_FORMATS } from '../../src/reports/index.ts';
import { renderJson } from '../../src/reports/json.ts';
import { outlineOf } from '../../src/reports/outline.ts';
import { repeatOf } from '../../src/reports/repeat.ts';
import { elementsOf, textOf } from './html-page.ts';
import { pagesOf, popplerAvailable, skippedWithoutPoppler } from './pdf-tools.ts';
import * as sample from './sample-report.ts';

interface Exception {
  readonly formats: readonly string[];
  readonly path: RegExp;
  readonly reason: string;
}

/** JSON is what the others are held against; `brief` has one line a finding, and says no more. */
const ALL: readonly string[] = FORMAT_NAMES.filter((name) => name !== 'json' && name !== 'brief');

/** What may be missing where. */
const EXCEPTIONS: readonly Exception[] = [
  {
    formats: ALL.filter((name) => name !== 'ndjson'),
    path: /^\/run\/peakRssBytes$/,
    reason: 'given in MB',
  },
  { formats: ['ndjson'], path: /^\/kind$|^\/tenants\//, reason: 'its lines have kinds of their own, and no tenants' },
  {
    formats: ['text'],
    path: /^\/tenants\/1\/(?:baselineRoot|currentRoot)$|^\/tenants\/1\/streams\/0\/.*(?:root|head|AtBaselineSize)$/,
    reason: 'hashes that both sides share have 16 digits, and heads of identical streams are left out',
  },
  {
    formats: ALL.filter((name) => name !== 'ndjson'),
    path: /\/places\/\d+\/(?:change|class|baseline)$/,
    reason: 'one word says what happened; what an element was is said by its name',
  },
  {
    formats: ALL.filter((name) => name !== 'ndjson'),
    path: /^\/shard\/sums\//,
    reason: 'what merge needs, and people are told in sums',
  },
  { formats: ['pdf'], path: /^\/tenants\/1\/streams\/0\//, reason: 'identical streams are counted and not listed' },
];

/** Every number and every hash is another one, so that none is found in the place of another. */
function distinct(value: unknown): unknown {
  let number = 10_000;
  let digest = 0x1000;
  const walk = (of: unknown): unknown => {
    if (typeof of === 'number') return ++number;
    if (typeof of === 'string') {
      const again = (): string => (++digest).toString(16).repeat(16);
      return of.replace(/\b[0-9a-f]{64}\b/g, again);
    }
    if (Array.isArray(of)) return of.map(walk);
    if (typeof of !== 'object' || of === null) return of;
    return Object.fromEntries(Object.entries(of).map(([name, member]) => [name, walk(member)]));
  };
  return walk(value);
}

function fullReport(): ContinuityReport {
  const base = sample.failedReport();
  const same = sample.stream({
    stream: 'same-stream',
    ordered: false,
    relation: 'identical',
    rootAtBaselineSize: null,
  });
  const report = distinct({
    ...base,
    baseline: { ...base.baseline, subject: { system: 'was', of: { deep: 'deeper' } }, signature: sample.signature() },
    totals: { ...base.totals, retired: 1, unjudged: { baseline: 1, current: 1 } },
    migration: sample.migration(),
    tenants: [
      sample.tenant({
        relation: 'broken',
        streams: [
          sample.stream({ relation: 'broken', rootAtBaselineSize: sample.hash('7') }),
          sample.stream({ stream: 'gone', relation: 'unknown', current: null, unjudged: { baseline: 1, current: 1 } }),
        ],
      }),
      sample.tenant({ tenant: 'kept', relation: 'identical', counts: [], streams: [same] }),
      sample.tenant({ tenant: 'half', relation: 'unknown', unjudged: { baseline: 1, current: 1 } }),
    ],
    changes: [
      sample.changeGroup(2, {
        places: [
          { pointer: '/body/grouped', change: 'changed', class: 'precision', baseline: 'g-before', current: 'g-after' },
          {
            pointer: '/body/list/*',
            change: 'removed',
            class: 'removed-member',
            element: 'left-pad 1.3.0',
            baseline: 'x',
          },
        ],
        placesOmitted: 1,
        examples: [{ tenant: 'e-tenant', stream: 'e-stream', id: 'e-id', seq: 1 }],
        tenants: [{ name: 'held-tenant', count: 1 }],
        types: [{ name: 'held-type', count: 1 }],
        days: [{ name: '2027-03-01', count: 1 }],
      }),
    ],
    changesOmitted: 1,
    demands: [
      { demand: 'expect-digest', asked: `sha256:${sample.hash('e')}`, state: 'held' },
      { demand: 'trusted-key', asked: 'keys/k.pub', state: 'refuted', why: 'nobody signed it so' },
      { demand: 'expect-subject', asked: 'system=was', state: 'impossible', why: 'no subject was read' },
      { demand: 'not-same-input', asked: '', state: 'held' },
      { demand: 'output', asked: 'out/report.pdf', state: 'held' },
    ],
    findings: [
      ...sample.findings(1, { id: 'id-1', baseline: 'value-before', current: 'value-after', path: '/body/a~1b' }),
      ...sample.findings(1, {
        id: 'id-3',
        places: [
          { pointer: '/body/1/t', from: '/body/0/t', change: 'changed', class: 'scale', baseline: 'p1', current: 'p2' },
          { pointer: '/body/2', from: '/body/9', change: 'moved', class: 'order', element: 'moved-one' },
          { pointer: '/body/3', change: 'added', class: 'added-member', current: 'p3' },
        ],
        placesOmitted: 1,
      }),
      ...sample.findings(1, { kind: 'record-added', class: 'info', id: 'id-2', message: 'a new one' }),
    ],
    findingCounts: { 'record-modified': 2, 'record-added': 1 },
    checks: [
      { check: 'chain-links', done: 1 },
      { check: 'hash-recipe', done: 1, skipped: 1, why: 'recipe none' },
    ],
    notChecked: ['that it is complete', 'that added records are true'],
    shard: { index: 1, count: 1, baseline: sample.hash('a'), current: sample.hash('b'), sums: sample.sums() },
  }) as ContinuityReport;
  const [first, kept, ...others] = report.tenants;
  if (first === undefined || kept === undefined) throw new TypeError('two tenants were made');
  // What is identical is equal on both sides.
  const streams = kept.streams.map((one) => ({ ...one, current: one.baseline }));
  return { ...report, tenants: [first, { ...kept, currentRoot: kept.baselineRoot, streams }, ...others] };
}

const REPORT = fullReport();

function* leaves(value: unknown, path = ''): Generator<readonly [path: string, leaf: unknown]> {
  if (typeof value !== 'object') yield [path, value];
  else if (value !== null) for (const [name, member] of Object.entries(value)) yield* leaves(member, `${path}/${name}`);
}

const unmarked = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replace(/\\([!-/:-@[-`{-~])/g, '$1');
const unescapedXml = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** What a reader gets to see of a format, by its media type; of any other, all of it. */
const SEEN: Readonly<Record<string, (drawn: string) => string>> = {
  'text/html': (drawn) => elementsOf(drawn).map(textOf).join(' '),
  'text/markdown': unmarked,
  'application/xml': unescapedXml,
};

async function drawnAs(name: string, report: ContinuityReport): Promise<string> {
  const format = formatNamed(name);
  if (format !== undefined) {
    const [type = ''] = format.mediaType.split(';');
    const drawn = await format.render(report, { color: false, details: true });
    return (SEEN[type] ?? ((text: string) => text))(drawn);
  }
  const bytes = await REPORT_FORMATS.find((format) => format.name === name)?.render(report, { color: false });
  if (bytes === undefined || typeof bytes === 'string' || name !== 'pdf')
    throw new RangeError(`nobody reads ${name} here`);
  // The foot of a page stands between lines that belong together.
  return pagesOf(bytes)
    .join(' ')
    .replace(/\n[^\n]*Page \d+ of \d+\s*/g, '\n');
}

/** Without white space: where lines are broken is no matter. */
const tight = (text: string): string => text.replace(/\s+/g, '').toLowerCase();

function formsOf(leaf: unknown, path: string): readonly string[] {
  if (path.endsWith('/ordered')) return [leaf === true ? 'ordered,' : 'unordered,'];
  if (typeof leaf === 'number') return [String(leaf), String(leaf).replace(/\B(?=(?:\d{3})+$)/g, ',')];
  return [tight(String(leaf))];
}

function missing(format: string, drawn: string): readonly string[] {
  const text = tight(drawn);
  return [...leaves(JSON.parse(renderJson(REPORT)))]
    .filter(([path]) => !EXCEPTIONS.some((one) => one.formats.includes(format) && one.path.test(path)))
    .filter(([path, leaf]) => !formsOf(leaf, path).some((form) => text.includes(form)))
    .map(([path, leaf]) => `${path} ${leaf}`);
}

const FORMATS = ALL.filter((format) => format !== 'pdf' || popplerAvailable);

describe(`what a report says${skippedWithoutPoppler}`, () => {
  it.each(FORMATS)('%s: every leaf of the JSON report is there, or a stated exception', async (format) => {
    expect(missing(format, await drawnAs(format, REPORT))).toEqual([]);
  });

  it.each(FORMATS)('%s: a leaf that is left out is found', async (format) => {
    const drawn = await drawnAs(format, REPORT);
    const left = ['value-after', 'nobody signed it so', REPORT.baseline.globalRoot ?? '', 'that it is complete'];
    for (const leaf of left) {
      const without = tight(drawn).replaceAll(tight(leaf), '');
      expect(missing(format, without).join()).toContain(leaf);
    }
  });

  it('has no exception that excuses nothing', () => {
    const paths = [...leaves(JSON.parse(renderJson(REPORT)))].map(([path]) => path);
    for (const { path, reason } of EXCEPTIONS) {
      expect(paths.some((one) => path.test(one))).toBe(true);
      expect(reason).not.toBe('');
    }
  });

  it.each(FORMATS.filter((format) => format !== 'ndjson'))(
    '%s: the command that repeats it, the same in each',
    async (format) => {
      const drawn = (await drawnAs(format, REPORT)).replace(/ \\\n/g, ' ');
      expect(tight(drawn)).toContain(tight(repeatOf(REPORT).command));
    },
  );
});

describe('what a report says of itself', () => {
  it('stands in the order of the contract, whatever the order in the object', () => {
    const report = sample.failedReport();
    const reversed = Object.fromEntries(Object.entries(report).reverse()) as unknown as ContinuityReport;
    expect(outlineOf(reversed).result).toEqual(outlineOf(report).result);
    expect(outlineOf(report).result.map(({ key }) => key)).toEqual(['verdict', 'exitCode', 'relation', 'mode']);
  });
});
