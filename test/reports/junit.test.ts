import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { renderJunit } from '../../src/reports/junit.ts';
import { runs } from '../long.ts';
import { controls } from './hostile.ts';
import { hostileReport } from './hostile-report.ts';
import * as sample from './sample-report.ts';
import { skippedWithout, xmllint } from './tools.ts';
import { type Element, readXml } from './xml-reader.ts';

const SCHEMA = fileURLToPath(new URL('junit.xsd', import.meta.url));
const REPORTS = {
  PASS: sample.sampleReport(),
  FAIL: sample.failedReport(),
  INCOMPLETE: sample.incompleteReport(),
  UNTRUSTED: sample.untrustedReport(),
} as const;
const NAMES = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'] as const;

const attribute = (element: Element, name: string): string => element.attributes.get(name) ?? '';
const suitesOf = (report: ContinuityReport): readonly Element[] => readXml(renderJunit(report)).children;
const casesOf = (suite: Element): readonly Element[] => suite.children.filter(({ name }) => name === 'testcase');
const outcomeOf = (testCase: Element): string => testCase.children[0]?.name ?? 'passed';

function propertiesOf(suite: Element | undefined): Readonly<Record<string, string>> {
  const list = suite?.children[0]?.children ?? [];
  return Object.fromEntries(list.map((property) => [attribute(property, 'name'), attribute(property, 'value')]));
}

function outcomes(report: ContinuityReport): Readonly<Record<string, string>> {
  const cases = suitesOf(report).flatMap(casesOf);
  return Object.fromEntries(
    cases.map((testCase) => [
      `${attribute(testCase, 'classname')} ${attribute(testCase, 'name')}`,
      outcomeOf(testCase),
    ]),
  );
}

/** The rules of the schemas, without one: order of children, attributes, at most one outcome, sums. */
function faultsOf(suite: Element): readonly string[] {
  const faults: string[] = [];
  const cases = casesOf(suite);
  const order = suite.children.map(({ name }) => name);
  const expected = ['properties', ...cases.map(() => 'testcase'), 'system-out', 'system-err'];
  if (order.join() !== expected.join()) faults.push(`children ${order.join()}`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(attribute(suite, 'timestamp'))) faults.push('timestamp');
  const sums = { tests: cases.length, failures: 0, errors: 0, skipped: 0 };
  for (const testCase of cases) {
    const outcome = outcomeOf(testCase);
    if (testCase.children.length > 1) faults.push('two outcomes');
    if (outcome === 'failure') sums.failures += 1;
    else if (outcome === 'error') sums.errors += 1;
    else if (outcome === 'skipped') sums.skipped += 1;
    else if (outcome !== 'passed') faults.push(outcome);
    if (!/^\d+(\.\d+)?$/.test(attribute(testCase, 'time'))) faults.push('time');
    if (attribute(testCase, 'classname') === '' || attribute(testCase, 'name') === '') faults.push('no name');
  }
  for (const [name, sum] of Object.entries(sums)) if (attribute(suite, name) !== String(sum)) faults.push(name);
  return faults;
}

describe('the JUnit report', () => {
  it.each(NAMES)('of a %s is the golden file', async (name) => {
    await expect(renderJunit(REPORTS[name])).toMatchFileSnapshot(`golden/${name.toLowerCase()}.xml`);
  });

  it.each(NAMES)('of a %s keeps the rules that all readers share', (name) => {
    const suites = suitesOf(REPORTS[name]);
    expect(suites.flatMap(faultsOf)).toEqual([]);
    expect(suites.map((suite) => attribute(suite, 'id'))).toEqual(suites.map((_, at) => String(at)));
  });

  it.each(NAMES)(`of a %s is valid by a schema${skippedWithout('xmllint', xmllint)}`, (name) => {
    if (xmllint === undefined) return;
    const checked = xmllint(['--noout', '--nonet', '--schema', SCHEMA, '-'], renderJunit(REPORTS[name]));
    expect(checked).toEqual({ status: 0, output: '- validates\n' });
  });

  it.each([
    ['PASS', 'passed'],
    ['FAIL', 'failure'],
    ['INCOMPLETE', 'error'],
    ['UNTRUSTED', 'error'],
  ] as const)('of a %s has a case for the verdict: %s', (name, outcome) => {
    expect(outcomes(REPORTS[name])['evidence-diff verdict']).toBe(outcome);
  });

  it('has verdict, headline, digests, roots and counts of the report as properties', () => {
    for (const report of Object.values(REPORTS)) {
      const properties = propertiesOf(suitesOf(report)[0]);
      expect(properties).toMatchObject({ verdict: report.verdict, headline: report.headline });
      for (const side of ['baseline', 'current'] as const) {
        expect(properties[`${side}.sha256`]).toBe(
          report[side].sha256 ?? 'unknown: not all bytes were read, or it is no file',
        );
        expect(properties[`${side}.globalRoot`]).toBe(report[side].globalRoot ?? 'unknown: not read to its end');
        expect(properties[`${side}.records`]).toBe(String(report[side].records));
      }
      const { unjudged: _, ...tally } = report.totals;
      for (const [name, count] of Object.entries(tally)) expect(properties[`totals.${name}`]).toBe(String(count));
      for (const [kind, count] of Object.entries(report.findingCounts)) {
        expect(properties[`findingCounts.${kind}`]).toBe(String(count));
      }
    }
  });

  it('has a case for each demand: what did not hold is an error, with what is to be done beside the verdict', () => {
    const named = outcomes(REPORTS.UNTRUSTED);
    expect(named[`evidence-diff demand "expect-digest sha256:${sample.hash('8')}"`]).toBe('error');
    expect(named['evidence-diff demand "not-same-input"']).toBe('passed');
    expect(renderJunit(REPORTS.UNTRUSTED)).toContain('repeat it: evidence-diff --mode append --expect-digest');
  });

  it('tells of additions that are no fault beside the cases', () => {
    const added = sample.findings(2, { kind: 'record-added', class: 'info' });
    const [suite] = suitesOf({ ...REPORTS.PASS, findings: added, findingCounts: { 'record-added': 2 } });
    const text = suite?.children.find(({ name }) => name === 'system-out')?.text ?? '';
    expect(text.split('\n').map((line) => line.slice(0, 19))).toEqual(['info record-added: ', 'info record-added: ']);
  });

  it('makes failures of FAIL findings, in the case of their stream and check', () => {
    expect(outcomes(REPORTS.FAIL)).toMatchObject({
      'tenant "acme" relation': 'failure',
      'tenant "acme" stream "findings-ledger/5f3c" relation': 'failure',
      'tenant "acme" stream "findings-ledger/5f3c" record-comparison': 'failure',
      'tenant "kept" relation': 'passed',
    });
  });

  it('never passes a case whose check was not made for it', () => {
    const passed = (report: ContinuityReport): readonly string[] =>
      Object.entries(outcomes(report)).flatMap(([name, outcome]) => (outcome === 'passed' ? [name] : []));
    const streams = [sample.stream({ relation: 'unknown' })];
    const tenants = [sample.tenant({ relation: 'unknown', streams })];
    expect(passed({ ...REPORTS.INCOMPLETE, tenants, demands: [] })).toEqual([]);
    const stream = 'tenant "acme" stream "findings-ledger/5f3c"';
    expect(outcomes(REPORTS.PASS)).toMatchObject({
      [`${stream} relation`]: 'passed',
      [`${stream} chain-links`]: 'passed',
      [`${stream} hash-recipe`]: 'skipped',
      [`${stream} order`]: 'skipped',
    });
  });

  it('does not pass a case whose findings were counted and not listed', () => {
    const checks = [{ check: 'record-comparison', done: 11 }];
    const cut = { ...REPORTS.FAIL, findings: [], checks };
    const stream = 'tenant "acme" stream "findings-ledger/5f3c"';
    expect(outcomes(cut)[`${stream} record-comparison`]).toBe('skipped');
    expect(outcomes(cut)[`${stream} relation`]).toBe('failure');
    expect(outcomes(cut)['evidence-diff check record-comparison']).toBe('failure');
  });

  it('G27: is well-formed, valid and without a name that comes twice, whatever the names are', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const xml = renderJunit(report);
        expect(controls(xml.replaceAll('\n', ''))).toBe(false);
        const suites = readXml(xml).children;
        expect(suites.flatMap(faultsOf)).toEqual([]);
        const names = suites.flatMap(casesOf).map((one) => `${attribute(one, 'classname')}_${attribute(one, 'name')}`);
        expect(new Set(names).size).toBe(names.length);
        const text = suites.flatMap(casesOf).flatMap((one) => one.children.flatMap((child) => child.text.split('\n')));
        const forcing = report.findings.filter((finding) => finding.class !== 'info');
        expect(text.filter((line) => line !== '').length).toBeGreaterThanOrEqual(forcing.length);
      }),
      { numRuns: runs(80, 20_000) },
    );
  });

  it(`G27: is valid by a schema, whatever the names are${skippedWithout('xmllint', xmllint)}`, () => {
    if (xmllint === undefined) return;
    const check = xmllint;
    fc.assert(
      fc.property(hostileReport, (report) => {
        const { status, output } = check(['--noout', '--nonet', '--schema', SCHEMA, '-'], renderJunit(report));
        expect({ status, output }).toEqual({ status: 0, output: '- validates\n' });
      }),
      { numRuns: runs(8, 1000) },
    );
  });
});
