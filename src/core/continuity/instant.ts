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

/** RFC 3339 section 5.6; a space for the `T` as its note allows, and at most 30 digits behind the point. */
const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,30}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAY_SECONDS = 86_400;

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days since 1970-01-01; undefined for a day that no calendar has. */
function daysOf(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

function secondsOfDay(hour: number, minute: number, second: number): number | undefined {
  // 60 is a leap second; it is taken for the first second of the next minute, as POSIX does.
  return hour > 23 || minute > 59 || second > 60 ? undefined : hour * 3600 + minute * 60 + second;
}

/** The instant that an RFC 3339 date and time says; undefined if `text` is none. */
export function instantOf(text: string): Instant | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const at = (group: number): number => Number(match[group] ?? 0);
  const days = daysOf(at(1), at(2), at(3));
  const seconds = secondsOfDay(at(4), at(5), at(6));
  const offset = secondsOfDay(at(10), at(11), 0);
  if (days === undefined || seconds === undefined || offset === undefined) return undefined;
  const shift = match[9] === '-' ? offset : -offset;
  return { seconds: days * DAY_SECONDS + seconds + shift, fraction: (match[7] ?? '').replace(/0+$/, '') };
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

/** Milliseconds since 1970 of an RFC 3339 date and time, for holding against a clock; undefined if `text` is none. */
export function momentOf(text: string | null): number | undefined {
  const instant = text === null ? undefined : instantOf(text);
  return instant === undefined
    ? undefined
    : instant.seconds * 1000 + Math.floor(Number(`0.${instant.fraction || '0'}`) * 1000);
}
