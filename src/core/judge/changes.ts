/**
 * What changed: of two records in words, and of all that were modified in groups by what changed in them, so that one of
 * another kind is not lost among thousands of one kind.
 */
import { dayOf, instantOf } from '../instant.ts';
import { compareUtf8 } from '../json/utf8.ts';
import { present } from '../present.ts';
import type { ChangeExample, ChangeGroup, ChangeShare, GroupedPlace } from '../report/changes.ts';
import type { Finding } from '../report/report.ts';
import type { SnapshotSummary } from '../snapshot/summary.ts';
import type { Difference } from './difference.ts';

/* What is said of two records that are judged together, in words. */

/** Two records of one id, or what is left of one that waited. */
export interface Judged {
  readonly id: string;
  readonly seq: number | undefined;
  readonly leaf: string;
  readonly hash: string | undefined;
  readonly type: string;
  readonly recordedAt: string | undefined;
  readonly foundAt?: string | undefined;
}

/** What is said of a record, beside where it is. */
export type Said = Omit<Finding, 'kind' | 'class' | 'tenant' | 'stream' | 'id' | 'seq'>;

/** Of a record that says what it said, and whose body does not. */
export const BODY_FAULTY = 'content changed: the body is gone, or is not the one that its digest says';

/** All that can be shown of two records whose texts are not both at hand. */
export function leavesOf(baseline: Judged, current: Judged): Difference {
  return { path: undefined, baseline: baseline.leaf, current: current.leaf, ...NOT_SEEN };
}

/** Of two records whose places are not at hand. */
export const NOT_SEEN = {
  count: 0,
  places: [],
  kinds: [],
  kindsOmitted: 0,
  unaligned: false,
} satisfies Partial<Difference>;

/** Absent where no place is known; what is not listed is counted. */
function placesOf({ count, places }: Difference): Pick<Finding, 'places' | 'placesOmitted'> {
  if (places.length === 0) return {};
  const placesOmitted = count - places.length;
  return { places, ...(placesOmitted > 0 ? { placesOmitted } : {}) };
}

/** What is said of two records that differ. */
export function changeFinding(was: Judged, current: Judged, sameContent: boolean, difference: Difference): Said {
  return {
    message: changeMessage(was, current, sameContent, difference),
    baseline: difference.baseline,
    current: difference.current,
    ...(difference.path === undefined ? {} : { path: difference.path }),
    ...(sameContent ? {} : placesOf(difference)),
  };
}

function changeMessage(baseline: Judged, current: Judged, sameContent: boolean, difference: Difference): string {
  const what = sameContent ? 'content untouched, custody members changed' : 'content changed';
  const others = difference.count - 1;
  const more = others > 0 ? ` (and ${others} other ${others === 1 ? 'place' : 'places'})` : '';
  const happened = difference.what === undefined || sameContent ? '' : `, ${difference.what}`;
  const where = difference.path === undefined ? '' : ` at ${difference.path}${happened}${more}`;
  const cut = difference.unaligned ? '; lists changed so much that not all of their elements were aligned' : '';
  const moved = baseline.seq === current.seq ? '' : `; seq was ${baseline.seq ?? 'none'}, is ${current.seq ?? 'none'}`;
  return what + where + cut + moved;
}

/* Groups of them. */

/** Groups that are told apart; the records of all others are counted together. */
const MOST_GROUPS = 1000;

/** Entries of the set of places that a group shows. */
const MOST_SHOWN = 100;

/** What the entries of all groups may take, in UTF-16 code units: a group that comes after that shows its first alone. */
const MOST_UNITS = 4_000_000;

/** Examples of each group. */
const EXAMPLES = 2;

/** Tenants, types and days that are counted of one group, and how many of them are shown. */
const MOST_COUNTED = 64;
const MOST_SHARES = 10;

/** A record of both sides that changed. */
export interface ChangedRecord extends ChangeExample {
  readonly type: string;
  readonly recordedAt: string | undefined;
}

/* The largest of many counts, in bounded memory: exact for names that come together, as those of tenants do. */

class Shares {
  readonly #counts: Map<string, number> = new Map();

  add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
    if (this.#counts.size <= MOST_COUNTED) return;
    const [[least = ''] = []] = [...this.#counts].filter(([one]) => one !== name).sort((a, b) => a[1] - b[1]);
    this.#counts.delete(least);
  }

  /** Largest first. */
  list(): readonly ChangeShare[] {
    const shares = [...this.#counts].map(([name, count]) => ({ name, count }));
    return shares.sort((a, b) => b.count - a.count || compareUtf8(a.name, b.name));
  }
}

interface OpenGroup {
  count: number;
  readonly key: string;
  readonly places: readonly GroupedPlace[];
  readonly placesOmitted: number;
  readonly examples: ChangeExample[];
  readonly tenants: Shares;
  readonly types: Shares;
  readonly days: Shares;
}

/** Equal if and only if the sets are: made of all that is told apart, shown or not. */
function keyOf({ kinds, kindsOmitted }: Pick<Difference, 'kinds' | 'kindsOmitted'>): string {
  const entries = kinds.map((place) => `${place.class} ${place.pointer}`);
  return JSON.stringify([...entries, kindsOmitted > 0]);
}

function unitsOf({ pointer, element = '', baseline, current }: GroupedPlace): number {
  return 100 + pointer.length + element.length + String(baseline).length + String(current).length;
}

export class Changes {
  readonly #groups: Map<string, OpenGroup> = new Map();
  #units = 0;
  /** Records of groups beyond those that are told apart. */
  omitted = 0;

  /** Takes a record that was modified. */
  add(record: ChangedRecord, { kinds, kindsOmitted }: Pick<Difference, 'kinds' | 'kindsOmitted'>, count = 1): void {
    const key = keyOf({ kinds, kindsOmitted });
    const group = this.#groups.get(key) ?? this.#open(key, kinds, kindsOmitted);
    if (group === undefined) {
      this.omitted += count;
      return;
    }
    const { tenant, stream, id, seq, type, recordedAt, foundAt } = record;
    group.count += count;
    if (group.examples.length < EXAMPLES) {
      group.examples.push({ tenant, stream, ...present({ id, seq, foundAt }) });
    }
    group.tenants.add(tenant, count);
    if (type !== '') group.types.add(type, count);
    const instant = recordedAt === undefined ? undefined : instantOf(recordedAt);
    if (instant !== undefined) group.days.add(dayOf(instant), count);
  }

  /** Takes records of which it is not known where they changed. */
  addUnseen(place: ChangeExample, count: number): void {
    this.add({ ...place, type: '', recordedAt: undefined }, { kinds: [], kindsOmitted: 0 }, count);
  }

  #open(key: string, kinds: readonly GroupedPlace[], kindsOmitted: number): OpenGroup | undefined {
    if (this.#groups.size >= MOST_GROUPS) return undefined;
    const places: GroupedPlace[] = [];
    for (const place of kinds.slice(0, MOST_SHOWN)) {
      this.#units += unitsOf(place);
      if (this.#units > MOST_UNITS && places.length > 0) break;
      places.push(place);
    }
    const group: OpenGroup = {
      count: 0,
      key,
      places,
      placesOmitted: kinds.length - places.length + kindsOmitted,
      examples: [],
      tenants: new Shares(),
      types: new Shares(),
      days: new Shares(),
    };
    this.#groups.set(key, group);
    return group;
  }

  /**
   * The groups, rarest first; of as many records, those first in which something says another thing than before.
   *
   * @param baseline - how many records each tenant and type has: what is more than its share; undefined where that cannot be
   *   said of a part, whose shares are listed as they are
   */
  list(baseline: SnapshotSummary | undefined): readonly ChangeGroup[] {
    const known = baseline === undefined ? undefined : new Recorded(baseline);
    return [...this.#groups.values()].sort(compareGroups).map((group) => closed(group, known));
  }

  /** Takes the groups of a part, in which shares are listed as they are, and how many records are in none of them. */
  join(groups: readonly ChangeGroup[], omitted = 0): void {
    this.omitted += omitted;
    for (const group of groups) {
      const key = keyOf({ kinds: group.places, kindsOmitted: group.placesOmitted ?? 0 });
      const mine = this.#groups.get(key) ?? this.#open(key, group.places, group.placesOmitted ?? 0);
      if (mine === undefined) this.omitted += group.count;
      else joinGroup(mine, group);
    }
  }
}

function compareGroups(a: OpenGroup, b: OpenGroup): number {
  return a.count - b.count || Number(isOther(b)) - Number(isOther(a)) || compareUtf8(a.key, b.key);
}

function isOther({ places: [first] }: OpenGroup): boolean {
  return first === undefined || first.class === 'other';
}

/** How many records of the baseline each tenant and type has. */
class Recorded {
  readonly records: number;
  readonly tenants: Map<string, number> = new Map();
  readonly types: Map<string, number> = new Map();

  constructor({ records, tenants }: SnapshotSummary) {
    this.records = records;
    for (const { tenant, records: ofTenant, counts } of tenants) {
      this.tenants.set(tenant, ofTenant);
      for (const [type, count] of counts) this.types.set(type, (this.types.get(type) ?? 0) + count);
    }
  }
}

const SHARES = ['tenants', 'types', 'days'] as const;

function joinGroup(mine: OpenGroup, group: ChangeGroup): void {
  mine.count += group.count;
  // A stream is in one part: within it the order is that of its records.
  mine.examples.push(...group.examples);
  mine.examples.sort((a, b) => compareUtf8(a.tenant, b.tenant) || compareUtf8(a.stream, b.stream));
  mine.examples.splice(EXAMPLES);
  for (const name of SHARES) for (const share of group[name] ?? []) mine[name].add(share.name, share.count);
}

function closed(
  { count, places, placesOmitted, examples, tenants, types, days }: OpenGroup,
  known: Recorded | undefined,
): ChangeGroup {
  const holdsMore =
    (of: 'tenants' | 'types') =>
    (share: ChangeShare): boolean =>
      known === undefined || share.count * known.records > (known[of].get(share.name) ?? 0) * count;
  const shares = (name: (typeof SHARES)[number], list: readonly ChangeShare[]) =>
    list.length === 0 ? {} : { [name]: known === undefined ? list : list.slice(0, MOST_SHARES) };
  return {
    count,
    places,
    ...(placesOmitted > 0 ? { placesOmitted } : {}),
    examples,
    ...shares('tenants', tenants.list().filter(holdsMore('tenants'))),
    ...shares('types', types.list().filter(holdsMore('types'))),
    ...shares('days', days.list()),
  };
}
