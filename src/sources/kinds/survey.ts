/**
 * What a file of foreign evidence holds, told by its beginning: an array, an object around one, lines, columns, or one
 * document; and the items in it, as many as were looked at.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import { EvidenceError } from '../../core/errors.ts';
import { LF } from '../../core/json/cursor.ts';
import { parseJson } from '../../core/json/parse.ts';
import { pointerTo } from '../../core/json/pointer.ts';
import type { Json, JsonObject } from '../../core/json/value.ts';
import type { Platform } from '../../core/platform.ts';
import { LOOKED_AT_BYTES, otherInput } from '../../core/snapshot/other-input.ts';
import { OURS, oursBy } from '../items/ours.ts';
import { columnsFault, columnsOf } from './columns.ts';
import { completed } from './cut-json.ts';
import { valueAt } from './item.ts';
import { kindOf } from './kinds.ts';

/**
 * So many items of a place are looked at to find what names them; of several files a share of each. More would only say
 * the same at greater length: whoever reads all of them finds out whether each has an id of its own.
 */
export const MOST_ITEMS = 20_000;

/** How items lie in a file. */
export type Form =
  /** `others` are members on the way to the array, which nothing reads. */
  | { readonly is: 'array'; readonly pointer: string; readonly others: readonly string[] }
  | { readonly is: 'document' }
  | { readonly is: 'lines' }
  | { readonly is: 'columns'; readonly delimiter: string }
  | { readonly is: 'other'; readonly what: string };

export interface Survey {
  readonly form: Form;
  /** Of columns: objects of texts. */
  readonly items: readonly Json[];
  /** All of a file that is one JSON value, as far as it was looked at. */
  readonly value?: Json;
  /** Whether there is more than was looked at. */
  readonly cut: boolean;
  /** Whether it is of this project's formats, be it as damaged as it may. */
  readonly isOurs: boolean;
}

/** Some bytes of a file, and whether they are all of it. */
export interface Beginning {
  readonly bytes: Uint8Array;
  readonly whole: boolean;
}

/** Whether a value is of this project's formats: never taken for foreign evidence. */
function isOurs(value: Json): boolean {
  if (!(value instanceof Map)) return false;
  return oursBy(OURS.map((pointer) => valueAt(value, pointer))) !== undefined;
}

/** The same of what stands in an object, and of the elements of its lists. */
function holdsOurs(object: JsonObject): boolean {
  return [...object.values()].some((member) => isOurs(member) || (Array.isArray(member) && member.some(isOurs)));
}

function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** A list with at least one object, and nothing else in it. */
function isItems(value: Json): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item as Json));
}

interface Wrapped {
  readonly pointer: string;
  readonly items: readonly JsonObject[];
  /** The objects that it lies in, outer ones first, and the name under which each has the next. */
  readonly within: readonly (readonly [object: JsonObject, name: string])[];
}

/** How deep an array of items may lie: `/hits/hits` is two. */
const MOST_STEPS = 2;

function wrappedIn(object: JsonObject, pointer: string, outside: Wrapped['within'], steps: number): readonly Wrapped[] {
  return [...object].flatMap(([name, value]) => {
    const at = pointerTo(pointer, name);
    if (isItems(value)) return [{ pointer: at, items: value, within: [...outside, [object, name] as const] }];
    if (!isObject(value) || steps >= MOST_STEPS) return [];
    return wrappedIn(value, at, [...outside, [object, name]], steps + 1);
  });
}

/** Pointers to the members beside the way to an array. */
function othersOf({ within }: Wrapped): readonly string[] {
  let pointer = '';
  return within.flatMap(([object, name]) => {
    const outside = pointer;
    pointer = pointerTo(outside, name);
    return [...object.keys()].filter((other) => other !== name).map((other) => pointerTo(outside, other));
  });
}

/** The array of an object that is around one; undefined for a document that is an item itself. */
function wrapped(object: JsonObject): Wrapped | undefined {
  if (kindOf(object) !== undefined) return undefined;
  const found = wrappedIn(object, '', [], 1);
  const known = found.filter(({ items }) => kindOf(items[0] ?? null) !== undefined);
  const [one, another] = known.length > 0 ? known : found;
  return another === undefined ? one : undefined;
}

function ofJson(json: Json, cut: boolean): Survey {
  if (Array.isArray(json)) {
    return { form: { is: 'array', pointer: '', others: [] }, items: json, value: json, cut, isOurs: json.some(isOurs) };
  }
  const ours = isOurs(json) || (isObject(json) && holdsOurs(json));
  const inside = isObject(json) ? wrapped(json) : undefined;
  if (inside === undefined) return { form: { is: 'document' }, items: [json], cut, isOurs: ours };
  const { pointer, items } = inside;
  return {
    form: { is: 'array', pointer, others: othersOf(inside) },
    items,
    value: json,
    cut,
    isOurs: ours || items.some(isOurs),
  };
}

function parsed(platform: Platform, bytes: Uint8Array, start?: number, end?: number): Json | undefined {
  try {
    return parseJson(platform, bytes, start, end);
  } catch (fault) {
    if (fault instanceof EvidenceError) return undefined;
    throw fault;
  }
}

interface Lines {
  /** Where each begins and ends. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
  /** Whether there are more. */
  readonly cut: boolean;
}

/** The first lines that end in LF, and the rest if the file ends there; without empty ones. */
function linesOf({ bytes, whole }: Beginning): Lines {
  const ranges: (readonly [number, number])[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
    if (ranges.length === MOST_ITEMS) return { ranges, cut: true };
    if (end > start) ranges.push([start, end]);
    start = end + 1;
  }
  if (whole && start < bytes.length) ranges.push([start, bytes.length]);
  return { ranges, cut: !whole };
}

/** Lines of JSON objects: two or more, for one is a document. */
function ofLines(platform: Platform, beginning: Beginning): Survey | undefined {
  const { bytes } = beginning;
  const { ranges, cut } = linesOf(beginning);
  const [first, ...rest] = ranges;
  if (first === undefined || rest.length === 0 || !isObject(parsed(platform, bytes, ...first))) return undefined;
  // What is no JSON is refused where it is read; here it would hide what the rest is.
  const items = [first, ...rest].flatMap(([start, end]) => parsed(platform, bytes, start, end) ?? []);
  return { form: { is: 'lines' }, items, cut, isOurs: items.some(isOurs) };
}

const OPENS_JSON = /^[\s\uFEFF]*[[{]/;

/**
 * What a file holds.
 *
 * @throws EvidenceError `input-malformed` with its place for JSON that is none
 */
export function surveyOf(platform: Platform, beginning: Beginning): Survey {
  const { bytes, whole } = beginning;
  const begin = String.fromCharCode(...bytes.subarray(0, LOOKED_AT_BYTES));
  if (!OPENS_JSON.test(begin)) return ofText(beginning);
  const lines = ofLines(platform, beginning);
  if (lines !== undefined) return lines;
  if (whole) return ofJson(parseJson(platform, bytes), false);
  const text = completed(bytes);
  const json = text === undefined ? undefined : parsed(platform, text);
  const nothing: Form = { is: 'other', what: 'JSON, the first item of which is too long to be looked at' };
  return json === undefined ? { form: nothing, items: [], cut: true, isOurs: false } : ofJson(json, true);
}

function ofText({ bytes, whole }: Beginning): Survey {
  const { reason } = otherInput(bytes, 0, Math.min(bytes.length, LOOKED_AT_BYTES));
  const what = reason.startsWith('not a snapshot') ? 'other text or bytes' : reason.replace(', not a snapshot', '');
  const other = {
    form: { is: 'other', what },
    items: [],
    cut: false,
    isOurs: false,
  } as const;
  const end = whole ? bytes.length : bytes.lastIndexOf(LF) + 1;
  if (bytes.subarray(0, end).includes(0) || !isUtf8(bytes.subarray(0, end))) return other;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, end);
  const columns = columnsOf(text);
  if (columns === undefined) {
    const fault = columnsFault(text);
    return fault === undefined ? other : { ...other, form: { is: 'other', what: `${what}; ${fault}` } };
  }
  return { form: { is: 'columns', delimiter: columns.delimiter }, items: columns.rows, cut: !whole, isOurs: false };
}
