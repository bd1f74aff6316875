/** Plain RFC 8785, numbers as doubles: for recomputing hashes that others made with it, and for nothing else. */
import canonicalize from 'canonicalize';
import { EvidenceError } from '../errors.ts';
import { bounded, wellFormed } from './canonical.ts';
import { type Json, JsonNumber, type JsonObject } from './value.ts';

/**
 * `value` in the form of RFC 8785, as the package canonicalize writes it: numbers are rounded to doubles.
 *
 * @throws EvidenceError `input-malformed` for a number that no finite double is near: RFC 8785 has no form for it
 * @throws TypeError for anything that is not {@link Json}, as the canonical writer does
 */
export function canonicalizeRfc8785(value: Json): string {
  const text = canonicalize(plain(value, 0));
  if (text === undefined) throw new TypeError('not JSON: nothing to write');
  return text;
}

/** `value`, in `depth` containers, as the plain JavaScript value that the package understands. */
function plain(value: Json, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return wellFormed(value);
  if (value instanceof JsonNumber) return double(value.token);
  if (value instanceof Map) return plainObject(value as JsonObject, bounded(depth + 1));
  if (Array.isArray(value)) return plainArray(value as readonly Json[], bounded(depth + 1));
  throw new TypeError(`not JSON: a value of type ${typeof value}`);
}

function double(token: string): number {
  const number = Number(token);
  if (!Number.isFinite(number)) throw new EvidenceError('input-malformed', 'number beyond the range of a double');
  return number;
}

function plainArray(elements: readonly Json[], depth: number): unknown[] {
  const array = Array.from(elements, (element) => plain(element, depth));
  // The package calls a toJSON that it finds, so one inherited from a patched prototype is hidden.
  return Object.defineProperty(array, 'toJSON', { value: undefined });
}

/** Without a prototype nothing is inherited, and `__proto__` is a member like any other. */
function plainObject(members: JsonObject, depth: number): unknown {
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, member] of members) object[wellFormed(name)] = plain(member, depth);
  return object;
}
