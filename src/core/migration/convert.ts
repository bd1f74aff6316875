/** Conversions of one value: few, and each defined to the last digit or refused (docs/migration.md, Conversions). */
import { EvidenceError } from '../errors.ts';
import { civilTextOf, instantOf } from '../instant.ts';
import { canonicalText } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import { canonicalNumber, type Json, JsonNumber } from '../json/value.ts';
import { zonedTime } from '../mapping/zone.ts';
import { portable, utf8 } from '../platform.ts';
import { mismatch, nothingAt } from './mismatch.ts';
import type { Pointer } from './pointer.ts';

/** Why something of a record is gone after an operation. */
export type Loss = 'removed' | 'overwritten' | 'merged' | 'respelled';

export type ConcatPart = { readonly pointer: Pointer } | { readonly text: string };

export type Conversion =
  | { readonly zone: string; readonly fold: 'earlier' | 'later' | undefined }
  | { readonly values: ReadonlyMap<string, Json>; readonly merged: ReadonlySet<string> }
  | { readonly concat: readonly ConcatPart[] }
  | { readonly scale: number }
  | { readonly json: 'value' | 'text' }
  | { readonly text: true }
  | { readonly case: 'lower' | 'upper' }
  | { readonly unicode: 'NFC' }
  | { readonly offset: string };

export interface Converted {
  readonly result: Json;
  /** What the result no longer shows. */
  readonly loss?: Loss | undefined;
}

function textIn(value: Json, at: string): string {
  return typeof value === 'string' ? value : mismatch(`${at} is no text`);
}

const DATE_TIME_PARTS = /(\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** The same instant with another offset, its fraction to the last digit. */
function withOffset(text: string, offset: string, at: string): string {
  const instant = instantOf(text);
  if (instant === undefined) return mismatch(`${at} is no RFC 3339 date and time`);
  // The instant of a leap second is that of the second after it: its own text would be lost.
  if (text.slice(16, 19) === ':60') return mismatch(`${at} is a leap second: it has no other notation`);
  const sign = offset.startsWith('-') ? -1 : 1;
  const ahead = offset === 'Z' ? 0 : sign * (Number(offset.slice(1, 3)) * 3600 + Number(offset.slice(4, 6)) * 60);
  const local = civilTextOf(instant.seconds + ahead);
  if (local === undefined) return mismatch(`${at} lies outside of the years 0000 to 9999 there`);
  return `${local}${DATE_TIME_PARTS.exec(text)?.[1] ?? ''}${offset}`;
}

function zoned(text: string, zone: string, fold: 'earlier' | 'later' | undefined, at: string): string {
  if (instantOf(text) !== undefined) return withOffset(text, 'Z', at);
  try {
    return zonedTime(text, zone, fold);
  } catch (fault) {
    return fault instanceof EvidenceError ? mismatch(`${at}: ${fault.reason}`) : raise(fault);
  }
}

function raise(fault: unknown): never {
  throw fault;
}

const DECIMAL = /^(-?(?:0|[1-9]\d*))(?:\.(\d+))?$/;

/** Digits behind the point of a canonical number, which has an exponent where it is very large or small. */
function decimalsOf(number: string): number {
  const [digits = '', exponent = '0'] = number.split('e');
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent));
}

function scaled(value: Json, scale: number, at: string): Json {
  if (value instanceof JsonNumber) {
    const text = canonicalNumber(value.token);
    return decimalsOf(text) <= scale ? value : mismatch(`${at} does not fit ${scale} digits behind the point`);
  }
  const [, whole, fraction = ''] = DECIMAL.exec(textIn(value, at)) ?? [];
  if (whole === undefined) return mismatch(`${at} is no decimal number`);
  let end = fraction.length;
  while (end > scale && fraction[end - 1] === '0') end--;
  if (end > scale) return mismatch(`${at} does not fit ${scale} digits behind the point`);
  return scale === 0 ? whole : `${whole}.${fraction.slice(0, end).padEnd(scale, '0')}`;
}

function parsed(text: string, at: string): Converted {
  try {
    const result = parseJson(portable, utf8(text));
    return { result, loss: canonicalText(result) === text ? undefined : 'respelled' };
  } catch (fault) {
    if (fault instanceof EvidenceError) return mismatch(`${at} holds no JSON: ${fault.reason}`);
    throw fault;
  }
}

function respelled(text: string, result: string): Converted {
  return { result, loss: result === text ? undefined : 'respelled' };
}

function asText(value: Json, at: string): string {
  if (value instanceof JsonNumber || typeof value === 'boolean') return canonicalText(value);
  return mismatch(`${at} is neither a number nor true or false`);
}

function cased(text: string, to: 'lower' | 'upper'): string {
  return to === 'lower'
    ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    : text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

function fromTable(value: Json, { values, merged }: Extract<Conversion, { values: unknown }>, at: string): Converted {
  const text = textIn(value, at);
  const result = values.get(text);
  if (result === undefined) return mismatch(`${at} is none of the values that the table has`);
  return { result, loss: merged.has(text) ? 'merged' : undefined };
}

/**
 * What `to` makes of `value`.
 *
 * @param value - undefined where nothing is there; only `concat` makes something of that
 * @param get - another value of the record
 * @param at - how messages call the place
 * @throws MapMismatch if it does not apply to the value
 */
export function converted(value: Json | undefined, to: Conversion, get: (of: Pointer) => Json, at: string): Converted {
  if ('concat' in to) {
    const part = (one: ConcatPart): string => ('text' in one ? one.text : textIn(get(one.pointer), at));
    return { result: to.concat.map(part).join('') };
  }
  if (value === undefined) return nothingAt(at);
  if ('zone' in to) return { result: zoned(textIn(value, at), to.zone, to.fold, at) };
  if ('offset' in to) return { result: withOffset(textIn(value, at), to.offset, at) };
  if ('values' in to) return fromTable(value, to, at);
  if ('scale' in to) return { result: scaled(value, to.scale, at) };
  if ('json' in to) return to.json === 'value' ? parsed(textIn(value, at), at) : { result: canonicalText(value) };
  if ('case' in to) {
    const text = textIn(value, at);
    return respelled(text, cased(text, to.case));
  }
  if ('unicode' in to) {
    const text = textIn(value, at);
    return respelled(text, text.normalize('NFC'));
  }
  return { result: asText(value, at) };
}
