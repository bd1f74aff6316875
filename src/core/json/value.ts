/** JSON values as the strict reader gives them, nothing lost and nothing inherited, and the exact numbers in them. */

import { EvidenceError } from '../errors.ts';
import { isDigit, MINUS, ZERO } from './cursor.ts';

/* JSON values as the strict reader gives them: nothing lost, nothing inherited. */

/**
 * A number as the text that the source gave, because a double would round it away (RFC 8785 §3.2.2.3 rounds; this
 * project's canonical form does not).
 */
export class JsonNumber {
  /** The number token, exactly as read, e.g. `1.10`, `9007199254740993`, `-0`. */
  readonly token: string;
  constructor(token: string) {
    this.token = token;
  }
}

/** Members in the order of the text. A Map, since `__proto__` and its like are ordinary member names. */
export type JsonObject = ReadonlyMap<string, Json>;

/** Any JSON value. */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

/** JSON as plain values, for what is shown and not hashed; a number that a double would round is its text. */
export type PlainJson =
  | null
  | boolean
  | number
  | string
  | readonly PlainJson[]
  | { readonly [name: string]: PlainJson };

/*
 * Exact decimal numbers: the one extension of this project's canonical form over RFC 8785.
 *
 * The contract has two cases. A token whose decimal value survives a double and shortest printing is printed as
 * ECMAScript's Number::toString prints that double; any other is printed as its exact value in the same layout. Both
 * are one function of the decimal value. Number::toString (ECMA-262 §6.1.6.1.20, which RFC 8785 §3.2.2.3 takes over)
 * chooses significant digits and a position of the decimal point, then lays them out by fixed rules. A value survives
 * exactly when the digits that it chooses are the value's own; otherwise the contract keeps the value's own digits. So
 * the digits are the value's own either way: normalise, lay out, and no double is needed.
 */

/** The layout switches to an exponent when a number has more digits than this before its decimal point. */
export const MAX_PLAIN_DIGITS = 21;

/** More zeros than this between the decimal point and the first significant digit switch to an exponent too. */
const MAX_LEADING_ZEROS = 5;

/** Digits of an exponent that is still read: far beyond any number that means something, far below any harm. */
export const MAX_EXPONENT_DIGITS = 1000;

/** An exponent of at most this many digits can be added to any length of a mantissa without leaving 2^53. */
const SAFE_EXPONENT_DIGITS = 15;

const TOKEN = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Whether `text` is a number token in the grammar of RFC 8259 §6. */
export function isNumberToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * The canonical spelling of a number.
 *
 * @param token - a number token in the grammar of RFC 8259 §6 (see {@link isNumberToken}); anything else gives garbage
 * @returns its exact decimal value in the layout of Number::toString; two tokens give the same text if and only if
 *   they have the same value, where `-0` is a value of its own
 * @throws EvidenceError `input-limit` where the exponent, as read or as it would be written, has more than 1000 digits
 */
export function canonicalNumber(token: string): string {
  if (isPlainInteger(token)) return token;
  const sign = token.charCodeAt(0) === MINUS ? '-' : '';
  const exponentAt = token.search(/[eE]/);
  const mantissa = token.slice(sign.length, exponentAt === -1 ? undefined : exponentAt);
  const pointAt = mantissa.indexOf('.');
  const digits = pointAt === -1 ? mantissa : mantissa.slice(0, pointAt) + mantissa.slice(pointAt + 1);
  const first = firstSignificant(digits);
  if (first === digits.length) return `${sign}0`;
  const significant = digits.slice(first, afterLastSignificant(digits));
  const point = (pointAt === -1 ? mantissa.length : pointAt) - first;
  return sign + layOut(significant, point, exponentAt === -1 ? '' : token.slice(exponentAt + 1));
}

/** Integers of at most 21 digits are their own canonical spelling, `-0` among them. */
function isPlainInteger(token: string): boolean {
  const start = token.charCodeAt(0) === MINUS ? 1 : 0;
  if (token.length - start > MAX_PLAIN_DIGITS) return false;
  for (let at = start; at < token.length; at++) {
    if (!isDigit(token.charCodeAt(at))) return false;
  }
  return true;
}

function firstSignificant(digits: string): number {
  let at = 0;
  while (at < digits.length && digits.charCodeAt(at) === ZERO) at++;
  return at;
}

function afterLastSignificant(digits: string): number {
  let at = digits.length;
  while (at > 0 && digits.charCodeAt(at - 1) === ZERO) at--;
  return at;
}

/** The value 0.`significant` × 10^(`point` + `exponent`) in the layout of Number::toString. */
function layOut(significant: string, point: number, exponent: string): string {
  const negative = exponent.charCodeAt(0) === MINUS;
  const unsigned = exponent.replace(/^[+-]?0*/, '');
  if (unsigned.length > MAX_EXPONENT_DIGITS) throw exponentLimit();
  if (unsigned.length > SAFE_EXPONENT_DIGITS) {
    // So large that no length of a mantissa brings the point back near the digits: always written with an exponent.
    const n = BigInt(point) + (negative ? -BigInt(unsigned) : BigInt(unsigned));
    return withExponent(significant, n - 1n);
  }
  const n = point + (negative ? -Number(unsigned) : Number(unsigned));
  const k = significant.length;
  if (k <= n && n <= MAX_PLAIN_DIGITS) return significant + '0'.repeat(n - k);
  if (0 < n && n <= MAX_PLAIN_DIGITS) return `${significant.slice(0, n)}.${significant.slice(n)}`;
  if (-MAX_LEADING_ZEROS <= n && n <= 0) return `0.${'0'.repeat(-n)}${significant}`;
  return withExponent(significant, BigInt(n) - 1n);
}

function withExponent(significant: string, exponent: bigint): string {
  const magnitude = String(exponent < 0n ? -exponent : exponent);
  // A carry may add a digit; refused, so that whatever is written can be read back.
  if (magnitude.length > MAX_EXPONENT_DIGITS) throw exponentLimit();
  const fraction = significant.length === 1 ? '' : `.${significant.slice(1)}`;
  return `${significant.slice(0, 1)}${fraction}e${exponent < 0n ? '-' : '+'}${magnitude}`;
}

function exponentLimit(): EvidenceError {
  return new EvidenceError('input-limit', `number with an exponent of more than ${MAX_EXPONENT_DIGITS} digits`);
}

/** Whether `token` is an integer from 0 to 2^53-1 written in digits alone: not `1.0`, not `1e0`. */
export function isWholeToken(token: string): boolean {
  return /^(?:0|[1-9]\d{0,15})$/.test(token) && Number.isSafeInteger(Number(token));
}
