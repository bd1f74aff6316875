/**
 * Whether a certificate of an authority leads to one that is given (RFC 5280 §6.1), as far as a time stamp asks for it.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { hexOf } from '../core/platform.ts';
import { context, type Der, ofTag, oidOf, partsOf, readDer, smallInteger, TAG } from './der.ts';
import { DIGESTS } from './timestamp-token.ts';
import { TrustError } from './trust-error.ts';

export const KEY_USAGE = '2.5.29.15';
export const EXTENDED_KEY_USAGE = '2.5.29.37';
const ANY_PURPOSE = '2.5.29.37.0';
/** The purpose of an authority's key (RFC 3161 §2.3). */
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const RSA_PSS = '1.2.840.113549.1.1.10';

/** Algorithms of signatures; `digest` where the algorithm itself names one. */
export const ALGORITHMS: ReadonlyMap<string, { readonly key: string; readonly digest?: string | null }> = new Map([
  ['1.2.840.113549.1.1.1', { key: 'rsa' }],
  ['1.2.840.113549.1.1.11', { key: 'rsa', digest: 'sha256' }],
  ['1.2.840.113549.1.1.12', { key: 'rsa', digest: 'sha384' }],
  ['1.2.840.113549.1.1.13', { key: 'rsa', digest: 'sha512' }],
  ['1.2.840.10045.4.3.2', { key: 'ec', digest: 'sha256' }],
  ['1.2.840.10045.4.3.3', { key: 'ec', digest: 'sha384' }],
  ['1.2.840.10045.4.3.4', { key: 'ec', digest: 'sha512' }],
  ['1.3.101.112', { key: 'ed25519', digest: null }],
]);

const LEAST_RSA_BITS = 2048;
const LEAST_CURVE_BITS = 256;
/** Certificates between that of the authority and one that is given. */
const MOST_ISSUERS = 5;

function untrusted(why: string): TrustError {
  return new TrustError('key-untrusted', `the authority of the time stamp is not to be believed: ${why}`);
}

/** @throws TrustError `key-untrusted`, always */
export function refuse(why: string): never {
  throw untrusted(why);
}

/** Parts of a certificate that node:crypto does not show: issuer and serial number in DER, extensions. */
export function tbsOf({ raw }: X509Certificate): {
  readonly issuer: Uint8Array;
  readonly serial: string;
  readonly extensions: readonly Der[];
} {
  const parts = partsOf(partsOf(readDer(raw), TAG.sequence, 'a certificate')[0], TAG.sequence, 'a certificate');
  // Version 1 is not written, and has no extensions: one of it may have come along.
  const [serial, , issuer] = parts[0]?.tag === context(0) ? parts.slice(1) : parts;
  const wrapped = parts.find(({ tag }) => tag === context(3));
  const extensions = wrapped === undefined ? [] : partsOf(wrapped.parts[0], TAG.sequence, 'its extensions');
  return {
    issuer: ofTag(issuer, TAG.sequence, 'the issuer of a certificate').raw,
    serial: hexOf(ofTag(serial, TAG.integer, 'the number of a certificate').content),
    extensions,
  };
}

interface Extension {
  readonly id: string;
  readonly isCritical: boolean;
  /** DER. */
  readonly value: Uint8Array;
}

/** The extensions of a certificate, all of them or those with an id. */
export function extensionsOf(certificate: X509Certificate, only?: string): readonly Extension[] {
  const all = tbsOf(certificate).extensions.map(({ parts }) => ({
    id: oidOf(parts[0], 'an extension'),
    isCritical: parts.length > 2 && parts[1]?.content[0] !== 0,
    value: parts.at(-1)?.content ?? new Uint8Array(),
  }));
  return only === undefined ? all : all.filter(({ id }) => id === only);
}

/** What the extension `EXTENDED_KEY_USAGE` says that a key is for. */
export function purposesOf({ value }: Extension): readonly string[] {
  return partsOf(readDer(value), TAG.sequence, 'its purposes').map((purpose) => oidOf(purpose, 'its purpose'));
}

/** That a certificate which says what it may be used for may be used for time stamps (RFC 5280 §4.2.1.12). */
function requireForTime(certificate: X509Certificate): void {
  for (const usage of extensionsOf(certificate, EXTENDED_KEY_USAGE)) {
    if (purposesOf(usage).some((purpose) => purpose === TIME_STAMPING || purpose === ANY_PURPOSE)) continue;
    refuse(`the certificate of ${JSON.stringify(certificate.subject)} is not for time stamps`);
  }
}

function requireValid({ validFrom, validTo, subject }: X509Certificate, time: number): void {
  if (time >= Date.parse(validFrom) && time <= Date.parse(validTo)) return;
  refuse(
    `the certificate of ${JSON.stringify(subject)} is valid from ${validFrom} to ${validTo}, and the time is ${new Date(time).toISOString()}`,
  );
}

const BASIC_CONSTRAINTS = '2.5.29.19';
const NAME_CONSTRAINTS = '2.5.29.30';
/** Extensions that may be critical: what the key is for, who may issue, by which policies. */
const UNDERSTOOD: ReadonlySet<string> = new Set([KEY_USAGE, BASIC_CONSTRAINTS, '2.5.29.32', EXTENDED_KEY_USAGE]);

/**
 * That a certificate puts no limit to what stands below it which is not looked at here, or is passed (RFC 5280 §4.2, §6.1).
 *
 * @param issuers - how many certificates that issue others are between it and that of the authority
 */
function requireWithin(certificate: X509Certificate, issuers: number): void {
  for (const { id, isCritical, value } of extensionsOf(certificate)) {
    if (id === NAME_CONSTRAINTS || (isCritical && !UNDERSTOOD.has(id))) {
      refuse(
        `the certificate of ${JSON.stringify(certificate.subject)} has the extension ${id}, which is not understood`,
      );
    }
    if (id !== BASIC_CONSTRAINTS) continue;
    const [, most] = partsOf(readDer(value), TAG.sequence, 'its constraints');
    if (most !== undefined && smallInteger(most, 'the length of its path') < issuers) {
      refuse(`the certificate of ${JSON.stringify(certificate.subject)} may not stand above so many others`);
    }
  }
}

/** Bits of the curve of an EC key, which stand in its name. */
function curveBits(key: KeyObject): number {
  const digits = /[0-9]{3}/.exec(key.asymmetricKeyDetails?.namedCurve ?? '');
  return Number(digits?.[0] ?? 0);
}

/** That a key is none that can be broken. */
export function requireStrongKey(key: KeyObject, whose: string): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' || type === 'rsa-pss') {
    if ((details?.modulusLength ?? 0) < LEAST_RSA_BITS)
      refuse(`${whose} is of RSA, and has fewer than ${LEAST_RSA_BITS} bits`);
  } else if (type === 'ec') {
    if (curveBits(key) < LEAST_CURVE_BITS) refuse(`${whose} is on a curve of fewer than ${LEAST_CURVE_BITS} bits`);
  } else if (type !== 'ed25519') refuse(`${whose} is of an algorithm that is not known here`);
}

/** That a certificate was signed over a digest of which no two texts are known. */
function requireStrongSignature({ raw, subject }: X509Certificate): void {
  const [oid, parameters] = partsOf(
    partsOf(readDer(raw), TAG.sequence, 'a certificate')[1],
    TAG.sequence,
    'its algorithm',
  );
  const name = oidOf(oid, 'its algorithm');
  const hash = parameters?.parts.find(({ tag }) => tag === context(0))?.parts[0]?.parts[0];
  // RSASSA-PSS (RFC 4055 §3.1) names its digest among its parameters; where it does not, that is SHA-1.
  const isStrong =
    name === RSA_PSS
      ? hash !== undefined && DIGESTS.has(oidOf(hash, 'a digest'))
      : ALGORITHMS.get(name)?.digest !== undefined;
  if (!isStrong)
    refuse(`the certificate of ${JSON.stringify(subject)} was signed by the algorithm ${name}, which is not taken`);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** A certificate on the way from that of the authority. */
interface Step {
  readonly certificate: X509Certificate;
  /** How many certificates that issue others are below it. */
  readonly issuers: number;
}

/** What speaks against one on the way, at its place. */
function faultOf({ certificate, issuers }: Step, isGiven: boolean, time: number): TrustError | undefined {
  try {
    requireValid(certificate, time);
    requireWithin(certificate, issuers);
    requireStrongKey(certificate.publicKey, `the key of ${JSON.stringify(certificate.subject)}`);
    // What is given is trusted, whoever has signed it, and whatever it was meant for.
    if (!isGiven) {
      requireStrongSignature(certificate);
      requireForTime(certificate);
    }
    return undefined;
  } catch (fault) {
    if (fault instanceof TrustError) return fault;
    throw fault;
  }
}

/** All ways up from a certificate, the shortest first; each certificate is looked at once, at its lowest place. */
class Ways {
  readonly #given: readonly X509Certificate[];
  readonly #between: readonly X509Certificate[];
  readonly #time: number;
  readonly #seen = new Set<string>();
  fault: TrustError | undefined;

  constructor(given: readonly X509Certificate[], between: readonly X509Certificate[], time: number) {
    this.#given = given;
    this.#between = between;
    this.#time = time;
  }

  /** Whether it holds and is one that is given; what stands above it goes to `above`, if it holds. */
  ends(step: Step, above: Step[], issuers: number): boolean {
    const { certificate } = step;
    const isGiven = this.#given.some(({ raw }) => raw.equals(certificate.raw));
    const fault = faultOf(step, isGiven, this.#time);
    this.fault ??= fault;
    if (fault !== undefined || isGiven) return fault === undefined;
    this.#seen.add(certificate.fingerprint512);
    for (const issuer of [...this.#given, ...this.#between]) {
      if (this.#seen.has(issuer.fingerprint512) || !isIssuedBy(certificate, issuer)) continue;
      this.#seen.add(issuer.fingerprint512);
      above.push({ certificate: issuer, issuers });
    }
    return false;
  }
}

/**
 * That a way leads from the certificate to one that is given, all of it valid at the time. A certificate may have several
 * issuers of one name, some of which have run out: every way is tried.
 */
export function requireTrusted(
  certificate: X509Certificate,
  given: readonly X509Certificate[],
  between: readonly X509Certificate[],
  time: number,
): void {
  const ways = new Ways(given, between, time);
  let level: readonly Step[] = [{ certificate, issuers: 0 }];
  for (let length = 0; length <= MOST_ISSUERS + 1; length++) {
    const above: Step[] = [];
    if (level.some((step) => ways.ends(step, above, length))) return;
    level = above;
  }
  throw ways.fault ?? untrusted('no certificate that is given is its own, or has issued it');
}
