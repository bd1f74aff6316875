/** What fits on a screen: the default text report, and one line a finding. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/report/report.ts';
import { renderBrief } from '../../src/reports/brief.ts';
import { renderText } from '../../src/reports/text.ts';
import { run } from '../cli/in-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import * as sample from './sample-report.ts';

const QUICKSTART = join(import.meta.dirname, '../../fixtures/quickstart');
const BASELINE = join(QUICKSTART, 'baseline.json');
const folder = temporaryFolder();

/** The baseline with one text in the place of another. */
function altered(was: string, is: string): string {
  const text = readFileSync(BASELINE, 'utf8');
  expect(text).toContain(was);
  const file = join(folder, 'altered.json');
  writeFileSync(file, text.replace(was, is));
  return file;
}

const short = (over: Parameters<typeof sample.sampleReport>[0]): string =>
  renderText(sample.sampleReport(over), { color: false });

describe('the text report without --details', () => {
  it.each([
    ['a number that was changed', '"riskScore":7.5', '"riskScore":2.5'],
    ['an id that was changed', '"policy-verdict:web-shop"', '"policy-verdict:web-shops"'],
  ])(
    'of %s is a FAIL of at most 40 lines: headline, demands, changes, findings, steps, command',
    async (_, was, is) => {
      const { stdout, status } = await run([BASELINE, altered(was, is)]);
      expect(status).toBe(1);
      expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
      expect(stdout).toMatch(/^FAIL: /);
      const titles = [
        'Demanded: ',
        'Findings: ',
        'Compared\n',
        'Not checked',
        'What to do now',
        'Repeat it: ',
        'Exit code 1',
      ];
      for (const title of titles) expect(stdout).toContain(`\n${title}`);
    },
  );

  it('of the quick start, four kinds of fault in one, has at most 40 lines as well, with each record named', async () => {
    const { stdout, status } = await run([BASELINE, join(QUICKSTART, 'tampered.json')]);
    expect(status).toBe(1);
    expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    for (const id of ['attestation:ledger-ui', 'acme-event-3', 'acme-event-4', 'policy-verdict:web-shop']) {
      expect(stdout).toContain(`id "${id}"`);
    }
  });

  it('has the options that said how files are read, as a shell reads them', async () => {
    const [was, is] = ['was', 'is'].map((name) => join(folder, `${name}.json`)) as [string, string];
    for (const file of [was, is]) writeFileSync(file, '[{"n":1}]');
    const { stdout } = await run([was, is, '--records', '', '--map', 'id=/n']);
    expect(stdout).toContain("\nRepeat it: evidence-diff --mode append --records '' --map id=/n --expect-digest ");
    expect((await run([BASELINE, BASELINE, '--allow-same'])).stdout).toContain('\nRepeat it: evidence-diff ');
  });

  it('lists roots and heads with --details, and nothing that the short one has not', async () => {
    const file = altered('"riskScore":7.5', '"riskScore":2.5');
    const [brief, full] = await Promise.all([run([BASELINE, file]), run([BASELINE, file, '--details'])]);
    expect(brief.stdout).toContain('/body/riskScore other 7.5 -> 2.5');
    expect(full.stdout).toContain('/body/riskScore other 7.5 -> 2.5');
    expect(brief.stdout).not.toContain('root before');
    expect(full.stdout).toContain('root before');
    expect(full.stdout.split('\n').length).toBeGreaterThan(brief.stdout.split('\n').length);
  });

  it('shows the consequences where there is nothing else that they could follow from', () => {
    const root: Finding = {
      kind: 'global-root-mismatch',
      class: 'FAIL',
      message: 'the root is another',
      baseline: 'a',
    };
    const alone = short({ findings: [root], findingCounts: { 'global-root-mismatch': 1 } });
    expect(alone).toContain('    - the root is another; before "a"');
    const cause: Finding = { kind: 'record-missing', class: 'FAIL', tenant: 't', message: 'it is gone' };
    const both = short({ findings: [cause, root], findingCounts: { 'record-missing': 1, 'global-root-mismatch': 1 } });
    expect(both).toContain('    - it is gone (tenant "t")');
    expect(both).not.toContain('the root is another');
    expect(both).toContain('roots and counts that differ: global-root-mismatch 1');
  });

  it('names each demand that did not hold on a line of its own', () => {
    const text = short({
      demands: [
        { demand: 'threshold', asked: '2', state: 'refuted', why: 'one key signed' },
        { demand: 'not-same-input', asked: '', state: 'held' },
        { demand: 'expect-upgrade', asked: 'u-1', state: 'held' },
      ],
    });
    expect(text).toContain('  REFUTED    threshold 2\n             one key signed\n');
    expect(text).toContain('  held       not-same-input, expect-upgrade u-1\n');
  });
});

describe('the brief report', () => {
  const finding = (over: Partial<Finding>): Finding => ({
    kind: 'record-modified',
    class: 'FAIL',
    tenant: 'acme',
    stream: 's/1',
    id: 'r',
    message: 'm',
    ...over,
  });
  const brief = (...findings: readonly Finding[]): string =>
    renderBrief(sample.sampleReport({ findings, findingCounts: {} }));

  it.each([
    [finding({}), '* acme s/1 r'],
    [finding({ kind: 'record-missing' }), '- acme s/1 r'],
    [finding({ kind: 'record-added', class: 'info' }), '+ acme s/1 r'],
    [finding({ kind: 'record-inserted-in-history' }), '+ acme s/1 r'],
    [finding({ kind: 'record-relinked' }), '~ acme s/1 r'],
    [{ kind: 'tenant-missing', class: 'FAIL', tenant: 'acme', message: 'm' } satisfies Finding, '- acme'],
    [finding({ kind: 'record-moved' }), '! acme s/1 r record-moved'],
    [{ kind: 'global-root-mismatch', class: 'FAIL', message: 'm' } satisfies Finding, '! global-root-mismatch'],
    [finding({ id: 'a b' }), '* acme s/1 "a b"'],
    [finding({ id: '#1' }), '* acme s/1 "#1"'],
    [finding({ id: '' }), '* acme s/1 ""'],
    [finding({ id: 'a\nb' }), '* acme s/1 "a\\nb"'],
  ])('says it in one line: %o', (one, line) => expect(brief(one)).toBe(`${line}\n`));

  it('says how many it does not list', () => {
    const report = sample.sampleReport({ findings: [finding({})], findingCounts: { 'record-modified': 1500 } });
    expect(renderBrief(report)).toBe(
      '* acme s/1 r\n# record-modified 1,500: and 1,499 more; the JSON report lists 1; --max-findings lists more\n',
    );
  });

  it('says what nothing reads of a side that nobody said how to read', () => {
    const recognised = { what: 'CycloneDX SBOMs', rule: 'serialNumber' };
    const subject = { recognised, unread: { 'json:*#/list': ['/exported', '/a b'] } };
    const base = sample.sampleReport({ findings: [], findingCounts: {} });
    const report = { ...base, current: { ...base.current, subject } };
    expect(renderBrief(report)).toBe('# nothing reads /exported "/a b"\n');
    expect(renderBrief(base)).toBe('');
  });
});
