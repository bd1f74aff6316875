/**
 * Verifies a time stamp (RFC 3161) offline against certificates that are given: that of the authority itself, or of whoever
 * has issued it. Nothing is asked of a network, and nothing else is trusted.
 */
import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import {
  ALGORITHMS,
  EXTENDED_KEY_USAGE,
  extensionsOf,
  KEY_USAGE,
  purposesOf,
  refuse,
  requireStrongKey,
  requireTrusted,
  TIME_STAMPING,
  tbsOf,
} from './certificate-path.ts';
import { type Der, malformed, ofTag, oidOf, partsOf, readDer, TAG } from './der.ts';
import { DIGESTS, parseTimestamp, type TimestampInfo, type TimestampToken } from './timestamp-token.ts';
import { TrustError } from './trust-error.ts';

const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';

const CLOCK_SKEW_MS = 60_000;

/** A time that an authority has signed. */
export interface VerifiedTimestamp {
  /** RFC 3339. */
  readonly time: string;
  /** SHA-256 of the certificate of the authority, and its subject, as it names itself. */
  readonly authority: { readonly sha256: string; readonly subject: string };
}

function certificateOf(bytes: Uint8Array): X509Certificate {
  try {
    const certificate = new X509Certificate(bytes);
    // Read now: of a key that cannot be used it throws.
    return certificate.publicKey.type === 'public' ? certificate : malformed('a certificate in it has no key');
  } catch {
    return malformed('a certificate in it is none');
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM file.
 *
 * @param name - how the user called the file
 * @throws TrustError `key-untrusted` for a file with none, or with one that cannot be read
 */
export function readCertificates(text: string, name: string): readonly X509Certificate[] {
  try {
    const found = (text.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
    if (found.length > 0) return found;
  } catch {
    throw new TrustError('key-untrusted', `${name}: a certificate in it cannot be read`);
  }
  throw new TrustError('key-untrusted', `${name}: no certificate in PEM (-----BEGIN CERTIFICATE-----)`);
}

/** RFC 5280 §4.2.1.3: digitalSignature and nonRepudiation, the first two bits. */
const SIGNING_BITS = 0xc0;

/** RFC 3161 §2.3: the key is for time stamps, for nothing else, and nobody may overlook that. */
function requirePurpose(certificate: X509Certificate): void {
  const usage = extensionsOf(certificate, EXTENDED_KEY_USAGE);
  const [only] = usage;
  if (only === undefined || usage.length > 1) refuse('its certificate is not one for time stamps');
  const [purpose, ...others] = purposesOf(only);
  if (!only.isCritical || purpose !== TIME_STAMPING || others.length > 0) {
    refuse('its certificate is not one for time stamps, and for nothing else, as RFC 3161 §2.3 demands');
  }
  // Where it says what its key may do, that is to sign, and nothing besides: OpenSSL demands as much.
  for (const { value } of extensionsOf(certificate, KEY_USAGE)) {
    const [, first = 0, ...rest] = ofTag(readDer(value), TAG.bitString, 'what its key may do').content;
    if (first === 0 || (first | SIGNING_BITS) !== SIGNING_BITS || rest.some((byte) => byte !== 0))
      refuse('the key of its certificate is not one that signs, and does nothing else');
  }
}

function requireEqual(found: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  if (found === undefined || !Buffer.from(found).equals(expected)) {
    throw new TrustError('signature-invalid', `the time stamp contradicts itself: ${what}`);
  }
}

/** ESS (RFC 5035, RFC 2634): the signature names the certificate that it is to be verified with. */
function requireNamed({ attributes }: TimestampToken, certificate: X509Certificate): void {
  const second = attributes.get(SIGNING_CERTIFICATE_V2);
  const value = second ?? attributes.get(SIGNING_CERTIFICATE);
  if (value === undefined) malformed('it does not name its certificate');
  const [id] = partsOf(partsOf(value, TAG.sequence, 'its certificate')[0], TAG.sequence, 'its certificate');
  const parts = partsOf(id, TAG.sequence, 'its certificate');
  const isHash = (part: Der): boolean => part.tag === TAG.octetString;
  const named =
    second !== undefined && parts[0]?.tag === TAG.sequence ? oidOf(parts[0].parts[0], 'a digest') : undefined;
  const algorithm =
    second === undefined
      ? 'sha1'
      : named === undefined
        ? 'sha256'
        : (DIGESTS.get(named) ?? malformed('it names its certificate by a digest that is not known'));
  const expected = createHash(algorithm).update(certificate.raw).digest();
  requireEqual(parts.find(isHash)?.content, expected, 'it names another certificate than its own');
}

function requireSigned(token: TimestampToken, key: KeyObject): void {
  const { attributes, content, digest, signatureAlgorithm, signed, signature } = token;
  const type = attributes.get(CONTENT_TYPE);
  if (type === undefined || oidOf(type, 'the type') !== TST_INFO) malformed('what was signed is no time');
  const hash = createHash(digest).update(content).digest();
  const stated = attributes.get(MESSAGE_DIGEST);
  requireEqual(stated?.tag === TAG.octetString ? stated.content : undefined, hash, 'what was signed is another time');
  const algorithm = ALGORITHMS.get(signatureAlgorithm);
  if (algorithm === undefined) refuse(`its algorithm ${signatureAlgorithm} is not known here`);
  else if (algorithm.key !== key.asymmetricKeyType) refuse('its key is of another algorithm than its signature');
  requireStrongKey(key, 'its key');
  if (!verify(algorithm.digest === undefined ? digest : algorithm.digest, signed, key, signature)) {
    throw new TrustError('signature-invalid', 'the signature of the time stamp is not valid');
  }
}

/** The certificate of the signer: one that came with the token, else one that is given. */
function signerOf(
  token: TimestampToken,
  came: readonly X509Certificate[],
  given: readonly X509Certificate[],
): X509Certificate {
  const isNamed = (certificate: X509Certificate): boolean => {
    const { issuer, serial } = tbsOf(certificate);
    return serial === token.serial && Buffer.from(issuer).equals(token.issuer);
  };
  return came.find(isNamed) ?? given.find(isNamed) ?? refuse('its certificate is neither in the time stamp nor given');
}

/** The digest of what must have been stamped, in hexadecimal digits; undefined where it is not known by that algorithm. */
export type Stamped = (algorithm: 'sha256' | 'sha384' | 'sha512') => string | undefined;

/** Of bytes that are at hand. */
export function stampedBytes(bytes: Uint8Array): Stamped {
  return (algorithm) => createHash(algorithm).update(bytes).digest('hex');
}

/** Of a file that was read: its SHA-256 is all that is known of it. */
export function stampedFile(sha256: string): Stamped {
  return (algorithm) => (algorithm === 'sha256' ? sha256 : undefined);
}

function requireImprint({ imprint: { algorithm, digest } }: TimestampInfo, stamped: Stamped): void {
  const is = stamped(algorithm);
  if (is === digest) return;
  const found = is === undefined ? 'known by its SHA-256 alone' : is;
  const message = `the time stamp is of other bytes: their ${algorithm} is ${digest}, and what is here is ${found}`;
  throw new TrustError('digest-mismatch', message);
}

/** What a time stamp is verified with. */
export interface TimestampTrust {
  /** The only certificates that are trusted: those of authorities, or of who issues theirs. */
  readonly certificates: readonly X509Certificate[];
  /** In milliseconds since 1970: what was stamped later was stamped by a clock that is wrong. */
  readonly nowMs: number;
}

/**
 * Verifies the reply of an authority.
 *
 * @param nonce - that of the query, in hexadecimal digits, where the reply is one to it
 * @throws TrustError `digest-mismatch` for a time stamp of other bytes; `key-untrusted` for another authority, and one whose
 *   certificate is not valid at that time or not for time stamps; `baseline-stale` for a time in the future;
 *   `signature-missing` where the authority has refused; `signature-invalid` for everything else
 */
export function verifyTimestamp(
  reply: Uint8Array,
  stamped: Stamped,
  { certificates: given, nowMs }: TimestampTrust,
  nonce?: string,
): VerifiedTimestamp {
  const token = parseTimestamp(reply);
  requireImprint(token.info, stamped);
  if (nonce !== undefined && token.info.nonce !== nonce) {
    throw new TrustError('signature-invalid', 'the time stamp is the answer to another query');
  }
  const came = token.certificates.map(certificateOf);
  const certificate = signerOf(token, came, given);
  requireSigned(token, certificate.publicKey);
  requireNamed(token, certificate);
  requirePurpose(certificate);
  requireTrusted(certificate, given, came, token.info.time);
  const time = new Date(token.info.time).toISOString();
  if (token.info.time > nowMs + CLOCK_SKEW_MS) {
    throw new TrustError('baseline-stale', `the time stamp is of ${time}, which is in the future`);
  }
  const sha256 = createHash('sha256').update(certificate.raw).digest('hex');
  return { time, authority: { sha256, subject: certificate.subject.replaceAll('\n', ', ') } };
}

/**
 * The earliest time of those that hold: one is enough, since each says that what was stamped was there by then.
 *
 * @throws TrustError `signature-missing` for none at all, else what is wrong with the first
 */
export function earliestTimestamp(
  replies: readonly Uint8Array[],
  stamped: Stamped,
  trust: TimestampTrust,
): VerifiedTimestamp {
  const faults: TrustError[] = [];
  const times: VerifiedTimestamp[] = [];
  for (const reply of replies) {
    try {
      times.push(verifyTimestamp(reply, stamped, trust));
    } catch (fault) {
      if (!(fault instanceof TrustError)) throw fault;
      faults.push(fault);
    }
  }
  const [earliest] = times.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  if (earliest !== undefined) return earliest;
  throw faults[0] ?? new TrustError('signature-missing', 'a time stamp is demanded, and there is none');
}
