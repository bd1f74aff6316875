/** Members of foreign JSON: what a reader needs, checked for its form; all else is left as it is. */
import { EvidenceError } from '../core/errors.ts';
import { canonicalText } from '../core/json/canonical.ts';
import { isWholeToken, type Json, JsonNumber, type JsonObject } from '../core/json/value.ts';

/** @throws EvidenceError `schema-violation` */
function refuse(at: string, expected: string): never {
  throw new EvidenceError('schema-violation', `${at}: expected ${expected}`);
}

/** @param at - JSON Pointer, for the message */
export function objectAt(json: Json | undefined, at: string): JsonObject {
  return json instanceof Map ? json : refuse(at, 'an object');
}

export function arrayAt(object: JsonObject, name: string, at = ''): readonly Json[] {
  const value = object.get(name);
  return Array.isArray(value) ? value : refuse(`${at}/${name}`, 'an array');
}

export function textAt(object: JsonObject, name: string, at = ''): string {
  const value = object.get(name);
  return typeof value === 'string' ? value : refuse(`${at}/${name}`, 'a string');
}

/** The text, undefined where there is no such member. */
export function maybeTextAt(object: JsonObject, name: string, at = ''): string | undefined {
  return object.has(name) ? textAt(object, name, at) : undefined;
}

/** A length, written in digits alone. */
export function sizeAt(object: JsonObject, name: string, at = ''): number {
  const value = object.get(name);
  return value instanceof JsonNumber && isWholeToken(value.token)
    ? Number(value.token)
    : refuse(`${at}/${name}`, 'a whole number');
}

/** Canonical text of `object` without the members `names`. */
export function canonicalWithout(object: JsonObject, ...names: readonly string[]): string {
  return canonicalText(new Map([...object].filter(([name]) => !names.includes(name))));
}
