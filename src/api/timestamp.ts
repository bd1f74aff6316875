/** Outside time (RFC 3161) for files and signed verdicts, by their names. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { UntrustedKind } from '../core/kinds.ts';
import { MOST_ENVELOPE_BYTES, MOST_REPLY_BYTES } from '../core/limits.ts';
import type { Hash } from '../core/platform.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { exclusively } from '../files/exclusive-lock.ts';
import { httpPost } from '../files/http-get.ts';
import { digestFile, readSmallFile } from '../files/read-small-file.ts';
import { writeNew } from '../files/write-new-file.ts';
import { attempt, writeWhole } from '../files/write-whole-file.ts';
import { isBundle, readBundle, withTimestamp } from '../trust/sigstore-bundle.ts';
import { nonceText, timestampQuery } from '../trust/timestamp-token.ts';
import { TrustError } from '../trust/trust-error.ts';
import {
  earliestTimestamp,
  type Stamped,
  stampedBytes,
  stampedFile,
  type TimestampTrust,
  type VerifiedTimestamp,
  verifyTimestamp,
} from '../trust/verify-timestamp.ts';
import { shownPath } from './file-words.ts';
import { certificatesAt, timestampBeside, timestampPath } from './open-timestamp.ts';
import { readOptions, text } from './options.ts';
import { TIMESTAMP_OPTIONS, type TimestampOptions } from './proof-options.ts';
/** What came of it. */
export interface TimestampCheck {
  /** PASS: it was verified. Null: nothing was, since only the query was written. */
  readonly verdict: 'PASS' | 'UNTRUSTED' | null;
  /** What is stamped: the file, or the signature of a signed verdict. */
  readonly stamped: 'file' | 'signature';
  /** The SHA-256 of that. */
  readonly sha256: Hash;
  /** The time, if it was verified. */
  readonly timestamp: VerifiedTimestamp | null;
  /** Path of what was written; null for nothing, as where a file has a time stamp that holds: the first one stays. */
  readonly written: string | null;
  readonly findings: readonly { readonly kind: UntrustedKind; readonly message: string }[];
}

const NONCE_BYTES = 8;
const TIMEOUT_MS = 30_000;

/** What is to be stamped, where its time stamps are, and how one is added. */
interface Place {
  readonly stamped: 'file' | 'signature';
  readonly sha256: Hash;
  readonly digests: Stamped;
  readonly replies: () => Promise<readonly Uint8Array[]>;
  readonly add: (reply: Uint8Array) => Promise<string>;
}

/** The text of a small file that is a bundle; undefined for anything else. */
async function bundleText(path: string): Promise<string | undefined> {
  try {
    const { bytes } = await readSmallFile(path, MOST_ENVELOPE_BYTES);
    return isBundle(parseJson(nodePlatform, bytes)) ? Buffer.from(bytes).toString() : undefined;
  } catch (fault) {
    // What is longer, or no JSON, is a file like any other; one that cannot be read is found when its digest is taken.
    if (fault instanceof EvidenceError) return undefined;
    throw fault;
  }
}

async function write(path: string, content: Uint8Array): Promise<string> {
  await attempt(path, 'the time stamp', () => writeWhole(path, content));
  return path;
}

async function placeOf(path: string): Promise<Place> {
  const bundle = await bundleText(path);
  if (bundle === undefined) {
    const { sha256 } = await digestFile(path);
    const replies = async (): Promise<readonly Uint8Array[]> => [await timestampBeside(path)];
    const add = async (reply: Uint8Array): Promise<string> => {
      // One that has come meanwhile is the earlier one.
      await writeNew(timestampPath(path), reply);
      return timestampPath(path);
    };
    return { stamped: 'file', sha256, digests: stampedFile(sha256), replies, add };
  }
  const { signature, timestamps } = readBundle(parseJson(nodePlatform, Buffer.from(bundle)));
  if (signature === undefined) {
    throw new EvidenceError('schema-violation', 'its signature is not base64', { where: { file: path } });
  }
  return {
    stamped: 'signature',
    sha256: nodePlatform.sha256(signature),
    digests: stampedBytes(signature),
    replies: async () => timestamps,
    add: (reply) => addToBundle(path, bundle, reply),
  };
}

/** While the authority was asked, another one may have stamped the verdict: a time is not to be had again. */
function addToBundle(path: string, before: string, reply: Uint8Array): Promise<string> {
  return exclusively(`${path}.lock`, async () => {
    const now = (await bundleText(path)) ?? '';
    if (isSignedAs(now, before)) return write(path, Buffer.from(withTimestamp(now, reply)));
    const advice = 'nothing was written: stamp what is there now';
    const reason = 'another verdict has come while the authority was asked';
    throw new EvidenceError('input-changed', reason, { where: { file: path }, advice });
  });
}

/** Whether two bundles are of one signature, whatever else has come to be in one of them. */
function isSignedAs(now: string, before: string): boolean {
  const [one, other] = [now, before].map((text) => {
    return text === '' ? undefined : readBundle(parseJson(nodePlatform, Buffer.from(text))).signature;
  });
  return one !== undefined && other !== undefined && Buffer.from(one).equals(other);
}

/** One POST (RFC 3161 §3.4). */
async function ask(url: string, query: Uint8Array): Promise<Uint8Array> {
  const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
  const options = { headers, timeoutMs: TIMEOUT_MS, mostBytes: MOST_REPLY_BYTES };
  const { status, mediaType, body } = await httpPost(new URL(url), query, options);
  if (status === 200 && mediaType === 'application/timestamp-reply') return body;
  const said = status === 200 ? `of the media type ${JSON.stringify(mediaType)}` : `with status ${status}`;
  throw new EvidenceError('source-incomplete', `the authority has answered ${said}: that is no time stamp`);
}

async function trustOf(paths: readonly string[]): Promise<TimestampTrust> {
  const certificates = await certificatesAt(paths);
  if (certificates instanceof TrustError) throw certificates;
  return { certificates, nowMs: Date.now() };
}

/**
 * The time stamp that a file has already, if it has one: a later one is no better, and the time of the first is not to be had
 * again.
 *
 * @throws EvidenceError `input-changed` if what is there does not hold by these certificates: it is not written over
 */
async function keptBefore(path: string, place: Place, trust: TimestampTrust): Promise<VerifiedTimestamp | undefined> {
  if (place.stamped !== 'file' || !existsSync(timestampPath(path))) return undefined;
  try {
    return earliestTimestamp(await place.replies(), place.digests, trust);
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    const advice = 'move it away, or give the certificates by which it holds';
    throw new EvidenceError(
      'input-changed',
      `${shownPath(timestampPath(path))} is there, and is not written over: ${fault.message}`,
      { advice },
    );
  }
}

async function stamp(
  path: string,
  place: Place,
  { timestampUrl, reply: from, tsaCertificates }: TimestampOptions,
): Promise<Pick<TimestampCheck, 'timestamp' | 'written'>> {
  const nonce = randomBytes(NONCE_BYTES);
  const query = timestampQuery(Buffer.from(place.sha256, 'hex'), nonce);
  if (tsaCertificates === undefined) {
    return { timestamp: null, written: await write(`${path}.tsq`, query) };
  }
  const trust = await trustOf(tsaCertificates);
  if (timestampUrl === undefined && from === undefined) {
    return { timestamp: earliestTimestamp(await place.replies(), place.digests, trust), written: null };
  }
  const isAsked = timestampUrl !== undefined;
  const reply = isAsked ? await ask(timestampUrl, query) : (await readSmallFile(from ?? '', MOST_REPLY_BYTES)).bytes;
  // Verified before it is kept: nothing that does not hold takes the place of a time stamp.
  const timestamp = verifyTimestamp(reply, place.digests, trust, isAsked ? nonceText(nonce) : undefined);
  const had = await keptBefore(path, place, trust);
  return had === undefined ? { timestamp, written: await place.add(reply) } : { timestamp: had, written: null };
}

function requireOneWay({ timestampUrl, reply, tsaCertificates }: TimestampOptions): void {
  if (timestampUrl !== undefined && reply !== undefined) {
    throw new TypeError('timestamp: timestampUrl and reply contradict each other');
  }
  if ((timestampUrl ?? reply) !== undefined && tsaCertificates === undefined) {
    throw new TypeError('timestamp: tsaCertificates is missing: without a certificate no time can be verified');
  }
}

/** @throws as `timestamp` of on-demand-trust.ts says */
export async function timestamp(path: string, given: TimestampOptions = {}): Promise<TimestampCheck> {
  const options = readOptions<TimestampOptions>(given, TIMESTAMP_OPTIONS, 'timestamp');
  text(path, 'timestamp: path');
  requireOneWay(options);
  const place = await placeOf(path);
  const { stamped, sha256 } = place;
  try {
    const made = await stamp(path, place, options);
    return { verdict: made.timestamp === null ? null : 'PASS', stamped, sha256, ...made, findings: [] };
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    const findings = [{ kind: fault.kind, message: `${shownPath(path)}: ${fault.message}` }];
    return { verdict: 'UNTRUSTED', stamped, sha256, timestamp: null, written: null, findings };
  }
}
