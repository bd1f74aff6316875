/** Local times as instants, by the rules of an IANA time zone. */
import { EvidenceError } from '../errors.ts';
import { civilTextOf, instantOf } from '../instant.ts';

const LOCAL = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?$/;
const HOUR_SECONDS = 3600;
/** No zone was ever further from UTC: what is looked at around a local time to find both of its instants. */
const MOST_OFFSET_SECONDS = 26 * HOUR_SECONDS;

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws EvidenceError `schema-violation` for a name that is no zone here */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
    return format;
  } catch (cause) {
    const advice = 'give an IANA name such as UTC or Europe/Berlin';
    throw new EvidenceError('schema-violation', `no time zone is called ${JSON.stringify(zone)}`, { advice, cause });
  }
}

/** Seconds by which local time in `zone` is ahead of UTC at `seconds` since 1970. */
function offsetAt(zone: string, seconds: number): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(seconds * 1000)
      .map(({ type, value }) => [type, value]),
  );
  const of = (type: string): string => parts.get(type as Intl.DateTimeFormatPartTypes) ?? '';
  const text = `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}Z`;
  return (instantOf(text)?.seconds ?? seconds) - seconds;
}

/**
 * RFC 3339 in UTC (`Z`) of a local time without zone, all its digits kept.
 *
 * @param text - `2027-03-01 10:00:00.123456`, with a space or `T`
 * @param zone - IANA name
 * @param fold - which of two instants it is where clocks were set back over it
 * @throws EvidenceError `input-malformed` if it is no local time, or the zone never had it, or had it twice and `fold` is
 *   not given; `schema-violation` for an unknown zone
 */
export function zonedTime(text: string, zone: string, fold?: 'earlier' | 'later'): string {
  const match = LOCAL.exec(text);
  const local = match === null ? undefined : instantOf(`${match[1]}T${match[2]}Z`);
  if (match === null || local === undefined) {
    throw new EvidenceError('input-malformed', `${JSON.stringify(text)} is no local time without zone`, {
      advice: 'leave `zone` out of the profile where times have one of their own',
    });
  }
  const around = [local.seconds - MOST_OFFSET_SECONDS, local.seconds + MOST_OFFSET_SECONDS];
  const offsets = new Set(around.map((seconds) => offsetAt(zone, seconds)));
  const instants = [...offsets]
    .map((offset) => local.seconds - offset)
    .filter((at) => at + offsetAt(zone, at) === local.seconds);
  const [earlier, later] = instants.sort((a, b) => a - b);
  if (earlier === undefined) {
    throw new EvidenceError('input-malformed', `${text} never was in ${zone}: clocks were set forward over it`);
  }
  if (later !== undefined && fold === undefined) {
    throw new EvidenceError('input-malformed', `${text} was twice in ${zone}: clocks were set back over it`, {
      advice: 'say in the profile which one is meant: "fold": "earlier" or "later"',
    });
  }
  const seconds = fold === 'later' ? (later ?? earlier) : earlier;
  return `${civilTextOf(seconds) ?? ''}${match[3] ?? ''}Z`;
}
