/** Where two records differ: every place, as JSON Pointers (RFC 6901) with the values on both sides. */
import { canonicalText } from '../json/canonical.ts';
import { compareUtf8 } from '../json/utf8.ts';
import { canonicalNumber, type Json, JsonNumber, type JsonObject } from '../json/value.ts';
import { MOST_POINTER_UNITS, MOST_SHOWN_UNITS } from '../limits.ts';
import {
  CHANGE_CLASSES,
  type Change,
  type ChangeClass,
  type ChangedPlace,
  type FindingValue,
  type GroupedPlace,
} from '../report/changes.ts';
import { shortText } from '../words.ts';
import { align, Budget, ValueIds } from './align.ts';
import { classOfChange } from './change-class.ts';

/** Gives the two records at hand as JSON, if somebody wants to know: it costs, and most records are equal. */
export interface RecordTexts {
  readonly baseline: () => Json;
  readonly current: () => Json;
  /** Whether the body of the record is gone, or is not the one that its digest says: then equal digests prove nothing. */
  readonly baselineBodyFaulty: boolean;
  readonly currentBodyFaulty: boolean;
}

export interface Difference {
  /** Pointer to the place that says most: content before hashes, another value before another notation. */
  readonly path: string | undefined;
  readonly baseline: FindingValue;
  readonly current: FindingValue;
  /** How many places differ. */
  readonly count: number;
  /** What happened there, of whatever is no value of the same place that became another. */
  readonly what?: string;
  /** The first of them; none where a body is not at hand. */
  readonly places: readonly ChangedPlace[];
  /** All of them as a set: pointers with `*` for the index of each list, each class once. */
  readonly kinds: readonly GroupedPlace[];
  /** How many more entries that set has. */
  readonly kindsOmitted: number;
  /** Whether lists differ so much that not all of their elements were aligned. */
  readonly unaligned: boolean;
}

/** Places that a finding lists; all are counted. */
const MOST_PLACES = 100;

/** Entries of the set of places that are told apart. */
const MOST_KINDS = 1000;

/** Steps for the alignment of the lists of two records, where it is not linear in them: a second or so. */
const ALIGNMENT_STEPS = 10_000_000;

/** Content says more than the hashes that follow from it. */
const CONTENT: ReadonlySet<string | undefined> = new Set(['body', 'bodyDigest', 'attrs', 'type', 'recordedAt']);

/** A value as a finding shows it: numbers as text, for they may have more digits than a double. */
function shown(value: Json | undefined): FindingValue {
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? null;
  return shortText(typeof value === 'string' ? value : canonicalText(value), MOST_SHOWN_UNITS);
}

/** The same with the number itself where a double is it: so that 5 is not taken for "5". */
function shownExactly(value: Json): FindingValue {
  if (!(value instanceof JsonNumber)) return shown(value);
  const text = canonicalNumber(value.token);
  return String(Number(text)) === text ? Number(text) : shown(value);
}

function escaped(name: string): string {
  return name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;
}

/** The two values at one place, and the ways to it. */
export interface Place {
  /** Pointers into the two records, and with `*` for each index. */
  readonly baselinePointer: string;
  readonly currentPointer: string;
  readonly generalPointer: string;
  /** Name of the outermost member. */
  readonly top: string | undefined;
  readonly baseline: Json | undefined;
  readonly current: Json | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/** What `Places` is given of each place. */
export type OnPlace = (place: Place, change: Change) => void;

function isSameScalar(a: Json | undefined, b: Json | undefined): boolean {
  if (a instanceof JsonNumber && b instanceof JsonNumber) return canonicalNumber(a.token) === canonicalNumber(b.token);
  return a === b;
}

/** Walks two values side by side and emits every place that differs, in the order of names and of the current lists. */
export class Places {
  readonly #onPlace: OnPlace;
  readonly #ids: ValueIds = new ValueIds();
  readonly #budget: Budget;

  constructor(onPlace: OnPlace, steps: number = ALIGNMENT_STEPS) {
    this.#onPlace = onPlace;
    this.#budget = new Budget(steps);
  }

  /** Whether there was no time to align all lists: what is between two elements that were found is paired in order. */
  get unaligned(): boolean {
    return this.#budget.exhausted;
  }

  /** @param except - outermost members that are not looked at */
  walk(baseline: Json, current: Json, except: ReadonlySet<string> = NONE): void {
    const pointers = { baselinePointer: '', currentPointer: '', generalPointer: '' };
    const all = { ...pointers, top: undefined, baseline, current };
    if (baseline instanceof Map && current instanceof Map) this.#members(all, baseline, current, except);
    else this.#at(all);
  }

  #at(place: Place): void {
    const { baseline, current } = place;
    if (baseline instanceof Map && current instanceof Map) this.#members(place, baseline, current);
    else if (Array.isArray(baseline) && Array.isArray(current)) this.#elements(place, baseline, current);
    else if (!isSameScalar(baseline, current)) this.#onPlace(place, changeOf(place));
  }

  #members(around: Place, baseline: JsonObject, current: JsonObject, except = NONE): void {
    let tooDeep = false;
    for (const name of namesOf(baseline, current)) {
      const [was, is] = [baseline.get(name), current.get(name)];
      // Most are: no pointer is made to them.
      if (isSameScalar(was, is) || except.has(name)) continue;
      const child = below(around, { baseline: name, current: name, general: name }, was, is);
      if (child !== undefined) this.#at(child);
      else tooDeep ||= !this.#same(was, is);
    }
    if (tooDeep) this.#whole(around);
  }

  #elements(around: Place, baseline: readonly Json[], current: readonly Json[]): void {
    const { pairs, removed, added } = align(baseline, current, this.#ids, this.#budget);
    let tooDeep = false;
    const emit = (was: number, is: number, change?: Change): void => {
      const names = { baseline: String(was < 0 ? is : was), current: String(is < 0 ? was : is), general: '*' };
      const child = below(around, names, baseline[was], current[is]);
      tooDeep ||= child === undefined && (change !== undefined || !this.#same(baseline[was], current[is]));
      if (child === undefined) return;
      if (change !== undefined) this.#onPlace(child, change);
      if (change === undefined || change === 'moved') this.#at(child);
    };
    for (const at of removed) emit(at, -1, 'removed');
    for (const pair of pairs) emit(pair.baseline, pair.current, pair.moved ? 'moved' : undefined);
    for (const at of added) emit(-1, at, 'added');
    if (tooDeep) this.#whole(around);
  }

  #same(a: Json | undefined, b: Json | undefined): boolean {
    return a !== undefined && b !== undefined && this.#ids.of(a) === this.#ids.of(b);
  }

  /** A place whose pointer cannot be shown is named by the one around it, whose values hold it. */
  #whole(around: Place): void {
    if (around.currentPointer !== '') this.#onPlace(around, 'changed');
  }
}

/** The names of both, in order. */
function namesOf(a: JsonObject, b: JsonObject): readonly string[] {
  const names = new Set(a.keys());
  for (const name of b.keys()) names.add(name);
  return [...names].sort();
}

function changeOf({ baseline, current }: Place): Change {
  return baseline === undefined ? 'added' : current === undefined ? 'removed' : 'changed';
}

/** Undefined where a pointer would be too long. */
function below(
  around: Place,
  names: { readonly baseline: string; readonly current: string; readonly general: string },
  baseline: Json | undefined,
  current: Json | undefined,
): Place | undefined {
  // Measured before it is made: a name can be as long as a record.
  if (around.currentPointer.length + names.current.length >= MOST_POINTER_UNITS) return undefined;
  const place = {
    baselinePointer: `${around.baselinePointer}/${escaped(names.baseline)}`,
    currentPointer: `${around.currentPointer}/${escaped(names.current)}`,
    generalPointer: `${around.generalPointer}/${escaped(names.general)}`,
    top: around.top ?? names.current,
    baseline,
    current,
  };
  const longest = Math.max(place.baselinePointer.length, place.currentPointer.length);
  return longest > MOST_POINTER_UNITS ? undefined : place;
}

function bothHave(a: Json, b: Json, name: string): boolean {
  return a instanceof Map && b instanceof Map && a.has(name) && b.has(name);
}

/** `body` is compared where both have it; where one has only the digest, the digests stand for it. */
function notCompared(baseline: Json, current: Json): ReadonlySet<string> {
  if (bothHave(baseline, current, 'body')) return ONLY_BODIES;
  return bothHave(baseline, current, 'bodyDigest') ? ONLY_DIGESTS : NEITHER;
}

const ONLY_BODIES: ReadonlySet<string> = new Set(['bodyDigest']);
const ONLY_DIGESTS: ReadonlySet<string> = new Set(['body']);
const NEITHER: ReadonlySet<string> = new Set(['body', 'bodyDigest']);

/** `record` with the digest of its body, whether or not it states one. */
function withBodyDigest(record: Json, bodyDigest: string | undefined): Json {
  if (bodyDigest === undefined || !(record instanceof Map) || record.get('bodyDigest') === bodyDigest) return record;
  return new Map<string, Json>(record).set('bodyDigest', bodyDigest);
}

/* What is kept of all places of two records. */

/** What a person knows an element by: its name and version, else what it names itself by. */
function elementName(value: Json | undefined): string | undefined {
  if (!(value instanceof Map)) return undefined;
  const of = (member: string): string | undefined => {
    const text = value.get(member);
    return typeof text === 'string' ? shortText(text, MOST_SHOWN_UNITS) : undefined;
  };
  const named = of('name');
  const version = of('version') ?? of('versionInfo');
  if (named !== undefined) return version === undefined ? named : `${named} ${version}`;
  return of('purl') ?? of('bom-ref') ?? of('SPDXID') ?? of('@id') ?? of('id');
}

interface Seen {
  readonly place: Place;
  readonly change: Change;
  readonly class: ChangeClass;
}

function classOfPlace({ baseline, current }: Place, change: Change): ChangeClass {
  return change === 'moved' ? 'order' : classOfChange(baseline, current);
}

function isContent({ place }: Seen): boolean {
  return CONTENT.has(place.top);
}

/** A digest says that something changed, and not what. */
function isDigest({ place }: Seen): boolean {
  return place.top === 'bodyDigest';
}

/** What says most comes first: content before hashes, a digest last of it, another value before another notation. */
function compareWeight(a: Seen, b: Seen): number {
  return (
    Number(isContent(b)) - Number(isContent(a)) ||
    Number(isDigest(a)) - Number(isDigest(b)) ||
    CHANGE_CLASSES.indexOf(a.class) - CHANGE_CLASSES.indexOf(b.class)
  );
}

/** The same set has the same order, in whichever order it was met. */
function compareKinds(a: Seen, b: Seen): number {
  return compareWeight(a, b) || compareUtf8(a.place.generalPointer, b.place.generalPointer);
}

function listed({ place, change, class: of }: Seen): ChangedPlace {
  const { baselinePointer, currentPointer, baseline, current } = place;
  const element = change === 'changed' || !isElement(place) ? undefined : elementName(current ?? baseline);
  return {
    pointer: change === 'removed' ? baselinePointer : currentPointer,
    ...(change === 'removed' || change === 'added' || baselinePointer === currentPointer
      ? {}
      : { from: baselinePointer }),
    change,
    class: of,
    ...(element === undefined ? {} : { element }),
    ...(baseline === undefined ? {} : { baseline: shownExactly(baseline) }),
    ...(current === undefined ? {} : { current: shownExactly(current) }),
  };
}

function isElement({ generalPointer }: Place): boolean {
  return generalPointer.endsWith('/*');
}

class SeenPlaces {
  count = 0;
  first: Seen | undefined;
  /** Other values before other notations: one altered verdict is not cut off behind a thousand times. */
  readonly #other: Seen[] = [];
  readonly #rest: Seen[] = [];
  readonly #kinds: Map<string, Seen> = new Map();
  kindsOmitted = 0;

  add(place: Place, change: Change): void {
    const seen = { place, change, class: classOfPlace(place, change) };
    this.count++;
    if (this.first === undefined || compareWeight(seen, this.first) < 0) this.first = seen;
    const list = seen.class === 'other' ? this.#other : this.#rest;
    if (list.length < MOST_PLACES) list.push(seen);
    const key = `${seen.class} ${place.generalPointer}`;
    if (this.#kinds.has(key)) return;
    if (this.#kinds.size < MOST_KINDS) this.#kinds.set(key, seen);
    else this.kindsOmitted++;
  }

  places(): readonly ChangedPlace[] {
    return [...this.#other, ...this.#rest].slice(0, MOST_PLACES).map(listed);
  }

  kinds(): readonly GroupedPlace[] {
    return [...this.#kinds.values()].sort(compareKinds).map((seen) => {
      const { from: _, ...place } = listed(seen);
      return { ...place, pointer: seen.place.generalPointer };
    });
  }
}

/** What happened at `first`, where it is more than that a value became another. */
function whatHappened(first: Seen): string | undefined {
  const { change, class: of, place } = first;
  if (change === 'changed') return of === 'other' ? undefined : of;
  const element = isElement(place) ? elementName(place.current ?? place.baseline) : undefined;
  return element === undefined ? change : `${change} ${JSON.stringify(element)}`;
}

/**
 * All places in which two records differ: counted, grouped, and the first of them listed.
 *
 * @param digests - of their bodies, for records that may not state them
 */
export function differenceOf(
  texts: Pick<RecordTexts, 'baseline' | 'current'>,
  digests: { readonly baseline?: string; readonly current?: string } = {},
): Difference {
  const [read, readNow] = [texts.baseline(), texts.current()];
  // A digest is not looked at where both have their bodies.
  const hasBodies = bothHave(read, readNow, 'body');
  const baseline = hasBodies ? read : withBodyDigest(read, digests.baseline);
  const current = hasBodies ? readNow : withBodyDigest(readNow, digests.current);
  const seen = new SeenPlaces();
  const places = new Places((place, change) => seen.add(place, change));
  places.walk(baseline, current, notCompared(baseline, current));
  const { first } = seen;
  const known = isKnown(baseline, current);
  const what = first === undefined ? undefined : whatHappened(first);
  return {
    path: first === undefined ? undefined : listed(first).pointer,
    baseline: shown(first?.place.baseline),
    current: shown(first?.place.current),
    count: seen.count,
    ...(what === undefined ? {} : { what }),
    // Only of what is listed are they asked for.
    get places() {
      return known ? seen.places() : [];
    },
    kinds: known ? seen.kinds() : [],
    kindsOmitted: known ? seen.kindsOmitted : 0,
    unaligned: places.unaligned,
  };
}

/** Whether the places are all that there are: both bodies are at hand, or they are one and the same. */
function isKnown(baseline: Json, current: Json): boolean {
  if (!(baseline instanceof Map) || !(current instanceof Map)) return true;
  if (!baseline.has('bodyDigest') && !current.has('bodyDigest')) return true;
  return bothHave(baseline, current, 'body') || baseline.get('bodyDigest') === current.get('bodyDigest');
}
