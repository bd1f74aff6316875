/**
 * The canonical writer: RFC 8785 (JCS) with exact numbers.
 *
 * It takes nothing but what the strict reader gives. A serialiser that makes something of any JavaScript value
 * (dropping undefined, asking toJSON, printing a Map as `{}`) would give two different records one text.
 */

import canonicalize from 'canonicalize';
import { EvidenceError } from '../errors.ts';
import { utf8 } from '../platform.ts';
import { MAX_NESTING } from './cursor.ts';
import { canonicalNumber, isNumberToken, type Json, JsonNumber, type JsonObject } from './value.ts';

/**
 * The canonical form of `value`.
 *
 * @param value - what the strict reader gave, or the same built by hand
 * @returns no white space, members sorted by UTF-16 code units (RFC 8785 §3.2.3), strings with the fewest escapes
 *   (§3.2.2.2), numbers exact (see value.ts)
 * @throws TypeError for anything that is not {@link Json}: undefined, a plain number or object, a lone surrogate, a
 *   number whose token is none, or more than 1000 containers in one another
 * @throws EvidenceError `input-limit` for an exponent of more than 1000 digits, which the reader lets nobody in with
 */
export function canonicalText(value: Json): string {
  return textOf(value, 0);
}

/** The canonical form of `value` as UTF-8: what is hashed. Throws as {@link canonicalText} does. */
export function canonicalBytes(value: Json): Uint8Array {
  return utf8(canonicalText(value));
}

/**
 * `text` itself.
 *
 * @throws TypeError if it holds a lone surrogate, which has no UTF-8 form
 */
export function wellFormed(text: string): string {
  // With the u flag a class of surrogates matches only those that are not half of a pair.
  if (/[\ud800-\udfff]/u.test(text)) throw new TypeError('not JSON: a string with a lone surrogate');
  return text;
}

/**
 * `depth` itself.
 *
 * @throws TypeError if it is more than 1000: a cycle, or what no reader gave
 */
function bounded(depth: number): number {
  if (depth > MAX_NESTING) throw new TypeError(`not JSON: nested deeper than ${MAX_NESTING} levels`);
  return depth;
}

/** `value` lies in `depth` containers. */
function textOf(value: Json, depth: number): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonNumber) return numberText(value.token);
  if (value instanceof Map) return objectText(value as JsonObject, bounded(depth + 1));
  if (Array.isArray(value)) return arrayText(value as readonly Json[], bounded(depth + 1));
  throw new TypeError(`not JSON: a value of type ${typeof value}`);
}

/** ASCII of which nothing is escaped: most names and values. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** JSON.stringify escapes strings as RFC 8785 §3.2.2.2 says, and calls no toJSON on primitives. */
function stringText(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(wellFormed(text));
}

function numberText(token: string): string {
  if (typeof token !== 'string' || !isNumberToken(token))
    throw new TypeError('not JSON: a number without a number token');
  return canonicalNumber(token);
}

function arrayText(elements: readonly Json[], depth: number): string {
  let text = '';
  // By index, because forEach, map and join pass over holes.
  for (let i = 0; i < elements.length; i++) text += `${i === 0 ? '' : ','}${textOf(elements[i] as Json, depth)}`;
  return `[${text}]`;
}

function objectText(members: JsonObject, depth: number): string {
  let text = '';
  // The default order of sort is that of UTF-16 code units.
  for (const name of [...members.keys()].sort()) {
    if (typeof name !== 'string') throw new TypeError('not JSON: a member name that is not a string');
    text += `${text === '' ? '' : ','}${stringText(name)}:${textOf(members.get(name) as Json, depth)}`;
  }
  return `{${text}}`;
}

/* Plain RFC 8785, numbers as doubles: for recomputing hashes that others made with it, and for nothing else. */

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
