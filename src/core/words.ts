/** How a message shows a name, cut to a length, beside a misspelt one the one that was probably meant; a count, and a part. */

/* Counts, the same in every locale. */

/** `count` with commas at the thousands. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 record`, `2 records`; `many` where the plural is no `s` at the end, or a verb follows: `1 key is`, `2 keys are`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `shard 3 of 16`, as it is given and as files are called: counted from 0. */
export function shardName({ index, count }: { readonly index: number; readonly count: number }): string {
  return `shard ${index} of ${count}`;
}

/* Texts cut to a length, so that a finding can show of what it is without holding all of it. */

/**
 * `text`, or its beginning and how long it was.
 *
 * What is returned shares no memory with `text`: engines keep the whole of a text alive for any part of it.
 *
 * @param most - longest text that is left as it is, in UTF-16 code units
 */
export function shortText(text: string, most: number): string {
  if (text.length <= most) return text;
  // A surrogate pair is not cut in two. Spread and joined, since a slice would be a view of the whole.
  const beginning = [...text.slice(0, most).replace(/[\ud800-\udbff]$/, '')].join('');
  return `${beginning}… (${text.length} characters)`;
}

/* The name that was probably meant: for a misspelt option, verb or member. */

/** Edits between two words: a letter put in, left out, or replaced, or two neighbours exchanged (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const at = (numbers: readonly number[], column: number): number => numbers[column] ?? 0;
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) row[j] = Math.min(at(row, j), at(beforeLast, j - 2) + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** Longer words are no misspelt names: what they are like is not worth the time. */
const LONGEST = 64;

/** Letter case, dashes and underscores are how a name is written, not which one it is. */
const bare = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');

/**
 * The one of `names` that is nearest to `wrong`, if any is near: two edits in five letters, or one a prefix of the other.
 *
 * @param wrong - the name that was given
 * @param names - those that there are; of two that are equally near the first
 */
export function nearest(wrong: string, names: Iterable<string>): string | undefined {
  if (wrong.length > LONGEST) return undefined;
  const given = bare(wrong);
  let [best, least]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const name of names) {
    const known = bare(name);
    const edits = distance(given, known);
    const isPrefix = given.length >= 4 && known.startsWith(given);
    const isNear = edits <= Math.max(given.length, known.length) * 0.4 || isPrefix;
    if (isNear && edits < least) [best, least] = [name, edits];
  }
  return best;
}

/** `; did you mean "…"?` where a name is near, else the list of all. */
export function didYouMean(wrong: string, names: readonly string[]): string {
  const meant = nearest(wrong, names);
  return meant === undefined ? `; there are ${names.join(', ')}` : `; did you mean ${JSON.stringify(meant)}?`;
}
