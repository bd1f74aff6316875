import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { meaningOfCheck } from '../../src/reports/facts.ts';
import { renderHtml } from '../../src/reports/html.ts';
import { formatForFile, formatNamed } from '../../src/reports/index.ts';
import { renderJson } from '../../src/reports/json.ts';
import { nextSteps } from '../../src/reports/next-steps.ts';
import { ROOT } from '../architecture/source-files.ts';
import { runs } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { attributeOf, type Element, elementsOf, factsOf, inside, textOf } from './html-page.ts';
import * as sample from './sample-report.ts';

const VERDICTS = {
  PASS: sample.sampleReport(),
  FAIL: sample.failedReport(),
  INCOMPLETE: sample.incompleteReport(),
  UNTRUSTED: sample.untrustedReport(),
} as const;
const CODES = { PASS: 0, FAIL: 1, INCOMPLETE: 2, UNTRUSTED: 3 } as const;
const NAMES = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'] as const;
const folder = temporaryFolder();

const pageOf = (report: ContinuityReport): readonly Element[] => elementsOf(renderHtml(report));
const only = (elements: readonly Element[], tag: string): readonly Element[] =>
  elements.filter(({ tagName }) => tagName === tag);
const words = (elements: readonly Element[], id: string): string => {
  const section = elements.find((element) => attributeOf(element, 'id') === id);
  return section === undefined ? '' : textOf(section);
};
const header = (elements: readonly Element[]): Element => only(elements, 'header')[0] as Element;

/** Of tenants, more than stay below the bound of a page. */
const MANY = runs(5000, 25_000);

describe('the HTML report', () => {
  it.each(NAMES)('G34: of a %s says the verdict as word, headline, counts and exit code', (name) => {
    const report = VERDICTS[name];
    const elements = pageOf(report);
    const top = textOf(header(elements));
    expect(textOf(only(elements, 'h1')[0] as Element)).toBe(report.headline);
    expect(attributeOf(header(elements), 'class')).toBe(`banner ${name}`);
    expect(top).toContain(`exit code ${CODES[name]}`);
    expect(top).toContain(`relation ${report.relation}`);
    expect(textOf(only(elements, 'title')[0] as Element)).toBe(`${name}: evidence continuity report`);
    const facts = factsOf(elements);
    for (const what of ['matched', 'added', 'missing', 'modified', 'relinked', 'moved'] as const)
      expect(facts.get(what)).toBe(String(report.totals[what]));
  });

  it.each(NAMES)('G33: of a %s names both inputs as the report object does', (name) => {
    const report = VERDICTS[name];
    const cards = pageOf(report).filter((element) => attributeOf(element, 'class') === 'card');
    expect(cards).toHaveLength(2);
    for (const [at, side] of [report.baseline, report.current].entries()) {
      const text = textOf(cards[at] as Element);
      expect(text).toContain(`name${side.name}`);
      expect(text).toContain(`sha256${side.sha256 ?? 'unknown'}`);
      expect(text).toContain(`global root${side.globalRoot ?? 'unknown'}`);
      expect(text).toContain(`records${side.records}`);
      expect(text).toContain(`depth${side.depth ?? 'unknown'}`);
      expect(text).toContain(`captured${side.capturedAt ?? 'unknown'}`);
    }
    expect(textOf(cards[0] as Element)).toContain('signaturenone was verified');
  });

  it('answers the questions in the order in which they are asked', () => {
    const titles = only(pageOf(VERDICTS.FAIL), 'h2').map(textOf);
    expect(titles).toEqual([
      'What was compared',
      'What was demanded',
      'What changed',
      'Records before and after',
      'Records by attribute',
      'Roots and chain heads',
      'Findings',
      'What was declared',
      'What was not checked',
      'Checks that were made',
      'What to do now',
      'How to repeat it',
    ]);
  });

  it('shows counts by tenant and by type, before and after', () => {
    const elements = pageOf(VERDICTS.PASS);
    const rows = only(inside(elements, 'counts'), 'tr').map((row) => row.childNodes.map(textOf).join('|'));
    expect(rows).toEqual(['Tenant|Relation|Before|After|Change|Streams', 'acme|extended|5|6|+1|1']);
    const types = only(inside(elements, 'roots'), 'tr').map((row) => row.childNodes.map(textOf).join('|'));
    expect(types).toEqual(['Type|Before|After|Change', 'attestation|2|2|0', 'sbom|3|4|+1']);
  });

  it('shows every root and head, and what the root at the size of the baseline says', () => {
    const passed = words(pageOf(VERDICTS.PASS), 'roots');
    for (const digit of ['f', '9', 'c', 'd', 'a', 'b', '1', '2']) expect(passed).toContain(sample.hash(digit));
    expect(passed).toContain('root of the first 5 records nowequal to the root before');
    const failed = words(pageOf(VERDICTS.FAIL), 'roots');
    expect(failed).toContain(`root of the first 5 records now, NOT the root before${sample.hash('7')}`);
    expect(failed).toContain(`tenant root, both sides${sample.hash('c')}`);
    expect(failed.indexOf('acme')).toBeLessThan(failed.indexOf('kept'));
  });

  it('lists every finding with its place, before and after, by kind', () => {
    const elements = inside(pageOf(VERDICTS.FAIL), 'findings');
    expect(only(elements, 'h3').map(textOf)).toEqual(['record-modified FAIL 12']);
    const items = only(elements, 'li').map(textOf);
    expect(items).toHaveLength(12);
    expect(items[0]).toContain('the record at seq 1 was changed');
    expect(items[0]).toContain('tenantacmestreamfindings-ledger/5f3cseq1idr0at/body/state');
    expect(items[0]).toContain('before"open"after"closed"');
  });

  it('says what was only counted, and folds growth that is allowed', () => {
    const added = sample.findings(2, { kind: 'record-added', class: 'info' });
    const report = sample.sampleReport({
      findings: [...sample.findings(30), ...added],
      findingCounts: { 'record-modified': 5000, 'record-added': 2 },
    });
    const elements = inside(pageOf(report), 'findings');
    expect(only(elements, 'summary').map(textOf)).toEqual(['10 more', '2 listed']);
    expect(only(elements, 'li')).toHaveLength(32);
    expect(words(pageOf(report), 'findings')).toContain(
      'and 4,970 more; the JSON report lists 30; --max-findings lists more',
    );
  });

  it('shows a signature with its keys, and a subject whatever it holds: its depth has an end', () => {
    let deep: unknown = 'end';
    for (let at = 0; at < 1000; at++) deep = { deep };
    const subject = { by: { name: 'Release' }, deep } as unknown as ContinuityReport['baseline']['subject'];
    const baseline = { ...VERDICTS.PASS.baseline, subject, signature: sample.signature() };
    const text = words(pageOf(sample.sampleReport({ baseline })), 'compared');
    expect(text).toContain('subject by.name"Release"');
    expect(text).toContain(`signatureverified: 1 trusted key signed, 1 demandedby key 1${sample.hash('3')}`);
    expect(text).not.toContain('none was verified');
  });

  it('says what was skipped, what was not checked, and what to do, in the words of the text report', () => {
    const elements = pageOf(VERDICTS.FAIL);
    const checks = only(inside(elements, 'checks'), 'tr').map((row) => row.childNodes.map(textOf).join('|'));
    expect(checks.slice(1)).toEqual([
      'chain-links|11|0|a prev that was compared with the hash before it',
      'hash-recipe|0|11 skipped|recipe none',
    ]);
    expect(only(inside(elements, 'not-checked'), 'li').map(textOf)).toEqual(['baseline is not signed']);
    expect(only(inside(elements, 'next'), 'li').map(textOf)).toEqual(nextSteps(VERDICTS.FAIL));
  });

  it('knows what each check is, as the documentation has it', () => {
    const document = readFileSync(join(ROOT, 'docs/continuity-report.md'), 'utf8');
    const table = document.slice(document.indexOf('\n## Checks'), document.indexOf('\nAll but `history-prefix`'));
    const rows = [...table.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)];
    expect(rows.length).toBeGreaterThan(8);
    for (const [, check, meaning] of rows) expect(meaningOfCheck(check ?? '')).toBe(meaning?.replaceAll('`', ''));
    expect(meaningOfCheck('another')).toBe('');
  });

  it('G33: is tied to the JSON report of the same run by its digest', () => {
    const digest = createHash('sha256').update(renderJson(VERDICTS.FAIL)).digest('hex');
    expect(words(pageOf(VERDICTS.FAIL), 'repeat')).toContain(digest);
  });

  it('obeys its own style sheet and nothing else', () => {
    const elements = pageOf(VERDICTS.PASS);
    const policy = only(elements, 'meta').map((meta) => attributeOf(meta, 'content'))[1];
    const [style, ...others] = only(elements, 'style');
    const digest = createHash('sha256')
      .update(textOf(style as Element))
      .digest('base64');
    expect(others).toEqual([]);
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(elements.flatMap(({ attrs }) => attrs.filter(({ name }) => /^(style|on.*)$/.test(name)))).toEqual([]);
    expect(only(elements, 'script')).toEqual([]);
  });

  it('has no id twice, and no link that leads nowhere', () => {
    const elements = pageOf(VERDICTS.FAIL);
    const ids = elements.flatMap((element) => attributeOf(element, 'id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = only(elements, 'a').map((link) => attributeOf(link, 'href')?.slice(1));
    expect(targets.length).toBe(10);
    for (const target of targets) expect(ids).toContain(target);
  });

  it('is chosen by its name and by the ending of a file', async () => {
    expect(formatForFile('continuity-report.html')?.name).toBe('html');
    expect(await formatNamed('html')?.render(VERDICTS.PASS, { color: true })).toBe(renderHtml(VERDICTS.PASS));
    expect(formatForFile('REPORT.HTM')?.name).toBe('html');
  });

  it('of a thousand findings is smaller than 5 MB', () => {
    const report = sample.sampleReport({ findings: sample.findings(1000), findingCounts: { 'record-modified': 1000 } });
    expect(renderHtml(report).length).toBeLessThan(5_000_000);
  });

  it('holds all of hundreds of tenants: those that did not hold open, the others folded', () => {
    const tenants = Array.from({ length: 500 }, (_, at) =>
      sample.tenant({ tenant: `t${at}`, relation: at % 100 === 99 ? 'broken' : 'identical' }),
    );
    const elements = inside(pageOf(sample.sampleReport({ tenants })), 'roots');
    const folds = only(elements, 'details');
    const names = folds.filter((fold) => attributeOf(fold, 'class')?.startsWith('tenant') === true);
    expect(names).toHaveLength(500);
    const open = folds.filter((fold) => attributeOf(fold, 'open') !== undefined);
    expect(open.map((fold) => attributeOf(fold, 'class'))).toEqual(Array(5).fill('tenant broken'));
    expect(textOf(elements.find((fold) => attributeOf(fold, 'class') === 'bulk') as Element)).toContain(
      '460 more tenants',
    );
  });

  it.each(['identical', 'broken'] as const)(
    'of far more tenants that are %s than a page holds stays under 5 MB, and says what is left out',
    (relation) => {
      const tenants = Array.from({ length: MANY }, (_, at) => sample.tenant({ tenant: `t${at}`, relation }));
      const page = renderHtml(sample.sampleReport({ tenants }));
      expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
      const shown = page.match(/<details class="tenant /g)?.length ?? 0;
      expect(shown).toBeGreaterThan(1000);
      expect(page).toContain(`and ${(MANY - shown).toLocaleString('en')} more tenants; all in the JSON report`);
      expect(page.match(/and [\d,]+ more tenants; all in the JSON report/g)).toHaveLength(2);
    },
  );

  it('of one tenant with far more streams and types than a page holds stays under 5 MB', () => {
    const [one] = sample.tenant({}).streams;
    const streams = Array.from({ length: 4 * MANY }, (_, at) => ({ ...(one as object), stream: `s${at}` }) as never);
    const counts = Array.from({ length: 4 * MANY }, (_, at) => ({ type: `t${at}`, baseline: 1, current: 1 }));
    const page = renderHtml(sample.sampleReport({ tenants: [sample.tenant({ streams, counts })] }));
    expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
    expect(page).toMatch(/more types; all in the JSON[\s\S]*more streams; all in the JSON/);
  });

  it('of no tenants is a page as well', () => {
    const text = words(pageOf(sample.sampleReport({ tenants: [], notChecked: [], checks: [] })), 'counts');
    expect(text).toContain('No tenant was read.');
  });

  it('on the tampered quick start is, byte for byte, the one in fixtures', () => {
    const script = ['--import', './test/register-ts.mjs', 'fixtures/make-report.ts', folder];
    const { status, stderr } = spawnSync(process.execPath, script, { cwd: ROOT, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const committed = readFileSync(join(ROOT, 'fixtures/report/tampered.html'), 'utf8');
    expect(readFileSync(join(folder, 'tampered.html'), 'utf8')).toBe(committed);
  });
});
