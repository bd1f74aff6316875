/** External roots: they can fail a comparison or leave it incomplete, and never save one. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MerkleTree } from 'merkletreejs';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/core/json/parse.ts';
import { Findings } from '../../src/core/judge/findings.ts';
import { portable, utf8 } from '../../src/core/platform.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { RecordDecoder } from '../../src/core/snapshot/record.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { compareSnapshots, compareWithRoots, exportBundle } from '../../src/index.ts';
import { type LegacyRoot, LegacyRootCheck, legacyLeafNamed } from '../../src/legacy-roots/check.ts';
import { SortedTree } from '../../src/legacy-roots/schemes.ts';
import { annotationsOf } from '../../src/reports/annotations.ts';
import { renderHtml } from '../../src/reports/html.ts';
import { renderJson } from '../../src/reports/json.ts';
import { renderJunit } from '../../src/reports/junit.ts';
import { parseContinuityReport, type ReadReport } from '../../src/wire/continuity-report.ts';
import { put } from '../faults/files.ts';
import { compareTexts, countsOf, findingsOf } from '../in-memory.ts';
import {
  bundles,
  chained,
  json,
  LEDGER_RULE,
  ndjson,
  type PlainRecord,
  referenceDigest,
  referenceLeaf,
  relinked,
  sha256,
  trailerOf,
} from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

type Options = ConstructorParameters<typeof MerkleTree>[2];

/** The root as somebody published it, with merkletreejs and SHA-256. */
function published(leaves: readonly (string | Buffer)[], options: Options = {}): string {
  const sha = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();
  return new MerkleTree([...leaves], sha, options).getRoot().toString('hex');
}

const bytesOf = (leaves: readonly string[]): Buffer[] => leaves.map((leaf) => Buffer.from(leaf, 'hex'));

/** The ledger of a platform: chained, with the leaf hash that it commits to in an attribute. */
function ledger(count: number, tenant: string): PlainRecord[] {
  const bodies = Array.from({ length: count }, (_, n) => ({ n, of: tenant }));
  return chained(bodies, { tenant }).map((record) => {
    return { ...record, attrs: { merkleLeafHash: sha256(`${record.hash}-${record.seq}`) } };
  });
}

const BEFORE = [...bundles(3, { tenant: 'acme' }), ...ledger(5, 'acme'), ...ledger(7, 'globex')];
const AFTER = [...bundles(4, { tenant: 'acme' }), ...ledger(6, 'acme'), ...ledger(7, 'globex')];
const textOf = (records: readonly PlainRecord[]): string => ndjson(records, { chains: LEDGER_RULE });

const inStream = (tenant: string): PlainRecord[] =>
  BEFORE.filter((record) => record.tenant === tenant && record.stream === 'ledger/1');
const leafHashes = (records: readonly PlainRecord[]): string[] =>
  records.map(({ attrs }) => attrs?.['merkleLeafHash'] ?? '');
const ANCHOR = published(bytesOf(leafHashes(inStream('acme'))));
const ledgerRoot = { scheme: 'merkletreejs-default', root: ANCHOR, leaf: 'attrs.merkleLeafHash' };
const LEDGER: LegacyRoot = { ...ledgerRoot, tenant: 'acme', stream: 'ledger/1' };

async function compare(...legacyRoots: readonly LegacyRoot[]): Promise<ContinuityReport> {
  return compareTexts(textOf(BEFORE), textOf(AFTER), { legacyRoots });
}

const legacyCheck = ({ checks }: ContinuityReport) => checks.find(({ check }) => check === 'legacy-root');

/** What there is besides the legacy root: nothing that it says may change that. */
const restOf = ({ totals, tenants, baseline, current, notChecked }: ContinuityReport) => {
  return { totals, tenants, baseline, current, notChecked };
};

describe('a published root that is equal', () => {
  it('is a check that was made, and always a finding that says what it cannot show', async () => {
    const report = await compare(LEDGER);
    expect([report.verdict, report.relation]).toEqual(['PASS', 'extended']);
    expect(report.headline).toBe('PASS: 15 baseline records intact in 2 tenants; 2 added');
    expect(legacyCheck(report)).toEqual({ check: 'legacy-root', done: 5 });
    expect(findingsOf(report, 'weak-scheme')).toEqual([
      {
        kind: 'weak-scheme',
        class: 'info',
        tenant: 'acme',
        stream: 'ledger/1',
        baseline: ANCHOR,
        message:
          'baseline: the legacy root (scheme merkletreejs-default, leaf attrs.merkleLeafHash) is equal over 5 leaves, but ' +
          'merkletreejs-default cannot show leaves replaced by the nodes over them; leaf attrs.merkleLeafHash cannot show ' +
          'what the attribute "merkleLeafHash" was not computed from',
      },
    ]);
  });

  it('is the only thing that changes in the report', async () => {
    const without = await compare();
    const report = await compare(LEDGER);
    expect(restOf(report)).toEqual(restOf(without));
    expect(report.checks.filter(({ check }) => check !== 'legacy-root')).toEqual(without.checks);
    expect(report.findings.filter(({ kind }) => kind !== 'weak-scheme')).toEqual(without.findings);
    expect(legacyCheck(without)).toBeUndefined();
  });

  it('saves nothing: with a record missing, modified or relinked the verdict is that of our own roots', async () => {
    const acme = inStream('acme');
    const changes: readonly (readonly PlainRecord[])[] = [
      BEFORE.filter((record) => record !== acme[2]),
      BEFORE.map((record) => (record === acme[2] ? { ...record, type: 'another' } : record)),
      [...bundles(3), ...relinked([...acme].reverse()), ...inStream('globex')],
    ];
    for (const changed of changes) {
      const without = await compareTexts(textOf(BEFORE), textOf(changed));
      const report = await compareTexts(textOf(BEFORE), textOf(changed), { legacyRoots: [LEDGER] });
      const { 'weak-scheme': weak, ...others } = countsOf(report);
      expect([report.verdict, report.headline, weak]).toEqual(['FAIL', without.headline, 1]);
      expect(others).toEqual(countsOf(without));
      expect(restOf(report)).toEqual(restOf(without));
    }
  });

  it('does not see what its leaf does not commit to; the comparison does', async () => {
    const changed = BEFORE.map((record) =>
      record.tenant === 'acme' && record.seq === 2 ? { ...record, recordedAt: '2027-01-01T00:00:00Z' } : record,
    );
    const roots: readonly LegacyRoot[] = [
      { ...LEDGER, side: 'current' },
      {
        ...LEDGER,
        side: 'current',
        leaf: 'hash',
        root: published(bytesOf(inStream('acme').map(({ hash = '' }) => hash))),
      },
    ];
    const report = await compareTexts(textOf(BEFORE), textOf(changed), { legacyRoots: roots });
    expect(report.verdict).toBe('FAIL');
    expect(countsOf(report)).toMatchObject({ 'record-modified': 1, 'weak-scheme': 2, 'stream-root-mismatch': 1 });
    expect(legacyCheck(report)).toEqual({ check: 'legacy-root', done: 10 });
  });
});

describe('what a published root is made of', () => {
  const acme = inStream('acme');
  const hashes = acme.map(({ hash = '' }) => hash);
  const digests = acme.map(({ body }) => referenceDigest(body).slice(7));
  const place = { tenant: 'acme', stream: 'ledger/1', scheme: 'merkletreejs-sort' } as const;
  const sorted = { sort: true } as const;

  it.each<readonly [string, LegacyRoot]>([
    ['the hash of records, by default', { ...place, root: published(bytesOf(hashes), sorted) }],
    ['body digests', { ...place, leaf: 'bodyDigest', root: published(bytesOf(digests), sorted) }],
    ['our own leaf hashes', { ...place, leaf: 'leafHash', root: published(bytesOf(acme.map(referenceLeaf)), sorted) }],
    [
      'hashes that are hashed once more as bytes',
      { ...place, hashLeaves: 'bytes', root: published(bytesOf(hashes), { ...sorted, hashLeaves: true }) },
    ],
    [
      'hashes that are hashed once more as text',
      { ...place, hashLeaves: 'text', root: published(hashes, { ...sorted, hashLeaves: true }) },
    ],
  ])('%s', async (_, root) => {
    const report = await compare(root);
    expect(countsOf(report)).toEqual({ 'record-added': 2, 'weak-scheme': 1 });
    expect(legacyCheck(report)).toEqual({ check: 'legacy-root', done: 5 });
  });

  it('with leaves that are hashed once more no node can pass for a leaf, and the finding does not say so', async () => {
    const root = published(bytesOf(hashes), { hashLeaves: true });
    const report = await compare({ ...place, scheme: 'merkletreejs-default', hashLeaves: 'bytes', root });
    expect(findingsOf(report, 'weak-scheme')[0]?.message).toBe(
      'baseline: the legacy root (scheme merkletreejs-default, leaf hash, hashed as bytes) is equal over 5 leaves, but ' +
        'merkletreejs-default has no prefix for nodes: nothing but the form of a leaf tells it from a node; ' +
        'leaf hash cannot show what `hash` was not computed from',
    );
  });

  it('a stream, a tenant or everything, of either side, in the order of the snapshot', async () => {
    const leavesOf = (records: readonly PlainRecord[]): Buffer[] => bytesOf(records.map(referenceLeaf));
    const common = { scheme: 'merkletreejs-duplicate-odd', leaf: 'leafHash' } as const;
    const root = (records: readonly PlainRecord[]): string => published(leavesOf(records), { duplicateOdd: true });
    const report = await compare(
      { ...common, root: root(BEFORE) },
      { ...common, tenant: 'acme', root: root(BEFORE.filter(({ tenant }) => tenant === 'acme')) },
      { ...common, tenant: 'globex', stream: 'ledger/1', root: root(inStream('globex')) },
      { ...common, side: 'current', root: root(AFTER) },
      { ...common, side: 'current', tenant: 'acme', stream: 'bundles', root: root(bundles(4)) },
    );
    expect([report.verdict, report.findingCounts['weak-scheme']]).toEqual(['PASS', 5]);
    expect(legacyCheck(report)).toEqual({ check: 'legacy-root', done: 15 + 8 + 7 + 17 + 4 });
  });

  it('digests as the contract writes them', async () => {
    const records = acme.map((record, at) => ({ ...record, attrs: { digest: `sha256:${digests[at]}` } }));
    const text = textOf(records);
    const legacyRoots = [{ scheme: 'merkletreejs-default', leaf: 'attrs.digest', root: published(bytesOf(digests)) }];
    const report = await compareTexts(text, text, { legacyRoots });
    expect([report.verdict, countsOf(report)]).toEqual(['PASS', { 'weak-scheme': 1 }]);
  });
});

describe('a published root that is another one', () => {
  const WRONG = sha256('wrong');

  it.each([
    ['stream-root-mismatch', { tenant: 'acme', stream: 'ledger/1' }, 5],
    ['tenant-root-mismatch', { tenant: 'globex' }, 7],
    ['global-root-mismatch', {}, 15],
  ] as const)('is a FAIL: %s', async (kind, place, leaves) => {
    const report = await compare({ scheme: 'merkletreejs-sort', leaf: 'leafHash', root: WRONG, ...place });
    expect([report.verdict, report.relation]).toEqual(['FAIL', 'broken']);
    expect(report.headline).toBe(`FAIL: 1 ${kind}; 15 of 15 baseline records in 2 tenants matched; 2 added`);
    const [finding, ...others] = findingsOf(report, kind);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ class: 'FAIL', ...place, baseline: WRONG });
    expect(finding?.message).toBe(
      `baseline: the legacy root (scheme merkletreejs-sort, leaf leafHash) that was published is not that of the ${leaves} leaves there`,
    );
    expect(findingsOf(report, 'weak-scheme')).toMatchObject([{ ...place, baseline: finding?.current }]);
    expect(findingsOf(report, 'weak-scheme')[0]?.message).not.toContain('equal');
    // What the two sides are to each other is another question.
    expect(report.tenants.map(({ relation }) => relation)).toEqual(['extended', 'identical']);
    expect(legacyCheck(report)).toEqual({ check: 'legacy-root', done: leaves });
  });

  it('is one by the wrong scheme, the wrong leaf or the wrong side, too', async () => {
    const near: readonly LegacyRoot[] = [
      { ...LEDGER, scheme: 'merkletreejs-duplicate-odd' },
      { ...LEDGER, leaf: 'hash' },
      { ...LEDGER, side: 'current' },
      { ...LEDGER, hashLeaves: 'text' },
    ];
    const report = await compare(...near);
    expect(countsOf(report)).toEqual({ 'record-added': 2, 'stream-root-mismatch': 4, 'weak-scheme': 4 });
  });
});

describe('a published root that cannot be recomputed', () => {
  it.each<readonly [string, Partial<LegacyRoot>, string]>([
    ['of a tenant that is not there', { tenant: 'nobody' }, 'there is no stream "ledger/1" of tenant "nobody"'],
    ['of a stream that is not there', { stream: 'ledger/2' }, 'there is no stream "ledger/2" of tenant "acme"'],
    ['of an attribute that is not there', { leaf: 'attrs.leaf' }, 'attrs.leaf is not in the record'],
    ['of records without attributes', { stream: 'bundles' }, 'attrs.merkleLeafHash is not in the record'],
    ['of records without hash', { stream: 'bundles', leaf: 'hash' }, 'hash is not in the record'],
  ])('%s leaves the comparison INCOMPLETE', async (_, over, why) => {
    const report = await compare({ ...LEDGER, ...over });
    expect([report.verdict, report.relation]).toEqual(['INCOMPLETE', 'extended']);
    expect(countsOf(report)).toMatchObject({ 'proof-unavailable': 1, 'weak-scheme': 1 });
    const [finding] = findingsOf(report, 'proof-unavailable');
    expect(finding?.message).toContain(`could not be recomputed: ${why}`);
    expect(report.headline).toContain(why);
    expect(legacyCheck(report)?.done).toBe(0);
    expect(findingsOf(report, 'weak-scheme')[0]).not.toHaveProperty('baseline');
  });

  it('names the first record that has no value, or one in another form, and is never a mismatch', async () => {
    for (const wrong of [
      '',
      'x',
      'AB'.repeat(32),
      `0x${'ab'.repeat(32)}`,
      'sha256:',
      `SHA256:${'ab'.repeat(32)}`,
      'ab'.repeat(33),
    ]) {
      const records = BEFORE.map((record) =>
        record.tenant === 'acme' && (record.seq ?? 0) >= 3 ? { ...record, attrs: { merkleLeafHash: wrong } } : record,
      );
      const report = await compareTexts(textOf(records), textOf(records), { legacyRoots: [LEDGER] });
      expect([report.verdict, countsOf(report)]).toEqual(['INCOMPLETE', { 'proof-unavailable': 1, 'weak-scheme': 1 }]);
      expect(findingsOf(report, 'proof-unavailable')[0]).toMatchObject({
        tenant: 'acme',
        stream: 'ledger/1',
        id: 'e2',
        seq: 3,
      });
      expect(legacyCheck(report)).toMatchObject({ done: 0, skipped: 5, why: expect.stringContaining('findings') });
    }
  });

  it('of a summary, or of a file of roots; the other side of them has its records', async () => {
    const summary = ndjson(BEFORE, { chains: LEDGER_RULE, depth: 'summary' });
    const grown = textOf([...bundles(3), ...ledger(6, 'acme'), ...ledger(7, 'globex')]);
    const report = await compareTexts(summary, grown, { legacyRoots: [LEDGER] });
    expect([report.verdict, countsOf(report)]).toEqual([
      'INCOMPLETE',
      { 'record-added': 1, 'proof-unavailable': 1, 'weak-scheme': 1 },
    ]);
    expect(report.headline).toContain('the records are not at hand');
    const root = published(bytesOf(leafHashes(ledger(6, 'acme'))));
    const current = await compareTexts(summary, grown, { legacyRoots: [{ ...LEDGER, side: 'current', root }] });
    expect([current.verdict, legacyCheck(current)]).toEqual(['PASS', { check: 'legacy-root', done: 6 }]);
  });

  it('of a side that breaks off', async () => {
    const cut = textOf(BEFORE).split('\n').slice(0, -3).join('\n');
    const report = await compareTexts(cut, textOf(AFTER), { legacyRoots: [LEDGER, { ...LEDGER, tenant: 'globex' }] });
    expect(report.verdict).toBe('INCOMPLETE');
    expect(countsOf(report)).toMatchObject({ 'input-truncated': 1, 'proof-unavailable': 2, 'weak-scheme': 2 });
    expect(countsOf(report)).not.toHaveProperty('stream-root-mismatch');
    expect(legacyCheck(report)).toMatchObject({ done: 0 });
  });

  it('of a run that is stopped', async () => {
    const report = await compareTexts(textOf(BEFORE), textOf(AFTER), {
      legacyRoots: [LEDGER],
      signal: AbortSignal.abort(),
    });
    expect(countsOf(report)).toMatchObject({ interrupted: 1, 'proof-unavailable': 1, 'weak-scheme': 1 });
  });

  it('of nothing at all: the root of no leaves proves nothing', async () => {
    const empty = published([]);
    const report = await compareTexts(textOf([]), textOf(AFTER), {
      legacyRoots: [{ scheme: 'merkletreejs-default', root: sha256(''), leaf: 'leafHash' }],
    });
    expect(empty).toBe('');
    expect(report.verdict).toBe('INCOMPLETE');
    expect(findingsOf(report, 'proof-unavailable')[0]?.message).toContain('there is not one record');
  });

  it('of more leaves than can be held to be sorted: input-limit', () => {
    const findings = new Findings('append', 10);
    const leaf = legacyLeafNamed('leafHash');
    if (leaf === undefined) throw new RangeError('no leaf');
    const scheme = {
      name: 'few',
      blindTo: ['leaf-order'] as const,
      hash: () => '',
      newTree: () => new SortedTree(() => '', 3),
    };
    const check = new LegacyRootCheck(
      nodePlatform,
      { scheme: 'few', root: sha256(''), leaf: 'leafHash' },
      scheme,
      leaf,
    );
    const decoder = new RecordDecoder(nodePlatform);
    for (const record of bundles(5)) {
      const bytes = utf8(JSON.stringify(record));
      check.take(decoder.decode(bytes, 0, bytes.length));
    }
    const tally = { done: 0, skipped: 0 };
    check.conclude(findings, { complete: true, header: { depth: 'full' } }, tally);
    expect([tally, findings.counts]).toEqual([
      { done: 0, skipped: 5 },
      { 'input-limit': 1, 'weak-scheme': 1 },
    ]);
    expect(findings.list()[1]).toMatchObject({ id: 'b000003', class: 'INCOMPLETE' });
  });
});

describe('a request that makes no sense', () => {
  it.each<readonly [string, Partial<LegacyRoot>, RegExp]>([
    [
      'a scheme that there is not',
      { scheme: 'keccak' },
      /there is no scheme "keccak"; there are merkletreejs-default, /,
    ],
    ['a root of another form', { root: ANCHOR.toUpperCase() }, /root must be 64 lower-case/],
    ['no root', { root: undefined as unknown as string }, /root must be 64/],
    ['a leaf that there is not', { leaf: 'attrs.' }, /leaf must be hash, bodyDigest, leafHash or attrs.NAME/],
    ['a stream without its tenant', { tenant: undefined as unknown as string }, /a stream needs its tenant/],
    ['an empty name', { tenant: '' }, /never empty/],
    ['a third side', { side: 'both' as 'current' }, /side must be baseline or current/],
    ['leaves hashed in another way', { hashLeaves: true as unknown as 'text' }, /as bytes or as text/],
  ])('is refused before anything is read: %s', async (_, over, message) => {
    await expect(compare({ ...LEDGER, ...over })).rejects.toThrow(TypeError);
    await expect(compare({ ...LEDGER, ...over })).rejects.toThrow(message);
  });

  it('is refused where one question has two answers', async () => {
    await expect(compare(LEDGER, { ...LEDGER, side: 'baseline', root: sha256('') })).rejects.toThrow('more than once');
    expect((await compare(LEDGER, { ...LEDGER, leaf: 'hash' })).findingCounts['weak-scheme']).toBe(2);
  });
});

describe('whatever the input is', () => {
  const folder = temporaryFolder();

  it('the answer is the same: NDJSON, JSON, with and without bodies, in chunks of any size, and a bundle', async () => {
    const before = put(folder, 'before.ndjson', textOf(BEFORE));
    const bundle = join(folder, 'bundle');
    await exportBundle(before, bundle);
    const same = (report: ContinuityReport): unknown => [
      report.verdict,
      legacyCheck(report),
      findingsOf(report, 'weak-scheme'),
    ];
    const expected = same(await compare(LEDGER));
    const legacyRoots = [LEDGER];
    const json1 = json(BEFORE, { chains: LEDGER_RULE });
    expect(same(await compareTexts(json1, textOf(AFTER), { legacyRoots, chunkBytes: 7 }))).toEqual(expected);
    const digests = ndjson(BEFORE, { chains: LEDGER_RULE, depth: 'digest' });
    expect(same(await compareTexts(digests, textOf(AFTER), { legacyRoots }))).toEqual(expected);
    const after = put(folder, 'after.ndjson', textOf(AFTER));
    expect(same(await compareSnapshots(bundle, after, { legacyRoots }))).toEqual(expected);
  });

  it('a file of roots has no records: INCOMPLETE, and its own roots are compared all the same', async () => {
    const { globalRoot, records } = trailerOf(BEFORE);
    const path = put(folder, 'roots.json', JSON.stringify({ kind: 'evidence-roots', version: 1, globalRoot, records }));
    const current = put(folder, 'current.ndjson', textOf(BEFORE));
    const report = await compareWithRoots(path, current, { legacyRoots: [LEDGER, { ...LEDGER, side: 'current' }] });
    expect([report.verdict, countsOf(report)]).toEqual(['INCOMPLETE', { 'proof-unavailable': 1, 'weak-scheme': 2 }]);
    expect([report.totals.matched, legacyCheck(report)?.done]).toEqual([15, 5]);
  });
});

describe('the report', () => {
  const parse = (report: ContinuityReport): ReadReport => {
    const bytes = utf8(renderJson(report));
    return parseContinuityReport(portable, parseJson(portable, bytes, 0, bytes.length));
  };

  it('is read again as it was written, whatever came of the root, and contradicts itself nowhere', async () => {
    for (const over of [{}, { root: sha256('wrong') }, { tenant: 'nobody' }]) {
      const report = await compare({ ...LEDGER, ...over });
      expect(parse(report)).toEqual(report);
    }
  });

  it('as JUnit passes the check only where no root differs; weak-scheme is no failure', async () => {
    const equal = renderJunit(await compare(LEDGER));
    expect(equal).toContain('<testcase name="check legacy-root"');
    expect(equal).not.toContain('<failure');
    expect(equal).not.toContain('<error');
    const caseOf = (xml: string): string =>
      xml.slice(xml.indexOf('name="check legacy-root"')).split('<testcase')[0] ?? '';
    expect(caseOf(equal)).not.toContain('<skipped');
    const differs = renderJunit(await compare({ ...LEDGER, root: sha256('wrong') }));
    expect(caseOf(differs)).toContain('see the findings stream-root-mismatch');
    expect(differs).toContain('type="stream-root-mismatch"');
    expect(caseOf(renderJunit(await compare({ ...LEDGER, tenant: 'nobody' })))).toContain('<skipped');
  });

  it('annotates nothing for weak-scheme, and as HTML shows it in the open', async () => {
    const report = await compare(LEDGER);
    expect(JSON.stringify(annotationsOf(report))).not.toContain('weak-scheme');
    const page = renderHtml(report);
    expect(page).toContain('<code>weak-scheme</code>');
    expect(page.indexOf('cannot show')).toBeGreaterThan(0);
  });
});
