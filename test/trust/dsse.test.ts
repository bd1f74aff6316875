import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DsseEnvelope, preAuthEncoding, signEnvelope, verifyEnvelope } from '../../src/trust/dsse.ts';
import type { PrivateKey } from '../../src/trust/keys.ts';
import { newKeyPair, readPrivateKey } from '../../src/trust/node-keys.ts';
import { TrustError } from '../../src/trust/trust-error.ts';

const TYPE = 'application/vnd.in-toto+json';
const BODY = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');

const newKey = (): PrivateKey => readPrivateKey(newKeyPair('k').privatePem, 'k');
const p256 = (): PrivateKey => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return readPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'p256');
};

const [one, two, stranger] = [newKey(), p256(), newKey()];
const trusted = [one.publicKey, two.publicKey];
const envelope = signEnvelope(TYPE, BODY, [one]);

function refusal(verify: () => unknown): string {
  try {
    verify();
  } catch (fault) {
    if (fault instanceof TrustError) return fault.kind;
    throw fault;
  }
  return 'verified';
}

const verdictOf = (changed: Partial<DsseEnvelope>, threshold = 1): string =>
  refusal(() => verifyEnvelope({ ...envelope, ...changed }, TYPE, trusted, threshold));

describe('C07: the pre-authentication encoding', () => {
  it('is that of the specification', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    expect(Buffer.from(preAuthEncoding('té', Buffer.from('ü😀'))).toString()).toBe('DSSEv1 3 té 6 ü😀');
  });

  it('differs for any two pairs of type and body', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '1', '2', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(text, text, text, text, (type, body, otherType, otherBody) => {
        const encoded = Buffer.from(preAuthEncoding(type, Buffer.from(body)));
        const other = Buffer.from(preAuthEncoding(otherType, Buffer.from(otherBody)));
        expect(encoded.equals(other)).toBe(type === otherType && body === otherBody);
      }),
    );
  });
});

describe('an envelope', () => {
  it('that a trusted key has signed gives its payload, to the byte', () => {
    const { body, keys } = verifyEnvelope(envelope, TYPE, trusted);
    expect(Buffer.from(body).equals(BODY)).toBe(true);
    expect(keys).toEqual([one.publicKey]);
  });

  it('C10: counts each key once, however often it has signed, and whatever the key ids say', () => {
    const [signature] = envelope.signatures;
    if (signature === undefined) throw new Error('not signed');
    const thrice = [signature, { ...signature, keyid: two.publicKey.id }, { sig: signature.sig }];
    expect(verdictOf({ signatures: thrice }, 2)).toBe('key-untrusted');
    const both = signEnvelope(TYPE, BODY, [one, two]);
    expect(verdictOf({ signatures: both.signatures }, 2)).toBe('verified');
    const twice = [one.publicKey, { ...one.publicKey, name: 'the same again' }];
    expect(refusal(() => verifyEnvelope(both, TYPE, twice, 2))).toBe('key-untrusted');
    expect(verdictOf({ signatures: [{ ...signature, keyid: 'misleading' }] })).toBe('verified');
  });

  it('C02: of another key alone is not trusted', () => {
    expect(verdictOf(signEnvelope(TYPE, BODY, [stranger]))).toBe('key-untrusted');
    const asOurs = signEnvelope(TYPE, BODY, [stranger]).signatures.map((other) => ({
      ...other,
      keyid: one.publicKey.id,
    }));
    expect(verdictOf({ signatures: asOurs })).toBe('signature-invalid');
  });

  it('C03: without signatures is unsigned', () => {
    expect(verdictOf({ signatures: [] })).toBe('signature-missing');
  });

  it('C01, C08: with any byte of payload, type or signature changed is refused', () => {
    for (const member of ['payload', 'payloadType'] as const) {
      for (let at = 0; at < envelope[member].length; at++) {
        const text = envelope[member];
        const other = text[at] === 'A' ? 'B' : 'A';
        expect(verdictOf({ [member]: `${text.slice(0, at)}${other}${text.slice(at + 1)}` })).toBe('signature-invalid');
      }
    }
    const sig = envelope.signatures[0]?.sig ?? '';
    for (let at = 0; at < sig.length; at++) {
      const changed = `${sig.slice(0, at)}${sig[at] === 'A' ? 'B' : 'A'}${sig.slice(at + 1)}`;
      expect(verdictOf({ signatures: [{ keyid: one.publicKey.id, sig: changed }] })).toBe('signature-invalid');
    }
  });

  it('C09: over another type of document is none of ours', () => {
    const other = signEnvelope('application/json', BODY, [one]);
    expect(refusal(() => verifyEnvelope(other, TYPE, trusted))).toBe('signature-invalid');
  });

  it.each([0, -1, 1.5, Number.NaN])('is not verified for a threshold of %s', (threshold) => {
    expect(() => verifyEnvelope(envelope, TYPE, trusted, threshold)).toThrow(RangeError);
  });

  it('is never believed with no key at all', () => {
    expect(refusal(() => verifyEnvelope(envelope, TYPE, []))).toBe('key-untrusted');
  });
});
