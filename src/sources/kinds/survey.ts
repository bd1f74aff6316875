/**
 * What a file of foreign evidence holds, judged by its beginning: an array, an object around one, lines, columns, or one
 * document; and the items in it, as many as were looked at.
 */

import { Buffer, isUtf8 } from 'node:buffer';
import { EvidenceError } from '../../core/errors.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../../core/json/cursor.ts';
import { parseJson } from '../../core/json/parse.ts';
import { pointerTo } from '../../core/json/pointer.ts';
import type { Json, JsonObject } from '../../core/json/value.ts';
import type { Platform } from '../../core/platform.ts';
import { LOOKED_AT_BYTES, otherInput } from '../../core/snapshot/other-input.ts';
import type { ByteSource } from '../bytes.ts';
import { UnpackedBytes } from '../gunzip.ts';
import { rowsOfSample } from '../items/csv-sample.ts';
import { OURS, oursBy } from '../items/ours.ts';
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

/* The first bytes of a file, unpacked if need be. */

/** So much of a file is looked at: what items are called is seen in the first ones. */
export const BEGINNING_BYTES: number = 16 * 1024 * 1024;

/**
 * The first bytes of a file.
 *
 * @param file - it is closed
 * @param most - how many at least, if there are so many
 * @throws EvidenceError if it cannot be read
 */
export async function beginningOf(file: ByteSource, most: number): Promise<Beginning> {
  const bytes = new UnpackedBytes(file);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    let chunk = await bytes.read();
    for (; chunk !== undefined && length < most; chunk = await bytes.read()) {
      chunks.push(chunk.slice());
      length += chunk.length;
    }
    return { bytes: Buffer.concat(chunks), whole: chunk === undefined };
  } finally {
    await bytes.close();
  }
}

/* JSON of which only the beginning is at hand. */

/**
 * The beginning of a JSON text made whole: cut at its last comma, and all that is open there closed. A comma outside
 * strings stands behind a complete element or member, at whatever depth.
 *
 * @returns undefined if nothing in it is complete
 */
export function completed(bytes: Uint8Array): Uint8Array | undefined {
  let cutAt = -1;
  eachMark(bytes, bytes.length, (byte, at) => {
    if (byte === COMMA) cutAt = at;
  });
  if (cutAt < 0) return undefined;
  const open: number[] = [];
  eachMark(bytes, cutAt, (byte) => {
    if (byte === OPEN_BRACE) open.push(CLOSE_BRACE);
    if (byte === OPEN_BRACKET) open.push(CLOSE_BRACKET);
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) open.pop();
  });
  const whole = new Uint8Array(cutAt + open.length);
  whole.set(bytes.subarray(0, cutAt));
  whole.set(open.reverse(), cutAt);
  return whole;
}

/** Calls `visit` for each byte before `end` that is in no string. */
function eachMark(bytes: Uint8Array, end: number, visit: (byte: number, at: number) => void): void {
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at++;
      while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    } else visit(byte, at);
  }
}

/* The first rows of a text in columns, to see what it is. */

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Names and rows of a text in columns. */
export interface Columns {
  readonly delimiter: string;
  readonly rows: readonly Json[];
}

const NAME = /^[\p{L}_][\p{L}\p{N}_ .:/-]{0,62}$/u;

/** Whether a row names columns: different words, none of them a number. */
function isHeader(names: readonly string[]): boolean {
  const areWords = names.every((name) => NAME.test(name));
  return names.length > 1 && areWords && new Set(names).size === names.length;
}

/**
 * A text as columns: a first row of names, and rows of as many cells.
 *
 * @param text - whole rows
 * @returns undefined for what is no such text
 */
function columnsOf(text: Buffer): Columns | undefined {
  const end = text.indexOf('\n');
  const first = text.subarray(0, end < 0 ? text.length : end);
  // No name has a line break in it, so what is not in the first line parts no names: megabytes are not read for it.
  for (const delimiter of DELIMITERS.filter((one) => first.includes(one))) {
    const [names = [], ...rows] = rowsOfSample(text, delimiter) ?? [];
    if (!isHeader(names) || rows.some((row) => row.length !== names.length)) continue;
    return { delimiter, rows: rows.map((row) => new Map(names.map((name, at) => [name, row[at] ?? '']))) };
  }
  return oneColumn(text, first);
}

/** Why a text that has names of columns in its first line is none in columns; undefined for what has no such names. */
function columnsFault(text: Buffer): string | undefined {
  const end = text.indexOf('\n');
  const first = text.subarray(0, end < 0 ? text.length : end);
  for (const delimiter of DELIMITERS.filter((one) => first.includes(one))) {
    const [names = [], ...rows] = rowsOfSample(text, delimiter) ?? [];
    const areNames = names.length > 1 && names.every((name) => NAME.test(name));
    const fault = areNames ? faultIn(names, rows) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultIn(names: readonly string[], rows: readonly (readonly string[])[]): string | undefined {
  const twin = names.find((name, at) => names.indexOf(name) !== at);
  if (twin !== undefined) return `two columns are called ${JSON.stringify(twin)}: give each a name of its own`;
  const at = rows.findIndex((row) => row.length !== names.length);
  const row = rows[at];
  if (row === undefined) return undefined;
  if (row.length === 1 && row[0] === '') return `row ${at + 1} behind the names is blank: take it away`;
  const cells = row.length === 1 ? 'cell' : 'cells';
  return `row ${at + 1} behind the names has ${row.length} ${cells}, and the first line ${names.length}`;
}

/** Lines of one word each, the first of which may be a name: of one column nothing else tells text from CSV. */
function oneColumn(text: Buffer, first: Buffer): Columns | undefined {
  const name = wordIn(first.toString('utf8').replace(/^\uFEFF/, ''));
  if (name === undefined || !NAME.test(name)) return undefined;
  const lines = text
    .toString('utf8')
    .replace(/\r?\n$/, '')
    .split('\n')
    .slice(1);
  const words = lines.map(wordIn);
  if (words.length < 2 || words.includes(undefined)) return undefined;
  return { delimiter: ',', rows: words.map((word) => new Map([[name, word ?? '']])) };
}

function wordIn(line: string): string | undefined {
  const word = line.replace(/\r$/, '');
  return /^[^\s",;|]{1,256}$/.test(word) ? word : undefined;
}
