/** Strictly read JSON as plain values, for zod to look at and for reports to show. Nothing is hashed from these. */
import { canonicalNumber } from '../core/json/number.ts';
import { type Json, JsonNumber } from '../core/json/value.ts';
import type { PlainJson } from '../core/snapshot/header.ts';

/** A number that a double holds, else its exact text. */
function plainNumber({ token }: JsonNumber): number | string {
  const value = Number(token);
  return Number.isFinite(value) && canonicalNumber(token) === String(value) ? value : token;
}

/** `value` with plain objects; `__proto__` becomes an own member like any other. */
export function plainOf(value: Json): PlainJson {
  if (value instanceof JsonNumber) return plainNumber(value);
  if (value instanceof Map) {
    const object: Record<string, PlainJson> = {};
    for (const [name, member] of value as ReadonlyMap<string, Json>) {
      Object.defineProperty(object, name, {
        value: plainOf(member),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  }
  return Array.isArray(value) ? value.map(plainOf) : (value as PlainJson);
}

/** `value` as JSON again: a number in it is one that its text says exactly, however large. */
export function jsonOf(value: PlainJson): Json {
  if (typeof value === 'number') return new JsonNumber(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly PlainJson[]).map(jsonOf);
  return new Map(Object.entries(value).map(([name, member]) => [name, jsonOf(member)]));
}
