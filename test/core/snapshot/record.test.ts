/** A record is what its members say, however its text is spelled; what is no record is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { hexOf, type Platform, portable } from '../../../src/core/platform.ts';
import { type EvidenceRecord, RecordDecoder } from '../../../src/core/snapshot/record.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import type { JsonInput } from '../../../src/index.ts';
import { runs } from '../../long.ts';
import {
  bundles,
  chained,
  type PlainRecord,
  referenceCanonical,
  referenceDigest,
  referenceLeaf,
  withoutBody,
} from '../../store.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The record, with its body copied out of the buffer that it is a view of. */
function decoded(text: string | Uint8Array, platform: Platform = nodePlatform): EvidenceRecord & { bodyHex: string } {
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  const padded = new Uint8Array(bytes.length + 20).fill(0x7b);
  padded.set(bytes, 10);
  const { body, ...rest } = new RecordDecoder(platform).decode(padded, 10, 10 + bytes.length);
  return { ...rest, body: undefined, bodyHex: body === undefined ? 'none' : hexOf(body) };
}

function refusal(record: unknown): string {
  const text = typeof record === 'string' ? record : JSON.stringify(record);
  try {
    decoded(text);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    expect(error.where.byteOffset).toBeGreaterThanOrEqual(10);
    return `${error.kind}: ${error.reason}`;
  }
  return 'accepted';
}

const BASE: PlainRecord = { tenant: 't', stream: 's', id: 'i', type: 'x', body: 1 };
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((value) => value.isWellFormed());
const anyRecord: fc.Arbitrary<PlainRecord> = fc
  .record(
    {
      tenant: text,
      stream: text,
      id: text,
      type: text,
      seq: fc.nat(),
      recordedAt: fc.constantFrom('2027-03-01T10:00:00Z', '2027-03-01T10:00:00.123456+01:00'),
      prev: fc.option(text),
      hash: text,
      attrs: fc.dictionary(text, text),
      body: fc
        .jsonValue({ maxDepth: 4 })
        .map((value) => JSON.parse(JSON.stringify(value).replaceAll('-0', '0')) as JsonInput),
    },
    { requiredKeys: ['tenant', 'stream', 'id', 'type', 'body'] },
  )
  .filter((record) => JSON.stringify(record).isWellFormed());

/** Another spelling of the same JSON value, but for positions, which have one: order, white space, escapes by `turn`. */
function respelled(value: unknown, turn: () => number): string {
  const space = (): string => ['', ' ', '\n', '\t\r', '  '][turn() % 5] ?? '';
  const character = (unit: string): string => {
    const escaped = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return turn() % 4 === 0 ? escaped : JSON.stringify(unit).slice(1, -1);
  };
  const string = (of: string): string => `"${[...of].map((c) => (c.length === 1 ? character(c) : c)).join('')}"`;
  const number = (of: number): string =>
    Number.isSafeInteger(of) && turn() % 2 === 0 ? `${of}.0` : JSON.stringify(of);
  if (typeof value === 'string') return string(value);
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return `[${space()}${value.map((item) => respelled(item, turn) + space()).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  if (turn() % 2 === 0) members.reverse();
  return `{${space()}${members.map(([name, member]) => `${string(name)}${space()}:${space()}${name === 'seq' ? String(member) : respelled(member, turn)}${space()}`).join(',')}}`;
}

describe('a record', () => {
  it('decodes to the same, byte for byte canonical or spelled in any other way, on both platforms', () => {
    fc.assert(
      fc.property(anyRecord, fc.array(fc.nat(), { minLength: 1, maxLength: 40 }), (record, whims) => {
        let at = 0;
        const turn = (): number => whims[at++ % whims.length] ?? 0;
        const canonical = decoded(referenceCanonical(record));
        expect(decoded(respelled(record, turn))).toEqual(canonical);
        expect(decoded(respelled(record, turn), portable)).toEqual(canonical);
        expect(canonical.leaf).toBe(referenceLeaf(record));
      }),
      { numRuns: runs(1500, 100_000, 700) },
    );
  });

  it('has the same leaf with its body, with its digest, and with both', () => {
    for (const record of [...bundles(3), ...chained([{ a: [1, 'é'] }, null, '', 0, false, []])]) {
      const bare = decoded(JSON.stringify(withoutBody(record)));
      const both = decoded(JSON.stringify({ ...record, bodyDigest: referenceDigest(record.body) }));
      const full = decoded(JSON.stringify(record));
      expect([bare.leaf, both.leaf, full.leaf]).toEqual(Array(3).fill(referenceLeaf(record)));
      expect([bare.bodyDigest, both.bodyDigest, full.bodyDigest]).toEqual(Array(3).fill(referenceDigest(record.body)));
      expect([bare.bodyHex, bare.statedBodyDigest, full.statedBodyDigest]).toEqual([
        'none',
        bare.bodyDigest,
        undefined,
      ]);
    }
  });

  it('B13: has the leaf of its body, not of the digest that it states', () => {
    const lying = decoded(JSON.stringify({ ...BASE, bodyDigest: referenceDigest(2) }));
    expect(lying.leaf).toBe(referenceLeaf(BASE));
  });

  it('gives its members as they stand', () => {
    const record = {
      ...BASE,
      seq: 7,
      recordedAt: '2027-03-01T10:00:00.000001Z',
      prev: null,
      hash: 'H',
      attrs: { b: '2', a: '1' },
    };
    expect(decoded(JSON.stringify(record))).toMatchObject({
      tenant: 't',
      stream: 's',
      id: 'i',
      seq: 7,
      type: 'x',
      recordedAt: '2027-03-01T10:00:00.000001Z',
      prev: null,
      hash: 'H',
      attrs: '{"a":"1","b":"2"}',
      bodyHex: '31',
    });
    expect(decoded(JSON.stringify(BASE))).toMatchObject({
      seq: undefined,
      prev: undefined,
      hash: undefined,
      attrs: undefined,
    });
  });

  it('B25: with null, without the member, and with empty text has three leaves', () => {
    const leaves = [
      BASE,
      { ...BASE, prev: null },
      { ...BASE, prev: '' },
      { ...BASE, attrs: {} },
      { ...BASE, hash: '' },
    ];
    expect(new Set(leaves.map((record) => decoded(JSON.stringify(record)).leaf)).size).toBe(leaves.length);
    const contents = ['null', '""', '0', '"0"', 'false', '[]', '{}', '-0', '{"a":null}', '{"a":""}'];
    const bodies = contents.map(
      (body) => decoded(`{"tenant":"t","stream":"s","id":"i","type":"x","body":${body}}`).leaf,
    );
    expect(new Set(bodies).size).toBe(contents.length);
  });

  it('B12, E02: is another one under an id of another case, space or normalisation', () => {
    const ids = ['é', 'e\u0301', 'É', 'é ', ' é', 'é\u200b', 'е', 'e'];
    expect(new Set(ids.map((id) => decoded(JSON.stringify({ ...BASE, id })).leaf)).size).toBe(ids.length);
  });

  it('A14: commits to where one member ends and the next begins', () => {
    const a = decoded(JSON.stringify({ ...BASE, tenant: 'ab', stream: 'c' })).leaf;
    expect(decoded(JSON.stringify({ ...BASE, tenant: 'a', stream: 'bc' })).leaf).not.toBe(a);
  });

  it('D07, D08: keeps numbers that a double would round apart', () => {
    const tokens = [
      '9007199254740992',
      '9007199254740993',
      '10.5',
      '10.5000000000000000001',
      '0.1',
      '0.10000000000000000001',
    ];
    const leaves = tokens.map(
      (token) => decoded(`{"tenant":"t","stream":"s","id":"i","type":"x","body":${token}}`).leaf,
    );
    expect(new Set(leaves).size).toBe(tokens.length);
  });
});

describe('what is no record', () => {
  it.each([
    ['an unknown member (B26)', { ...BASE, note: 1 }, /unknown member "note"/],
    ['a member in another case', { ...BASE, Body: 1 }, /unknown member "Body"/],
    [
      'the member __proto__ (D02)',
      JSON.stringify(BASE).replace('{', '{"__proto__":{"hash":"x"},'),
      /unknown member "__proto__"/,
    ],
    ['the member constructor', { ...BASE, constructor: 'x' }, /unknown member "constructor"/],
    ['a member kind', { ...BASE, kind: 'x' }, /it has `kind`/],
    ['no tenant', { ...BASE, tenant: undefined }, /`tenant` must have 1 to 256/],
    ['an empty tenant', { ...BASE, tenant: '' }, /`tenant`/],
    ['an empty stream', { ...BASE, stream: '' }, /`stream`/],
    ['an empty id', { ...BASE, id: '' }, /`id`/],
    ['an empty type', { ...BASE, type: '' }, /`type`/],
    ['a number as id (A11)', { ...BASE, id: 5 }, /`id` must be a string/],
    ['null as tenant', { ...BASE, tenant: null }, /`tenant` must be a string/],
    ['a list as stream', { ...BASE, stream: ['s'] }, /`stream` must be a string/],
    ['a number as prev', { ...BASE, prev: 0 }, /`prev` must be a string/],
    ['an object as hash', { ...BASE, hash: {} }, /`hash` must be a string/],
    ['null as hash', { ...BASE, hash: null }, /`hash` must be a string/],
    ['null as recordedAt', { ...BASE, recordedAt: null }, /`recordedAt` must be a string/],
    ['null as bodyDigest', { ...BASE, bodyDigest: null }, /`bodyDigest` must be a string/],
    ['a list as attrs', { ...BASE, attrs: [] }, /`attrs` must be an object/],
    ['null as attrs', { ...BASE, attrs: null }, /`attrs` must be an object/],
    ['a number in attrs', { ...BASE, attrs: { a: 1 } }, /every member of `attrs`/],
    ['neither body nor bodyDigest', { ...BASE, body: undefined }, /`body` or `bodyDigest`/],
    ['a list', '[]', /must be a JSON object/],
    ['a text', '"x"', /must be a JSON object/],
  ])('with or as %s violates the schema', (_, record, says) => {
    expect(refusal(record)).toMatch(says);
    expect(refusal(record)).toMatch(/^schema-violation/);
  });

  it.each([
    ['a member twice (D01)', '{"tenant":"t","tenant":"t","stream":"s","id":"i","type":"x","body":1}'],
    ['a member twice, once escaped (D01)', '{"tenant":"t","stream":"s","id":"i","type":"x","body":1,"\\u0062ody":2}'],
    ['a member of the body twice (D01)', '{"tenant":"t","stream":"s","id":"i","type":"x","body":{"a":1,"\\u0061":1}}'],
    ['a lone surrogate (D04)', '{"tenant":"t","stream":"s","id":"\\ud800","type":"x","body":1}'],
    ['NaN (D09)', '{"tenant":"t","stream":"s","id":"i","type":"x","body":NaN}'],
    ['two documents (D12)', `${JSON.stringify(BASE)}${JSON.stringify(BASE)}`],
    ['nothing', ''],
  ])('with %s is malformed', (_, record) => {
    expect(refusal(record)).toMatch(/^input-malformed/);
  });
});

describe('bounds', () => {
  const astral = '😀';
  it.each([
    ['tenant', 256],
    ['stream', 256],
    ['type', 256],
    ['id', 1024],
  ])('%s has at most %i code points, whatever their width', (member, most) => {
    for (const unit of ['a', 'é', '\u2028', astral]) {
      expect(refusal({ ...BASE, [member]: unit.repeat(most) }), unit).toBe('accepted');
      expect(refusal({ ...BASE, [member]: unit.repeat(most + 1) }), unit).toMatch(/^schema-violation/);
    }
    expect(refusal({ ...BASE, [member]: `${astral.repeat(most - 1)}ab` })).toMatch(/^schema-violation/);
    expect(refusal(JSON.stringify({ ...BASE, [member]: 'a' }).replace('"a"', `"${'\\u0061'.repeat(most)}"`))).toBe(
      'accepted',
    );
  });

  it.each(['0', '1', '9007199254740991'])('seq %s is a position', (seq) => {
    expect(refusal(JSON.stringify(BASE).replace('{', `{"seq":${seq},`))).toBe('accepted');
    expect(decoded(JSON.stringify(BASE).replace('{', `{"seq":${seq},`)).seq).toBe(Number(seq));
  });

  it.each([
    '-1',
    '-0',
    '1.5',
    '9007199254740992',
    '1e16',
    '1e400',
    '"1"',
    'null',
    'true',
    '[1]',
    '1e-400',
    '1.0',
    '1e0',
    '10e-1',
    '1e3',
  ])('seq %s is none (A16)', (seq) => {
    expect(refusal(JSON.stringify(BASE).replace('{', `{"seq":${seq},`))).toMatch(/^schema-violation: `seq` must be/);
  });

  it.each([
    '2027-03-01T10:00:00Z',
    '2027-03-01T10:00:00.1Z',
    '2027-03-01T10:00:00.123456789012Z',
    '2027-03-01T23:59:60Z',
    '2027-03-01T10:00:00+00:00',
    '2027-03-01T10:00:00-23:59',
    '0000-01-01T00:00:00Z',
    '2027-03-01t10:00:00z',
  ])('recordedAt %s is kept as it stands (B24)', (recordedAt) => {
    expect(decoded(JSON.stringify({ ...BASE, recordedAt })).recordedAt).toBe(recordedAt);
  });

  it.each([
    '',
    '2027-03-01',
    '2027-03-01T10:00Z',
    '2027-03-01T10:00:00',
    '2027-13-01T10:00:00Z',
    '2027-00-01T10:00:00Z',
    '2027-03-32T10:00:00Z',
    '2027-03-01T24:00:00Z',
    '2027-03-01T10:60:00Z',
    '2027-03-01T10:00:61Z',
    '2027-03-01T10:00:00.Z',
    '2027-03-01T10:00:00+1:00',
    '2027-03-01T10:00:00+24:00',
    '2027-03-01T10:00:00Z\n',
    '２027-03-01T10:00:00Z',
    ' 2027-03-01T10:00:00Z',
    '+02027-03-01T10:00:00Z',
  ])('recordedAt %j is no RFC 3339 time (D22)', (recordedAt) => {
    expect(refusal({ ...BASE, recordedAt })).toMatch(/^schema-violation: `recordedAt`/);
  });
});

describe('a buffer that is used again', () => {
  const names = fc.record({
    stream: fc.constantFrom('a/1', 'a/2'),
    tenant: fc.constantFrom('acme', 'emca'),
    type: fc.constantFrom('finding.closed', 'status.changed', 'verdict.change'),
  });

  it.each([
    ['Uint8Array', (length: number) => new Uint8Array(length)],
    ['Buffer', (length: number) => Buffer.alloc(length)],
  ])('gives each record its own names: %s', (_, room) => {
    const property = fc.property(fc.array(names, { minLength: 2, maxLength: 8 }), (all) => {
      const decoder = new RecordDecoder(nodePlatform);
      const buffer = room(400);
      const read = all.map((own) => {
        const text = bytesOf(referenceCanonical({ body: {}, id: 'x', ...own }));
        buffer.set(text);
        const { stream, tenant, type } = decoder.decode(buffer, 0, text.length);
        return { stream, tenant, type };
      });
      expect(read).toEqual(all);
    });
    fc.assert(property, { numRuns: runs(200, 5000) });
  });
});
