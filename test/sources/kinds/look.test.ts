/** What is foreign evidence is known by its members, and named by the rule of its own kind. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFrom } from '../../../src/core/json/from-plain.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import { portable } from '../../../src/core/platform.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { compare, init } from '../../../src/index.ts';
import { KINDS, kindOf } from '../../../src/sources/kinds/kinds.ts';
import { lookAt } from '../../../src/sources/kinds/look.ts';
import type { Look } from '../../../src/sources/kinds/place.ts';
import { profileOf, undecidedOf } from '../../../src/sources/kinds/place.ts';
import { completed, surveyOf } from '../../../src/sources/kinds/survey.ts';
import { profileSchema2 } from '../../../src/wire/profile-items.ts';
import { ROOT } from '../../e2e/documents.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();
let count = 0;

function write(name: string, content: unknown): string {
  const path = join(folder, `${count++}`, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content instanceof Uint8Array || typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function folderOf(files: Readonly<Record<string, unknown>>): string {
  const top = join(folder, `${count++}`);
  for (const [name, content] of Object.entries(files)) {
    const path = join(top, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return top;
}

const look = (path: string): Promise<Look> => lookAt(nodePlatform, path);
const ruleOf = ({ places }: Look): unknown => places.map(({ proposal }) => proposal.mapping.id);

const sbom = (at: number): object => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:3e671687-395b-41f5-a30f-a58921a6000${at}`,
  version: 1,
  metadata: { timestamp: '2027-03-01T10:00:00Z' },
});
const SERIAL = ['/serialNumber', { field: '/version', null: '1' }];
const payload = Buffer.from('{}').toString('base64');
const statement = { _type: 'https://in-toto.io/Statement/v1', subject: [], predicateType: 'https://example/p/v1' };
const event = { eventVersion: '1.08', eventSource: 's3', eventName: 'Get', eventTime: '2027-03-01T10:00:00Z' };

/** One of each kind, as small as its members may be, and the rule that names it. */
const SAMPLES: Readonly<Record<string, readonly [item: object, id: unknown]>> = {
  'sigstore-bundle': [
    { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', dsseEnvelope: { payload } },
    { digest: '/dsseEnvelope/payload', of: 'base64' },
  ],
  'dsse-envelope': [
    { payloadType: 'x', payload, signatures: [] },
    { digest: '/payload', of: 'base64' },
  ],
  'slsa-provenance': [{ ...statement, predicateType: 'https://slsa.dev/provenance/v1' }, { value: 'document' }],
  'in-toto-statement': [statement, { value: 'document' }],
  'in-toto-link': [
    { signed: { _type: 'link', name: 'build' }, signatures: [{ keyid: 'aa' }] },
    ['/signed/name', '/signatures/0/keyid'],
  ],
  'in-toto-layout': [{ signed: { _type: 'layout' }, signatures: [] }, { value: 'document' }],
  'tuf-metadata': [{ signed: { _type: 'root', version: 3 }, signatures: [] }, ['/signed/_type', '/signed/version']],
  cyclonedx: [sbom(1), SERIAL],
  spdx: [
    { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', documentNamespace: 'https://example/d' },
    '/documentNamespace',
  ],
  'spdx-3': [
    {
      '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
      '@graph': [{ type: 'CreationInfo' }, { type: 'SpdxDocument', spdxId: 'https://example/d' }],
    },
    '/@graph/1/spdxId',
  ],
  csaf: [
    { document: { csaf_version: '2.0', tracking: { id: 'A-1', version: '1' } } },
    ['/document/tracking/id', '/document/tracking/version'],
  ],
  openvex: [
    { '@context': 'https://openvex.dev/ns/v0.2.0', '@id': 'x', version: 1, statements: [] },
    ['/@id', '/version'],
  ],
  sarif: [{ version: '2.1.0', runs: [{ automationDetails: { guid: 'g' } }] }, '/runs/0/automationDetails/guid'],
  cve: [{ dataType: 'CVE_RECORD', cveMetadata: { cveId: 'CVE-2026-1' } }, '/cveMetadata/cveId'],
  osv: [{ id: 'GHSA-1', modified: '2027-03-01T10:00:00Z', affected: [] }, '/id'],
  scorecard: [
    { date: '2027-03-01', repo: { name: 'r', commit: 'c' }, scorecard: { version: 'v5' }, checks: [] },
    ['/repo/name', '/repo/commit', '/date'],
  ],
  cloudtrail: [{ ...event, eventID: 'e' }, '/eventID'],
  'kubernetes-audit': [
    { kind: 'Event', apiVersion: 'audit.k8s.io/v1', auditID: 'a', stage: 'ResponseComplete' },
    ['/auditID', '/stage'],
  ],
  'google-cloud-log': [
    { insertId: 'i', logName: 'l', timestamp: '2027-03-01T10:00:00Z' },
    ['/logName', '/timestamp', '/insertId'],
  ],
  ocsf: [{ class_uid: 3002, category_uid: 3, metadata: { version: '1.3.0', uid: 'u' } }, '/metadata/uid'],
  ecs: [{ '@timestamp': '2027-03-01T10:00:00Z', ecs: { version: '8.11' }, event: { id: 'e' } }, '/event/id'],
  cloudevents: [{ specversion: '1.0', id: 'i', source: 's', type: 't' }, ['/source', '/id']],
  ...Object.fromEntries(
    KINDS.filter(({ name }) => name.startsWith('oscal-')).map(({ name }) => {
      const model = name.slice('oscal-'.length);
      return [name, [{ [model]: { uuid: 'u', metadata: { 'oscal-version': '1.1.2' } } }, `/${model}/uuid`] as const];
    }),
  ),
};

describe('kinds of evidence', () => {
  it.each(KINDS.map(({ name }) => name))('%s is known by its members, and named by its own rule', async (name) => {
    const [item, id] = SAMPLES[name] ?? [{}, undefined];
    expect(kindOf(jsonFrom(item))?.name).toBe(name);
    const found = await look(write('whatever.txt', item));
    expect(found).toMatchObject({ isOurs: false, unread: [] });
    expect(ruleOf(found)).toEqual([id]);
    expect(found.places[0]?.proposal.isOwnRule).toBe(true);
  });

  it('is none of them without the members that make it one', () => {
    for (const [name, [item]] of Object.entries(SAMPLES)) {
      for (const member of Object.keys(item)) {
        const { [member as never]: _, ...rest } = item as Record<string, unknown>;
        const kind = kindOf(jsonFrom(rest));
        // What is left may be optional in the kind; it never makes the item one of another kind, but for envelopes in one.
        expect([name, 'in-toto-statement', undefined]).toContain(kind?.name);
      }
    }
  });
});

it('statements in one file are named by what is in them', async () => {
  const found = await look(write('x', [statement, { ...statement, subject: [{ name: 'a' }] }]));
  expect(ruleOf(found)).toEqual([{ digest: '', of: 'json' }]);
  expect(found.places[0]?.proposal.isOwnRule).toBe(true);
});

it('docs/your-evidence.md lists all kinds, with what names them', () => {
  const page = readFileSync(join(ROOT, 'docs/your-evidence.md'), 'utf8');
  const rows = KINDS.map(({ many, ids, by }) => ({
    many,
    rest: `| ${namedBy(ids.map(({ words }) => words))} | ${by} |\n`,
  }));
  // Kinds that are parts of one standard, `OSCAL documents (catalog)`, share a row.
  const merged = [...new Set(rows.map(({ many, rest }) => JSON.stringify([many.replace(/ \(.*/, ''), rest])))].map(
    (key) => {
      const [many, rest] = JSON.parse(key) as [string, string];
      const parts = rows.flatMap((row) => (row.rest === rest ? (/\((.*)\)$/.exec(row.many)?.[1] ?? []) : []));
      return `| ${many}${parts.length === 0 ? '' : ` (${parts.join(', ')})`} ${rest}`;
    },
  );
  expect(page.slice(page.indexOf('| kind |')).split('|---|---|---|\n')[1]).toBe(merged.join(''));
});

/** `spdxId of the element 0 to 3 of its graph` for rules that differ in a number alone. */
function namedBy(words: readonly string[]): string {
  const [first = 'the file', ...others] = [...new Set(words)];
  const pattern = (text: string): string => text.replace(/\d/, '#');
  const last = others.at(-1);
  if (last === undefined || others.some((other) => pattern(other) !== pattern(first)))
    return [first, ...others].join('; or ');
  return first.replace(/\d/, (from) => `${from} to ${/\d/.exec(last)?.[0] ?? ''}`);
}

describe('how items lie', () => {
  it.each([
    ['an array', [sbom(1), sbom(2)], 'an array of 2 CycloneDX SBOMs', { json: '*', items: '' }, []],
    [
      'a wrapped array',
      { exported: 'now', evidence: [sbom(1)] },
      'an object with 1 CycloneDX SBOM at /evidence',
      { json: '*', items: '/evidence' },
      ['/exported'],
    ],
    [
      'one wrapped twice',
      { took: 3, hits: { total: 1, hits: [sbom(1)] } },
      'an object with 1 CycloneDX SBOM at /hits/hits',
      { json: '*', items: '/hits/hits' },
      ['/took', '/hits/total'],
    ],
    ['a document', sbom(1), 'a CycloneDX SBOM', { files: '*', as: 'json' }, []],
    [
      'lines',
      `${JSON.stringify(sbom(1))}\n${JSON.stringify(sbom(2))}\n`,
      'lines of JSON: 2 CycloneDX SBOMs',
      { ndjson: '*' },
      [],
    ],
    ['columns', 'id,type\n1,a\n2,b\n', 'CSV with 2 rows of the columns id, type', { csv: '*' }, []],
    [
      'columns of another spelling',
      'id;note\r\n1;"a;\n""b"""\r\n2;c',
      'CSV with 2 rows of the columns id, note',
      { csv: '*', delimiter: ';' },
      [],
    ],
  ])('%s', async (_, content, what, from, unread) => {
    const found = await look(write('x', content));
    expect(found).toMatchObject({ what, unread });
    const { items } = profileSchema2.parse(profileOf(found, 'x'));
    expect(items).toHaveLength(1);
    expect(items[0]?.from).toMatchObject(from);
  });

  it('looks into gzip', async () => {
    expect(await look(write('x', gzipSync(JSON.stringify([sbom(1)]))))).toMatchObject({
      what: 'an array of 1 CycloneDX SBOM',
    });
  });

  it.each([
    ['%PDF-1.7', 'a PDF document'],
    ['PK\x03\x04', 'a zip archive'],
    ['hello\n', 'other text or bytes'],
    ['[]', 'an array of no items'],
  ])('%j is named, and nothing is proposed', async (content, what) => {
    expect(await look(write('x', content))).toMatchObject({ what, isOurs: false, places: [] });
  });

  it('says where JSON is malformed', async () => {
    await expect(look(write('x', '[{"a":1}'))).rejects.toThrow(/unexpected end/);
  });
});

describe('what is ours', () => {
  const record = { tenant: 'a', stream: 's', id: 'i', type: 't', body: {} };
  it.each([
    ['a snapshot', { kind: 'evidence-snapshot', version: 1, records: [] }],
    ['one of a version that nobody knows', { version: 9, kind: 'evidence-snapshot-of-the-future' }],
    ['records without a header', [record]],
    ['records in an object without kind', { records: [record] }],
    ['one record between others', [{ a: 1 }, record]],
    ['lines of records', `${JSON.stringify(record)}\n${JSON.stringify(record)}\n`],
    [
      'lines with a trailer alone',
      `${JSON.stringify({ a: 1 })}\n${JSON.stringify({ kind: 'evidence-snapshot-trailer' })}\n`,
    ],
    ['one record', record],
  ])('%s is never foreign', async (_, content) => {
    expect(await look(write('x.json', content))).toMatchObject({ isOurs: true, places: [] });
    expect(await look(folderOf({ 'a.json': sbom(1), 'b.json': content }))).toMatchObject({ isOurs: true, places: [] });
  });
});

describe('what names items of no known kind', () => {
  it.each([
    [
      'a member that says so',
      [
        { n: 1, id: 'a' },
        { n: 2, id: 'b' },
      ],
      '/id',
    ],
    [
      'one that is different in all',
      [
        { a: 1, b: 'x' },
        { a: 1, b: 'y' },
      ],
      '/b',
    ],
    ['an inner one', [{ a: { id: 'x' } }, { a: { id: 'y' } }], '/a/id'],
    [
      'two together',
      [
        { a: 1, b: 1 },
        { a: 1, b: 2 },
        { a: 2, b: 1 },
      ],
      ['/a', '/b'],
    ],
    [
      'three together',
      [
        { a: 1, b: 1, c: 1 },
        { a: 1, b: 1, c: 2 },
        { a: 1, b: 2, c: 1 },
        { a: 2, b: 1, c: 1 },
      ],
      ['/a', '/b', '/c'],
    ],
    ['the digest of all of it', [{ a: [1] }, { a: [2] }], { digest: '', of: 'json' }],
    ['never a measurement', [{ score: 1.5 }, { score: 2.5 }, { score: 3 }], { digest: '', of: 'json' }],
    [
      'never a time alone',
      [{ at: '2027-03-01T10:00:00Z' }, { at: '2027-03-01T10:00:01Z' }],
      { digest: '', of: 'json' },
    ],
    [
      'a time beside a name',
      [
        { at: '2027-03-01T10:00:00Z', by: 'ann' },
        { at: '2027-03-01T10:00:01Z', by: 'ann' },
        { at: '2027-03-01T10:00:01Z', by: 'bob' },
      ],
      ['/at', '/by'],
    ],
    ['never one that an item lacks', [{ id: 'a', b: 1 }, { b: 2 }], '/b'],
    [
      'never an empty one',
      [
        { id: '', b: 1 },
        { id: 'b', b: 2 },
      ],
      '/b',
    ],
  ])('%s', async (_, items, id) => {
    const found = await look(write('x.json', items));
    expect(ruleOf(found)).toEqual([id]);
    expect(found.places[0]?.proposal.isOwnRule).toBe(false);
    expect(undecidedOf(found)).toEqual([expect.stringMatching(/^decide: id is /)]);
  });

  it.each([
    [
      'its own within a tenant',
      [
        { tenant: 't1', id: 1 },
        { tenant: 't2', id: 1 },
      ],
      '/id',
    ],
    [
      'before what says its type',
      [
        { event: 'a', seq: 1 },
        { event: 'b', seq: 2 },
      ],
      '/seq',
    ],
    [
      'or else its type',
      [
        { event: 'a', at: [1] },
        { event: 'b', at: [2] },
      ],
      '/event',
    ],
    [
      'or else its tenant',
      [
        { tenant: 't1', at: [1] },
        { tenant: 't2', at: [1] },
      ],
      '/tenant',
    ],
  ])('is %s', async (_, items, id) => {
    expect(ruleOf(await look(write('y.json', items)))).toEqual([id]);
  });

  it.each([
    ['rows', 'a.csv', 'k,w\n1,x\n1,x\n', /rows 1 and 2 are equal/],
    ['rows with gaps', 'b.csv', 'k,w\n1,\n1,x\n2,x\n', /missing in some/],
    ['items', 'c.json', '[{"k":1.5},{"k":1.5}]', /items 0 and 1 are equal/],
  ])('is nothing where %s are equal: then there is no profile', async (_, name, text, fault) => {
    const source = write(name, text);
    await expect(init(source, { output: join(folder, 'none.json') })).rejects.toThrow(fault);
    expect(existsSync(join(folder, 'none.json'))).toBe(false);
  });

  it('is the one column of a list of words, which is said', async () => {
    const found = await look(write('x.csv', 'name\na\nb\n'));
    expect(ruleOf(found)).toEqual(['name']);
    expect(undecidedOf(found)).toContainEqual(expect.stringMatching(/CSV of one column/));
    expect((await look(write('y.txt', 'some words\nof text\n'))).places).toEqual([]);
  });

  it('of a known kind without an id of its own likewise', async () => {
    const { serialNumber: _, ...rest } = sbom(1) as { serialNumber: string };
    expect(
      ruleOf(
        await look(
          write('x.json', [
            { ...rest, n: 1 },
            { ...rest, n: 2 },
          ]),
        ),
      ),
    ).toEqual(['/n']);
  });

  it('takes tenant, type, time and chain by their names where they fit', async () => {
    const zeros = '0'.repeat(64);
    const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
    const at = '2027-03-01T10:00:00Z';
    const items = [
      { uuid: 'x', tenantId: 'acme', action: 'open', createdAt: at, sequence: 1, prevHash: 'GENESIS', hash: one },
      { uuid: 'y', tenantId: 'acme', action: 'close', createdAt: at, sequence: 2, prevHash: one, hash: two },
    ];
    const mappingOf = async (list: readonly object[]): Promise<unknown> =>
      (await look(write('x.json', list))).places[0]?.proposal.mapping;
    expect(await mappingOf(items)).toMatchObject({
      tenant: '/tenantId',
      type: '/action',
      recordedAt: '/createdAt',
      seq: '/sequence',
      hash: '/hash',
      prev: { field: '/prevHash', genesis: 'GENESIS' },
    });
    // A chain that does not hold is none: its members stay in the body.
    const broken = [items[0], { ...items[1], prevHash: zeros, createdAt: 'yesterday' }] as const;
    const mapping = await mappingOf(broken as unknown as readonly object[]);
    expect(Object.keys(mapping as object).sort()).toEqual(['id', 'seq', 'stream', 'tenant', 'type']);
  });
});

describe('a folder', () => {
  it('of one kind is named by its rule, whatever files are called', async () => {
    const found = await look(folderOf({ 'a/1.json': sbom(1), 'b/2.json': sbom(2), 'README.md': 'words\n' }));
    expect(found).toMatchObject({ unread: ['README.md'] });
    expect(found.what).toBe('a folder of 3 files: 2 CycloneDX SBOMs; other text or bytes');
    expect(ruleOf(found)).toEqual([SERIAL]);
    expect(profileOf(found, 'x').items[0]?.from).toEqual({ files: '**/*.json', as: 'json' });
  });

  it.each([
    ['of several kinds', { 'a.json': sbom(1), 'b.json': statement, 'c.json': [1, 2] }],
    ['with one twice', { 'a.json': sbom(1), 'b.json': sbom(1) }],
  ])('%s is named by the paths of its files', async (_, files) => {
    const found = await look(folderOf(files));
    expect(ruleOf(found)).toEqual([{ path: true }]);
    expect(found.places[0]?.proposal.isOwnRule).toBe(true);
  });

  it.each([
    ['rows and lines', { 'e.csv': 'id,w\n1,a\n2,b\n', 'u.ndjson': '{"id":1}\n{"id":2}\n' }, ['csv', 'ndjson']],
    ['two kinds of rows', { 'e.csv': 'id,w\n1,a\n2,b\n', 'f.csv': 'id,v\n1,a\n2,b\n' }, ['e.csv', 'f.csv']],
    ['one kind of rows', { 'e.csv': 'id,w\n1,a\n2,b\n', 'f.csv': 'id,w\n3,a\n4,b\n' }, ['items']],
  ])('of %s that have the same ids is read by its profile', async (_, files, streams) => {
    const folder = folderOf(files);
    const profile = profileOf(await look(folder), 'x');
    expect(profile.items.map(({ stream }) => stream)).toEqual(streams.map((value) => ({ value })));
    const report = await compare(folder, folderOf(files), { mode: 'frozen', source: { profile } });
    expect(report).toMatchObject({ verdict: 'PASS', totals: { matched: 4 } });
  });

  it('has a place for each form, and patterns that take no file twice', async () => {
    const lines = `${JSON.stringify({ id: 1 })}\n${JSON.stringify({ id: 2 })}\n`;
    const found = await look(
      folderOf({
        'sboms/a.json': sbom(1),
        'log/a.ndjson': lines,
        'trail/b.json': { Records: [{ ...event, eventID: 'e' }] },
      }),
    );
    expect(profileSchema2.parse(profileOf(found, 'x')).items.map(({ from }) => from)).toEqual([
      { ndjson: '**/*.ndjson' },
      { files: 'sboms/**/*.json', as: 'json' },
      { json: 'trail/**/*.json', items: '/Records' },
    ]);
  });
});

describe('what is too long to be looked at whole', () => {
  it('JSON that was cut anywhere is a beginning of what it is', () => {
    const items = fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(items, fc.nat(), (list, seed) => {
        const bytes = new TextEncoder().encode(JSON.stringify(list).replaceAll('-0,', '0,'));
        const text = completed(bytes.subarray(0, seed % bytes.length));
        if (text === undefined) return;
        const value = parseJson(portable, text);
        expect(Array.isArray(value)).toBe(true);
        expect((value as readonly unknown[]).length).toBeLessThanOrEqual(list.length);
      }),
    );
  });

  it('is said to be at least so much', () => {
    const bytes = new TextEncoder().encode(JSON.stringify([sbom(1), sbom(2), sbom(3)]));
    const survey = surveyOf(nodePlatform, { bytes: bytes.subarray(0, bytes.length - 3), whole: false });
    expect(survey).toMatchObject({ form: { is: 'array', pointer: '' }, cut: true });
    expect(survey.items.length).toBeGreaterThanOrEqual(2);
  });
});
