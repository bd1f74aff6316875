/** Where two records differ: JSON Pointers (RFC 6901) with the values on both sides. */
import { canonicalText } from '../json/canonical.ts';
import { canonicalNumber } from '../json/number.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import type { FindingValue } from './report.ts';

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

/** Longest value shown, in UTF-16 code units: a finding is no place for a whole SBOM. */
const LONGEST_VALUE = 200;

function shown(value: Json | undefined): FindingValue {
  if (value === undefined) return null;
  const text = typeof value === 'string' ? value : canonicalText(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (text.length <= LONGEST_VALUE) return text;
  // A surrogate pair is not cut in two.
  const cut = text.slice(0, LONGEST_VALUE).replace(/[\ud800-\udbff]$/, '');
  return `${cut}… (${text.length} characters)`;
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

interface Place {
  readonly path: string;
  readonly baseline: Json | undefined;
  readonly current: Json | undefined;
}

/** More differing places than this are not counted: the first one is what is shown. */
const MOST_PLACES = 100;

function isSameScalar(a: Json | undefined, b: Json | undefined): boolean {
  if (a instanceof JsonNumber && b instanceof JsonNumber) return canonicalNumber(a.token) === canonicalNumber(b.token);
  return a === b;
}

/** The places below `place` that differ, as deep as both sides have them, in the order of the names. */
function* places(place: Place): Generator<Place> {
  const { path, baseline, current } = place;
  if (baseline instanceof Map && current instanceof Map) {
    const names = [...new Set<string>([...baseline.keys(), ...current.keys()])].sort();
    for (const name of names) {
      yield* places({ path: `${path}/${escaped(name)}`, baseline: baseline.get(name), current: current.get(name) });
    }
  } else if (Array.isArray(baseline) && Array.isArray(current)) {
    for (let at = 0; at < Math.max(baseline.length, current.length); at++) {
      yield* places({ path: `${path}/${at}`, baseline: baseline[at], current: current[at] });
    }
  } else if (!isSameScalar(baseline, current)) yield place;
}

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
  const found: Place[] = [];
  for (const place of places({
    path: '',
    baseline: comparable(baseline, current),
    current: comparable(current, baseline),
  })) {
    if (found.push(place) === MOST_PLACES) break;
  }
  // Content says more than the hashes that follow from it.
  const first = found.find(({ path }) => /^\/(?:body|attrs|type|recordedAt)/.test(path)) ?? found[0];
  if (first === undefined || first.path === '') return { path: undefined, baseline: null, current: null, count: 0 };
  return { path: first.path, baseline: shown(first.baseline), current: shown(first.current), count: found.length };
}
