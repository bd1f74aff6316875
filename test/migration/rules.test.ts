/** Each rule of a migration: the honest result passes, and what goes beyond it does not. */
import { describe, expect, it } from 'vitest';
import { countsOf, findingsOf } from '../in-memory.ts';
import { bodies, bundles, chained, LEDGER_RULE, type PlainRecord, referenceLeaf, relinked, sha256 } from '../store.ts';
import { compareMigrated, named, type Setting } from './migrated.ts';

const CHAINS: Setting = { before: { chains: LEDGER_RULE }, after: { chains: LEDGER_RULE } };
const ALL = { stream: '*' };

function patched(records: readonly PlainRecord[], change: (body: Record<string, unknown>) => object): PlainRecord[] {
  return records.map((record) => ({ ...record, body: change({ ...(record.body as Record<string, unknown>) }) }));
}

describe('patch', () => {
  const before = bundles(20);
  const rules = [
    {
      name: 'renamed',
      match: ALL,
      patch: [
        { op: 'move', from: '/body/name', path: '/body/title' },
        { op: 'add', path: '/body/risk', value: 0 },
      ],
    },
  ];
  const after = patched(before, ({ name, of }) => ({ title: name, of, risk: 0 }));

  it('passes, as migrated, where every record is what the rules make of it', async () => {
    const report = await compareMigrated(before, after, { rules });
    expect(report).toMatchObject({
      verdict: 'PASS',
      relation: 'migrated',
      totals: { matched: 20, added: 0, missing: 0 },
    });
    expect(report.migration).toMatchObject({ rules: [{ name: 'renamed', records: 20 }], expected: { records: 20 } });
    expect(report.demands).toContainEqual({ demand: 'migration', asked: 'migration.json', state: 'held' });
  });

  it('counts growth beside it', async () => {
    const report = await compareMigrated(before, [...after, ...bundles(3, { from: 100 })], { rules });
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: 20, added: 3 } });
  });

  it('fails for one record lost, one altered beyond its rule, one left as it was', async () => {
    const lost = await compareMigrated(before, after.slice(1), { rules });
    expect(lost).toMatchObject({ verdict: 'FAIL', totals: { missing: 1 } });
    const altered = after.map((record, at) =>
      at === 7 ? { ...record, body: { title: 'x', of: 'acme', risk: 0 } } : record,
    );
    expect(await compareMigrated(before, altered, { rules })).toMatchObject({
      verdict: 'FAIL',
      totals: { modified: 1 },
    });
    const left = after.map((record, at) => (at === 7 ? (before[7] ?? record) : record));
    expect(await compareMigrated(before, left, { rules })).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
  });

  it('passes over no record that is without the member, and says why; where tells those that have it from the others', async () => {
    const some = before.map((record, at) =>
      at % 5 === 0
        ? { ...record, type: 'bare', body: { of: 'acme' } }
        : { ...record, body: { ...(record.body as object), note: `n${at}` } },
    );
    const renamed = patched(some, ({ note, ...body }) => (note === undefined ? body : { ...body, remark: note }));
    const move = { op: 'move', from: '/body/note', path: '/body/remark' };
    for (const patch of [move, { op: 'remove', path: '/body/note' }, { ...move, op: 'copy' }]) {
      const report = await compareMigrated(some, renamed, { rules: [{ name: 'r', match: ALL, patch: [patch] }] });
      expect(report.verdict).toBe('FAIL');
      const [first] = findingsOf(report, 'migration-map-mismatch');
      expect(first?.message).toContain(
        'there is nothing at /body/note: the record is without that member, or its column is SQL NULL',
      );
    }
    const rule = { name: 'r', match: { type: 'sbom' }, patch: [move] };
    expect(await compareMigrated(some, renamed, { rules: [rule] })).toMatchObject({
      verdict: 'PASS',
      relation: 'migrated',
    });
  });

  it('fails where the store was not migrated at all, and says what came of the demand', async () => {
    const report = await compareMigrated(before, before, { rules });
    expect(report).toMatchObject({ verdict: 'FAIL', relation: 'broken', totals: { modified: 20 } });
    expect(report.demands.find(({ demand }) => demand === 'migration')?.state).toBe('refuted');
  });

  it('is a mismatch for a record that a patch does not fit, and for one that two rules are for', async () => {
    const odd = [...before, { ...before[0], id: 'z', body: { of: 'acme' } } as PlainRecord];
    const report = await compareMigrated(odd, [...after, odd.at(-1) as PlainRecord], { rules });
    expect(report.verdict).toBe('FAIL');
    expect(findingsOf(report, 'migration-map-mismatch')).toMatchObject([{ id: 'z', class: 'FAIL' }]);
    const twice = await compareMigrated(before, after, { rules: [...rules, { ...rules[0], name: 'again' }] });
    expect(countsOf(twice)['migration-map-mismatch']).toBe(20);
  });

  it('leaves what no rule is for as it is', async () => {
    const other = bundles(5, { stream: 'others' });
    const only = [{ ...rules[0], match: { stream: 'bundles' } }];
    const report = await compareMigrated([...before, ...other], [...after, ...other], { rules: only });
    expect(report).toMatchObject({ verdict: 'PASS', totals: { matched: 25 } });
    const streams = report.tenants[0]?.streams.map(({ stream, relation }) => [stream, relation]);
    expect(streams).toEqual([
      ['bundles', 'migrated'],
      ['others', 'identical'],
    ]);
    const touched = patched(other, (body) => ({ ...body, risk: 0 }));
    expect((await compareMigrated([...before, ...other], [...after, ...touched], { rules: only })).verdict).toBe(
      'FAIL',
    );
  });

  it('lists what it drops, by place and count', async () => {
    const drops = [
      {
        name: 'r',
        match: ALL,
        patch: [
          { op: 'remove', path: '/body/of', why: 'it is the tenant' },
          { op: 'convert', path: '/body/name', to: { values: { b000000: 'x', b000001: 'x', b000002: 'y' } } },
        ],
      },
    ];
    const now = patched(before.slice(0, 3), ({ name }) => ({ name: name === 'b000002' ? 'y' : 'x' }));
    const report = await compareMigrated(before.slice(0, 3), now, { rules: drops });
    expect(report.verdict).toBe('PASS');
    expect(report.migration?.dropped).toEqual([
      { rule: 'r', path: '/body/of', loss: 'removed', count: 3 },
      { rule: 'r', path: '/body/name', loss: 'merged', count: 2 },
    ]);
  });

  it('is INCOMPLETE where a rule reads a body and the baseline has only digests', async () => {
    const report = await compareMigrated(before, after, { rules }, { before: { depth: 'digest' } });
    expect(report.verdict).toBe('INCOMPLETE');
    expect(findingsOf(report, 'proof-unavailable')[0]?.message).toContain('--depth full');
  });

  it('says that a rule was for no record', async () => {
    const idle = [{ ...rules[0], match: { stream: 'elsewhere' } }];
    const report = await compareMigrated(before, before, { rules: idle });
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'identical' });
    expect(report.notChecked.join('\n')).toContain('for no record: renamed');
  });
});

describe('place', () => {
  const before = [...bundles(6), ...bundles(4, { tenant: 'globex' })];
  const rules = [{ name: 'r', match: { stream: 'bundles' }, place: { stream: { from: 'bundles', to: 'archive' } } }];
  const after = before.map((record) => ({ ...record, stream: 'archive' }));

  it('passes where the records have gone where they were sent', async () => {
    const report = await compareMigrated(before, after, { rules });
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: 10, added: 0 } });
    expect(report.migration?.moved).toBe(10);
  });

  it('fails where one has stayed, is at both places, or has come back as growth', async () => {
    const stayed = [...after.slice(1, 6), before[0] as PlainRecord, ...after.slice(6)];
    const one = await compareMigrated(before, [...stayed].sort(byPlace), { rules });
    expect(one.verdict).toBe('FAIL');
    const both = await compareMigrated(before, [...after, before[0] as PlainRecord].sort(byPlace), { rules });
    expect(both.verdict).toBe('FAIL');
    expect(findingsOf(both, 'migration-map-mismatch')).toMatchObject([{ stream: 'bundles', id: 'b000000' }]);
    const grown = { ...(before[0] as PlainRecord), body: 'other' };
    const again = await compareMigrated(before, [...after, grown].sort(byPlace), { rules });
    expect(countsOf(again)['migration-map-mismatch']).toBe(1);
  });

  it('makes ids anew by a table, one to one', async () => {
    const table = `from,to\n${bundles(6)
      .map(({ id }, at) => `${id},n${9 - at}`)
      .join('\n')}\n`;
    const keyed = [{ name: 'k', match: ALL, place: { id: { keyTable: named('ids.csv', table) } } }];
    const now = bundles(6)
      .map((record, at) => ({ ...record, id: `n${9 - at}` }))
      .sort(byPlace);
    const files = { 'ids.csv': table };
    expect(await compareMigrated(bundles(6), now, { rules: keyed }, { files })).toMatchObject({
      verdict: 'PASS',
      relation: 'migrated',
    });
    const more = await compareMigrated(bundles(7), now, { rules: keyed }, { files });
    expect(findingsOf(more, 'migration-map-mismatch')[0]?.message).toContain('has no line for it');
  });

  it('is a mismatch where two records are sent to one place', async () => {
    const merged = [{ name: 'm', match: { tenant: 'globex' }, place: { tenant: { value: 'acme' } } }];
    const report = await compareMigrated(before, bundles(6), { rules: merged });
    expect(report.verdict).toBe('FAIL');
    expect(countsOf(report)['migration-map-mismatch']).toBe(4);
  });
});

describe('rechain', () => {
  const before = chained(bodies(12));
  const rules = [
    {
      name: 'again',
      match: { stream: 'ledger/*' },
      patch: [{ op: 'add', path: '/body/v', value: 2 }],
      rechain: { recipe: 'sha256-prev-body', genesis: 'zeros' },
    },
  ];
  const after = relinked(
    patched(before, ({ n }) => ({ n, v: 2 })),
    'sha256-prev-body',
  );

  it('passes where links and hashes are what the new recipe gives', async () => {
    const report = await compareMigrated(before, after, { rules }, CHAINS);
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: 12, relinked: 0 } });
  });

  it('holds growth to the new recipe, if a trusted key has signed for it', async () => {
    const grown = relinked(
      patched(chained(bodies(14)), ({ n }) => ({ n, v: 2 })),
      'sha256-prev-body',
    );
    const signed = { ...CHAINS, signed: true };
    expect((await compareMigrated(before, grown, { rules }, signed)).verdict).toBe('PASS');
    const unsigned = await compareMigrated(before, grown, { rules }, CHAINS);
    expect(unsigned.verdict).toBe('INCOMPLETE');
    expect(findingsOf(unsigned, 'proof-unavailable')[0]?.message).toContain('is not signed');
    const forged = grown.map((record, at) => (at === 13 ? { ...record, hash: 'a'.repeat(64) } : record));
    const report = await compareMigrated(before, forged, { rules }, signed);
    expect(countsOf(report)['hash-mismatch']).toBe(1);
  });

  it('rules new streams of its name only if it is signed', async () => {
    const other = relinked(chained(bodies(3), { stream: 'ledger/2' }), 'sha256-prev-body');
    const both = [...after, ...other];
    expect((await compareMigrated(before, both, { rules }, { ...CHAINS, signed: true })).verdict).toBe('PASS');
    expect((await compareMigrated(before, both, { rules }, CHAINS)).verdict).toBe('FAIL');
  });

  it('leaves a chain of the same name alone that another tenant has, signed or not', async () => {
    const untouched = chained(bodies(6), { tenant: 'other' });
    const ofOne = [{ ...rules[0], match: { tenant: before[0]?.tenant, stream: 'ledger/*' } }];
    for (const signed of [true, false]) {
      const setting = { ...CHAINS, signed };
      const report = await compareMigrated(
        [...before, ...untouched],
        [...after, ...untouched],
        { rules: ofOne },
        setting,
      );
      expect(report).toMatchObject({ verdict: 'PASS', totals: { matched: 18 } });
      const grown = chained(bodies(8), { tenant: 'other' });
      expect(
        (await compareMigrated([...before, ...untouched], [...after, ...grown], { rules: ofOne }, setting)).verdict,
      ).toBe('PASS');
      const forged = grown.map((record, at) => (at === 7 ? { ...record, hash: 'a'.repeat(64) } : record));
      const found = await compareMigrated([...before, ...untouched], [...after, ...forged], { rules: ofOne }, setting);
      expect(countsOf(found)['hash-mismatch']).toBe(1);
    }
  });

  it('fails without it, and for one record altered and linked anew', async () => {
    const plain = [{ ...rules[0], rechain: undefined }];
    expect((await compareMigrated(before, after, { rules: plain }, CHAINS)).verdict).toBe('FAIL');
    const altered = relinked(
      patched(before, ({ n }) => ({ n: n === 5 ? 99 : n, v: 2 })),
      'sha256-prev-body',
    );
    expect(await compareMigrated(before, altered, { rules }, CHAINS)).toMatchObject({
      verdict: 'FAIL',
      totals: { modified: 1 },
    });
  });

  it('makes attributes anew that follow from the hash', async () => {
    const leaf = (record: PlainRecord): PlainRecord => ({
      ...record,
      attrs: { merkleLeafHash: sha256(`${record.hash}-${record.seq}`) },
    });
    const derived = { merkleLeafHash: 'sha256-hash-dash-seq' };
    const both = [{ ...rules[0], rechain: { recipe: 'sha256-prev-body', genesis: 'zeros', derived } }];
    expect((await compareMigrated(before.map(leaf), after.map(leaf), { rules: both }, CHAINS)).verdict).toBe('PASS');
    const stale = after.map((record, at) => ({ ...record, attrs: leaf(before[at] as PlainRecord).attrs ?? {} }));
    expect((await compareMigrated(before.map(leaf), stale, { rules: both }, CHAINS)).verdict).toBe('FAIL');
  });

  it('does not hide a break of the baseline itself', async () => {
    const broken = before.map((record, at) => (at === 6 ? { ...record, prev: 'b'.repeat(64) } : record));
    const report = await compareMigrated(broken, after, { rules }, CHAINS);
    expect(report.verdict).toBe('FAIL');
    expect(countsOf(report)['chain-break']).toBe(1);
  });

  it('is a mismatch where it is for a part of a stream only', async () => {
    const part = [{ ...rules[0], match: { stream: 'ledger/*', where: [{ test: '/body/n', value: 3 }] } }];
    const report = await compareMigrated(before, after, { rules: part }, CHAINS);
    expect(findingsOf(report, 'migration-map-mismatch')[0]?.message).toContain('only a part');
  });
});

describe('retire', () => {
  const chain = chained(bodies(10));
  const ids = `id\n${chain
    .slice(0, 4)
    .map(({ id }) => id)
    .join('\n')}\n`;
  const purge = (leave: string, text: string) => [
    {
      name: 'purge',
      match: { stream: '*' },
      retire: { ids: named('purged.csv', text), reason: 'retention', approval: 'CAB-1', leave },
    },
  ];

  it('takes a prefix of a chain: the first one left begins it, its link by value', async () => {
    const setting = { ...CHAINS, files: { 'purged.csv': ids }, signed: true };
    const report = await compareMigrated(chain, chain.slice(4), { rules: purge('head', ids) }, setting);
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: 6, retired: 4 } });
    // What was retired is no longer there: nobody may read that it is intact.
    expect(report.headline).toBe(
      'PASS: 6 of 10 baseline records intact under the migration, 4 retired, in 1 tenant; nothing added',
    );
    const more = await compareMigrated(chain, chain.slice(5), { rules: purge('head', ids) }, setting);
    expect(more).toMatchObject({ verdict: 'FAIL', totals: { missing: 1 } });
    const kept = await compareMigrated(chain, chain.slice(3), { rules: purge('head', ids) }, setting);
    expect(kept.verdict).toBe('FAIL');
  });

  it('leaves stubs with their links', async () => {
    const some = 'id\ne3\ne5\n';
    const setting = { ...CHAINS, files: { 'purged.csv': some }, signed: true };
    const stub = ({ body: _, ...record }: PlainRecord): PlainRecord => ({
      ...record,
      bodyDigest: `sha256:${record.hash}`,
    });
    const after = chain.map((record) => (['e3', 'e5'].includes(record.id) ? stub(record) : record));
    const report = await compareMigrated(
      chain,
      after,
      { rules: purge('stubs', some) },
      {
        ...setting,
        after: { ...CHAINS.after, header: { digestOnly: 2 } },
      },
    );
    expect(report).toMatchObject({ verdict: 'PASS', totals: { matched: 10 }, migration: { stubs: 2, retired: 0 } });
    expect(report.headline).toBe(
      'PASS: 8 of 10 baseline records intact under the migration, 2 retired to a stub, in 1 tenant; nothing added',
    );
  });

  it('is a mismatch where a stub was to be left and the body is still there', async () => {
    const some = 'id\ne3\ne5\n';
    const setting = { ...CHAINS, files: { 'purged.csv': some }, signed: true };
    const report = await compareMigrated(chain, chain, { rules: purge('stubs', some) }, setting);
    expect(report).toMatchObject({ verdict: 'FAIL', findingCounts: { 'migration-map-mismatch': 2 } });
    const message = 'migration: it leaves a stub of the record, and the body is still there';
    expect(report.findings).toMatchObject(['e3', 'e5'].map((id) => ({ id, message })));
  });

  it('is a mismatch in the middle of a chain, and for an id that is not there', async () => {
    const some = 'id\ne3\ne5\n';
    const setting = { ...CHAINS, files: { 'purged.csv': some }, signed: true };
    const report = await compareMigrated(chain, chain, { rules: purge('head', some) }, setting);
    expect(countsOf(report)['migration-map-mismatch']).toBe(2);
    expect(findingsOf(report, 'migration-map-mismatch')[0]?.message).toContain('not at the beginning of its chain');
    const strange = 'id\nnobody\n';
    const other = await compareMigrated(
      bundles(3),
      bundles(3),
      { rules: purge('head', strange) },
      {
        files: { 'purged.csv': strange },
        signed: true,
      },
    );
    expect(other.verdict).toBe('FAIL');
    expect(findingsOf(other, 'migration-map-mismatch')[0]?.message).toContain('not in the baseline');
  });

  it.each([
    ['an attribute', { attribute: 'legalHold', streams: [] }],
    ['the name of its stream', { streams: [bundles(1)[0]?.stream] }],
    ['a prefix of it', { attribute: 'other', streams: ['none', `${bundles(1)[0]?.stream.slice(0, 3)}*`] }],
  ])('takes nothing that is on hold by %s', async (_, holds) => {
    const gone = 'id\nb000001\n';
    const held = bundles(3).map((record) => ({ ...record, attrs: { legalHold: 'true' } }));
    const header = { subject: { system: 'test', holds } };
    const setting = { files: { 'purged.csv': gone }, signed: true, before: { header } };
    const left = held.filter(({ id }) => id !== 'b000001');
    const report = await compareMigrated(held, left, { rules: purge('head', gone) }, setting);
    expect(report.verdict).toBe('FAIL');
    expect(findingsOf(report, 'migration-map-mismatch')[0]?.message).toContain('on hold');
    const free = await compareMigrated(held, left, { rules: purge('head', gone) }, { ...setting, before: {} });
    expect(free.verdict).toBe('PASS');
  });

  it.each([
    ['nothing', {}, true],
    ['an attribute that no record has', { holds: { attribute: 'frozen', streams: [] } }, false],
    ['that no stream is', { holds: { streams: [] } }, false],
    ['an empty object', { holds: {} }, true],
    ['a stream that is no text', { holds: { attribute: 'frozen', streams: [7] } }, true],
    ['a text in place of the streams', { holds: { attribute: 'frozen', streams: 'bundles' } }, true],
    ['an attribute that is no text', { holds: { attribute: true, streams: [] } }, true],
    ['a list', { holds: ['bundles'] }, true],
    ['a member that is not known', { holds: { streams: [], tenants: ['t'] } }, true],
  ])('says what was not checked where the baseline says of holds: %s', async (_, stated, isSaid) => {
    const gone = 'id\nb000001\n';
    const header = { subject: { system: 'test', ...stated } };
    const setting = { files: { 'purged.csv': gone }, signed: true, before: { header } };
    const left = bundles(3).filter(({ id }) => id !== 'b000001');
    const report = await compareMigrated(bundles(3), left, { rules: purge('head', gone) }, setting);
    expect(report.verdict).toBe('PASS');
    expect(report.notChecked.some((one) => one.includes('records that were retired are on hold'))).toBe(isSaid);
  });

  it('names a stream on hold that the baseline does not have: it holds nothing', async () => {
    const gone = 'id\nb000001\n';
    const stream = bundles(1)[0]?.stream ?? '';
    const header = { subject: { system: 'test', holds: { streams: ['polcy', 'x*'] } } };
    const left = bundles(3).filter(({ id }) => id !== 'b000001');
    const setting = { files: { 'purged.csv': gone }, signed: true, before: { header } };
    const { notChecked } = await compareMigrated(bundles(3), left, { rules: purge('head', gone) }, setting);
    expect(notChecked).toContain('streams that are on hold, and that the baseline does not have: polcy, x*');
    expect(stream).not.toMatch(/^x/);
  });

  it('names an attribute that puts on hold, and that no record has', async () => {
    const gone = 'id\nb000001\n';
    const header = { subject: { system: 'test', holds: { attribute: 'legalHold' } } };
    const left = bundles(3).filter(({ id }) => id !== 'b000001');
    const setting = { files: { 'purged.csv': gone }, signed: true, before: { header } };
    const { notChecked } = await compareMigrated(bundles(3), left, { rules: purge('head', gone) }, setting);
    expect(notChecked).toContain('records on hold by the attribute legalHold: no record of the baseline has it');
  });

  it('says nothing of holds where nothing was retired', async () => {
    const rules = [{ name: 'risk', match: {}, patch: [{ op: 'add', path: '/body/risk', value: 0 }] }];
    const after = bundles(3).map((record) => ({ ...record, body: { ...(record.body as object), risk: 0 } }));
    const report = await compareMigrated(bundles(3), after, { rules }, { signed: true });
    expect(report.verdict).toBe('PASS');
    expect(report.notChecked.join()).not.toContain('on hold');
  });

  it('finds what was retired where it was before', async () => {
    const gone = 'id\nb000001\n';
    const setting = { files: { 'purged.csv': gone }, signed: true };
    const after = bundles(3).map((record) => (record.id === 'b000001' ? { ...record, body: 'planted' } : record));
    const report = await compareMigrated(bundles(3), after, { rules: purge('head', gone) }, setting);
    expect(findingsOf(report, 'migration-map-mismatch')).toMatchObject([{ id: 'b000001' }]);
  });

  it('is no PASS where nothing is left', async () => {
    const all = `id\n${bundles(3)
      .map(({ id }) => id)
      .join('\n')}\n`;
    const setting = { files: { 'purged.csv': all }, signed: true };
    const report = await compareMigrated(bundles(3), bundles(3, { from: 50 }), { rules: purge('head', all) }, setting);
    expect(report.verdict).toBe('INCOMPLETE');
    expect(findingsOf(report, 'empty-baseline')).toMatchObject([
      { message: 'migration: it leaves no record of the baseline: there is nothing to compare' },
    ]);
  });
});

describe('erase', () => {
  const chain = chained([{ n: 1, person: 'x' }, { n: 2, person: 'y' }, { n: 3 }]);
  const ids = 'id\ne0\ne1\n';
  const rules = [
    { name: 'erasure', match: {}, erase: { ids: named('erased.csv', ids), paths: ['/body/person'], reason: 'GDPR' } },
  ];
  const setting = { ...CHAINS, files: { 'erased.csv': ids }, signed: true };
  const after = chain.map((record, at) => ({ ...record, body: { n: at + 1 } }));

  it('keeps seq and links by value, and counts hashes that can no longer be recomputed', async () => {
    const report = await compareMigrated(chain, after, { rules }, setting);
    expect(report).toMatchObject({ verdict: 'PASS', migration: { erased: { records: 2, hashesNotRecomputed: 2 } } });
    expect(report.notChecked.join('\n')).toContain('2 hashes of records');
    expect(report.headline).toContain(' intact under the migration, 2 erased in part, in 1 tenant');
  });

  it('excuses no other record, and no other hash', async () => {
    const more = after.map((record, at) => (at === 2 ? { ...record, body: { n: 4 } } : record));
    const report = await compareMigrated(chain, more, { rules }, setting);
    expect(report).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    expect(countsOf(report)['hash-mismatch']).toBe(1);
    const rehashed = after.map((record, at) => (at === 1 ? { ...record, hash: 'c'.repeat(64) } : record));
    expect((await compareMigrated(chain, rehashed, { rules }, setting)).verdict).toBe('FAIL');
  });
});

describe('splitChain', () => {
  const before = chained(bodies(10), { stream: 'ledger/1' });
  const rules = [{ name: 'cut', match: { stream: 'ledger/1' }, splitChain: { at: { seq: 6 }, to: 'ledger/2' } }];
  const after = before.map((record) => ((record.seq ?? 0) >= 6 ? { ...record, stream: 'ledger/2' } : record));

  it('passes where the rest of a chain goes on as another, its first link by value', async () => {
    const report = await compareMigrated(before, after, { rules }, CHAINS);
    expect(report).toMatchObject({ verdict: 'PASS', relation: 'migrated', totals: { matched: 10 } });
    expect(report.headline).toBe(
      'PASS: 10 baseline records intact under the migration (5 by its rules) in 1 tenant; nothing added',
    );
  });

  it('fails where one of them is lost, or the first link is another', async () => {
    const lost = after.filter(({ seq }) => seq !== 10);
    expect((await compareMigrated(before, lost, { rules }, CHAINS)).verdict).toBe('FAIL');
    const linked = after.map((record) => (record.seq === 6 ? { ...record, prev: '0'.repeat(64) } : record));
    expect((await compareMigrated(before, linked, { rules }, CHAINS)).verdict).toBe('FAIL');
  });

  it('is a mismatch for a record, and still a report, where its position would be no exact number', async () => {
    const splitChain = { at: { seq: 6 }, to: 'ledger/2', firstSeq: Number.MAX_SAFE_INTEGER - 1 };
    const far = [{ name: 'cut', match: { stream: 'ledger/1' }, splitChain }];
    const report = await compareMigrated(before, after, { rules: far }, CHAINS);
    expect(report.verdict).toBe('FAIL');
    expect(countsOf(report)['migration-map-mismatch']).toBe(3);
  });
});

function byPlace(a: PlainRecord, b: PlainRecord): number {
  const key = ({ tenant, stream, id }: PlainRecord): string => JSON.stringify([tenant, stream, id]);
  return key(a) < key(b) ? -1 : 1;
}

describe('known', () => {
  const chain = chained(bodies(8));
  const broken = chain.map((record, at) => (at === 4 ? { ...record, prev: 'd'.repeat(64) } : record));
  const leaf = (record: PlainRecord | undefined): string => referenceLeaf(record as PlainRecord);
  const known = (at: number, over: object = {}) => [
    {
      kind: 'chain-break',
      tenant: 'acme',
      stream: 'ledger/1',
      record: leaf(broken[at]),
      reason: 'restore of 2019',
      ...over,
    },
  ];
  const signed: Setting = { ...CHAINS, signed: true };

  it('lets a fault pass that both sides show, at the same record', async () => {
    expect((await compareMigrated(broken, broken, {}, signed)).verdict).toBe('FAIL');
    const report = await compareMigrated(broken, broken, { known: known(4) }, signed);
    expect(report).toMatchObject({
      verdict: 'PASS',
      relation: 'identical',
      migration: { known: { listed: 1, baseline: 1, current: 1 } },
    });
    expect(countsOf(report)).toEqual({ 'known-fault': 1 });
    expect(report.findings[0]).toMatchObject({ class: 'info', id: 'e4', alreadyInBaseline: true });
  });

  it('lets pass no other fault, none at another record, none of the current side alone', async () => {
    const more = broken.map((record, at) => (at === 6 ? { ...record, prev: 'e'.repeat(64) } : record));
    expect((await compareMigrated(more, more, { known: known(4) }, signed)).verdict).toBe('FAIL');
    expect((await compareMigrated(broken, broken, { known: known(3) }, signed)).verdict).toBe('FAIL');
    expect(
      (await compareMigrated(broken, broken, { known: known(4, { kind: 'hash-mismatch' }) }, signed)).verdict,
    ).toBe('FAIL');
    expect((await compareMigrated(broken, broken, { known: known(4, { tenant: 'globex' }) }, signed)).verdict).toBe(
      'FAIL',
    );
    expect((await compareMigrated(broken, broken, { known: known(4, { id: 'e3' }) }, signed)).verdict).toBe('FAIL');
    expect((await compareMigrated(broken, broken, { known: known(4, { seq: 4 }) }, signed)).verdict).toBe('FAIL');
    // Broken only now: that the migration lists it makes it no old fault.
    const now = await compareMigrated(chain, broken, { known: known(4) }, signed);
    expect(now.verdict).toBe('FAIL');
    expect(now.notChecked.join('\n')).toContain('1 fault that the migration calls known');
  });

  it('keeps the class of a fault that the baseline alone shows, but where its rules have mended it', async () => {
    const mended = await compareMigrated(broken, chain, { known: known(4) }, signed);
    expect(mended).toMatchObject({ verdict: 'FAIL', relation: 'broken' });
    expect(countsOf(mended)).toMatchObject({ 'chain-break': 1 });
    const rules = [{ name: 'r', match: ALL, rechain: { recipe: 'sha256-jcs-body', genesis: 'zeros' } }];
    const anew = relinked(broken);
    const setting: Setting = { ...signed, after: { chains: LEDGER_RULE } };
    expect((await compareMigrated(broken, anew, { rules, known: known(4) }, setting)).verdict).toBe('PASS');
    expect((await compareMigrated(broken, anew, { rules }, setting)).verdict).toBe('FAIL');
  });

  it('follows a record to where it was moved', async () => {
    const rules = [{ name: 'r', match: {}, place: { stream: { from: 'ledger/1', to: 'ledger/9' } } }];
    const moved = broken.map((record) => ({ ...record, stream: 'ledger/9' }));
    expect((await compareMigrated(broken, moved, { rules, known: known(4) }, signed)).verdict).toBe('PASS');
    const elsewhere = moved.map((record, at) => (at === 5 ? { ...record, prev: 'd'.repeat(64) } : record));
    expect((await compareMigrated(broken, elsewhere, { rules, known: known(4) }, signed)).verdict).toBe('FAIL');
  });
});
