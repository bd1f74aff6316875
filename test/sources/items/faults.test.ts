/** What is wrong with foreign evidence is an error with its place, and never passed over. */
import { createHash } from 'node:crypto';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inTurn } from '../../long.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { auditOf, faultOf, importOf, type Places, putFiles, recordsOf } from './items.ts';

const folder = temporaryFolder();
let made = 0;
const put = (files: Readonly<Record<string, string | Uint8Array>>): string =>
  putFiles(join(folder, `${++made}`), files);

const JSON_PLACE = { from: { json: 'x.json', items: '/list' }, id: '/id' };
const LINES = { from: { ndjson: 'x.ndjson' }, id: '/id' };
const ROWS = { from: { csv: 'x.csv' }, id: 'id' };

interface Fault {
  readonly what: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly place: object;
  readonly kind: string;
  readonly says: RegExp;
  readonly where: object;
}

const FAULTS: readonly Fault[] = [
  {
    what: 'an id that is missing',
    files: { 'x.json': '{"list":[{"id":"a"},\n{"no":1}]}' },
    place: JSON_PLACE,
    kind: 'schema-violation',
    says: /has no id/,
    where: { line: 2, byteOffset: 21, item: 1, member: '/id' },
  },
  {
    what: 'an id that is an object',
    files: { 'x.json': '{"list":[{"id":{}}]}' },
    place: JSON_PLACE,
    kind: 'input-malformed',
    says: /object or array/,
    where: { item: 0, member: '/id' },
  },
  {
    what: 'an item that is cut off',
    files: { 'x.json': '{"list":[{"id":"a"},{"id":"b"' },
    place: JSON_PLACE,
    kind: 'input-truncated',
    says: /ends within/,
    where: { item: 1 },
  },
  {
    what: 'a file whose end is no JSON',
    files: { 'x.json': '{"list":[{"id":"a"}],"y":[1,}' },
    place: JSON_PLACE,
    kind: 'input-malformed',
    says: /unexpected byte 0x7d/,
    where: { byteOffset: 28 },
  },
  {
    what: 'text behind the end',
    files: { 'x.json': '{"list":[]} x' },
    place: JSON_PLACE,
    kind: 'input-malformed',
    says: /data after the end/,
    where: { byteOffset: 12 },
  },
  {
    what: 'two arrays of one name',
    files: { 'x.json': '{"list":[],"list":[{"id":"a"}]}' },
    place: JSON_PLACE,
    kind: 'input-malformed',
    says: /duplicate member name/,
    where: { byteOffset: 11 },
  },
  {
    what: 'no array there',
    files: { 'x.json': '{"other":[],"list":{"id":1}}' },
    place: JSON_PLACE,
    kind: 'schema-violation',
    says: /is an object, and no array.*\/other/,
    where: {},
  },
  {
    what: 'nothing there',
    files: { 'x.json': '{"other":[]}' },
    place: JSON_PLACE,
    kind: 'schema-violation',
    says: /nothing at \/list.*\/other/,
    where: {},
  },
  {
    what: 'a line that is no JSON',
    files: { 'x.ndjson': '{"id":"a"}\n\n{"id":}\n' },
    place: LINES,
    kind: 'input-malformed',
    says: /unexpected byte/,
    where: { line: 3, byteOffset: 18, item: 1 },
  },
  {
    what: 'two items of one id, far apart',
    files: { 'x.ndjson': `{"id":"b"}\n${'{"id":"a"}\n'}{"id":"b"}\n` },
    place: LINES,
    kind: 'schema-violation',
    says: /this one, and that at .*x\.ndjson, line 1, byte 0, item 0/,
    where: { line: 3, item: 2 },
  },
  {
    what: 'a row of another length',
    files: { 'x.csv': 'id,n\na,1\nb\n' },
    place: ROWS,
    kind: 'input-malformed',
    says: /has 1 columns, and the first one 2/,
    where: { line: 3, byteOffset: 9, item: 1 },
  },
  {
    what: 'two columns of one name',
    files: { 'x.csv': 'id,id\na,1\n' },
    place: ROWS,
    kind: 'input-malformed',
    says: /two columns are called "id"/,
    where: { line: 1 },
  },
  {
    what: 'a column that is not there',
    files: { 'x.csv': 'key,n\na,1\n' },
    place: ROWS,
    kind: 'schema-violation',
    says: /no column "id".*key, n/,
    where: {},
  },
  {
    what: 'quotes that are not closed',
    files: { 'x.csv': 'id,n\na,"1\n' },
    place: ROWS,
    kind: 'input-malformed',
    says: /ends within quotes/,
    where: {},
  },
  {
    what: 'a cell that is no UTF-8',
    files: { 'x.csv': Buffer.from([...Buffer.from('id,n\na,'), 0xff, 0x0a]) },
    place: ROWS,
    kind: 'input-malformed',
    says: /no UTF-8/,
    where: { line: 2, member: 'n' },
  },
  {
    what: 'an empty id in a row',
    files: { 'x.csv': 'id,n\n,1\n' },
    place: ROWS,
    kind: 'schema-violation',
    says: /has no id/,
    where: { line: 2, member: 'id' },
  },
  {
    what: 'a pattern that nothing matches',
    files: { 'y.json': '[]' },
    place: JSON_PLACE,
    kind: 'source-incomplete',
    says: /no file fits json:x\.json#\/list.*y\.json/,
    where: {},
  },
  {
    what: 'a position that is none',
    files: { 'x.ndjson': '{"id":"a","n":1.5}\n' },
    place: { ...LINES, seq: '/n' },
    kind: 'schema-violation',
    says: /must be an integer/,
    where: { line: 1, member: '/n' },
  },
  {
    what: 'a record of ours',
    files: { 'x.ndjson': '{"tenant":"t","stream":"s","id":"a","type":"x","body":1}\n' },
    place: LINES,
    kind: 'input-malformed',
    says: /no foreign evidence but a record of a snapshot/,
    where: { line: 1 },
  },
  {
    what: 'a snapshot without a trailer',
    files: { 'x.json': '{"kind":"evidence-snapshot","list":[{"id":"a"}]}' },
    place: JSON_PLACE,
    kind: 'input-malformed',
    says: /of kind evidence-snapshot/,
    where: {},
  },
  {
    what: 'names that are one on other systems',
    files: { 'x.json': '{"list":[]}', 'a/B.txt': '', 'a/b.txt': '' },
    place: JSON_PLACE,
    kind: 'source-incomplete',
    says: /differs by case or Unicode form/,
    where: {},
  },
  {
    what: 'a byte order mark before JSON',
    files: { 'x.json': '\ufeff{"list":[{"id":"a"}]}' },
    place: JSON_PLACE,
    kind: 'input-malformed',
    says: /byte order mark/,
    where: { line: 1, byteOffset: 0 },
  },
  {
    what: 'a byte order mark before lines',
    files: { 'x.ndjson': '\ufeff{"id":"a"}\n{"id":"b"}\n' },
    place: LINES,
    kind: 'input-malformed',
    says: /byte order mark/,
    where: { line: 1, byteOffset: 0, item: 0 },
  },
  {
    what: 'a second byte order mark before rows',
    files: { 'x.csv': '\ufeff\ufeffid,n\na,1\n' },
    place: ROWS,
    kind: 'schema-violation',
    says: /no column "id"/,
    where: {},
  },
  {
    what: 'rows in UTF-16, as Excel calls Unicode',
    files: { 'x.csv': Buffer.from('\ufeffid,n\r\na,1\r\n', 'utf16le') },
    place: ROWS,
    kind: 'input-malformed',
    says: /no UTF-8/,
    where: { line: 1 },
  },
  {
    what: 'a NUL within a text of JSON',
    files: { 'x.json': '{"list":[{"id":"a\0"}]}' },
    place: JSON_PLACE,
    kind: 'input-malformed',
    says: /control character/,
    where: { byteOffset: 17, item: 0 },
  },
  {
    what: 'NUL bytes between the elements of an array',
    files: { 'x.json': '{"list":[{"id":"a"}\0\0]}' },
    place: JSON_PLACE,
    kind: 'input-malformed',
    says: /expected a comma/,
    where: { byteOffset: 19, item: 1 },
  },
  {
    what: 'lines that end in NUL bytes, as after a crash',
    files: { 'x.ndjson': '{"id":"a"}\n\0\0\0\0' },
    place: LINES,
    kind: 'input-malformed',
    says: /unexpected byte 0x00/,
    where: { line: 2, byteOffset: 11, item: 1 },
  },
  {
    what: 'text that is no UTF-8',
    files: { 'x.txt': Buffer.from([0x61, 0xc3]) },
    place: { from: { files: '*.txt', as: 'text' }, id: { path: true } },
    kind: 'input-malformed',
    says: /no UTF-8/,
    where: {},
  },
];

describe('foreign evidence that cannot be read', () => {
  it.each(FAULTS)('$what', async ({ files, place, kind, says, where }) => {
    const fault = await faultOf(() => importOf({ folder: put(files) }, [place]));
    expect(fault.message).toMatch(says);
    expect({ kind: fault.kind, ...fault.where }).toMatchObject({ kind, file: expect.any(String) as string, ...where });
  });

  it('names two items of one id also where they were written down apart', async () => {
    const lines = Array.from({ length: 3000 }, (_, n) => `{"id":"${n % 2999}"}`).join('\n');
    const fault = await faultOf(() => importOf({ folder: put({ 'x.ndjson': lines }) }, [LINES], 1000));
    expect(fault.message).toMatch(/line (?:1|3000), byte .*this one, and that at .*line (?:1|3000), byte/);
  });

  it('refuses links, whatever they lead to', async () => {
    const at = put({ 'x.json': '{"list":[{"id":"a"}]}' });
    symlinkSync(join(at, 'x.json'), join(at, 'y'));
    expect((await faultOf(() => importOf({ folder: at }, [JSON_PLACE]))).message).toMatch(/it is a link/);
  });

  it.each([
    ['x.ndjson', 'X.ndjson'],
    ['s.ndjson', '\u017f.ndjson'],
    ['\u00e9.ndjson', 'e\u0301.ndjson'],
  ])('refuses %s beside %s, as an archive of them is refused', async (one, other) => {
    const at = put({ [one]: '{"id":"a"}\n', [other]: '{"id":"b"}\n' });
    const place = { ...LINES, from: { ndjson: '*.ndjson' } };
    expect((await faultOf(() => importOf({ folder: at }, [place]))).message).toMatch(/by case or Unicode form alone/);
  });

  // Nothing is unreadable to root.
  const isRoot = process.getuid?.() === 0;
  it.skipIf(isRoot)(`names a file that may not be read${isRoot ? ' (skipped: root may read all)' : ''}`, async () => {
    const at = put({ 'a.ndjson': '{"id":"a"}\n', 'b.ndjson': '{"id":"b"}\n' });
    chmodSync(join(at, 'b.ndjson'), 0);
    const fault = await faultOf(() => importOf({ folder: at }, [{ ...LINES, from: { ndjson: '*.ndjson' } }]));
    expect([fault.kind, fault.message]).toEqual([
      'source-incomplete',
      expect.stringMatching(/b\.ndjson.*no permission to read it/),
    ]);
  });

  it.each<readonly [string, Places, RegExp]>([
    ['no id', [{ from: { ndjson: 'x.ndjson' } }], /has no `id`/],
    ['a way out', [{ ...LINES, from: { ndjson: '../x.ndjson' } }], /leads out of the source/],
    ['columns of JSON', [{ ...LINES, body: { columns: '*' } }], /body of columns/],
    ['what is no pointer', [{ ...LINES, id: 'id' }], /no JSON Pointer/],
    ['a quote between cells', [{ ...ROWS, from: { csv: 'x.csv', delimiter: '"' } }], /parts no cells/],
    ['an end of line between cells', [{ ...ROWS, from: { csv: 'x.csv', delimiter: '\n' } }], /parts no cells/],
    [
      'an attribute that would be lost',
      [{ ...LINES, attrs: JSON.parse('{"__proto__":"/x"}') as object }],
      /at \/items\/0\/attrs\/__proto__: this name cannot be used/,
    ],
    [
      'a table beside files',
      [LINES, { from: { table: 'public.t' }, id: 'id', body: 'v' }],
      /table:public\.t .*database/,
    ],
    ['two places for one stream', [LINES, JSON_PLACE], /two places of the profile feed one stream/],
  ])('refuses a profile with %s', (_, places, says) => {
    expect(() => importOf({ folder }, places)).toThrow(says);
  });
});

describe('foreign evidence that can be read', () => {
  it('is the same packed with gzip', async () => {
    const text = '{"id":"b"}\n{"id":"a"}\n';
    const [plain, packed] = [put({ 'x.ndjson': text }), put({ 'x.ndjson': gzipSync(text) })];
    expect(await recordsOf(importOf({ folder: packed }, [LINES]))).toEqual(
      await recordsOf(importOf({ folder: plain }, [LINES])),
    );
  });

  it('of bytes has the digest that sha256sum gives, and says so', async () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    const at = put({ 'a/b.bin': bytes });
    const digest = createHash('sha256').update(bytes).digest('hex');
    const place = { from: { files: '**/*.bin', as: 'bytes' }, id: { path: 'a/{id}.bin', take: 'id' } };
    expect(await recordsOf(importOf({ folder: at }, [place]))).toEqual([
      `{"attrs":{"body.form":"bytes"},"bodyDigest":"sha256:${digest}","id":"b","stream":"items","tenant":"default","type":"item"}`,
    ]);
    const { verdict, header } = await auditOf(importOf({ folder: at }, [place]));
    expect([verdict, header?.depth]).toEqual(['PASS', 'digest']);
  });

  it('of CSV keeps every text, in quotes or not', async () => {
    const at = put({ 'x.csv': '\ufeffid,"a ""b"""\r\n1,"x\r\n,y"\r\n2,\r\n' });
    expect(await recordsOf(importOf({ folder: at }, [{ ...ROWS, body: { columns: ['a "b"'] } }]))).toEqual([
      '{"body":{"a \\"b\\"":"x\\r\\n,y"},"id":"1","stream":"items","tenant":"default","type":"item"}',
      '{"body":{"a \\"b\\"":""},"id":"2","stream":"items","tenant":"default","type":"item"}',
    ]);
  });

  it.each([
    ['id,n\r\na,1\nb,2\rc,3', 3],
    ['id,n\na,1\r\nb,2\r\n', 2],
    ['id\r\na\nb\r\n', 2],
  ])('of CSV has a row at each end of a line, whichever came first: %j', async (text, count) => {
    const records = await recordsOf(importOf({ folder: put({ 'x.csv': text }) }, [ROWS]));
    expect(records.map((record) => /"id":"([^"]*)","stream"/.exec(record)?.[1])).toEqual(
      ['a', 'b', 'c'].slice(0, count),
    );
    expect(records.join()).not.toMatch(/\\[rn]/);
  });

  it('of CSV keeps NUL characters, and takes one byte order mark off', async () => {
    const at = put({ 'x.csv': '\ufeffid,n\na,1\0\n' });
    expect(await recordsOf(importOf({ folder: at }, [ROWS]))).toEqual([
      '{"body":{"id":"a","n":"1\\u0000"},"id":"a","stream":"items","tenant":"default","type":"item"}',
    ]);
  });

  it('says what nothing reads', async () => {
    const at = put({ 'x.json': '{"made":1,"list":[{"id":"a","b":{},"c":1}]}', 'y.txt': '' });
    const { header } = await auditOf(importOf({ folder: at }, [{ ...JSON_PLACE, body: '/b' }]));
    expect(header?.subject).toMatchObject({
      read: { files: 1, items: 1 },
      unmatched: { files: 1, first: ['y.txt'] },
      unread: { 'json:x.json#/list': ['/made'], 'json:x.json#/list: items': ['/c'] },
      mapping: { 'json:x.json#/list': { id: '/id', body: '/b', tenant: { value: 'default' } } },
    });
  });

  it('says what nothing reads of members in members, be they records of a snapshot', async () => {
    const record = { tenant: 'acme', stream: 's', id: 'a', type: 't', hash: 'h', body: { n: 1 } };
    const at = put({ 'x.ndjson': `${JSON.stringify({ record, at: [1, { z: 2, y: 3 }] })}\n` });
    const place = { from: { ndjson: 'x.ndjson' }, id: '/record/id', body: '/record/body', type: '/at/1/z' };
    const { header } = await auditOf(importOf({ folder: at }, [place]));
    const unread = ['/at/0', '/at/1/y', '/record/hash', '/record/stream', '/record/tenant', '/record/type'];
    expect(header?.subject).toMatchObject({ unread: { 'ndjson:x.ndjson: items': unread } });
  });

  it('has a digest in the place of a body over the limit, and counts it', async () => {
    const body = JSON.stringify('x'.repeat(9 * 2 ** 20));
    const at = put({ 'x.ndjson': `{"id":"a","b":${body}}\n{"id":"b","b":1}\n` });
    const { verdict, header } = await auditOf(importOf({ folder: at }, [{ ...LINES, body: '/b' }]));
    expect([verdict, header?.depth, header?.digestOnly]).toEqual(['PASS', 'full', 1]);
    const [first = ''] = await recordsOf(importOf({ folder: at }, [{ ...LINES, body: '/b' }]));
    expect(first).toContain(`"bodyDigest":"sha256:${createHash('sha256').update(body).digest('hex')}"`);
  });

  // Each takes seconds: one of them is enough for the sample of `npm test` to be drawn from.
  const tooLong = [
    ['an array', 'x.json', (item: string): string => `{"list":[${item},{"id":"z"}]}`, JSON_PLACE],
    ['lines', 'x.ndjson', (item: string): string => `${item}\n{"id":"z"}\n`, LINES],
    ['a file', 'f.json', (item: string): string => item, { from: { files: '*.json' }, id: '/id' }],
  ] as const;
  it.each(inTurn(tooLong, 1))(
    'goes by as a stream where an item of %s is too long to be held',
    async (_, name, around, place) => {
      // Over the 32 MB that are held, and begun with what is neither ASCII nor plain.
      const long = 'é\\n'.repeat(2 ** 20) + 'x'.repeat(29 * 2 ** 20);
      const item = `{"id":"a","text":"${long}"}`;
      const at = put({ [name]: around(item) });
      const [first = ''] = await recordsOf(importOf({ folder: at }, [place]));
      expect(first).toContain(`"bodyDigest":"sha256:${createHash('sha256').update(item).digest('hex')}"`);
      writeFileSync(join(at, name), around(`{"text":"${long}","id":"a"}`));
      const fault = await faultOf(() => importOf({ folder: at }, [place]));
      expect([fault.kind, fault.message]).toEqual([
        'input-limit',
        expect.stringMatching(/not in canonical order.*bytes of it were read/),
      ]);
    },
  );
});
