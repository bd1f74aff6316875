/** DER (ITU-T X.690), read strictly and written, as far as time stamps (RFC 3161) and their certificates need it. */
import { TrustError } from './trust-error.ts';

/** Tags of universal class. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A constructed value of context class: `[number]`. */
export const context = (number: number): number => 0xa0 + number;

const MOST_DEPTH = 32;

/** One value, with what is in it if it is constructed. */
export interface Der {
  readonly tag: number;
  /** Tag, length and content, as they were read. */
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
  readonly parts: readonly Der[];
}

/** @throws TrustError `signature-invalid`, always */
export function malformed(why: string): never {
  throw new TrustError('signature-invalid', `not a time stamp in DER (RFC 3161): ${why}`);
}

function lengthAt(bytes: Uint8Array, at: number): { readonly length: number; readonly begins: number } {
  const first = bytes[at] ?? malformed('it is cut off');
  if (first < 0x80) return { length: first, begins: at + 1 };
  const count = first - 0x80;
  if (count === 0 || count > 3) malformed(count === 0 ? 'a length is not definite' : 'a length is too long');
  let length = 0;
  for (let byte = 1; byte <= count; byte++) length = length * 256 + (bytes[at + byte] ?? malformed('it is cut off'));
  if (length < 0x80 || (count > 1 && length < 256 ** (count - 1))) malformed('a length is not the shortest one');
  return { length, begins: at + 1 + count };
}

function valueAt(bytes: Uint8Array, at: number, depth: number): Der {
  if (depth > MOST_DEPTH) malformed('it is nested too deeply');
  const tag = bytes[at] ?? malformed('it is cut off');
  if ((tag & 0x1f) === 0x1f) malformed('a tag is too long');
  const { length, begins } = lengthAt(bytes, at + 1);
  const ends = begins + length;
  if (ends > bytes.length) malformed('it is cut off');
  const content = bytes.subarray(begins, ends);
  const parts = (tag & 0x20) === 0 ? [] : valuesOf(content, depth + 1);
  return { tag, raw: bytes.subarray(at, ends), content, parts };
}

function valuesOf(content: Uint8Array, depth: number): readonly Der[] {
  const values: Der[] = [];
  for (let at = 0; at < content.length; ) {
    const value = valueAt(content, at, depth);
    values.push(value);
    at += value.raw.length;
  }
  return values;
}

/**
 * The one value that `bytes` are, and nothing behind it.
 *
 * @throws TrustError `signature-invalid` for what is no DER
 */
export function readDer(bytes: Uint8Array): Der {
  const value = valueAt(bytes, 0, 0);
  if (value.raw.length !== bytes.length) malformed('something follows it');
  return value;
}

/** `value`, if it has the tag. */
export function ofTag(value: Der | undefined, tag: number, what: string): Der {
  return value?.tag === tag ? value : malformed(`${what} is not there, or something else`);
}

/** The parts of a constructed value of that tag. */
export function partsOf(value: Der | undefined, tag: number, what: string): readonly Der[] {
  return ofTag(value, tag, what).parts;
}

/** An object identifier in dotted form. */
export function oidOf(value: Der | undefined, what: string): string {
  const { content } = ofTag(value, TAG.oid, what);
  const arcs: number[] = [];
  let arc = 0;
  for (const [at, byte] of content.entries()) {
    if (arc === 0 && byte === 0x80) malformed(`${what} is not the shortest one`);
    arc = arc * 128 + (byte & 0x7f);
    if (arc > 2 ** 45) malformed(`${what} is too long`);
    if (byte >= 0x80) {
      if (at === content.length - 1) malformed(`${what} is cut off`);
      continue;
    }
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2), arc - 40 * Math.min(Math.floor(arc / 40), 2));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.length === 0 ? malformed(`${what} is empty`) : arcs.join('.');
}

/** A number that is small and not negative. */
export function smallInteger(value: Der | undefined, what: string): number {
  const { content } = ofTag(value, TAG.integer, what);
  const [byte] = content;
  return content.length === 1 && byte !== undefined && byte < 0x80 ? byte : malformed(`${what} is another number`);
}

/** More than any time has: longer ones are not turned into text. */
const MOST_TIME_BYTES = 32;

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/;

/** A GeneralizedTime in milliseconds since 1970; digits behind them are cut off. */
export function timeOf(value: Der | undefined, what: string): number {
  const { content } = ofTag(value, TAG.generalizedTime, what);
  const text = String.fromCharCode(...content.subarray(0, MOST_TIME_BYTES));
  const [, year, month, day, hour, minute, second, fraction = ''] = TIME.exec(text) ?? [];
  if (year === undefined || fraction.endsWith('0')) malformed(`${what} is no time in UTC`);
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}Z`;
  const time = Date.parse(iso);
  // What Date takes of a day that is none is another day.
  const isSame = !Number.isNaN(time) && new Date(time).toISOString().slice(0, 19) === iso.slice(0, 19);
  return isSame ? time : malformed(`${what} is no time`);
}

/** A value of that tag; what is longer than 65,535 bytes is not written here. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from([tag, ...size]), ...contents]);
}

/** A whole number of up to 32 bits that is not negative, or the bytes of a larger one. */
export function derInteger(value: number | Uint8Array): Uint8Array {
  const bytes = typeof value === 'number' ? Buffer.from(value.toString(16).padStart(8, '0'), 'hex') : value;
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return der(TAG.integer, (shortest[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), shortest]) : shortest);
}
