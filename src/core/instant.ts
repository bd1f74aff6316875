/**
 * Points in time from RFC 3339 texts, exact to the last digit given: a double of milliseconds would make two of one.
 * Days since 1970 after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
 */
export interface Instant {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  readonly seconds: number;
  /** Digits behind the decimal point, without zeros at the end. */
  readonly fraction: string;
}

/**
 * RFC 3339 section 5.6, read in this one way by the whole program: `T` and `Z` in either case and a space for the `T`, as
 * its notes allow; hours to 23, also of an offset; 60 in any minute as a leap second, since which minutes have one is in
 * no table here.
 */
const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?(?:([Zz])|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAY_SECONDS = 86_400;

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days since 1970-01-01. */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

/** Whether `text` is an RFC 3339 date and time of a day that the calendar has. */
export function isDateTime(text: string): boolean {
  if (!DATE_TIME.test(text)) return false;
  const day = Number(text.slice(8, 10));
  return day <= 28 || day <= daysIn(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

/** Whether `text` is what PostgreSQL prints for a time beyond all others: no time, and no fault of the record. */
export function isInfinite(text: string): boolean {
  return text === 'infinity' || text === '-infinity';
}

/** The instant that an RFC 3339 date and time says; undefined if `text` is none. */
export function instantOf(text: string): Instant | undefined {
  const match = isDateTime(text) ? DATE_TIME.exec(text) : null;
  if (match === null) return undefined;
  const at = (group: number): number => Number(match[group] ?? 0);
  // 60 is taken for the first second of the next minute, as POSIX does.
  const seconds = daysOf(at(1), at(2), at(3)) * DAY_SECONDS + at(4) * 3600 + at(5) * 60 + at(6);
  const offset = at(10) * 3600 + at(11) * 60;
  return { seconds: match[9] === '-' ? seconds + offset : seconds - offset, fraction: withoutZeros(match[7] ?? '') };
}

/** `digits` without zeros at the end, in linear time whatever they are. */
function withoutZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 0x30) end--;
  return digits.slice(0, end);
}

/** The instant that RFC 3339 or a plain date says, which begins at midnight UTC; undefined if `text` is neither. */
export function instantOrDay(text: string): Instant | undefined {
  const match = DATE.exec(text);
  return instantOf(match === null ? text : `${text}T00:00:00Z`);
}

/** Negative if `a` is before `b`, 0 if they are the same. */
export function compareInstants(a: Instant, b: Instant): number {
  if (a.seconds !== b.seconds) return a.seconds - b.seconds;
  // Without zeros at the end, digits behind the point have the order of texts.
  return a.fraction === b.fraction ? 0 : a.fraction < b.fraction ? -1 : 1;
}

/** The UTC day of `instant`, e.g. `2027-03-01` (`civil_from_days` of the same source). */
export function dayOf({ seconds }: Instant): string {
  const shifted = Math.floor(seconds / DAY_SECONDS) + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/**
 * Date and time of day at whole `seconds` since 1970, without offset: `2027-03-01T10:00:00`.
 *
 * @returns undefined outside of the years 0000 to 9999, which RFC 3339 does not have
 */
export function civilTextOf(seconds: number): string | undefined {
  const day = dayOf({ seconds, fraction: '' });
  if (day.length !== 10) return undefined;
  const ofDay = ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${day}T${two(ofDay / 3600)}:${two((ofDay % 3600) / 60)}:${two(ofDay % 60)}`;
}

/** Milliseconds since 1970 of an RFC 3339 date and time, for holding against a clock; undefined if `text` is none. */
export function momentOf(text: string | null): number | undefined {
  const instant = text === null ? undefined : instantOf(text);
  if (instant === undefined) return undefined;
  // By digits: what a double adds to a fraction is noise. What is behind the milliseconds is cut off.
  return instant.seconds * 1000 + Number(instant.fraction.slice(0, 3).padEnd(3, '0'));
}
