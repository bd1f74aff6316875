/** What every report is made of: facts, how loud they are said, and how counts are written. */

/** How loud something is said, in every format. Nothing is said by colour alone. */
export type Tone = 'plain' | 'good' | 'bad' | 'doubt' | 'faint';

/** `count` with a comma between thousands, whatever the locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 record`, `2 records`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

export interface Fact {
  /** Its place in the JSON report, e.g. `baseline.sha256`. */
  readonly key: string;
  readonly label: string;
  readonly value: string | number;
  /** `hash`: never broken or cut. `name`: untrusted. `json`: a value as JSON. `absent`: our words for what is not there. */
  readonly as: 'words' | 'count' | 'hash' | 'name' | 'json' | 'absent';
}

/** A list with what stands over it, which also says that it is empty. */
export interface Listed<T> {
  readonly title: string;
  readonly items: readonly T[];
}

export function words(key: string, label: string, value: string): Fact {
  return { key, label, value, as: 'words' };
}

export function count(key: string, label: string, value: number): Fact {
  return { key, label, value, as: 'count' };
}

/** A hash, or the words that stand for its absence. */
export function hash(key: string, label: string, value: string | null, otherwise = ''): Fact {
  return value === null ? { key, label, value: otherwise, as: 'absent' } : { key, label, value, as: 'hash' };
}

/** The value as people read it. */
export function shownFact({ value }: Fact): string {
  return typeof value === 'number' ? grouped(value) : value;
}
