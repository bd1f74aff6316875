/**
 * C2SP tlog-proof, version 1 (c2sp.org/tlog-proof): that a record is in a growing log, as a text of lines. Who vouches for the
 * checkpoint in it is not decided here.
 *
 * The extra data, which the standard leaves to the application, is the canonical record without its body: the input of its
 * leaf. The standard warns that extra data is not authenticated: here nothing is taken from it but what its own hash, as the
 * leaf, leads to.
 */
import { fromHex, fromStandardBase64, toBase64 } from '../core/base64.ts';
import { EvidenceError } from '../core/errors.ts';
import { canonicalBytes } from '../core/json/canonical.ts';
import { parseJson } from '../core/json/parse.ts';
import { ProofError } from '../core/merkle/proof.ts';
import { type Hash, hexOf, type Platform, utf8 } from '../core/platform.ts';
import type { LogProof, LogProofDocument } from '../core/proof/proof-check.ts';
import { RecordDecoder } from '../core/snapshot/record.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
const INDEX = /^index (0|[1-9][0-9]{0,15})$/;
const EXTRA = 'extra ';
const HASH_BYTES = 32;

/** Whether a file is to be read as one. */
export function isLogProof(bytes: Uint8Array): boolean {
  const first = utf8(`${FIRST_LINE}\n`);
  return first.every((byte, at) => bytes[at] === byte);
}

/**
 * The text of a proof file.
 *
 * @param leafInput - the canonical record without its body
 */
export function logProofText(leafInput: Uint8Array, { index, path, checkpoint }: LogProof): string {
  const hashes = path.map((hash) => `${toBase64(fromHex(hash))}\n`).join('');
  return `${FIRST_LINE}\n${EXTRA}${toBase64(leafInput)}\nindex ${index}\n${hashes}\n${checkpoint}`;
}

function refuse(reason: string): never {
  throw new EvidenceError('schema-violation', `not a proof of c2sp.org/tlog-proof: ${reason}`);
}

function hashOf(line: string): Hash {
  const bytes = fromStandardBase64(line);
  return bytes?.length === HASH_BYTES ? hexOf(bytes) : refuse('a line of its path is not the base64 of 32 bytes');
}

function recordIn(
  platform: Platform,
  line: string,
): Pick<LogProofDocument, 'record' | 'tenant' | 'stream' | 'leafHash'> {
  const bytes = fromStandardBase64(line.slice(EXTRA.length)) ?? refuse('its extra data is not base64');
  const record = parseJson(platform, bytes);
  const canonical = canonicalBytes(record);
  const { tenant, stream, seq, leaf, bodyDigest, statedBodyDigest } = new RecordDecoder(platform).decode(
    canonical,
    0,
    canonical.length,
  );
  if (statedBodyDigest !== undefined && statedBodyDigest !== bodyDigest) {
    throw new ProofError('the body of the record does not match its digest');
  }
  if (seq === undefined) throw new ProofError('the record has no `seq`: a set is no log');
  return { record, tenant, stream, leafHash: leaf };
}

/**
 * Reads a proof file.
 *
 * @throws EvidenceError `schema-violation`, or as records are refused; `proof-unavailable` without a record in it
 * @throws ProofError for a record that contradicts itself
 */
export function parseLogProof(platform: Platform, bytes: Uint8Array): LogProofDocument {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new EvidenceError('input-malformed', 'it is not UTF-8', { cause });
  }
  const end = text.indexOf('\n\n');
  if (end < 0) refuse('it has no empty line before its checkpoint');
  const [first, ...lines] = text.slice(0, end).split('\n');
  if (first !== FIRST_LINE) refuse('its first line is another');
  const extra = lines[0]?.startsWith(EXTRA) === true ? lines.shift() : undefined;
  const [, index] = INDEX.exec(lines.shift() ?? '') ?? [];
  if (index === undefined || !Number.isSafeInteger(Number(index))) refuse('it has no line `index N`');
  const path = lines.map(hashOf);
  if (extra === undefined) {
    const advice = 'prove --checkpoint writes it so that the record is in it';
    throw new EvidenceError('proof-unavailable', 'it has no extra data, and so does not say of what record it is', {
      advice,
    });
  }
  return {
    proves: 'log-inclusion',
    ...recordIn(platform, extra),
    index: Number(index),
    path,
    checkpoint: text.slice(end + 2),
  };
}
