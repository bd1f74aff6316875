/** What `explain` prints: the groups alone, and where they are. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../../src/index.ts';
import { concentrationsOf } from '../../src/reports/concentration.ts';
import { run } from '../cli/in-process.ts';
import { bundles, ndjson, type PlainRecord } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const cwd = temporaryFolder();
const ed = (...args: readonly string[]) => run(args, { cwd });

/** 40 records of three tenants: one says another thing, all of one tenant are spelled in another way. */
function stores(): readonly [PlainRecord[], PlainRecord[]] {
  const before = ['acme', 'globex', 'initech'].flatMap((tenant) =>
    bundles(tenant === 'acme' ? 30 : 5, { tenant }).map((record) => ({
      ...record,
      recordedAt: `2027-03-0${tenant.length - 3}T10:00:00Z`,
      body: { at: '2027-03-01T10:00:00Z', decision: 'deny' },
    })),
  );
  const after = before.map((record, at) => {
    if (record.tenant === 'globex') return { ...record, body: { ...record.body, at: '2027-03-01T11:00:00+01:00' } };
    return at === 2 ? { ...record, body: { ...record.body, decision: 'allow' } } : record;
  });
  return [before, after];
}

beforeAll(async () => {
  const [before, after] = stores();
  writeFileSync(join(cwd, 'before.ndjson'), ndjson(before));
  writeFileSync(join(cwd, 'after.ndjson'), ndjson(after));
  await ed('before.ndjson', 'after.ndjson', '--output', 'report.json');
});

describe('explain', () => {
  it('says the same of a report as of the two sides', async () => {
    const [of, sides] = [await ed('explain', 'report.json'), await ed('explain', 'before.ndjson', 'after.ndjson')];
    expect(of).toEqual(sides);
    expect(of.status).toBe(1);
    expect(of.stdout).toMatch(/^FAIL: 6 modified of 40[^\n]*\n\nChanges: 6 modified records, 2 kinds of change/);
    expect(of.stdout.indexOf('/body/decision')).toBeLessThan(of.stdout.indexOf('/body/at same-instant'));
    expect(of.stdout).not.toContain('Findings');
  });

  it('says where a change is concentrated', async () => {
    const { stdout } = await ed('explain', 'report.json', '--by', 'tenant');
    expect(stdout).toMatch(
      /By tenant: .*\n +5 "globex"\n +5 \/body\/at same-instant\n +1 "acme"\n +1 \/body\/decision/,
    );
    const path = join(cwd, 'report.json');
    const by = async (what: 'type' | 'day' | 'pointer') =>
      (await explain(path, undefined, { by: what })).concentrations;
    expect((await by('pointer')).map(({ name, records }) => [name, records])).toEqual([
      ['/body/at', 5],
      ['/body/decision', 1],
    ]);
    expect((await by('day')).map(({ name, records }) => [name, records])).toEqual([
      ['2027-03-03', 5],
      ['2027-03-01', 1],
    ]);
    expect(await by('type')).toEqual([]);
  });

  it('names the place of a group at whose pointer it stands', async () => {
    const renamed = stores()[0].map(({ body, ...record }) => {
      const { decision, ...others } = body as { decision?: string };
      return { ...record, body: { ...others, verdict: decision ?? 'none' } };
    });
    writeFileSync(join(cwd, 'renamed.ndjson'), ndjson(renamed));
    const { stdout } = await ed('explain', 'before.ndjson', 'renamed.ndjson', '--by', 'pointer');
    expect(stdout).toMatch(/"\/body\/decision"\n +\d+ \/body\/decision removed/);
    expect(stdout).toMatch(/"\/body\/verdict"\n +\d+ \/body\/verdict added/);
  });

  it('is PASS, and exit code 0, only where the comparison is', async () => {
    expect(await ed('explain', 'before.ndjson', 'before.ndjson')).toMatchObject({ status: 3 });
    writeFileSync(join(cwd, 'same.ndjson'), ndjson(stores()[0]));
    const same = await ed('explain', 'before.ndjson', 'same.ndjson', '--by', 'pointer');
    expect(same.status).toBe(0);
    expect(same.stdout).toMatch(/no record of both sides was modified[\s\S]*concentrated nowhere/);
  });

  it('refuses what is no report, what contradicts itself, and what is asked of two sides alone', async () => {
    expect(await ed('explain', 'before.ndjson')).toMatchObject({ status: 2 });
    expect(await ed('explain', 'nowhere.json')).toMatchObject({ status: 2 });
    const { report } = { report: JSON.parse(JSON.stringify(await explain(join(cwd, 'report.json')))) as object };
    writeFileSync(
      join(cwd, 'forged.json'),
      JSON.stringify({ ...report, kind: 'evidence-continuity-report', version: 1 }),
    );
    expect(await ed('explain', 'forged.json')).toMatchObject({ status: 2 });
    expect(await ed('explain', 'report.json', '--mode', 'frozen')).toMatchObject({ status: 64 });
    await expect(explain('report.json', undefined, { mode: 'frozen' })).rejects.toThrow(TypeError);
  });
});

describe('concentrationsOf', () => {
  it('adds up each name over all groups, the most records first', () => {
    const group = (count: number, tenants: Record<string, number>) => ({
      count,
      places: [],
      examples: [],
      tenants: Object.entries(tenants).map(([name, of]) => ({ name, count: of })),
    });
    expect(concentrationsOf([group(3, { a: 2, b: 1 }), group(9, { b: 9 })], 'tenant')).toEqual([
      {
        name: 'b',
        records: 10,
        changes: [
          { group: 1, records: 9 },
          { group: 0, records: 1 },
        ],
      },
      { name: 'a', records: 2, changes: [{ group: 0, records: 2 }] },
    ]);
  });
});
