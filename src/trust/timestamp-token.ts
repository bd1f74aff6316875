/**
 * Time stamps (RFC 3161): the query, and the reply with its token, a CMS SignedData (RFC 5652) over a TSTInfo. What is read
 * here is not verified: `verify-timestamp.ts` does that.
 */
import { hexOf } from '../core/platform.ts';
import {
  context,
  type Der,
  der,
  derInteger,
  malformed,
  ofTag,
  oidOf,
  partsOf,
  readDer,
  smallInteger,
  TAG,
  timeOf,
} from './der.ts';
import { TrustError } from './trust-error.ts';

const SHA256_ALGORITHM = Buffer.from('300d06096086480165030402010500', 'hex');
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';

/** Digests by object identifier: what a time stamp may be made with. */
export const DIGESTS: ReadonlyMap<string, 'sha256' | 'sha384' | 'sha512'> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
] as const);

/**
 * The query (TimeStampReq) for the time of something.
 *
 * @param digest - its SHA-256, 32 bytes
 * @param nonce - random bytes that the reply must repeat
 */
export function timestampQuery(digest: Uint8Array, nonce: Uint8Array): Uint8Array {
  const imprint = der(TAG.sequence, SHA256_ALGORITHM, der(TAG.octetString, digest));
  // The certificate of whoever stamps is asked for: offline there is nobody to ask later.
  const certReq = der(TAG.boolean, Uint8Array.of(0xff));
  return der(TAG.sequence, derInteger(1), imprint, derInteger(nonce), certReq);
}

/** The nonce as the reply must have it: hexadecimal digits of its integer. */
export function nonceText(nonce: Uint8Array): string {
  return hexOf(readDer(derInteger(nonce)).content);
}

/** What was signed of a time. */
export interface TimestampInfo {
  /** The name of the digest, and the digest in hexadecimal digits. */
  readonly imprint: { readonly algorithm: 'sha256' | 'sha384' | 'sha512'; readonly digest: string };
  /** In milliseconds since 1970. */
  readonly time: number;
  /** Hexadecimal digits; undefined for none. */
  readonly nonce: string | undefined;
}

/** A token, apart: each part as bytes that are verified later. */
export interface TimestampToken {
  readonly info: TimestampInfo;
  /** The TSTInfo in DER. */
  readonly content: Uint8Array;
  /** Certificates that came with it, in DER. */
  readonly certificates: readonly Uint8Array[];
  /** Of the signer's certificate: issuer in DER, and serial number in hexadecimal digits. */
  readonly issuer: Uint8Array;
  readonly serial: string;
  readonly digest: 'sha256' | 'sha384' | 'sha512';
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** What was signed: the attributes as a SET in DER; and their values by object identifier. */
  readonly signed: Uint8Array;
  readonly attributes: ReadonlyMap<string, Der>;
}

function digestNamed(value: Der | undefined, what: string): 'sha256' | 'sha384' | 'sha512' {
  const [oid, parameters, ...others] = partsOf(value, TAG.sequence, what);
  if (
    others.length > 0 ||
    (parameters !== undefined && (parameters.tag !== TAG.null || parameters.content.length > 0))
  ) {
    malformed(`${what} has parameters`);
  }
  const name = oidOf(oid, what);
  const digest = DIGESTS.get(name);
  if (digest !== undefined) return digest;
  throw new TrustError(
    'key-untrusted',
    `${what} of the time stamp is ${name}, and none of SHA-256, SHA-384 and SHA-512`,
  );
}

/** Tags of what may stand behind the time, in this order: accuracy, ordering, nonce, the name of the authority, extensions. */
const OPTIONAL: readonly number[] = [TAG.sequence, TAG.boolean, TAG.integer, context(0), context(1)];

/** That nothing stands behind the time which nobody may overlook, or which is none of it. */
function requireUnderstood(optional: readonly Der[]): void {
  const places = optional.map(({ tag }) => OPTIONAL.indexOf(tag));
  if (places.some((place, at) => place <= (at === 0 ? -1 : (places[at - 1] ?? -1))))
    malformed('its time has other parts');
  for (const { parts } of optional.at(-1)?.tag === context(1) ? (optional.at(-1)?.parts ?? []) : []) {
    const id = oidOf(parts[0], 'an extension');
    if (parts.length < 3 || parts[1]?.content[0] === 0) continue;
    throw new TrustError(
      'signature-invalid',
      `the time stamp has the extension ${id}, which is critical, and not understood`,
    );
  }
}

/** TSTInfo (RFC 3161 §2.4.2). */
function infoOf(bytes: Uint8Array): TimestampInfo {
  const [version, policy, imprint, serial, time, ...optional] = partsOf(readDer(bytes), TAG.sequence, 'the TSTInfo');
  if (smallInteger(version, 'its version') !== 1) malformed('its version is another one');
  oidOf(policy, 'its policy');
  ofTag(serial, TAG.integer, 'its serial number');
  const [algorithm, digest] = partsOf(imprint, TAG.sequence, 'the imprint');
  const nonce = optional.find(({ tag }) => tag === TAG.integer);
  requireUnderstood(optional);
  return {
    imprint: {
      algorithm: digestNamed(algorithm, 'the imprint'),
      digest: hexOf(ofTag(digest, TAG.octetString, 'the imprint').content),
    },
    time: timeOf(time, 'its time'),
    nonce: nonce === undefined ? undefined : hexOf(nonce.content),
  };
}

/** The signed attributes: each once, with one value. */
function attributesOf(parts: readonly Der[]): ReadonlyMap<string, Der> {
  const attributes = new Map<string, Der>();
  for (const part of parts) {
    const [oid, values, ...others] = partsOf(part, TAG.sequence, 'a signed attribute');
    const [value, ...more] = partsOf(values, TAG.set, 'a signed attribute');
    const name = oidOf(oid, 'a signed attribute');
    if (value === undefined || more.length + others.length > 0 || attributes.has(name)) {
      malformed('a signed attribute has another number of values than one');
    } else attributes.set(name, value);
  }
  return attributes;
}

type Signer = Omit<TimestampToken, 'info' | 'content' | 'certificates'>;

/** SignerInfo (RFC 5652 §5.3): exactly one, which names its certificate by issuer and serial number. */
function signerOf(infos: Der | undefined): Signer {
  const [info, ...others] = partsOf(infos, TAG.set, 'the signer');
  if (others.length > 0) malformed('it has several signers');
  const parts = partsOf(info, TAG.sequence, 'the signer');
  const [version, sid, digest, attributes, algorithm, signature] = parts;
  if (smallInteger(version, 'the version of the signer') !== 1) malformed('its signer is named in another way');
  if (parts.length > 7 || (parts[6] !== undefined && parts[6].tag !== context(1)))
    malformed('its signer has more parts');
  const [issuer, serial] = partsOf(sid, TAG.sequence, 'the name of the signer');
  const signedAttributes = ofTag(attributes, context(0), 'what was signed');
  const signed = Buffer.from(signedAttributes.raw);
  signed[0] = TAG.set;
  return {
    issuer: ofTag(issuer, TAG.sequence, 'the name of the signer').raw,
    serial: hexOf(ofTag(serial, TAG.integer, 'the name of the signer').content),
    digest: digestNamed(digest, 'the digest'),
    signatureAlgorithm: oidOf(partsOf(algorithm, TAG.sequence, 'the algorithm')[0], 'the algorithm'),
    signature: ofTag(signature, TAG.octetString, 'the signature').content,
    signed,
    attributes: attributesOf(signedAttributes.parts),
  };
}

/** SignedData (RFC 5652 §5.1) over a TSTInfo. */
function signedData(parts: readonly Der[]): TimestampToken {
  const [version, digests, encapsulated, ...rest] = parts;
  if (smallInteger(version, 'its version') !== 3) malformed('its version is another one');
  const [contentType, wrapped, ...more] = partsOf(encapsulated, TAG.sequence, 'what was signed');
  if (oidOf(contentType, 'what was signed') !== TST_INFO || more.length > 0) malformed('it is no time that was signed');
  const [octets, ...others] = partsOf(wrapped, context(0), 'what was signed');
  if (others.length > 0) malformed('it holds several times');
  const content = ofTag(octets, TAG.octetString, 'what was signed').content;
  const certificates = rest[0]?.tag === context(0) ? rest[0].parts.map(({ raw }) => raw) : [];
  const signer = signerOf(rest.at(-1));
  const named = partsOf(digests, TAG.set, 'its digests').map((one) => digestNamed(one, 'the digest'));
  if (!named.includes(signer.digest)) malformed('its signer has used a digest that it does not name');
  return { ...signer, info: infoOf(content), content, certificates };
}

/**
 * The token in a reply (TimeStampResp).
 *
 * @throws TrustError `signature-missing` where the authority has refused, `signature-invalid` for what is none
 */
export function parseTimestamp(bytes: Uint8Array): TimestampToken {
  const [statusInfo, token, ...others] = partsOf(readDer(bytes), TAG.sequence, 'the reply');
  const status = smallInteger(partsOf(statusInfo, TAG.sequence, 'its status')[0], 'its status');
  if (status > 1) {
    throw new TrustError(
      'signature-missing',
      `the authority has not given a time: its status is ${status} (RFC 3161 §2.4.2)`,
    );
  }
  if (others.length > 0) malformed('something follows the token');
  const [type, wrapped, ...more] = partsOf(token, TAG.sequence, 'the token');
  if (oidOf(type, 'the token') !== SIGNED_DATA || more.length > 0) malformed('the token is nothing that was signed');
  const [data, ...extra] = partsOf(wrapped, context(0), 'the token');
  if (extra.length > 0) malformed('something follows what was signed');
  return signedData(partsOf(data, TAG.sequence, 'what was signed'));
}
