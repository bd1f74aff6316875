/**
 * JSON null, SQL NULL and a member that is not there are three leaves; snapshots from before they were told apart stay
 * comparable, and where the difference cannot be seen it is said. And a digest that stands for its body.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { rootsJson } from '../../../src/cli/verbs/roots-export.ts';
import { captureSource } from '../../../src/engine/capture.ts';
import { compareSources } from '../../../src/engine/compare.ts';
import { auditSnapshot, captureSnapshot, compareSnapshots, compareWithRoots } from '../../../src/index.ts';
import { openPostgres } from '../../../src/sources/postgres/index.ts';
import { genericProfile, profileFrom } from '../../../src/wire/profile.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { sharedFolder } from '../../shared.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const OPTIONS = new Map([
  ['id', 'id'],
  ['tenant', '=t'],
]);
const PROFILE = genericProfile('public.ev', OPTIONS);
const NOTE = 'whether a column changed between SQL NULL and JSON null: a side was written before they were told apart';

describe.skipIf(!postgresAvailable)(`NULL in a body made of columns${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  const folder = temporaryFolder();
  const source = { profile: PROFILE };
  const url = () => server().url();
  const file = (name: string) => join(folder, `${name}.ndjson`);

  /** As a version did that did not tell them apart. */
  async function captureOld(name: string, depth: 'full' | 'digest' = 'full'): Promise<string> {
    const old = openPostgres(url(), source);
    old.writeNulls('as-null');
    const capture = await captureSource(old, file(name), { depth });
    expect([capture.verdict, capture.header?.nulls]).toEqual(['PASS', undefined]);
    expect(readFileSync(file(name), 'utf8')).not.toContain('body.nulls');
    return file(name);
  }

  async function captureNew(name: string, depth: 'full' | 'digest' = 'full'): Promise<string> {
    expect((await captureSnapshot(url(), file(name), { source, depth })).verdict).toBe('PASS');
    return file(name);
  }

  const rowsAre = (rows: string): Promise<unknown> =>
    server().sql(
      'postgres',
      `DROP TABLE IF EXISTS ev; CREATE TABLE ev(id int PRIMARY KEY, doc jsonb, note text);
      INSERT INTO ev VALUES ${rows}`,
    );

  beforeEach(() => rowsAre(`(1, 'null', 'x'), (2, '{"a":1}', 'y'), (3, NULL, NULL)`));

  it('is left out of the body, and named', async () => {
    const lines = readFileSync(await captureNew('named'), 'utf8').split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ nulls: 'distinct' });
    const records = lines.slice(1, 4).map((line) => JSON.parse(line));
    expect(records.map(({ attrs, body }) => ({ attrs, body }))).toEqual([
      { attrs: undefined, body: { doc: null, note: 'x' } },
      { attrs: undefined, body: { doc: { a: 1 }, note: 'y' } },
      { attrs: { 'body.nulls': '["doc","note"]' }, body: {} },
    ]);
  });

  it.each(['full', 'digest'] as const)(
    'that was JSON null before is FAIL with the column named: depth %s',
    async (depth) => {
      const baseline = await captureNew(`w1-${depth}`, depth);
      expect((await compareSnapshots(baseline, url(), { source, mode: 'frozen' })).verdict).toBe('PASS');
      await server().sql('postgres', `UPDATE ev SET doc = NULL WHERE doc = 'null'::jsonb`);
      const report = await compareSnapshots(baseline, url(), { source, mode: 'frozen' });
      expect([report.verdict, report.findingCounts['record-modified']]).toEqual(['FAIL', 1]);
      const finding = report.findings.find(({ kind }) => kind === 'record-modified');
      expect(JSON.stringify(finding)).toContain('doc');
    },
  );

  it('the case that was handed down', async (context) => {
    const handedDown = sharedFolder('cases/postgres/w1-jsonnull.sql');
    if (handedDown === undefined) return context.skip('the shared cases are not there');
    await server().sql('postgres', `DROP TABLE ev; ${readFileSync(handedDown, 'utf8')}`);
    const baseline = await captureNew('case');
    await server().sql('postgres', `update ev set doc = null where doc = 'null'::jsonb`);
    expect((await compareSnapshots(baseline, url(), { source, mode: 'frozen' })).verdict).toBe('FAIL');
  });

  it.each(['full', 'digest'] as const)(
    'an old baseline of depth %s is compared by its own rule, and that is said',
    async (depth) => {
      const baseline = await captureOld(`old-${depth}`, depth);
      const same = await compareSnapshots(baseline, url(), { source, mode: 'frozen' });
      expect([same.verdict, same.relation, same.totals.matched]).toEqual(['PASS', 'identical', 3]);
      expect(same.notChecked).toContain(NOTE);
      await server().sql('postgres', `UPDATE ev SET note = 'z' WHERE id = 2`);
      expect((await compareSnapshots(baseline, url(), { source })).verdict).toBe('FAIL');
    },
  );

  it('a live baseline is read by the rule of an old current side', async () => {
    const current = await captureOld('old-current');
    const report = await compareSnapshots(url(), current, { source, mode: 'frozen' });
    expect([report.verdict, report.totals.matched]).toEqual(['PASS', 3]);
    expect(report.notChecked).toContain(NOTE);
  });

  it('two old snapshots are compared as ever, and what they cannot show is said', async () => {
    const report = await compareSnapshots(await captureOld('old-1'), await captureOld('old-2'));
    expect([report.verdict, report.relation]).toEqual(['PASS', 'identical']);
    expect(report.notChecked).toContain(NOTE);
  });

  it.each([
    ['old', 'new'],
    ['new', 'old'],
  ])('files of two rules are neither PASS nor called changed: %s against %s', async (baseline) => {
    const sides = [await captureOld('mixed-old', 'digest'), await captureNew('mixed-new', 'digest')];
    const [was = '', is = ''] = baseline === 'old' ? sides : sides.reverse();
    const report = await compareSnapshots(was, is);
    expect([report.verdict, report.findingCounts]).toEqual(['INCOMPLETE', { 'proof-unavailable': 1 }]);
    expect(report.findings[0]?.message).toMatch(
      /SQL NULL is told apart from JSON null here.*compare with the database/,
    );
  });

  it('files of two rules without NULL are compared', async () => {
    await rowsAre(`(1, 'null', 'x'), (2, '{"a":1}', 'y')`);
    const report = await compareSnapshots(await captureOld('whole-old'), await captureNew('whole-new'));
    expect([report.verdict, report.relation]).toEqual(['PASS', 'identical']);
    expect(report.notChecked).toContain(NOTE);
  });

  it('two new sides leave nothing unsaid', async () => {
    const report = await compareSnapshots(await captureNew('new-1'), url(), { source });
    expect([report.verdict, report.relation]).toEqual(['PASS', 'identical']);
    expect(report.notChecked).not.toContain(NOTE);
  });

  it('a file of roots says by which rule they were made', async () => {
    for (const [name, path] of [
      ['old', await captureOld('roots-old')],
      ['new', await captureNew('roots-new')],
    ] as const) {
      const { summary, header } = await auditSnapshot(path);
      if (summary === null) throw new RangeError('it was not read');
      const roots = join(folder, `${name}.json`);
      writeFileSync(roots, rootsJson(summary, false, { header }));
      const report = await compareWithRoots(roots, url(), { source });
      expect([name, report.verdict, report.relation]).toEqual([name, 'PASS', 'identical']);
    }
  });

  it('is the same by any number of workers', async () => {
    const baseline = await captureNew('workers');
    const report = await compareSources(openPostgres(url(), source), openPostgres(url(), { ...source, workers: 2 }));
    expect(report.verdict).toBe('PASS');
    expect(report.current.globalRoot).toBe((await auditSnapshot(baseline)).summary?.globalRoot);
  });

  describe('a digest in the place of a body', () => {
    const byOptions = genericProfile('public.dg', new Map([...OPTIONS, ['bodyDigest', 'dg']]));
    const byFile = profileFrom(
      {
        kind: 'evidence-profile',
        version: 1,
        name: 'd',
        tables: [
          {
            schema: 'public',
            table: 'dg',
            tenant: { value: 't' },
            stream: { value: 's' },
            id: 'id',
            type: { value: 'x' },
            bodyDigest: 'dg',
          },
        ],
      },
      'd',
    );

    it.each([
      ['by options', byOptions],
      ['by a file', byFile],
    ])('makes a capture of depth digest: %s', async (name, profile) => {
      await server().sql(
        'postgres',
        `DROP TABLE IF EXISTS dg; CREATE TABLE dg(id int PRIMARY KEY, dg text);
         INSERT INTO dg VALUES (1, 'sha256:' || repeat('ab', 32))`,
      );
      const path = file(`digest ${name}`);
      const capture = await captureSnapshot(url(), path, { source: { profile } });
      expect([capture.verdict, capture.header?.depth, capture.written?.depth]).toEqual(['PASS', 'digest', 'digest']);
      expect((await compareSnapshots(path, url(), { source: { profile }, mode: 'frozen' })).verdict).toBe('PASS');
      await server().sql('postgres', `UPDATE dg SET dg = 'sha256:' || repeat('cd', 32)`);
      expect((await compareSnapshots(path, url(), { source: { profile } })).verdict).toBe('FAIL');
      const full = await captureSnapshot(url(), file('full'), { source: { profile }, depth: 'full' });
      expect([full.verdict, full.findingCounts]).toEqual(['INCOMPLETE', { 'source-incomplete': 1 }]);
      expect(full.findings[0]?.message).toMatch(/ask for --depth digest/);
    });
  });

  it('no attribute of a profile can take the name of it', () => {
    const taken = () => genericProfile('public.ev', new Map([...OPTIONS, ['attrs.body.nulls', 'note']]));
    expect(taken).toThrow(/`attrs` may not have body.isNull or body.nulls/);
  });
});
