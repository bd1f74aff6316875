/** A profile names attributes to count by: reports, `stats` and metrics show them, and no verdict comes of it. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CountedBy } from '../../../src/core/report/count-by.ts';
import {
  captureSnapshot,
  compareSnapshots,
  importRecords,
  renderReport,
  stats,
  verifyRoots,
} from '../../../src/index.ts';
import { profileFrom } from '../../../src/wire/profile.ts';
import { run as inProcess } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { putFiles } from './items.ts';

const folder = temporaryFolder();
afterEach(() => vi.unstubAllEnvs());

const place = (name: string): object => ({
  from: { csv: '*.csv' },
  stream: { value: name },
  id: 'id',
  attrs: { status: 'status' },
});
const profileOf = (countBy?: unknown): never =>
  ({
    kind: 'evidence-profile',
    version: 2,
    name: 'p',
    ...(countBy === undefined ? {} : { countBy }),
    items: [place('rows')],
  }) as never;

const rows = (...statuses: readonly string[]): string =>
  `id,status\n${statuses.map((status, at) => `${1000 + at},${status}\n`).join('')}`;

let files = 0;
async function imported(statuses: readonly string[], countBy?: unknown): Promise<string> {
  const at = `${folder}/${files++}`;
  const output = `${at}.ndjson`;
  await importRecords(putFiles(at, { 'a.csv': rows(...statuses) }), profileOf(countBy), { output });
  return output;
}

const pair = (baseline: number | null, current: number | null) => ({ baseline, current });

describe('countBy', () => {
  it('of the baseline alone counts both sides, from a file that was made long before', async () => {
    const was = await imported(['open', 'open', 'closed', ''], ['status']);
    const is = await imported(['open', 'open', 'closed', '', 'held'], undefined);
    expect(JSON.parse(readFileSync(was, 'utf8').split('\n')[0] ?? '').subject.countBy).toEqual(['status']);
    const report = await compareSnapshots(was, is);
    expect([report.verdict, report.countBy]).toEqual([
      'PASS',
      [
        {
          attribute: 'status',
          values: [
            { value: 'closed', ...pair(1, 1) },
            { value: 'held', ...pair(0, 1) },
            { value: 'open', ...pair(2, 2) },
          ],
          others: pair(0, 0),
          absent: pair(1, 1),
        },
      ],
    ]);
  });

  it('changes no verdict, no finding and no root', async () => {
    const was = ['open', 'closed', 'open'];
    for (const is of [was, ['open', 'open', 'open'], ['open', 'closed'], [...was, 'new']]) {
      const judged = async (countBy?: unknown) => {
        const report = await compareSnapshots(await imported(was, countBy), await imported(is, countBy));
        const { verdict, headline, totals, findings, findingCounts, tenants, checks, notChecked } = report;
        return { verdict, headline, totals, findings, findingCounts, tenants, checks, notChecked };
      };
      expect(await judged(['status'])).toEqual(await judged());
    }
  });

  it('has the same figures with any engine, and where the engine takes what it can', async () => {
    const statuses = Array.from({ length: 3000 }, (_, at) => (at % 7 === 0 ? '' : `s${at % 130}`));
    const was = await imported(statuses, ['status']);
    const is = await imported([...statuses, 'later'], ['status']);
    const counted = async (engine: string): Promise<readonly CountedBy[] | undefined> => {
      vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
      return (await compareSnapshots(was, is)).countBy;
    };
    const off = await counted('off');
    expect(await counted('eager')).toEqual(off);
    const [by] = off ?? [];
    expect([by?.values.length, by?.absent]).toEqual([100, pair(429, 429)]);
    expect(by?.values[0]).toEqual({ value: 'later', ...pair(0, 1) });
  });

  it('is null for a side without records, which is never 0', async () => {
    const is = await imported(['open'], ['status']);
    const was = `${folder}/summary-${files++}.json`;
    await captureSnapshot(is, was, { depth: 'summary' });
    const report = await compareSnapshots(was, is, { allowSame: true });
    expect(report.countBy?.[0]).toEqual({
      attribute: 'status',
      values: [{ value: 'open', ...pair(null, 1) }],
      others: pair(null, 0),
      absent: pair(null, 0),
    });
    const [text, json] = [renderReport(report, 'text'), renderReport(report, 'json')];
    expect(String(await text)).toContain('"status" is "open": unknown before, 1 after\n');
    expect(JSON.parse(String(await json)).countBy).toEqual(report.countBy);
    expect((await stats(was)).stats?.countBy).toEqual([
      { attribute: 'status', values: null, others: null, absent: null },
    ]);
  });

  it('is null for a side that was not read to its end', async () => {
    const was = await imported(['open', 'closed'], ['status']);
    const cut = `${folder}/cut.ndjson`;
    writeFileSync(cut, readFileSync(was, 'utf8').split('\n').slice(0, 2).join('\n'));
    const report = await compareSnapshots(was, cut);
    expect([report.verdict, report.countBy?.[0]?.absent]).toEqual(['INCOMPLETE', pair(0, null)]);
  });

  it('beside roots, which have no records', async () => {
    const was = await imported(['open'], ['status']);
    const roots = `${folder}/roots.json`;
    expect((await inProcess(['roots-export', was, '--output', roots])).status).toBe(0);
    const report = await verifyRoots(roots, was);
    expect([report.verdict, report.countBy?.[0]?.others]).toEqual(['PASS', pair(null, 0)]);
  });

  it('is in stats, sorted, and the same for the same evidence in another order', async () => {
    const print = async (statuses: readonly string[]) =>
      (await inProcess(['stats', await imported(statuses, ['status'])])).stdout;
    const text = await print(['open', '', 'closed', 'open']);
    expect(text).toContain(
      'attribute "status" value "closed" records 1\nattribute "status" value "open" records 2\n' +
        'attribute "status" others records 0\nattribute "status" absent records 1\n',
    );
    expect(await print(['open', 'open', 'closed', ''])).toBe(text);
  });

  it('is in the metrics of a comparison and of an audit', async () => {
    const was = await imported(['open', 'closed', ''], ['status']);
    const is = await imported(['open', 'closed', '', 'open'], ['status']);
    const metrics = `${folder}/m.prom`;
    const lines = () =>
      readFileSync(metrics, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('evidence_records_by'));
    expect((await inProcess([was, is, '--quiet', '--metrics', metrics])).status).toBe(0);
    expect(lines()).toEqual([
      'evidence_records_by_attribute{attribute="status",value="closed",what="value",side="baseline"} 1',
      'evidence_records_by_attribute{attribute="status",value="closed",what="value",side="current"} 1',
      'evidence_records_by_attribute{attribute="status",value="open",what="value",side="baseline"} 1',
      'evidence_records_by_attribute{attribute="status",value="open",what="value",side="current"} 2',
      'evidence_records_by_attribute{attribute="status",value="",what="others",side="baseline"} 0',
      'evidence_records_by_attribute{attribute="status",value="",what="others",side="current"} 0',
      'evidence_records_by_attribute{attribute="status",value="",what="absent",side="baseline"} 1',
      'evidence_records_by_attribute{attribute="status",value="",what="absent",side="current"} 1',
    ]);
    const output = `${folder}/audited.ndjson`;
    expect((await inProcess(['verify-all', was, '--output', output, '--metrics', metrics])).status).toBe(0);
    expect(lines()).toHaveLength(4);
  });

  it('counts the baseline as it was read, where a migration makes other records of it', async () => {
    const was = await imported(['open', 'closed', 'open'], ['status']);
    const is = `${folder}/migrated.ndjson`;
    const migration = `${folder}/migration.json`;
    const patch = [{ op: 'replace', path: '/attrs/status', value: 'archived' }];
    const baseline = `sha256:${createHash('sha256').update(readFileSync(was)).digest('hex')}`;
    const rules = [{ name: 'archive', match: { stream: 'rows' }, patch }];
    writeFileSync(
      migration,
      JSON.stringify({ kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline, rules }),
    );
    expect((await inProcess(['migrate', '--migration', migration, '--baseline', was, '--output', is])).stderr).toBe('');
    const report = await compareSnapshots(was, is, { migration });
    expect([report.verdict, report.relation, report.countBy?.[0]?.values]).toEqual([
      'PASS',
      'migrated',
      [
        { value: 'archived', ...pair(0, 3) },
        { value: 'closed', ...pair(1, 0) },
        { value: 'open', ...pair(2, 0) },
      ],
    ]);
  });

  it.each([
    ['an attribute that no place has', ['frozen'], /countBy: no place has this attribute in its attrs/],
    ['none', [], /countBy/],
    ['one twice', ['status', 'status'], /an attribute is named twice/],
    ['more than eight', Array.from({ length: 9 }, (_, at) => `a${at}`), /countBy/],
    ['a text', 'status', /countBy/],
  ])('is refused where it would count nothing: %s', (_, countBy, reason) => {
    expect(() => profileFrom(profileOf(countBy), 'a test')).toThrow(reason);
  });
});
