/** DSSE envelopes (secure-systems-lab/dsse, envelope.md) from strictly read JSON. */
import { EvidenceError } from '../core/errors.ts';
import { Fields, type Reading } from '../core/json/fields.ts';
import type { Json } from '../core/json/value.ts';

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
