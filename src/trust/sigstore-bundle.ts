/**
 * Sigstore bundles v0.3 (sigstore/protobuf-specs, sigstore_bundle.proto) of one DSSE envelope under a key: what verifiers of
 * Sigstore read. There is no certificate and no log in them: who trusts the key needs neither.
 */
import { fromBase64, fromHex, toBase64 } from '../core/base64.ts';
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

/** What of a bundle is read. */
export interface SigstoreBundle {
  readonly envelope: DsseEnvelope;
  /** The bytes of its one signature, which its time stamps are over; undefined if they are no base64. */
  readonly signature: Uint8Array | undefined;
  /** Replies of authorities (RFC 3161), not verified. */
  readonly timestamps: readonly Uint8Array[];
}

/** That of the members which stand for one another (`oneof`) none is there: whoever verifies may look at another one. */
function requireNone(fields: Fields, names: readonly string[]): void {
  const found = names.find((name) => fields.has(name));
  if (found !== undefined)
    throw new EvidenceError(
      'schema-violation',
      `${BUNDLE.what}: it has ${found} as well, which another verifier may go by`,
    );
}

function timestampOf(json: Json, reading: Reading): Uint8Array {
  const bytes = fromBase64(new Fields(json, reading).text('signedTimestamp'));
  if (bytes !== undefined) return bytes;
  throw new EvidenceError('schema-violation', `${BUNDLE.what}: a time stamp in it is not base64`);
}

/**
 * The envelope in a bundle, and times beside it. A hint and entries of logs are not read here: nothing is decided by them.
 *
 * @throws EvidenceError `unsupported-version` for another version, `schema-violation` for what is no bundle, holds a
 *   certificate in the place of a key or beside it, a signature over bytes beside the envelope, or has another number of
 *   signatures than one
 */
export function readBundle(json: Json): SigstoreBundle {
  const fields = new Fields(json, BUNDLE);
  const type = fields.text('mediaType');
  if (type !== SIGSTORE_BUNDLE_TYPE) {
    const found = JSON.stringify(type.slice(0, 100));
    throw new EvidenceError('unsupported-version', `it is ${found}, and ${SIGSTORE_BUNDLE_TYPE} is read`);
  }
  const material = fields.object('verificationMaterial');
  material.object('publicKey');
  requireNone(material, ['certificate', 'x509CertificateChain']);
  requireNone(fields, ['messageSignature']);
  const envelope = parseEnvelope(fields.json('dsseEnvelope'));
  const [only, ...others] = envelope.signatures;
  if (only !== undefined && others.length === 0) {
    const data = material.has('timestampVerificationData') ? material.object('timestampVerificationData') : undefined;
    const timestamps = data?.has('rfc3161Timestamps') === true ? data.array('rfc3161Timestamps', timestampOf) : [];
    return { envelope, signature: fromBase64(only.sig), timestamps };
  }
  throw new EvidenceError(
    'schema-violation',
    `${BUNDLE.what}: it has ${envelope.signatures.length} signatures, not one`,
  );
}

/** Whether a JSON object says that it is a bundle of Sigstore, of whatever version. */
export function isBundle(json: Json): boolean {
  const type = json instanceof Map ? json.get('mediaType') : undefined;
  return typeof type === 'string' && type.startsWith('application/vnd.dev.sigstore.bundle');
}

/**
 * The text of a bundle with one time stamp more.
 *
 * @param text - one that `readBundle` has read
 */
export function withTimestamp(text: string, reply: Uint8Array): string {
  const bundle = JSON.parse(text);
  const material = bundle.verificationMaterial;
  material.timestampVerificationData ??= {};
  material.timestampVerificationData.rfc3161Timestamps ??= [];
  material.timestampVerificationData.rfc3161Timestamps.push({ signedTimestamp: toBase64(reply) });
  return `${JSON.stringify(bundle, null, 2)}\n`;
}
