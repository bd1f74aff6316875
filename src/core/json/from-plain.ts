/** Plain JavaScript values as JSON values, for those who build snapshots in a program. Nothing is coerced. */
import { wellFormed } from './canonical.ts';
import { type Json, JsonNumber } from './value.ts';

function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function arrayFrom(values: readonly unknown[]): readonly Json[] {
  const items: Json[] = [];
  for (let at = 0; at < values.length; at++) {
    if (!Object.hasOwn(values, at)) throw new TypeError('an array with holes is not JSON');
    items.push(jsonFrom(values[at]));
  }
  return items;
}

function numberFrom(value: number): JsonNumber {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is not JSON`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new TypeError(
      'an integer beyond 2^53 may have been rounded: give a bigint, or a JsonNumber with its exact text',
    );
  }
  return new JsonNumber(Object.is(value, -0) ? '-0' : String(value));
}

/**
 * `value` as JSON.
 *
 * @param value - null, boolean, finite number, bigint, well-formed string, dense array, plain object, or Json itself
 *   (Map, JsonNumber), nested at will
 * @throws TypeError for anything else, instead of dropping or converting it as JSON.stringify does (RFC 8785 knows no
 *   such values)
 */
export function jsonFrom(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || value instanceof JsonNumber) return value;
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return numberFrom(value);
  if (typeof value === 'bigint') return new JsonNumber(String(value));
  if (Array.isArray(value)) return arrayFrom(value);
  if (value instanceof Map) return objectFrom([...value]);
  if (typeof value === 'object' && isPlainObject(value)) return objectFrom(Object.entries(value));
  throw new TypeError(`a value of type ${typeof value === 'object' ? 'class instance' : typeof value} is not JSON`);
}

function objectFrom(entries: readonly (readonly [unknown, unknown])[]): Json {
  return new Map(
    entries.map(([name, member]) => {
      if (typeof name !== 'string') throw new TypeError('a member name must be a string');
      return [wellFormed(name), jsonFrom(member)];
    }),
  );
}
