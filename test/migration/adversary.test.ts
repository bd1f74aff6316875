/** Whoever may write a migration, and whoever may write the store, tries to get a PASS for a loss: each way is shut. */
import { describe, expect, it } from 'vitest';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { parseMigration } from '../../src/wire/migration.ts';
import { countsOf, findingsOf } from '../in-memory.ts';
import { bodies, bundles, chained, LEDGER_RULE, type PlainRecord, referenceLeaf, relinked } from '../store.ts';
import { compareMigrated, named, type Setting } from './migrated.ts';

const CHAINS: Setting = { before: { chains: LEDGER_RULE }, after: { chains: LEDGER_RULE }, signed: true };
const all = { stream: '*' };

function idsOf(records: readonly PlainRecord[]): string {
  return `id\n${records.map(({ id }) => id).join('\n')}\n`;
}

/** A rule set as a file of it is read. */
function read(rules: readonly object[], files: Readonly<Record<string, string>> = {}): unknown {
  const form = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2' };
  const text = JSON.stringify({ ...form, baseline: 'a'.repeat(64), rules });
  const encode = (of: string): Uint8Array => new TextEncoder().encode(of);
  return parseMigration(nodePlatform, encode(text), (name) => encode(files[name] ?? ''));
}

describe('whoever writes the rules', () => {
  it('retires everything, and puts something else there: nothing was compared, and that is no PASS', async () => {
    const before = bundles(5);
    const rules = [{ name: 'purge', match: all, retire: { ids: named('p.csv', idsOf(before)), reason: 'r' } }];
    const setting = { files: { 'p.csv': idsOf(before) }, signed: true };
    const report = await compareMigrated(before, bundles(5, { from: 100 }), { rules }, setting);
    expect(report.verdict).toBe('INCOMPLETE');
    expect(countsOf(report)['empty-baseline']).toBe(1);
  });

  it('lets a rule overlap with one that retires, to lose what was not named: a mismatch', async () => {
    const before = bundles(5);
    const ids = idsOf(before.slice(0, 2));
    const rules = [
      { name: 'purge', match: all, retire: { ids: named('p.csv', ids), reason: 'r' } },
      { name: 'risk', match: all, patch: [{ op: 'add', path: '/body/risk', value: 0 }] },
    ];
    const after = before.slice(2).map((record) => ({ ...record, body: { ...(record.body as object), risk: 0 } }));
    const report = await compareMigrated(before, after, { rules }, { files: { 'p.csv': ids }, signed: true });
    expect(report.verdict).toBe('FAIL');
    const messages = findingsOf(report, 'migration-map-mismatch').map(({ message }) => message);
    expect(messages.filter((one) => one.includes('two rules are for it: purge and risk'))).toHaveLength(2);
  });

  it.each([
    ['hash', { op: 'replace', path: '/hash', value: 'a'.repeat(64) }],
    ['prev', { op: 'remove', path: '/prev' }],
    ['seq', { op: 'convert', path: '/seq', to: { text: true } }],
    ['id', { op: 'convert', path: '/id', to: { case: 'lower' } }],
    ['tenant', { op: 'move', from: '/tenant', path: '/body/tenant' }],
    ['stream', { op: 'copy', from: '/body/stream', path: '/stream' }],
    ['bodyDigest', { op: 'add', path: '/bodyDigest', value: `sha256:${'a'.repeat(64)}` }],
    ['a whole record', { op: 'replace', path: '', value: {} }],
    ['id by concat', { op: 'convert', path: '/id', to: { concat: ['/body/name'] } }],
  ])('patches custody: %s is refused before anything is read', (_, operation) => {
    const within = { op: 'replace', path: '/body/hash', value: 'a'.repeat(64) };
    expect(() => read([{ name: 'r', match: all, patch: [within] }])).not.toThrow();
    expect(() => read([{ name: 'r', match: all, patch: [operation] }])).toThrow();
  });

  it('erases custody: links, hashes and places are refused', () => {
    const ids = 'id\ne1\n';
    const erased = { ids: named('e.csv', ids), paths: ['/body/hash'], reason: 'r' };
    expect(() => read([{ name: 'r', match: all, erase: erased }], { 'e.csv': ids })).not.toThrow();
    for (const path of ['/hash', '/prev', '/seq', '/id', '/tenant', '/stream', '']) {
      const erase = { ids: named('e.csv', ids), paths: [path], reason: 'r' };
      expect(() => read([{ name: 'r', match: all, erase }], { 'e.csv': ids })).toThrow();
    }
  });

  it('re-chains by no recipe: refused', () => {
    expect(() => read([{ name: 'r', match: all, rechain: { recipe: 'none', genesis: 'zeros' } }])).toThrow();
  });

  it('gives two records one id, or one record two, by a table: refused', () => {
    const right = 'from,to\na,x\nb,y\n';
    const keys = { id: { keyTable: named('k.csv', right) } };
    expect(() => read([{ name: 'r', match: all, place: keys }], { 'k.csv': right })).not.toThrow();
    for (const table of ['from,to\na,x\nb,x\n', 'from,to\na,x\na,y\n']) {
      const place = { id: { keyTable: named('k.csv', table) } };
      expect(() => read([{ name: 'r', match: all, place }], { 'k.csv': table })).toThrow();
    }
  });

  it('sends two tenants to one: what meets there is a mismatch, and is not lost in silence', async () => {
    const before = [...bundles(3), ...bundles(3, { tenant: 'globex' })];
    const rules = [{ name: 'one', match: all, place: { tenant: { value: 'acme' } } }];
    const report = await compareMigrated(before, before.slice(0, 3), { rules }, { signed: true });
    expect(report.verdict).toBe('FAIL');
    expect(countsOf(report)['migration-map-mismatch']).toBe(3);
  });

  it('writes over everything: it passes as declared, and the report says what is gone', async () => {
    const before = bundles(4);
    const rules = [{ name: 'blank', match: all, patch: [{ op: 'replace', path: '/body', value: null }] }];
    const after = before.map((record) => ({ ...record, body: null }) as unknown as PlainRecord);
    const report = await compareMigrated(before, after, { rules }, { signed: true });
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated' });
    expect(report.migration?.dropped).toEqual([{ rule: 'blank', path: '/body', loss: 'overwritten', count: 4 }]);
  });
});

describe('whoever writes the store', () => {
  it('swaps two records under a table of keys that names each', async () => {
    const before = bundles(4);
    const table = `from,to\n${before.map(({ id }, at) => `${id},n${at}`).join('\n')}\n`;
    const rules = [{ name: 'keys', match: all, place: { id: { keyTable: named('k.csv', table) } } }];
    const setting = { files: { 'k.csv': table }, signed: true };
    const after = before.map((record, at) => ({ ...record, id: `n${at}` }));
    expect((await compareMigrated(before, after, { rules }, setting)).verdict).toBe('PASS');
    const swapped = after.map((record, at) => ({ ...record, body: after[at ^ 1]?.body ?? null }) as PlainRecord);
    const report = await compareMigrated(before, swapped, { rules }, setting);
    expect(report).toMatchObject({ verdict: 'FAIL', totals: { modified: 4 } });
  });

  it('swaps the table itself: its digest is in what was signed', () => {
    const table = 'from,to\na,x\nb,y\n';
    const place = { id: { keyTable: named('k.csv', table) } };
    expect(() => read([{ name: 'r', match: all, place }], { 'k.csv': 'from,to\na,y\nb,x\n' })).toThrow(/k\.csv/);
  });

  it('alters the hash of a record that was erased, or the rest of it', async () => {
    const chain = chained([{ n: 1, person: 'x' }, { n: 2, person: 'y' }, { n: 3 }]);
    const ids = 'id\ne1\n';
    const rules = [{ name: 'e', match: {}, erase: { ids: named('e.csv', ids), paths: ['/body/person'], reason: 'r' } }];
    const setting = { ...CHAINS, files: { 'e.csv': ids } };
    const after = chain.map((record, at) => (at === 1 ? { ...record, body: { n: 2 } } : record));
    expect((await compareMigrated(chain, after, { rules }, setting)).verdict).toBe('PASS');
    const forge = (over: Partial<PlainRecord>, next: Partial<PlainRecord> = {}): PlainRecord[] =>
      after.map((record, at) => (at === 1 ? { ...record, ...over } : at === 2 ? { ...record, ...next } : record));
    const hash = 'c'.repeat(64);
    for (const forged of [
      forge({ hash }),
      forge({ hash }, { prev: hash }),
      forge({ body: { n: 9 } }),
      forge({ prev: hash }),
    ])
      expect((await compareMigrated(chain, forged, { rules }, setting)).verdict).toBe('FAIL');
  });

  const rechain = [
    { name: 'c', match: { stream: 'ledger/*' }, rechain: { recipe: 'sha256-prev-body', genesis: 'zeros' } },
  ];

  it('re-orders, drops, doubles or puts in a record, and links the chain anew under `rechain`', async () => {
    const before = chained(bodies(8));
    const after = relinked(before, 'sha256-prev-body');
    expect((await compareMigrated(before, after, { rules: rechain }, CHAINS)).verdict).toBe('PASS');
    const [one, two] = [before[2] as PlainRecord, before[3] as PlainRecord];
    const forged: Readonly<Record<string, readonly PlainRecord[]>> = {
      'bodies swapped': before.map((record, at) =>
        at === 2
          ? ({ ...record, body: two.body ?? null } as PlainRecord)
          : at === 3
            ? ({ ...record, body: one.body ?? null } as PlainRecord)
            : record,
      ),
      'ids swapped': before.map((record, at) =>
        at === 2 ? { ...record, id: two.id } : at === 3 ? { ...record, id: one.id } : record,
      ),
      dropped: before.filter((_, at) => at !== 4),
      'last dropped': before.slice(0, -1),
      'put in': [...before.slice(0, 4), { ...one, id: 'new' }, ...before.slice(4)],
    };
    for (const [name, records] of Object.entries(forged)) {
      const report = await compareMigrated(before, relinked(records, 'sha256-prev-body'), { rules: rechain }, CHAINS);
      expect([name, report.verdict]).toEqual([name, 'FAIL']);
    }
  });

  it('lets what decides which rule is for a record be another one now', async () => {
    const before = bundles(6).map((record, at) => ({
      ...record,
      body: { ...(record.body as object), op: at % 2 === 0 ? 'push' : 'pull' },
    }));
    const where = [{ test: '/body/op', value: 'push' }];
    const rules = [{ name: 'r', match: { stream: '*', where }, patch: [{ op: 'remove', path: '/body/of' }] }];
    const done = (record: PlainRecord): PlainRecord => {
      const { of: _, ...body } = record.body as Record<string, string>;
      return { ...record, body };
    };
    const honest = before.map((record, at) => (at % 2 === 0 ? done(record) : record));
    expect((await compareMigrated(before, honest, { rules }, CHAINS)).verdict).toBe('PASS');
    const more = honest.map((record, at) =>
      at === 1 ? done({ ...record, body: { ...(record.body as object), op: 'push' } }) : record,
    );
    expect((await compareMigrated(before, more, { rules }, CHAINS)).verdict).toBe('FAIL');
  });

  it('has a new fault where an old one is known, or another one at the same record', async () => {
    const chain = chained(bodies(8));
    const breakAt = (records: readonly PlainRecord[], at: number, prev: string): PlainRecord[] =>
      records.map((record, index) => (index === at ? { ...record, prev } : record));
    const old = breakAt(chain, 4, 'd'.repeat(64));
    const known = [
      {
        kind: 'chain-break',
        tenant: 'acme',
        stream: 'ledger/1',
        record: referenceLeaf(old[4] as PlainRecord),
        reason: 'r',
      },
    ];
    expect((await compareMigrated(old, old, { known }, CHAINS)).verdict).toBe('PASS');
    const now: Readonly<Record<string, readonly PlainRecord[]>> = {
      'another break at the record': breakAt(chain, 4, 'e'.repeat(64)),
      'one more': breakAt(old, 6, 'd'.repeat(64)),
      'the break repaired, and the record with it': chain,
      'the record altered': old.map((record, at) => (at === 4 ? { ...record, body: { n: 99 } } : record)),
      'the record gone': old.filter((_, at) => at !== 4),
    };
    for (const [name, records] of Object.entries(now)) {
      expect([name, (await compareMigrated(old, records, { known }, CHAINS)).verdict]).toEqual([name, 'FAIL']);
    }
  });
});
