/** Texts cut to a length, so that a finding can show of what it is without holding all of it. */

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
