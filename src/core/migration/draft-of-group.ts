/** What all changed records of one stream and type say of the rule between them. */
import type { Json } from '../json/value.ts';
import type { ChangeClass } from '../report/changes.ts';
import { NULLS_ATTRIBUTE } from '../snapshot/header.ts';
import { counted } from '../words.ts';
import { type Change, exampleAt, Place } from './draft-of-place.ts';
import type { CountedWay, Example, Room } from './draft-tally.ts';
import { Arrivals, type DraftOperation, type Entry, type Leaves, signOf } from './draft-ways.ts';
import { isSame } from './patch.ts';
import { pointerText } from './pointer.ts';

/** Places of one group that are told apart. */
const MOST_PLACES = 1000;

/** A place that no operation explains. */
export interface Left {
  readonly pointer: string;
  readonly was: string | null;
  readonly is: string | null;
  /** How many records differ so; not there where columns alone were seen. */
  readonly records?: number;
  /** One of them. */
  readonly id?: string;
  /** What kind of change that one is. */
  readonly class?: ChangeClass;
  /** Why no operation is proposed, where one would explain it. */
  readonly why?: string;
}

/** Something that records show, by a text that is the same wherever it is shown. */
export interface Shown {
  readonly sign: string;
  readonly records: number;
}

/** An operation, and what speaks for it and against it. */
interface Proposal extends Shown {
  readonly operation: DraftOperation;
  readonly first: Example;
  /** Of a table its entries that change something. */
  readonly entries: readonly (Shown & CountedWay<Entry>)[] | undefined;
  readonly left: readonly Left[];
}

const LINKS: readonly string[] = ['/prev', '/hash'];
/** Which columns are SQL NULL follows from the columns, and is no text to be patched. */
export const NULLS = pointerText(['attrs', NULLS_ATTRIBUTE]);
const FIXED: readonly string[] = ['/tenant', '/stream', '/id', '/seq', '/bodyDigest', NULLS];
const RELINKED = 'relinked';
/** Joined of members that others take away or change after it. */
const ORDER = ['concat', 'add', 'move', 'remove', 'convert'];

function orderOf({ op, to }: DraftOperation): number {
  return ORDER.indexOf(typeof to === 'object' && to !== null && 'concat' in to ? 'concat' : op);
}

function leftOf(pointer: string, { was, is, id, class: of }: Example, records: number, why?: string): Left {
  const more = { ...(id === undefined ? {} : { id }), class: of, ...(why === undefined ? {} : { why }) };
  return { pointer, was, is, records, ...more };
}

/** Records whose links differ, and how it was in the first of them. */
interface Relinked {
  readonly pointer: string;
  records: number;
  readonly first: Example;
}

export class GroupDraft {
  readonly #room: Room;
  readonly #free: ReadonlySet<string>;
  readonly #places: Map<string, Place> = new Map();
  readonly #fixed: Map<string, { records: number; readonly first: Example }> = new Map();
  #relinked: Relinked | undefined;
  /** Records that changed. */
  count = 0;
  first: string | undefined;
  /** Values at places beyond those that are told apart. */
  omitted = 0;
  /** Whether anything differs that is compared without a rule. */
  isHeld = false;

  /** @param free - pointers to what is compared only where a rule brings it */
  constructor(room: Room, free: ReadonlySet<string>) {
    this.#room = room;
    this.#free = free;
  }

  /** Takes a pair of records, each by the pointers of its values. */
  add(was: Leaves, is: Leaves): void {
    this.count++;
    const id = was.get('/id');
    if (typeof id === 'string') this.first ??= id;
    const gone: string[] = [];
    for (const [pointer, value] of was) {
      if (this.#isFixed(pointer)) continue;
      const now = is.get(pointer);
      if (now === undefined && isAroundSome(pointer, value, is)) continue;
      const place = this.#at(pointer);
      if (now === undefined) {
        gone.push(pointer);
        place?.goes(was, is);
        this.#differs(pointer);
      } else if (isSame(value, now)) place?.stays(value, was, is);
      else {
        place?.becomes(value, now, was, is);
        this.#differs(pointer);
      }
    }
    this.#addNew(was, is, gone);
    this.#addFixed(was, is);
  }

  #addNew(was: Leaves, is: Leaves, gone: readonly string[]): void {
    const arrivals = new Arrivals(was, gone);
    for (const [pointer, value] of is) {
      if (this.#isFixed(pointer) || was.has(pointer) || isAroundSome(pointer, value, was)) continue;
      this.#at(pointer)?.comes(value, arrivals, was, is);
      this.#differs(pointer);
    }
  }

  #addFixed(was: Leaves, is: Leaves): void {
    for (const pointer of FIXED) {
      if (isSame(was.get(pointer), is.get(pointer))) continue;
      this.#differs(pointer);
      const known = this.#fixed.get(pointer);
      if (known === undefined) this.#fixed.set(pointer, { records: 1, first: exampleAt(pointer, was, is) });
      else known.records++;
    }
    // A chain may begin otherwise with every hash as it was: what is reported is the link that differs.
    const link = LINKS.findLast((pointer) => !isSame(was.get(pointer), is.get(pointer)));
    if (link === undefined) return;
    this.isHeld = true;
    this.#relinked ??= { pointer: link, records: 0, first: exampleAt(link, was, is) };
    this.#relinked.records++;
  }

  #differs(pointer: string): void {
    // Of a body with columns that are free its digest says nothing.
    if (this.#free.has(pointer) || (pointer === '/bodyDigest' && this.#free.size > 0)) return;
    this.isHeld = true;
  }

  #isFixed(pointer: string): boolean {
    return FIXED.includes(pointer) || LINKS.includes(pointer);
  }

  #at(pointer: string): Place | undefined {
    const known = this.#places.get(pointer);
    if (known !== undefined) return known;
    if (this.#places.size >= MOST_PLACES || !this.#room.take(500 + 2 * pointer.length)) {
      this.omitted++;
      return undefined;
    }
    const place = new Place(pointer, this.#room);
    this.#places.set(pointer, place);
    return place;
  }

  /** What is proposed, and what nothing is proposed for. */
  read(): Reading {
    const places = [...this.#places.values()];
    const moved = new Map<string, number>();
    const isNew = ({ fresh, changed, kept }: Place): boolean => fresh > changed + kept;
    // What is new first: a member that is gone may have moved there.
    const read = [
      ...places.filter(isNew).map((place) => this.#arrival(place, moved) ?? this.#leave(place)),
      ...places.filter((place) => !isNew(place)).map((place) => this.#departure(place, moved) ?? this.#leave(place)),
    ];
    const proposals = read.flatMap((one) => ('operation' in one ? [one] : []));
    const left = read.flatMap((one) => ('operation' in one ? [] : one));
    for (const [pointer, { records, first }] of this.#fixed) {
      if (pointer !== '/bodyDigest') left.push(leftOf(pointer, first, records));
    }
    proposals.sort((a, b) => orderOf(a.operation) - orderOf(b.operation));
    return new Reading(this, proposals, left, this.#relinked);
  }

  /** What became of what was there in most records: moved already, removed or converted. */
  #departure(place: Place, moved: ReadonlyMap<string, number>): Proposal | readonly Left[] | undefined {
    const { gone, changed, kept, fresh, pointer, first } = place;
    if (first === undefined) return [];
    const taken = moved.get(pointer);
    if (taken !== undefined) {
      const others = before(place) + fresh - taken;
      return others > 0 ? [leftOf(pointer, first, others)] : [];
    }
    return gone > changed + kept ? this.#removal(place) : this.#change(place);
  }

  #arrival(place: Place, moved: Map<string, number>): Proposal | undefined {
    const { fresh, changed, kept } = place;
    const way = place.arrival((from) => !moved.has(from));
    if (way === undefined) return undefined;
    const { op, from } = way.what;
    const source = op === 'move' ? this.#places.get(String(from)) : undefined;
    // What a rule cannot leave out: records that have nothing to move, or nothing new.
    const idle = this.count - (source === undefined ? fresh + changed + kept : before(source));
    if (way.records <= idle) return undefined;
    if (source !== undefined) moved.set(source.pointer, way.records);
    return this.#proposal(way.what, way, place, { others: fresh + changed + kept - way.records, idle });
  }

  #removal(place: Place): Proposal | undefined {
    const { pointer, gone, fresh, changed, kept, first } = place;
    const idle = this.count - before(place) - fresh;
    if (first === undefined || gone <= idle) return undefined;
    const way = { records: gone, first, against: undefined };
    return this.#proposal({ op: 'remove', path: pointer }, way, place, { others: fresh + changed + kept, idle });
  }

  #change(place: Place): Proposal | undefined {
    const { pointer, gone, fresh, changed } = place;
    const idle = this.count - before(place) - fresh;
    const change = place.change();
    if (change === undefined || changed <= idle) return undefined;
    if (!('to' in change)) return this.#table(place, change, idle);
    const { to, way, broken } = change;
    const states = 'zone' in to ? { zone: to.zone } : to;
    const others = gone + fresh + changed + broken - way.records;
    return this.#proposal({ op: 'convert', path: pointer, to: states }, way, place, { others, idle });
  }

  #table(place: Place, { entries, others }: Extract<Change, { entries: unknown }>, idle: number): Proposal | undefined {
    const { pointer, gone, fresh, first } = place;
    const changing = entries.filter(({ what: { from, to } }) => from !== to);
    const [one] = changing;
    if (one === undefined || first === undefined) return undefined;
    const values = Object.fromEntries(entries.map(({ what: { from, to } }) => [String(from), to]));
    const records = changing.reduce((sum, entry) => sum + entry.records, 0);
    return {
      ...{ operation: { op: 'convert', path: pointer, to: { values } }, records, sign: pointer, first: one.first },
      entries: changing.map((entry) => ({ ...entry, sign: JSON.stringify([pointer, entry.sign]) })),
      left: [
        ...others.map((other) => leftOf(pointer, other.first, other.records)),
        ...(gone + fresh > 0 ? [leftOf(pointer, first, gone + fresh)] : []),
        ...this.#idle(pointer, idle),
      ],
    };
  }

  /** @param apart - records that it does not make what they are: other ones, and those that it is not for */
  #proposal(
    operation: DraftOperation,
    { records, first, against }: Pick<CountedWay<unknown>, 'records' | 'first' | 'against'>,
    place: Place,
    { others, idle }: { readonly others: number; readonly idle: number },
  ): Proposal {
    const { pointer, first: any = first } = place;
    const left = others > 0 ? [leftOf(pointer, against ?? any, others)] : [];
    const sign = signOf(operation);
    return { operation, records, sign, first, entries: undefined, left: [...left, ...this.#idle(pointer, idle)] };
  }

  #idle(pointer: string, records: number): readonly Left[] {
    const why = 'changed elsewhere alone, and the rule is for them as well';
    return records > 0 ? [{ pointer, was: null, is: null, records, why }] : [];
  }

  /** What differs at a place that no operation is proposed for. */
  #leave(place: Place): readonly Left[] {
    const { pointer, gone, fresh, changed, kept, first } = place;
    if (this.#free.has(pointer) || first === undefined) return [];
    const differences = place.differences();
    if (differences !== undefined) return differences.map(({ first: one, records }) => leftOf(pointer, one, records));
    const without = this.count - Math.max(before(place), fresh + changed + kept);
    const why =
      without > 0 && gone + fresh > 0
        ? `${without} others that changed are without it, and no rule can be for those alone that have it`
        : undefined;
    return [leftOf(pointer, first, gone + fresh + changed, why)];
  }
}

/** Whether an object without members is there, which has some on the other side: it follows from these. */
function isAroundSome(pointer: string, value: Json, others: Leaves): boolean {
  return value instanceof Map && [...others.keys()].some((other) => other.startsWith(`${pointer}/`));
}

/** Records in which the place was there. */
function before({ gone, changed, kept }: Place): number {
  return gone + changed + kept;
}

/** What one group proposes, to be proposed once it is known what other groups show as well. */
export class Reading {
  readonly group: GroupDraft;
  readonly #proposals: readonly Proposal[];
  readonly #left: readonly Left[];
  readonly #relinked: Readonly<Relinked> | undefined;

  constructor(
    group: GroupDraft,
    proposals: readonly Proposal[],
    left: readonly Left[],
    relinked: Readonly<Relinked> | undefined,
  ) {
    this.group = group;
    this.#proposals = proposals;
    this.#left = left;
    this.#relinked = relinked;
  }

  /** Everything that is proposed, and how many records show it. */
  get shown(): readonly Shown[] {
    const links = this.#relinked === undefined ? [] : [{ sign: RELINKED, records: this.#relinked.records }];
    return [...this.#proposals.flatMap((one): readonly Shown[] => one.entries ?? [one]), ...links];
  }

  /** What is left of the proposals without those that `isLone` refuses, and what they leave unexplained. */
  without(isLone: (sign: string) => boolean): {
    readonly patch: readonly DraftOperation[];
    readonly relinked: boolean;
    readonly left: readonly Left[];
  } {
    const left = [...this.#left];
    const patch = this.#proposals.flatMap((proposal) => {
      const { operation, records, sign, first, entries } = proposal;
      left.push(...proposal.left);
      const lone = (entries ?? []).filter((entry) => isLone(entry.sign));
      for (const entry of lone) left.push(leftOf(operation.path, entry.first, entry.records));
      const isEmpty = entries === undefined ? isLone(sign) : lone.length === entries.length;
      if (entries === undefined && isEmpty) left.push(leftOf(operation.path, first, records));
      if (isEmpty) return [];
      return [this.#withEvidence(withoutEntries(operation, lone), proposal, lone)];
    });
    const relinked = this.#relinked !== undefined && !isLone(RELINKED);
    if (this.#relinked !== undefined && !relinked) left.push(leftOf(this.#relinked.pointer, this.#relinked.first, 1));
    return { patch, relinked, left };
  }

  #withEvidence(operation: DraftOperation, proposal: Proposal, lone: readonly CountedWay<Entry>[]): DraftOperation {
    const { records, first, left } = proposal;
    const shown = records - lone.reduce((sum, entry) => sum + entry.records, 0);
    const not = lone.length + left.length === 0 ? undefined : (left[0] ?? lone[0]?.first);
    const others = left.reduce((sum, one) => sum + (one.records ?? 0), 0) + (records - shown);
    const such = (id: string | undefined): string => (id === undefined ? '' : `, such as ${id}`);
    const against =
      not === undefined ? '' : `; not in ${others}${such(not.id)} (${not.was ?? 'absent'} -> ${not.is ?? 'absent'})`;
    return {
      ...operation,
      why: `proposal: so in ${shown} of ${counted(this.group.count, 'record')} that changed${such(first.id)}${against}`,
    };
  }
}

/** A table without what one record alone shows. */
function withoutEntries(operation: DraftOperation, lone: readonly CountedWay<Entry>[]): DraftOperation {
  if (lone.length === 0) return operation;
  const { values } = operation['to'] as { readonly values: Readonly<Record<string, Json>> };
  const left = Object.entries(values).filter(([from]) => !lone.some((entry) => entry.what.from === from));
  return { ...operation, to: { values: Object.fromEntries(left) } };
}

/** Every value that is no object, by its pointer; arrays whole, since elements have no names. */
export function leavesOf(value: Json, path: readonly string[] = [], into: Map<string, Json> = new Map()): Leaves {
  if (value instanceof Map && (value.size > 0 || path.length === 0)) {
    for (const [name, member] of value) leavesOf(member, [...path, name], into);
  } else into.set(pointerText(path), value);
  return into;
}
