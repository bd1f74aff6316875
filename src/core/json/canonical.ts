/**
 * The canonical writer: RFC 8785 (JCS) with exact numbers.
 *
 * It takes nothing but what the strict reader gives. A serialiser that makes something of any JavaScript value
 * (dropping undefined, asking toJSON, printing a Map as `{}`) would give two different records one text.
 */
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
export function bounded(depth: number): number {
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
