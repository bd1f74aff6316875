/**
 * Sigstore bundles v0.3 (sigstore/protobuf-specs, sigstore_bundle.proto) of one DSSE envelope under a key: what verifiers of
 * Sigstore read. There is no certificate and no log in them: who trusts the key needs neither.
 */
import { fromHex, toBase64 } from '../core/base64.ts';
import { EvidenceError } from '../core/errors.ts';
import { Fields, type Reading } from '../core/json/fields.ts';
import type { Json } from '../core/json/value.ts';
import { type DsseEnvelope, parseEnvelope, signEnvelope } from './dsse.ts';
import type { PrivateKey } from './keys.ts';

const SIGSTORE_BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

const BUNDLE: Reading = { what: 'not a Sigstore bundle v0.3 under a key', path: '' };

/** A bundle of an envelope over `body`: exactly one signature is what the format allows. */
export function signBundle(payloadType: string, body: Uint8Array, key: PrivateKey): string {
  const dsseEnvelope = signEnvelope(payloadType, body, [key]);
  // The SHA-256 of the SubjectPublicKeyInfo, as cosign writes its hint: nothing is decided by it.
  const hint = toBase64(fromHex(key.publicKey.id));
  const verificationMaterial = {
    publicKey: { hint },
    tlogEntries: [],
    timestampVerificationData: { rfc3161Timestamps: [] },
  };
  return `${JSON.stringify({ mediaType: SIGSTORE_BUNDLE_TYPE, verificationMaterial, dsseEnvelope }, null, 2)}\n`;
}

/**
 * The envelope in a bundle. What stands beside it (a hint, entries of logs, times) is not read here: nothing is decided by it.
 *
 * @throws EvidenceError `unsupported-version` for another version, `schema-violation` for what is no bundle, holds a
 *   certificate in the place of a key, or has another number of signatures than one
 */
export function parseBundle(json: Json): DsseEnvelope {
  const fields = new Fields(json, BUNDLE);
  const type = fields.text('mediaType');
  if (type !== SIGSTORE_BUNDLE_TYPE) {
    const found = JSON.stringify(type.slice(0, 100));
    throw new EvidenceError('unsupported-version', `it is ${found}, and ${SIGSTORE_BUNDLE_TYPE} is read`);
  }
  fields.object('verificationMaterial').object('publicKey');
  const envelope = parseEnvelope(fields.json('dsseEnvelope'));
  if (envelope.signatures.length === 1) return envelope;
  throw new EvidenceError(
    'schema-violation',
    `${BUNDLE.what}: it has ${envelope.signatures.length} signatures, not one`,
  );
}
