/** Inputs that once failed, read in place: what reader and judge must say of each. Small kinds of them stand beside the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/core/json/parse.ts';
import { isConsequence } from '../../src/core/kinds.ts';
import { compareSources } from '../../src/engine/compare.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { renderReport } from '../../src/index.ts';
import { FileBytes } from '../../src/sources/bytes.ts';
import { RootsSource } from '../../src/sources/roots-source.ts';
import { SnapshotSource } from '../../src/sources/snapshot-source.ts';
import { parseHeader } from '../../src/wire/envelope.ts';
import { auditText, compareTexts, countsOf } from '../in-memory.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const folder = sharedFolder('cases');
const text = (name: string): string => readFileSync(join(folder ?? '', name), 'utf8');
const quickstart = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/quickstart/${name}`, import.meta.url)), 'utf8');

describe.skipIf(folder === undefined)(`the cases of reader and judge${skippedWithout('cases')}`, () => {
  it('reports/dupkey.ndjson: what was not read is not lost', async () => {
    const report = await compareTexts(quickstart('baseline.json'), text('reports/dupkey.ndjson'));
    expect([report.verdict, countsOf(report)]).toEqual(['INCOMPLETE', { 'input-malformed': 1 }]);
    expect(report.totals).toMatchObject({ matched: 2, added: 0, missing: 0, unjudged: { baseline: 13, current: 1 } });
    expect(report.headline).toMatch(/stopped at record 4: 13 records of the baseline and 1 of the current/);
  });

  it('reports/dup.json: what decides comes first', async () => {
    const report = await compareTexts(quickstart('baseline.json'), text('reports/dup.json'));
    expect(report.headline).toMatch(/^FAIL: 1 duplicate-id, /);
    expect(report.headline).not.toContain('record-added');
    const order = report.findings.map(({ kind }) => Number(isConsequence(kind)));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('reports/one-summary.ndjson against two.ndjson in frozen mode: the count alone is a FAIL', async () => {
    const report = await compareTexts(text('reports/one-summary.ndjson'), text('reports/two.ndjson'), {
      mode: 'frozen',
    });
    expect([report.verdict, report.totals.added]).toEqual(['FAIL', 1]);
  });

  it('reports/sorted.json: the true reason', async () => {
    const audit = await auditText(text('reports/sorted.json'));
    expect(countsOf(audit)).toEqual({ 'unsupported-version': 1 });
    expect(audit.findings[0]?.message).toMatch(/header member `\w+` does not stand before `records`/);
    expect(audit.findings[0]?.message).not.toContain('missing');
  });

  it.each(['snapshots/43-float-b.ndjson', 'reports/seq10.ndjson'])(
    '%s: seq is written in digits alone',
    async (name) => {
      expect(countsOf(await auditText(text(name)))).toEqual({ 'schema-violation': 1 });
    },
  );

  it('reports/worked.ndjson beside it is read', async () => {
    expect((await auditText(text('reports/worked.ndjson'))).verdict).toBe('PASS');
  });

  it.each([
    ['snapshots/books70-roots.json', 'snapshots/books70-current.ndjson'],
    ['snapshots/roots-size-2p53.json', 'snapshots/books70-current.ndjson'],
  ])('%s: sizes near 2^53 are a finding', async (roots, current) => {
    const source = new RootsSource(new FileBytes(join(folder ?? '', roots)), { platform: nodePlatform });
    const other = new SnapshotSource(new FileBytes(join(folder ?? '', current)), { platform: nodePlatform });
    const report = await compareSources(source, other);
    expect(report.verdict).toMatch(/^(?:INCOMPLETE|FAIL)$/);
    expect(Object.keys(report.findingCounts).join()).toMatch(/input-limit|manifest-mismatch/);
  });

  it('snapshots/summary-size-2p53.json: sizes near 2^53 are a finding', async () => {
    const report = await compareTexts(text('snapshots/summary-size-2p53.json'), quickstart('current.json'));
    expect(countsOf(report)).toEqual({ 'input-limit': 1 });
  });

  it.each(['base64', 'emptygen', 'prefix', 'upper'])(
    'snapshots/40-%s-b.ndjson: another spelling is hash-malformed',
    async (name) => {
      const audit = await auditText(text(`snapshots/40-${name}-b.ndjson`));
      expect(audit.verdict).toBe('FAIL');
      expect(Object.keys(audit.findingCounts)).toContain('hash-malformed');
    },
  );

  it.each(['19-break', '16-legacy'])('snapshots/%s-*: an old fault is counted once and called old', async (name) => {
    const report = await compareTexts(text(`snapshots/${name}-b.ndjson`), text(`snapshots/${name}-c.ndjson`));
    expect([report.verdict, report.relation]).toEqual(['FAIL', 'extended']);
    expect(countsOf(report)).toEqual({ 'record-added': 1, 'chain-break': 1 });
    expect(report.findings.find(({ kind }) => kind === 'chain-break')).toMatchObject({
      class: 'FAIL',
      alreadyInBaseline: true,
    });
    expect(report.headline).toMatch(
      /^FAIL: 1 chain-break already in the baseline; 8 of 8 baseline records .*; 1 added$/,
    );
  });

  it('snapshots/noise-*: one verdict that was altered stands before 2,999 times that were re-spelled, in every format', async () => {
    const [was, is] = ['b', 'c'].map((side) => readFileSync(join(folder ?? '', `snapshots/noise-${side}.ndjson.gz`)));
    const report = await compareTexts(gunzipSync(was as Buffer), gunzipSync(is as Buffer));
    expect(report.changes.map(({ count, places: [place] }) => [count, place?.pointer, place?.class])).toEqual([
      [1, '/body/verdict', 'other'],
      [2999, '/body/at', 'same-instant'],
    ]);
    for (const format of ['text', 'markdown', 'html'] as const) {
      const page = await renderReport(report, format);
      const [odd, noise] = [page.indexOf('deny'), page.indexOf('2,999')];
      expect([odd > 0, odd < noise], format).toEqual([true, true]);
    }
  });

  it('snapshots/13-serial-*, 35b-shift-c: nine SBOMs are one group; a component is named', async () => {
    const was = text('snapshots/13-serial-b.ndjson');
    const serial = await compareTexts(was, text('snapshots/13-serial-c.ndjson'));
    expect(serial.changes.map(({ count, places }) => [count, places.map(({ pointer }) => pointer)])).toEqual([
      [9, ['/body/metadata/timestamp', '/body/serialNumber']],
    ]);
    const shifted = await compareTexts(was, text('snapshots/35b-shift-c.ndjson'));
    expect(shifted.changes.map(({ count, places }) => [count, places])).toMatchObject([
      [1, [{ pointer: '/body/components/*', change: 'added', element: 'new 0' }]],
    ]);
  });

  it('snapshots/20b-mid-b.ndjson: a chain that begins in the middle is read by its rule', async () => {
    const [was, is] = [text('snapshots/20b-mid-b.ndjson'), text('snapshots/20b-mid-c.ndjson')];
    expect(countsOf(await auditText(was))).toEqual({ 'chain-genesis-changed': 1, 'seq-gap': 1 });
    const { prev, seq } = JSON.parse(was.split('\n')[1] ?? '') as { prev: string; seq: number };
    const ruled = was.replace('"recipe"', `"genesis": "${prev}", "firstSeq": ${seq}, "recipe"`);
    expect(parseHeader(parseJson(nodePlatform, new TextEncoder().encode(ruled.split('\n')[0]))).chains.size).toBe(1);
    const report = await compareTexts(ruled, is);
    expect([report.verdict, report.relation]).toEqual(['PASS', 'extended']);
  });
});
