/**
 * An attestation as a record: a DSSE envelope, or the Sigstore bundle around one. The record is the payload by its digest;
 * what it is about, of which type it is and who signed it are its attributes.
 */

import { fromBase64 } from '../core/base64.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json, JsonObject } from '../core/json/value.ts';
import type { FindingKind } from '../core/kinds.ts';
import { ProofError, verifyInclusion } from '../core/merkle/proof.ts';
import { leafHash } from '../core/merkle/tree.ts';
import { hexOf, type Platform, utf8 } from '../core/platform.ts';
import { type DsseEnvelope, parseEnvelope, verifyEnvelope } from '../trust/dsse.ts';
import type { PublicKey } from '../trust/keys.ts';
import { TrustError } from '../trust/trust-error.ts';
import { arrayAt, canonicalWithout, maybeTextAt, objectAt, textAt } from './members.ts';

const IN_TOTO = 'application/vnd.in-toto+json';
const BUNDLE_TYPE = /^application\/vnd\.dev\.sigstore\.bundle/;
const BUNDLE_VERSION = /^application\/vnd\.dev\.sigstore\.bundle(\+json;version=0\.[123]|\.v0\.3\+json)$/;

/** Members of a bundle (sigstore_bundle.proto). */
const BUNDLE_MEMBERS: readonly string[] = ['mediaType', 'verificationMaterial', 'dsseEnvelope', 'messageSignature'];

/** What is wrong with an attestation that could be read. */
export interface AttestationFault {
  readonly kind: FindingKind;
  readonly what: string;
}

export interface Attestation {
  /** `sha256:` and the digest of what is attested. */
  readonly digest: string;
  readonly type: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly faults: readonly AttestationFault[];
  /** Entries of logs that say nothing of it that could be checked: which it is of, or that the log holds it. */
  readonly unheldEntries: number;
}

/** What an entry of a log shows: its faults, and whether all was there that they are looked for in. */
interface EntryCheck {
  readonly faults: readonly AttestationFault[];
  readonly isHeld: boolean;
}

function malformed(reason: string): never {
  throw new EvidenceError('schema-violation', reason);
}

function bytesAt(object: JsonObject, name: string, at: string): Uint8Array {
  return fromBase64(textAt(object, name, at)) ?? malformed(`${at}/${name}: expected base64`);
}

/** Members of an in-toto statement that say what it is about. */
function statementOf(platform: Platform, payload: Uint8Array): Readonly<Record<string, string>> {
  const statement = objectAt(parseJson(platform, payload), 'payload');
  const subjects = arrayAt(statement, 'subject', 'payload');
  if (subjects.length === 0) malformed('payload/subject: expected a subject');
  for (const [at, subject] of subjects.entries()) {
    const place = `payload/subject/${at}/digest`;
    const digests = objectAt(objectAt(subject, `payload/subject/${at}`).get('digest'), place);
    if (digests.size === 0) malformed(`${place}: expected a digest`);
    for (const name of digests.keys()) if (textAt(digests, name, place) === '') malformed(`${place}: expected digests`);
  }
  textAt(statement, '_type', 'payload');
  return { predicateType: textAt(statement, 'predicateType', 'payload'), subjects: canonicalText(subjects) };
}

/** The digest of all members of `object` but `known`; undefined where there are no others. */
function restOf(platform: Platform, object: JsonObject, known: readonly string[]): string | undefined {
  const rest = canonicalWithout(object, ...known);
  return rest === '{}' ? undefined : `sha256:${platform.sha256(utf8(rest))}`;
}

/** The attribute `name`, where `object` has more members than the standard names: they are content all the same. */
function moreOf(
  platform: Platform,
  object: JsonObject,
  name: string,
  known: readonly string[],
): Readonly<Record<string, string>> {
  const rest = restOf(platform, object, known);
  return rest === undefined ? {} : { [name]: rest };
}

/**
 * Which signatures there are, by key id, digest and the digest of what else is in them, such as certificates and time stamps:
 * one that is taken away is a change of the record.
 */
function signaturesOf(platform: Platform, object: JsonObject): string {
  const lines = arrayAt(object, 'signatures').map((json, at) => {
    const signature = objectAt(json, `/signatures/${at}`);
    const keyid = maybeTextAt(signature, 'keyid') ?? '';
    const rest = restOf(platform, signature, ['keyid', 'sig']);
    const line = `${keyid} sha256:${platform.sha256(utf8(textAt(signature, 'sig')))}`;
    return rest === undefined ? line : `${line} with ${rest}`;
  });
  return canonicalText(lines.sort());
}

/** What of `envelope` is not to be believed by `keys`; nothing where there are none. */
function signatureFaults(envelope: DsseEnvelope, keys: readonly PublicKey[]): readonly AttestationFault[] {
  if (keys.length === 0) return [];
  try {
    const { damaged } = verifyEnvelope(envelope, envelope.payloadType, keys);
    return damaged.map((what) => ({ kind: 'signature-invalid', what: `there is ${what}` }));
  } catch (fault) {
    if (fault instanceof TrustError) return [{ kind: fault.kind, what: fault.message }];
    throw fault;
  }
}

/**
 * The attestation that `json` is: an envelope or a bundle.
 *
 * @throws EvidenceError if it is neither, or not of its form
 */
export function attestationOf(platform: Platform, json: Json, keys: readonly PublicKey[]): Attestation {
  const object = objectAt(json, 'an attestation');
  if (object.has('payloadType')) return ofEnvelope(platform, object, keys);
  const mediaType = maybeTextAt(object, 'mediaType') ?? '';
  if (BUNDLE_TYPE.test(mediaType)) return ofBundle(platform, object, mediaType, keys);
  return malformed('neither a DSSE envelope (`payloadType`) nor a Sigstore bundle (`mediaType`)');
}

function ofEnvelope(platform: Platform, object: JsonObject, keys: readonly PublicKey[]): Attestation {
  const envelope = parseEnvelope(object);
  const payload = fromBase64(envelope.payload) ?? malformed('/payload: expected base64');
  const stated = envelope.payloadType === IN_TOTO ? statementOf(platform, payload) : {};
  return {
    digest: `sha256:${platform.sha256(payload)}`,
    type: stated['predicateType'] ?? envelope.payloadType,
    attrs: {
      payloadType: envelope.payloadType,
      ...stated,
      signatures: signaturesOf(platform, object),
      ...moreOf(platform, object, 'envelopeMore', ['payload', 'payloadType', 'signatures']),
    },
    faults: signatureFaults(envelope, keys),
    unheldEntries: 0,
  };
}

/* Sigstore bundles (sigstore/protobuf-specs, sigstore_bundle.proto). */

function ofBundle(platform: Platform, bundle: JsonObject, mediaType: string, keys: readonly PublicKey[]): Attestation {
  if (!BUNDLE_VERSION.test(mediaType)) {
    throw new EvidenceError(
      'unsupported-version',
      `a Sigstore bundle of a version that is not read: ${JSON.stringify(mediaType)}`,
    );
  }
  const material = objectAt(bundle.get('verificationMaterial'), '/verificationMaterial');
  const attrs = { mediaType, verificationMaterial: `sha256:${platform.sha256(utf8(canonicalText(material)))}` };
  if (bundle.has('dsseEnvelope') === bundle.has('messageSignature')) {
    return malformed('a Sigstore bundle has either `dsseEnvelope` or `messageSignature`');
  }
  const inner = bundle.has('dsseEnvelope')
    ? ofBundledEnvelope(platform, bundle, keys)
    : ofMessage(platform, bundle, keys);
  const entries = material.has('tlogEntries') ? arrayAt(material, 'tlogEntries', '/verificationMaterial') : [];
  const logged = entries.map((entry, at) =>
    checkEntry(platform, entry, `/verificationMaterial/tlogEntries/${at}`, inner.digest),
  );
  const faults = [...inner.faults, ...logged.flatMap((entry) => entry.faults)];
  const more = moreOf(platform, bundle, 'bundleMore', BUNDLE_MEMBERS);
  const unheldEntries = logged.filter(({ isHeld }) => !isHeld).length;
  return { ...inner, attrs: { ...inner.attrs, ...attrs, ...more }, faults, unheldEntries };
}

function ofBundledEnvelope(platform: Platform, bundle: JsonObject, keys: readonly PublicKey[]): Attestation {
  const envelope = objectAt(bundle.get('dsseEnvelope'), '/dsseEnvelope');
  const { length } = arrayAt(envelope, 'signatures', '/dsseEnvelope');
  if (length !== 1) malformed(`/dsseEnvelope/signatures: expected exactly one, and there are ${length}`);
  return ofEnvelope(platform, envelope, keys);
}

/** A signature of a file that is not here: its digest is what is attested. */
function ofMessage(platform: Platform, bundle: JsonObject, keys: readonly PublicKey[]): Attestation {
  const message = objectAt(bundle.get('messageSignature'), '/messageSignature');
  const digest = objectAt(message.get('messageDigest'), '/messageSignature/messageDigest');
  const algorithm = textAt(digest, 'algorithm', '/messageSignature/messageDigest');
  const bytes = bytesAt(digest, 'digest', '/messageSignature/messageDigest');
  if (algorithm !== 'SHA2_256' || bytes.length !== 32) {
    throw new EvidenceError(
      'unsupported-version',
      `a message digest by ${JSON.stringify(algorithm)}: SHA2_256 is what is read`,
    );
  }
  const signature = bytesAt(message, 'signature', '/messageSignature');
  // What was signed is the file, of which there is the digest alone.
  const what = 'a signature of a file that is not here cannot be checked with a key';
  return {
    digest: `sha256:${hexOf(bytes)}`,
    type: 'sigstore.message-signature',
    attrs: {
      signatures: canonicalText([`sha256:${platform.sha256(signature)}`]),
      ...moreOf(platform, message, 'messageMore', ['messageDigest', 'signature']),
    },
    faults: keys.length === 0 ? [] : [{ kind: 'source-incomplete', what }],
    unheldEntries: 0,
  };
}

/** Whether an entry of a transparency log is one of the attestation, and its proof leads to the root that it states. */
function checkEntry(platform: Platform, json: Json, at: string, digest: string): EntryCheck {
  const entry = objectAt(json, at);
  if (!entry.has('canonicalizedBody')) return { faults: [], isHeld: false };
  const body = bytesAt(entry, 'canonicalizedBody', at);
  const faults: AttestationFault[] = [];
  const logged = loggedDigest(platform, body);
  if (logged !== undefined && logged !== digest) {
    faults.push({
      kind: 'body-digest-mismatch',
      what: `${at}: the log has an entry of ${logged}, and the attestation is ${digest}`,
    });
  }
  const hasProof = entry.has('inclusionProof');
  if (hasProof) {
    const place = `${at}/inclusionProof`;
    const what = proofFault(platform, objectAt(entry.get('inclusionProof'), place), body, place);
    if (what !== undefined) faults.push({ kind: 'hash-mismatch', what });
  }
  return { faults, isHeld: logged !== undefined && hasProof };
}

function hashAt(value: Json | undefined, at: string): string {
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
  return bytes?.length === 32 ? hexOf(bytes) : malformed(`${at}: expected the base64 of 32 bytes`);
}

function countAt(object: JsonObject, name: string, at: string): bigint {
  const text = textAt(object, name, at);
  return /^[0-9]{1,19}$/.test(text) ? BigInt(text) : malformed(`${at}/${name}: expected a decimal number as text`);
}

function proofFault(platform: Platform, proof: JsonObject, body: Uint8Array, at: string): string | undefined {
  const [index, size] = [countAt(proof, 'logIndex', at), countAt(proof, 'treeSize', at)];
  const path = proof.has('hashes')
    ? arrayAt(proof, 'hashes', at).map((item, n) => hashAt(item, `${at}/hashes/${n}`))
    : [];
  const root = hashAt(proof.get('rootHash'), `${at}/rootHash`);
  try {
    verifyInclusion(platform, { leafHash: leafHash(platform, body), leafIndex: index, treeSize: size, path, root });
    return undefined;
  } catch (fault) {
    if (fault instanceof ProofError) return `${at}: ${fault.message}`;
    throw fault;
  }
}

/** The digest that an entry of Rekor is of, by its kind; undefined for a kind that has none that could be compared. */
function loggedDigest(platform: Platform, body: Uint8Array): string | undefined {
  const entry = objectAt(parseJson(platform, body), 'canonicalizedBody');
  const members = (json: Json | undefined, ...names: readonly string[]): Json | undefined =>
    names.reduce<Json | undefined>((at, name) => (at instanceof Map ? (at as JsonObject).get(name) : undefined), json);
  const spec = entry.get('spec');
  const hash = [['payloadHash'], ['content', 'payloadHash'], ['data', 'hash']]
    .map((names) => members(spec, ...names))
    .find((found) => found instanceof Map) as JsonObject | undefined;
  if (hash === undefined || hash.get('algorithm') !== 'sha256') return undefined;
  return `sha256:${String(hash.get('value'))}`;
}
