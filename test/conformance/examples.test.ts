/** Snapshot pairs that a second implementation made from the contract alone: the same verdicts, and the same roots. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  auditSnapshot,
  type ContinuityReport,
  compareSnapshots,
  parseJson,
  portable,
  writeSnapshot,
} from '../../src/index.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const folder = sharedFolder('examples');
const names =
  folder === undefined
    ? []
    : readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);

interface Expected {
  readonly verdict: string;
  readonly oneOfKinds: readonly string[];
}

interface Stated {
  readonly trailer: {
    readonly records: number;
    readonly globalRoot: string;
    readonly tenants: readonly {
      readonly tenant: string;
      readonly root: string;
      readonly streams: readonly { readonly root: string }[];
    }[];
  };
}

const pathOf = (name: string, file: string): string => join(folder ?? '', name, file);
const read = <T>(name: string, file: string): T => JSON.parse(readFileSync(pathOf(name, file), 'utf8')) as T;

async function compared(name: string): Promise<ContinuityReport> {
  return compareSnapshots(pathOf(name, 'baseline.json'), pathOf(name, 'current.json'));
}

describe.skipIf(folder === undefined)(`the example pairs${skippedWithout('examples')}`, () => {
  it('are all here', () => {
    expect(names.length).toBeGreaterThanOrEqual(10);
  });

  it.each(names)('%s: has the expected verdict, and one of the expected kinds', async (name) => {
    const expected = read<Expected>(name, 'expected.json');
    const report = await compared(name);
    expect(report.verdict).toBe(expected.verdict);
    const kinds = Object.keys(report.findingCounts);
    if (expected.oneOfKinds.length > 0)
      expect(
        kinds.some((kind) => expected.oneOfKinds.includes(kind)),
        kinds.join(),
      ).toBe(true);
    else expect(kinds.filter((kind) => kind !== 'record-added')).toEqual([]);
  });

  it.each(names)('%s: the roots of the baseline are those of the other implementation, bit for bit', async (name) => {
    const { trailer } = read<Stated>(name, 'baseline.json');
    const { summary, findingCounts } = await auditSnapshot(pathOf(name, 'baseline.json'));
    expect(findingCounts).toEqual({});
    expect(summary?.globalRoot).toBe(trailer.globalRoot);
    expect(summary?.tenants.map(({ root }) => root)).toEqual(trailer.tenants.map(({ root }) => root));
    expect(summary?.tenants.flatMap(({ streams }) => streams.map(({ root }) => root))).toEqual(
      trailer.tenants.flatMap(({ streams }) => streams.map(({ root }) => root)),
    );
    expect((await compared(name)).baseline.globalRoot).toBe(trailer.globalRoot);
  });

  it('identity-l0: both sides have the roots that their trailers state, and nothing is left unchecked but the signature', async () => {
    const report = await compared('identity-l0');
    expect([report.relation, report.findingCounts]).toEqual(['identical', {}]);
    expect(report.current.globalRoot).toBe(read<Stated>('identity-l0', 'current.json').trailer.globalRoot);
    expect(report.notChecked).toEqual(['baseline is not signed']);
  });

  it('append-honest-l2: is extended by exactly what its trailer has more', async () => {
    const report = await compared('append-honest-l2');
    const more = read<Stated>('append-honest-l2', 'current.json').trailer.records - report.baseline.records;
    expect([report.relation, report.totals.added, report.totals.matched]).toEqual([
      'extended',
      more,
      report.baseline.records,
    ]);
    expect(report.current.globalRoot).toBe(read<Stated>('append-honest-l2', 'current.json').trailer.globalRoot);
  });

  it('append-honest-l2: is a FAIL in frozen mode', async () => {
    const report = await compareSnapshots(
      pathOf('append-honest-l2', 'baseline.json'),
      pathOf('append-honest-l2', 'current.json'),
      { mode: 'frozen' },
    );
    expect([report.verdict, report.findingCounts['record-added']]).toEqual(['FAIL', report.totals.added]);
  });

  it('written anew by this implementation, at every depth and in both containers, have the same roots', async () => {
    const target = mkdtempSync(join(tmpdir(), 'examples-'));
    try {
      const bytes = readFileSync(pathOf('identity-l0', 'baseline.json'));
      const snapshot = parseJson(portable, bytes) as ReadonlyMap<string, never>;
      const chains = read<{ chains: Record<string, never> }>('identity-l0', 'baseline.json').chains;
      for (const depth of ['full', 'digest', 'summary'] as const) {
        for (const name of ['x.json', 'x.ndjson', 'x.json.gz', 'x.ndjson.gz']) {
          const written = await writeSnapshot(join(target, name), snapshot.get('records') ?? [], { depth, chains });
          expect(written.summary.globalRoot).toBe(read<Stated>('identity-l0', 'baseline.json').trailer.globalRoot);
          const report = await compareSnapshots(pathOf('identity-l0', 'baseline.json'), join(target, name));
          expect([report.verdict, report.relation], `${depth} ${name}`).toEqual(['PASS', 'identical']);
        }
      }
    } finally {
      rmSync(target, { recursive: true, force: true });
    }
  });
});
