/** DSSE envelopes and statements from strictly read JSON: what is written is read, and anything else is refused by name. */
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import type { Json } from '../../src/core/json/value.ts';
import { portable, utf8 } from '../../src/core/platform.ts';
import { parseEnvelope } from '../../src/trust/dsse.ts';
import { jsonOf } from '../../src/wire/plain.ts';
import { parseStatement, type SnapshotStatement, statementJson } from '../../src/wire/statement.ts';

const HASH = 'a'.repeat(64);
const read = (text: string): Json => parseJson(portable, utf8(text));

function refusal(parse: () => unknown): string {
  try {
    parse();
  } catch (fault) {
    if (fault instanceof EvidenceError && fault.kind === 'schema-violation') return fault.message;
    throw fault;
  }
  return 'accepted';
}

const STATEMENT: SnapshotStatement = {
  name: 'signed.ndjson',
  sha256: HASH,
  depth: 'full',
  subject: { system: 'test', more: { deep: [1, null, true] } },
  capturedAt: null,
  signedAt: '2027-03-01T11:00:00.000Z',
  upgrade: '2027.Q2',
  records: 3,
  globalRoot: HASH,
  tenants: [{ tenant: 'acme', records: 3, root: HASH, counts: { sbom: 2, vex: 1 } }],
};
const statement = JSON.stringify(statementJson(STATEMENT));

describe('a statement', () => {
  it('is read as it was written', () => {
    expect(parseStatement(jsonOf(statementJson(STATEMENT)))).toEqual(STATEMENT);
    const { upgrade: _, ...without } = STATEMENT;
    expect(parseStatement(jsonOf(statementJson(without)))).toEqual(without);
  });

  it('may count a type that is called __proto__, and have a subject with such a member', () => {
    const text = statement.replace('"sbom":2', '"__proto__":2').replace('"system":"test"', '"__proto__":"test"');
    const { tenants, subject } = parseStatement(read(text));
    expect(Object.entries(tenants[0]?.counts ?? {})).toEqual([
      ['__proto__', 2],
      ['vex', 1],
    ]);
    expect(Object.keys(subject)).toContain('__proto__');
  });

  it.each<[string, string, string]>([
    ['"records":3', '"records":3.0', '/predicate/records: expected a whole number'],
    ['"records":3', '"records":-3', '/predicate/records: expected a whole number'],
    ['"records":3', '"records":9007199254740993', '/predicate/records: expected a whole number'],
    ['"records":3', '"records":"3"', '/predicate/records: expected a whole number'],
    ['"sbom":2', '"sbom":null', '/predicate/tenants/0/counts/sbom: expected a whole number'],
    [
      `"globalRoot":"${HASH}"`,
      `"globalRoot":"${HASH.toUpperCase()}"`,
      '/predicate/globalRoot: expected 64 lower-case hex digits',
    ],
    ['"depth":"full"', '"depth":"none"', '/predicate/depth: expected "full" or "digest" or "summary"'],
    ['"capturedAt":null', '"capturedAt":7', '/predicate/capturedAt: expected a string or null'],
    ['"capturedAt":null,', '', '/predicate/capturedAt: expected a string or null'],
    ['"upgrade":"2027.Q2"', '"upgrade":""', '/predicate/upgrade: expected 1 to 256 characters'],
    ['"upgrade":"2027.Q2"', `"upgrade":"${'x'.repeat(257)}"`, '/predicate/upgrade: expected 1 to 256 characters'],
    ['"upgrade":"2027.Q2"', '"upgrade":null', '/predicate/upgrade: expected a string'],
    ['"subject":{"system"', '"subject":["x"],"no":{"system"', '/predicate/subject: expected an object'],
    ['"tenant":"acme"', '"tenant":"acme","more":1', '/predicate/tenants/0/more: expected no such member'],
    ['"signedAt"', '"more":1,"signedAt"', '/predicate/more: expected no such member'],
    ['{"_type"', '{"more":1,"_type"', '/more: expected no such member'],
    ['/v1"', '/v2"', '/_type: expected "https://in-toto.io/Statement/v1"'],
    ['summary:v1"', 'summary:v2"', '/predicateType: expected "urn:evidence-diff:snapshot-summary:v1"'],
    ['"digest":{', '"digest":{"sha512":"x",', '/subject/0/digest/sha512: expected no such member'],
    ['[{"name"', `[{"name":"x","digest":{"sha256":"${HASH}"}},{"name"`, '/subject: expected one file'],
  ])('with %j in place of it as %j is refused', (from, to, message) => {
    const text = statement.replace(from, to);
    expect(text).not.toBe(statement);
    expect(refusal(() => parseStatement(read(text)))).toBe(`not a statement about a snapshot at ${message}`);
  });

  it.each(['null', '[]', '"x"', '1', '{}'])('is not %s', (text) => {
    expect(refusal(() => parseStatement(read(text)))).toMatch(/^not a statement about a snapshot at /);
  });
});

describe('an envelope', () => {
  const envelope = { payload: 'e30=', payloadType: 't', signatures: [{ keyid: 'k', sig: 'AA==' }, { sig: 'AQ==' }] };

  it('is read, and members that the standard does not name are ignored', () => {
    expect(parseEnvelope(read(JSON.stringify(envelope)))).toEqual(envelope);
    const more = { ...envelope, more: 1, signatures: envelope.signatures.map((one) => ({ ...one, cert: 'x' })) };
    expect(parseEnvelope(read(JSON.stringify(more)))).toEqual(envelope);
  });

  it.each<[object, string]>([
    [{ payload: 1 }, ' at /payload: expected a string'],
    [{ payloadType: null }, ' at /payloadType: expected a string'],
    [{ signatures: {} }, ' at /signatures: expected an array'],
    [{ signatures: [1] }, ' at /signatures/0: expected an object'],
    [{ signatures: [{ sig: 'AA==' }, {}] }, ' at /signatures/1/sig: expected a string'],
    [{ signatures: [{ sig: 'AA==', keyid: 7 }] }, ' at /signatures/0/keyid: expected a string'],
    [{ signatures: Array.from({ length: 101 }, () => ({ sig: '' })) }, ': more than 100 signatures'],
  ])('with %j is refused', (members, message) => {
    const text = JSON.stringify({ ...envelope, ...members });
    expect(refusal(() => parseEnvelope(read(text)))).toBe(`not a DSSE envelope${message}`);
  });
});
