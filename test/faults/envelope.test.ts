/** Headers and trailers of the wrong form or version: refused by name, never guessed at. */
import { describe, expect, it } from 'vitest';
import { auditText } from '../in-memory.ts';
import { bodies, bundles, chained, headerOf, json, ndjson, trailerOf } from '../store.ts';

const RECORDS = bundles(2);

async function refusal(text: string): Promise<readonly [string, string]> {
  const { verdict, findings, findingCounts } = await auditText(text);
  expect(verdict).toBe('INCOMPLETE');
  expect(Object.values(findingCounts)).toEqual([1]);
  return [findings[0]?.kind ?? '', findings[0]?.message ?? ''];
}

const withHeader = (header: Record<string, unknown>): string => ndjson(RECORDS, { header });

describe('D23: what this version does not know', () => {
  it.each([
    ['kind', 'evidence'],
    ['kind', undefined],
    ['version', 2],
    ['version', '1'],
    ['version', undefined],
    ['version', null],
    ['version', true],
    ['version', [1]],
    ['canonical', 'jcs'],
    ['canonical', undefined],
    ['hash', 'sha512'],
    ['hash', 'SHA256'],
    ['hash', undefined],
    ['tree', 'bitcoin'],
    ['tree', undefined],
  ])('%s %j is an unsupported version', async (member, value) => {
    const [kind, message] = await refusal(withHeader({ [member]: value }));
    expect(kind).toBe('unsupported-version');
    expect(message).toMatch(new RegExp(`line 1, byte 0: header member .${member}. is `));
  });

  it.each(['1.0', '1e0', '10e-1'])('version %s is the number 1, and not written in digits alone', async (version) => {
    const [kind] = await refusal(ndjson(RECORDS).replace('"version":1', `"version":${version}`));
    expect(kind).toBe('schema-violation');
  });

  it('counts and sizes are written in digits alone, and a count of 0 says what no count says', async () => {
    for (const count of ['"records":3.0', '"records":3e0']) {
      const [kind] = await refusal(ndjson(bundles(3)).replaceAll('"records":3', count));
      expect([count, kind]).toEqual([count, 'schema-violation']);
    }
    const [size] = await refusal(ndjson(bundles(3)).replace('"size":3', '"size":3.0'));
    expect(size).toBe('schema-violation');
    const zero = ndjson(bundles(3)).replace('"counts":{', '"counts":{"none":0,');
    expect((await auditText(zero)).verdict).toBe('PASS');
  });

  it('a shard is one part of a capture: it proves nothing, and is called what it is', async () => {
    const shard = { index: 3, count: 16, whole: 'a'.repeat(64) };
    const [kind, message] = await refusal(ndjson(RECORDS, { header: { shard } }));
    expect([kind, message]).toEqual(['source-incomplete', expect.stringContaining('it is a shard')]);
  });

  it('a version that a double would round to 1 is not 1', async () => {
    const [kind] = await refusal(ndjson(RECORDS).replace('"version":1', '"version":1.00000000000000000001'));
    expect(kind).toBe('unsupported-version');
  });

  it('A18: a chain with an unknown recipe is an unsupported version', async () => {
    const rule = { recipe: 'md5' };
    const [kind, message] = await refusal(ndjson(chained(bodies(1)), { chains: { 'ledger/*': rule } }));
    expect([kind, message]).toEqual([
      'unsupported-version',
      expect.stringMatching(/unknown recipe "md5"; known are none/),
    ]);
  });

  it.each(['constructor', '__proto__', 'toString', ''])(
    'A18: a recipe named %j is not inherited from anywhere',
    async (recipe) => {
      const [kind] = await refusal(withHeader({ chains: { x: { recipe } } }));
      expect(['unsupported-version', 'schema-violation']).toContain(kind);
    },
  );
});

describe('a header', () => {
  it.each([
    ['an unknown member', withHeader({ note: 'x' })],
    ['an unknown depth', withHeader({ depth: 'some' })],
    ['no depth', withHeader({ depth: undefined })],
    ['chains that are no object', withHeader({ chains: [] })],
    ['an unknown member in a chain', withHeader({ chains: { x: { recipe: 'none', skip: true } } })],
    ['a genesis that is no hash', withHeader({ chains: { x: { genesis: 'ff' } } })],
    ['a genesis in upper case (B15)', withHeader({ chains: { x: { genesis: 'F'.repeat(64) } } })],
    ['a negative firstSeq', withHeader({ chains: { x: { firstSeq: -1 } } })],
    ['a time that is no text', withHeader({ capturedAt: 5 })],
    ['a subject that is no object', withHeader({ subject: 'x' })],
    ['the member __proto__ (D02)', ndjson(RECORDS).replace('{', '{"__proto__":{"a":1},')],
  ])('with %s violates the schema', async (_, text) => {
    expect((await refusal(text))[0]).toBe('schema-violation');
  });

  it.each([
    ['a member twice', ndjson(RECORDS).replace('{', '{"version":1,')],
    ['a member twice, once spelled with an escape (D01)', ndjson(RECORDS).replace('{', '{"versio\\u006e":1,')],
    ['a member of subject twice', ndjson(RECORDS).replace('"subject":{', '"subject":{"system":"other",')],
    ['a lone surrogate (D04)', withHeader({ capturedAt: 'X' }).replace('"X"', '"\\ud800"')],
    ['a number that is not JSON (D09)', ndjson(RECORDS).replace('"version":1', '"version":01')],
  ])('with %s is malformed', async (_, text) => {
    expect((await refusal(text))[0]).toBe('input-malformed');
  });

  it('of the JSON container is read as strictly as that of NDJSON (D01)', async () => {
    const [kind, message] = await refusal(json(RECORDS).replace('{', '{\n"versio\\u006e":1,'));
    expect([kind, message]).toEqual(['input-malformed', expect.stringMatching(/byte \d+: duplicate member name/)]);
  });

  it('keeps a subject with any JSON in it, also __proto__ (D02)', async () => {
    const text = ndjson(RECORDS).replace('"subject":{', '"subject":{"__proto__":{"x":1},"n":12345678901234567890,');
    const { header, verdict } = await auditText(text);
    expect(verdict).toBe('PASS');
    expect(Object.keys(header?.subject ?? {})).toEqual(['__proto__', 'n', 'system']);
    expect(header?.subject['n']).toBe('12345678901234567890');
  });

  it('may leave out subject, capturedAt, tool and chains', async () => {
    const { header } = await auditText(withHeader({ subject: undefined, tool: undefined }));
    expect(header).toEqual({ depth: 'full', subject: {}, capturedAt: null, tool: null, chains: new Map() });
    expect(headerOf()).not.toHaveProperty('capturedAt');
  });

  it('D10: nested a million deep ends in a refusal, not in a crash', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    expect((await refusal(ndjson(RECORDS).replace('"test/1"', deep)))[0]).toBe('input-limit');
  });
});

describe('a trailer', () => {
  const trailer = trailerOf(RECORDS);
  const [tenant] = trailer.tenants;
  const withTrailer = (value: unknown): string => ndjson(RECORDS, { trailer: value });

  it.each([
    ['an unknown member', { ...trailer, note: 1 }],
    ['a count that is text', { ...trailer, records: '2' }],
    ['a negative count', { ...trailer, records: -2 }],
    ['a fraction as count', { ...trailer, records: 2.5 }],
    ['a root in upper case (B15)', { ...trailer, globalRoot: 'A'.repeat(64) }],
    ['a root that is cut (A17)', { ...trailer, globalRoot: trailer.globalRoot.slice(0, 16) }],
    ['an empty root (A06)', { ...trailer, globalRoot: '' }],
    ['null as root', { ...trailer, globalRoot: null }],
    ['no tenants', { ...trailer, tenants: undefined }],
    ['no head', { ...trailer, tenants: [{ ...tenant, streams: [{ ...tenant?.streams[0], head: undefined }] }] }],
  ])('with %s violates the schema', async (_, value) => {
    expect((await refusal(withTrailer(value)))[0]).toBe('schema-violation');
  });

  it.each([
    ['null', null],
    ['a number', 5],
    ['a record', RECORDS[1]],
    ['another kind', { ...trailer, kind: 'evidence-snapshot' }],
  ])('that is %s is missing', async (_, value) => {
    expect((await refusal(withTrailer(value)))[0]).toBe('input-truncated');
  });

  it('with a member twice is malformed (D01)', async () => {
    const text = ndjson(RECORDS).replace('"globalRoot":', `"globalR\\u006fot":"${'0'.repeat(64)}","globalRoot":`);
    expect((await refusal(text))[0]).toBe('input-malformed');
  });
});
