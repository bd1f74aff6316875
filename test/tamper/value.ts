/** JSON values, their canonical text and seeded chance for the campaign: on purpose nothing from src, which it tests. */

/** A number by its text, for values that a double would round; `canonical` is its spelling in canonical form. */
export class RawNumber {
  readonly token: string;
  readonly canonical: string;
  constructor(token: string, canonical: string = token) {
    this.token = token;
    this.canonical = canonical;
  }
}

/** A Map for an object, since `__proto__` is an ordinary member name. */
export type Value = null | boolean | number | string | RawNumber | Value[] | Members;
export type Members = Map<string, Value>;

/** How a value is written: the canonical way, or another that means the same. */
export interface Spelling {
  readonly string: (text: string) => string;
  readonly number: (value: number | RawNumber) => string;
  /** Of numbers outside of a body: positions, counts and versions are written in digits alone. Default `number`. */
  readonly count?: (value: number | RawNumber) => string;
  readonly names: (names: readonly string[]) => readonly string[];
  /** White space between two tokens. */
  readonly space: () => string;
}

/** RFC 8785 with exact numbers; strings must be well formed. */
export const CANONICAL: Spelling = {
  string: (text) => JSON.stringify(text),
  number: (value) => (value instanceof RawNumber ? value.canonical : Object.is(value, -0) ? '-0' : String(value)),
  names: (names) => [...names].sort(),
  space: () => '',
};

/** As the source of the snapshot would write it: members as they came, number tokens as they are. */
export const AS_IT_CAME: Spelling = {
  ...CANONICAL,
  number: (value) => (value instanceof RawNumber ? value.token : CANONICAL.number(value)),
  names: (names) => names,
};

export function jsonText(value: Value, spelling: Spelling = CANONICAL, isBody = false): string {
  const { string, number, count = number, names, space } = spelling;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return string(value);
  if (typeof value === 'number' || value instanceof RawNumber) return isBody ? number(value) : count(value);
  const items = Array.isArray(value)
    ? value.map((item) => jsonText(item, spelling, isBody))
    : names([...value.keys()]).map((name) => {
        const member = value.get(name) as Value;
        return `${string(name)}${space()}:${space()}${jsonText(member, spelling, isBody || name === 'body')}`;
      });
  const inner = items.map((item) => `${space()}${item}${space()}`).join(',');
  return Array.isArray(value) ? `[${inner}]` : `{${inner}}`;
}

export function copyOf<T extends Value>(value: T): T {
  const whole: Value = value;
  if (Array.isArray(whole)) return whole.map(copyOf) as T;
  if (whole instanceof Map) return new Map([...whole].map(([name, member]) => [name, copyOf(member)])) as T;
  return value;
}

/** A plain object as a value; for what has no hostile member names. */
export function fromPlain(plain: unknown): Value {
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain !== 'object' || plain === null || plain instanceof RawNumber || plain instanceof Map) {
    return plain as Value;
  }
  return new Map(Object.entries(plain).map(([name, member]) => [name, fromPlain(member)]));
}

export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Chance that can be repeated: mulberry32, whose whole state is the seed. */
export class Chance {
  #state: number;

  /** @param seed - any text; equal texts give equal chance */
  constructor(seed: string) {
    this.#state = 0x811c9dc5;
    for (let at = 0; at < seed.length; at++) {
      this.#state = Math.imul(this.#state ^ seed.charCodeAt(at), 0x01000193);
    }
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** `count` different ones, in the order of the list. */
  some<T>(list: readonly T[], count: number): T[] {
    const places = new Set<number>();
    while (places.size < Math.min(count, list.length)) places.add(this.below(list.length));
    return list.filter((_, at) => places.has(at));
  }

  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, rank: this.next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.below(16).toString(16)).join('');
  }
}
