/**
 * Which elements of two lists belong together, so that one that was taken out does not make all after it differ.
 *
 * Elements that name themselves are paired by that name. Others are paired by what they are: first those that come once
 * on each side, in the longest run that keeps their order (patience diff, Bram Cohen), then, between them, by the
 * shortest edit script (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1, 1986).
 */
import { canonicalText } from '../json/canonical.ts';
import { canonicalNumber, type Json, JsonNumber, type JsonObject } from '../json/value.ts';

/** An element of both sides, by its index in each. */
export interface Pair {
  readonly baseline: number;
  readonly current: number;
  /** Whether it stands elsewhere among the elements that both have. */
  readonly moved: boolean;
}

export interface Alignment {
  /** In the order of the current list. */
  readonly pairs: readonly Pair[];
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

/* What is one value, as a number: equal values have the same, so that they need not be walked through again. */

export class ValueIds {
  readonly #byText: Map<string, number> = new Map();
  readonly #known: Map<Json, number> = new Map();

  /** The number of `value`: two values have the same if and only if their canonical forms are. */
  of(value: Json): number {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const text = this.#text(value);
    let id = this.#byText.get(text);
    if (id === undefined) {
      id = this.#byText.size;
      this.#byText.set(text, id);
    }
    if (typeof value === 'object' && value !== null) this.#known.set(value, id);
    return id;
  }

  #text(value: Json): string {
    if (typeof value === 'string') return `"${value}`;
    if (value instanceof JsonNumber) return canonicalNumber(value.token);
    if (value === null || typeof value === 'boolean') return String(value);
    if (Array.isArray(value)) return `[${value.map((element) => this.of(element as Json)).join()}`;
    const members = value as JsonObject;
    // Names are interned as the strings that they are: commas in them mean nothing here.
    const parts = [...members.keys()].sort().map((name) => `${this.of(name)}:${this.of(members.get(name) ?? null)}`);
    return `{${parts.join()}`;
  }
}

/* Steps that may be spent where the time is not linear in the size of the lists. */

export class Budget {
  #left: number;
  constructor(steps: number) {
    this.#left = steps;
  }

  /** Whether it was ever refused. */
  exhausted = false;

  /** Takes `steps`; false if there are not so many left. */
  spend(steps: number): boolean {
    if (steps > this.#left) {
      this.exhausted = true;
      return false;
    }
    this.#left -= steps;
    return true;
  }
}

/** Aligns two lists. What the budget does not reach is paired by its place. */
export function align(baseline: readonly Json[], current: readonly Json[], ids: ValueIds, budget: Budget): Alignment {
  const names = ownNames(baseline, current);
  return names === undefined ? alignByValue(baseline, current, ids, budget) : alignByName(...names);
}

/* By name. */

/** Members by which an element can name itself, best first: CycloneDX, package URLs, SPDX, JSON-LD, what is common. */
const NAMES: readonly (readonly string[])[] = [['bom-ref'], ['purl'], ['SPDXID'], ['@id'], ['id'], ['name', 'version']];

function nameBy(members: readonly string[], element: Json): string | undefined {
  if (!(element instanceof Map)) return undefined;
  const values = members.map((member) => element.get(member));
  const isName = values.every((value) => typeof value === 'string' || value instanceof JsonNumber);
  return isName ? canonicalText(values as readonly Json[]) : undefined;
}

/** Index by name; undefined if an element has none, or shares it. */
function indexesByName(members: readonly string[], list: readonly Json[]): ReadonlyMap<string, number> | undefined {
  const indexes = new Map<string, number>();
  for (const [at, element] of list.entries()) {
    const name = nameBy(members, element);
    if (name === undefined || indexes.has(name)) return undefined;
    indexes.set(name, at);
  }
  return indexes;
}

type Names = readonly [baseline: ReadonlyMap<string, number>, current: ReadonlyMap<string, number>];

/** The names of all elements, of the first kind that all have and some share: names made anew say nothing. */
function ownNames(baseline: readonly Json[], current: readonly Json[]): Names | undefined {
  if (baseline.length === 0 || current.length === 0) return undefined;
  for (const members of NAMES) {
    const was = indexesByName(members, baseline);
    const is = was === undefined ? undefined : indexesByName(members, current);
    if (was === undefined || is === undefined) continue;
    if ([...is.keys()].some((name) => was.has(name))) return [was, is];
  }
  return undefined;
}

function alignByName(was: ReadonlyMap<string, number>, is: ReadonlyMap<string, number>): Alignment {
  const pairs = [...is].flatMap(([name, current]) => {
    const baseline = was.get(name);
    return baseline === undefined ? [] : [{ baseline, current }];
  });
  const kept = longestRun(pairs.map(({ baseline }) => baseline));
  return {
    pairs: pairs.map((pair, at) => ({ ...pair, moved: !kept.has(at) })),
    removed: [...was].filter(([name]) => !is.has(name)).map(([, at]) => at),
    added: [...is].filter(([name]) => !was.has(name)).map(([, at]) => at),
  };
}

/** Places in `values`, which are all different, of a longest run of them that rises (patience sorting). */
function longestRun(values: readonly number[]): ReadonlySet<number> {
  const ends: number[] = [];
  const before: number[] = [];
  for (const [at, value] of values.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[ends[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    before.push(low === 0 ? -1 : (ends[low - 1] as number));
    ends[low] = at;
  }
  const run = new Set<number>();
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] as number) run.add(at);
  return run;
}

/* By value. */

function alignByValue(baseline: readonly Json[], current: readonly Json[], ids: ValueIds, budget: Budget): Alignment {
  const was = baseline.map((element) => ids.of(element));
  const is = current.map((element) => ids.of(element));
  const common = new CommonRun(was, is, budget).find();
  const pairs: Pair[] = [];
  const removed: number[] = [];
  const added: number[] = [];
  const elsewhere = movedElements(was, is, common);
  let [b, c] = [0, 0];
  for (const [nextB, nextC] of [...common, [was.length, is.length] as const]) {
    const gone = indexes(b, nextB).filter((at) => !elsewhere.from.has(at));
    const come = indexes(c, nextC).filter((at) => !elsewhere.to.has(at));
    // What stands between the same neighbours in the same order is taken for the same element, changed.
    for (let at = 0; at < Math.min(gone.length, come.length); at++) {
      pairs.push({ baseline: gone[at] as number, current: come[at] as number, moved: false });
    }
    removed.push(...gone.slice(come.length));
    added.push(...come.slice(gone.length));
    if (nextB < was.length || nextC < is.length) pairs.push({ baseline: nextB, current: nextC, moved: false });
    [b, c] = [nextB + 1, nextC + 1];
  }
  for (const [current, baseline] of elsewhere.to) pairs.push({ baseline, current, moved: true });
  return { pairs: pairs.sort((x, y) => x.current - y.current), removed, added };
}

function indexes(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}

type Common = readonly (readonly [baseline: number, current: number])[];

/** Elements of both sides that are not in the common run: the first that is left of each value goes to the first. */
function movedElements(was: readonly number[], is: readonly number[], common: Common) {
  const [usedB, usedC] = [new Set(common.map(([b]) => b)), new Set(common.map(([, c]) => c))];
  const left = new Map<number, number[]>();
  for (const [at, id] of was.entries()) {
    if (usedB.has(at)) continue;
    const same = left.get(id);
    if (same === undefined) left.set(id, [at]);
    else same.push(at);
  }
  for (const same of left.values()) same.reverse();
  const to = new Map<number, number>();
  for (const [at, id] of is.entries()) {
    const from = usedC.has(at) ? undefined : left.get(id)?.pop();
    if (from !== undefined) to.set(at, from);
  }
  return { to, from: new Set(to.values()) };
}

/** Longest edit script that is looked for between two anchors: its trace takes half the square of that. */
const MOST_EDITS = 500;

class CommonRun {
  readonly #was: readonly number[];
  readonly #is: readonly number[];
  readonly #budget: Budget;
  readonly #found: (readonly [number, number])[] = [];

  constructor(was: readonly number[], is: readonly number[], budget: Budget) {
    this.#was = was;
    this.#is = is;
    this.#budget = budget;
  }

  find(): Common {
    this.#between(0, this.#was.length, 0, this.#is.length);
    return this.#found;
  }

  #same(b: number, c: number): boolean {
    return this.#was[b] === this.#is[c];
  }

  #between(fromB: number, toB: number, fromC: number, toC: number): void {
    let [b, c] = [fromB, fromC];
    while (b < toB && c < toC && this.#same(b, c)) this.#found.push([b++, c++]);
    let tail = 0;
    while (b < toB - tail && c < toC - tail && this.#same(toB - tail - 1, toC - tail - 1)) tail++;
    this.#inner(b, toB - tail, c, toC - tail);
    for (let at = tail; at > 0; at--) this.#found.push([toB - at, toC - at]);
  }

  #inner(fromB: number, toB: number, fromC: number, toC: number): void {
    if (fromB >= toB || fromC >= toC || !this.#budget.spend(toB - fromB + toC - fromC)) return;
    const anchors = this.#anchors(fromB, toB, fromC, toC);
    if (anchors.length === 0) {
      this.#shortestEdits(fromB, toB, fromC, toC);
      return;
    }
    let [b, c] = [fromB, fromC];
    for (const [nextB, nextC] of anchors) {
      this.#between(b, nextB, c, nextC);
      this.#found.push([nextB, nextC]);
      [b, c] = [nextB + 1, nextC + 1];
    }
    this.#between(b, toB, c, toC);
  }

  /** Elements that come once on each side, as many of them as keep their order. */
  #anchors(fromB: number, toB: number, fromC: number, toC: number): Common {
    const inB = once(this.#was, fromB, toB);
    const inC = once(this.#is, fromC, toC);
    const pairs = [...inB].flatMap(([id, b]): readonly (readonly [number, number])[] => {
      const c = inC.get(id);
      return b < 0 || c === undefined || c < 0 ? [] : [[b, c]];
    });
    const run = longestRun(pairs.map(([, c]) => c));
    return pairs.filter((_, at) => run.has(at));
  }

  #shortestEdits(fromB: number, toB: number, fromC: number, toC: number): void {
    const [n, m] = [toB - fromB, toC - fromC];
    const trace: Int32Array[] = [];
    for (let edits = 0; edits <= Math.min(n + m, MOST_EDITS); edits++) {
      // The furthest place reached on each diagonal, with so many edits.
      const furthest = new Int32Array(2 * edits + 3);
      for (let k = -edits; k <= edits; k += 2) {
        const start = startOf(trace.at(-1), edits, k);
        const b = start + this.#sameFrom(fromB + start, toB, fromC + start - k, toC);
        if (!this.#budget.spend(1 + b - start)) return;
        furthest[k + edits + 1] = b;
        if (b >= n && b - k >= m) {
          this.#walkBack(trace, b, k, fromB, fromC);
          return;
        }
      }
      trace.push(furthest);
    }
    this.#budget.exhausted = true;
  }

  /** How many elements from there on are the same on both sides. */
  #sameFrom(b: number, toB: number, c: number, toC: number): number {
    let length = 0;
    while (b + length < toB && c + length < toC && this.#same(b + length, c + length)) length++;
    return length;
  }

  #walkBack(trace: readonly Int32Array[], endB: number, endK: number, fromB: number, fromC: number): void {
    const run: (readonly [number, number])[] = [];
    let [b, k] = [endB, endK];
    for (let edits = trace.length; edits >= 0; edits--) {
      const furthest = trace[edits - 1];
      const start = startOf(furthest, edits, k);
      while (b > start) {
        b--;
        run.push([fromB + b, fromC + b - k]);
      }
      if (furthest === undefined) break;
      const down = isDown(furthest, edits - 1, k);
      b = down ? start : start - 1;
      k = down ? k + 1 : k - 1;
    }
    this.#found.push(...run.reverse());
  }
}

/** Index by value of what comes once in a part of `list`; -1 for what comes more often. */
function once(list: readonly number[], from: number, to: number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let at = from; at < to; at++) {
    const id = list[at] as number;
    found.set(id, found.has(id) ? -1 : at);
  }
  return found;
}

/** Whether diagonal `k` is reached by an element that was added, from the one above it. */
function isDown(furthest: Int32Array, edits: number, k: number): boolean {
  const [left, right] = [reached(furthest, edits, k - 1), reached(furthest, edits, k + 1)];
  return k === -edits - 1 || (k !== edits + 1 && left < right);
}

function reached(furthest: Int32Array, edits: number, k: number): number {
  return Math.abs(k) > edits ? -1 : (furthest[k + edits + 1] as number);
}

/** Where diagonal `k` is entered with so many edits, one more than `before`. */
function startOf(before: Int32Array | undefined, edits: number, k: number): number {
  if (before === undefined) return 0;
  return isDown(before, edits - 1, k) ? reached(before, edits - 1, k + 1) : reached(before, edits - 1, k - 1) + 1;
}
