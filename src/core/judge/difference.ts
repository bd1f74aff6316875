/** Where two records differ: JSON Pointers (RFC 6901) with the values on both sides. */
import { canonicalText } from '../json/canonical.ts';
import { canonicalNumber } from '../json/number.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { MOST_POINTER_UNITS, MOST_SHOWN_UNITS } from '../limits.ts';
import type { FindingValue } from '../report/report.ts';
import { shortText } from '../short-text.ts';

/** Gives the two records at hand as JSON, if somebody wants to know: it costs, and most records are equal. */
export interface RecordTexts {
  readonly baseline: () => Json;
  readonly current: () => Json;
  /** Whether the body of the record is gone, or is not the one that its digest says: then equal digests prove nothing. */
  readonly baselineBodyFaulty: boolean;
  readonly currentBodyFaulty: boolean;
}

export interface Difference {
  /** Pointer to the first place that differs, by member name. */
  readonly path: string | undefined;
  readonly baseline: FindingValue;
  readonly current: FindingValue;
  /** How many places differ, at most 100. */
  readonly count: number;
}

function shown(value: Json | undefined): FindingValue {
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? null;
  return shortText(typeof value === 'string' ? value : canonicalText(value), MOST_SHOWN_UNITS);
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A place, as the way to it: pointers of all places on the way would hold every name again and again. */
interface Place {
  readonly around: Place | undefined;
  /** Name of the member, or index of the element; undefined of the whole. */
  readonly name: string | number | undefined;
  readonly baseline: Json | undefined;
  readonly current: Json | undefined;
}

/** More differing places than this are not counted: the first one is what is shown. */
const MOST_PLACES = 100;

function isSameScalar(a: Json | undefined, b: Json | undefined): boolean {
  if (a instanceof JsonNumber && b instanceof JsonNumber) return canonicalNumber(a.token) === canonicalNumber(b.token);
  return a === b;
}

/** The places below `around` that differ, as deep as both sides have them, in the order of the names. */
function* places(around: Place): Generator<Place> {
  const { baseline, current } = around;
  if (baseline instanceof Map && current instanceof Map) {
    const names = [...new Set<string>([...baseline.keys(), ...current.keys()])].sort();
    for (const name of names) {
      yield* places({ around, name, baseline: baseline.get(name), current: current.get(name) });
    }
  } else if (Array.isArray(baseline) && Array.isArray(current)) {
    for (let at = 0; at < Math.max(baseline.length, current.length); at++) {
      yield* places({ around, name: at, baseline: baseline[at], current: current[at] });
    }
  } else if (!isSameScalar(baseline, current)) yield around;
}

/** The places on the way to `place`, the outermost member first. */
function wayTo(place: Place): readonly Place[] {
  const way: Place[] = [];
  for (let at: Place | undefined = place; at?.name !== undefined; at = at.around) way.push(at);
  return way.reverse();
}

/** The deepest place on the way to `place` that has a pointer which can be shown, and that pointer. */
function pointerTo(place: Place): { readonly path: string; readonly place: Place } | undefined {
  let path = '';
  let reached: Place | undefined;
  for (const step of wayTo(place)) {
    // Measured before it is made: a name can be as long as a record.
    if (path.length + 1 + String(step.name).length > MOST_POINTER_UNITS) break;
    const longer = `${path}/${escaped(String(step.name))}`;
    if (longer.length > MOST_POINTER_UNITS) break;
    path = longer;
    reached = step;
  }
  return reached === undefined ? undefined : { path, place: reached };
}

/** Content says more than the hashes that follow from it. */
const CONTENT: ReadonlySet<string | number | undefined> = new Set([
  'body',
  'bodyDigest',
  'attrs',
  'type',
  'recordedAt',
]);

/** `body` is compared where both have it; where one has only the digest, the digests stand for it. */
function comparable(record: Json, other: Json): Json {
  if (!(record instanceof Map) || !(other instanceof Map)) return record;
  const members = new Map<string, Json>(record);
  const bothHave = (name: string): boolean => record.has(name) && other.has(name);
  if (!bothHave('body')) members.delete('body');
  if (bothHave('body') || !bothHave('bodyDigest')) members.delete('bodyDigest');
  return members;
}

/** `record` with the digest of its body, whether or not it states one. */
export function withBodyDigest(record: Json, bodyDigest: string): Json {
  return record instanceof Map ? new Map<string, Json>(record).set('bodyDigest', bodyDigest) : record;
}

/** The first place in which two records differ, and how many there are. */
export function firstDifference(texts: Pick<RecordTexts, 'baseline' | 'current'>): Difference {
  const baseline = texts.baseline();
  const current = texts.current();
  const whole = { around: undefined, name: undefined };
  const found: Place[] = [];
  for (const place of places({
    ...whole,
    baseline: comparable(baseline, current),
    current: comparable(current, baseline),
  })) {
    if (found.push(place) === MOST_PLACES) break;
  }
  const first = found.find((place) => CONTENT.has(wayTo(place)[0]?.name)) ?? found[0];
  const pointer = first === undefined ? undefined : pointerTo(first);
  if (pointer === undefined) return { path: undefined, baseline: null, current: null, count: 0 };
  const { path, place } = pointer;
  return { path, baseline: shown(place.baseline), current: shown(place.current), count: found.length };
}
