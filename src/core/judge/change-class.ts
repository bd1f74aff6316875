/**
 * How a value changed: whether it still says the same in another notation, and in which. For people only; where it is not
 * plain that two values say the same, the class is `other`.
 */
import { compareInstants, type Instant, instantOf } from '../instant.ts';
import { canonicalText } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import { canonicalNumber, isNumberToken, type Json, JsonNumber } from '../json/value.ts';
import { portable, utf8 } from '../platform.ts';
import type { ChangeClass } from '../report/changes.ts';

/** Longer texts are not looked into for times, numbers or JSON, in UTF-16 code units. */
const MOST_LOOKED_AT = 65_536;

/**
 * The class of a change.
 *
 * @param baseline - undefined where there was nothing
 * @param current - undefined where there is nothing
 */
export function classOfChange(baseline: Json | undefined, current: Json | undefined): ChangeClass {
  if (baseline === undefined) return 'added-member';
  if (current === undefined) return 'removed-member';
  if (typeof baseline === 'string' && typeof current === 'string') return classOfTexts(baseline, current);
  if (baseline instanceof JsonNumber && current instanceof JsonNumber) {
    const [was, is] = [canonicalNumber(baseline.token), canonicalNumber(current.token)];
    return losesDigits(was, is) || isSameFloat(was, is) ? 'precision' : 'other';
  }
  if (isEpoch(baseline, current) || isEpoch(current, baseline)) return 'same-instant';
  return isOtherType(baseline, current) || isOtherType(current, baseline) ? 'type' : 'other';
}

function classOfTexts(a: string, b: string): ChangeClass {
  if (a.trim() === b.trim()) return 'padding';
  if (a.normalize('NFC') === b.normalize('NFC')) return 'unicode-form';
  if (isSameButCase(a, b)) return 'case';
  if (Math.max(a.length, b.length) > MOST_LOOKED_AT) return 'other';
  return classOfTimes(a, b) ?? classOfNumbers(a, b) ?? classOfJson(a, b) ?? (isSameBase64(a, b) ? 'padding' : 'other');
}

/** Both ways: `ß` has no capital that has it as its small letter. */
function isSameButCase(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase() || a.toUpperCase() === b.toUpperCase();
}

/* Times. */

const DAY = /^\d{4}-\d\d-\d\d$/;
/** What databases and programs print beside RFC 3339: no zone, a zone without minutes or colon, or by name. */
const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))? ?(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/;

interface ReadTime {
  readonly instant: Instant;
  /** Without a zone it is the same time as another one without, wherever that was. */
  readonly zoned: boolean;
  /** Digits behind the point as they are written; -1 for a day. */
  readonly digits: number;
  /** Whether it is a leap second: its instant is that of the second after it. */
  readonly leap: boolean;
}

function readTime(text: string): ReadTime | undefined {
  if (DAY.test(text)) {
    const instant = instantOf(`${text}T00:00:00Z`);
    return instant === undefined ? undefined : { instant, zoned: false, digits: -1, leap: false };
  }
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, day = '', minute = '', second = ':00', fraction = '', zone] = match;
  const point = fraction === '' ? '' : `.${fraction}`;
  const instant = instantOf(`${day}T${minute}${second}${point}${offset(zone)}`);
  if (instant === undefined) return undefined;
  return { instant, zoned: zone !== undefined, digits: fraction.length, leap: second === ':60' };
}

function offset(zone: string | undefined): string {
  if (zone === undefined || /^[A-Za-z]/.test(zone)) return 'Z';
  const digits = zone.replace(':', '').padEnd(5, '0');
  return `${digits.slice(0, 3)}:${digits.slice(3)}`;
}

/** Undefined if one of them is no time. */
function classOfTimes(a: string, b: string): ChangeClass | undefined {
  const was = readTime(a);
  const is = readTime(b);
  if (was === undefined || is === undefined) return undefined;
  const coarse = was.digits < is.digits ? was : is;
  const fine = coarse === was ? is : was;
  if (coarse.digits < 0)
    return fine.instant.seconds - coarse.instant.seconds < 86_400 && isAfter(fine, coarse) ? 'precision' : 'other';
  if (was.zoned !== is.zoned || was.leap !== is.leap) return 'other';
  if (compareInstants(was.instant, is.instant) === 0) return 'same-instant';
  // Cut off is what comes later in its unit, also before 1970.
  const cut = (apart: bigint): boolean => apart >= 0n;
  return was.digits !== is.digits && isShortened(decimalOf(fine), decimalOf(coarse), coarse.digits, cut)
    ? 'precision'
    : 'other';
}

function isAfter({ instant }: ReadTime, { instant: other }: ReadTime): boolean {
  return compareInstants(instant, other) >= 0;
}

function decimalOf({ instant: { seconds, fraction } }: ReadTime): Decimal {
  const scale = 10n ** BigInt(fraction.length);
  return { digits: BigInt(seconds) * scale + BigInt(fraction === '' ? '0' : fraction), places: fraction.length };
}

/** An instant as the number of seconds, or of thousandths of that, since 1970. */
function isEpoch(number: Json, time: Json): boolean {
  if (!(number instanceof JsonNumber) || typeof time !== 'string' || time.length > 64) return false;
  const read = readTime(time);
  const epoch = decimal(number.token);
  if (read === undefined || !read.zoned || read.leap || epoch === undefined) return false;
  const at = decimalOf(read);
  return [0, 3, 6, 9].some((power) =>
    isSameDecimal(epoch, { digits: at.digits * 10n ** BigInt(power), places: at.places }),
  );
}

/* Numbers. */

/** `digits` × 10^-`places`. */
interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** Undefined of what is written with a large exponent or very many digits: nothing is said of that. */
function decimal(token: string): Decimal | undefined {
  const match = /^(-?\d{1,100})(?:\.(\d{1,100}))?(?:e([+-]\d{1,2}))?$/.exec(token);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const places = fraction.length - Number(exponent);
  return places < 0 ? { digits: digits * 10n ** BigInt(-places), places: 0 } : { digits, places };
}

function atPlaces({ digits, places }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - places);
}

function isSameDecimal(a: Decimal, b: Decimal): boolean {
  const places = Math.max(a.places, b.places);
  return atPlaces(a, places) === atPlaces(b, places);
}

/**
 * Whether `coarse`, which has `places` of its own, is `fine` rounded to them, or cut off.
 *
 * @param isCut - of less than a unit of the last place, `fine` less `coarse`, whether it is what is cut off
 */
function isShortened(fine: Decimal, coarse: Decimal, places: number, isCut: (apart: bigint) => boolean): boolean {
  const most = Math.max(fine.places, coarse.places, places);
  const unit = 10n ** BigInt(most - places);
  const apart = atPlaces(fine, most) - atPlaces(coarse, most);
  const distance = apart < 0n ? -apart : apart;
  return distance * 2n <= unit || (distance < unit && isCut(apart));
}

/** Whether one of two numbers is the other with fewer digits behind the point. What becomes 0 has lost more than digits. */
function losesDigits(a: string, b: string): boolean {
  const [was, is] = [decimal(a), decimal(b)];
  if (was === undefined || is === undefined || was.places === is.places) return false;
  const [coarse, fine] = was.places < is.places ? [was, is] : [is, was];
  const towardsZero = (apart: bigint): boolean => apart < 0n === fine.digits < 0n;
  return coarse.digits !== 0n && isShortened(fine, coarse, coarse.places, towardsZero);
}

/**
 * Whether one of two numbers is the other as an IEEE 754 double or single holds it. Two that a double cannot tell apart, and
 * of which it holds neither, are two numbers.
 */
function isSameFloat(a: string, b: string): boolean {
  const [was, is] = [Number(a), Number(b)];
  if (!Number.isFinite(was) || !Number.isFinite(is) || was === 0) return false;
  if (was === is) return isHeld(a) || isHeld(b);
  return Math.fround(was) === Math.fround(is) && (Math.fround(was) === was || Math.fround(is) === is);
}

/** Whether a double is this canonical number, or is printed so. */
function isHeld(number: string): boolean {
  const held = Number(number);
  if (canonicalNumber(String(held)) === number) return true;
  return Number.isInteger(held) && canonicalNumber(`${BigInt(held)}`) === number;
}

/** `+1,5` is none of ours: what a database prints of a number, with zeros before and behind it. */
function numberIn(text: string): string | undefined {
  const match = /^([+-]?)0*(\d.*)$/.exec(text);
  const token = match === null ? '' : `${match[1] === '-' ? '-' : ''}${match[2]}`;
  return isNumberToken(token) ? token : undefined;
}

/** Undefined if one of two texts is no number, or they say different ones. */
function classOfNumbers(a: string, b: string): ChangeClass | undefined {
  const [was, is] = [numberIn(a), numberIn(b)];
  if (was === undefined || is === undefined) return undefined;
  if (was === is) return 'padding';
  if (canonicalNumber(was) === canonicalNumber(is)) return 'scale';
  return losesDigits(was, is) ? 'precision' : undefined;
}

/* Other types, and texts that hold JSON. */

function textOf(value: Json): string | undefined {
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return canonicalNumber(value.token);
  return typeof value === 'string' ? value : undefined;
}

function isOtherType(text: Json, value: Json): boolean {
  if (typeof text !== 'string' || text.length > MOST_LOOKED_AT) return false;
  if (text === textOf(value)) return true;
  if (value instanceof JsonNumber) {
    return isNumberToken(text) && canonicalNumber(text) === canonicalNumber(value.token);
  }
  return typeof value === 'object' && value !== null && jsonIn(text) === canonicalText(value);
}

/** Canonical form of the list or object that `text` holds; undefined if it holds none. */
function jsonIn(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return canonicalText(parseJson(portable, utf8(text)));
  } catch {
    return undefined;
  }
}

function withoutSpace(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}

function classOfJson(a: string, b: string): ChangeClass | undefined {
  const was = jsonIn(a);
  if (was === undefined || was !== jsonIn(b)) return undefined;
  return withoutSpace(a) === withoutSpace(b) ? 'padding' : 'order';
}

function isSameBase64(a: string, b: string): boolean {
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(a) && a.replace(/=+$/, '') === b.replace(/=+$/, '');
}
