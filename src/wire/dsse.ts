/** DSSE envelopes (secure-systems-lab/dsse, envelope.md) from strictly read JSON. */
import { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { plainOf } from './plain.ts';

/** Members that the standard does not name are ignored, as it demands: nothing vouches for them. */
const envelopeSchema = z.object({
  payload: z.string(),
  payloadType: z.string(),
  signatures: z.array(z.object({ keyid: z.string().optional(), sig: z.string() })).max(100),
});

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

/**
 * The envelope that `json` is.
 *
 * @throws EvidenceError `schema-violation`
 */
export function parseEnvelope(json: Json): DsseEnvelope {
  const result = envelopeSchema.safeParse(plainOf(json));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? '' : ` at /${issue.path.map(String).join('/')}`;
  throw new EvidenceError('schema-violation', `not a DSSE envelope${path}: ${issue?.message ?? 'wrong form'}`);
}
