/** JSON Pointers (RFC 6901) into exact JSON values. */
import type { Json, JsonObject } from '../json/value.ts';

/** The unescaped names on the way, outermost first; none of them is the whole document. */
export type Pointer = readonly string[];

/** What all of them look like, and nothing else does. */
export const POINTER_FORM: RegExp = /^(?:\/(?:[^~/]|~[01])*)*$/u;

/** Whether `text` is a JSON Pointer. */
export function isPointer(text: string): boolean {
  return POINTER_FORM.test(text);
}

/**
 * The names in `text`.
 *
 * @throws RangeError if it is no pointer: whoever takes one from outside asks `isPointer` first
 */
export function pointerOf(text: string): Pointer {
  if (!isPointer(text)) throw new RangeError(`${JSON.stringify(text)} is no JSON Pointer`);
  if (text === '') return [];
  const names = text.slice(1).split('/');
  // RFC 6901 §4: first `~1`, then `~0`, so that `~01` is `~1`.
  return names.map((name) => (name.includes('~') ? name.replaceAll('~1', '/').replaceAll('~0', '~') : name));
}

/** The one spelling of `pointer`. */
export function pointerText(pointer: Pointer): string {
  return pointer.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const STATED: WeakMap<Pointer, string> = new WeakMap();

/** The same of a pointer that a rule states, made once: it is asked for with every record. */
export function statedText(pointer: Pointer): string {
  const known = STATED.get(pointer);
  if (known !== undefined) return known;
  const text = pointerText(pointer);
  STATED.set(pointer, text);
  return text;
}

/** Whether it points to something within the body of a record. */
export function isWithinBody(path: Pointer): boolean {
  return path.length > 1 && path[0] === 'body';
}

const INDEX = /^(?:0|[1-9][0-9]{0,14})$/;

/** Whether `name` is an index of an array, in digits without leading zeros (RFC 6901 §4). */
export function isIndex(name: string): boolean {
  return INDEX.test(name);
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The member or element `name` of `value`; undefined where there is none. */
export function childOf(value: Json | undefined, name: string): Json | undefined {
  if (isJsonObject(value)) return value.get(name);
  if (isJsonArray(value)) return isIndex(name) ? value[Number(name)] : undefined;
  return undefined;
}

/** What stands at `pointer` in `document`; undefined where there is nothing. */
export function valueAt(document: Json, pointer: Pointer): Json | undefined {
  let value: Json | undefined = document;
  for (const name of pointer) {
    value = childOf(value, name);
    if (value === undefined) return undefined;
  }
  return value;
}
