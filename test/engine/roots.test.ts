/** A file of roots as a baseline: what its roots prove is proven, and nothing passes that was not compared. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { compareSources } from '../../src/engine/compare.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { compareWithRoots } from '../../src/index.ts';
import { FileBytes } from '../../src/sources/bytes.ts';
import { RootsSource } from '../../src/sources/roots-source.ts';
import { SnapshotSource } from '../../src/sources/snapshot-source.ts';
import { put } from '../faults/files.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, rootsOf, sha256 } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();

interface RootsTenant {
  readonly tenant: string;
  readonly records?: number;
  readonly root?: string;
  readonly streams?: readonly object[];
}

interface Roots {
  readonly globalRoot: string;
  readonly records?: number;
  readonly tenants?: readonly RootsTenant[];
}

let files = 0;
async function compare(roots: unknown, current: readonly PlainRecord[]): Promise<ContinuityReport> {
  const text = typeof roots === 'string' ? roots : JSON.stringify(roots);
  const baseline = put(folder, `${++files}.json`, text);
  return compareWithRoots(baseline, put(folder, `${files}.ndjson`, ndjson(current, { chains: LEDGER_RULE })));
}

const kindsOf = ({ findingCounts }: ContinuityReport): readonly string[] => Object.keys(findingCounts);
const verdictOf = (report: ContinuityReport): readonly [string, readonly string[]] => [report.verdict, kindsOf(report)];

const ledger = (count: number, tenant = 'acme'): readonly PlainRecord[] =>
  chained(bodies(count), { tenant }).map((record) => ({ ...record, id: `${tenant}-${record.id}` }));
const STORE = [...bundles(5), ...ledger(9), ...ledger(4, 'globex')];
const GROWN = [...bundles(5), ...ledger(12), ...ledger(4, 'globex'), ...ledger(2, 'new')];
const SHRUNK = [...bundles(5), ...ledger(8), ...ledger(4, 'globex')];
const EDITED = [
  ...bundles(5),
  ...chained(bodies(9).map((body) => (body.n === 3 ? { n: 99 } : body))).map((record) => ({
    ...record,
    id: `acme-${record.id}`,
  })),
  ...ledger(4, 'globex'),
];

describe('a whole file of roots', () => {
  it('proves a store that is the same', async () => {
    const report = await compare(rootsOf(STORE), STORE);
    expect([...verdictOf(report), report.relation]).toEqual(['PASS', [], 'identical']);
    expect(report.totals).toMatchObject({ matched: STORE.length, added: 0 });
    expect(report.baseline).toMatchObject({
      records: STORE.length,
      depth: 'summary',
      globalRoot: rootsOf(STORE).globalRoot,
    });
    expect(report.tenants.map(({ counts }) => counts)).toEqual([[], []]);
    expect(report.notChecked).toContain('the baseline states no counts by type: they were not compared');
  });

  it('proves growth of ordered streams, and new tenants', async () => {
    const report = await compare(rootsOf(STORE), GROWN);
    expect([...verdictOf(report), report.relation]).toEqual(['PASS', ['record-added', 'tenant-added'], 'extended']);
    expect(report.totals).toMatchObject({ matched: STORE.length, added: 5 });
  });

  it('cannot prove growth of a set, and says so', async () => {
    const report = await compare(rootsOf(STORE), [...bundles(6), ...STORE.slice(5)]);
    expect(verdictOf(report)).toEqual(['INCOMPLETE', ['proof-unavailable']]);
    expect(report.tenants[0]?.streams[0]?.rootAtBaselineSize).toBeNull();
  });

  it.each<readonly [string, readonly PlainRecord[], string]>([
    ['a chain cut off', SHRUNK, 'chain-truncated'],
    ['a chain made anew', EDITED, 'history-not-prefix'],
    [
      'a set in which one was replaced',
      [...bundles(4), ...bundles(1, { from: 70 }), ...STORE.slice(5)],
      'stream-root-mismatch',
    ],
    ['a stream that is gone', STORE.slice(5), 'stream-missing'],
    ['a tenant that is gone', STORE.slice(0, 14), 'tenant-missing'],
  ])('finds %s', async (_, current, kind) => {
    const report = await compare(rootsOf(STORE), current);
    expect(verdictOf(report)).toEqual(['FAIL', expect.arrayContaining([kind])]);
  });

  it('proves nothing if the current side cannot be read to its end', async () => {
    const text = ndjson(STORE, { chains: LEDGER_RULE });
    const current = put(folder, 'cut.ndjson', text.slice(0, -200));
    const report = await compareWithRoots(put(folder, 'cut.json', JSON.stringify(rootsOf(STORE))), current);
    expect(report.verdict).toBe('INCOMPLETE');
  });
});

describe('bare roots', () => {
  const { globalRoot, tenants } = rootsOf(STORE);
  const head = { kind: 'evidence-roots', version: 1, globalRoot };
  const bare = (only: readonly RootsTenant[] = tenants): readonly RootsTenant[] =>
    only.map(({ tenant, root }) => ({ tenant, ...(root === undefined ? {} : { root }) }));

  const forms: readonly (readonly [string, Roots])[] = [
    ['the global root alone', head],
    ['the global root alone, with its number of records', { ...head, records: STORE.length }],
    ['the global root of a file that is not ours', { globalRoot, platform: 'x', version: '2027.Q1' } as never],
    ['tenant roots', { ...head, tenants: bare() }],
    [
      'tenant roots with their numbers of records',
      { ...head, tenants: tenants.map(({ streams: _, ...rest }) => rest) },
    ],
    ['streams of one tenant only', { ...head, tenants: [tenants[0] as RootsTenant, ...bare(tenants.slice(1))] }],
    ['streams without tenant roots', { ...head, tenants: tenants.map(({ root: _, ...rest }) => rest) }],
  ];

  it.each(forms)('%s prove a store that is the same', async (_, roots) => {
    const report = await compare(roots, STORE);
    expect([...verdictOf(report), report.relation]).toEqual(['PASS', [], 'identical']);
    expect(report.totals).toMatchObject({ matched: STORE.length, added: 0 });
    expect(report.baseline.records).toBe(STORE.length);
    expect(report.headline).toContain(`${STORE.length} baseline records intact in 2 tenants`);
  });

  it.each(forms.slice(0, 6))('%s never pass on another store', async (name, roots) => {
    for (const current of [GROWN, EDITED, SHRUNK, [...bundles(6), ...STORE.slice(5)], STORE.slice(0, 14), bundles(1)]) {
      const report = await compare(roots, current);
      const proven = name.startsWith('streams') && current === GROWN;
      expect(report.verdict).not.toBe(proven ? 'FAIL' : 'PASS');
      const { matched, unjudged } = report.totals;
      // The books: whatever is known of the baseline is somewhere.
      expect(matched + (unjudged?.baseline ?? 0) + report.totals.missing).toBe(report.baseline.records);
    }
  });

  it('of tenants prove those that are the same, and leave the others open', async () => {
    const report = await compare({ ...head, tenants: bare() }, [...bundles(5), ...ledger(12), ...ledger(4, 'globex')]);
    expect(verdictOf(report)).toEqual(['INCOMPLETE', ['proof-unavailable']]);
    expect(report.findings[0]).toMatchObject({ tenant: 'acme', baseline: tenants[0]?.root });
    expect(report.tenants.map(({ tenant, relation }) => [tenant, relation])).toEqual([
      ['acme', 'unknown'],
      ['globex', 'identical'],
    ]);
    expect(report.totals).toMatchObject({ matched: 4, added: 0, unjudged: { baseline: 0, current: 17 } });
    expect(report.tenants[1]?.counts).toEqual([{ type: 'event', baseline: 4, current: 4 }]);
  });

  it('of the whole leave everything open, new tenants as well', async () => {
    const report = await compare(head, GROWN);
    expect(verdictOf(report)).toEqual(['INCOMPLETE', ['proof-unavailable']]);
    expect(report.tenants.map(({ relation }) => relation)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(report.baseline.globalRoot).toBe(globalRoot);
    expect(report.totals).toMatchObject({ matched: 0, added: 0, unjudged: { baseline: 0, current: GROWN.length } });
  });

  it('show a loss where they say how many records there were, and a tenant that is gone', async () => {
    const fewer = { tenant: 'acme', root: tenants[0]?.root ?? '', records: 14 };
    const counted = await compare({ ...head, tenants: [fewer, ...bare(tenants.slice(1))] }, SHRUNK);
    for (const report of [counted, await compare({ ...head, records: 18 }, SHRUNK)]) {
      expect(verdictOf(report)).toEqual(['FAIL', expect.arrayContaining(['count-decreased', 'proof-unavailable'])]);
    }
    const gone = await compare({ ...head, tenants: bare() }, STORE.slice(0, 14));
    expect(verdictOf(gone)).toEqual(['FAIL', expect.arrayContaining(['tenant-missing'])]);
  });

  it('of a store against an empty one are no PASS', async () => {
    for (const [, roots] of forms) expect((await compare(roots, [])).verdict).not.toBe('PASS');
  });
});

describe('a file of roots that contradicts itself', () => {
  const good = rootsOf(STORE);
  const zeros = '0'.repeat(64);
  const [acme, globex] = good.tenants as readonly RootsTenant[] as [RootsTenant, RootsTenant];
  const stream = (change: object): RootsTenant => ({
    ...acme,
    streams: (acme.streams ?? []).map((own, at) => (at === 0 ? { ...own, ...change } : own)),
  });

  it.each<readonly [string, unknown]>([
    ['another global root', { ...good, globalRoot: zeros }],
    ['another tenant root', { ...good, tenants: [{ ...acme, root: zeros }, globex] }],
    ['another stream root', { ...good, tenants: [stream({ root: zeros }), globex] }],
    ['another size', { ...good, tenants: [stream({ size: 6 }), globex] }],
    ['an empty stream', { ...good, tenants: [stream({ size: 0 }), globex] }],
    ['another head', { ...good, tenants: [stream({ head: zeros }), globex] }],
    ['another number of records', { ...good, records: 1 }],
    ['another number of records of a tenant', { ...good, tenants: [{ ...acme, records: 1 }, globex] }],
    [
      'another number beside a bare root',
      { ...good, tenants: [{ tenant: 'acme', root: acme.root, records: 3 }, globex] },
    ],
    ['another number beside the bare global root', { ...good, tenants: undefined, records: 3 }],
    ['a tenant twice', { ...good, tenants: [acme, acme, globex] }],
    ['tenants out of order', { ...good, tenants: [globex, acme] }],
    ['a tenant left out', { ...good, tenants: [acme] }],
    ['a bare tenant left out', { ...good, tenants: [{ tenant: 'acme', root: acme.root }] }],
    ['all tenants left out', { ...good, tenants: [] }],
  ])('%s: is FAIL, even on the store that it was made of', async (_, roots) => {
    expect(verdictOf(await compare(roots, STORE))).toEqual(['FAIL', expect.arrayContaining(['manifest-mismatch'])]);
  });

  it('a wrong bare tenant root beside the right global root: is no PASS', async () => {
    const report = await compare({ ...good, tenants: [{ tenant: 'acme', root: zeros }, globex] }, STORE);
    expect(report.verdict).not.toBe('PASS');
  });
});

describe('a file of roots that proves nothing', () => {
  it.each<readonly [string, unknown, string]>([
    ['no tenants, and the root of none', { ...rootsOf([]), tenants: [] }, 'empty-baseline'],
    ['a snapshot', ndjson(STORE).split('\n')[0] ?? '', 'unsupported-version'],
    ['another kind', { ...rootsOf(STORE), kind: 'evidence-stats' }, 'unsupported-version'],
    ['another version', { ...rootsOf(STORE), version: 2 }, 'unsupported-version'],
    ['an unknown member', { ...rootsOf(STORE), tenantRoots: [] }, 'schema-violation'],
    ['no global root', { ...rootsOf(STORE), globalRoot: undefined }, 'schema-violation'],
    [
      'a root in upper case',
      { ...rootsOf(STORE), globalRoot: rootsOf(STORE).globalRoot.toUpperCase() },
      'schema-violation',
    ],
    ['a tenant without any root', { ...rootsOf(STORE), tenants: [{ tenant: 'acme', records: 3 }] }, 'schema-violation'],
    [
      'a stream without a root',
      { ...rootsOf(STORE), tenants: [{ tenant: 'a', streams: [{ stream: 's' }] }] },
      'schema-violation',
    ],
    ['a foreign file without a root', { root: sha256('') }, 'schema-violation'],
    ['a list', [rootsOf(STORE)], 'schema-violation'],
    ['a name twice', `{"globalRoot":"${sha256('a')}","globalRoot":"${sha256('b')}"}`, 'input-malformed'],
    ['the text of roots-export', `global root ${sha256('a')} records 1\n`, 'input-malformed'],
    ['nothing', '', 'input-malformed'],
  ])('%s: is INCOMPLETE', async (_, roots, kind) => {
    const report = await compare(roots, STORE);
    expect(verdictOf(report)).toEqual(['INCOMPLETE', expect.arrayContaining([kind])]);
    expect(report.findings.find((finding) => finding.kind === kind)?.message).toMatch(/^baseline: /);
  });

  it('a file that is not there, or too long: is INCOMPLETE', async () => {
    const current = put(folder, 'there.ndjson', ndjson(STORE, { chains: LEDGER_RULE }));
    expect((await compareWithRoots(join(folder, 'nowhere.json'), current)).verdict).toBe('INCOMPLETE');
    const long = put(folder, 'long.json', JSON.stringify(rootsOf(STORE)));
    const roots = new RootsSource(new FileBytes(long), { maxBytes: 100 });
    const report = await compareSources(roots, new SnapshotSource(new FileBytes(current), { platform: nodePlatform }));
    expect(verdictOf(report)).toEqual(['INCOMPLETE', ['input-limit']]);
  });
});
