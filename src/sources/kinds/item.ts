/** JSON values as items of foreign evidence: what is under a pointer, and the texts and digests that a profile takes. */
import { fromBase64 } from '../../core/base64.ts';
import { EvidenceError } from '../../core/errors.ts';
import { canonicalBytes, canonicalText } from '../../core/json/canonical.ts';
import { pointerTokens } from '../../core/json/pointer.ts';
import type { Json } from '../../core/json/value.ts';
import type { DigestField, ItemValues } from '../../core/mapping/field.ts';
import type { Platform } from '../../core/platform.ts';

const INDEX = /^(?:0|[1-9]\d*)$/;

/** The steps of pointers that were asked for: each of an array's items is asked for the same ones. */
const steps = new Map<string, readonly string[]>();
const MOST_KEPT = 1024;

function stepsOf(pointer: string): readonly string[] {
  const known = steps.get(pointer);
  if (known !== undefined) return known;
  if (steps.size >= MOST_KEPT) steps.clear();
  const tokens = pointerTokens(pointer);
  steps.set(pointer, tokens);
  return tokens;
}

/**
 * What is under a JSON Pointer (RFC 6901).
 *
 * @returns undefined where there is nothing
 */
export function valueAt(value: Json, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const name of stepsOf(pointer)) {
    if (at instanceof Map) at = at.get(name) as Json | undefined;
    else if (Array.isArray(at)) at = INDEX.test(name) ? (at as readonly Json[])[Number(name)] : undefined;
    else return undefined;
  }
  return at;
}

function digestIn(platform: Platform, value: Json, of: DigestField['of']): string {
  if (of === 'json') return platform.sha256(canonicalBytes(value));
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
  if (bytes === undefined) throw new EvidenceError('input-malformed', 'what a digest is taken of is no base64');
  return platform.sha256(bytes);
}

/** An item of JSON as the fields of a profile read it. */
export function jsonItem(platform: Platform, item: Json, path?: string): ItemValues {
  return {
    path,
    textOf: (name) => {
      const value = valueAt(item, name);
      if (value === undefined || value === null || typeof value === 'string') return value;
      if (value instanceof Map || Array.isArray(value)) {
        throw new EvidenceError('input-malformed', `there is an object or array at ${name}, where a text is wanted`);
      }
      return canonicalText(value);
    },
    digestOf: (name, of) => {
      const value = valueAt(item, name);
      return value === undefined || value === null ? value : digestIn(platform, value, of);
    },
  };
}
