/** Canonical form of whatever a program has at hand. */
import { canonicalText, canonicalizeRfc8785 as rfc8785Text } from '../core/json/canonical.ts';
import { jsonFrom } from '../core/json/from-plain.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import { nodePlatform } from '../engine/node-platform.ts';

function jsonOf(input: unknown): Json {
  return input instanceof Uint8Array ? parseJson(nodePlatform, input) : jsonFrom(input);
}

/**
 * Canonical JSON text: RFC 8785 with exact numbers (docs/snapshot.md).
 *
 * @param input - JSON text as bytes, which loses nothing; or a plain value
 * @throws EvidenceError `input-malformed` or `input-limit` if the bytes are not strict JSON
 * @throws TypeError if the value is not JSON
 */
export function canonicalize(input: unknown): string {
  return canonicalText(jsonOf(input));
}

/**
 * Canonical JSON text by plain RFC 8785, numbers rounded to doubles: for recomputing hashes that others made with it.
 *
 * @param input - JSON text as bytes, or a plain value
 * @throws EvidenceError `input-malformed` or `input-limit`; also for a number that no double can hold
 * @throws TypeError if the value is not JSON
 */
export function canonicalizeRfc8785(input: unknown): string {
  return rfc8785Text(jsonOf(input));
}
