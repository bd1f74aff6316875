/** Which operations a pair of values may come from: guesses, to be counted over all pairs. */
import { canonicalText } from '../json/canonical.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { type Conversion, converted } from './convert.ts';
import type { Way } from './draft-tally.ts';
import { MapMismatch } from './mismatch.ts';
import { isSame } from './patch.ts';

/** What stands between two texts that were joined. */
const SIGNS = [':', '/', '-', ' ', '.', '@', ''];

/** Longer values are no constant that a rule would add, and no entry of a table. */
const MOST_VALUE_UNITS = 2000;

/** An operation as a migration states it, with what speaks for it. */
export type DraftOperation = Readonly<Record<string, unknown>> & { readonly op: string; readonly path: string };

export type Leaves = ReadonlyMap<string, Json>;

/** Whether `to` makes the one value of the other. */
export function makes(to: Conversion, was: Json, is: Json): boolean {
  const nothing = (): never => {
    throw new MapMismatch('a draft reads one value');
  };
  try {
    return isSame(converted(was, to, nothing, '').result, is);
  } catch (fault) {
    if (fault instanceof MapMismatch) return false;
    throw fault;
  }
}

const DAY = /^\d{4}-\d\d-\d\d/;
const OFFSET = /(?:Z|[+-]\d\d:\d\d)$/;
const DECIMAL = /^-?\d+(?:\.(\d+))?$/;

/** Only what may be meant of these two types is tried: most records of a store may come by here. */
function conversions(was: Json, is: Json): readonly Conversion[] {
  if (typeof is !== 'string') return typeof was === 'string' ? [{ json: 'value' }] : [];
  if (typeof was === 'string') return conversionsOfTexts(was, is);
  const isText = was instanceof JsonNumber || typeof was === 'boolean';
  return [...(isText ? [{ text: true } as const] : []), { json: 'text' }, ...scaleOf(is)];
}

function conversionsOfTexts(was: string, is: string): readonly Conversion[] {
  if (DAY.test(was) && DAY.test(is)) {
    const [offset] = OFFSET.exec(is) ?? [];
    return [...(offset === undefined ? [] : [{ offset }]), { zone: 'UTC', fold: undefined }];
  }
  const others: readonly Conversion[] = [{ case: 'lower' }, { case: 'upper' }, { unicode: 'NFC' }];
  return [{ json: 'value' }, { json: 'text' }, ...scaleOf(is), ...others];
}

function scaleOf(text: string): readonly Conversion[] {
  const match = DECIMAL.exec(text);
  return match === null ? [] : [{ scale: match[1]?.length ?? 0 }];
}

/** Conversions that make the one value of the other, what is the least first. */
export function conversionsOf(was: Json, is: Json): readonly Way<Conversion>[] {
  return conversions(was, is)
    .filter((to) => makes(to, was, is))
    .map((to) => ({ sign: JSON.stringify(to), what: to }));
}

/** An entry of a table of values. */
export interface Entry {
  readonly from: Json;
  readonly to: Json;
}

/** A pair of values as an entry; undefined of what is too long for one. */
export function entryOf(from: Json, to: Json): Way<Entry> | undefined {
  const sign = `${canonicalText(from)} ${canonicalText(to)}`;
  return sign.length > MOST_VALUE_UNITS ? undefined : { sign, what: { from, to } };
}

/** Where a value that was not there before may come from. */
export class Arrivals {
  readonly #was: Leaves;
  readonly #gone: ReadonlyMap<string, readonly string[]>;
  #texts: ReadonlyMap<string, readonly string[]> | undefined;

  /** @param gone - pointers to what is there no longer */
  constructor(was: Leaves, gone: readonly string[]) {
    this.#was = was;
    this.#gone = byText(gone.map((pointer) => [pointer, canonicalText(was.get(pointer) ?? null)]));
  }

  /** Moved from a member that is gone, or joined of two others. */
  of(path: string, value: Json): readonly Way<DraftOperation>[] {
    const from = this.#gone.get(canonicalText(value)) ?? [];
    const moved = from.map((one) => ({ op: 'move', from: one, path }));
    const joined = typeof value === 'string' ? this.#joined(value) : [];
    return [...moved, ...joined.map((concat) => ({ op: 'convert', path, to: { concat } }))].map(wayOf);
  }

  /** Two texts with a sign between them, as the parts of a `concat`. */
  #joined(value: string): readonly (readonly unknown[])[] {
    this.#texts ??= byText(
      [...this.#was].flatMap(([pointer, text]) =>
        pointer.startsWith('/body') && typeof text === 'string' && text !== '' ? [[pointer, text] as const] : [],
      ),
    );
    const texts = this.#texts;
    return [...texts].flatMap(([head, ones]) => {
      if (!value.startsWith(head)) return [];
      return SIGNS.filter((sign) => value.startsWith(sign, head.length)).flatMap((sign) => {
        const others = texts.get(value.slice(head.length + sign.length)) ?? [];
        const between = sign === '' ? [] : [{ text: sign }];
        return ones.flatMap((one) => others.map((other) => [one, ...between, other]));
      });
    });
  }
}

/** The same in all records; undefined of what is too long for that. */
export function constantOf(path: string, value: Json): Way<DraftOperation> | undefined {
  const way = wayOf({ op: 'add', path, value });
  return canonicalText(value).length > MOST_VALUE_UNITS ? undefined : way;
}

function wayOf(operation: DraftOperation): Way<DraftOperation> {
  return { sign: signOf(operation), what: operation };
}

/** Equal if and only if two operations are. */
export function signOf({ op, from, path, value, to }: DraftOperation): string {
  return JSON.stringify([op, from, path, value === undefined ? to : canonicalText(value as Json)]);
}

function byText(pairs: readonly (readonly [pointer: string, text: string])[]): ReadonlyMap<string, readonly string[]> {
  const map = new Map<string, string[]>();
  for (const [pointer, text] of pairs) {
    const known = map.get(text);
    if (known === undefined) map.set(text, [pointer]);
    else known.push(pointer);
  }
  return map;
}
