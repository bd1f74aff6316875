/**
 * DSSE v1 envelopes (secure-systems-lab/dsse, protocol.md and envelope.md).
 *
 * What is signed is PAE(type, body): both with their lengths in bytes, so that no two pairs give the same text. The
 * payload is decoded once, verified as those bytes, and handed on as those bytes: nobody reads another text than the
 * one that was signed.
 */

import { fromBase64, joined, toBase64 } from '../core/base64.ts';
import { EvidenceError } from '../core/errors.ts';
import { Fields, type Reading } from '../core/json/fields.ts';
import type { Json } from '../core/json/value.ts';
import { utf8 } from '../core/platform.ts';
import type { PrivateKey, PublicKey } from './keys.ts';
import { requireThreshold } from './trust-demands.ts';
import { TrustError } from './trust-error.ts';

/** Pre-authentication encoding: `DSSEv1 LEN(type) type LEN(body) body`. */
export function preAuthEncoding(payloadType: string, body: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return joined(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${body.length} `), body);
}

/** An envelope over `body`, with one signature of each key. */
export function signEnvelope(payloadType: string, body: Uint8Array, keys: readonly PrivateKey[]): DsseEnvelope {
  const message = preAuthEncoding(payloadType, body);
  const signatures = keys.map((key) => ({ keyid: key.publicKey.id, sig: toBase64(key.sign(message)) }));
  return { payload: toBase64(body), payloadType, signatures };
}

interface ReadSignature {
  readonly keyid: string | undefined;
  /** Undefined if it is no base64. */
  readonly bytes: Uint8Array | undefined;
}

export interface VerifiedPayload {
  readonly body: Uint8Array;
  /** The trusted keys that have signed, each once, in the order in which they were given. */
  readonly keys: readonly PublicKey[];
  /** Signatures that should count and do not: each in words. They change nothing, but must not be passed over. */
  readonly damaged: readonly string[];
}

/** Of a signature under the id of another key it is not known here whether it is good. */
function damagedIn(signatures: readonly ReadSignature[], message: Uint8Array, trusted: readonly PublicKey[]) {
  return signatures.flatMap(({ keyid, bytes }): readonly string[] => {
    if (bytes === undefined) return ['a signature that is not base64'];
    const named = trusted.find(({ id }) => id === keyid);
    if (named === undefined || named.verifies(message, bytes)) return [];
    return [`a signature under the id of the trusted key ${named.id} that is not valid`];
  });
}

/** Why no signature counted: a signature that names a trusted key is a bad one, all others are of other keys. */
function refuse(
  { signatures }: DsseEnvelope,
  trusted: readonly PublicKey[],
  { valid, threshold, damaged }: { valid: number; threshold: number; damaged: readonly string[] },
): never {
  if (valid > 0) {
    const besides = damaged.map((one) => `; there is ${one}`).join('');
    throw new TrustError(
      'key-untrusted',
      `${valid} of the trusted keys have signed, ${threshold} are needed${besides}`,
    );
  }
  const names = signatures.some(({ keyid }) => keyid === undefined || trusted.some(({ id }) => id === keyid));
  if (names) throw new TrustError('signature-invalid', 'no signature is valid: what was signed is not what is there');
  throw new TrustError('key-untrusted', `signed by other keys than the trusted one${trusted.length === 1 ? '' : 's'}`);
}

/**
 * The payload of an envelope, if enough trusted keys have signed it.
 *
 * @param payloadType - what it must be a payload of: a signature over another kind of document is none
 * @param trusted - the only keys that count; the key ids of the envelope are hints for messages and nothing else
 * @param threshold - how many distinct keys must have signed, from 1
 * @throws TrustError `signature-missing`, `signature-invalid` or `key-untrusted`
 */
export function verifyEnvelope(
  envelope: DsseEnvelope,
  payloadType: string,
  trusted: readonly PublicKey[],
  threshold = 1,
): VerifiedPayload {
  requireThreshold(threshold);
  if (envelope.signatures.length === 0) throw new TrustError('signature-missing', 'the envelope holds no signature');
  const body = fromBase64(envelope.payload);
  if (body === undefined) throw new TrustError('signature-invalid', 'the payload is not base64');
  const message = preAuthEncoding(envelope.payloadType, body);
  const signatures = envelope.signatures.map(({ keyid, sig }) => ({ keyid, bytes: fromBase64(sig) }));
  const distinct = trusted.filter(({ id }, at) => trusted.findIndex((other) => other.id === id) === at);
  const keys = distinct.filter((key) =>
    signatures.some(({ bytes }) => bytes !== undefined && key.verifies(message, bytes)),
  );
  const damaged = damagedIn(signatures, message, distinct);
  if (keys.length < threshold) refuse(envelope, distinct, { valid: keys.length, threshold, damaged });
  if (envelope.payloadType !== payloadType) {
    const found = JSON.stringify(envelope.payloadType).slice(0, 100);
    throw new TrustError('signature-invalid', `the signature is over a payload of type ${found}, not ${payloadType}`);
  }
  return { body, keys, damaged };
}

/* How many distinct trusted keys must have signed. */

/* DSSE envelopes (secure-systems-lab/dsse, envelope.md) from strictly read JSON. */

const ENVELOPE: Reading = { what: 'not a DSSE envelope', path: '' };
const MOST_SIGNATURES = 100;

export interface DsseSignature {
  /** A hint at the key, which nothing vouches for. */
  readonly keyid?: string | undefined;
  /** Base64. */
  readonly sig: string;
}

export interface DsseEnvelope {
  /** Base64. */
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly DsseSignature[];
}

function signatureOf(json: Json, reading: Reading): DsseSignature {
  const fields = new Fields(json, reading);
  return { ...(fields.has('keyid') ? { keyid: fields.text('keyid') } : {}), sig: fields.text('sig') };
}

/**
 * The envelope that `json` is. Members that the standard does not name are ignored, as it demands: nothing vouches for
 * them.
 *
 * @throws EvidenceError `schema-violation`
 */
export function parseEnvelope(json: Json): DsseEnvelope {
  const fields = new Fields(json, ENVELOPE);
  const payload = fields.text('payload');
  const payloadType = fields.text('payloadType');
  const signatures = fields.array('signatures', signatureOf);
  if (signatures.length <= MOST_SIGNATURES) return { payload, payloadType, signatures };
  throw new EvidenceError('schema-violation', `${ENVELOPE.what}: more than ${MOST_SIGNATURES} signatures`);
}
