/** Strictly read JSON as plain values, for zod to look at and for reports to show. Nothing is hashed from these. */
import { canonicalNumber, type Json, JsonNumber } from '../core/json/value.ts';
import type { PlainJson } from '../core/snapshot/header.ts';

/** A number that a double holds, else its exact text. */
function plainNumber({ token }: JsonNumber): number | string {
  const value = Number(token);
  return Number.isFinite(value) && canonicalNumber(token) === String(value) ? value : token;
}

/** A whole number that is not written in digits alone stays a text, which is no count to whoever asks for one. */
function digitsOnly(number: JsonNumber): number | string {
  const value = plainNumber(number);
  return Number.isInteger(value) && String(value) !== number.token ? number.token : value;
}

/**
 * Like `plainOf`, for formats in which a whole number is written in digits alone: `1.0` and `1e0` become texts.
 */
export function strictPlainOf(value: Json): PlainJson {
  return plainOf(value, digitsOnly);
}

/** `value` with plain objects; `__proto__` becomes an own member like any other. */
export function plainOf(value: Json, numberOf: (number: JsonNumber) => number | string = plainNumber): PlainJson {
  if (value instanceof JsonNumber) return numberOf(value);
  if (value instanceof Map) {
    return Object.fromEntries(
      [...(value as ReadonlyMap<string, Json>)].map(([name, member]) => [name, plainOf(member, numberOf)]),
    );
  }
  return Array.isArray(value) ? value.map((item) => plainOf(item, numberOf)) : (value as PlainJson);
}

/** `value` as JSON again: a number in it is one that its text says exactly, however large. */
export function jsonOf(value: PlainJson): Json {
  if (typeof value === 'number') return new JsonNumber(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly PlainJson[]).map(jsonOf);
  return new Map(Object.entries(value).map(([name, member]) => [name, jsonOf(member)]));
}
